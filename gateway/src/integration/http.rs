//! Web servers as integrations: HTTP_PROXY and HTTP.

use super::parameters::{self, Parameter, Place};
use super::request_templates::RequestTemplates;
use super::responses::{Responses, Unmapped};
use super::{Answer, Call, Failure, Means};
use crate::api::{self, Variables};
use crate::limits;
use crate::payload::Payload;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;

/// How long a connection to a web server is kept for the next request; ours.
const KEPT: Duration = Duration::from_secs(30);

/// How an address begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// `http://`
    Http,
    /// `https://`
    Https,
}

/// The client for web servers. It keeps connections and follows no redirect.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl HttpClient {
    /// A client; with TLS it trusts the authorities of this machine, as the variables `SSL_CERT_FILE` and `SSL_CERT_DIR`
    /// name them.
    ///
    /// # Errors
    /// A sentence, when TLS is needed and no authorities are found.
    pub fn new(scheme: Scheme) -> Result<Self, String> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let provider = ring::default_provider();
        let builder = HttpsConnectorBuilder::new();
        let builder = match scheme {
            Scheme::Https => builder.with_provider_and_native_roots(provider).map_err(|error| {
                format!("an integration needs https, and this machine has no certificate authorities to trust: {error}. Set SSL_CERT_FILE to a file with them")
            })?,
            Scheme::Http => {
                let config = tokio_rustls::rustls::ClientConfig::builder_with_provider(Arc::new(provider));
                let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
                let roots = tokio_rustls::rustls::RootCertStore::empty();
                builder.with_tls_config(config.with_root_certificates(roots).with_no_client_auth())
            }
        };
        let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_timer(TokioTimer::new()).pool_idle_timeout(KEPT);
        Ok(Self { client: client.build(connector) })
    }
}

/// What HTTP has and HTTP_PROXY has not.
#[derive(Debug)]
pub(super) struct Templates {
    request: RequestTemplates,
    responses: Responses,
}

impl Templates {
    pub(super) fn new(
        definition: &api::Integration,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        Ok(Self {
            request: RequestTemplates::new(definition, warnings)?,
            responses: Responses::new(definition, warnings)?,
        })
    }
}

/// Beside ANY ("Set up HTTP integrations in API Gateway").
const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
];

#[derive(Debug)]
pub(super) struct Http {
    method: Method,
    /// The address, with `{name}` where a path parameter goes.
    uri: String,
    scheme: Scheme,
    parameters: Vec<Parameter>,
    templates: Option<Templates>,
}

