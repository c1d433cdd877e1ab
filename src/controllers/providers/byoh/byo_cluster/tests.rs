//! Tables of the ByoCluster's plan.

use serde_json::{Value, json};

use super::*;
use crate::samples;

fn observed(more: &Value, machines: usize) -> Observed {
    Observed {
        infrastructure: samples::object("infra", more),
        cluster: Some(samples::cluster()),
        machines,
        zones: ["a", "b"].map(str::to_owned).into(),
        now: samples::now(),
        recheck: Duration::from_secs(10),
    }
}

fn old(outcome: &Outcome<ByoCluster>, kind: &str) -> (String, String) {
    let found = outcome
        .object
        .status
        .conditions
        .iter()
        .find(|condition| condition.kind == kind);
    found.map_or_else(Default::default, |condition| {
        (
            condition.status.clone(),
            condition.reason.clone().unwrap_or_default(),
        )
    })
}

#[test]
fn it_stands_once_its_endpoint_is_known() {
    let endpoint = |endpoint: Value| json!({"spec": {"controlPlaneEndpoint": endpoint}});
    let cases = [
        (json!({}), None, ("False", "WaitingForControlPlaneEndpoint")),
        (
            endpoint(json!({"host": "", "port": 6443})),
            None,
            ("False", "WaitingForControlPlaneEndpoint"),
        ),
        (endpoint(json!({"host": "192.0.2.7"})), Some(6443), ("True", "")),
        (
            endpoint(json!({"host": "192.0.2.7", "port": 0})),
            Some(6443),
            ("True", ""),
        ),
        (
            endpoint(json!({"host": "192.0.2.7", "port": 8443})),
            Some(8443),
            ("True", ""),
        ),
    ];
    for (more, port, (status, reason)) in cases {
        let outcome = plan(&observed(&more, 0));
        let object = &outcome.object;
        assert_eq!(
            old(&outcome, "Ready"),
            (status.to_owned(), reason.to_owned()),
            "{more}"
        );
        assert_eq!(
            object.is_true("Ready"),
            status == "True",
            "the new model says the same: {more}"
        );
        assert!(object.is_false("Paused"), "{more}");
        let provisioned = object
            .status
            .initialization
            .as_ref()
            .and_then(|it| it.provisioned);
        assert_eq!(
            (object.status.ready, provisioned),
            (port.map(|_| true), port.map(|_| true)),
            "{more}"
        );
        let endpoint = object.spec.control_plane_endpoint.as_ref();
        assert_eq!(
            endpoint
                .and_then(|endpoint| endpoint.port)
                .filter(|_| port.is_some()),
            port,
            "{more}"
        );
        assert!(object.metadata.has_finalizer(CLUSTER_FINALIZER));
        let domains: Vec<&String> = object.status.failure_domains.keys().collect();
        assert_eq!(domains, ["a", "b"], "those of the pool");
    }
}

#[test]
fn nothing_happens_before_it_has_an_owner_or_while_it_is_paused() {
    let mut lonely = observed(&json!({}), 0);
    lonely.cluster = None;
    let outcome = plan(&lonely);
    assert_eq!(old(&outcome, "Ready").1, "WaitingForCluster");
    assert!(!outcome.object.metadata.has_finalizer(CLUSTER_FINALIZER));
    let paused = json!({"metadata": {"annotations": {"cluster.x-k8s.io/paused": ""}, "finalizers": [CLUSTER_FINALIZER],
        "deletionTimestamp": "2026-08-21T11:30:00Z"}});
    let outcome = plan(&observed(&paused, 0));
    assert!(outcome.object.is_true("Paused"));
    assert!(
        outcome.object.metadata.has_finalizer(CLUSTER_FINALIZER),
        "not even its deletion"
    );
}

#[test]
fn it_goes_when_the_last_machine_of_its_cluster_is_gone() {
    let deleting =
        json!({"metadata": {"finalizers": [CLUSTER_FINALIZER], "deletionTimestamp": "2026-08-21T11:30:00Z"}});
    let waits = plan(&observed(&deleting, 1));
    assert!(waits.object.metadata.has_finalizer(CLUSTER_FINALIZER) && waits.requeue.is_some());
    assert!(
        !plan(&observed(&deleting, 0))
            .object
            .metadata
            .has_finalizer(CLUSTER_FINALIZER)
    );
}
