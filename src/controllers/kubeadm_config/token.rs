//! Bootstrap tokens: with what a machine shows a cluster that it may join. Each is a Secret of the workload cluster that ends
//! by itself, and is kept alive until the machine's node is there.

use std::collections::BTreeMap;
use std::time::Duration;

use fleetui_base::ObjectName;
use fleetui_base::clock::whole_seconds;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::core::{ApiResource, DynamicObject};
use serde_json::json;

use super::owner::Owner;
use crate::change::{Change, WorkloadTarget, WorkloadWrite};
use crate::context::Context;
use crate::error::Error;

/// How long a token lives.
const LIFE: SignedDuration = SignedDuration::from_mins(15);
/// A token with less than this left is renewed.
const RENEWED_BELOW: SignedDuration = SignedDuration::from_secs(15 * 60 / 6 * 5);
/// How often a token in use is looked at: a third of its life.
pub(super) const CHECKED_EVERY: Duration = Duration::from_mins(5);
const NAMESPACE: &str = "kube-system";
const ID_LENGTH: usize = 6;
const SECRET_LENGTH: usize = 16;

/// What is known of a machine's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Nobody needs it now.
    Unneeded,
    /// It ends then.
    Ends(Timestamp),
    /// It is gone, though the machine has not joined yet.
    Gone,
}

/// A new token, `abcdef.0123456789abcdef`, from random characters.
pub(super) fn generate(characters: &str) -> String {
    let (id, rest) = characters.split_at_checked(ID_LENGTH).unwrap_or_default();
    let secret = rest.get(..SECRET_LENGTH).unwrap_or_default();
    format!("{id}.{secret}")
}

/// Looks at a token in the workload cluster.
pub(super) async fn observe(context: &Context, cluster: &ObjectName, token: &str) -> Result<Token, Error> {
    let client = context.workload_client(cluster).await?;
    let api: Api<Secret> = Api::namespaced(client, NAMESPACE);
    let name = secret_name(token);
    let what = format!("get Secret {name} of workload cluster {cluster}");
    let Some(secret) = context.request(what, api.get_opt(&name)).await? else {
        return Ok(Token::Gone);
    };
    let expiration = secret.data.as_ref().and_then(|data| data.get("expiration"));
    let ends = expiration.and_then(|ends| String::from_utf8_lossy(&ends.0).parse().ok());
    // A token without an end lives for ever.
    Ok(ends.map_or(Token::Unneeded, Token::Ends))
}

/// Creates the token in the workload cluster.
pub(super) fn create(cluster: &ObjectName, token: &str, now: Timestamp) -> Option<Change> {
    let (id, secret) = token.split_once('.')?;
    let body = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": secret_name(token), "namespace": NAMESPACE},
        "type": "bootstrap.kubernetes.io/token",
        "stringData": BTreeMap::from([
            ("token-id", id),
            ("token-secret", secret),
            ("expiration", &ends(now)),
            ("usage-bootstrap-signing", "true"),
            ("usage-bootstrap-authentication", "true"),
            ("auth-extra-groups", "system:bootstrappers:kubeadm:default-node-token"),
            ("description", "lets a machine of Cluster API join"),
        ]),
    });
    let object: DynamicObject = serde_json::from_value(body).ok()?;
    Some(Change::Workload {
        cluster: cluster.clone(),
        write: WorkloadWrite::Create {
            resource: ApiResource::erase::<Secret>(&()),
            object: Box::new(object),
        },
    })
}

/// What keeps the token alive, where something has to be done.
pub(super) fn keep_alive(cluster: &ObjectName, token: &str, state: &Token, now: Timestamp) -> Option<Change> {
    match state {
        Token::Unneeded => None,
        Token::Gone => create(cluster, token, now),
        Token::Ends(then) => (then.duration_since(now) < RENEWED_BELOW).then(|| Change::Workload {
            cluster: cluster.clone(),
            write: WorkloadWrite::Patch {
                target: WorkloadTarget {
                    resource: ApiResource::erase::<Secret>(&()),
                    namespace: Some(NAMESPACE.to_owned()),
                    name: secret_name(token),
                },
                status: false,
                patch: json!({"stringData": {"expiration": ends(now)}}),
            },
        }),
    }
}

