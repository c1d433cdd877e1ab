//! What is filled in and refused, kind by kind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

/// Other objects, by kind and name.
#[derive(Default)]
struct Objects(BTreeMap<(String, String), Value>);

impl Objects {
    fn with(mut self, kind: &str, object: Value) -> Self {
        let name = field::name(&object).to_owned();
        self.0.insert((kind.to_owned(), name), object);
        self
    }
}

impl Lookup for Objects {
    fn get(&self, _: &str, kind: &str, _: &str, name: &str) -> Option<Value> {
        self.0.get(&(kind.to_owned(), name.to_owned())).cloned()
    }

    fn list(&self, _: &str, kind: &str, _: &str) -> Vec<Value> {
        let of_kind = self.0.iter().filter(|((known, _), _)| known == kind);
        of_kind.map(|(_, object)| object.clone()).collect()
    }
}

fn merged(mut base: Value, change: &Value) -> Value {
    fn merge(base: &mut Value, change: &Value) {
        match change {
            Value::Object(fields) => {
                if !base.is_object() {
                    *base = json!({});
                }
                for (name, value) in fields {
                    if value.is_null() {
                        base.as_object_mut().unwrap().remove(name);
                    } else {
                        merge(&mut base[name], value);
                    }
                }
            }
            other => *base = other.clone(),
        }
    }
    merge(&mut base, change);
    base
}

fn write<'a>(group: &'a str, kind: &'a str, old: Option<&'a Value>, object: &'a Value) -> Write<'a> {
    Write {
        group,
        kind,
        operation: if old.is_some() {
            Operation::Update
        } else {
            Operation::Create
        },
        old,
        object,
        dry_run: false,
    }
}

fn defaulted(group: &str, kind: &str, old: Option<&Value>, object: Value) -> Value {
    let mut object = object;
    let given = object.clone();
    default(&write(group, kind, old, &given), &mut object, &Objects::default()).unwrap();
    object
}

fn told(denial: &Denial) -> Vec<String> {
    match &denial.refusal {
        Refusal::Forbidden(text) => vec![text.clone()],
        Refusal::Invalid { violations, .. } => violations
            .iter()
            .map(|violation| format!("{}: {}", violation.field, violation.message))
            .collect(),
    }
}

/// Creates or updates `object` and tells what is refused.
fn refused(group: &str, kind: &str, old: Option<&Value>, object: &Value, objects: &Objects) -> Vec<String> {
    match validate(&write(group, kind, old, object), objects) {
        Ok(_) => Vec::new(),
        Err(denial) => told(&denial),
    }
}

fn reference(kind: &str) -> Value {
    json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": kind, "name": "t"})
}

fn machine() -> Value {
    json!({
        "metadata": {"name": "m", "namespace": "default"},
        "spec": {
            "clusterName": "c", "version": "v1.31.2",
            "bootstrap": {"configRef": {"apiGroup": BOOTSTRAP, "kind": "KubeadmConfig", "name": "m"}},
            "infrastructureRef": reference("DevMachine")
        }
    })
}

fn deployment() -> Value {
    let mut template = machine()["spec"].clone();
    template["bootstrap"]["configRef"]["kind"] = json!("KubeadmConfigTemplate");
    json!({
        "metadata": {"name": "md", "namespace": "default"},
        "spec": {"clusterName": "c", "template": {"spec": template}}
    })
}

fn control_plane() -> Value {
    json!({
        "metadata": {"name": "cp", "namespace": "default"},
        "spec": {
            "replicas": 3, "version": "v1.31.2",
            "machineTemplate": {"spec": {"infrastructureRef": reference("DevMachineTemplate")}},
            "kubeadmConfigSpec": {},
            "rollout": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}
        }
    })
}

const KCP: &str = "KubeadmControlPlane";
const MD: &str = "MachineDeployment";

#[test]
fn a_machine_gets_its_label_its_v_and_a_timeout() {
    let mut given = machine();
    given["spec"]["version"] = json!("1.31.2");
    let machine = defaulted(CORE, "Machine", None, given);
    assert_eq!(
        machine["metadata"]["labels"]["cluster.x-k8s.io/cluster-name"],
        "c"
    );
    assert_eq!(machine["spec"]["version"], "v1.31.2");
    assert_eq!(machine["spec"]["deletion"]["nodeDeletionTimeoutSeconds"], 10);
    assert!(refused(CORE, "Machine", None, &machine, &Objects::default()).is_empty());
}

