//! What people type about the kinds that Kubernetes itself has. Current versions send most of it in protobuf.

use super::*;

/// What `create` makes without a file, and how the made object is named.
const MADE: &[(u32, &[&str], &str)] = &[
    (20, &["namespace", "team"], "namespace/team"),
    (20, &["configmap", "cm", "--from-literal=a=1"], "configmap/cm"),
    (
        20,
        &["secret", "generic", "plain", "--from-literal=a=b"],
        "secret/plain",
    ),
    (
        20,
        &[
            "secret",
            "docker-registry",
            "pull",
            "--docker-username=u",
            "--docker-password=p",
        ],
        "secret/pull",
    ),
    (20, &["serviceaccount", "robot"], "serviceaccount/robot"),
    (20, &["quota", "q", "--hard=pods=2"], "resourcequota/q"),
    (
        20,
        &["priorityclass", "high", "--value=10"],
        "priorityclass.scheduling.k8s.io/high",
    ),
    (
        20,
        &["service", "clusterip", "svc", "--tcp=80:8080"],
        "service/svc",
    ),
    (
        20,
        &["deployment", "web", "--image=nginx", "--replicas=2"],
        "deployment.apps/web",
    ),
    (20, &["job", "once", "--image=busybox"], "job.batch/once"),
    (
        21,
        &["cronjob", "often", "--image=busybox", "--schedule=* * * * *"],
        "cronjob.batch/often",
    ),
    (
        20,
        &["ingress", "in", "--rule=host/path=svc:80"],
        "ingress.networking.k8s.io/in",
    ),
    (
        21,
        &[
            "poddisruptionbudget",
            "pdb",
            "--selector=app=web",
            "--min-available=1",
        ],
        "poddisruptionbudget.policy/pdb",
    ),
];

#[tokio::test]
async fn kinds_are_created_by_name() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        for (since, arguments, made) in MADE.iter().filter(|(since, ..)| kubectl.minor >= *since) {
            let said = kubectl.says(&[&["create"], *arguments].concat()).await;
            assert_eq!(said.trim(), format!("{made} created"), "since 1.{since}");
            let again = kubectl.run(&[&["create"], *arguments].concat()).await;
            assert!(
                String::from_utf8_lossy(&again.stderr).contains("already exists"),
                "{made}"
            );
            assert_eq!(kubectl.says(&["get", made, "-o", "name"]).await.trim(), *made);
        }
        let data = kubectl
            .says(&["get", "secret", "plain", "-o", "jsonpath={.data.a} {.type}"])
            .await;
        assert_eq!(data, "Yg== Opaque");
        let deployments = kubectl.lines(&["get", "deploy", "-o", "wide"]).await;
        assert_eq!(
            deployments[0],
            "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR"
        );
        assert!(deployments[1].starts_with("web 0/2 0 0 "), "{}", deployments[1]);
        let everything = kubectl.lines(&["get", "all", "-o", "name"]).await;
        for name in ["service/svc", "deployment.apps/web", "job.batch/once"] {
            assert!(
                everything.iter().any(|line| line == name),
                "{name}: {everything:#?}"
            );
        }
        kubectl.cluster.stop().await;
    }
}

/// A Deployment with this image and these further containers.
fn deployment(image: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image, "ports": [{"containerPort": 80}]}]},
            },
        },
    })
}

