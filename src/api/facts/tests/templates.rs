//! Real objects: the templates of Cluster API and two providers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::facts::Facts;
use crate::kinds::Role;

/// All template files, or none where the data is not at hand.
fn files() -> Vec<PathBuf> {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/templates"
    ));
    let Ok(folders) = std::fs::read_dir(root) else {
        println!("skipped: {} is not there", root.display());
        return Vec::new();
    };
    let folders = folders.map(|folder| folder.expect("a folder").path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).expect("a folder"));
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files
}

/// Fills `${NAME}` and `${NAME:=default}` as `clusterctl generate` does.
fn filled(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let (variable, after) = behind.split_once('}').expect("a closed variable");
        let default = variable.split_once(":=").or_else(|| variable.split_once(":-"));
        let value = match (variable, default) {
            (_, Some((_, default))) => default,
            (name, None) if name.ends_with("_COUNT") => "3",
            ("KUBERNETES_VERSION", None) => "v1.31.2",
            (_, None) => "prod",
        };
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled + rest
}

/// The objects of all templates, with the file that each is from.
pub(crate) fn objects() -> Vec<(String, Value)> {
    let mut objects = Vec::new();
    for file in files() {
        let name = file.display().to_string();
        let text = filled(&std::fs::read_to_string(&file).expect(&name));
        for document in text.split("\n---").filter(|document| document.contains("kind:")) {
            let document = document.trim_start_matches('-');
            let object: Value =
                serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{name}: {error}"));
            objects.push((name.clone(), object));
        }
    }
    objects
}

#[test]
fn no_real_object_is_broken() {
    for (file, object) in objects() {
        let facts = Facts::read(&object);
        assert_eq!(*facts.broken, [""; 0], "{file} {}", facts.object);
        assert!(!facts.object.name.is_empty(), "{file}");
    }
}

#[test]
fn clusters_machines_and_their_owners_refer_to_what_they_stand_on() {
    let objects = objects();
    if objects.is_empty() {
        return;
    }
    let mut seen = 0;
    for (file, object) in objects {
        let facts = Facts::read(&object);
        match facts.role {
            Role::Cluster => {
                let refers = facts.infrastructure.is_some() && facts.control_plane_reference.is_some();
                let alone = file.ends_with("without-kcp.yaml");
                assert!(refers || facts.topology.is_some() || alone, "{file}");
                let particulars = facts.particulars.as_deref();
                let plan = particulars.and_then(|particulars| particulars.topology.as_ref());
                assert_eq!(facts.topology.is_some(), plan.is_some(), "{file}");
            }
            Role::MachineDeployment | Role::MachinePool | Role::Machine => {
                assert!(facts.infrastructure.is_some(), "{file} {}", facts.object);
                assert!(facts.bootstrap.is_some(), "{file} {}", facts.object);
                assert!(facts.cluster.is_some(), "{file} {}", facts.object);
            }
            Role::ControlPlane => assert!(facts.version.is_some(), "{file} {}", facts.object),
            Role::InfrastructureCluster
            | Role::MachineSet
            | Role::InfrastructureMachine
            | Role::InfrastructureMachinePool
            | Role::BootstrapConfig
            | Role::MachineHealthCheck
            | Role::ClusterClass
            | Role::Template
            | Role::Host
            | Role::Provider
            | Role::Other => continue,
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen} objects");
}
