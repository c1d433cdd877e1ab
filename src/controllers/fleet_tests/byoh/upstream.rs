//! What is written of hosts and their machines is what upstream's own definitions allow.

use super::*;
use crate::FAIL_STEP_ANNOTATION;
use crate::fleet_tests::requests::Log;
use crate::fleet_tests::upstream::{Addition, hold_against, is_absent, objects};

const POOL: &str = "who has a host, and what it is like, cannot be told without it";
const CONTRACT: &str = "the v1beta2 contract asks for it, which upstream does not fulfil yet";

const ADDITIONS: [Addition; 21] = [
    ("ByoHost", "/spec/claimRef", POOL),
    ("ByoHost", "/spec/providerID", POOL),
    ("ByoHost", "/status/agentVersion", POOL),
    ("ByoHost", "/status/capacity", POOL),
    ("ByoHost", "/status/failure", POOL),
    ("ByoHost", "/status/installableVersions", POOL),
    ("ByoHost", "/status/lastHeartbeatTime", POOL),
    ("ByoHost", "/status/machineID", POOL),
    ("ByoHost", "/status/providerID", POOL),
    ("ByoHost", "/status/quarantine", POOL),
    ("ByoHost", "/status/v1beta2", CONTRACT),
    ("ByoMachine", "/status/addresses", CONTRACT),
    ("ByoMachine", "/status/attempts", POOL),
    ("ByoMachine", "/status/hostRef", POOL),
    ("ByoMachine", "/status/initialization", CONTRACT),
    ("ByoMachine", "/status/v1beta2", CONTRACT),
    ("ByoMachineTemplate", "/status/capacity", CONTRACT),
    ("ByoMachineTemplate", "/status/nodeInfo", CONTRACT),
    ("ByoCluster", "/status/initialization", CONTRACT),
    ("ByoCluster", "/status/v1beta2", CONTRACT),
    ("K8sInstallerConfig", "/status/v1beta2", CONTRACT),
];

/// Upstream wants the port from whoever makes the object; here it may be left out, and so it is in these tests.
fn with_port(mut object: Value) -> Value {
    if object["kind"] == "ByoCluster"
        && let Some(endpoint) = object
            .pointer_mut("/spec/controlPlaneEndpoint")
            .and_then(Value::as_object_mut)
    {
        endpoint.entry("port").or_insert(json!(6443));
    }
    object
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_of_hosts_is_what_upstreams_definitions_allow() {
    if is_absent() {
        return;
    }
    let log = Log::default();
    let pool = Pool::start_behind(4, quick_hosts(), log.wrap()).await;
    let failing = json!({"metadata": {"annotations": {FAIL_STEP_ANNOTATION: "bootstrap: no kubelet"}}});
    pool.fleet.patch(Watched::ByoHost, "node-1", failing).await;
    pool.cluster("whole", 2).await;
    pool.fleet.wait_available("whole", 2).await;
    // What hosts say of themselves goes past the log.
    let mut seen = pool.fleet.list(Watched::ByoHost).await;
    pool.scale("whole", 1).await;
    pool.fleet.wait_available("whole", 1).await;
    pool.wait_free(2).await;
    seen.extend(pool.fleet.list(Watched::ByoHost).await);
    let clusters = pool.fleet.api(Watched::Cluster);
    clusters
        .delete("whole", &DeleteParams::background())
        .await
        .expect("deleted");
    pool.fleet.wait_gone(Watched::Cluster, "whole").await;
    pool.wait_free(4).await;
    seen.extend(pool.fleet.list(Watched::ByoHost).await);
    pool.stop().await;
    let mut written = objects(log.take());
    written.extend(seen);
    let kinds = hold_against(written.into_iter().map(with_port).collect(), &ADDITIONS).await;
    for kind in ["ByoCluster", "ByoMachine", "ByoHost", "K8sInstallerConfig"] {
        assert!(kinds.contains(kind), "nothing was written of {kind}");
    }
}