#[tokio::test]
async fn apply_merges_what_others_set() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        if !kubectl.knows_openapi_v3() {
            continue;
        }
        let first = kubectl.file("first.json", &deployment("web:1", &json!({"old": "x"})));
        let second = kubectl.file("second.json", &deployment("web:2", &json!({"new": "y"})));
        let said = kubectl.says(&["apply", "-f", &first]).await;
        assert_eq!(said.trim(), "deployment.apps/web created");
        let said = kubectl.says(&["apply", "-f", &first]).await;
        assert_eq!(said.trim(), "deployment.apps/web unchanged");
        let sidecar =
            r#"{"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"log","image":"log:1"}]}}}}"#;
        kubectl
            .says(&["patch", "deploy", "web", "-n", NAMESPACE, "-p", sidecar])
            .await;
        // kubectl sends the order of the containers that it knows of, and that changes nothing.
        let revision = [
            "get",
            "deploy",
            "web",
            "-n",
            NAMESPACE,
            "-o",
            "jsonpath={.metadata.resourceVersion}",
        ];
        let before = kubectl.says(&revision).await;
        kubectl.says(&["apply", "-f", &first]).await;
        assert_eq!(kubectl.says(&revision).await, before);
        let diff = kubectl.run(&["diff", "-f", &second]).await;
        assert!(
            String::from_utf8_lossy(&diff.stdout).contains("image: web:2"),
            "{}",
            program.display()
        );
        let said = kubectl.says(&["apply", "-f", &second]).await;
        assert_eq!(said.trim(), "deployment.apps/web configured");
        let get = ["get", "deploy", "web", "-n", NAMESPACE, "-o", "json"];
        let stored: Value = serde_json::from_str(&kubectl.says(&get).await).unwrap();
        let containers = stored["spec"]["template"]["spec"]["containers"]
            .as_array()
            .unwrap();
        let images: Vec<&str> = containers
            .iter()
            .filter_map(|container| container["image"].as_str())
            .collect();
        assert_eq!(
            (images.len(), images.contains(&"web:2"), images.contains(&"log:1")),
            (2, true, true),
            "{images:?}"
        );
        assert_eq!(stored["spec"]["replicas"], 3);
        assert_eq!(stored["metadata"]["labels"], json!({"new": "y"}));

        let mut unknown = deployment("web:2", &json!({}));
        unknown["spec"]["replicaz"] = json!(1);
        let unknown = kubectl.file("unknown.json", &unknown);
        let refused = kubectl.run(&["apply", "-f", &unknown]).await;
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(
            !refused.status.success() && said.contains("unknown field \"spec.replicaz\""),
            "{said}"
        );
        let warned = kubectl.run(&["apply", "--validate=warn", "-f", &unknown]).await;
        let said = String::from_utf8_lossy(&warned.stderr);
        assert!(
            warned.status.success() && said.contains("Warning: unknown field \"spec.replicaz\""),
            "{said}"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn kinds_are_explained() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        if !kubectl.knows_openapi_v3() {
            continue;
        }
        for (what, expected) in [
            (
                "pod.spec.containers",
                &[
                    "FIELD: containers <[]Container>",
                    "name\t<string> -required-",
                    "ports\t<[]ContainerPort>",
                ][..],
            ),
            (
                "deployment.spec.strategy",
                &[
                    "FIELD: strategy <DeploymentStrategy>",
                    "rollingUpdate\t<RollingUpdateDeployment>",
                ],
            ),
            ("secret.data", &["FIELD: data <map[string]string>"]),
            ("lease.spec", &["renewTime\t<string>"]),
            ("crd.spec.versions", &["schema\t<CustomResourceValidation>"]),
            ("pv.spec.capacity", &["FIELD: capacity <map[string]Quantity>"]),
        ] {
            let explained = kubectl.says(&["explain", what]).await;
            for part in expected {
                assert!(explained.contains(part), "{part}: {explained}");
            }
        }
        let explained = kubectl.says(&["explain", "pod.spec.containers.image"]).await;
        assert!(
            explained.contains("DESCRIPTION:\n    Container image name."),
            "{explained}"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn events_are_shown_and_described() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": NAMESPACE},
            "spec": {"containers": [{"name": "c", "image": "i:1"}]},
        });
        let validate = if kubectl.knows_openapi_v3() {
            "--validate=strict"
        } else {
            "--validate=false"
        };
        kubectl
            .says(&["create", validate, "-f", &kubectl.file("pod.json", &pod)])
            .await;
        let uid = kubectl
            .says(&[
                "get",
                "pod",
                "p",
                "-n",
                NAMESPACE,
                "-o",
                "jsonpath={.metadata.uid}",
            ])
            .await;
        let event = json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "p.1", "namespace": NAMESPACE},
            "regarding": {"kind": "Pod", "namespace": NAMESPACE, "name": "p", "uid": uid, "apiVersion": "v1"},
            "type": "Warning", "reason": "Unscheduled", "note": "nothing runs here", "action": "Scheduling",
            "reportingController": "example.com/test", "reportingInstance": "test-1", "eventTime": "2026-01-01T00:00:00.000000Z",
        });
        kubectl
            .says(&["create", validate, "-f", &kubectl.file("event.json", &event)])
            .await;
        for kind in ["events", "events.events.k8s.io"] {
            let lines = kubectl.lines(&["get", kind, "-n", NAMESPACE]).await;
            assert_eq!(lines[0], "LAST SEEN TYPE REASON OBJECT MESSAGE", "{kind}");
            assert!(
                lines[1].ends_with(" Warning Unscheduled pod/p nothing runs here"),
                "{kind}: {}",
                lines[1]
            );
        }
        let described = kubectl.says(&["describe", "pod", "p", "-n", NAMESPACE]).await;
        assert!(
            described.contains("Status:") && described.contains("Pending"),
            "{described}"
        );
        assert!(
            described.contains("Unscheduled") && described.contains("nothing runs here"),
            "{described}"
        );
        let named = format!("involvedObject.uid={uid}");
        let lines = kubectl
            .lines(&["get", "events", "-n", NAMESPACE, "--field-selector", &named])
            .await;
        assert_eq!(lines.len(), 2);
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn a_node_is_drained_by_evictions() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let objects = json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "here", "namespace": NAMESPACE}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "there", "namespace": NAMESPACE}, "spec": {"nodeName": "m", "containers": [{"name": "c", "image": "i"}]}},
        ]});
        kubectl
            .says(&[
                "create",
                "--validate=false",
                "-f",
                &kubectl.file("objects.json", &objects),
            ])
            .await;
        let said = kubectl.says(&["drain", "n", "--force", "--timeout=30s"]).await;
        assert!(said.contains("evict"), "{said}");
        let pods = kubectl
            .lines(&["get", "pods", "-n", NAMESPACE, "-o", "name"])
            .await;
        assert_eq!(pods, ["pod/there"]);
        let nodes = kubectl.lines(&["get", "nodes"]).await;
        assert!(
            nodes[1].starts_with("n Unknown,SchedulingDisabled "),
            "{}",
            nodes[1]
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn resources_and_services_are_listed() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let resources = kubectl.lines(&["api-resources", "-o", "name"]).await;
        for name in [
            "pods",
            "deployments.apps",
            "events.events.k8s.io",
            "horizontalpodautoscalers.autoscaling",
            "poddisruptionbudgets.policy",
            "apiservices.apiregistration.k8s.io",
            "runtimeclasses.node.k8s.io",
        ] {
            assert!(
                resources.iter().any(|line| line == name),
                "{name}: {resources:#?}"
            );
        }
        let services = kubectl.lines(&["get", "apiservices"]).await;
        assert!(
            services
                .iter()
                .any(|line| line.starts_with("v1beta2.cluster.x-k8s.io Local True ")),
            "{services:#?}"
        );
        let services = kubectl.lines(&["get", "svc"]).await;
        assert!(
            services[1].starts_with("kubernetes ClusterIP None <none> 443/TCP "),
            "{}",
            services[1]
        );
        let authority = kubectl
            .says(&[
                "get",
                "cm",
                "kube-root-ca.crt",
                "-n",
                NAMESPACE,
                "-o",
                "jsonpath={.data}",
            ])
            .await;
        assert!(authority.contains("BEGIN CERTIFICATE"), "{authority}");
        kubectl.cluster.stop().await;
    }
}
