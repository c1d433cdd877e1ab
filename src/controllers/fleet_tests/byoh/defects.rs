//! What the provider that this one follows was known to do wrong, each with the test that shows it absent here.
//!
//! | known defect | shown absent by |
//! |---|---|
//! | images and bundles without digests, signatures, mirrors or logins; tools fetched while installing | the host agent's, which comes later |
//! | only one operating system | `hosts_of_other_systems_are_taken` in the machine's tables, `installable` in the rules |
//! | who skips the installation is never reset | `an_agent_that_skips_the_installation_…` in the agent's tables |
//! | hosts of any namespace are taken | `a_host_of_another_namespace_is_not_taken` |
//! | the first host is taken, whatever its state | `hosts_that_are_lost_held_back_paused_or_busy_are_not_taken`, `a_host_that_is_not_clean_…` |
//! | two machines take the same host | `two_managers_and_many_machines_never_take_a_host_twice` |
//! | a host that is half taken idles for ever | `what_is_half_taken_is_made_whole` |
//! | a dead host is never given back, and its name is lost | `a_silent_host_is_not_waited_for_without_end_…`, `a_host_in_use_stays_…` |
//! | a bad host is tried for ever | `a_machine_leaves_a_host_that_fails_…` |
//! | two names of one host are two hosts | `one_machine_under_two_names_…` in the rules; two hosts under one name are the agent's to refuse |
//! | the manager has to reach every workload cluster | `a_host_that_names_its_node_itself_…` |
//! | certificates are not renewed; requests for them are approved by name; agents read all Secrets; tokens stand in a status | the host agent's, which comes later |
//! | failures are told as if they were none | `a_failure_is_told_as_an_error` |
//! | a host's own clock decides whether it lives | `a_host_is_heard_by_the_servers_clock` |
//! | a long installation looks like a dead host | `an_agent_is_heard_while_it_works_for_long` |
//! | the agent's own upgrade | the host agent's, which comes later |

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Patch, PatchParams, PostParams};
use kube::core::DynamicObject;

