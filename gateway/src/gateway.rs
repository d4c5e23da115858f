//! What all connections and requests share.

use crate::api::Api;
use crate::banner::Endpoints;
use crate::caller::Callers;
use crate::connections::Connections;
use crate::console::{self, Console};
use crate::delivery::Delivery;
use crate::faults::Faults;
use crate::functions::Functions;
use crate::integration::{Answer, Call, Context, Failure, Means};
use crate::lambda::InvocationError;
use crate::limits::{ConnectionLimits, INTEGRATION_TIMEOUT};
use crate::origin::Origin;
use crate::output::Output;
use crate::payload::Payload;
use crate::plan::Plans;
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
    /// What happens on each route.
    pub plans: Plans,
    /// How answers reach clients.
    pub delivery: Delivery,
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

    /// Calls a route's integration with an event that has no body: `$connect` or `$disconnect`.
    ///
    /// # Errors
    /// [`Failure`], which the log has been told.
    pub async fn invoke(
        &self,
        route_key: &str,
        event: Vec<u8>,
        origin: &Origin,
    ) -> Result<Answer, Failure> {
        let event = || event.clone();
        let call = Call { body: &Payload::default(), context: Context::new(&event), origin };
        self.call(route_key, &call).await
    }

    /// Calls a route's integration.
    ///
    /// # Errors
    /// [`Failure`], which the log has been told.
    pub async fn call(&self, route_key: &str, call: &Call<'_>) -> Result<Answer, Failure> {
        let Some(plan) = self.plans.get(route_key) else {
            return Err(Failure::Function(InvocationError::Unknown));
        };
        let timeout = self.api.routes.get(route_key).map(|route| route.integration.timeout);
        self.meet_fault(route_key, timeout.unwrap_or(INTEGRATION_TIMEOUT), call.origin).await?;
        let Plans { http, stage_variables, .. } = &self.plans;
        let means = Means { functions: &self.functions, http: http.as_ref(), stage_variables };
        plan.integration.call(call, means).await.inspect_err(|failure| {
            if let Some(sentence) = failure.sentence() {
                self.tell(route_key, &sentence, call.origin);
            }
        })
    }

    /// Whether a route's integration answers without waiting for anything.
    pub fn is_immediate(&self, route_key: &str) -> bool {
        self.plans.get(route_key).is_some_and(|plan| plan.integration.is_immediate())
    }

    /// Prints what went wrong with a message or an event.
    pub fn tell(&self, route_key: &str, sentence: &str, origin: &Origin) {
        let record = Record::new(Kind::Gateway, Tone::Bad, format!("{route_key}: {sentence}"));
        self.output.record(
            record.route(route_key).connection(&origin.connection_id).request(&origin.request_id),
        );
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