#[test]
fn a_machine_that_cannot_be_is_refused_as_upstream_does() {
    let old = machine();
    let cases = [
        (
            json!({"spec": {"bootstrap": null}}),
            "spec.bootstrap: Required value: expected either spec.bootstrap.dataSecretName or spec.bootstrap.configRef to be populated",
        ),
        (
            json!({"spec": {"clusterName": "other"}}),
            "spec.clusterName: Forbidden: field is immutable",
        ),
        (
            json!({"spec": {"version": "1.31"}}),
            "spec.version: Invalid value: \"1.31\": must start with v",
        ),
        (
            json!({"spec": {"version": "v1.31"}}),
            "spec.version: Invalid value: \"v1.31\": must be a valid semantic version",
        ),
        (
            json!({"spec": {"taints": [{"key": "node.cluster.x-k8s.io/uninitialized"}]}}),
            "spec.taints[0].key: Invalid value: \"node.cluster.x-k8s.io/uninitialized\": taint key is not allowed",
        ),
        (
            json!({"spec": {"taints": [{"key": "node-role.kubernetes.io/control-plane"}]}}),
            "spec.taints[0].key: Invalid value: \"node-role.kubernetes.io/control-plane\": taint is not allowed for worker Machines",
        ),
    ];
    for (change, expected) in cases {
        let told = refused(
            CORE,
            "Machine",
            Some(&old),
            &merged(old.clone(), &change),
            &Objects::default(),
        );
        assert!(told.contains(&expected.to_owned()), "{change}: {told:?}");
    }
    let pooled =
        json!({"metadata": {"labels": {"cluster.x-k8s.io/pool-name": "p"}}, "spec": {"bootstrap": null}});
    assert!(refused(CORE, "Machine", None, &merged(old, &pooled), &Objects::default()).is_empty());
}

#[test]
fn a_deployment_is_completed() {
    let md = defaulted(CORE, MD, None, deployment());
    let spec = &md["spec"];
    assert_eq!(spec["replicas"], 1);
    assert_eq!(
        spec["rollout"]["strategy"],
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    );
    let labels = json!({"cluster.x-k8s.io/cluster-name": "c", "cluster.x-k8s.io/deployment-name": "md"});
    assert_eq!(spec["selector"]["matchLabels"], labels);
    assert_eq!(spec["template"]["metadata"]["labels"], labels);
    assert!(refused(CORE, MD, None, &md, &Objects::default()).is_empty());
    let again = defaulted(CORE, MD, Some(&md), md.clone());
    assert_eq!(again, md, "what is complete stays as it is");

    let by_hand = json!({"spec": {"rollout": {"strategy": {"type": "OnDelete"}},
        "selector": {"matchLabels": {"mine": "yes"}}, "template": {"metadata": {"labels": {"mine": "yes"}}}}});
    let md = defaulted(CORE, MD, None, merged(deployment(), &by_hand));
    assert_eq!(md["spec"]["rollout"]["strategy"], json!({"type": "OnDelete"}));
    assert_eq!(
        md["spec"]["selector"]["matchLabels"],
        json!({"mine": "yes", "cluster.x-k8s.io/cluster-name": "c"})
    );
}

#[test]
fn replicas_that_nobody_says_follow_the_autoscaler() {
    let scaled = |min: &str, max: &str| {
        json!({"metadata": {"annotations": {
            "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": min,
            "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": max}}})
    };
    for (old, expected) in [(None, 3), (Some(1), 3), (Some(5), 5), (Some(9), 7)] {
        let old = old.map(|replicas| json!({"spec": {"replicas": replicas}}));
        let md = merged(deployment(), &scaled("3", "7"));
        assert_eq!(
            defaulted(CORE, MD, old.as_ref(), md)["spec"]["replicas"],
            expected,
            "{old:?}"
        );
    }
    let mut md = merged(deployment(), &scaled("x", "7"));
    let given = md.clone();
    let denial = default(&write(CORE, MD, None, &given), &mut md, &Objects::default()).unwrap_err();
    assert_eq!(denial.webhook, "default.machinedeployment.cluster.x-k8s.io");
    let mut alone = merged(deployment(), &scaled("3", "7"));
    alone["metadata"]["annotations"]
        .as_object_mut()
        .unwrap()
        .remove("cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size");
    assert_eq!(defaulted(CORE, MD, None, alone)["spec"]["replicas"], 1);
}

