//! The URL of a link, checked before a socket is created.

use std::fmt::Display;

use js_sys::encode_uri_component;
use wasm_bindgen::JsValue;
use web_sys::Url;

use crate::core::{Failure, sentences::sentence};

/// Where a session connects to.
#[derive(Clone)]
pub(crate) struct Address {
    url: String,
}

impl Address {
    /// Takes a string or a `URL`. Only an absolute `ws:` or `wss:` URL without a fragment passes.
    ///
    /// What is refused is not repeated, because any part of it may hold a token; only the host and the
    /// path of an `http:` URL are.
    pub(crate) fn read(value: &JsValue) -> Result<Self, Failure> {
        let rejected = |why: String| Failure::UrlRejected { why, transient: false, status: None };
        let Some(text) = value.as_string().or_else(|| href(value)) else {
            let kind = if value.is_null() {
                Some("null".to_owned())
            } else {
                value.js_typeof().as_string()
            };
            let kind = kind.unwrap_or_default();
            return Err(rejected(sentence("url, type", &[("kind", &kind)])));
        };
        let url = Url::new(&text).map_err(|_| rejected(sentence("url, relative", &[])))?;
        match url.protocol().as_str() {
            "ws:" | "wss:" => {}
            scheme @ ("http:" | "https:") => {
                let instead = if scheme == "http:" { "ws:" } else { "wss:" };
                let instead = format!("{instead}//{}{}", url.host(), url.pathname());
                let facts: [(&str, &dyn Display); 2] = [("scheme", &scheme), ("instead", &instead)];
                return Err(rejected(sentence("url, http", &facts)));
            }
            // What stands before the colon need not be a scheme: it is the host in localhost:3001/.
            _ => return Err(rejected(sentence("url, relative", &[]))),
        }
        if !url.hash().is_empty() {
            return Err(rejected(sentence("url, fragment", &[])));
        }
        Ok(Address { url: url.href() })
    }

    /// With one more parameter in its query; what was there stays as it was written.
    pub(super) fn with_parameter(&self, name: &str, value: &str) -> Address {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        // Text of ours has no lone surrogate, so that this can't throw.
        let (name, value) = (encode_uri_component(name), encode_uri_component(value));
        Address {
            url: format!("{}{separator}{}={}", self.url, String::from(name), String::from(value)),
        }
    }

    pub(super) fn to_js(&self) -> JsValue {
        self.url.as_str().into()
    }
}

/// The address of a `URL` object, also of one that another window made.
pub(super) fn href(value: &JsValue) -> Option<String> {
    if !value.is_object() {
        return None;
    }
    js_sys::Reflect::get(value, &"href".into()).ok()?.as_string()
}
