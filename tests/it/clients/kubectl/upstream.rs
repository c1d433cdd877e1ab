//! Upstream's definitions and templates as people install them: whole folders at once.
//!
//! One kubectl is enough here, as what differs between them is tested elsewhere.

use std::collections::BTreeSet;

use super::*;
use crate::eras::{as_written, fleets, upstream};

/// Folders of definitions that are installed together, in this order. What is in an earlier one is brought up to date by a
/// later one, as an upgrade of a provider does it.
const SETS: [&[&str]; 3] = [
    &["v1beta1", "byoh"],
    &[
        "v1beta1",
        "v1beta1-with-v1beta2-status",
        "aws",
        "byoh",
        "byoh-fork",
    ],
    &["v1beta2"],
];

impl Kubectl {
    /// The JSON that a command prints.
    async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.says(&[arguments, &["-o", "json"]].concat()).await).unwrap()
    }

    /// Waits until everything that is defined is served, and gives the names of all resources.
    async fn established(&self) -> BTreeSet<String> {
        self.says(&[
            "wait",
            "--for=condition=Established",
            "crd",
            "--all",
            "--timeout=60s",
        ])
        .await;
        let resources = self.lines(&["api-resources", "-o", "name"]).await;
        resources.into_iter().collect()
    }
}

/// The name of an object.
fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

