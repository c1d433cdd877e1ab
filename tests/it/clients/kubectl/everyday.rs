//! What else people type every day: columns of their own, ways of deleting, explanations, edits, and what one who only
//! reads is told.

use super::*;

/// A ConfigMap, owned by another where `owner` is one.
fn config_map(name: &str, owner: Option<&Value>) -> Value {
    let mut map =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}});
    if let Some(owner) = owner {
        map["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "v1", "kind": "ConfigMap", "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
            "blockOwnerDeletion": true,
        }]);
    }
    map
}

#[tokio::test]
async fn each_way_of_deleting_does_with_dependents_what_it_says() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let get = |name: &'static str| ["get", "cm", name, "-n", NAMESPACE, "-o", "json"];
        for cascade in ["foreground", "background", "orphan"] {
            let owner = kubectl.file("owner.json", &config_map("owner", None));
            kubectl.says(&["create", "-f", &owner]).await;
            let owner: Value = serde_json::from_str(&kubectl.says(&get("owner")).await).unwrap();
            let dependent = kubectl.file("dependent.json", &config_map("dependent", Some(&owner)));
            kubectl.says(&["create", "-f", &dependent]).await;
            let how = format!("--cascade={cascade}");
            kubectl
                .says(&["delete", "cm", "owner", "-n", NAMESPACE, &how, "--timeout=30s"])
                .await;
            match cascade {
                "orphan" => {
                    let left: Value = serde_json::from_str(&kubectl.says(&get("dependent")).await).unwrap();
                    assert_eq!(left["metadata"].get("ownerReferences"), None);
                    kubectl
                        .says(&["delete", "cm", "dependent", "-n", NAMESPACE])
                        .await;
                }
                "foreground" => {
                    // The owner is gone, so its dependents are.
                    let gone = kubectl.run(&get("dependent")).await;
                    assert!(String::from_utf8_lossy(&gone.stderr).contains("NotFound"));
                }
                _ => {
                    let gone = async { while kubectl.run(&get("dependent")).await.status.success() {} };
                    tokio::time::timeout(PATIENCE, gone)
                        .await
                        .expect("the dependent stays");
                }
            }
        }
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn columns_are_ones_own_and_fields_are_explained() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let columns = "custom-columns=NAME:.metadata.name,AT:.status.addresses[0].address,READY:.status.conditions[?(@.type=='Ready')].status,NO:.spec.no";
        let lines = kubectl
            .lines(&[
                "get",
                "ma",
                "-n",
                NAMESPACE,
                "-o",
                columns,
                "--sort-by=.metadata.name",
            ])
            .await;
        let expected = [
            "NAME AT READY NO",
            "ma1 10.0.0.1 True <none>",
            "ma2 10.0.0.2 True <none>",
        ];
        assert_eq!(lines, expected);
        if kubectl.knows_openapi_v3() {
            for (what, expected) in [
                ("machinedeployment.spec.replicas", "FIELD: replicas <integer>"),
                ("cl.spec.topology.workers", "machineDeployments\t<[]Object>"),
                (
                    "machine.status.conditions",
                    "lastTransitionTime\t<string> -required-",
                ),
                ("machine", "VERSION:    v1beta2"),
            ] {
                let explained = kubectl.says(&["explain", what]).await;
                assert!(explained.contains(expected), "{what}: {explained}");
            }
            let old = ["explain", "cl.spec", "--api-version=cluster.x-k8s.io/v1beta1"];
            let explained = kubectl.says(&old).await;
            assert!(explained.contains("VERSION:    v1beta1"), "{explained}");
            let all = kubectl.says(&["explain", "ma.spec", "--recursive"]).await;
            assert!(all.contains("    dataSecretName\t<string>"), "{all}");
            let nothing = kubectl.run(&["explain", "cl.spec.nothing"]).await;
            let said = String::from_utf8_lossy(&nothing.stderr);
            assert!(said.contains("field \"nothing\" does not exist"), "{said}");
        }
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn a_custom_resource_is_edited_and_described_with_its_events() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let mut edit = kubectl.command(&["edit", "md", "md1", "-n", NAMESPACE]);
        edit.env("KUBE_EDITOR", "sed -i 's/replicas: 2$/replicas: 7/'");
        let edited = tokio::time::timeout(PATIENCE, edit.output())
            .await
            .expect("it hangs")
            .unwrap();
        let said = String::from_utf8_lossy(&edited.stdout);
        assert_eq!(said.trim(), "machinedeployment.cluster.x-k8s.io/md1 edited");
        let deployment = kubectl.get("MachineDeployment", "md1").await;
        assert_eq!(deployment["spec"]["replicas"], 7);
        assert_eq!(
            deployment["status"]["replicas"], 2,
            "the status is not the spec's to edit"
        );

        let mut edit = kubectl.command(&["edit", "md", "md1", "-n", NAMESPACE]);
        edit.env("KUBE_EDITOR", "sed -i 's/replicas: 7$/replicas: seven/'");
        let refused = tokio::time::timeout(PATIENCE, edit.output())
            .await
            .expect("it hangs")
            .unwrap();
        assert!(!refused.status.success(), "a mistake is told in the editor");
        assert_eq!(
            kubectl.get("MachineDeployment", "md1").await["spec"]["replicas"],
            7
        );

        let event = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": "md1.1", "namespace": NAMESPACE},
            "involvedObject": {
                "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment", "name": "md1", "namespace": NAMESPACE,
                "uid": deployment["metadata"]["uid"],
            },
            "type": "Normal", "reason": "SuccessfulCreate", "message": "made a machine set", "count": 3,
            "source": {"component": "machinedeployment-controller"},
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z",
        });
        kubectl
            .says(&["create", "-f", &kubectl.file("event.json", &event)])
            .await;
        let described = kubectl.lines(&["describe", "md", "md1", "-n", NAMESPACE]).await;
        assert!(described.contains(&"Replicas: 7".to_owned()), "{described:#?}");
        let of_event = described.last().unwrap();
        assert!(
            of_event.starts_with("Normal SuccessfulCreate ")
                && of_event.ends_with(" machinedeployment-controller made a machine set"),
            "{of_event}"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn who_only_reads_is_refused_every_write() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let map = kubectl.file("map.json", &config_map("map", None));
        kubectl.says(&["create", "-f", &map]).await;
        let before = kubectl.says(&["get", "cm,cl,md,ma", "-A", "-o", "json"]).await;
        let config = kubectl.home.path().join("config.readonly");
        kubectl.cluster.write_readers_kubeconfig(&config);
        let reader = format!("--kubeconfig={}", config.display());
        let lines = kubectl.lines(&[&reader, "get", "ma", "-n", NAMESPACE]).await;
        assert_eq!(lines.len(), 3);
        let namespace = ["-n", NAMESPACE];
        for (verb, write) in [
            ("create", &["create", "cm", "other"][..]),
            ("patch", &["apply", "--server-side", "-f", &map]),
            (
                "patch",
                &[
                    "patch",
                    "cl",
                    "c1",
                    "--type=merge",
                    "-p",
                    "{\"spec\":{\"paused\":true}}",
                ],
            ),
            ("patch", &["label", "md", "md1", "a=b"]),
            ("patch", &["scale", "md", "md1", "--replicas=9"]),
            ("delete", &["delete", "ma", "ma1"]),
            ("create", &["create", "token", "default"]),
        ] {
            if verb == "create" && write[1] == "token" && kubectl.minor < 24 {
                continue;
            }
            let refused = kubectl
                .run(&[&[reader.as_str()], write, &namespace].concat())
                .await;
            let said = String::from_utf8_lossy(&refused.stderr);
            let whose = format!("User \"fleetui-reader\" cannot {verb} resource");
            assert!(
                !refused.status.success() && said.contains(&whose),
                "{write:?}: {said}"
            );
        }
        let secrets = kubectl.run(&[&reader, "get", "secrets", "-A"]).await;
        assert!(!secrets.status.success(), "who only reads does not read secrets");
        assert_eq!(
            kubectl.says(&["get", "cm,cl,md,ma", "-A", "-o", "json"]).await,
            before
        );
        kubectl.cluster.stop().await;
    }
}
