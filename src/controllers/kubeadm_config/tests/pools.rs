//! Data for the machines of a pool: made as a worker's, and made anew with another token as long as the pool is there.

use fleetui_api::v1beta2::MachinePool;
use k8s_openapi::api::core::v1::Secret;

use super::*;

const OLD_TOKEN: &str = "aaaaaa.0123456789abcdef";

fn pool(nodes: usize) -> Owner {
    let nodes = vec![json!({"name": "n"}); nodes];
    let pool = json!({
        "spec": {"clusterName": "c", "replicas": 2, "template": {"spec": {"clusterName": "c", "version": "v1.31.0"}}},
        "status": {"nodeRefs": nodes}
    });
    Owner::Pool(samples::object::<MachinePool>("p", &pool))
}

#[test]
fn a_pool_gets_the_data_of_a_worker_once_the_cluster_is_initialised() {
    let config = || samples::object::<KubeadmConfig>("m", &json!({}));
    let early = plan(&observed_for(config(), pool(0), &cluster(true, false)));
    assert_eq!(
        data(&early).unwrap_err(),
        "Waiting for Cluster control plane to be initialized"
    );
    let world = observed_for(config(), pool(0), &cluster(true, true));
    assert_eq!(world.stage, Stage::Makes(Role::JoinWorker));
    let outcome = plan(&world);
    let text = data(&outcome).expect("data");
    assert!(text.contains("kubeadm join") && text.contains(TOKEN), "{text}");
    assert_eq!(tokens_made(&outcome), 1);
    assert_eq!(outcome.object.status.data_secret_name.as_deref(), Some("m"));
}

/// A pool with all of its nodes and data that shows the old token.
fn complete() -> Observed {
    let made = json!({
        "spec": {"joinConfiguration": {"discovery": {"bootstrapToken": {
            "token": OLD_TOKEN, "apiServerEndpoint": "192.0.2.1:6443", "caCertHashes": ["sha256:1"]
        }}}},
        "status": {"dataSecretName": "m", "initialization": {"dataSecretCreated": true}}
    });
    let config = samples::object::<KubeadmConfig>("m", &made);
    observed_for(config, pool(2), &cluster(true, true))
}

fn shown(outcome: &Outcome<KubeadmConfig>) -> Value {
    let join = outcome
        .object
        .spec
        .join_configuration
        .as_ref()
        .expect("it is told");
    join["discovery"]["bootstrapToken"]["token"].clone()
}

#[test]
fn a_complete_pool_keeps_its_token_for_a_while_and_is_looked_at_again() {
    let mut world = complete();
    assert_eq!(world.stage, Stage::Made);
    world.token = Token::Ends(samples::now() + jiff::SignedDuration::from_mins(8));
    let outcome = plan(&world);
    assert!(outcome.changes.is_empty(), "{:?}", outcome.changes);
    assert_eq!(outcome.requeue, Some(Duration::from_mins(5)));
    // One that is not complete still needs it.
    world.owner = Some(pool(1));
    assert_eq!(plan(&world).changes.len(), 1, "its life is made longer");
}

#[test]
fn data_is_made_anew_with_another_token_and_stays_where_that_cannot_be() {
    let mut world = complete();
    world.stage = Stage::Renews;
    let mut inputs = inputs(Role::JoinWorker);
    inputs.present = Some(Box::new(Secret::default()));
    world.inputs = Some(inputs);
    let outcome = plan(&world);
    assert_eq!(shown(&outcome), TOKEN);
    assert_eq!(tokens_made(&outcome), 1);
    let patched = outcome.changes.iter().find_map(|change| match change {
        Change::PatchSecret { name, patch, .. } => Some((name.to_string(), patch["data"]["value"].clone())),
        _ => None,
    });
    let (name, value) = patched.expect("the Secret is made anew");
    let value: k8s_openapi::ByteString = serde_json::from_value(value).expect("bytes");
    let text = String::from_utf8(value.0).expect("text");
    assert_eq!(name, "default/m");
    assert!(text.contains(TOKEN) && !text.contains(OLD_TOKEN), "{text}");
    assert!(outcome.object.is_true("DataSecretAvailable"));

    world.inputs.as_mut().expect("inputs").cluster_answers = false;
    let silent = plan(&world);
    assert_eq!(shown(&silent), OLD_TOKEN);
    assert!(silent.changes.is_empty(), "{:?}", silent.changes);
    assert!(
        silent.object.is_true("DataSecretAvailable"),
        "what was made is still there"
    );
    assert_eq!(silent.requeue, Some(Duration::from_secs(15)));
}
