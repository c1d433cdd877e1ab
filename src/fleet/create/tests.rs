//! Forms of the templates of the program, held against a fleet; the objects that come of them, and text that becomes answers again.

use std::sync::Arc;

use fleetui_api::byoh::names;
use fleetui_api::kinds::Role;
use serde_json::{Value, json};

use super::*;
use crate::act::plan::Around;
use crate::act::{Confirm, Verb};
use crate::fixtures::{cluster, key, mgmt, now, object, store, upserts, whole_cluster, with};
use crate::{FleetStore, Session, Update};

const BYOH: &str = "infrastructure.cluster.x-k8s.io/v1beta1";

pub(super) fn around(store: &FleetStore) -> Around<'_> {
    Around { store, now: now() }
}

pub(super) fn host(name: &str, address: &str, changes: &[(&str, Value)]) -> Value {
    let free = with(
        object(BYOH, "ByoHost", name),
        &[
            ("/metadata/annotations", json!({names::SIMULATED: ""})),
            (
                "/status",
                json!({
                    "hostinfo": {"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"},
                    "installableVersions": ["v1.31.2", "v1.30.4"],
                    "lastHeartbeatTime": "2026-08-21T11:59:55Z",
                    "network": [{"macAddr": "02:00:00:00:00:01", "isDefault": true, "ipAddrs": [address]}],
                    "conditions": [],
                }),
            ),
        ],
    );
    with(free, changes)
}

fn fleet() -> FleetStore {
    let taken = with(
        cluster("prod"),
        &[
            (
                "/spec/clusterNetwork",
                json!({"pods": {"cidrBlocks": ["10.1.0.0/16"]}, "services": {"cidrBlocks": ["10.2.0.0/16"]}}),
            ),
            (
                "/spec/controlPlaneEndpoint",
                json!({"host": "192.0.2.9", "port": 6443}),
            ),
        ],
    );
    let mut objects = vec![taken];
    objects
        .extend((1..=3).map(|number| host(&format!("node-{number}"), &format!("192.0.2.1{number}/24"), &[])));
    store(&objects)
}

pub(super) fn form(flavour: &str, answers: &[(&str, &str)]) -> Form {
    let flavour = built_in(flavour).unwrap();
    let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
    for (variable, answer) in answers {
        assert!(form.answer(variable, answer), "{variable}");
    }
    form
}

const GOOD: [(&str, &str); 6] = [
    ("CLUSTER_NAME", "edge"),
    ("KUBERNETES_VERSION", "v1.31.2"),
    ("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.7"),
    ("WORKER_MACHINE_COUNT", "2"),
    ("POD_CIDR", "10.244.0.0/16"),
    ("SERVICE_CIDR", "10.96.0.0/16"),
];

pub(super) fn byoh(answers: &[(&str, &str)]) -> Form {
    let mut form = form("byoh", &GOOD);
    for (variable, answer) in answers {
        assert!(form.answer(variable, answer), "{variable}");
    }
    form.settle(&around(&fleet()));
    form
}

/// What is said of each question: `VARIABLE! what` where it stands in the way.
fn told(form: &Form) -> Vec<String> {
    let store = fleet();
    let remarks = form.remarks(&around(&store));
    let line = |remark: Remark| {
        let sign = match remark.grade {
            Grade::Wrong => "!",
            Grade::Warns => "?",
        };
        format!("{}{sign} {}", remark.variable.unwrap_or_default(), remark.what)
    };
    remarks.into_iter().map(line).collect()
}

#[test]
fn good_answers_have_no_remark() {
    assert_eq!(told(&byoh(&[])), Vec::<String>::new());
    let simulated = form(
        "simulated",
        &[("CLUSTER_NAME", "edge"), ("KUBERNETES_VERSION", "1.33.4")],
    );
    assert_eq!(told(&simulated), Vec::<String>::new());
}

/// On a management cluster with nothing in it yet, somebody has to begin.
#[test]
fn where_nobody_names_a_version_that_of_the_management_cluster_is_proposed() {
    let mut store = store(&[]);
    let session = store.session(&mgmt("mgmt-taipei")).unwrap();
    let known = Session {
        server_version: Some("v1.33.5-eks-1a2b".into()),
        ..Session::clone(session)
    };
    store.apply(Update::Session(Arc::new(known)));
    let proposed = |flavour: &str, store: &FleetStore| {
        let form = form(flavour, &[]);
        let versions = suggested_versions(&form, &around(store));
        let best = proposed_version(&form, &around(store));
        let versions = versions.iter().map(ToString::to_string).collect::<Vec<String>>();
        assert!(best.is_some_and(|best| versions.contains(&best.to_string())));
        versions
    };
    assert_eq!(proposed("simulated", &store), ["v1.33.5"]);
    // These hosts install other ones, which they name.
    store.apply(upserts("mgmt-taipei", &[host("node-1", "192.0.2.11/24", &[])]));
    assert_eq!(proposed("byoh", &store), ["v1.31.2", "v1.30.4"]);
}

