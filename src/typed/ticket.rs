//! Connection tickets for Rust front ends.

use std::future::Future;
use std::rc::Rc;

use gloo_net::http::Method;
use js_sys::futures::future_to_promise;
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use web_sys::RequestCredentials;

use super::Error;
use crate::browser;

/// Where each connection's ticket comes from: a short-lived token that an HTTP endpoint gives out, and that
/// an authorizer of `$connect` finds in the query of the URL.
///
/// ```no_run
/// use gatesocket::{Error, Options, Socket, Ticket};
///
/// # async fn access_token() -> Result<String, std::io::Error> { unimplemented!() }
/// fn connect(url: &str) -> Result<Socket, Error> {
///     // POST, answered with {"ticket": "…"}, which becomes ?ticket=…
///     let ticket = Ticket::new("/api/ticket").headers_from(|| async {
///         let bearer = format!("Bearer {}", access_token().await?);
///         Ok::<_, std::io::Error>([("authorization", bearer)])
///     });
///     Socket::connect(url, Options { ticket: Some(ticket), ..Options::default() })
/// }
/// ```
///
/// What fails is [`Failure::UrlRejected`](crate::Failure::UrlRejected), with the HTTP status if the endpoint
/// answered. It is tried again after a network error, 408, 425, 429 (after [`Reconnect::longest`](crate::Reconnect::longest)
/// at least) and 5xx; any other status ends the session, and so does a JSON object without the field.
#[must_use = "a ticket is one of the options"]
#[derive(Clone)]
pub struct Ticket {
    endpoint: String,
    method: Method,
    headers: Headers,
    credentials: RequestCredentials,
    parameter: Option<String>,
    field: Option<String>,
}

#[derive(Clone)]
enum Headers {
    Fixed(Array),
    Asked(Rc<dyn Fn() -> Promise>),
}

impl Ticket {
    /// From an `http:` or `https:` URL, or a path of the page's (in a worker: of its script's). The request
    /// is a POST without a body, and sends cookies to its own origin only.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Ticket {
            endpoint: endpoint.into(),
            method: Method::POST,
            headers: Headers::Fixed(Array::new()),
            credentials: RequestCredentials::SameOrigin,
            parameter: None,
            field: None,
        }
    }

    /// Asks with GET.
    pub fn by_get(self) -> Self {
        Ticket { method: Method::GET, ..self }
    }

    /// Sends these headers: names and values.
    pub fn headers<N: AsRef<str>, V: AsRef<str>>(
        self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Ticket { headers: Headers::Fixed(pairs(headers)), ..self }
    }

    /// Asks for the headers before every ticket. A future that fails is asked for again with the next
    /// attempt; what it failed with is shown to nobody.
    pub fn headers_from<F, Asking, H, N, V, E>(self, ask: F) -> Self
    where
        F: Fn() -> Asking + 'static,
        Asking: Future<Output = Result<H, E>> + 'static,
        H: IntoIterator<Item = (N, V)>,
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let ask = move || {
            let asking = ask();
            future_to_promise(async {
                asking.await.map(|headers| pairs(headers).into()).map_err(|_| JsValue::UNDEFINED)
            })
        };
        Ticket { headers: Headers::Asked(Rc::new(ask)), ..self }
    }

    /// Sends cookies to another origin too, which must allow that.
    pub fn with_credentials(self) -> Self {
        Ticket { credentials: RequestCredentials::Include, ..self }
    }

    /// The query parameter that the ticket becomes, instead of `ticket`.
    pub fn parameter(self, name: impl Into<String>) -> Self {
        Ticket { parameter: Some(name.into()), ..self }
    }

    /// The field of the JSON answer that is the ticket, instead of `ticket`. An answer that is a text is the
    /// ticket itself.
    pub fn field(self, name: impl Into<String>) -> Self {
        Ticket { field: Some(name.into()), ..self }
    }

    pub(super) fn into_source(self) -> Result<browser::Ticket, Error> {
        let wrong = |what: &str| Error::bad_options(format!("The ticket's {what} can't be used."));
        let mut ticket =
            browser::Ticket::new(&self.endpoint.into()).ok_or_else(|| wrong("endpoint"))?;
        ticket.method = self.method;
        ticket.credentials = self.credentials;
        ticket.headers = match self.headers {
            Headers::Fixed(pairs) => {
                let headers = browser::headers_of(&pairs).ok_or_else(|| wrong("headers"))?;
                browser::TicketHeaders::Fixed(headers)
            }
            Headers::Asked(ask) => browser::TicketHeaders::Function(Box::new(move || ask())),
        };
        ticket.parameter = self.parameter.unwrap_or(ticket.parameter);
        ticket.field = self.field.unwrap_or(ticket.field);
        Ok(ticket)
    }
}

impl std::fmt::Debug for Ticket {
    /// Without headers and endpoint, which may hold a token.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ticket").field("method", &self.method).finish_non_exhaustive()
    }
}

/// As `new Headers(…)` takes them.
fn pairs<N: AsRef<str>, V: AsRef<str>>(headers: impl IntoIterator<Item = (N, V)>) -> Array {
    let pair = |(name, value): (N, V)| Array::of2(&name.as_ref().into(), &value.as_ref().into());
    headers.into_iter().map(pair).collect()
}
