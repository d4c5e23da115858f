//! What all connections and requests share.

use crate::api::{Api, IntegrationKind};
use crate::banner::Endpoints;
use crate::caller::Callers;
use crate::connections::Connections;
use crate::console::{self, Console};
use crate::faults::Faults;
use crate::functions::Functions;
use crate::integration;
use crate::lambda::InvocationError;
use crate::limits::ConnectionLimits;
use crate::origin::Origin;
use crate::output::Output;
use crate::record::{Kind, Record, Tone};
use crate::route::Routes;
use crate::throttle::Throttles;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The API as it runs: its description, its connections and its functions.
pub struct Gateway {
    /// What the owner described.
    pub api: Api,
    /// Its route keys, ready to select from.
    pub routes: Routes,
    /// The port that clients and the SDK use.
    pub port: u16,
    /// The host under which the gateway is reached from this machine.
    pub host: String,
    /// The region, as ARNs and signatures carry it.
    pub region: String,
    /// The account's number, twelve digits.
    pub account: String,
    /// The limits of each connection.
    pub limits: ConnectionLimits,
    /// The limits of all connections together.
    pub throttles: Throttles,
    /// Who calls the management API, and what they may do.
    pub callers: Arc<Callers>,
    /// The open connections.
    pub connections: Connections,
    /// The functions behind the routes.
    pub functions: Functions,
    /// Faults that the next invocations are to meet.
    pub faults: Faults,
    /// The console, unless it is turned off.
    pub console: Option<Console>,
    /// Where it is reached.
    pub endpoints: Endpoints,
    /// When it was started, in milliseconds since the epoch.
    pub started_at: u64,
    /// Where lines go.
    pub output: Output,
    /// Turns true when the gateway stops.
    pub stopping: watch::Receiver<bool>,
}

impl Gateway {
    /// The domain name for events: the client's `Host` where it is a loopback name with this gateway's port,
    /// so that the Lambda comes back the same way, else the gateway's own.
    pub fn domain_name(&self, host: Option<&str>) -> String {
        host.filter(|host| console::is_own_host(host, self.port))
            .map_or_else(|| format!("{}:{}", self.host, self.port), str::to_owned)
    }

    /// Calls a route's integration with an event and reads the answer.
    ///
    /// # Errors
    /// [`InvocationError`], when the Lambda failed, took too long, or answered with something that is no
    /// proxy response.
    pub async fn invoke(
        &self,
        route_key: &str,
        event: Vec<u8>,
        origin: &Origin,
    ) -> Result<integration::Answer, InvocationError> {
        let route = self.api.routes.get(route_key).ok_or(InvocationError::Unknown)?;
        self.meet_fault(route_key, route.integration.timeout, origin).await?;
        let IntegrationKind::LambdaProxy { function } = &route.integration.kind else {
            return Err(InvocationError::Unknown);
        };
        let limit = route.integration.timeout;
        let answer = self.functions.invoke(function, event, origin, limit).await?;
        integration::read(&answer).ok_or_else(|| {
            let shown: String = String::from_utf8_lossy(&answer).chars().take(200).collect();
            let sentence = format!(
                "{route_key}: the handler answered {shown}, which API Gateway takes for an error: return {{ statusCode: 200 }}, with headers and body where needed and no other keys"
            );
            let record = Record::new(Kind::Gateway, Tone::Bad, sentence);
            self.output.record(record.connection(&origin.connection_id));
            InvocationError::MalformedAnswer
        })
    }

    /// Lets the fault happen that the console's API asked for, if there is one for this route.
    async fn meet_fault(
        &self,
        route_key: &str,
        timeout: Duration,
        origin: &Origin,
    ) -> Result<(), InvocationError> {
        let Some(fault) = self.faults.next(route_key) else { return Ok(()) };
        let record = Record::new(
            Kind::Fault,
            Tone::Warning,
            format!("fault {}: {route_key} {}", fault.id, fault.effect()),
        );
        self.output.record(record.connection(&origin.connection_id).request(&origin.request_id));
        let delay = Duration::from_millis(fault.delay_ms);
        tokio::time::sleep(delay.min(timeout)).await;
        match fault.fail {
            _ if delay >= timeout => Err(InvocationError::Timeout),
            true => Err(InvocationError::Handler),
            false => Ok(()),
        }
    }

    /// Completes when the gateway stops.
    pub async fn stopped(&self) {
        // An error means that nobody is left who could stop it, which is a stop as well.
        let _ = self.stopping.clone().wait_for(|stopping| *stopping).await;
    }
}
