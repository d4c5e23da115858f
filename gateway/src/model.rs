//! Models: the JSON schemas that a route's messages have to meet ("Request validation for WebSocket APIs in API
//! Gateway").

use crate::api::Route;
use crate::payload::Payload;
use crate::selection::{Expression, Scope, Values};
use jsonschema::{Draft, Validator};
use std::collections::BTreeMap;

/// The model that counts where no other matches.
const DEFAULT: &str = "$default";

/// The models of a route, ready to validate.
#[derive(Debug)]
pub struct Models {
    expression: Expression,
    validators: BTreeMap<String, Validator>,
}

impl Models {
    /// Compiles a route's models; `None` where nothing is validated, which a warning tells if there are models.
    ///
    /// # Errors
    /// A sentence, when the expression or a schema cannot be used.
    pub fn new(route: &Route, warnings: &mut Vec<String>) -> Result<Option<Self>, String> {
        let Some(expression) = &route.model_selection_expression else {
            if !route.request_models.is_empty() {
                warnings.push(
                    "its RequestModels validate nothing without a ModelSelectionExpression, such as $default"
                        .to_owned(),
                );
            }
            return Ok(None);
        };
        // The guide escapes the dollar sign of the fixed key, and templates that do not are common.
        let expression = if expression == DEFAULT { "\\$default" } else { expression };
        let compile = |(key, schema): (&String, &serde_json::Value)| {
            // "JSON schema draft 4" is what the service knows, whatever $schema says.
            let validator = jsonschema::options().with_draft(Draft::Draft4).build(schema);
            let validator = validator.map_err(|error| {
                format!("the model {key:?} is no JSON schema of draft 4: {error}")
            })?;
            Ok((key.clone(), validator))
        };
        Ok(Some(Self {
            expression: Expression::parse(expression, Scope::Request)?,
            validators: route.request_models.iter().map(compile).collect::<Result<_, String>>()?,
        }))
    }

    /// Whether a message meets the model that its body selects.
    ///
    /// # Errors
    /// A sentence without the message's own values.
    pub fn validate(&self, message: &Payload) -> Result<(), String> {
        let body = message.json().ok_or("the message is not JSON")?;
        let values = Values { request_body: Some(body), ..Values::default() };
        let key = self.expression.evaluate(values);
        let validator = self.validators.get(&key).or_else(|| self.validators.get(DEFAULT));
        // "If there is no matching model and $default isn't defined, the validation fails."
        let validator = validator
            .ok_or("no model has the key that the message selects, and there is no $default")?;
        validator.validate(body).map_err(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the message".to_owned() } else { place };
            format!("{place}: {}", error.masked())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    fn models(expression: Option<&str>) -> Result<Option<Models>, String> {
        let mut route = Route::to_function("f", Duration::from_secs(1));
        let schema = json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["n"],
            "properties": {"n": {"type": "integer", "minimum": 0, "exclusiveMinimum": true}}});
        route.request_models.insert("counted".to_owned(), schema);
        route.model_selection_expression = expression.map(str::to_owned);
        Models::new(&route, &mut Vec::new())
    }

    fn validate(models: &Models, message: &str) -> Result<(), String> {
        models.validate(&Payload::new(message))
    }

    #[test]
    fn a_message_has_to_meet_the_model_that_it_selects() {
        let models = models(Some("$request.body.kind")).unwrap().unwrap();
        assert_eq!(validate(&models, r#"{"kind":"counted","n":1}"#), Ok(()));
        for (message, told) in [
            (r#"{"kind":"counted"}"#, "required"),
            (r#"{"kind":"counted","n":0}"#, "/n"),
            (r#"{"kind":"counted","n":"secret"}"#, "integer"),
            (r#"{"kind":"other","n":1}"#, "no model"),
            ("counted", "not JSON"),
        ] {
            let error = validate(&models, message).unwrap_err();
            assert!(error.contains(told) && !error.contains("secret"), "{message}: {error}");
        }
    }

    #[test]
    fn a_fixed_key_selects_one_model_for_all() {
        assert!(
            models(Some("counted"))
                .unwrap()
                .is_some_and(|models| validate(&models, r#"{"n":2}"#).is_ok())
        );
        assert!(
            models(Some("$default"))
                .unwrap()
                .is_some_and(|models| validate(&models, r#"{"n":2}"#).is_err())
        );
        assert!(models(None).unwrap().is_none());
        assert!(models(Some("$context.x")).is_err());
    }

    #[test]
    fn a_schema_that_is_none_is_told_at_once() {
        let mut route = Route::to_function("f", Duration::from_secs(1));
        route.model_selection_expression = Some("a".to_owned());
        for schema in [json!({"type": "nonsense"}), json!({"$ref": "https://example.com/models/a"})]
        {
            route.request_models.insert("a".to_owned(), schema);
            assert!(Models::new(&route, &mut Vec::new()).unwrap_err().contains("\"a\""));
        }
    }
}
