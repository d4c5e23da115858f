//! Functions: by proxy integration, or with templates before and after.

use super::request_templates::RequestTemplates;
use super::responses::{Responses, Unmapped};
use super::{Answer, Call, Failure, Means, proxy_response};
use crate::api;
use crate::lambda::InvocationError;
use crate::payload::Payload;
use futures_util::FutureExt;
use hyper::body::Bytes;
use serde_json::Value;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// The header by which an integration asks Lambda not to wait for the function ("Set up asynchronous invocation of the
/// backend Lambda function").
const INVOCATION_TYPE: &str = "integration.request.header.X-Amz-Invocation-Type";

/// Calls a function by proxy integration.
pub(super) async fn proxy(
    function: &str,
    timeout: Duration,
    call: &Call<'_>,
    means: Means<'_>,
) -> Result<Answer, Failure> {
    let answer =
        means.functions.invoke(function, call.context.event(), call.origin, timeout).await?;
    proxy_response::read(&answer).map_err(Failure::Other)
}

/// A function that is called with what a template makes, and whose whole answer is the body.
#[derive(Debug)]
pub(super) struct Lambda {
    function: String,
    request: RequestTemplates,
    responses: Responses,
    is_asynchronous: bool,
}

impl Lambda {
    pub(super) fn new(
        function: &str,
        definition: &api::Integration,
        warnings: &mut Vec<String>,
    ) -> Result<Self, String> {
        let mut is_asynchronous = false;
        for (name, value) in &definition.request_parameters {
            if name.eq_ignore_ascii_case(INVOCATION_TYPE) && value == "'Event'" {
                is_asynchronous = true;
            } else if !(name.eq_ignore_ascii_case(INVOCATION_TYPE) && value == "'RequestResponse'")
            {
                warnings.push(format!("the request parameter {name} has no effect: of a function's, only {INVOCATION_TYPE} does"));
            }
        }
        Ok(Self {
            function: function.to_owned(),
            request: RequestTemplates::new(definition, warnings)?,
            responses: Responses::new(definition, warnings)?,
            is_asynchronous,
        })
    }

    pub(super) async fn call(
        &self,
        timeout: Duration,
        call: &Call<'_>,
        means: Means<'_>,
    ) -> Result<Answer, Failure> {
        let input = self.request.input(call, means)?;
        // An event without a body reaches the function as an empty object.
        let event = if input.is_empty() { b"{}".to_vec() } else { input.as_bytes().to_vec() };
        if serde_json::from_slice::<serde::de::IgnoredAny>(&event).is_err() {
            // What a client wrote has no place in a log.
            return Err(Failure::Other(format!(
                "Lambda takes nothing but JSON, and the function {} would have got {} bytes that are none: give the integration a request template, such as $input.json('$')",
                self.function,
                input.len()
            )));
        }
        let mut invocation =
            Box::pin(means.functions.invoke(&self.function, event, call.origin, timeout));
        if self.is_asynchronous {
            // Begun, it runs to its end without its caller.
            let _ = invocation.as_mut().now_or_never();
            return Ok(Answer { status: 200, subprotocol: None, body: Utf8Bytes::default() });
        }
        let answer = match invocation.await {
            // An error that the function threw is an answer like others, and its message may choose a response.
            Err(InvocationError::Thrown(report)) => report,
            Err(InvocationError::Unauthorized) => {
                Bytes::from_static(br#"{"errorMessage":"Unauthorized","errorType":"Error"}"#)
            }
            answer => answer?,
        };
        let body = Payload::new(text(answer)?);
        let error =
            body.json().and_then(|answer| answer.get("errorMessage")).and_then(Value::as_str);
        let answer =
            Unmapped { value: error.unwrap_or_default(), status: 200, headers: &[], body: &body };
        Ok(Answer {
            status: 200,
            subprotocol: None,
            body: self.responses.body(&answer, call, means)?,
        })
    }
}

fn text(answer: Bytes) -> Result<Utf8Bytes, Failure> {
    Utf8Bytes::try_from(answer)
        .map_err(|_| Failure::Other("the function's answer is not UTF-8".to_owned()))
}
