//! Requests and signatures of AWS's own test suite for Signature Version 4 (`aws-signing-test-suite/v4` of
//! awslabs/aws-c-auth), and requests that are refused.

use super::*;
use hyper::header::{HeaderName, HeaderValue};

const NOW_MS: u64 = 1_440_938_160_000; // 2015-08-30T12:36:00Z
const TOKEN: &str = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";

fn keys(session_token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        session_token: session_token.map(str::to_owned),
    }
}

/// A request of the suite with the headers that all of them have.
struct Sample {
    method: &'static str,
    target: String,
    headers: HeaderMap,
    body: &'static str,
}

impl Sample {
    fn new(method: &'static str, target: &str, more: &[(&str, &str)]) -> Self {
        let mut headers = HeaderMap::new();
        let common = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
        for (name, value) in common.iter().chain(more) {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        Self { method, target: target.to_owned(), headers, body: "" }
    }

    fn authorized(mut self, value: &str) -> Self {
        self.headers.insert("authorization", HeaderValue::from_str(value).unwrap());
        self
    }

    fn signed(self, signed_headers: &str, signature: &str) -> Self {
        self.authorized(&format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed_headers}, Signature={signature}"
        ))
    }

    fn verify_at(&self, keys: &Credentials, now_ms: u64) -> Result<String, SignatureError> {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let request = SignedRequest {
            method: self.method,
            path,
            query,
            headers: &self.headers,
            body: self.body.as_bytes(),
        };
        let find = |id: &str| (id == keys.access_key_id).then_some(keys);
        verify_for(request, "us-east-1", "service", now_ms, find).map(str::to_owned)
    }

    fn verify(&self) -> Result<String, SignatureError> {
        let token = self.headers.get("x-amz-security-token").or(None);
        self.verify_at(&keys(token.map(|_| TOKEN)), NOW_MS)
    }
}

