//! `AWS::ApiGatewayV2::Stage`: which one is served, its variables and throttles.

use super::Options;
use super::node::Node;
use super::properties::{self, STAGE};
use super::stack::{Resource, Stack, at, texts};
use super::websocket_api::belongs;
use crate::api::{Stage, Throttle, Variables};
use crate::limits::REQUEST_RATE;
use std::collections::BTreeMap;

/// The stage that `--stage` names, or the first.
///
/// # Errors
/// A sentence, when there is none of that name, or one cannot be understood.
pub(super) fn choose(stack: &Stack, api: &Resource, options: &Options) -> Result<Stage, String> {
    let mut stages = Vec::new();
    for resource in stack.of_kind(STAGE.kind) {
        if belongs(stack, resource, api)? {
            properties::check(stack, resource, &STAGE);
            let name = stack.text(resource, "StageName")?;
            let error = || at(resource.line(), format!("{} has no StageName", resource.name));
            stages.push((name.ok_or_else(error)?, resource));
        }
    }
    // A deployment can make a stage as well, by its StageName.
    for resource in stack.of_kind("AWS::ApiGatewayV2::Deployment") {
        if belongs(stack, resource, api)?
            && let Some(name) = stack.text(resource, "StageName")?
            && stages.iter().all(|(known, _)| *known != name)
        {
            stages.push((name, resource));
        }
    }
    let names = || stages.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let chosen = match (&options.stage, &stages[..]) {
        (None, []) => {
            let default = crate::definition::STAGE.to_owned();
            let sentence = format!(
                "{} has no stage: on AWS nobody could connect; {default:?} is served here",
                api.name
            );
            stack.notes.warn(api.line(), sentence);
            return Ok(plain(default));
        }
        (Some(name), []) => return Ok(plain(name.clone())),
        (None, [only]) => only,
        (None, [first, ..]) => {
            stack.notes.remark(format!(
                "the stage {} is served; --stage chooses among {}",
                first.0,
                names()
            ));
            first
        }
        (Some(wanted), stages) => {
            let error = || {
                format!(
                    "--stage {wanted}: the template has no such stage of {}; it has {}",
                    api.name,
                    names()
                )
            };
            stages.iter().find(|(name, _)| name == wanted).ok_or_else(error)?
        }
    };
    let (name, resource) = chosen;
    let line = resource.raw("StageName").map_or(0, |node| node.line);
    crate::args::stage_name(name)
        .map_err(|error| at(line, format!("the stage name {name:?}: {error}")))?;
    if resource.kind != STAGE.kind {
        return Ok(plain(name.clone()));
    }
    let settings = stack.property(resource, "DefaultRouteSettings")?;
    let mut route_throttles = BTreeMap::new();
    if let Some(routes) = stack.property(resource, "RouteSettings")? {
        for (key, settings) in routes.entries() {
            if let Some(throttle) = throttle(settings)? {
                route_throttles.insert(key.clone(), throttle);
            }
        }
    }
    Ok(Stage {
        name: name.clone(),
        variables: variables(stack, resource)?,
        throttle: settings.as_ref().map_or(Ok(None), throttle)?,
        route_throttles,
    })
}

fn plain(name: String) -> Stage {
    Stage { name, variables: Variables::new(), throttle: None, route_throttles: BTreeMap::new() }
}

fn variables(stack: &Stack, resource: &Resource) -> Result<Variables, String> {
    let node = stack.property(resource, "StageVariables")?;
    node.map_or(Ok(Variables::new()), |node| texts(&node, "StageVariables"))
}

/// `ThrottlingRateLimit` and `ThrottlingBurstLimit`; where one is missing, the account's limit stands in.
fn throttle(settings: &Node) -> Result<Option<Throttle>, String> {
    let number = |key: &str, most: f64| {
        let Some(node) = settings.get(key) else { return Ok(None) };
        let number = node.as_text().and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| (0.0..=most).contains(number));
        number.map(Some).ok_or_else(|| at(node.line, format!("{key} must be a number from 0")))
    };
    let rate = number("ThrottlingRateLimit", 1e9)?;
    let burst = number("ThrottlingBurstLimit", f64::from(u32::MAX))?;
    Ok(match (rate, burst) {
        (None, None) => None,
        (rate, burst) => Some(Throttle {
            rate: rate.unwrap_or(REQUEST_RATE.rate),
            burst: burst.map_or(REQUEST_RATE.burst, |burst| burst as u32),
        }),
    })
}