#[test]
fn a_deployment_that_cannot_be_is_refused_as_upstream_does() {
    let old = defaulted(CORE, MD, None, deployment());
    let cases = [
        (
            json!({"spec": {"template": {"metadata": {"labels": {"cluster.x-k8s.io/deployment-name": "x"}}}}}),
            "spec.template.metadata.labels: Forbidden: must match spec.selector \"cluster.x-k8s.io/cluster-name=c,cluster.x-k8s.io/deployment-name=md\"",
        ),
        (
            json!({"spec": {"template": {"spec": {"clusterName": "d"}}}}),
            "spec.clusterName: Invalid value: \"c\": spec.clusterName and spec.template.spec.clusterName must be set to the same value",
        ),
        (
            json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": 0}}}}}),
            "spec.rollout.strategy.rollingUpdate: Invalid value: \"0\": maxUnavailable and maxSurge cannot both be 0",
        ),
        (
            json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": "many"}}}}}),
            "spec.rollout.strategy.rollingUpdate.maxSurge: Invalid value: \"many\": must be either an int or a percentage: invalid value for IntOrString: invalid type: string is not a percentage",
        ),
        (
            json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": "x%"}}}}}),
            "spec.rollout.strategy.rollingUpdate.maxSurge: Invalid value: \"x%\": must be either an int or a percentage: invalid value for IntOrString: invalid value \"x%\": strconv.Atoi: parsing \"x\": invalid syntax",
        ),
        (
            json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": "9223372036854775808%"}}}}}),
            "spec.rollout.strategy.rollingUpdate.maxSurge: Invalid value: \"9223372036854775808%\": must be either an int or a percentage: invalid value for IntOrString: invalid value \"9223372036854775808%\": strconv.Atoi: parsing \"9223372036854775808\": value out of range",
        ),
        (
            json!({"spec": {"machineNaming": {"template": "{{ .cluster.name }}-x"}}}),
            "spec.machineNaming.template: Invalid value: \"{{ .cluster.name }}-x\": invalid template, {{ .random }} is missing",
        ),
        (
            json!({"metadata": {"annotations": {"machineset.cluster.x-k8s.io/skip-preflight-checks": "All,Luck"}}}),
            "metadata.annotations.machineset.cluster.x-k8s.io/skip-preflight-checks: Invalid value: [\"Luck\"]: skipped preflight check(s) must be among: [All ControlPlaneIsStable ControlPlaneVersionSkew KubeadmVersionSkew KubernetesVersionSkew]",
        ),
        (
            json!({"metadata": {"name": "x".repeat(64)}}),
            &format!(
                "metadata.name: Invalid value: \"{}\": must be a valid label value: must be no more than 63 bytes",
                "x".repeat(64)
            ),
        ),
    ];
    for (change, expected) in cases {
        let told = refused(
            CORE,
            MD,
            Some(&old),
            &merged(old.clone(), &change),
            &Objects::default(),
        );
        assert!(told.contains(&expected.to_owned()), "{change}: {told:?}");
    }
    let percent = json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": "25%"}}}}});
    assert!(
        refused(
            CORE,
            MD,
            Some(&old),
            &merged(old.clone(), &percent),
            &Objects::default()
        )
        .is_empty()
    );
}

#[test]
fn a_control_plane_that_cannot_be_is_refused_as_upstream_does() {
    let old = defaulted(CONTROL_PLANE, KCP, None, control_plane());
    assert!(refused(CONTROL_PLANE, KCP, Some(&old), &old, &Objects::default()).is_empty());
    let cases = [
        (
            json!({"spec": {"replicas": 2}}),
            "spec.replicas: Forbidden: cannot be an even number when etcd is stacked",
        ),
        (
            json!({"spec": {"replicas": 0}}),
            "spec.replicas: Forbidden: cannot be less than or equal to 0",
        ),
        (
            json!({"spec": {"version": "v1.33.0"}}),
            "spec.version: Forbidden: cannot update Kubernetes version from v1.31.2 to v1.33.0",
        ),
        (
            json!({"spec": {"version": "1.32.0"}}),
            "spec.version: Invalid value: \"1.32.0\": must start with v",
        ),
        (
            json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": 2}}}}}),
            "spec.rollout.strategy.rollingUpdate.maxSurge: Required value: value must be 1 or 0",
        ),
        (
            json!({"spec": {"replicas": 1, "rollout": {"strategy": {"rollingUpdate": {"maxSurge": 0}}}}}),
            "spec.rollout.strategy.rollingUpdate: Required value: when KubeadmControlPlane is configured to scale-in, replica count needs to be at least 3",
        ),
        (
            json!({"spec": {"kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/x"}}}}),
            "spec.kubeadmConfigSpec.clusterConfiguration.certificatesDir: Forbidden: cannot be modified",
        ),
        (
            json!({"spec": {"kubeadmConfigSpec": {"clusterConfiguration": {"etcd": {"external": {"endpoints": ["https://e"]}}}}}}),
            "spec.kubeadmConfigSpec.clusterConfiguration.etcd.external: Forbidden: cannot change between external and local etcd",
        ),
        (
            json!({"spec": {"machineTemplate": {"spec": {"infrastructureRef": {"name": ""}}}}}),
            "spec.machineTemplate.infrastructure.name: Invalid value: \"\": cannot be empty",
        ),
        (
            json!({"spec": {"kubeadmConfigSpec": {"format": "ignition"}}}),
            "spec.kubeadmConfigSpec.format: Forbidden: can be set only if the KubeadmBootstrapFormatIgnition feature gate is enabled",
        ),
        (
            json!({"spec": {"kubeadmConfigSpec": {"files": [{"path": "/a"}, {"path": "/a"}]}}}),
            "spec.kubeadmConfigSpec.files[1].path: Invalid value: {\"path\":\"/a\"}: path property must be unique among all files",
        ),
    ];
    for (change, expected) in cases {
        let told = refused(
            CONTROL_PLANE,
            KCP,
            Some(&old),
            &merged(old.clone(), &change),
            &Objects::default(),
        );
        assert!(told.contains(&expected.to_owned()), "{change}: {told:?}");
    }
    for change in [
        json!({"spec": {"version": "v1.32.9"}}),
        json!({"spec": {"version": "v1.30.0"}}),
        json!({"spec": {"replicas": 5}}),
        json!({"spec": {"kubeadmConfigSpec": {"clusterConfiguration": {"apiServer": {"extraArgs": [{"name": "v", "value": "2"}]}}}}}),
        json!({"spec": {"rollout": {"after": "2026-01-01T00:00:00Z"}}}),
        json!({"spec": {"remediation": {"maxRetry": 3}}}),
        json!({"metadata": {"annotations": {"a": "b"}}, "status": {"replicas": 3}}),
    ] {
        let told = refused(
            CONTROL_PLANE,
            KCP,
            Some(&old),
            &merged(old.clone(), &change),
            &Objects::default(),
        );
        assert_eq!(told, Vec::<String>::new(), "{change}");
    }
}

