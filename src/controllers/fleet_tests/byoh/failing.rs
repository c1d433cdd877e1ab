//! Hosts that fail are held back and cleared; hosts that fall silent are not taken, not waited for without end, and clean
//! themselves when they come back.

use super::*;
use crate::fleet_tests::harness::condition;
use crate::{FAIL_STEP_ANNOTATION, SILENT_ANNOTATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_leaves_a_host_that_fails_and_the_host_is_held_back_until_it_is_cleared() {
    let pool = Pool::start(3).await;
    let failing =
        json!({"metadata": {"annotations": {FAIL_STEP_ANNOTATION: "bootstrap: the kubelet is not healthy"}}});
    // Names decide among equals, so that the control plane's machine takes this one first.
    pool.fleet.patch(Watched::ByoHost, "node-1", failing).await;
    pool.cluster("moved", 1).await;
    pool.fleet.wait_available("moved", 1).await;
    let host = pool
        .fleet
        .wait(Watched::ByoHost, "node-1", |host| {
            is_free(host) && host["status"]["quarantine"]["since"].is_string()
        })
        .await;
    let quarantine = &host["status"]["quarantine"];
    assert_eq!(quarantine["failures"], 1);
    assert!(quarantine["until"].is_string());
    let failure = &quarantine["failure"];
    assert_eq!(failure["step"], "bootstrap");
    assert_eq!(failure["exitStatus"], 1);
    let command = "kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml";
    assert_eq!(failure["command"], command);
    assert_eq!(
        failure["lastLines"],
        json!([format!("+ {command}"), "the kubelet is not healthy"])
    );
    assert_eq!(old_reason(&host, "NotQuarantined"), "Quarantined");
    let machines = pool.fleet.list(Watched::ByoMachine).await;
    let moved = machines
        .iter()
        .find(|machine| machine["status"]["attempts"][0]["host"] == "node-1")
        .expect("a machine that moved");
    assert_ne!(moved["status"]["hostRef"]["name"], "node-1");
    let events = pool.events().await;
    for reason in ["ByoHostQuarantined", "ByoHostFailed", "BootstrapK8sNodeFailed"] {
        assert!(events.iter().any(|(known, _)| known == reason), "{reason}");
    }

    // Held back, it is not taken even where there is no other.
    pool.scale("moved", 2).await;
    let without = |machine: &Value| old_reason(machine, "BYOHostReady") == "BYOHostsUnavailable";
    let stuck = pool.fleet.wait_count(Watched::ByoMachine, 1, without).await;
    let message = old_condition(&stuck[0], "BYOHostReady").map(|condition| condition["message"].clone());
    assert_eq!(
        message,
        Some(json!("0/3 hosts can be taken: 2 with a machine, 1 quarantined"))
    );
    let cleared = json!({"metadata": {"annotations": {
        FAIL_STEP_ANNOTATION: null, "fleetui.dev/clear-quarantine": "ada: the disk was changed"
    }}});
    pool.fleet.patch(Watched::ByoHost, "node-1", cleared).await;
    pool.fleet.wait_available("moved", 2).await;
    let host = pool.fleet.get(Watched::ByoHost, "node-1").await;
    assert_eq!(host["status"].get("quarantine"), None);
    assert_eq!(
        host["metadata"]["annotations"].get("fleetui.dev/clear-quarantine"),
        None
    );
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_host_is_not_waited_for_without_end_and_cleans_itself_when_it_comes_back() {
    let mut settings = quick_hosts();
    settings.heartbeat = Duration::from_millis(500);
    settings.node_grace = Duration::from_secs(2);
    let mut controllers = super::super::harness::quick();
    // Times of the server are whole seconds.
    controllers.hosts.heartbeat_timeout = Duration::from_secs(3);
    controllers.hosts.release_grace = Some(Duration::from_secs(4));
    let fleet = Fleet::start().await.restart_with(controllers).await;
    let hosts = hosts_of(&fleet, 2, settings);
    let pool = Pool { fleet, hosts };
    pool.wait_free(2).await;
    pool.cluster("partly", 1).await;
    pool.fleet.wait_available("partly", 1).await;
    let machines = pool.fleet.list(Watched::ByoMachine).await;
    let worker = machines
        .iter()
        .find(|machine| {
            machine["metadata"]["labels"]
                .get("cluster.x-k8s.io/control-plane")
                .is_none()
        })
        .expect("a worker");
    let host = worker["status"]["hostRef"]["name"]
        .as_str()
        .expect("a host")
        .to_owned();
    let silent = |value: Value| json!({"metadata": {"annotations": {SILENT_ANNOTATION: value}}});
    pool.fleet
        .patch(Watched::ByoHost, &host, silent(json!("off")))
        .await;
    let lost = |host: &Value| old_reason(host, "AgentConnected") == "HeartbeatTimeout";
    pool.fleet.wait(Watched::ByoHost, &host, lost).await;
    // Its cluster notices too, so that health checks have something to find.
    let unknown = |machine: &Value| {
        condition(machine, "NodeReady").is_some_and(|ready| ready["status"] == "Unknown")
            && status_of(machine, "Available") == "False"
    };
    pool.fleet.wait(Watched::Machine, &name_of(worker), unknown).await;

    pool.scale("partly", 0).await;
    pool.fleet.wait_gone(Watched::ByoMachine, &name_of(worker)).await;
    let left = pool.fleet.get(Watched::ByoHost, &host).await;
    assert!(!is_free(&left), "what runs there still runs");
    // It is told after the machine has gone.
    let told = async {
        while !pool
            .events()
            .await
            .iter()
            .any(|(reason, _)| reason == "ByoHostReleaseForced")
        {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), told).await;
    assert!(waited.is_ok(), "{:?}", pool.events().await);

    pool.fleet
        .patch(Watched::ByoHost, &host, silent(Value::Null))
        .await;
    let back = |host: &Value| is_free(host) && status_of_old(host, "AgentConnected") == "True";
    let clean = pool.fleet.wait(Watched::ByoHost, &host, back).await;
    assert_eq!(old_reason(&clean, "K8sNodeBootstrapSucceeded"), "K8sNodeAbsent");
    pool.stop().await;
}

/// No host is tried with a version that no installer has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_no_hosts_installer_has_is_refused_before_it_is_tried() {
    let pool = Pool::start(2).await;
    pool.cluster_at("v1.99.2", "future", 1, &json!({})).await;
    let without = |machine: &Value| old_reason(machine, "BYOHostReady") == "BYOHostsUnavailable";
    let stuck = pool.fleet.wait_count(Watched::ByoMachine, 1, without).await;
    let message = old_condition(&stuck[0], "BYOHostReady").map(|condition| condition["message"].clone());
    assert_eq!(
        message,
        Some(json!("0/2 hosts can be taken: 2 that cannot install the version"))
    );
    pool.wait_free(2).await;
    pool.stop().await;
}