/// A fleet that runs an old version is not kept to it.
#[test]
fn newer_versions_that_installers_and_templates_have_are_proposed_too() {
    let minors = json!(["v1.30", "v1.31", "v1.32"]);
    let old = with(
        object(crate::fixtures::KCP, "KubeadmControlPlane", "old"),
        &[("/spec/version", json!("v1.31.2"))],
    );
    let store = store(&[
        host(
            "node-1",
            "192.0.2.11/24",
            &[("/status/installableVersions", minors)],
        ),
        old,
    ]);
    let texts = |versions: Vec<fleetui_rules::version::Version>| {
        let texts = versions.iter().map(ToString::to_string);
        texts.collect::<Vec<String>>()
    };
    let form = form("byoh", &[]);
    assert_eq!(
        texts(suggested_versions(&form, &around(&store))),
        ["v1.32.0", "v1.31.2", "v1.30.0"]
    );
    let proposed = proposed_version(&form, &around(&store));
    assert_eq!(
        texts(proposed.into_iter().collect()),
        ["v1.31.2"],
        "what is proven"
    );
    let template = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata: {name: \"${CLUSTER_NAME}\", labels: {v: \"${KUBERNETES_VERSION:=v1.35.1}\"}}\n";
    let form = Form::new(
        Flavour::template("t.yaml", template),
        mgmt("mgmt-taipei"),
        &Variables::default(),
    )
    .unwrap();
    assert_eq!(
        texts(suggested_versions(&form, &around(&store))),
        ["v1.35.1", "v1.31.2"]
    );
}

#[test]
fn what_is_proposed_for_endpoint_and_networks_has_no_remark() {
    let store = fleet();
    let around = around(&store);
    let form = byoh(&[]);
    let endpoints = suggested_endpoints(&form, &around);
    assert_eq!(endpoints.first().map(String::as_str), Some("192.0.2.253"));
    let networks = [("POD_CIDR", Input::Pods), ("SERVICE_CIDR", Input::Services)];
    let networks = networks.map(|(variable, input)| (variable, suggested_networks(&form, &around, input)));
    let all = [("CONTROL_PLANE_ENDPOINT_IP", endpoints)]
        .into_iter()
        .chain(networks);
    for (variable, proposed) in all {
        assert_eq!(proposed.len(), 4, "{variable}: {proposed:?}");
        for answer in proposed {
            assert_eq!(
                told(&byoh(&[(variable, &answer)])),
                Vec::<String>::new(),
                "{variable}={answer}"
            );
        }
    }
    let simulated = self::form("simulated", &[]);
    assert_eq!(suggested_endpoints(&simulated, &around), Vec::<String>::new());
}

const WITH_TOPOLOGY: &str = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n  labels: {region: \"${AWS_REGION}\"}\nspec:\n  topology:\n    classRef: {name: quick}\n    version: ${KUBERNETES_VERSION}\n";

/// A template is no way around what a class is refused for.
#[test]
fn a_template_with_a_topology_is_refused_where_none_is_reconciled_as_a_class_is() {
    let unseen = fleet();
    let why = topology_runs(&unseen, &mgmt("mgmt-taipei")).unwrap_err();
    let flavour = Flavour::template("mine.yaml", WITH_TOPOLOGY);
    let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
    let says_so = |form: &Form, store: &FleetStore| {
        let remarks = form.remarks(&around(store));
        remarks
            .iter()
            .any(|remark| remark.grade == Grade::Wrong && remark.variable.is_none() && remark.what == why)
    };
    assert!(says_so(&form, &unseen), "before anything is answered");
    for (variable, answer) in [
        ("CLUSTER_NAME", "a"),
        ("AWS_REGION", "eu"),
        ("KUBERNETES_VERSION", "v1.33.4"),
    ] {
        form.answer(variable, answer);
    }
    assert!(says_so(&form, &unseen));
    let creation = Creation::new(&form, form.objects().unwrap(), ("id-1", ""), now());
    let refused = plan_creation(&around(&unseen), &creation, false).unwrap_err();
    assert_eq!(refused.why, why);
    // Nor does one get there by the text: what is reviewed is what is planned.
    let plain = self::form(
        "simulated",
        &[("CLUSTER_NAME", "a"), ("KUBERNETES_VERSION", "v1.33.4")],
    );
    let mut objects = plain.objects().unwrap();
    for object in objects.iter_mut().filter(|object| object["kind"] == "Cluster") {
        object["spec"]["topology"] = json!({"classRef": {"name": "quick"}, "version": "v1.33.4"});
    }
    let creation = Creation::new(&plain, objects, ("id-1", ""), now());
    let refused = plan_creation(&around(&unseen), &creation, false).unwrap_err();
    assert_eq!(refused.why, why);

    let reconciled = with(
        cluster("prod"),
        &[
            (
                "/spec/topology",
                json!({"classRef": {"name": "quick"}, "version": "v1.33.4"}),
            ),
            (
                "/status/conditions",
                json!([crate::fixtures::condition(
                    "TopologyReconciled",
                    "True",
                    "ReconcileSucceeded",
                    ""
                )]),
            ),
        ],
    );
    let seen = store(&[reconciled]);
    assert!(!says_so(&form, &seen));
    assert!(plan_creation(&around(&seen), &creation, false).is_ok());
}

#[test]
fn a_draft_is_done_with_once_what_was_begun_from_it_is_there() {
    let store = fleet();
    let creation = creation();
    let draft = |name: &str, creation: Option<&str>| CreateDraft {
        creation: creation.map(str::to_owned),
        ..CreateDraft::of(&byoh(&[("CLUSTER_NAME", name)]), None, now())
    };
    let mut there = fleet();
    there.apply(upserts("mgmt-taipei", &[cluster("edge")]));
    let begun = draft("edge", Some("id-1"));
    assert!(begun.is_done(&there, std::iter::empty()));
    assert!(
        !begun.is_done(&there, std::iter::once(&creation)),
        "it was interrupted"
    );
    assert!(begun.is_interrupted(std::iter::once(&creation)));
    assert!(!begun.is_interrupted(std::iter::empty()));
    for other in [draft("edge", Some("id-2")), draft("edge", None)] {
        assert!(!other.is_interrupted(std::iter::once(&creation)), "{other:?}");
    }
    assert!(!begun.is_done(&store, std::iter::empty()), "nothing was made");
    assert!(
        !draft("edge", None).is_done(&there, std::iter::empty()),
        "it was never begun"
    );
    assert!(begun.is_for(&creation.cluster, "byoh"));
    assert!(!begun.is_for(&creation.cluster, "simulated"));
    assert!(!draft("", None).is_for(&creation.cluster, "byoh"));
    assert!(!draft("other", None).is_for(&creation.cluster, "byoh"));
}

#[test]
fn where_the_hosts_are_is_said_at_the_namespace_that_has_none() {
    let mut store = fleet();
    let elsewhere = |namespace: &str, name: &str, changes: &[(&str, Value)]| {
        let place = [
            ("/metadata/namespace", json!(namespace)),
            ("/metadata/uid", json!(name)),
        ];
        with(host(name, "192.0.2.30/24", &place), changes)
    };
    let cordoned = [("/spec/unclaimable", json!(true))];
    store.apply(upserts(
        "mgmt-taipei",
        &[
            elsewhere("edge", "far-1", &[]),
            elsewhere("edge", "far-2", &[]),
            elsewhere("full", "far-3", &cordoned),
        ],
    ));
    let told = |namespace: &str| {
        let mut form = form("byoh", &GOOD);
        form.answer("NAMESPACE", namespace);
        let said = form.remarks(&around(&store)).into_iter();
        let hosts = said.filter(|remark| remark.what.contains("hosts"));
        hosts
            .map(|remark| (remark.variable.unwrap(), remark.what))
            .collect::<Vec<_>>()
    };
    let what = "bare has no hosts; default has 3 free, edge has 2 free, full has 1, none free: machines take hosts of their own namespace alone, and 3 machines would wait";
    assert_eq!(told("bare"), [("NAMESPACE".to_owned(), what.to_owned())]);
    assert_eq!(told("default"), []);
    assert_eq!(told("edge")[0].0, "WORKER_MACHINE_COUNT");
}

#[test]
fn versions_that_cluster_api_was_not_made_for_are_told_at_the_question() {
    let mut store = fleet();
    let told = |store: &FleetStore, version: &str| {
        let mut form = form("simulated", &GOOD[..2]);
        form.answer("KUBERNETES_VERSION", version);
        let said = form.remarks(&around(store)).into_iter();
        let said = said.filter(|remark| remark.variable.as_deref() == Some("KUBERNETES_VERSION"));
        said.map(|remark| (remark.grade, remark.what)).collect::<Vec<_>>()
    };
    assert_eq!(told(&store, "v1.99.0"), [], "nobody says which release it is");
    assert_eq!(told(&store, "v0.1.0")[0].0, Grade::Wrong);
    let idle = Session::idle(mgmt("mgmt-taipei"), "https://127.0.0.1:6443", false);
    store.apply(Update::Session(Arc::new(Session {
        providers: vec![("cluster-api".into(), "v1.14.0".into())],
        ..idle
    })));
    assert_eq!(told(&store, "v1.33.4"), []);
    // Nor are they the first to be proposed; machines that are made up have any that is supported.
    let proposed = |flavour: &str| {
        let versions = suggested_versions(&self::form(flavour, &[]), &around(&store));
        versions.iter().map(ToString::to_string).collect::<Vec<String>>()
    };
    assert_eq!(proposed("byoh"), ["v1.31.2", "v1.30.4"]);
    let all = "v1.36.0 v1.35.0 v1.34.0 v1.33.0 v1.32.0 v1.31.0";
    assert_eq!(proposed("simulated").join(" "), all);
    let what = "v1.99.0 is none of those that Cluster API v1.14.0 supports: v1.31 to v1.36";
    assert_eq!(told(&store, "v1.99.0"), [(Grade::Warns, what.to_owned())]);
    // A control plane that others make has versions of its own.
    let eks = "kind: AWSManagedControlPlane\nspec: {version: \"${KUBERNETES_VERSION}\"}\n";
    let flavour = Flavour::template("eks.yaml", eks);
    let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
    form.answer("KUBERNETES_VERSION", "v1.99.0");
    let said = form.remarks(&around(&store));
    assert!(
        !said.iter().any(|remark| remark.what.contains("v1.99.0")),
        "{said:?}"
    );
}

/// Variable, answer, and what is said of it.
const WRONG: &[(&str, &str, &str)] = &[
    ("CLUSTER_NAME", "", "name is required"),
    ("CLUSTER_NAME", "Edge", "cannot be the name of a cluster"),
    ("CLUSTER_NAME", "1edge", "begin with a letter"),
    (
        "CLUSTER_NAME",
        "prod",
        "there is a Cluster default/prod in mgmt-taipei already",
    ),
    ("NAMESPACE", "a.b", "cannot be a namespace"),
    ("KUBERNETES_VERSION", "1.31", "no whole version"),
    (
        "CONTROL_PLANE_ENDPOINT_IP",
        "",
        "endpoint is required: an address in 192.0.2.0/24 that no host has",
    ),
    ("KUBERNETES_VERSION", "v1.29.0", "no host's installer has v1.29.0"),
    ("CONTROL_PLANE_MACHINE_COUNT", "2", "take 1, 3 or 5"),
    ("CONTROL_PLANE_MACHINE_COUNT", "0", "at least one machine"),
    ("CONTROL_PLANE_MACHINE_COUNT", "9", "7 at most"),
    ("WORKER_MACHINE_COUNT", "few", "write a number"),
    ("WORKER_MACHINE_COUNT", "a=1 a=2", "twice"),
    ("POD_CIDR", "10.244.0.1/16", "lies in the network 10.244.0.0/16"),
    ("POD_CIDR", "10.244.0.0/25", "too small: every node has a /24"),
    ("POD_CIDR", "10.0.0.0/7", "too large"),
    (
        "POD_CIDR",
        "192.0.0.0/16",
        "overlaps with the hosts' own network 192.0.2.0/24",
    ),
    (
        "POD_CIDR",
        "10.3.0.0/16 10.4.0.0/16",
        "one of IPv4 and one of IPv6",
    ),
    (
        "SERVICE_CIDR",
        "10.244.128.0/17",
        "overlaps with the network of Pods, 10.244.0.0/16",
    ),
    ("SERVICE_CIDR", "10.96.0.0/30", "too small for Services"),
    (
        "SERVICE_CIDR",
        "10.0.0.0/8",
        "too large for Services: /12 at most",
    ),
    (
        "CONTROL_PLANE_ENDPOINT_IP",
        "192.0.2.12",
        "is the address of host node-2",
    ),
    (
        "CONTROL_PLANE_ENDPOINT_IP",
        "192.0.2.9",
        "is the address of the Cluster default/prod",
    ),
    ("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.999", "is no address"),
    ("CONTROL_PLANE_ENDPOINT_IP", "cp.example.com", "is no address"),
    ("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.0", "is the network address"),
    (
        "CONTROL_PLANE_ENDPOINT_IP",
        "192.0.2.255",
        "is the broadcast address",
    ),
    ("CONTROL_PLANE_ENDPOINT_IP", "0.0.0.0", "stands for no address"),
    ("CONTROL_PLANE_ENDPOINT_IP", "::1", "is the loopback address"),
    ("CONTROL_PLANE_ENDPOINT_IP", "224.0.0.1", "multicast group"),
    ("CONTROL_PLANE_ENDPOINT_IP", "fe80::7", "is a link-local address"),
    (
        "CONTROL_PLANE_ENDPOINT_IP",
        "10.244.0.7",
        "is in the cluster's own network of Pods, 10.244.0.0/16",
    ),
    (
        "CONTROL_PLANE_ENDPOINT_IP",
        "10.96.0.7",
        "is in the cluster's own network of Services, 10.96.0.0/16",
    ),
    ("SERVICE_DOMAIN", "clus_ter", "is no domain"),
    ("KUBE_VIP_IMAGE", "a\nb", "more than one line"),
    ("KUBE_VIP_IMAGE", "ghcr.io/kube vip:v1", "is no image: "),
    ("KUBE_VIP_IMAGE", "https://ghcr.io/kube-vip", "without https://"),
    (
        "BUNDLE_LOOKUP_BASE_REGISTRY",
        "registry.example/byoh:",
        "is no registry of images",
    ),
    ("BUNDLE_LOOKUP_BASE_REGISTRY", "!!", "is no registry of images"),
    (
        "POD_CIDR",
        "224.0.0.0/4",
        "lies in 224.0.0.0/4, the addresses of multicast groups",
    ),
    (
        "POD_CIDR",
        "169.254.0.0/16",
        "link-local addresses, which no router passes on",
    ),
    ("POD_CIDR", "0.0.0.0/8", "stands for no address at all"),
    (
        "POD_CIDR",
        "127.0.0.0/16",
        "the loopback addresses of every machine",
    ),
    (
        "SERVICE_CIDR",
        "127.0.0.0/16",
        "the loopback addresses of every machine",
    ),
    ("SERVICE_CIDR", "fe80::/112", "link-local addresses"),
    ("POD_CIDR", "ff00::/56", "multicast groups"),
    (
        "POD_CIDR",
        "::/56",
        "holds ::/128, which stands for no address at all",
    ),
    (
        "SERVICE_CIDR",
        "fd00::/112",
        "Services have no other IP family than Pods",
    ),
    (
        "SERVICE_CIDR",
        "10.96.0.0/16 fd00::/112",
        "fd00::/112 is of IPv6, and the Pods have IPv4 alone",
    ),
];

#[test]
fn every_wrong_answer_is_told_at_its_question() {
    for (variable, answer, expected) in WRONG.iter().copied() {
        let told = told(&byoh(&[(variable, answer)]));
        let begin = format!("{variable}! ");
        assert!(
            told.first()
                .is_some_and(|first| first.starts_with(&begin) && first.contains(expected)),
            "{variable}={answer}: {told:?}"
        );
    }
}

#[test]
fn what_works_all_the_same_is_only_a_warning() {
    let many = told(&byoh(&[("WORKER_MACHINE_COUNT", "md-0=3 gpu=1")]));
    assert_eq!(
        many,
        [
            "WORKER_MACHINE_COUNT? 5 hosts are needed, and 3/3 hosts can be taken; 2 machines would wait until there are more"
        ]
    );
    let routed = told(&byoh(&[("CONTROL_PLANE_ENDPOINT_IP", "192.0.3.1")]));
    assert!(
        matches!(routed.as_slice(), [one] if one.starts_with("CONTROL_PLANE_ENDPOINT_IP? 192.0.3.1 is in no network of the hosts")),
        "{routed:?}"
    );
    let other_family = told(&byoh(&[("CONTROL_PLANE_ENDPOINT_IP", "2001:db8::7")]));
    assert!(
        matches!(other_family.as_slice(), [one] if one.starts_with("CONTROL_PLANE_ENDPOINT_IP? 2001:db8::7 is in no network of the hosts")),
        "{other_family:?}"
    );
    let same = told(&byoh(&[("POD_CIDR", "10.1.0.0/16")]));
    assert_eq!(
        same,
        [
            "POD_CIDR? 10.1.0.0/16 overlaps with networks of default/prod in mgmt-taipei: the clusters cannot be connected; 10.244.0.0/16 is free"
        ]
    );
}

#[test]
fn a_network_that_is_proposed_is_free_of_what_the_form_itself_says() {
    let own = told(&byoh(&[
        ("POD_CIDR", "10.1.0.0/16"),
        ("SERVICE_CIDR", "10.244.0.0/16"),
    ]));
    assert!(
        matches!(own.as_slice(), [one] if one.starts_with("POD_CIDR? ") && one.ends_with("; 10.245.0.0/16 is free")),
        "{own:?}"
    );
    let both = told(&byoh(&[
        ("POD_CIDR", "10.1.0.0/17"),
        ("SERVICE_CIDR", "10.1.128.0/17"),
    ]));
    assert!(
        matches!(both.as_slice(), [one, other] if one.ends_with("; 10.244.0.0/16 is free") && other.ends_with("; 10.245.0.0/16 is free")),
        "{both:?}"
    );
}

#[test]
fn hosts_that_a_template_selects_by_labels_are_counted_apart() {
    let selects = |labels: &str| {
        let template = format!(
            "kubeadmConfigSpec: {{}}\n---\napiVersion: infrastructure.cluster.x-k8s.io/v1beta1\nkind: ByoMachineTemplate\nmetadata: {{name: \"${{CLUSTER_NAME}}\"}}\nspec: {{template: {{spec: {{selector: {{matchLabels: {{{labels}}}}}}}}}}}\n"
        );
        told(&upstream(&[("kubeadmConfigSpec: {}\n", &template)], &[]))
    };
    assert_eq!(
        selects("site: a"),
        [
            "? 3 hosts with these labels are needed, and 0/3 hosts can be taken: 3 without the labels asked for; 3 machines would wait until there are more"
        ]
    );
    assert_eq!(selects(""), Vec::<String>::new());
}

#[test]
fn services_may_have_any_family_that_the_pods_have() {
    let both = ("POD_CIDR", "10.244.0.0/16, fd00:1::/56");
    for services in ["10.96.0.0/16", "fd00::/112", "fd00::/112, 10.96.0.0/16"] {
        assert_eq!(
            told(&byoh(&[both, ("SERVICE_CIDR", services)])),
            Vec::<String>::new(),
            "{services}"
        );
    }
}

/// The networks that hold where nobody says any, and what is said of them.
fn supposed(form: &mut Form, store: &FleetStore) -> ([String; 2], Vec<Remark>) {
    form.settle(&around(store));
    let networks =
        ["POD_CIDR", "SERVICE_CIDR"].map(|variable| form.field(variable).unwrap().value().to_owned());
    (networks, form.remarks(&around(store)))
}

#[test]
fn networks_that_hold_where_nobody_says_any_are_free_in_the_fleet() {
    let mut form = form(
        "simulated",
        &[("CLUSTER_NAME", "edge"), ("KUBERNETES_VERSION", "1.33.4")],
    );
    let own = ["192.168.0.0/16", "10.128.0.0/12"];
    let (networks, remarks) = supposed(&mut form, &store(&[]));
    assert_eq!((networks, remarks), (own.map(str::to_owned), Vec::new()));
    // The first cluster has both of them.
    let first = |pods: &str, services: &str| {
        let networks = json!({"pods": {"cidrBlocks": [pods]}, "services": {"cidrBlocks": [services]}});
        store(&[with(cluster("prod"), &[("/spec/clusterNetwork", networks)])])
    };
    let second = ["10.244.0.0/16", "10.245.0.0/16"];
    let (networks, remarks) = supposed(&mut form, &first(own[0], own[1]));
    assert_eq!((networks, remarks), (second.map(str::to_owned), Vec::new()));
    let objects = form.objects().unwrap();
    let of_cluster = objects.iter().find(|object| object["kind"] == "Cluster").unwrap();
    assert_eq!(
        of_cluster["spec"]["clusterNetwork"]["pods"]["cidrBlocks"],
        json!([second[0]])
    );
    // It is gone: the template's own are free again.
    let (networks, _) = supposed(&mut form, &store(&[]));
    assert_eq!(networks, own.map(str::to_owned));
    // What is proposed is free of the hosts' network and of what is answered to the other question.
    let store = store(&[
        with(
            cluster("prod"),
            &[(
                "/spec/clusterNetwork",
                json!({"services": {"cidrBlocks": ["10.128.0.0/12"]}}),
            )],
        ),
        host("node-1", "192.168.7.1/24", &[]),
    ]);
    let mut byoh = self::form("byoh", &GOOD);
    byoh.answer("SERVICE_CIDR", "");
    let (networks, _) = supposed(&mut byoh, &store);
    assert_eq!(networks, ["10.244.0.0/16", "10.245.0.0/16"].map(str::to_owned));
    byoh.answer("POD_CIDR", "");
    let (networks, _) = supposed(&mut byoh, &store);
    assert_eq!(networks, ["10.244.0.0/16", "10.245.0.0/16"].map(str::to_owned));
}

#[test]
fn what_an_unfinished_creation_took_is_taken() {
    let mut unfinished = creation();
    unfinished.state = CreationState::Stopped("the line was lost".to_owned());
    let answers = [("CLUSTER_NAME", "other")];
    let mut form = byoh(&answers);
    form.reserve([&unfinished]);
    let store = fleet();
    let remarks = form.remarks(&around(&store));
    let told: Vec<String> = remarks.into_iter().map(|remark| remark.what).collect();
    let whose = "default/edge in mgmt-taipei, whose creation is not finished";
    assert_eq!(
        told.first(),
        Some(&format!(
            "192.0.2.7 is the address of the Cluster {whose}; two cannot have the same"
        )),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|what| what.starts_with(&format!("10.244.0.0/16 overlaps with networks of {whose}"))),
        "{told:?}"
    );
    assert!(!suggested_endpoints(&form, &around(&store)).contains(&"192.0.2.7".to_owned()));
    assert!(!suggested_networks(&form, &around(&store), Input::Pods).contains(&"10.244.0.0/16".to_owned()));
    // What it took back is free again, and it does not stand in its own way.
    let mut gone = unfinished.clone();
    gone.items
        .iter_mut()
        .for_each(|item| item.state = ItemState::Gone);
    form.reserve([&gone]);
    assert_eq!(form.remarks(&around(&store)), Vec::new());
    let mut itself = byoh(&[]);
    itself.reserve([&unfinished]);
    assert_eq!(itself.remarks(&around(&store)), Vec::new());
}

/// What clusterctl makes of a template with this value is what the form makes of the same networks.
#[test]
fn networks_are_rendered_as_clusterctl_does_whatever_way_a_template_has_them() {
    for (line, value, answer) in [
        (
            "${POD_CIDR:=[\"192.168.0.0/16\"]}",
            "[\"10.0.0.0/16\"]",
            "10.0.0.0/16",
        ),
        ("[\"${POD_CIDR:=192.168.0.0/16}\"]", "10.0.0.0/16", "10.0.0.0/16"),
        ("[\"${POD_CIDR}\"]", "10.0.0.0/16", "10.0.0.0/16"),
        (
            "[\"${POD_CIDR}\"]",
            "10.0.0.0/16\", \"fd00::/56",
            "10.0.0.0/16, fd00::/56",
        ),
        ("[${POD_CIDR}]", "10.0.0.0/16", "10.0.0.0/16"),
        ("[${POD_CIDR}]", "10.0.0.0/16, fd00::/56", "10.0.0.0/16 fd00::/56"),
    ] {
        let text = format!(
            "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${{CLUSTER_NAME}}\nspec:\n  clusterNetwork:\n    pods:\n      cidrBlocks: {line}\n"
        );
        let form = |known: &Variables| {
            let flavour = Flavour::template("mine.yaml", &text);
            let mut form = Form::new(flavour, mgmt("mgmt-taipei"), known).unwrap();
            form.answer("CLUSTER_NAME", "edge");
            form
        };
        let mut known = Variables::default();
        known.set("CLUSTER_NAME", Some("edge".to_owned()));
        known.set("POD_CIDR", Some(value.to_owned()));
        let template = fleetui_rules::template::Template::parse(&text).unwrap();
        let expected = known.render(&template, None).unwrap();
        let mut typed = form(&Variables::default());
        typed.answer("POD_CIDR", answer);
        for form in [typed, form(&known)] {
            assert_eq!(form.text().unwrap(), expected, "{line}");
            let told = self::told(&form);
            assert!(
                !told.iter().any(|what| what.starts_with("POD_CIDR")),
                "{line}: {told:?}"
            );
        }
    }
    // Where there is room for one alone, two are refused and not rendered as one.
    let text = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\nspec:\n  clusterNetwork:\n    pods:\n      cidrBlocks:\n      - ${POD_CIDR}\n";
    let mut form = Form::new(
        Flavour::template("mine.yaml", text),
        mgmt("mgmt-taipei"),
        &Variables::default(),
    )
    .unwrap();
    form.answer("CLUSTER_NAME", "edge");
    form.answer("POD_CIDR", "10.0.0.0/16, fd00::/56");
    let told = self::told(&form);
    assert!(
        told[0].starts_with("POD_CIDR! mine.yaml has room for one network alone here"),
        "{told:?}"
    );
}

#[test]
fn two_networks_in_the_text_are_one_answer_whatever_brackets_are_the_templates() {
    let text = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n  namespace: ${NAMESPACE}\nspec:\n  clusterNetwork:\n    pods:\n      cidrBlocks: [\"${POD_CIDR}\"]\n";
    let mut form = Form::new(
        Flavour::template("mine.yaml", text),
        mgmt("mgmt-taipei"),
        &Variables::default(),
    )
    .unwrap();
    form.answer("CLUSTER_NAME", "edge");
    form.answer("POD_CIDR", "10.0.0.0/16, fd00::/56");
    let as_it_was = written(&form.objects().unwrap());
    assert_eq!(read_back(&mut form, &as_it_was).unwrap(), None);
    assert_eq!(form.answered(Input::Pods), "10.0.0.0/16, fd00::/56");
    let other = as_it_was.replace("10.0.0.0/16", "10.7.0.0/16");
    assert_eq!(read_back(&mut form, &other).unwrap(), None);
    assert_eq!(form.answered(Input::Pods), "10.7.0.0/16, fd00::/56");
}

#[test]
fn a_registry_is_asked_for_where_hosts_are_real() {
    let mut form = byoh(&[]);
    assert_eq!(
        form.field("BUNDLE_LOOKUP_BASE_REGISTRY")
            .unwrap()
            .default
            .as_deref(),
        Some("simulated")
    );
    form.answer("NAMESPACE", "elsewhere");
    let store = fleet();
    form.settle(&around(&store));
    let remarks = form.remarks(&around(&store));
    assert_eq!(
        remarks[0].variable.as_deref(),
        Some("BUNDLE_LOOKUP_BASE_REGISTRY"),
        "{remarks:?}"
    );
}

/// What another provider has in the same namespace is nothing that a ByoMachine could take.
#[test]
fn hosts_of_other_inventories_are_none_of_the_pool() {
    let metal = object("metal3.io/v1alpha1", "BareMetalHost", "bmh-1");
    let store = store(&[host("node-1", "192.0.2.11/24", &[]), metal]);
    assert_eq!(
        store
            .rows(None)
            .filter(|row| row.facts.role == Role::Host)
            .count(),
        2
    );
    let mut form = form("byoh", &GOOD);
    form.settle(&around(&store));
    let registry = form.field("BUNDLE_LOOKUP_BASE_REGISTRY").unwrap();
    assert_eq!(registry.default.as_deref(), Some("simulated"));
}

fn names_of(objects: &[Value]) -> Vec<String> {
    let name = |object: &Value| {
        format!(
            "{} {}",
            object["kind"].as_str().unwrap(),
            object["metadata"]["name"].as_str().unwrap()
        )
    };
    objects.iter().map(name).collect()
}

#[test]
fn objects_come_in_the_order_in_which_they_find_what_they_need() {
    let objects = byoh(&[("WORKER_MACHINE_COUNT", "md-0=1 gpu=3")])
        .objects()
        .unwrap();
    assert_eq!(
        names_of(&objects),
        [
            "ByoMachineTemplate edge-control-plane",
            "K8sInstallerConfigTemplate edge-control-plane",
            "KubeadmConfigTemplate edge-md-0",
            "ByoMachineTemplate edge-md-0",
            "K8sInstallerConfigTemplate edge-md-0",
            "KubeadmConfigTemplate edge-gpu",
            "ByoMachineTemplate edge-gpu",
            "K8sInstallerConfigTemplate edge-gpu",
            "ByoCluster edge",
            "KubeadmControlPlane edge-control-plane",
            "Cluster edge",
            "MachineDeployment edge-md-0",
            "MachineDeployment edge-gpu",
        ]
    );
    let gpu = objects.last().unwrap();
    assert_eq!(gpu["spec"]["replicas"], 3);
    assert_eq!(
        gpu["spec"]["template"]["spec"]["infrastructureRef"]["name"],
        "edge-gpu"
    );
    assert_eq!(
        gpu["spec"]["selector"]["matchLabels"]["cluster.x-k8s.io/deployment-name"],
        "edge-gpu"
    );
    let cluster = &objects[10];
    assert_eq!(
        cluster["spec"]["clusterNetwork"]["pods"]["cidrBlocks"],
        json!(["10.244.0.0/16"])
    );
}

#[test]
fn text_becomes_answers_and_what_no_answer_says_stays() {
    let mut form = byoh(&[]);
    let text = written(&form.objects().unwrap());
    assert_eq!(read_back(&mut form, &text).unwrap(), None);
    let changed = text
        .replace("10.244.0.0/16", "10.200.0.0/16")
        .replace("version: v1.31.2", "version: v1.30.4")
        .replace("replicas: 2", "replicas: 5")
        .replace("cni: edge", "cni: calico");
    assert_ne!(changed, text);
    let edited = read_back(&mut form, &changed)
        .unwrap()
        .expect("the label is no answer");
    let answers = [
        "POD_CIDR",
        "KUBERNETES_VERSION",
        "WORKER_MACHINE_COUNT",
        "CLUSTER_NAME",
    ]
    .map(|variable| form.field(variable).unwrap().answer.clone());
    assert_eq!(answers, ["10.200.0.0/16", "v1.30.4", "5", "edge"]);
    // Another answer later on keeps what was typed.
    form.answer("WORKER_MACHINE_COUNT", "7");
    let objects = edited.over(&form.objects().unwrap());
    let of = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap();
    assert_eq!(of("Cluster")["metadata"]["labels"]["cni"], "calico");
    assert_eq!(of("MachineDeployment")["spec"]["replicas"], 7);
    // What follows from the version follows from the new one.
    let commands = of("KubeadmControlPlane")["spec"]["kubeadmConfigSpec"]["preKubeadmCommands"].to_string();
    assert!(commands.contains("30") && !commands.contains("31"), "{commands}");
    assert!(read_back(&mut form, "a: [").is_err());
}

#[test]
fn a_new_set_of_workers_in_the_text_is_one_in_the_form() {
    let mut form = byoh(&[]);
    let two = byoh(&[("WORKER_MACHINE_COUNT", "md-0=2,gpu=1")]);
    let text = written(&two.objects().unwrap());
    assert_eq!(read_back(&mut form, &text).unwrap(), None);
    assert_eq!(form.field("WORKER_MACHINE_COUNT").unwrap().answer, "md-0=2,gpu=1");
}

#[test]
fn templates_of_others_are_forms_of_their_variables() {
    let text = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n  labels:\n    region: \"${AWS_REGION}\"\n    tier: ${TIER:=edge}\nspec:\n  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: a}\n";
    let mut form = Form::new(
        Flavour::template("mine.yaml", text),
        mgmt("mgmt-taipei"),
        &Variables::default(),
    )
    .unwrap();
    let asked: Vec<_> = form
        .fields
        .iter()
        .map(|field| {
            (
                field.variable.as_str(),
                field.default.as_deref(),
                field.meaning.as_str(),
            )
        })
        .collect();
    assert_eq!(
        asked,
        [
            (
                "NAMESPACE",
                Some("default"),
                "the namespace of its objects (--target-namespace)"
            ),
            ("CLUSTER_NAME", None, "the name of the cluster"),
            ("AWS_REGION", None, "the region of AWS, such as eu-central-1"),
            ("TIER", Some("edge"), ""),
        ]
    );
    form.answer("CLUSTER_NAME", "a");
    form.answer("AWS_REGION", "eu\": [");
    let remarks = form.remarks(&around(&fleet()));
    assert_eq!(remarks[0].variable.as_deref(), Some("AWS_REGION"), "{remarks:?}");
    form.answer("AWS_REGION", "eu");
    assert_eq!(form.remarks(&around(&fleet())), []);
    let objects = form.objects().unwrap();
    assert_eq!(objects[0]["metadata"]["namespace"], "default");
    assert_eq!(objects[0]["metadata"]["labels"]["tier"], "edge");
}

/// A key that is written wrongly in what comes of the answers is told as what it is.
#[test]
fn an_object_without_what_every_object_has_is_told_to_lack_it() {
    let mut form = byoh(&[]);
    let as_it_was = written(&form.objects().unwrap());
    let mut said = |from: &str, to: &str| {
        let text = as_it_was.replacen(from, to, 1);
        assert_ne!(text, as_it_was, "{from}");
        let wrong = read_back(&mut form, &text).err();
        wrong.map(|wrong| wrong.what).unwrap_or_default()
    };
    for (from, to, expected) in [
        ("apiVersion: ", "apiVersio: ", "has no apiVersion"),
        ("kind: ", "kin: ", "has no kind"),
        ("  name: ", "  nam: ", "has no metadata.name"),
    ] {
        let said = said(from, to);
        assert!(said.contains(expected), "{to}: {said}");
    }
}

/// What a webhook refuses stands at the question, also where a template of others puts the answer somewhere.
#[test]
fn what_admission_refuses_is_told_at_the_answer_that_stands_there() {
    let text = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\nspec:\n  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: a}\n  clusterNetwork:\n    pods:\n      cidrBlocks: [\"${NETWORK}\"]\n";
    let mut form = Form::new(
        Flavour::template("mine.yaml", text),
        mgmt("mgmt-taipei"),
        &Variables::default(),
    )
    .unwrap();
    form.answer("CLUSTER_NAME", "a");
    form.answer("NETWORK", "nowhere");
    let remarks = form.remarks(&around(&fleet()));
    assert_eq!(remarks[0].variable.as_deref(), Some("NETWORK"), "{remarks:?}");
    assert!(
        remarks[0]
            .what
            .starts_with("Cluster a: spec.clusterNetwork.pods.cidrBlocks"),
        "{remarks:?}"
    );
}

fn text_of(edited: Option<&Edited>) -> Option<String> {
    edited.map(|edited| written(&edited.mine))
}

#[test]
fn the_text_of_a_draft_is_kept_as_typed_but_not_with_secrets() {
    let form = byoh(&[("CLUSTER_NAME", "a")]);
    for (text, is_kept) in [
        ("a: [", true),
        ("kind: ConfigMap\ndata:\n  it: |\n    kind: Secret\n", true),
        ("kind: Cluster\n---\nkind: Secret\ndata: {}\n", false),
        ("kind: Cluster\n---\n\"kind\" : \"Secret\"\ndata: {\n", false),
    ] {
        let draft = CreateDraft::of(&form, Some(text), now());
        assert_eq!(draft.text.as_deref(), is_kept.then_some(text), "{text}");
    }
}

#[test]
fn secrets_are_those_of_documents_and_not_words_in_a_text() {
    let cluster =
        "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n---\n";
    for (other, makes) in [
        (
            "kind: ConfigMap\ndata:\n  it: |\n    ---\n    kind: Secret\n",
            false,
        ),
        ("kind: Secret\n", true),
        ("kind: 'Secret' # by hand\n", true),
        ("{apiVersion: v1, kind: Secret}\n", true),
        ("kind: List\nitems:\n- kind: Secret\n", true),
    ] {
        let flavour = Flavour::template("t", &format!("{cluster}{other}"));
        let form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
        assert_eq!(form.makes_secrets(), makes, "{other}");
    }
}

#[test]
fn drafts_come_back_without_secrets() {
    let mut form = byoh(&[]);
    let text = written(&form.objects().unwrap()).replace("cni: edge", "cni: calico");
    let edited = read_back(&mut form, &text).unwrap();
    let draft = CreateDraft::of(&form, text_of(edited.as_ref()).as_deref(), now());
    let draft = draft.with_edited(&form, edited.as_ref());
    assert_eq!(draft.edited, edited);
    let kept: CreateDraft = serde_json::from_str(&serde_json::to_string(&draft).unwrap()).unwrap();
    assert_eq!(kept, draft);
    let mut back = kept.form().unwrap();
    assert_eq!(
        back.fields.iter().map(|field| &field.answer).collect::<Vec<_>>(),
        form.fields.iter().map(|field| &field.answer).collect::<Vec<_>>()
    );
    back.settle(&around(&fleet()));
    assert_eq!(
        read_back(&mut back, kept.text.as_deref().unwrap()).unwrap(),
        edited
    );
    let secret = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n  annotations:\n    a: ${VSPHERE_PASSWORD}\n";
    let mut form = Form::new(
        Flavour::template("t", secret),
        mgmt("mgmt-taipei"),
        &Variables::default(),
    )
    .unwrap();
    form.answer("VSPHERE_PASSWORD", "hunter2");
    form.answer("CLUSTER_NAME", "a");
    let draft = CreateDraft::of(&form, text_of(edited.as_ref()).as_deref(), now());
    let draft = draft.with_edited(&form, edited.as_ref());
    assert_eq!(draft.edited, None);
    assert!(!serde_json::to_string(&draft).unwrap().contains("hunter2"));
    assert_eq!((draft.answers.len(), draft.text), (1, None));
}

#[test]
fn a_cluster_that_is_there_is_a_draft() {
    let store = store(&whole_cluster("prod"));
    let form = form_of_cluster(&around(&store), &key(&store, "Cluster", "prod")).unwrap();
    assert_eq!(form.flavour.name, "simulated");
    assert_eq!((form.name(), form.namespace()), ("", "default"));
    assert_eq!(form.field("WORKER_MACHINE_COUNT").unwrap().value(), "2");
    assert!(form.version().is_some());
    assert_eq!(
        form.like.as_ref().unwrap().cluster.object.to_string(),
        "default/prod"
    );
    let mut objects = whole_cluster("prod");
    objects.push(crate::fixtures::deployment("prod", "prod-packing", 4));
    let store = self::store(&objects);
    let form = form_of_cluster(&around(&store), &key(&store, "Cluster", "prod")).unwrap();
    let workers = form.field("WORKER_MACHINE_COUNT").unwrap();
    assert_eq!(workers.value(), "md-0=2,packing=4");
    assert!(
        workers.meaning.contains("md-0=3,gpu=1"),
        "as it is filled in: {workers:?}"
    );
}

#[test]
fn a_name_that_is_too_long_for_what_is_made_of_it_is_blamed_itself() {
    let name = "a".repeat(59);
    let long = byoh(&[("CLUSTER_NAME", &name)]);
    let remarks = told(&long);
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert!(
        remarks[0].starts_with("CLUSTER_NAME! the name has 59 characters, 58 at most here"),
        "{remarks:?}"
    );
    assert_eq!(told(&byoh(&[("CLUSTER_NAME", &name[1..])])), [""; 0]);
    let packing = format!("{}=1", "b".repeat(20));
    let remarks = told(&byoh(&[
        ("CLUSTER_NAME", &name[..50]),
        ("WORKER_MACHINE_COUNT", &packing),
    ]));
    assert!(
        remarks[0].starts_with("WORKER_MACHINE_COUNT! with the cluster's name"),
        "{remarks:?}"
    );
    // A template that somebody has written says nothing of how its sets are called.
    let text = form("simulated", &[]).flavour.text;
    let mut theirs = Form::new(
        Flavour::template("t.yaml", &text),
        mgmt("mgmt-taipei"),
        &Variables::default(),
    )
    .unwrap();
    for (variable, answer) in [
        ("CLUSTER_NAME", name.as_str()),
        ("KUBERNETES_VERSION", "v1.31.2"),
        ("WORKER_MACHINE_COUNT", "1"),
    ] {
        theirs.answer(variable, answer);
    }
    let remarks = told(&theirs);
    assert!(
        !remarks.is_empty() && remarks.iter().all(|told| told.starts_with("CLUSTER_NAME! ")),
        "{remarks:?}"
    );
}

#[test]
fn networks_are_asked_for_without_a_word_of_yaml() {
    let form = byoh(&[]);
    for variable in ["POD_CIDR", "SERVICE_CIDR"] {
        let meaning = &form.field(variable).unwrap().meaning;
        assert!(
            meaning.contains("such as 1") && !meaning.contains("YAML"),
            "{meaning}"
        );
        assert!(!form.flavour.meaning(variable).unwrap().contains("YAML"));
    }
}

fn creation() -> Creation {
    let form = byoh(&[]);
    let objects = form.objects().unwrap();
    Creation::new(&form, objects, ("id-1", ""), now())
}

#[test]
fn a_creation_makes_what_is_not_there_yet_and_takes_back_what_it_made() {
    let store = fleet();
    let mut creation = creation();
    let plan = plan_creation(&around(&store), &creation, false).unwrap();
    assert_eq!(plan.writes.len(), 9);
    assert!(
        plan.writes
            .iter()
            .all(|write| write.verb == Verb::Create
                && write.body["metadata"]["annotations"][CREATION] == "id-1")
    );
    assert!(clean_up(&around(&store), &creation).is_err(), "nothing is there");
    for (index, item) in creation.items.iter_mut().enumerate().take(4) {
        item.state = ItemState::Created(format!("uid-{index}").as_str().into());
    }
    let rest = plan_creation(&around(&store), &creation, true).unwrap();
    assert_eq!(rest.writes, plan.writes[4..]);
    let back = clean_up(&around(&store), &creation).unwrap();
    assert_eq!(back.confirm, Confirm::Key);
    let uids: Vec<_> = back.writes.iter().map(|write| write.uid.as_str()).collect();
    assert_eq!(uids, ["uid-3", "uid-2", "uid-1", "uid-0"], "the latest first");
    for item in &mut creation.items {
        item.state = ItemState::Created("u".into());
    }
    assert!(plan_creation(&around(&store), &creation, true).is_err());
    let back = clean_up(&around(&store), &creation).unwrap();
    assert_eq!(back.writes.len(), 1, "the Cluster alone goes first");
    assert_eq!(back.confirm, Confirm::Name("edge".into()));
}

#[test]
fn before_it_is_created_it_is_said_what_a_cluster_comes_to() {
    let store = fleet();
    let told = |creation: &Creation| {
        plan_creation(&around(&store), creation, false)
            .unwrap()
            .preview
            .happens
    };
    assert_eq!(
        told(&creation())[1..],
        [
            "Kubernetes v1.31.2: control plane 1, md-0 2",
            "endpoint 192.0.2.7; Pods 10.244.0.0/16, Services 10.96.0.0/16",
            "takes 3 hosts of the pool default in mgmt-taipei, where 3 of 3 are free",
        ]
    );
    let elsewhere = byoh(&[
        ("NAMESPACE", "empty"),
        ("BUNDLE_LOOKUP_BASE_REGISTRY", "registry.example"),
    ]);
    let elsewhere = Creation::new(&elsewhere, elsewhere.objects().unwrap(), ("id-1", ""), now());
    assert_eq!(
        told(&elsewhere).last().unwrap(),
        "needs 3 hosts, and the pool empty in mgmt-taipei has none"
    );
    let mut objects = byoh(&[("WORKER_MACHINE_COUNT", "md-0=1 gpu=3")])
        .objects()
        .unwrap();
    for object in &mut objects {
        if object["metadata"]["name"] == "edge-gpu" && object["kind"] == "MachineDeployment" {
            object["spec"]["template"]["spec"]["version"] = json!("v1.30.4");
        }
    }
    let mixed = Creation::new(&byoh(&[]), objects, ("id-1", ""), now());
    assert_eq!(
        told(&mixed)[1],
        "machines: control plane 1 at v1.31.2, md-0 1 at v1.31.2, gpu 3 at v1.30.4"
    );
    let simulated = form(
        "simulated",
        &[("CLUSTER_NAME", "edge"), ("KUBERNETES_VERSION", "v1.33.4")],
    );
    let simulated = Creation::new(&simulated, simulated.objects().unwrap(), ("id-1", ""), now());
    assert_eq!(
        told(&simulated)[1..],
        [
            "Kubernetes v1.33.4: control plane 1, md-0 0",
            "Pods 192.168.0.0/16, Services 10.128.0.0/12",
        ]
    );
}

#[test]
fn a_name_that_was_taken_meanwhile_is_not_written_to() {
    let mut store = fleet();
    store.apply(upserts("mgmt-taipei", &[cluster("edge")]));
    let refused = plan_creation(&around(&store), &creation(), false).unwrap_err();
    assert!(refused.why.contains("is there already"), "{refused}");
}

#[test]
fn progress_says_what_is_waited_for() {
    let store = store(&whole_cluster("prod"));
    let cluster = key(&store, "Cluster", "prod");
    let done = progress(&store, &cluster, now()).unwrap();
    assert!(done.available, "{done:?}");
    assert_eq!(done.line(), "Available; 3 of 3 machines have a node");
    let young = crate::fixtures::store(&[self::cluster("new")]);
    assert!(progress(&young, &key(&young, "Cluster", "new"), now()).is_some());
}

/// The capacity check over a pool of 5,000 hosts.
#[test]
fn thousands_of_hosts_are_looked_at_as_one_is() {
    let hosts: Vec<Value> = (0..5000)
        .map(|number| {
            host(
                &format!("node-{number}"),
                &format!("10.{}.{}.5/8", number / 250, number % 250),
                &[],
            )
        })
        .collect();
    let store = store(&hosts);
    let form = byoh(&[
        ("WORKER_MACHINE_COUNT", "4999"),
        ("POD_CIDR", "172.20.0.0/16"),
        ("SERVICE_CIDR", "172.21.0.0/16"),
        ("CONTROL_PLANE_ENDPOINT_IP", "10.250.0.1"),
    ]);
    assert_eq!(form.remarks(&around(&store)), []);
}

/// The provider's own template, whose questions have other names and which no flavour of the program knows.
fn upstream(changes: &[(&str, &str)], answers: &[(&str, &str)]) -> Form {
    let template = "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: \"${CLUSTER_NAME}\"}\nspec:\n  clusterNetwork:\n    pods: {cidrBlocks: [10.244.0.0/16]}\n    services: {cidrBlocks: [10.96.0.0/16]}\n  controlPlaneRef: {apiVersion: controlplane.cluster.x-k8s.io/v1beta1, kind: KubeadmControlPlane, name: \"${CLUSTER_NAME}\"}\n  infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: ByoCluster, name: \"${CLUSTER_NAME}\"}\n---\napiVersion: infrastructure.cluster.x-k8s.io/v1beta1\nkind: ByoCluster\nmetadata: {name: \"${CLUSTER_NAME}\"}\nspec: {controlPlaneEndpoint: {host: \"${VIP}\", port: 6443}}\n---\napiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nmetadata: {name: \"${CLUSTER_NAME}\"}\nspec:\n  replicas: 1\n  version: \"${K8S}\"\n  machineTemplate: {infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: ByoMachineTemplate, name: \"${CLUSTER_NAME}\"}}\n  kubeadmConfigSpec: {}\n---\napiVersion: cluster.x-k8s.io/v1beta1\nkind: MachineDeployment\nmetadata: {name: \"${CLUSTER_NAME}-md-0\"}\nspec:\n  clusterName: \"${CLUSTER_NAME}\"\n  replicas: ${WORKERS}\n  template:\n    spec:\n      clusterName: \"${CLUSTER_NAME}\"\n      version: \"${K8S}\"\n      bootstrap: {configRef: {apiVersion: bootstrap.cluster.x-k8s.io/v1beta1, kind: KubeadmConfigTemplate, name: \"${CLUSTER_NAME}\"}}\n      infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: ByoMachineTemplate, name: \"${CLUSTER_NAME}\"}\n";
    let text = changes
        .iter()
        .fold(template.to_owned(), |text, (from, to)| text.replace(from, to));
    let flavour = Flavour::template("cluster-template.yaml", &text);
    let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
    let good = [
        ("CLUSTER_NAME", "edge"),
        ("VIP", "192.0.2.7"),
        ("K8S", "v1.31.2"),
        ("WORKERS", "2"),
    ];
    for (variable, answer) in good.iter().chain(answers) {
        assert!(form.answer(variable, answer), "{variable}");
    }
    form.settle(&around(&fleet()));
    form
}

#[test]
fn any_template_that_takes_hosts_is_held_to_what_they_are() {
    assert_eq!(told(&upstream(&[], &[])), Vec::<String>::new());
    for (changes, answers, expected) in [
        (
            &[][..],
            &[("VIP", "192.0.2.11")][..],
            "VIP! 192.0.2.11 is the address of host node-1",
        ),
        (
            &[],
            &[("VIP", "192.0.2.9")],
            "VIP! 192.0.2.9 is the address of the Cluster",
        ),
        (&[], &[("WORKERS", "7")], "? 8 hosts are needed"),
        (&[], &[("K8S", "v1.40.0")], "K8S! "),
        (
            &[("10.244.0.0/16", "192.0.0.0/16")],
            &[],
            "! 192.0.0.0/16 overlaps with the hosts' own network",
        ),
        (
            &[("10.244.0.0/16", "10.96.0.0/12")],
            &[],
            "! 10.96.0.0/16 overlaps with the network of Pods",
        ),
        (
            &[("10.244.0.0/16", "10.1.0.0/16")],
            &[],
            "? 10.1.0.0/16 overlaps with networks of",
        ),
    ] {
        let told = told(&upstream(changes, answers));
        let is_told = told.iter().any(|told| told.contains(expected));
        assert!(is_told, "{changes:?} {answers:?}: {told:?}");
    }
    // Of other machines nothing is asked of the hosts.
    let other = [("kind: Byo", "kind: Docker")];
    let told = told(&upstream(
        &other,
        &[("VIP", "192.0.2.11"), ("K8S", "v1.40.0"), ("WORKERS", "7")],
    ));
    assert_eq!(told, Vec::<String>::new());
}

/// What is said of a form with a text that somebody has changed.
fn told_of_text(changes: &[(&str, &str)]) -> Vec<String> {
    let mut form = byoh(&[]);
    let text = written(&form.objects().unwrap());
    let text = changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}: {text}");
        text.replacen(from, to, 1)
    });
    let edited = read_back(&mut form, &text).unwrap();
    let store = fleet();
    let remarks = form.remarks_with(edited.as_ref(), &around(&store));
    let line = |remark: Remark| format!("{:?} {:?} {}", remark.grade, remark.variable, remark.what);
    remarks.into_iter().map(line).collect()
}