#[test]
fn the_inventory_says_whether_the_old_registry_is_refused() {
    let at = |version: &str| merged(control_plane(), &json!({"spec": {"version": version}}));
    let inventory = |version: &str| {
        let provider = json!({"metadata": {"name": "control-plane-kubeadm"}, "version": version});
        Objects::default().with("Provider", provider)
    };
    let (old, new) = (defaulted(CONTROL_PLANE, KCP, None, at("v1.23.14")), at("v1.24.8"));
    let new = defaulted(CONTROL_PLANE, KCP, Some(&old), new);
    let said = refused(CONTROL_PLANE, KCP, Some(&old), &new, &inventory("v1.10.4"));
    assert_eq!(
        said,
        [
            "spec.version: Forbidden: cannot upgrade to a Kubernetes/kubeadm version which is using the old default registry. Please \
             use a newer Kubernetes patch release which is using the new default registry (>= v1.22.17, >= v1.23.15, >= v1.24.9)"
        ]
    );
    for objects in [inventory("v1.11.0"), Objects::default()] {
        assert!(refused(CONTROL_PLANE, KCP, Some(&old), &new, &objects).is_empty());
    }
}

#[test]
fn a_control_plane_with_etcd_outside_may_be_even() {
    let outside = json!({"spec": {"replicas": 2, "kubeadmConfigSpec": {"clusterConfiguration": {"etcd": {"external": {"endpoints": ["https://e"]}}}}}});
    let object = merged(control_plane(), &outside);
    assert!(refused(CONTROL_PLANE, KCP, None, &object, &Objects::default()).is_empty());
    assert!(validate_scale(CONTROL_PLANE, KCP, &object, 4).is_ok());
    let stacked = control_plane();
    for (replicas, expected) in [
        (0, "replicas should be greater than zero"),
        (2, "replicas cannot be an even number when etcd is stacked"),
    ] {
        let denial = validate_scale(CONTROL_PLANE, KCP, &stacked, replicas).unwrap_err();
        assert_eq!(
            denial.webhook,
            "validation-scale.kubeadmcontrolplane.controlplane.cluster.x-k8s.io"
        );
        assert_eq!(told(&denial), [expected]);
    }
    assert!(validate_scale(CORE, MD, &stacked, 2).is_ok());
}

#[test]
fn the_denial_names_the_webhook_and_the_object() {
    let mut object = control_plane();
    object["spec"]["replicas"] = json!(2);
    let denial = validate(&write(CONTROL_PLANE, KCP, None, &object), &Objects::default()).unwrap_err();
    assert_eq!(
        denial.webhook,
        "validation.kubeadmcontrolplane.controlplane.cluster.x-k8s.io"
    );
    let Refusal::Invalid {
        group,
        kind,
        name,
        violations,
    } = denial.refusal
    else {
        panic!("fields are wrong");
    };
    assert_eq!((group, kind.as_str(), name.as_str()), (CORE, KCP, "cp"));
    assert_eq!(violations[0].reason.as_str(), "FieldValueForbidden");
}

