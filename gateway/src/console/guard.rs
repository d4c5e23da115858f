//! Who may use the console: programs and pages of this machine that mean it.
//!
//! A browser lets any page on the web send requests to `localhost`, and a name that an attacker owns can be made to
//! resolve to it (DNS rebinding). So the peer must be on a loopback address, `Host` must be a loopback name with
//! our port, and what a browser says about the page behind a request must be that it is the console's own.

use super::Reply;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::{Method, Request, StatusCode};
use std::net::IpAddr;

/// Headers that proxies and tunnels add: with one of them the client is not at this machine, whatever the peer is.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// Lets a request through, or says why not.
pub(super) fn admit<B>(request: &Request<B>, port: u16, is_loopback: bool) -> Result<(), Reply> {
    let headers = request.headers();
    if !is_loopback || FORWARDED.iter().any(|name| headers.contains_key(*name)) {
        return Err(forbidden(
            "not-local",
            "the console answers only requests that come straight from this machine to localhost",
        ));
    }
    let host = single(headers, &HOST).filter(|host| is_own_host(host, port));
    let Some(host) = host.filter(|_| request.uri().authority().is_none()) else {
        let sentence =
            format!("the console is at http://localhost:{port}/_gateway, and at no other name");
        return Err(forbidden("wrong-host", &sentence));
    };
    if !matches!(super::below(request.uri().path()), Some("" | "/"))
        && !is_same_origin(headers, host)
    {
        return Err(forbidden(
            "cross-origin",
            "a page of another origin cannot use the console's API",
        ));
    }
    if request.method() == Method::POST && !is_json(headers) {
        return Err(Reply::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "send a JSON object with content-type: application/json",
        ));
    }
    Ok(())
}

fn forbidden(code: &'static str, sentence: &str) -> Reply {
    Reply::error(StatusCode::FORBIDDEN, code, sentence)
}

/// A header that is there exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

/// Whether a `Host` names this machine's loopback interface and our port.
pub fn is_own_host(host: &str, port: u16) -> bool {
    host.rsplit_once(':').is_some_and(|(name, named_port)| {
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_loopback = name.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|address| address.is_loopback());
        is_loopback && named_port == port.to_string()
    })
}

/// Whether no page is behind the request, or one of the console's own origin (Fetch Standard, "Origin header"; W3C
/// "Fetch Metadata Request Headers"). `none` is a user who typed the address.
fn is_same_origin(headers: &HeaderMap, host: &str) -> bool {
    let origin_is_ours = match headers.contains_key(ORIGIN) {
        false => true,
        true => single(headers, &ORIGIN)
            .and_then(|origin| origin.strip_prefix("http://").or(origin.strip_prefix("https://")))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(host)),
    };
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    origin_is_ours && matches!(site, None | Some(b"same-origin" | b"none"))
}

/// A page of another origin can send this content type only after a preflight, which is never granted.
fn is_json(headers: &HeaderMap) -> bool {
    let essence = single(headers, &CONTENT_TYPE).and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status that a request is refused with; 200 where it is let through.
    fn status(method: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        admit(&request, 3001, true).map_or_else(|reply| reply.status().as_u16(), |()| 200)
    }

    const OWN: (&str, &str) = ("host", "localhost:3001");
    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    #[test]
    fn only_loopback_names_with_our_port_are_hosts() {
        for host in
            ["localhost:3001", "LOCALHOST:3001", "127.0.0.1:3001", "127.9.9.9:3001", "[::1]:3001"]
        {
            assert_eq!(status("GET", "/_gateway", &[("host", host)]), 200, "{host}");
        }
        for host in [
            "evil.example:3001",
            "localhost",
            "localhost:3002",
            "localhost.evil.example:3001",
            "192.168.0.1:3001",
            "",
            "localhost:03001",
        ] {
            assert_eq!(status("GET", "/_gateway", &[("host", host)]), 403, "{host}");
        }
        assert_eq!(status("GET", "/_gateway", &[]), 403);
        assert_eq!(status("GET", "/_gateway", &[OWN, OWN]), 403);
        assert_eq!(status("GET", "http://evil.example/_gateway", &[OWN]), 403);
    }

    #[test]
    fn other_machines_and_what_came_through_a_proxy_are_refused() {
        let request = Request::builder().uri("/_gateway").header("host", "localhost:3001");
        assert!(admit(&request.body(()).unwrap(), 3001, false).is_err());
        assert_eq!(status("GET", "/_gateway", &[OWN, ("x-forwarded-for", "127.0.0.1")]), 403);
    }

    #[test]
    fn pages_of_other_origins_cannot_use_the_api() {
        let post = |headers: &[(&str, &str)]| {
            status("POST", "/_gateway/api/faults", &[&[OWN, JSON], headers].concat())
        };
        assert_eq!(post(&[]), 200);
        assert_eq!(
            post(&[("origin", "http://localhost:3001"), ("sec-fetch-site", "same-origin")]),
            200
        );
        for origin in [
            "null",
            "http://localhost:3002",
            "http://127.0.0.1:3001",
            "https://evil.example",
            "file://",
            "",
        ] {
            assert_eq!(post(&[("origin", origin)]), 403, "{origin}");
        }
        for site in ["cross-site", "same-site", ""] {
            assert_eq!(post(&[("sec-fetch-site", site)]), 403, "{site}");
            assert_eq!(
                status("GET", "/_gateway/api/events", &[OWN, ("sec-fetch-site", site)]),
                403
            );
        }
    }

    #[test]
    fn a_post_must_be_json_as_no_form_can_be() {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonp",
            "",
        ] {
            assert_eq!(
                status("POST", "/_gateway/api/faults", &[OWN, ("content-type", kind)]),
                415,
                "{kind}"
            );
        }
        assert_eq!(status("POST", "/_gateway/api/faults", &[OWN]), 415);
    }
}