#[tokio::test]
async fn definitions_of_every_era_are_installed_and_served() {
    let (Some(data), Some(program)) = (upstream::data(), newest()) else {
        return;
    };
    for set in SETS {
        let kubectl = Kubectl::at(&program, ManagementCluster::bare().await).await;
        for folder in set {
            let path = data.join("crds").join(folder);
            let said = kubectl
                .says(&["apply", "--server-side", "-f", path.to_str().unwrap()])
                .await;
            assert_eq!(said.lines().count(), upstream::files(&path).len(), "{said}");
        }
        let served = kubectl.established().await;
        let stored = kubectl.json(&["get", "crd"]).await;
        let latest_first = set
            .iter()
            .rev()
            .map(|folder| (data.join("crds").join(folder), &[][..]));
        let written = upstream::definitions(&latest_first.collect::<Vec<_>>());
        let stored = stored["items"].as_array().unwrap();
        assert_eq!(stored.len(), written.len());
        for written in &written {
            let stored = stored
                .iter()
                .find(|stored| name(stored) == name(written))
                .unwrap();
            assert!(
                served.contains(name(written)),
                "{} is not served: {served:#?}",
                name(written)
            );
            assert!(
                upstream::contains(&stored["spec"], &written["spec"]),
                "{} is not as it was written",
                name(written)
            );
        }
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn definitions_over_ours_change_nothing_and_say_so() {
    let (Some(data), Some(program)) = (upstream::data(), newest()) else {
        return;
    };
    let kubectl = Kubectl::at(&program, ManagementCluster::of_cluster_api().await).await;
    let ours = kubectl.json(&["get", "crd"]).await;
    let objects = ["get", "cl,md,ma", "-n", NAMESPACE, "--show-managed-fields"];
    let before = kubectl.json(&objects).await;
    assert_eq!(before["items"].as_array().unwrap().len(), 4);
    for folder in ["v1beta1", "v1beta2", "byoh"] {
        let path = data.join("crds").join(folder);
        let apply = ["apply", "--server-side", "-f", path.to_str().unwrap()];
        let output = kubectl.run(&apply).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        for definition in upstream::definitions(&[(path, &[])]) {
            let is_ours = ours["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|ours| name(ours) == name(&definition));
            let warned = said.contains(&format!("the spec of {} was left as it is", name(&definition)));
            assert_eq!(warned, is_ours, "{}: {said}", name(&definition));
        }
    }
    let after = kubectl.json(&["get", "crd"]).await;
    for ours in ours["items"].as_array().unwrap() {
        let after = after["items"].as_array().unwrap();
        let now = after.iter().find(|now| name(now) == name(ours)).unwrap();
        assert_eq!(
            (&now["spec"], &now["status"]),
            (&ours["spec"], &ours["status"]),
            "{}",
            name(ours)
        );
    }
    kubectl.established().await;
    assert_eq!(kubectl.json(&objects).await, before);
    kubectl.cluster.stop().await;
}

/// Kinds of the templates that no definition is at hand for, with their versions.
const UNSERVED: [&str; 6] = [
    "controlplane.cluster.x-k8s.io/v1beta2 AWSManagedControlPlaneTemplate",
    "infrastructure.cluster.x-k8s.io/v1beta2 AWSManagedClusterTemplate",
    "infrastructure.cluster.x-k8s.io/v1beta2 DockerCluster",
    "infrastructure.cluster.x-k8s.io/v1beta2 DockerMachine",
    "infrastructure.cluster.x-k8s.io/v1beta2 DockerMachinePool",
    "infrastructure.cluster.x-k8s.io/v1beta2 DockerMachineTemplate",
];

/// The version and the kind of an object.
fn type_of(object: &Value) -> String {
    format!(
        "{} {}",
        object["apiVersion"].as_str().unwrap(),
        object["kind"].as_str().unwrap()
    )
}

/// Versions and kinds that definitions make served.
fn served_by(definitions: &Value) -> BTreeSet<String> {
    let definitions = definitions["items"].as_array().unwrap().iter();
    definitions
        .flat_map(|definition| {
            let spec = &definition["spec"];
            let group = spec["group"].as_str().unwrap();
            let kind = spec["names"]["kind"].as_str().unwrap();
            let versions = spec["versions"].as_array().unwrap().iter();
            versions.map(move |version| format!("{group}/{} {kind}", version["name"].as_str().unwrap()))
        })
        .chain(["v1 ConfigMap".to_owned()])
        .collect()
}

/// Writes the templates with their variables filled in, each for a namespace of its own and without what is not served;
/// gives their objects.
fn render(kubectl: &Kubectl, data: &Path, folder: &str, served: &BTreeSet<String>) -> Vec<Value> {
    let mut unserved = BTreeSet::new();
    let directory = kubectl.home.path().join(folder);
    std::fs::create_dir(&directory).unwrap();
    let mut all = Vec::new();
    for era in ["v1beta1", "v1beta2", "byoh", "aws"] {
        for file in upstream::files(&data.join("templates").join(era)) {
            let own = format!("{folder}-{era}-{}", file.file_stem().unwrap().to_str().unwrap());
            let mut objects = upstream::rendered(&file, &fleets::variables("prod", "v1.31.2"));
            objects.retain_mut(|object| {
                object["metadata"]["namespace"] = json!(own);
                let kind = type_of(object);
                let here = served.contains(&kind);
                if !here {
                    unserved.insert(kind);
                }
                here
            });
            let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
            std::fs::write(directory.join(format!("{own}.yaml")), documents.join("\n---\n")).unwrap();
            all.extend(objects);
        }
    }
    assert_eq!(unserved.iter().map(String::as_str).collect::<Vec<_>>(), UNSERVED);
    all
}

#[tokio::test]
async fn templates_are_applied_both_ways_and_read_back_as_they_were_written() {
    let (Some(data), Some(program)) = (upstream::data(), newest()) else {
        return;
    };
    let kubectl = Kubectl::at(&program, ManagementCluster::of_cluster_api().await).await;
    // Kinds of the templates that we have no definitions of.
    for folder in ["v1beta1", "aws"] {
        let path = data.join("crds").join(folder);
        kubectl
            .says(&["apply", "--server-side", "-f", path.to_str().unwrap()])
            .await;
    }
    kubectl.established().await;
    let served = served_by(&kubectl.json(&["get", "crd"]).await);
    for (folder, how) in [("server", &["--server-side"][..]), ("client", &[])] {
        let written = render(&kubectl, &data, folder, &served);
        let namespaces: BTreeSet<&str> = written
            .iter()
            .map(|object| object["metadata"]["namespace"].as_str().unwrap())
            .collect();
        for namespace in namespaces {
            kubectl.cluster.add_namespace(namespace).await;
        }
        let directory = kubectl.home.path().join(folder);
        let directory = directory.to_str().unwrap();
        kubectl.says(&[&["apply", "-f", directory], how].concat()).await;
        // Asked by file, kubectl asks for the version that the file has.
        let read = kubectl.json(&["get", "-f", directory]).await;
        let read = read["items"].as_array().unwrap();
        assert_eq!(read.len(), written.len());
        let mut lost = Vec::new();
        for written in &written {
            let same = |read: &&Value| {
                ["apiVersion", "kind"]
                    .iter()
                    .all(|field| read[field] == written[field])
                    && name(read) == name(written)
                    && read["metadata"]["namespace"] == written["metadata"]["namespace"]
            };
            let read = read
                .iter()
                .find(same)
                .unwrap_or_else(|| panic!("{written} is not there"));
            let written = as_written(written.clone());
            if !upstream::contains(read, &written) {
                lost.push(format!("{written}\n  is not in {read}"));
            }
        }
        assert!(lost.is_empty(), "{}", lost.join("\n"));
        let again = kubectl.says(&[&["apply", "-f", directory], how].concat()).await;
        if how.is_empty() {
            assert!(again.lines().all(|line| line.ends_with(" unchanged")), "{again}");
        } else {
            let after = kubectl.json(&["get", "-f", directory]).await;
            let revisions = |items: &[Value]| {
                items
                    .iter()
                    .map(|item| item["metadata"]["resourceVersion"].clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(revisions(after["items"].as_array().unwrap()), revisions(read));
        }
    }
    kubectl.cluster.stop().await;
}

#[tokio::test]
async fn a_list_of_objects_is_applied_as_well_as_the_objects() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let map = |name: &str, data: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}, "data": {"key": data}});
        let list = |data: &str| json!({"apiVersion": "v1", "kind": "List", "items": [map("one", data), map("two", data)]});
        let first = kubectl.file("first.json", &list("a"));
        let said = kubectl.says(&["create", "-f", &first]).await;
        assert_eq!(said, "configmap/one created\nconfigmap/two created\n");
        let second = kubectl.file("second.json", &list("b"));
        kubectl
            .says(&["apply", "--server-side", "--force-conflicts", "-f", &second])
            .await;
        kubectl.says(&["apply", "--dry-run=server", "-f", &first]).await;
        let data = "jsonpath={.items[*].data.key}";
        let now = kubectl.says(&["get", "-f", &second, "-o", data]).await;
        assert_eq!(now, "b b");
        let mut wrong = list("c");
        wrong["items"][1]["dat"] = json!({});
        let wrong = kubectl.file("wrong.json", &wrong);
        // The server validates what the client cannot.
        if kubectl.minor >= 25 {
            let refused = kubectl.run(&["apply", "-f", &wrong]).await;
            let said = String::from_utf8_lossy(&refused.stderr);
            assert!(
                !refused.status.success() && said.contains("unknown field \"dat\""),
                "{said}"
            );
        }
        kubectl.cluster.stop().await;
    }
}
