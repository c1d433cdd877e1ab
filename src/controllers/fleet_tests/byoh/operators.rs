//! What operators say of hosts, and what becomes of it: reservations are kept, and maintenance drains first.

use super::*;

fn is_up(host: &Value) -> bool {
    status_of_old(host, "K8sNodeBootstrapSucceeded") == "True"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reserved_host_waits_for_its_cluster_which_takes_it_first() {
    let pool = Pool::start(4).await;
    let reserve = |cluster: &str| json!({"spec": {"taints": [{"key": "fleetui.dev/reserved-for", "value": cluster, "effect": "NoBind"}]}});
    // Names decide among equals, so that these would be taken first, and the last one last.
    pool.fleet
        .patch(Watched::ByoHost, "node-1", reserve("other"))
        .await;
    pool.fleet
        .patch(Watched::ByoHost, "node-4", reserve("mine"))
        .await;
    pool.cluster("mine", 1).await;
    pool.fleet.wait_available("mine", 1).await;
    let used: Vec<String> = pool
        .fleet
        .list(Watched::ByoHost)
        .await
        .iter()
        .filter(|host| !is_free(host))
        .map(name_of)
        .collect();
    assert_eq!(used, ["node-2", "node-4"]);

    // What is left is one host that anybody may take, and one that is another's.
    pool.scale("mine", 3).await;
    let without = |machine: &Value| old_reason(machine, "BYOHostReady") == "BYOHostsUnavailable";
    let stuck = pool.fleet.wait_count(Watched::ByoMachine, 1, without).await;
    let message = old_condition(&stuck[0], "BYOHostReady").map(|condition| condition["message"].clone());
    assert_eq!(
        message,
        Some(json!(
            "0/4 hosts can be taken: 3 with a machine, 1 reserved for another cluster"
        ))
    );
    let anybody = json!({"spec": {"taints": null}});
    pool.fleet.patch(Watched::ByoHost, "node-1", anybody).await;
    pool.fleet.wait_available("mine", 3).await;
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maintenance_drains_its_host_and_another_one_serves() {
    let pool = Pool::start(3).await;
    pool.cluster("served", 1).await;
    pool.fleet.wait_available("served", 1).await;
    let machines = pool.fleet.list(Watched::ByoMachine).await;
    let host_of = |machine: &Value| {
        machine["status"]["hostRef"]["name"]
            .as_str()
            .expect("a host")
            .to_owned()
    };
    let is_plane = |machine: &&Value| {
        machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/control-plane")
            .is_some()
    };
    let worker = machines
        .iter()
        .find(|machine| !is_plane(machine))
        .expect("a worker");
    let plane = machines.iter().find(is_plane).expect("a control plane");
    let maintenance = json!({"spec": {"maintenance": {"reason": "new disk", "mode": "Drain"}}});
    for machine in [worker, plane] {
        let host = host_of(machine);
        pool.fleet
            .patch(Watched::ByoHost, &host, maintenance.clone())
            .await;
    }
    let host = host_of(worker);
    pool.fleet.wait(Watched::ByoHost, &host, is_free).await;
    pool.fleet.wait_gone(Watched::ByoMachine, &name_of(worker)).await;
    pool.fleet.wait_available("served", 1).await;
    let looked_after = pool.fleet.get(Watched::ByoHost, &host).await;
    assert_eq!(looked_after["spec"]["maintenance"]["reason"], "new disk");
    // The only machine of a control plane is not sent away, and says why it stays.
    let stays = pool.fleet.get(Watched::ByoMachine, &name_of(plane)).await;
    assert!(stays["metadata"].get("deletionTimestamp").is_none());
    assert!(is_up(&pool.fleet.get(Watched::ByoHost, &host_of(plane)).await));
    let events = pool.events().await;
    assert!(events.iter().any(|(reason, _)| reason == "ByoMachineEvicted"));
    pool.stop().await;
}
