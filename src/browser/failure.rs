//! A failure as JavaScript sees it: an `Error` named `GateSocketError` with `code` and `details`.

use js_sys::{Error, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::core::{Failure, Instead, LinkClose};

/// The error to throw, to reject with or to report.
pub(crate) fn to_js(failure: &Failure) -> JsValue {
    let error = Error::new(&failure.sentence());
    error.set_name("GateSocketError");
    set(&error, "code", &failure.code().into());
    set(&error, "details", &details(failure));
    error.into()
}

/// `{code, reason, wasClean}` of a link that has closed.
pub(super) fn close_to_js(close: &LinkClose) -> JsValue {
    object(&[
        ("code", close.code.into()),
        ("reason", close.reason.as_str().into()),
        ("wasClean", close.was_clean.into()),
    ])
}

fn details(failure: &Failure) -> JsValue {
    match failure {
        Failure::ConnectTimeout { timeout } => object(&[("timeout", number(*timeout))]),
        Failure::ConnectFailed { close } | Failure::ConnectionLost { close } => {
            object(&[("close", close_to_js(close))])
        }
        Failure::IdentifyFailed { action, sends, timeout, last } => {
            let last = match last {
                Some(Instead::GatewayFrame(frame)) => frame.message.as_str().into(),
                Some(Instead::Message(other)) => other.describe().into(),
                None => JsValue::NULL,
            };
            object(&[
                ("action", action.as_str().into()),
                ("sends", (*sends).into()),
                ("timeout", number(*timeout)),
                ("last", last),
            ])
        }
        Failure::FrameTooLarge { bytes, limit } => {
            object(&[("bytes", number(*bytes as u64)), ("limit", number(*limit as u64))])
        }
        Failure::OutboxFull { messages, bytes } => {
            object(&[("messages", number(*messages as u64)), ("bytes", number(*bytes as u64))])
        }
        Failure::UrlRejected { status: Some(status), .. } => {
            object(&[("status", (*status).into())])
        }
        Failure::DeliveryUnknown { code: Some(code) } => object(&[("code", (*code).into())]),
        Failure::Expired { time_to_live } => object(&[("timeToLive", number(*time_to_live))]),
        Failure::GatewayReported { frame } => object(&[("message", frame.message.as_str().into())]),
        Failure::UrlRejected { .. }
        | Failure::DeliveryUnknown { .. }
        | Failure::RequestTimeout
        | Failure::Aborted
        | Failure::BadOptions { .. }
        | Failure::Unsupported
        | Failure::Closed
        | Failure::NotSerializable { .. }
        | Failure::BinaryUnsupported => object(&[]),
    }
}

/// Sizes and times are far below 2^53; a `u64` as such would become a BigInt.
pub(super) fn number(value: u64) -> JsValue {
    (value as f64).into()
}

/// A plain object.
pub(super) fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        set(&object, key, value);
    }
    object.into()
}

pub(super) fn set(target: &JsValue, key: &str, value: &JsValue) {
    // Fails only for frozen objects, and the target is one that was just made.
    let _ = Reflect::set(target, &key.into(), value);
}
