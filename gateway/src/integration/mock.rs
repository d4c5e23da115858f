//! MOCK: the gateway answers by itself.
//!
//! The request template yields `{"statusCode": 200}`, the integration response of that status yields the body ("Mock
//! integrations for REST APIs in API Gateway", to which the WebSocket pages refer).

use super::request_templates::RequestTemplates;
use super::responses::{Responses, Unmapped};
use super::{Answer, Call, Failure, Means};
use crate::api;
use crate::payload::Payload;
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Mock {
    request: RequestTemplates,
    responses: Responses,
    /// The answer, where it is always the same.
    constant: Option<Answer>,
}

impl Mock {
    pub(super) fn new(
        definition: &api::Integration,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let request = RequestTemplates::new(definition, warnings)?;
        let responses = Responses::new(definition, warnings)?;
        if definition.request_templates.is_empty() {
            warnings.push(
                "the MOCK integration has no request template: only messages that have a statusCode of their own are \
                 answered. Give it the template {\"statusCode\": 200}"
                    .to_owned(),
            );
        }
        let input = request.only().and_then(|template| template.constant());
        let constant = input.and_then(|input| {
            let status = status(&Payload::new(input.clone())).ok()?;
            let body = responses.constant(&status.to_string())?.clone();
            Some(Answer { status, subprotocol: None, body })
        });
        Ok(Self { request, responses, constant })
    }

    pub(super) fn answer(&self, call: &Call<'_>, means: Means<'_>) -> Result<Answer, Failure> {
        if let Some(answer) = &self.constant {
            return Ok(answer.clone());
        }
        let input = Payload::new(self.request.input(call, means)?);
        let status = status(&input)?;
        let body = self.responses.body(
            &Unmapped { value: &status.to_string(), status, headers: &[], body: &input },
            call,
            means,
        )?;
        Ok(Answer { status, subprotocol: None, body })
    }
}

fn status(input: &Payload) -> Result<u16, Failure> {
    let status = input.json().and_then(|input| input.get("statusCode"));
    let status = status.and_then(|status| match status {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    });
    let status = status.and_then(|status| u16::try_from(status).ok());
    status.filter(|status| (200..600).contains(status)).ok_or_else(|| {
        // What a client wrote has no place in a log.
        Failure::Other(format!(
            "a MOCK integration's request template must yield JSON with a statusCode from 200 to 599, such as {{\"statusCode\": 200}}: there is none in the {} bytes that it has yielded",
            input.text().len()
        ))
    })
}
