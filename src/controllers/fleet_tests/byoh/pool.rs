//! Many machines and many hosts at once: no host is taken twice, and a pool of thousands comes up in one process.

use std::collections::BTreeMap;

use super::*;

/// Machines as their sets would make them, with bootstrap data that is there.
async fn machines(pool: &Pool, count: usize) {
    let fleet = &pool.fleet;
    for number in 0..count {
        let name = format!("m{number}");
        let labels = json!({"cluster.x-k8s.io/cluster-name": "crowd"});
        let metadata = json!({"name": name, "labels": labels});
        fleet
            .create_with(Watched::ByoMachine, metadata.clone(), json!({}))
            .await;
        let machine = json!({
            "clusterName": "crowd", "version": "v1.31.2", "bootstrap": {"dataSecretName": "data"},
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachine", "name": name}
        });
        fleet.create_with(Watched::Machine, metadata, machine).await;
    }
}

/// Hosts by the machines that have them; no machine ever has two.
fn claims(hosts: &[Value]) -> BTreeMap<String, String> {
    let mut claims = BTreeMap::new();
    for host in hosts {
        if let Some(machine) = host["spec"]["claimRef"]["name"].as_str() {
            let other = claims.insert(machine.to_owned(), name_of(host));
            assert_eq!(other, None, "{machine} has {} too", name_of(host));
        }
    }
    claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_managers_and_many_machines_never_take_a_host_twice() {
    const HOSTS: usize = 20;
    let pool = Pool::start(20).await;
    // A second manager beside the first, as when a leader is slow to notice that it is none any more.
    let second = crate::start(
        pool.fleet.client.clone(),
        pool.fleet.workloads(),
        super::super::harness::quick(),
        SystemClock::shared(),
        &crate::Standing::default(),
    );
    let reference =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoCluster", "name": "crowd"});
    machines(&pool, HOSTS + 5).await;
    let endpoint = json!({"controlPlaneEndpoint": {"host": "192.0.2.7"}});
    pool.fleet.create(Watched::ByoCluster, "crowd", endpoint).await;
    pool.fleet
        .create(Watched::Cluster, "crowd", json!({"infrastructureRef": reference}))
        .await;
    // Five find none and say so; the others have theirs, and both sides say the same.
    let waits = |machine: &Value| {
        old_reason(machine, "BYOHostReady") == "BYOHostsUnavailable"
            && machine["status"].get("hostRef").is_none()
    };
    let up = |host: &Value| host["status"]["machineRef"].is_object();
    pool.fleet.wait_count(Watched::ByoHost, HOSTS, up).await;
    pool.fleet.wait_count(Watched::ByoMachine, 5, waits).await;
    pool.fleet.settle().await;
    let claims = claims(&pool.fleet.list(Watched::ByoHost).await);
    assert_eq!(claims.len(), HOSTS);
    for machine in pool.fleet.list(Watched::ByoMachine).await {
        let host = machine["status"]["hostRef"]["name"].as_str();
        assert_eq!(
            claims.get(&name_of(&machine)).map(String::as_str),
            host,
            "{machine}"
        );
    }
    second.stop().await;
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_hosts_come_up_in_one_process_and_then_are_quiet() {
    let pool = Pool::start(1000).await;
    let heard = |host: &Value| status_of_old(host, "AgentConnected") == "True";
    let hosts = pool.fleet.wait_count(Watched::ByoHost, 1000, heard).await;
    let addresses: std::collections::BTreeSet<&str> = hosts
        .iter()
        .filter_map(|host| host["status"]["network"][1]["ipAddrs"][0].as_str())
        .collect();
    assert_eq!(addresses.len(), 1000, "no address twice");
    pool.fleet.settle().await;
    let before = pool.fleet.server.revision();
    pool.fleet.controllers.round().await.expect("a round");
    assert_eq!(
        pool.fleet.server.revision(),
        before,
        "a pool at rest needs no write"
    );
    pool.stop().await;
}
