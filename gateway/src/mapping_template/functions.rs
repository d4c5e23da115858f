//! `$util`.

use crate::java_text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A function of `$util` that WebSocket APIs have ("WebSocket API mapping template reference for API Gateway").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    EscapeJavaScript,
    ParseJson,
    UrlEncode,
    UrlDecode,
    Base64Encode,
    Base64Decode,
}

/// Their names.
pub(super) const FUNCTIONS: [(&str, Function); 6] = [
    ("escapeJavaScript", Function::EscapeJavaScript),
    ("parseJson", Function::ParseJson),
    ("urlEncode", Function::UrlEncode),
    ("urlDecode", Function::UrlDecode),
    ("base64Encode", Function::Base64Encode),
    ("base64Decode", Function::Base64Decode),
];

/// Calls a function; what it cannot make sense of is null.
pub(super) fn call(function: Function, argument: &Value) -> Value {
    if argument.is_null() {
        return Value::Null;
    }
    let text = java_text::of(argument);
    let text: &str = &text;
    match function {
        Function::EscapeJavaScript => escape_javascript(text).into(),
        Function::ParseJson => serde_json::from_str(text).unwrap_or(Value::Null),
        Function::UrlEncode => {
            form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().into()
        }
        Function::UrlDecode => url_decode(text).into(),
        Function::Base64Encode => STANDARD.encode(text).into(),
        Function::Base64Decode => STANDARD
            .decode(text)
            .map_or(Value::Null, |bytes| String::from_utf8_lossy(&bytes).into_owned().into()),
    }
}

/// As `StringEscapeUtils.escapeJavaScript` of Java's commons-lang 2 does, whose name the service uses.
fn escape_javascript(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' | '/' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            ' '..='\u{7f}' => escaped.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
    escaped
}

fn url_decode(text: &str) -> String {
    // As a name without a value, so that `=` and `&` of the text are left alone.
    let escaped = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn functions_do_what_their_names_say() {
        for (function, argument, result) in [
            (
                Function::EscapeJavaScript,
                json!("a\"b'c\\d/e\n\u{1}é😀"),
                json!("a\\\"b\\'c\\\\d\\/e\\n\\u0001\\u00E9\\uD83D\\uDE00"),
            ),
            (Function::ParseJson, json!("{\"a\":[1]}"), json!({"a": [1]})),
            (Function::ParseJson, json!("{"), json!(null)),
            (Function::UrlEncode, json!("a b&c=é*~"), json!("a+b%26c%3D%C3%A9*%7E")),
            (Function::UrlDecode, json!("a+b%26c%3Dé&x=1"), json!("a b&c=é&x=1")),
            (Function::UrlDecode, json!(""), json!("")),
            (Function::Base64Encode, json!("é"), json!("w6k=")),
            (Function::Base64Decode, json!("w6k="), json!("é")),
            (Function::Base64Decode, json!("*"), json!(null)),
            (Function::Base64Encode, json!(12), json!("MTI=")),
            (Function::UrlEncode, json!(null), json!(null)),
        ] {
            assert_eq!(call(function, &argument), result, "{function:?} {argument}");
        }
    }
}