#[test]
fn where_the_text_says_something_else_the_form_says_so_and_holds_it_to_the_same_rules() {
    assert_eq!(
        told_of_text(&[("cni: edge", "cni: calico")]),
        Vec::<String>::new()
    );
    for (from, to, expected) in [
        (
            "      version: v1.31.2",
            "      version: v1.30.4",
            "Warns Some(\"KUBERNETES_VERSION\") the YAML says v1.30.4 for MachineDeployment edge-md-0",
        ),
        (
            "      version: v1.31.2",
            "      version: v1.32.0",
            "Wrong Some(\"KUBERNETES_VERSION\") MachineDeployment edge-md-0 at v1.32.0 is newer than its control plane",
        ),
        (
            "      version: v1.31.2",
            "      version: v1.27.0",
            "is more than three minor versions behind its control plane",
        ),
        (
            "    host: \"192.0.2.7\"",
            "    host: 192.0.2.11",
            "Wrong Some(\"CONTROL_PLANE_ENDPOINT_IP\") 192.0.2.11 is the address of host node-1",
        ),
        (
            "  replicas: 1\n",
            "",
            "Warns Some(\"CONTROL_PLANE_MACHINE_COUNT\") the YAML says nothing of it for KubeadmControlPlane",
        ),
    ] {
        let told = told_of_text(&[(from, to)]);
        let is_told = told.iter().any(|told| told.contains(expected));
        assert!(is_told, "{to}: {told:#?}");
    }
}
