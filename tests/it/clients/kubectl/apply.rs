//! Server-side apply as people use it: conflicts, force, removal, diff, the way over from client-side apply, and edit.

use super::*;

/// A ConfigMap with these data.
fn config_map(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": NAMESPACE}, "data": data})
}

/// A MachinePool with so many replicas.
fn pool(spec: &Value) -> Value {
    let mut pool = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2",
        "kind": "MachinePool",
        "metadata": {"name": "mp1", "namespace": NAMESPACE},
        "spec": {
            "clusterName": "c1",
            "template": {"spec": {
                "clusterName": "c1",
                "bootstrap": {"dataSecretName": "b"},
                "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachinePool", "name": "p"},
            }},
        },
    });
    let fields = pool["spec"].as_object_mut().unwrap();
    fields.extend(spec.as_object().unwrap().clone());
    pool
}

impl Kubectl {
    /// `kubectl apply`, which the oldest versions can do without validation only.
    async fn apply(&self, arguments: &[&str]) -> Output {
        let validate = if self.knows_openapi_v3() {
            "--validate=true"
        } else {
            "--validate=false"
        };
        self.run(&[&["apply", validate], arguments].concat()).await
    }

    async fn applies(&self, arguments: &[&str]) -> String {
        let output = self.apply(arguments).await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{} {arguments:?}: {stderr}",
            self.program.display()
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// An object as JSON, with its managed fields.
    async fn whole(&self, what: &str) -> Value {
        let get = [
            &["get", what, "-n", NAMESPACE, "-o", "json"],
            self.show_managed_fields(),
        ]
        .concat();
        serde_json::from_str(&self.says(&get).await).unwrap()
    }
}

/// Managers with their operations, in order of their names.
fn managers(object: &Value) -> Vec<String> {
    let mut names: Vec<String> = object["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {}",
                entry["manager"].as_str().unwrap(),
                entry["operation"].as_str().unwrap()
            )
        })
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_apply_conflicts_is_forced_and_takes_away() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let both = kubectl.file("both.json", &config_map(&json!({"a": "1", "b": "1"})));
        let said = kubectl.applies(&["--server-side", "-f", &both]).await;
        assert_eq!(said.trim(), "configmap/one serverside-applied");
        let first = kubectl.whole("cm/one").await;
        kubectl.applies(&["--server-side", "-f", &both]).await;
        assert_eq!(
            kubectl.whole("cm/one").await,
            first,
            "a repetition changes nothing"
        );
        assert_eq!(managers(&first), ["kubectl Apply"]);

        let other = kubectl.file("other.json", &config_map(&json!({"a": "2"})));
        let by_other = ["--server-side", "--field-manager=other", "-f", &other];
        let refused = kubectl.apply(&by_other).await;
        let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success());
        assert!(
            stderr.contains("Apply failed with 1 conflict: conflict with \"kubectl\": .data.a"),
            "{stderr}"
        );
        kubectl
            .applies(&[&by_other[..], &["--force-conflicts"]].concat())
            .await;
        let forced = kubectl.whole("cm/one").await;
        assert_eq!(forced["data"], json!({"a": "2", "b": "1"}));
        assert_eq!(managers(&forced), ["kubectl Apply", "other Apply"]);

        let less = kubectl.file("less.json", &config_map(&json!({})));
        kubectl.applies(&["--server-side", "-f", &less]).await;
        assert_eq!(kubectl.whole("cm/one").await["data"], json!({"a": "2"}));
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn custom_resources_are_applied_too_and_diff_tells_what_would_be() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let first = kubectl.file("first.json", &pool(&json!({"replicas": 1})));
        let said = kubectl.applies(&["--server-side", "-f", &first]).await;
        assert_eq!(said.trim(), "machinepool.cluster.x-k8s.io/mp1 serverside-applied");
        let same = kubectl.run(&["diff", "--server-side", "-f", &first]).await;
        assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stdout));
        let second = kubectl.file("second.json", &pool(&json!({"replicas": 2})));
        let other = kubectl.run(&["diff", "--server-side", "-f", &second]).await;
        let stdout = String::from_utf8_lossy(&other.stdout).into_owned();
        assert_eq!(
            other.status.code(),
            Some(1),
            "{stdout} {}",
            String::from_utf8_lossy(&other.stderr)
        );
        assert!(
            stdout.contains("-  replicas: 1") && stdout.contains("+  replicas: 2"),
            "{stdout}"
        );
        assert_eq!(kubectl.whole("machinepool/mp1").await["spec"]["replicas"], 1);
        kubectl
            .says(&["scale", "machinepool", "mp1", "-n", NAMESPACE, "--replicas=3"])
            .await;
        let refused = kubectl.apply(&["--server-side", "-f", &second]).await;
        let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            stderr.contains("with subresource \"scale\" using cluster.x-k8s.io/v1beta2: .spec.replicas"),
            "{stderr}"
        );
        kubectl
            .applies(&["--server-side", "--force-conflicts", "-f", &second])
            .await;
        assert_eq!(kubectl.whole("machinepool/mp1").await["spec"]["replicas"], 2);
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn client_side_apply_becomes_server_side_apply() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let both = kubectl.file("both.json", &config_map(&json!({"a": "1", "b": "1"})));
        kubectl.applies(&["-f", &both]).await;
        assert_eq!(
            managers(&kubectl.whole("cm/one").await),
            ["kubectl-client-side-apply Update"]
        );
        let less = kubectl.file("less.json", &config_map(&json!({"a": "2"})));
        kubectl.applies(&["--server-side", "-f", &less]).await;
        let after = kubectl.whole("cm/one").await;
        assert_eq!(after["data"]["a"], "2");
        let annotation = after["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
            .as_str()
            .unwrap();
        let last: Value = serde_json::from_str(annotation).unwrap();
        assert_eq!(
            last["data"],
            json!({"a": "2"}),
            "who goes back finds what was applied"
        );
        // Since 1.26 what client-side apply owned goes over, and what is not applied any more goes.
        if kubectl.minor >= 26 {
            assert_eq!(after["data"], json!({"a": "2"}));
            let managers = managers(&after);
            assert!(
                !managers.contains(&"kubectl-client-side-apply Update".to_owned()),
                "{managers:?}"
            );
        }
        kubectl.applies(&["-f", &less]).await;
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn an_edit_is_recorded_and_a_configuration_of_the_wrong_type_is_refused() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        if !kubectl.knows_openapi_v3() {
            kubectl.cluster.stop().await;
            continue;
        }
        let both = kubectl.file("both.json", &config_map(&json!({"a": "before"})));
        kubectl.applies(&["--server-side", "-f", &both]).await;
        let mut edit = kubectl.command(&["edit", "cm", "one", "-n", NAMESPACE]);
        edit.env("KUBE_EDITOR", "sed -i s/before/after/");
        let edited = tokio::time::timeout(PATIENCE, edit.output())
            .await
            .expect("it hangs")
            .unwrap();
        assert!(
            edited.status.success(),
            "{}",
            String::from_utf8_lossy(&edited.stderr)
        );
        let after = kubectl.whole("cm/one").await;
        assert_eq!(after["data"], json!({"a": "after"}));
        assert_eq!(managers(&after), ["kubectl-edit Update"]);

        let mut wrong = config_map(&json!({"a": "x"}));
        wrong["dat"] = json!({});
        let wrong = kubectl.file("wrong.json", &wrong);
        let refused = kubectl
            .run(&["apply", "--server-side", "--validate=false", "-f", &wrong])
            .await;
        let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success());
        assert!(stderr.contains(".dat: field not declared in schema"), "{stderr}");
        kubectl.cluster.stop().await;
    }
}
