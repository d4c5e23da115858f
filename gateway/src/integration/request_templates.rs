//! Which request template makes an integration's input of a message.

use super::{Call, Failure, Means};
use crate::api::{self, Variables};
use crate::mapping_template::{Input, Template};
use crate::payload::Payload;
use crate::selection::{Expression, Scope, Values};
use std::collections::BTreeMap;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The key that counts where no other matches.
pub(super) const DEFAULT: &str = "$default";

/// Messages have no content type. API Gateway takes JSON where nothing is said, and the guide's own example of a MOCK
/// keeps its template under this key.
const CONTENT_TYPE: &str = "application/json";

/// Templates by key, and the expression that chooses among them.
#[derive(Debug)]
pub(super) struct Templates {
    by_key: BTreeMap<String, Template>,
    expression: Option<Expression>,
}

impl Templates {
    /// Parses templates. `what` names them in warnings and errors.
    pub(super) fn new(
        sources: &Variables,
        expression: Option<&str>,
        scope: Scope,
        what: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let expression = expression.map(|text| Expression::parse(text, scope)).transpose()?;
        let mut by_key = BTreeMap::new();
        for (key, source) in sources {
            let template = Template::parse(source)
                .map_err(|error| format!("the {what} template {key:?}, {error}"))?;
            for variable in template.unknown_variables() {
                warnings.push(format!(
                    "the {what} template {key:?} reads ${variable}, which it never sets: it is printed as it is written"
                ));
            }
            by_key.insert(key.clone(), template);
        }
        let templates = Self { by_key, expression };
        templates.warn(what, warnings);
        Ok(templates)
    }

    /// Warns of templates that nothing can choose.
    fn warn(&self, what: &str, warnings: &mut Vec<String>) {
        let constant = match &self.expression {
            None => None,
            Some(expression) if expression.has_variables() => return,
            Some(expression) => Some(expression.evaluate(Values::default())),
        };
        let chosen = self.key(constant.as_deref());
        for key in self.by_key.keys().filter(|key| Some(key.as_str()) != chosen) {
            warnings.push(format!(
                "the {what} template {key:?} is never chosen: name it $default, or set a TemplateSelectionExpression that yields its key"
            ));
        }
    }

    fn key(&self, wanted: Option<&str>) -> Option<&str> {
        let candidates = [wanted, Some(DEFAULT), wanted.is_none().then_some(CONTENT_TYPE)];
        let has = |key: &&str| self.by_key.contains_key(*key);
        let known = |key: &str| self.by_key.get_key_value(key).map(|(key, _)| key.as_str());
        candidates.into_iter().flatten().find(has).and_then(known)
    }

    /// The template for these values.
    pub(super) fn choose(&self, values: Values<'_>) -> Option<&Template> {
        let wanted = self.expression.as_ref().map(|expression| expression.evaluate(values));
        self.by_key.get(self.key(wanted.as_deref())?)
    }

    /// The template, where it is the same for all values.
    pub(super) fn only(&self) -> Option<&Template> {
        let varies = self.expression.as_ref().is_some_and(Expression::has_variables);
        if varies { None } else { self.choose(Values::default()) }
    }
}

/// The request templates of an integration.
#[derive(Debug)]
pub(super) struct RequestTemplates {
    templates: Templates,
}

impl RequestTemplates {
    pub(super) fn new(
        definition: &api::Integration,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let expression = definition.template_selection_expression.as_deref();
        let sources = &definition.request_templates;
        let templates = Templates::new(sources, expression, Scope::Request, "request", warnings)?;
        Ok(Self { templates })
    }

    /// The template, where it is the same for all messages.
    pub(super) fn only(&self) -> Option<&Template> {
        self.templates.only()
    }

    /// The integration's input: the message itself where no template matches (`PassthroughBehavior` `WHEN_NO_MATCH`,
    /// which is the default).
    pub(super) fn input(&self, call: &Call<'_>, means: Means<'_>) -> Result<Utf8Bytes, Failure> {
        let values = Values { request_body: call.body.json(), ..Values::default() };
        match self.templates.choose(values) {
            Some(template) => render(template, call.body, call, means),
            None => Ok(call.body.text().clone()),
        }
    }
}

/// Applies a template to a body.
pub(super) fn render(
    template: &Template,
    body: &Payload,
    call: &Call<'_>,
    means: Means<'_>,
) -> Result<Utf8Bytes, Failure> {
    let input = Input { body, context: &call.context, stage_variables: means.stage_variables };
    template
        .render(&input)
        .map_err(|error| Failure::Other(format!("a mapping template failed: {error}")))
}