#[test]
fn clusters_keep_what_they_refer_to_and_their_networks_are_networks() {
    let old = json!({
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {"controlPlaneRef": reference(KCP), "infrastructureRef": reference("DevCluster"),
                 "clusterNetwork": {"pods": {"cidrBlocks": ["10.0.0.0/16"]}}}
    });
    assert!(refused(CORE, "Cluster", None, &old, &Objects::default()).is_empty());
    let cases = [
        (
            json!({"spec": {"infrastructureRef": null}}),
            "spec.infrastructureRef: Forbidden: cannot be removed",
        ),
        (
            json!({"spec": {"infrastructureRef": null, "controlPlaneRef": null}}),
            "spec: Forbidden: one of spec.controlPlaneRef, spec.infrastructureRef or spec.topology must be set",
        ),
        (
            json!({"spec": {"clusterNetwork": {"pods": {"cidrBlocks": ["10.0.0.0"]}}}}),
            "spec.clusterNetwork.pods.cidrBlocks[0]: Invalid value: \"10.0.0.0\": invalid CIDR address: 10.0.0.0",
        ),
        (
            json!({"metadata": {"name": "a.b-"}}),
            "metadata.name: Invalid value: \"a.b-\": must be a valid label value a valid label must be an empty string",
        ),
    ];
    for (change, expected) in cases {
        let told = refused(
            CORE,
            "Cluster",
            Some(&old),
            &merged(old.clone(), &change),
            &Objects::default(),
        );
        assert!(
            told.iter().any(|told| told.starts_with(expected)),
            "{change}: {told:?}"
        );
    }
}

fn class() -> Value {
    let template = |kind: &str| json!({"templateRef": {"apiVersion": "x/v1", "kind": kind, "name": "t"}});
    json!({
        "metadata": {"name": "class", "namespace": "default", "generation": 1},
        "spec": {
            "infrastructure": template("DevClusterTemplate"),
            "controlPlane": {"templateRef": template("KubeadmControlPlaneTemplate")["templateRef"]},
            "workers": {"machineDeployments": [{"class": "small",
                "bootstrap": template("KubeadmConfigTemplate"), "infrastructure": template("DevMachineTemplate")}]}
        },
        "status": {"observedGeneration": 1, "conditions": [{"type": "VariablesReady", "status": "True"}]}
    })
}

fn topology() -> Value {
    json!({
        "metadata": {"name": "c", "namespace": "default"},
        "spec": {
            "controlPlaneRef": {"apiGroup": CONTROL_PLANE, "kind": KCP, "name": "cp"},
            "topology": {"classRef": {"name": "class"}, "version": "v1.31.2",
                "workers": {"machineDeployments": [{"class": "small", "name": "a"}]}}
        }
    })
}

#[test]
fn a_topology_is_held_against_its_class() {
    let objects = Objects::default().with("ClusterClass", class());
    assert!(refused(CORE, "Cluster", None, &topology(), &objects).is_empty());
    let cases = [
        (
            json!({"spec": {"topology": {"workers": {"machineDeployments": [{"class": "huge", "name": "a"}]}}}}),
            "spec.topology.workers.machineDeployments[0].class: Invalid value: \"huge\": MachineDeploymentClass with name \"huge\" does not exist in ClusterClass \"class\"",
        ),
        (
            json!({"spec": {"topology": {"workers": {"machineDeployments": [{"class": "small", "name": "a"}, {"class": "small", "name": "a"}]}}}}),
            "spec.topology.workers.machineDeployments[1].name: Invalid value: \"a\": name must be unique. MachineDeployment with name \"a\" is defined more than once",
        ),
        (
            json!({"metadata": {"annotations": {"topology.cluster.x-k8s.io/upgrade-concurrency": "0"}}}),
            "metadata.annotations.topology.cluster.x-k8s.io/upgrade-concurrency: Invalid value: \"0\": value cannot be less than 1",
        ),
    ];
    for (change, expected) in cases {
        let told = refused(CORE, "Cluster", None, &merged(topology(), &change), &objects);
        assert!(told.contains(&expected.to_owned()), "{change}: {told:?}");
    }
    let cluster = topology();
    let warnings = validate(&write(CORE, "Cluster", None, &cluster), &Objects::default()).unwrap();
    assert!(
        warnings[0].starts_with(
            "Cluster refers to ClusterClass default/class, but this ClusterClass does not exist."
        )
    );
    let elsewhere = merged(
        topology(),
        &json!({"spec": {"topology": {"classRef": {"name": "zz"}}}}),
    );
    let denial = validate(&write(CORE, "Cluster", Some(&cluster), &elsewhere), &objects).unwrap_err();
    assert_eq!(
        told(&denial),
        ["spec.topology.class: Internal error: ClusterClass default/zz not found"],
        "by then the class has to be there"
    );
    let Refusal::Invalid { violations, .. } = &denial.refusal else {
        panic!("{denial:?}")
    };
    assert_eq!(violations[0].reason.as_str(), "InternalError");
    let nameless = merged(topology(), &json!({"spec": {"topology": {"classRef": null}}}));
    let mut object = nameless.clone();
    let denial = default(&write(CORE, "Cluster", None, &nameless), &mut object, &objects).unwrap_err();
    assert_eq!(
        told(&denial),
        ["spec.topology.classRef.name: Required value: cannot be empty"]
    );
}