/// A name in the suite, method, target, further headers, signature.
type Row<'a> = (&'a str, &'static str, &'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn requests_of_the_aws_test_suite_have_their_signatures() {
    let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let rows: &[Row] = &[
        (
            "get-vanilla",
            "GET",
            "/",
            &[],
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "post-vanilla",
            "POST",
            "/",
            &[],
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "get-slashes-normalized",
            "GET",
            "//example//",
            &[],
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
        (
            "get-relative-relative-normalized",
            "GET",
            "/example1/example2/../..",
            &[],
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "get-slash-pointless-dot-normalized",
            "GET",
            "/./example",
            &[],
            "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
        ),
        (
            "get-unreserved",
            "GET",
            &format!("/{unreserved}"),
            &[],
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        (
            "get-utf8",
            "GET",
            "/ሴ",
            &[],
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
        (
            "get-vanilla-query-order-encoded",
            "GET",
            "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            &[],
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        ),
        (
            "get-vanilla-query-unreserved",
            "GET",
            &format!("/?{unreserved}={unreserved}"),
            &[],
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            "get-vanilla-utf8-query",
            "GET",
            "/?ሴ=bar",
            &[],
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        (
            "get-header-key-duplicate",
            "GET",
            "/",
            &[("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        (
            "get-header-value-order",
            "GET",
            "/",
            &[
                ("My-Header1", "value4"),
                ("My-Header1", "value1"),
                ("My-Header1", "value3"),
                ("My-Header1", "value2"),
            ],
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
        ),
        (
            "get-header-value-trim",
            "GET",
            "/",
            &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "get-vanilla-with-session-token",
            "GET",
            "/",
            &[("X-Amz-Security-Token", TOKEN)],
            "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
        ),
        (
            "post-x-www-form-urlencoded-parameters",
            "POST",
            "/",
            &[
                ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
                ("Content-Length", "13"),
                (
                    "x-amz-content-sha256",
                    "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
                ),
            ],
            "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
        ),
    ];
    for (name, method, target, more, signature) in rows {
        let mut sample = Sample::new(method, target, more);
        let mut names: Vec<_> =
            sample.headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        sample.body = if more.len() == 3 && *method == "POST" { "Param1=value1" } else { "" };
        let sample = sample.signed(&names.join(";"), signature);
        assert_eq!(sample.verify(), Ok("AKIDEXAMPLE".to_owned()), "{name}");
    }
}

#[test]
fn presigned_requests_of_the_aws_test_suite_have_their_signatures() {
    let presigned = |more: &str, signature: &str| {
        let query = format!(
            "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600{more}&X-Amz-Signature={signature}"
        );
        Sample::new("GET", &query, &[])
    };
    let token = format!("&X-Amz-Security-Token={TOKEN}");
    let sample =
        presigned(&token, "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c");
    assert!(sample.verify_at(&keys(Some(TOKEN)), NOW_MS).is_ok());
    // It says how long it is good for, here an hour, instead of the five minutes of other requests.
    assert!(sample.verify_at(&keys(Some(TOKEN)), NOW_MS + 3_600_000).is_ok());
    let late = sample.verify_at(&keys(Some(TOKEN)), NOW_MS + 3_601_000).unwrap_err();
    assert_eq!(
        late.message,
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T133601Z - 60 min.)"
    );
    let other = presigned("", "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c");
    assert_eq!(other.verify().unwrap_err().kind, "InvalidSignatureException");
}

#[test]
fn the_path_of_a_connection_is_encoded_twice() {
    // double-encode-path of the suite that comes with the AWS SDK for Rust.
    let mut headers = Sample::new("POST", "/test/@connections/JBDvjfGEIAMCERw%3D", &[]).authorized(
        "AWS4-HMAC-SHA256 Credential=ANOTREAL/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=57d157672191bac40bae387e48bbe14b15303c001fdbb01f4abf295dccb09705",
    );
    let host = HeaderValue::from_static("tj9n5r0m12.execute-api.us-east-1.amazonaws.com");
    headers.headers.insert("host", host);
    let keys = Credentials {
        access_key_id: "ANOTREAL".to_owned(),
        secret_access_key: "notrealrnrELgWzOk3IfjzDKtFBhDby".to_owned(),
        session_token: None,
    };
    assert_eq!(headers.verify_at(&keys, NOW_MS), Ok("ANOTREAL".to_owned()));
}

#[test]
fn a_request_that_differs_from_what_was_signed_is_refused_with_what_should_have_been() {
    let right = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let sample = |method, target| Sample::new(method, target, &[]).signed("host;x-amz-date", right);
    assert!(sample("GET", "/").verify().is_ok());
    let mut with_body = sample("GET", "/");
    with_body.body = "x";
    let short = Sample::new("GET", "/", &[]).signed("host;x-amz-date", &right[..62]);
    let no_hex = Sample::new("GET", "/", &[]).signed("host;x-amz-date", "é");
    for wrong in
        [sample("POST", "/"), sample("GET", "/x"), sample("GET", "/?x=1"), with_body, short]
    {
        let error = wrong.verify().unwrap_err();
        assert_eq!(error.kind, "InvalidSignatureException");
        assert!(error.message.starts_with(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'"
        ), "{}", error.message);
    }
    assert_eq!(no_hex.verify().unwrap_err().kind, "InvalidSignatureException");
    let message = sample("POST", "/").verify().unwrap_err().message;
    assert!(
        message.ends_with("\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87'\n"),
        "{message}"
    );
}

#[test]
fn a_claim_that_is_not_whole_is_refused_in_the_words_of_the_service() {
    let credential = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
    let header = |value: &str| Sample::new("GET", "/", &[]).authorized(value);
    let scoped = |scope: &str, headers: &str| {
        header(&format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={headers}, Signature=00"
        ))
    };
    for (sample, kind, message) in [
        (
            Sample::new("GET", "/?x=1", &[]),
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        (
            header("Bearer abc"),
            "IncompleteSignatureException",
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='.",
        ),
        (
            header("a-token=x"),
            "IncompleteSignatureException",
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with",
        ),
        (header("AWS4-HMAC-SHA256 "), "IncompleteSignatureException", "Invalid key=value pair"),
        (
            header("AWS4-HMAC-SHA512 x=y"),
            "IncompleteSignatureException",
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.",
        ),
        (
            header(&format!("AWS4-HMAC-SHA256 {credential}")),
            "IncompleteSignatureException",
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=",
        ),
        (
            scoped("20150830/us-east-1/service", "host"),
            "IncompleteSignatureException",
            "Credential must have exactly 5 slash-delimited elements",
        ),
        (
            scoped("20150830/eu-west-1/service/aws4_request", "host"),
            "InvalidSignatureException",
            "Credential should be scoped to a valid region. ",
        ),
        (
            scoped("20150830/us-east-1/s3/aws5", "host"),
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'service'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. ",
        ),
        (
            scoped("20150831/us-east-1/service/aws4_request", "host"),
            "InvalidSignatureException",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != '20150830', from '20150830T123600Z'. ",
        ),
        (
            scoped("20150830/us-east-1/service/aws4_request", "x-amz-date"),
            "InvalidSignatureException",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (
            Sample::new(
                "GET",
                "/?X-Amz-Date=20150830T123600Z&X-Amz-Algorithm=x&X-Amz-Signature=0",
                &[],
            ),
            "IncompleteSignatureException",
            "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
        ),
    ] {
        let error = sample.verify().unwrap_err();
        assert_eq!(error.kind, kind, "{message}");
        assert!(error.message.starts_with(message), "{}\n{message}", error.message);
    }
    let mut dateless = scoped("20150830/us-east-1/service/aws4_request", "host");
    dateless.headers.remove("x-amz-date");
    let message = dateless.verify().unwrap_err().message;
    assert!(message.starts_with("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed"), "{message}");
    dateless.headers.insert("date", HeaderValue::from_static("Sun, 30 Aug 2015 12:36:00 GMT"));
    let message = dateless.verify().unwrap_err().message;
    assert!(
        message.starts_with("Date must be in ISO-8601 'basic format'. Got 'Sun, "),
        "{message}"
    );
}

#[test]
fn clocks_may_differ_by_five_minutes() {
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let sample = Sample::new("GET", "/", &[]).signed("host;x-amz-date", signature);
    let verify_at = |now_ms| sample.verify_at(&keys(None), now_ms).map_err(|error| error.message);
    for now_ms in [NOW_MS - 300_000, NOW_MS + 300_000] {
        assert!(verify_at(now_ms).is_ok());
    }
    assert_eq!(
        verify_at(NOW_MS + 301_000).unwrap_err(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        verify_at(NOW_MS - 301_000).unwrap_err(),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
    );
}

#[test]
fn a_key_that_is_not_known_or_comes_without_its_token_is_refused() {
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let sample = Sample::new("GET", "/", &[]).signed("host;x-amz-date", signature);
    let other = Credentials { access_key_id: "OTHER".to_owned(), ..keys(None) };
    for keys in [other, keys(Some(TOKEN))] {
        let error = sample.verify_at(&keys, NOW_MS).unwrap_err();
        assert_eq!(error, SignatureError::unknown_client());
    }
}