/// Whether the token of a pool's data is to be replaced by a new one: it is gone, or the pool is complete and half of its life is
/// over. A machine keeps its token until it has joined.
pub(super) fn is_used_up(owner: &Owner, state: &Token, now: Timestamp) -> bool {
    match (owner, state) {
        (Owner::Machine(_), _) | (Owner::Pool(_), Token::Unneeded) => false,
        (Owner::Pool(_), Token::Gone) => true,
        (Owner::Pool(_), Token::Ends(then)) => owner.has_joined() && then.duration_since(now) < LIFE / 2,
    }
}

fn secret_name(token: &str) -> String {
    let id = token.split_once('.').map_or(token, |(id, _)| id);
    format!("bootstrap-token-{id}")
}

/// When a token ends that is made or renewed now, in whole seconds.
fn ends(now: Timestamp) -> String {
    let end = now.saturating_add(LIFE).unwrap_or(now);
    whole_seconds(end).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_token_has_the_form_that_kubeadm_asks_for() {
        let token = generate("bcdfghjklmnpqrstvwxz24567");
        assert_eq!(token, "bcdfgh.jklmnpqrstvwxz24");
        assert_eq!(secret_name(&token), "bootstrap-token-bcdfgh");
    }

    #[test]
    fn it_is_renewed_when_a_sixth_of_its_life_is_over_and_made_again_when_it_is_gone() {
        let (cluster, now) = (ObjectName::new("default", "c"), samples::now());
        let token = "bcdfgh.jklmnpqrstvwxz24";
        let write = |state: &Token| match keep_alive(&cluster, token, state, now) {
            Some(Change::Workload { write, .. }) => Some(write),
            _ => None,
        };
        assert_eq!(write(&Token::Unneeded), None);
        let left = |minutes: i64| Token::Ends(now + SignedDuration::from_mins(minutes));
        assert_eq!(write(&left(13)), None);
        for state in [left(12), left(-1)] {
            let Some(WorkloadWrite::Patch { target, patch, .. }) = write(&state) else {
                panic!("not renewed: {state:?}");
            };
            assert_eq!(target.name, "bootstrap-token-bcdfgh");
            assert_eq!(
                patch,
                json!({"stringData": {"expiration": "2026-08-21T12:15:00Z"}})
            );
        }
        let Some(WorkloadWrite::Create { object, .. }) = write(&Token::Gone) else {
            panic!("not made again");
        };
        assert_eq!(object.data["type"], "bootstrap.kubernetes.io/token");
        assert_eq!(object.data["stringData"]["token-id"], "bcdfgh");
        assert_eq!(object.data["stringData"]["token-secret"], "jklmnpqrstvwxz24");
    }

    #[test]
    fn a_pools_token_is_replaced_when_it_is_gone_or_complete_and_half_of_its_life_is_over() {
        let pool = |nodes: usize| {
            let nodes = vec![json!({"name": "n"}); nodes];
            let pool = json!({"spec": {"clusterName": "c", "replicas": 2}, "status": {"nodeRefs": nodes}});
            Owner::Pool(samples::object("p", &pool))
        };
        let left = |minutes: i64| Token::Ends(samples::now() + SignedDuration::from_mins(minutes));
        for (nodes, state, used_up) in [
            (1, Token::Unneeded, false),
            (1, Token::Gone, true),
            (2, Token::Gone, true),
            (1, left(1), false),
            (2, left(8), false),
            (2, left(7), true),
        ] {
            let told = is_used_up(&pool(nodes), &state, samples::now());
            assert_eq!(told, used_up, "{nodes} {state:?}");
        }
        let machine = Owner::Machine(samples::machine("m", &[], &json!({})));
        assert!(!is_used_up(&machine, &Token::Gone, samples::now()));
    }
}