#[test]
fn a_topology_goes_up_one_minor_version_when_the_last_step_is_done() {
    let at = |version: &str, running: &str| {
        merged(
            control_plane(),
            &json!({"spec": {"version": version}, "status": {"version": running}}),
        )
    };
    let world = |control_plane: Value| {
        Objects::default()
            .with("ClusterClass", class())
            .with(KCP, control_plane)
    };
    let settled = world(at("v1.31.2", "v1.31.2"));
    let to = |version: &str| merged(topology(), &json!({"spec": {"topology": {"version": version}}}));
    let cases = [
        ("v1.32.0", &settled, None),
        (
            "v1.30.0",
            &settled,
            Some("version cannot be decreased from \"1.31.2\" to \"1.30.0\""),
        ),
        (
            "v1.33.0",
            &settled,
            Some("version cannot be increased from \"1.31.2\" to \"1.33.0\""),
        ),
        (
            "v1.32.0",
            &world(at("v1.31.2", "v1.30.5")),
            Some("version cannot be changed: control plane is still completing a previous upgrade"),
        ),
        (
            "v1.32.0",
            &world(at("v1.31.2", "")),
            Some("version cannot be changed: control plane is currently provisioning"),
        ),
        (
            "v1.32.0",
            &world(at("v1.30.5", "v1.30.5")),
            Some(
                "version cannot be changed: Cluster.spec.topology.version 1.31.2 was not propagated to control plane yet (control plane version 1.30.5)",
            ),
        ),
    ];
    for (version, objects, expected) in cases {
        let told = refused(CORE, "Cluster", Some(&topology()), &to(version), objects);
        let expected: Vec<String> = expected
            .map(|why| format!("spec.topology.version: Invalid value: {version:?}: {why}"))
            .into_iter()
            .collect();
        assert_eq!(told, expected, "{version}");
    }
    let behind = world(at("v1.31.2", "v1.31.2")).with(
        MD,
        json!({"metadata": {"name": "md", "labels": {"cluster.x-k8s.io/cluster-name": "c", "topology.cluster.x-k8s.io/owned": ""}},
               "spec": {"template": {"spec": {"version": "v1.30.5"}}}}),
    );
    let told = refused(CORE, "Cluster", Some(&topology()), &to("v1.32.0"), &behind);
    assert!(
        told[0].contains("there are still MachineDeployments completing a previous upgrade: [md]"),
        "{told:?}"
    );
    let gone = merged(topology(), &json!({"spec": {"topology": null}}));
    assert_eq!(
        refused(CORE, "Cluster", Some(&topology()), &gone, &settled),
        ["spec.topology: Forbidden: cannot be removed from an existing Cluster"]
    );
}

#[test]
fn a_class_in_use_keeps_what_is_used() {
    let objects = Objects::default()
        .with("ClusterClass", class())
        .with("Cluster", topology());
    assert!(refused(CORE, "ClusterClass", None, &class(), &objects).is_empty());
    let cases = [
        (
            json!({"spec": {"workers": {"machineDeployments": []}}}),
            "spec.workers.machineDeployments: Forbidden: MachineDeploymentClass \"small\" cannot be deleted because it is used by Cluster \"c\"",
        ),
        (
            json!({"spec": {"kubernetesVersions": ["v1.32.0"]}}),
            "spec.kubernetesVersions: Forbidden: Kubernetes Version v1.31.2 is used by Cluster \"c\" but not set in ClusterClass",
        ),
        (
            json!({"spec": {"infrastructure": {"templateRef": {"kind": "OtherTemplate"}}}}),
            "spec.infrastructure.templateRef.kind: Forbidden: kind cannot be changed from \"DevClusterTemplate\" to \"OtherTemplate\" to prevent incompatible changes in the Clusters",
        ),
        (
            json!({"spec": {"infrastructure": {"templateRef": {"kind": "DevCluster"}}}}),
            "spec.infrastructure.ref.kind: Invalid value: \"DevCluster\": template kind must be of form \"<name>Template\"",
        ),
        (
            json!({"spec": {"kubernetesVersions": ["v1.31.2", "v1.33.0"]}}),
            "spec.kubernetesVersion[1]: Invalid value: \"v1.33.0\": expecting a version with minor 31 or 32, found version 1.33.0",
        ),
    ];
    for (change, expected) in cases {
        let told = refused(
            CORE,
            "ClusterClass",
            Some(&class()),
            &merged(class(), &change),
            &objects,
        );
        assert!(told.contains(&expected.to_owned()), "{change}: {told:?}");
    }
    let class = class();
    let deletion = Write {
        operation: Operation::Delete,
        ..write(CORE, "ClusterClass", None, &class)
    };
    let denial = validate(&deletion, &objects).unwrap_err();
    assert!(
        told(&denial)[0]
            .ends_with("ClusterClass cannot be deleted because it is used by Cluster(s): default/c")
    );
    assert!(validate(&deletion, &Objects::default()).is_ok());
}

