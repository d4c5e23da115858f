//! The routes that the command line describes.

use crate::api::{IntegrationKind, IntegrationResponse, Route, Variables};
use crate::args::ApiArgs;
use crate::route;
use std::collections::BTreeMap;
use std::time::Duration;

/// The key of templates and integration responses that count for everything.
const DEFAULT: &str = "$default";

/// The routes of `--route`, `--mock` and `--http`, with what `--route-response` and `--model` add to them. `function` is
/// the handler's name, where there is one.
///
/// # Errors
/// A sentence, when a key is no route key or two flags speak of the same route, or a file is no JSON schema.
pub fn routes(
    args: &ApiArgs,
    function: Option<&str>,
    timeout: Duration,
) -> Result<BTreeMap<String, Route>, String> {
    let mut routes = BTreeMap::new();
    match function {
        Some(function) => {
            for key in args.route_keys()? {
                routes.insert(key, Route::to_function(function, timeout));
            }
        }
        None if args.routes.is_empty() => {}
        None => {
            return Err(
                "--route names a route of the handler, and there is none: add --handler".to_owned()
            );
        }
    }
    let mut add = |key: &str, route: Route| {
        route::check_key(key)?;
        // The three routes that a handler has unasked give way.
        let is_taken = routes.insert(key.to_owned(), route).is_some_and(|before| {
            !args.routes.is_empty()
                || !matches!(before.integration.kind, IntegrationKind::LambdaProxy { .. })
        });
        if is_taken { Err(format!("the route {key} is described by two flags")) } else { Ok(()) }
    };
    for (key, template) in &args.mock {
        add(key, mock(template, timeout))?;
    }
    for (key, target) in &args.http {
        let (method, uri) = target.trim().split_once(' ').ok_or_else(|| {
            format!("--http {key}={target} has no method: write 'KEY=METHOD URL', such as '{key}=POST http://localhost:8000/'")
        })?;
        let (method, uri) = (method.to_owned(), uri.trim().to_owned());
        add(key, route(IntegrationKind::HttpProxy { method, uri }, timeout))?;
    }
    let unknown = |flag: &str, key: &str| {
        format!("{flag} speaks of the route {key}, which no --route, --mock or --http describes")
    };
    for key in &args.route_response {
        let route = routes.get_mut(key).ok_or_else(|| unknown("--route-response", key))?;
        route.responds = true;
    }
    for (key, file) in &args.model {
        let route = routes.get_mut(key).ok_or_else(|| unknown("--model", key))?;
        let schema = std::fs::read(file)
            .map_err(|error| format!("--model {key}: {file} cannot be read: {error}"))?;
        let schema = serde_json::from_slice(&schema)
            .map_err(|error| format!("--model {key}: {file} is not JSON: {error}"))?;
        route.model_selection_expression = Some(DEFAULT.to_owned());
        if route.request_models.insert(DEFAULT.to_owned(), schema).is_some() {
            return Err(format!("--model is given twice for the route {key}"));
        }
    }
    Ok(routes)
}

fn route(kind: IntegrationKind, timeout: Duration) -> Route {
    let mut route = Route::to_function("", timeout);
    route.integration.kind = kind;
    route
}

/// A route that answers each message with what the template makes of it. The template of a MOCK's response sees what the
/// request template has made, and so the message is handed on in that where it is asked for.
fn mock(template: &str, timeout: Duration) -> Route {
    let mut route = route(IntegrationKind::Mock, timeout);
    let request = if ["$input", "$!input", "${input", "$!{input"]
        .iter()
        .any(|name| template.contains(name))
    {
        r#"{"statusCode": 200, "message": $input.json('$')}"#
    } else {
        r#"{"statusCode": 200}"#
    };
    let one = |template: &str| Variables::from([(DEFAULT.to_owned(), template.to_owned())]);
    route.integration.request_templates = one(request);
    let response =
        IntegrationResponse { templates: one(template), template_selection_expression: None };
    route.integration.responses.insert(DEFAULT.to_owned(), response);
    route.responds = true;
    route
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use clap::Parser;

    fn of(flags: &[&str], function: Option<&str>) -> Result<BTreeMap<String, Route>, String> {
        let args =
            Args::try_parse_from(["gatesocket-gateway", "--mock", "ping=pong"].iter().chain(flags));
        routes(&args.unwrap().api, function, Duration::from_secs(29))
    }

    #[test]
    fn a_flag_describes_a_route() {
        let routes = of(
            &["--http", "join=POST  http://localhost:1/{x}?a=b", "--route-response", "join"],
            Some("f"),
        )
        .unwrap();
        let keys: Vec<&str> = routes.keys().map(String::as_str).collect();
        assert_eq!(keys, ["$connect", "$default", "$disconnect", "join", "ping"]);
        let expected = IntegrationKind::HttpProxy {
            method: "POST".to_owned(),
            uri: "http://localhost:1/{x}?a=b".to_owned(),
        };
        assert_eq!(routes["join"].integration.kind, expected);
        assert!(routes["join"].responds && routes["ping"].responds && !routes["$default"].responds);
        assert_eq!(
            of(&["--mock", "$default=x"], Some("f")).unwrap()["$default"].integration.kind,
            IntegrationKind::Mock
        );
        assert_eq!(of(&[], None).unwrap().len(), 1);
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused() {
        for (flags, function, told) in [
            (&["--mock", "ping=x"][..], None, "two flags"),
            (&["--http", "ping=GET http://localhost"], None, "two flags"),
            (&["--route", "ping"], Some("f"), "two flags"),
            (&["--route", "join"], None, "add --handler"),
            (&["--http", "join=http://localhost"], None, "no method"),
            (&["--mock", "$conect=x"], None, "no route key"),
            (&["--route-response", "join"], None, "--route-response speaks of the route join"),
            (&["--model", "ping=/nowhere.json"], None, "cannot be read"),
            (&["--model", "join=/nowhere.json"], None, "--model speaks of the route join"),
        ] {
            let error = of(flags, function).unwrap_err();
            assert!(error.contains(told), "{flags:?}: {error}");
        }
    }
}
