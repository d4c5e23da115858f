//! JSON values as the service writes them into text: as Java prints them.
//!
//! That is recorded for lists in a route key (`[item1, item2]`) and widely reported for templates, where an object
//! that `$input.path` found prints as `{name=value}`.

use serde_json::Value;
use std::borrow::Cow;

/// A value's text: a string without quotes, `[a, 1]` for a list, `{a=1}` for an object, nothing for null.
pub fn of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        other => {
            let mut text = String::new();
            append(&mut text, other);
            Cow::Owned(text)
        }
    }
}

fn append(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::String(string) => text.push_str(string),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                append(text, item);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (index, (name, value)) in fields.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                text.push_str(name);
                text.push('=');
                append(text, value);
            }
            text.push('}');
        }
        Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_print_as_in_java() {
        for (value, text) in [
            (json!("a \"b\""), "a \"b\""),
            (json!(1), "1"),
            (json!(1.5), "1.5"),
            (json!(true), "true"),
            (json!(null), ""),
            (json!(["a", 1, null, ["b"]]), "[a, 1, null, [b]]"),
            (json!({"z": "y", "a": {"b": []}}), "{z=y, a={b=[]}}"),
        ] {
            assert_eq!(of(&value), text);
        }
    }
}
