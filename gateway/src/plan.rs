//! What happens to the messages of each route, worked out when the gateway starts.

use crate::api::Api;
use crate::integration::{HttpClient, Integration};
use crate::model::Models;
use crate::route;
use serde_json::Value;
use std::collections::HashMap;

/// The plans of all routes, and what they share.
#[derive(Debug)]
pub struct Plans {
    by_route: HashMap<String, Plan>,
    /// The client for web servers, where a route needs one.
    pub http: Option<HttpClient>,
    /// The stage variables as an object.
    pub stage_variables: Value,
}

/// What happens to a message on one route.
#[derive(Debug)]
pub struct Plan {
    /// What it has to meet first.
    pub models: Option<Models>,
    /// What answers.
    pub integration: Integration,
    /// Whether the answer's body goes to the client.
    pub responds: bool,
}

impl Plans {
    /// Works the routes of an API out, and returns warnings, each a sentence that starts with its route key.
    ///
    /// # Errors
    /// A sentence that starts with the route key, when a part of a route cannot be used.
    pub fn new(api: &Api) -> Result<(Self, Vec<String>), String> {
        let mut warnings = Vec::new();
        let mut by_route = HashMap::new();
        for (key, route) in &api.routes {
            let of_route = |sentence: String| format!("route {key}: {sentence}");
            let mut told = Vec::new();
            let integration = Integration::new(&route.integration, &api.stage.variables, &mut told)
                .map_err(of_route)?;
            let models = Models::new(route, &mut told).map_err(of_route)?;
            let is_message = key != route::CONNECT && key != route::DISCONNECT;
            if route.responds && !is_message {
                told.push(
                    "its route response has no effect: only messages are answered with one"
                        .to_owned(),
                );
            }
            if models.is_some() && !is_message {
                told.push("its RequestModels have no effect: only messages have a body".to_owned());
            }
            warnings.extend(told.into_iter().map(of_route));
            by_route.insert(
                key.clone(),
                Plan { models, integration, responds: route.responds && is_message },
            );
        }
        let scheme =
            by_route.values().filter_map(|plan: &Plan| plan.integration.needs_http()).max();
        let http = scheme.map(HttpClient::new).transpose()?;
        let variables =
            api.stage.variables.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        Ok((Self { by_route, http, stage_variables: Value::Object(variables.collect()) }, warnings))
    }

    /// The plan of a route.
    pub fn get(&self, route_key: &str) -> Option<&Plan> {
        self.by_route.get(route_key)
    }
}
