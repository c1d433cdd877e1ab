//! What a KubeadmConfig's plan is made from.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::{Cluster, KubeadmConfig};
use fleetui_base::ObjectName;
use fleetui_base::redact::Secret as Redacted;
use fleetui_rules::names;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;

use super::files::{self, Contents};
use super::lock::{self, Lock};
use super::owner::Owner;
use super::stage::{self, Role, Stage};
use super::token::{self, Token};
use crate::certificates::{self, Certificates, Wanted};
use crate::context::Context;
use crate::error::Error;
use crate::external::External;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;
use crate::ownership;

/// A bootstrap configuration and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) config: Arc<Object<KubeadmConfig>>,
    /// For whom it is, once that has taken it over.
    pub(super) owner: Option<Owner>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    pub(super) stage: Stage,
    /// What data is made from, where it is to be made now.
    pub(super) inputs: Option<Inputs>,
    /// The token of data that is there, as long as somebody may still join with it.
    pub(super) token: Token,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// What bootstrap data is made from.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    pub(super) role: Role,
    pub(super) lock: Lock,
    pub(super) certificates: Certificates,
    pub(super) contents: Contents,
    pub(super) control_plane_version: Option<String>,
    /// For a machine that has to show one and has none.
    pub(super) new_token: Redacted<String>,
    /// Whether the workload cluster answers, so that a token can be made there.
    pub(super) cluster_answers: bool,
    /// A Secret that has the name of the data already.
    pub(super) present: Option<Box<Secret>>,
}

/// Reads the configuration and everything around it; `None` where it is gone.
pub(super) async fn observe(context: &Context, id: &ObjectId) -> Result<Option<Observed>, Error> {
    let namespace = id.name.namespace.as_str();
    let Some(config) = context.cache.get::<KubeadmConfig>(namespace, &id.name.name) else {
        return Ok(None);
    };
    let owner = Owner::find(context, &config);
    let cluster = owner.as_ref().and_then(|owner| {
        let name = owner.cluster_name();
        context.cache.get::<Cluster>(namespace, name)
    });
    let mut stage = stage::of(&config, owner.as_ref(), cluster.as_deref());
    let (mut inputs, mut token) = (None, Token::Unneeded);
    if let (Some(owner), Some(cluster)) = (&owner, cluster.as_deref()) {
        if stage == Stage::Made {
            token = look_after(context, &config, owner, cluster).await?;
            if token::is_used_up(owner, &token, context.now()) {
                stage = Stage::Renews;
            }
        }
        let role = match stage {
            Stage::Makes(role) => Some(role),
            Stage::Renews => Some(Role::JoinWorker),
            Stage::Made
            | Stage::Rests
            | Stage::Unclaimed
            | Stage::WaitsForInfrastructure
            | Stage::WaitsForControlPlane
            | Stage::WaitsForEndpoint
            | Stage::Unsupported => None,
        };
        if let Some(role) = role {
            inputs = Some(read_inputs(context, &config, owner, cluster, role).await?);
        }
    }
    Ok(Some(Observed {
        now: context.now(),
        recheck: context.settings.recheck,
        config,
        owner,
        cluster,
        stage,
        inputs,
        token,
    }))
}

async fn read_inputs(
    context: &Context,
    config: &Object<KubeadmConfig>,
    owner: &Owner,
    cluster: &Object<Cluster>,
    role: Role,
) -> Result<Inputs, Error> {
    let name = ObjectName::new(cluster.namespace(), cluster.name());
    let wanted = Wanted::of(config.spec.cluster_configuration.as_ref());
    // A control plane makes the Secrets of its cluster; a machine that stands alone has nobody else for it.
    let of_control_plane = owner
        .machine()
        .and_then(|machine| ownership::controller(&machine.metadata))
        .is_some_and(|owner| ownership::kind(owner) == Some(Watched::KubeadmControlPlane));
    let certificates = match role {
        Role::Init if !of_control_plane => certificates::read(context, &name, &wanted).await?,
        Role::Init | Role::JoinControlPlane => certificates::read_present(context, &name, &wanted).await?,
        Role::JoinWorker => certificates::read_authority(context, &name, &wanted).await?,
    };
    let lock = match (role, owner.machine()) {
        (Role::Init, Some(machine)) => lock::acquire(context, cluster, machine).await?,
        (Role::Init, None) | (Role::JoinControlPlane | Role::JoinWorker, _) => Lock::Mine,
    };
    let control_plane = External::find(
        &context.cache,
        cluster.spec.control_plane_ref.as_ref(),
        cluster.namespace(),
    );
    let characters: String = (0..5).map(|_| names::suffix(context.random())).collect();
    let present = context.secret(config.namespace(), config.name()).await?;
    Ok(Inputs {
        role,
        lock,
        certificates,
        contents: read_contents(context, config).await?,
        control_plane_version: control_plane.text("/spec/version").map(str::to_owned),
        new_token: Redacted::new(token::generate(&characters)),
        cluster_answers: context.connections.reach(&name).is_live(),
        present: present.map(Box::new),
    })
}

/// What the Secrets hold that the configuration refers to.
async fn read_contents(context: &Context, config: &Object<KubeadmConfig>) -> Result<Contents, Error> {
    let mut contents = Contents::new();
    for (name, key) in files::sources(&config.spec) {
        let secret = context.secret(config.namespace(), &name).await?;
        let held = match secret {
            None => Err(format!("Secret {name} does not exist")),
            Some(secret) => {
                let bytes = secret.data.and_then(|mut data| data.remove(&key));
                match bytes.map(|bytes| String::from_utf8(bytes.0)) {
                    None => Err(format!("Secret {name} has no data under the key {key}")),
                    Some(Err(_)) => Err(format!("Secret {name} holds no text under the key {key}")),
                    Some(Ok(text)) => Ok(Redacted::new(text)),
                }
            }
        };
        contents.insert((name, key), held);
    }
    Ok(contents)
}

/// Once the data is there: the token is kept alive until the node has joined, and for a pool as long as that is there; who
/// initialised gives the lock back.
async fn look_after(
    context: &Context,
    config: &Object<KubeadmConfig>,
    owner: &Owner,
    cluster: &Object<Cluster>,
) -> Result<Token, Error> {
    let Some(token) = token_of(config) else {
        let initialized = cluster.status.initialization.as_ref();
        let key = format!("lock of {}", cluster.uid());
        let reached = initialized.is_some_and(|reached| reached.control_plane_initialized == Some(true));
        if reached && !context.verified.recently(&key, context.now()) {
            lock::release(context, cluster).await?;
            context.verified.note(&key, context.now());
        }
        return Ok(Token::Unneeded);
    };
    let name = ObjectName::new(cluster.namespace(), cluster.name());
    let unneeded = owner.is_deleting() || (owner.machine().is_some() && owner.has_joined());
    if unneeded || !context.connections.reach(&name).is_live() {
        return Ok(Token::Unneeded);
    }
    token::observe(context, &name, token).await
}

/// The token that the machine shows.
pub(super) fn token_of(config: &Object<KubeadmConfig>) -> Option<&str> {
    config
        .spec
        .join_configuration
        .as_ref()?
        .get("discovery")?
        .get("bootstrapToken")?
        .get("token")?
        .as_str()
        .filter(|token| !token.is_empty())
}
