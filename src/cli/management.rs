//! The one management cluster that a command works on: the context that is named, else the current one.

use std::time::Duration;

use color_eyre::eyre::{WrapErr as _, bail, eyre};
use fleetui_base::clock::SystemClock;
use fleetui_base::{ManagementCluster, SharedClock};
use fleetui_client::{Failure, FailureKind};
use fleetui_connect::{Broker, Connector, Environment, PluginSettings, Target, TargetRequest};
use kube::api::{Api, DynamicObject};
use kube::core::ApiResource;

use super::FleetArgs;
use super::console::config_dir;
use super::rivals;
use super::status::{Denied, Refused, WrongUsage};

/// What may have forbidden to write.
pub(crate) const FORBIDDEN: &str = "by your fleet file, your configuration or --readonly";
/// The namespace of a context that names none.
const DEFAULT_NAMESPACE: &str = "default";

/// A management cluster, connected.
pub(crate) struct Management {
    /// Its name in messages.
    pub(crate) name: String,
    /// The client.
    pub(crate) client: kube::Client,
    /// The namespace that is meant.
    pub(crate) namespace: String,
    /// Whether the user's own files, or the command line, say that nothing may be written there.
    read_only: bool,
    /// The longest that one request may take.
    request: Duration,
    /// Lends credentials for as long as the client lives.
    _connector: Connector,
}

/// The management cluster that the arguments mean.
pub(crate) async fn connect(args: &FleetArgs) -> color_eyre::Result<Management> {
    let (target, namespace) = target_and_namespace(args)?;
    let clock: SharedClock = SystemClock::shared();
    let broker = Broker::new(clock.clone(), PluginSettings::default());
    let connector = Connector::new(&target, broker, clock, args.over.connect_settings());
    let name = target.management_cluster.to_string();
    let connected = connector
        .client()
        .await
        .wrap_err_with(|| format!("{name} cannot be connected"))?;
    Ok(Management {
        name,
        client: connected.client,
        namespace,
        read_only: target.read_only,
        request: args.over.request(),
        _connector: connector,
    })
}

/// The management cluster that the arguments mean and the namespace that is meant there, before anybody is asked.
pub(crate) fn target_and_namespace(args: &FleetArgs) -> color_eyre::Result<(Target, String)> {
    let target = target(args)?;
    if let Some(mistake) = target.mistake() {
        bail!("{mistake}");
    }
    let own = target.namespaces.first().map(String::as_str);
    let namespace = args.namespace.as_deref().or(own).unwrap_or(DEFAULT_NAMESPACE);
    let namespace = namespace.to_owned();
    Ok((target, namespace))
}

/// The same for writing what belongs to the controllers: refused where the user's own files forbid it, and where another
/// manager has Cluster API's kinds, unless the name was typed.
pub(crate) async fn connect_to_manage(
    args: &FleetArgs,
    forced: Option<&str>,
) -> color_eyre::Result<Management> {
    let management = connect(args).await?;
    if management.read_only {
        let why = format!("{} is read-only {FORBIDDEN}", management.name);
        return Err(Refused(why).into());
    }
    rivals::refuse(&management, forced).await?;
    Ok(management)
}

fn target(args: &FleetArgs) -> color_eyre::Result<Target> {
    if args.contexts.len() > 1 {
        let what = "this works on one management cluster; name one --context".to_owned();
        return Err(WrongUsage(what).into());
    }
    let request = TargetRequest {
        contexts: args.contexts.clone(),
        kubeconfig: args.kubeconfig.clone(),
        // It knows other names of contexts, and what may not be written to.
        fleet_file: config_dir().map(|directory| directory.join("fleet.yaml")),
        one: true,
        read_only: args.readonly,
        overrides: args.over.overrides(),
        environment: Environment::of_process(),
    };
    let mut targets = fleetui_connect::resolve(&request)?.into_iter();
    targets
        .next()
        .ok_or_else(|| eyre!("no management cluster is named"))
}

/// The namespace that the kubeconfig names, without asking anybody.
pub(crate) fn namespace_of(args: &FleetArgs) -> Option<String> {
    target(args).ok()?.namespaces.into_iter().next()
}

/// A failure with the management cluster that it is of, where it does not say so itself.
pub(crate) fn located(failure: Failure, place: &ManagementCluster) -> Failure {
    let told = &failure.message;
    if told.contains(place.as_str()) {
        return failure;
    }
    let message = match failure.kind {
        FailureKind::Unreachable => format!("{place} cannot be reached: {told}"),
        FailureKind::AuthNeeded => format!("{place} needs a login: {told}"),
        FailureKind::TimedOut => format!("{place} does not answer: {told}"),
        FailureKind::Refused(_)
        | FailureKind::Denied
        | FailureKind::NotFound
        | FailureKind::Conflict
        | FailureKind::Invalid
        | FailureKind::Unexpected => format!("{place}: {told}"),
    };
    Failure { message, ..failure }
}

impl Management {
    /// The objects of a kind in a namespace.
    pub(crate) fn namespaced(&self, resource: &ApiResource, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, resource)
    }

    /// Waits for an answer, but not for ever.
    pub(crate) async fn answer<T>(
        &self,
        asking: impl Future<Output = kube::Result<T>>,
    ) -> color_eyre::Result<T> {
        match tokio::time::timeout(self.request, asking).await {
            Err(_) => bail!(
                "{} does not answer within {} s",
                self.name,
                self.request.as_secs()
            ),
            Ok(Err(error @ kube::Error::Api(_))) => {
                let denied = matches!(&error, kube::Error::Api(status) if status.code == 403);
                let why = format!("{}: {}", self.name, fleetui_controllers::why(&error));
                if denied {
                    return Err(Denied(why).into());
                }
                bail!(why)
            }
            Ok(Err(error)) => bail!(
                "{} cannot be reached: {}",
                self.name,
                fleetui_controllers::why(&error)
            ),
            Ok(Ok(answer)) => Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_where_it_was_and_once() {
        let told = |kind, message: &str| {
            let failure = Failure {
                kind,
                message: message.to_owned(),
            };
            located(failure, &ManagementCluster::new("lab")).message
        };
        for (kind, message, expected) in [
            (
                FailureKind::Unreachable,
                "Connection refused",
                "lab cannot be reached: Connection refused",
            ),
            (FailureKind::AuthNeeded, "no token", "lab needs a login: no token"),
            (
                FailureKind::NotFound,
                "\"a\" not found in lab",
                "\"a\" not found in lab",
            ),
        ] {
            assert_eq!(told(kind, message), expected);
        }
    }
}
