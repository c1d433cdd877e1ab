//! What simulated hosts ask of their servers while nothing changes for them.

use std::time::Duration;

use kube::api::{Patch, PatchParams, PostParams};
use tokio::time::Instant;

use super::*;
use crate::fleet_tests::requests::Log;

/// Hosts whose requests are written down.
async fn start(settings: SimulatedHostSettings) -> (Fleet, SimulatedHosts, Log) {
    let (fleet, log) = (Fleet::start().await, Log::default());
    let client = log.wrap()(fleet.client.clone());
    let hosts = simulate_hosts(client, fleet.workloads(), 1, settings, SystemClock::shared());
    fleet.wait_count(Watched::ByoHost, 1, is_free).await;
    (fleet, hosts, log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_names_no_cluster_is_not_looked_at_again_and_again() {
    let (fleet, hosts, log) = start(quick_hosts()).await;
    let api = fleet.api(Watched::ByoHost);
    // They would take the host back from a machine that is not there.
    fleet.controllers.stop().await;
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    for (name, text) in [
        ("data", json!({"value": "kubeadm join"})),
        ("scripts", json!({"install": "true"})),
    ] {
        let secret = json!({"metadata": {"name": name}, "stringData": text});
        let secret: Secret = serde_json::from_value(secret).expect("a Secret");
        secrets
            .create(&PostParams::default(), &secret)
            .await
            .expect("created");
    }
    let machine = json!({"status": {"machineRef": {"kind": "ByoMachine", "namespace": "default", "name": "m", "uid": "u"}}});
    let params = PatchParams::default();
    api.patch_status("node-1", &params, &Patch::Merge(machine))
        .await
        .expect("patched");
    let secret = |name: &str| json!({"kind": "Secret", "namespace": "default", "name": name});
    let spec = json!({"spec": {"bootstrapSecret": secret("data"), "installationSecret": secret("scripts")}});
    api.patch("node-1", &params, &Patch::Merge(spec))
        .await
        .expect("patched");

    let begun = Instant::now();
    let mut reads = 0;
    let counting = async {
        while reads < 3 {
            let asked = log.take();
            reads += asked
                .iter()
                .filter(|asked| asked.path.contains("/secrets/data"))
                .count();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), counting)
        .await
        .expect("it is tried again");
    // The pauses are 100 ms, 200 ms, and so on.
    assert!(
        begun.elapsed() >= Duration::from_millis(300),
        "{:?}",
        begun.elapsed()
    );
    assert!(reads < 10, "{reads}");
    hosts.stop().await;
}