#[test]
fn health_checks_and_drain_rules() {
    let old = json!({"metadata": {"name": "h"}, "spec": {"clusterName": "c", "selector": {"matchLabels": {"a": "b"}}}});
    let check = defaulted(CORE, "MachineHealthCheck", None, old.clone());
    assert_eq!(check["spec"]["checks"]["nodeStartupTimeoutSeconds"], 600);
    let cases = [
        (
            json!({"spec": {"selector": {"matchLabels": null}}}),
            "spec.selector: Required value: selector must not be empty",
        ),
        (
            json!({"spec": {"checks": {"nodeStartupTimeoutSeconds": 29}}}),
            "spec.checks.nodeStartupTimeoutSeconds: Invalid value: 29: must be at least 30s",
        ),
        (
            json!({"spec": {"remediation": {"triggerIf": {"unhealthyLessThanOrEqualTo": "x%"}}}}),
            "spec.remediation.triggerIf.unhealthyLessThanOrEqualTo: Invalid value: \"x%\": must be either an int or a percentage: invalid value for IntOrString: invalid value \"x%\": strconv.Atoi: parsing \"x\": invalid syntax",
        ),
    ];
    for (change, expected) in cases {
        let told = refused(
            CORE,
            "MachineHealthCheck",
            Some(&old),
            &merged(check.clone(), &change),
            &Objects::default(),
        );
        assert!(told.contains(&expected.to_owned()), "{change}: {told:?}");
    }
    let off = merged(
        check,
        &json!({"spec": {"checks": {"nodeStartupTimeoutSeconds": 0}}}),
    );
    assert!(refused(CORE, "MachineHealthCheck", None, &off, &Objects::default()).is_empty());
    let rule = json!({"metadata": {"name": "r"}, "spec": {"drain": {"behavior": "Skip", "order": 3}}});
    assert_eq!(
        refused(CORE, "MachineDrainRule", None, &rule, &Objects::default()),
        [
            "spec.drain.order: Invalid value: 3: order must not be set if drain behavior is \"Skip\" or \"WaitCompleted\""
        ]
    );
}

#[test]
fn what_never_changes_is_held() {
    let set = json!({"metadata": {"name": "s"}, "spec": {"clusterSelector": {"matchLabels": {"a": "b"}}}});
    let set = defaulted(ADDONS, "ClusterResourceSet", None, set);
    assert_eq!(set["spec"]["strategy"], "ApplyOnce");
    let template = json!({"metadata": {"name": "t"}, "spec": {"template": {"spec": {"a": 1}}}});
    let address = json!({"metadata": {"name": "i"}, "spec": {"address": "10.0.0.300", "prefix": 24}});
    let cases = [
        (
            ADDONS,
            "ClusterResourceSet",
            &set,
            json!({"spec": {"strategy": "Reconcile"}}),
            "spec.strategy: Invalid value: \"Reconcile\": field is immutable",
        ),
        (
            ADDONS,
            "ClusterResourceSet",
            &set,
            json!({"spec": {"clusterSelector": {"matchLabels": {"a": "c"}}}}),
            "spec.clusterSelector: Invalid value: {\"matchLabels\":{\"a\":\"c\"}}: field is immutable",
        ),
        (
            INFRASTRUCTURE,
            "DevMachineTemplate",
            &template,
            json!({"spec": {"template": {"spec": {"a": 2}}}}),
            "spec.template.spec: Invalid value: {\"a\":2}: DevMachineTemplate spec.template.spec field is immutable. Please create a new resource instead.",
        ),
        (
            IPAM,
            "IPAddress",
            &address,
            json!({"spec": {"prefix": 8}}),
            "spec: Forbidden: IPAddress spec is immutable.",
        ),
    ];
    for (group, kind, old, change, expected) in cases {
        let told = refused(
            group,
            kind,
            Some(old),
            &merged(old.clone(), &change),
            &Objects::default(),
        );
        assert_eq!(told, [expected], "{kind} {change}");
    }
    assert_eq!(
        refused(IPAM, "IPAddress", None, &address, &Objects::default()),
        ["spec.address: Invalid value: \"10.0.0.300\": not a valid IP address"]
    );
    let dry = Write {
        dry_run: true,
        ..write(INFRASTRUCTURE, "DevMachineTemplate", Some(&template), &template)
    };
    let changed = merged(
        template.clone(),
        &json!({
        "metadata": {"annotations": {"topology.cluster.x-k8s.io/dry-run": ""}}, "spec": {"template": {"spec": {"a": 2}}}}),
    );
    assert!(
        validate(
            &Write {
                object: &changed,
                ..dry
            },
            &Objects::default()
        )
        .is_ok()
    );
}