use super::*;
use crate::fleet_tests::stuck::{Paused, start};
use crate::{FAIL_STEP_ANNOTATION, SILENT_ANNOTATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_of_another_namespace_is_not_taken() {
    let pool = Pool::start(1).await;
    let namespace = serde_json::from_value(json!({"metadata": {"name": "other"}})).expect("a Namespace");
    let namespaces: Api<Namespace> = Api::all(pool.fleet.client.clone());
    let params = PostParams::default();
    namespaces.create(&params, &namespace).await.expect("created");
    let elsewhere: Api<DynamicObject> =
        Api::namespaced_with(pool.fleet.client.clone(), "other", &Watched::ByoHost.resource());
    let host = json!({
        "apiVersion": Watched::ByoHost.api_version(), "kind": "ByoHost", "metadata": {"name": "a-better-one"}, "spec": {}
    });
    let host: DynamicObject = serde_json::from_value(host).expect("a host");
    elsewhere.create(&params, &host).await.expect("created");
    let registered = Patch::Merge(json!({"status": {"hostinfo": {
        "osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"
    }}}));
    elsewhere
        .patch_status("a-better-one", &PatchParams::default(), &registered)
        .await
        .expect("registered");
    pool.cluster("own", 1).await;
    let waits = |machine: &Value| old_reason(machine, "BYOHostReady") == "BYOHostsUnavailable";
    let stuck = pool.fleet.wait_count(Watched::ByoMachine, 1, waits).await;
    let told = old_condition(&stuck[0], "BYOHostReady").map(|condition| condition["message"].clone());
    assert_eq!(told, Some(json!("0/1 hosts can be taken: 1 with a machine")));
    let left = elsewhere.get("a-better-one").await.expect("it is there");
    assert!(is_free(&serde_json::to_value(left).expect("JSON")));
    pool.stop().await;
}

/// The host and name of the worker of a cluster with one.
async fn worker(pool: &Pool) -> (String, String) {
    let machines = pool.fleet.list(Watched::ByoMachine).await;
    let is_worker = |machine: &&Value| {
        machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/control-plane")
            .is_none()
    };
    let worker = machines.iter().find(is_worker).expect("a worker");
    let host = worker["status"]["hostRef"]["name"].as_str().expect("a host");
    (name_of(worker), host.to_owned())
}

async fn event(pool: &Pool, reason: &str, kind: &str) {
    let wished = (reason.to_owned(), kind.to_owned());
    let told = async {
        while !pool.events().await.contains(&wished) {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), told).await;
    assert!(waited.is_ok(), "{wished:?}: {:?}", pool.events().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_in_use_stays_and_one_that_is_retired_is_not_told_of_as_free() {
    let pool = Pool::start(2).await;
    pool.cluster("kept", 1).await;
    pool.fleet.wait_available("kept", 1).await;
    let (machine, host) = worker(&pool).await;
    let (hosts, params) = (pool.fleet.api(Watched::ByoHost), DeleteParams::default());
    let refused = hosts.delete(&host, &params).await.expect_err("it is in use");
    let refused = refused.to_string();
    assert!(
        refused.contains("cannot delete ByoHost when MachineRef is assigned"),
        "{refused}"
    );
    assert!(refused.contains("fleetui.dev/retire-confirmed"), "{refused}");

    let confirmed =
        json!({"metadata": {"annotations": {"fleetui.dev/retire-confirmed": "ada: the board burnt"}}});
    pool.fleet.patch(Watched::ByoHost, &host, confirmed).await;
    hosts.delete(&host, &params).await.expect("somebody said so");
    let lost = |machine: &Value| old_reason(machine, "BYOHostReady") == "BYOHostGone";
    pool.fleet.wait(Watched::ByoMachine, &machine, lost).await;
    pool.scale("kept", 0).await;
    pool.fleet.wait_gone(Watched::ByoMachine, &machine).await;
    event(&pool, "ByoHostGone", "ByoMachine").await;
    let released = pool.events().await;
    assert!(
        !released
            .iter()
            .any(|(reason, _)| reason == "ByoHostReleaseSucceeded"),
        "nothing was reset: {released:?}"
    );
    pool.stop().await;
}

/// What ran on a host that nobody knew of any more was taken for the node of the next machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_not_clean_is_reset_before_a_machine_takes_it() {
    let pool = Pool::start(1).await;
    let off = |value: Value| json!({"metadata": {"annotations": {SILENT_ANNOTATION: value}}});
    pool.fleet
        .patch(Watched::ByoHost, "node-1", off(json!("off")))
        .await;
    let forgotten = Patch::Merge(json!({"status": {"conditions": [{
        "type": "K8sNodeBootstrapSucceeded", "status": "True", "lastTransitionTime": "2026-08-21T11:00:00Z"
    }]}}));
    pool.fleet
        .api(Watched::ByoHost)
        .patch_status("node-1", &PatchParams::default(), &forgotten)
        .await
        .expect("as it was left");
    let asked = |host: &Value| !is_free(host);
    pool.fleet.wait(Watched::ByoHost, "node-1", asked).await;
    pool.cluster("next", 0).await;
    let waits = |machine: &Value| old_reason(machine, "BYOHostReady") == "BYOHostsUnavailable";
    pool.fleet.wait_count(Watched::ByoMachine, 1, waits).await;
    pool.fleet
        .patch(Watched::ByoHost, "node-1", off(Value::Null))
        .await;
    pool.fleet.wait_available("next", 0).await;
    let events = pool.events().await;
    let count = |wished: &str| events.iter().filter(|(reason, _)| reason == wished).count();
    assert!(count("ResetK8sNodeSucceeded") > 0, "{events:?}");
    assert_eq!(
        count("BootstrapK8sNodeSucceeded"),
        1,
        "its node is its own: {events:?}"
    );
    pool.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retained_host_waits_for_somebody_to_look_at_it() {
    let pool = Pool::start(2).await;
    let retain = json!({"spec": {"reclaimPolicy": "Retain"}});
    for host in ["node-1", "node-2"] {
        pool.fleet.patch(Watched::ByoHost, host, retain.clone()).await;
    }
    pool.cluster("looked-at", 1).await;
    pool.fleet.wait_available("looked-at", 1).await;
    let (machine, host) = worker(&pool).await;
    pool.scale("looked-at", 0).await;
    pool.fleet.wait_gone(Watched::ByoMachine, &machine).await;
    for kind in ["ByoMachine", "ByoHost"] {
        event(&pool, "ByoHostReleaseSucceeded", kind).await;
    }
    let kept = pool.fleet.get(Watched::ByoHost, &host).await;
    assert_eq!(
        old_reason(&kept, "K8sNodeBootstrapSucceeded"),
        "K8sNodeAbsent",
        "it was reset"
    );
    assert_eq!(
        kept["metadata"]["annotations"]["fleetui.dev/released"],
        "looked-at/looked-at-md"
    );
    pool.scale("looked-at", 1).await;
    let waits = |machine: &Value| old_reason(machine, "BYOHostReady") == "BYOHostsUnavailable";
    let stuck = pool.fleet.wait_count(Watched::ByoMachine, 1, waits).await;
    let told = old_condition(&stuck[0], "BYOHostReady").map(|condition| condition["message"].clone());
    assert_eq!(
        told,
        Some(json!(
            "0/2 hosts can be taken: 1 with a machine, 1 kept for inspection"
        ))
    );
    let looked_at = json!({"metadata": {"annotations": {"fleetui.dev/released": null}}});
    pool.fleet.patch(Watched::ByoHost, &host, looked_at).await;
    pool.fleet.wait_available("looked-at", 1).await;
    pool.stop().await;
}

/// It was told with the severity of something that is merely waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_told_as_an_error() {
    let pool = Pool::start(2).await;
    for (host, step) in [("node-1", "install"), ("node-2", "bootstrap")] {
        let fails = json!({"metadata": {"annotations": {FAIL_STEP_ANNOTATION: format!("{step}: no")}}});
        pool.fleet.patch(Watched::ByoHost, host, fails).await;
    }
    let told = |kind: &'static str, wished: &'static str| {
        move |host: &Value| {
            old_reason(host, kind) == wished
                && old_condition(host, kind).is_some_and(|condition| condition["severity"] == "Error")
        }
    };
    let installs = told(
        "K8sComponentsInstallationSucceeded",
        "K8sComponentsInstallationFailed",
    );
    let bootstraps = told("K8sNodeBootstrapSucceeded", "CloudInitExecutionFailed");
    tokio::join!(
        pool.fleet.wait(Watched::ByoHost, "node-1", installs),
        pool.fleet.wait(Watched::ByoHost, "node-2", bootstraps),
        pool.cluster("ill", 0),
    );
    pool.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_heard_while_it_works_for_long() {
    let (fleet, _) = start().await;
    let settings = SimulatedHostSettings {
        install: Duration::from_mins(20),
        simulation: SimulationSettings {
            jitter: 0.0,
            ..SimulationSettings::default()
        },
        ..SimulatedHostSettings::default()
    };
    let hosts = simulate_hosts(
        fleet.client.clone(),
        fleet.workloads(),
        1,
        settings,
        Paused::shared(),
    );
    let pool = Pool { fleet, hosts };
    pool.wait_free(1).await;
    pool.cluster("slow", 0).await;
    tokio::time::sleep(Duration::from_mins(21)).await;
    pool.fleet.wait_available("slow", 0).await;
    let lost = pool.events().await;
    assert!(
        !lost.iter().any(|(reason, _)| reason == "AgentDisconnected"),
        "{lost:?}"
    );
    pool.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_selector_that_matches_no_host_is_told_and_asks_for_nothing() {
    let (fleet, log) = start().await;
    let settings = SimulatedHostSettings::default();
    let hosts = simulate_hosts(
        fleet.client.clone(),
        fleet.workloads(),
        3,
        settings,
        Paused::shared(),
    );
    let pool = Pool { fleet, hosts };
    pool.wait_free(3).await;
    let nobody = json!({"selector": {"matchLabels": {"nobody": "has-this"}}});
    pool.cluster_as("choosy", 0, &nobody).await;
    let asked = crate::fleet_tests::stuck::asked_in_ten_minutes(&log).await;
    let machine = pool.fleet.list(Watched::Machine).await.remove(0);
    let infrastructure = pool.fleet.get(Watched::ByoMachine, &name_of(&machine)).await;
    let told = old_condition(&infrastructure, "BYOHostReady").expect("it is told");
    assert_eq!(
        (&told["reason"], &told["message"]),
        (
            &json!("BYOHostsUnavailable"),
            &json!("0/3 hosts can be taken: 3 without the labels asked for")
        )
    );
    let old = machine["status"]["deprecated"]["v1beta1"]["conditions"].as_array();
    let old = old
        .into_iter()
        .flatten()
        .find(|it| it["type"] == "InfrastructureReady");
    assert_eq!(
        old.map(|it| it["reason"].clone()),
        Some(json!("BYOHostsUnavailable"))
    );
    // Once in a minute: whether the cluster's five Secrets are what they were.
    crate::fleet_tests::stuck::is_at_most(&asked, 11 * 5);
    let template = pool.fleet.get(Watched::ByoMachineTemplate, "choosy-md").await;
    assert_eq!(
        template["status"]["capacity"],
        json!({"cpu": "4", "memory": "16Gi"})
    );
    assert_eq!(
        template["status"]["nodeInfo"],
        json!({"architecture": "amd64", "operatingSystem": "linux"})
    );
    let none = pool
        .fleet
        .get(Watched::ByoMachineTemplate, "choosy-control-plane")
        .await;
    assert_eq!(none["status"].get("capacity"), None, "no host matches");
    pool.stop().await;
}