impl Http {
    pub(super) fn new(
        definition: &api::Integration,
        method: &str,
        uri: &str,
        variables: &Variables,
        templates: Option<Templates>,
    ) -> Result<Self, String> {
        let uri = with_stage_variables(uri, variables)?;
        let parameters = parameters::parse(&definition.request_parameters)?;
        // A sample of each path parameter shows whether the rest is an address.
        let mut sample = uri.clone();
        for parameter in parameters.iter().filter(|parameter| parameter.place == Place::Path) {
            sample = sample.replace(&format!("{{{}}}", parameter.name), "x");
        }
        let parsed: Option<Uri> = sample.parse().ok();
        let scheme = parsed.as_ref().filter(|uri| uri.host().is_some()).and_then(Uri::scheme_str);
        let scheme = match scheme {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => {
                return Err(format!(
                    "the integration's address {uri:?} cannot be asked: write http://HOST/PATH or https://HOST/PATH"
                ));
            }
        };
        // A message has no method of its own that ANY could pass on.
        let method = if method.eq_ignore_ascii_case("ANY") { "POST" } else { method };
        let method = METHODS
            .iter()
            .find(|known| method.eq_ignore_ascii_case(known.as_str()))
            .cloned()
            .ok_or_else(|| format!("{method:?} is no HTTP method of an integration: write ANY, GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS"))?;
        Ok(Self { method, uri, scheme, parameters, templates })
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn is_proxy(&self) -> bool {
        self.templates.is_none()
    }

    pub(super) async fn call(
        &self,
        timeout: Duration,
        call: &Call<'_>,
        means: Means<'_>,
    ) -> Result<Answer, Failure> {
        let Some(http) = means.http else {
            return Err(Failure::Other("there is no client for web servers".to_owned()));
        };
        let request = self.request(call, means)?;
        let client = http.client.clone();
        // On a task of its own a request that was begun is also finished when its client has gone meanwhile.
        let exchange = tokio::spawn(tokio::time::timeout(timeout, exchange(client, request)));
        let received = match exchange.await {
            Ok(Ok(received)) => received,
            Ok(Err(_)) => return Err(Failure::Timeout(timeout)),
            Err(_) => return Err(Failure::Other("the gateway is stopping".to_owned())),
        };
        let received = received.map_err(|error| {
            Failure::Other(format!("{} {error}", api::without_query(&self.uri)))
        })?;
        let body = match &self.templates {
            None => received.body.text().clone(),
            Some(templates) => {
                let Received { status, headers, body } = &received;
                let value = status.to_string();
                templates.responses.body(
                    &Unmapped { value: &value, status: *status, headers, body },
                    call,
                    means,
                )?
            }
        };
        Ok(Answer { status: received.status, subprotocol: None, body })
    }

    fn request(&self, call: &Call<'_>, means: Means<'_>) -> Result<Request<Full<Bytes>>, Failure> {
        let body = match &self.templates {
            Some(templates) => templates.request.input(call, means)?,
            None => call.body.text().clone(),
        };
        let has_body = self.method != Method::GET && self.method != Method::HEAD;
        let body = if has_body { Bytes::from(body) } else { Bytes::new() };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = self.method.clone();
        let headers = request.headers_mut();
        let api = call
            .context
            .request_context()
            .get("apiId")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        headers.insert(
            USER_AGENT,
            parameters::header_value("User-Agent", &format!("AmazonAPIGateway_{api}"))?,
        );
        headers.insert(
            "x-amzn-apigateway-api-id",
            parameters::header_value("x-amzn-apigateway-api-id", api)?,
        );
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let mut uri = self.uri.clone();
        for parameter in &self.parameters {
            let Some(value) = parameter.value(call, means) else { continue };
            let Parameter { name, place, .. } = parameter;
            match place {
                Place::Header => {
                    let name_of_header = hyper::header::HeaderName::try_from(name.as_str());
                    let name_of_header = name_of_header
                        .map_err(|_| Failure::Other(format!("{name} is no header")))?;
                    request
                        .headers_mut()
                        .insert(name_of_header, parameters::header_value(name, &value)?);
                }
                Place::QueryString => {
                    let mut pair = form_urlencoded::Serializer::new(String::new());
                    uri.push(if uri.contains('?') { '&' } else { '?' });
                    uri.push_str(&pair.append_pair(name, &value).finish());
                }
                Place::Path => {
                    // In a path a space is %20, not the + of a form.
                    let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                    uri = uri.replace(&format!("{{{name}}}"), &value.replace('+', "%20"));
                }
            }
        }
        let address = uri.parse();
        *request.uri_mut() = address.map_err(|_| {
            Failure::Other(format!(
                "{}: the request parameters make no address of it",
                api::without_query(&self.uri)
            ))
        })?;
        Ok(request)
    }
}

struct Received {
    status: u16,
    headers: Vec<(String, String)>,
    body: Payload,
}

async fn exchange(
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Received, String> {
    let response = client.request(request).await.map_err(|error| {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        format!("cannot be reached: {cause}")
    })?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, limits::LAMBDA_ANSWER_BYTES).collect().await;
    let body = body
        .map_err(|error| format!("answered with a body that cannot be read: {error}"))?
        .to_bytes();
    let headers = head.headers.iter();
    let headers = headers.map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Ok(Received {
        status: head.status.as_u16(),
        headers: headers.collect(),
        // A frame to the client is text, whatever the server's character set was.
        body: Payload::new(String::from_utf8_lossy(&body).into_owned()),
    })
}

/// Puts the values of `${stageVariables.name}` into an address.
fn with_stage_variables(uri: &str, variables: &Variables) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = uri;
    while let Some((before, after)) = rest.split_once("${stageVariables.") {
        let (name, after) = after.split_once('}').ok_or_else(|| {
            format!(
                "${{stageVariables. is not closed by a brace in the integration's address {uri:?}"
            )
        })?;
        let value = variables.get(name).ok_or_else(|| {
            format!("the integration's address {uri:?} needs the stage variable {name}, which the stage does not have")
        })?;
        result.push_str(before);
        result.push_str(value);
        rest = after;
    }
    Ok(result + rest)
}