#[test]
fn extensions_are_called_over_https_or_by_a_service() {
    let of = |config: Value| {
        let object = json!({"metadata": {"name": "e"}, "spec": {"clientConfig": config}});
        let object = defaulted(RUNTIME, "ExtensionConfig", None, object);
        refused(RUNTIME, "ExtensionConfig", None, &object, &Objects::default())
    };
    assert!(of(json!({"url": "https://example.com/x"})).is_empty());
    assert!(of(json!({"service": {"name": "s", "namespace": "n"}})).is_empty());
    assert_eq!(
        of(json!({})),
        ["spec.clientConfig: Required value: either url or service must be defined"]
    );
    assert!(of(json!({"url": "http://x"}))[0].contains("'https' is the only allowed URL scheme"));
    assert!(
        of(json!({"service": {"name": "s", "namespace": "n", "path": "x"}}))[0]
            .contains("must start with \"/\"")
    );
}

#[test]
fn fields_of_wrong_types_never_panic() {
    let odd = [
        json!(null),
        json!(1),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({"a": {}}),
        json!({"spec": 3}),
        json!({"spec": {"template": [], "selector": "x", "replicas": "y", "rollout": 7, "topology": {"classRef": 1, "workers": 2}}}),
        json!({"spec": {"topology": {"classRef": {"name": "class"}, "version": 3, "workers": {"machineDeployments": [1, null, "x"]}}}}),
    ];
    let objects = Objects::default().with("ClusterClass", json!({"metadata": {"name": "class"}, "spec": 1}));
    for rule in RULES {
        for before in &odd {
            for after in &odd {
                let mut object = after.clone();
                let _ = default(
                    &write(rule.group, rule.kind, Some(before), after),
                    &mut object,
                    &objects,
                );
                let _ = validate(&write(rule.group, rule.kind, Some(before), &object), &objects);
                let _ = validate(&write(rule.group, rule.kind, None, &object), &objects);
            }
        }
    }
}

/// Upstream kept a host for ever once its machine was gone; and without this one nobody would know what still runs on it.
#[test]
fn a_host_in_use_is_not_deleted_unless_somebody_says_so() {
    let reference = json!({"name": "m", "namespace": "default", "uid": "uid-m"});
    let bound = json!({
        "metadata": {"name": "node-1", "namespace": "default"},
        "spec": {"claimRef": reference}, "status": {"machineRef": reference}
    });
    let of_upstream = json!({
        "metadata": {"name": "node-1", "namespace": "default"}, "spec": {}, "status": {"machineRef": reference}
    });
    let half = json!({"metadata": {"name": "node-1", "namespace": "default", "labels": {
        "byoh.infrastructure.cluster.x-k8s.io/byomachine-name": "default.m"
    }}});
    let free = json!({"metadata": {"name": "node-1", "namespace": "default"}, "spec": {}});
    let says = |who: &str| {
        merged(
            bound.clone(),
            &json!({"metadata": {"annotations": {"fleetui.dev/retire-confirmed": who}}}),
        )
    };
    let machine = |uid: &str| {
        Objects::default().with(
            "ByoMachine",
            json!({"metadata": {"name": "m", "namespace": "default", "uid": uid}}),
        )
    };
    let cases = [
        (bound.clone(), machine("uid-m"), true),
        (of_upstream, machine("uid-m"), true),
        (half, machine("uid-m"), true),
        (bound.clone(), machine("uid-of-a-later-one"), false),
        (bound.clone(), Objects::default(), false),
        (says("ada: its board burnt"), machine("uid-m"), false),
        (says(" "), machine("uid-m"), true),
        (free, machine("uid-m"), false),
    ];
    for (host, objects, is_refused) in cases {
        let deletion = Write {
            operation: Operation::Delete,
            ..write(INFRASTRUCTURE, "ByoHost", Some(&host), &host)
        };
        let told = validate(&deletion, &objects).map_err(|denial| told(&denial).join(""));
        let refused =
            told.is_err_and(|told| told.starts_with("cannot delete ByoHost when MachineRef is assigned"));
        assert_eq!(refused, is_refused, "{host}");
    }
}
