//! Where a session connects to.

use std::future::Future;
use std::pin::Pin;

use js_sys::futures::future_to_promise;
use wasm_bindgen::JsValue;

use crate::browser::{Address, Source};
use crate::core::Failure;

/// A URL, or a function that is asked for one before every connection.
///
/// Made by `into()` from a string, or from a closure that returns a future of one:
///
/// ```no_run
/// use gatesocket::{Error, Options, Socket};
///
/// # async fn fetch_token() -> Result<String, std::io::Error> { unimplemented!() }
/// fn connect() -> Result<Socket, Error> {
///     // A token may be valid for minutes, and the next connection may come in hours.
///     let url = || async {
///         let token = fetch_token().await?;
///         Ok::<_, std::io::Error>(format!("wss://abc.execute-api.eu-west-1.amazonaws.com/prod/?token={token}"))
///     };
///     Socket::connect(url, Options::default())
/// }
/// ```
///
/// A closure whose future fails is asked again, as after any failed attempt. What it failed with may
/// hold a token, and is shown to nobody. A future that is not wanted any more runs to its end.
pub struct Url(Kind);

enum Kind {
    Fixed(String),
    Asked(Box<dyn Fn() -> Asked>),
}

type Asked = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

impl Url {
    pub(super) fn into_source(self) -> Result<Source, Failure> {
        match self.0 {
            Kind::Fixed(text) => Address::read(&text.into()).map(Source::Address),
            Kind::Asked(ask) => Ok(Source::Function(Box::new(move || future_to_promise(ask())))),
        }
    }
}

impl From<&str> for Url {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Url {
    fn from(text: String) -> Self {
        Url(Kind::Fixed(text))
    }
}

impl<F, Asking, E> From<F> for Url
where
    F: Fn() -> Asking + 'static,
    Asking: Future<Output = Result<String, E>> + 'static,
{
    fn from(ask: F) -> Self {
        Url(Kind::Asked(Box::new(move || {
            let asking = ask();
            Box::pin(async { asking.await.map(JsValue::from).map_err(|_| JsValue::UNDEFINED) })
        })))
    }
}
