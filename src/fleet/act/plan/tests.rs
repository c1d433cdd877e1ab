//! Plans: which writes an act is, what is said of it, and why not.

use serde_json::json;

use super::*;
use crate::act::{Deed, Write};
use crate::edit::Field;
use crate::fixtures::{cluster, deployment, key, now, store};

fn scale(objects: &[Value], typed: &str) -> Plan {
    let store = store(objects);
    let key = key(&store, "MachineDeployment", "md");
    field(&store, &key, Field::Replicas, typed, now()).expect("a plan")
}

#[test]
fn a_cells_change_is_a_plan_that_says_what_it_writes() {
    let plan = scale(&[cluster("prod"), deployment("prod", "md", 3)], "+2");
    assert_eq!(plan.act.deed, Deed::Scale("5".to_owned()));
    assert_eq!(plan.field(), Some(("3".to_owned(), "5".to_owned())));
    assert_eq!(plan.confirm, Confirm::Key);
    assert_eq!(plan.preview.happens, ["adds 2 machines"]);
    let blast = plan.preview.blast.as_ref().expect("a reach");
    assert_eq!(blast.replicas, Some((3, 5)));
    assert_eq!(blast.cluster.as_ref().expect("a cluster").name, "prod");
    let [
        Write {
            verb: Verb::Patch,
            uid,
            fields,
            ..
        },
    ] = plan.writes.as_slice()
    else {
        panic!("{plan:?}")
    };
    assert_eq!(*uid, plan.act.uid);
    assert_eq!(
        (
            fields[0].pointer.as_str(),
            fields[0].before.clone(),
            fields[0].after.clone()
        ),
        ("/spec/replicas", Some(json!(3)), Some(json!(5)))
    );
    let many = scale(&[deployment("prod", "md", 3)], "4000");
    assert!(matches!(many.confirm, Confirm::Twice(why) if why.contains("unusually many")));
}

#[test]
fn anchor_55_a_gitops_tool_is_named_before_its_object_is_written() {
    let owner = |manager: &str, gitops: bool, pointers: &[&str]| FieldOwner {
        manager: manager.to_owned(),
        gitops,
        pointers: pointers.iter().map(|&pointer| pointer.to_owned()).collect(),
    };
    let planned = |owners: &[FieldOwner]| {
        let mut plan = scale(&[deployment("prod", "md", 3)], "5");
        plan.mind(owners);
        plan
    };
    // Nobody, or nobody that comes back: a key is enough.
    let kubectl = planned(&[owner("kubectl-edit", false, &["/spec/replicas"])]);
    assert_eq!(kubectl.confirm, Confirm::Key);
    assert!(kubectl.preview.warnings.is_empty());
    // The object is its, the field is not.
    let other = planned(&[owner("argocd-controller", true, &["/spec/selector"])]);
    assert_eq!(other.confirm, Confirm::Key);
    assert_eq!(
        other.preview.warnings,
        ["argocd-controller applies this object: what is changed here may be taken back"]
    );
    // The very field: it is asked about once more.
    let own = planned(&[owner("argocd-controller", true, &["/spec/replicas"])]);
    assert_eq!(
        own.confirm,
        Confirm::Twice(
            "argocd-controller applies spec.replicas: what is written here will be taken back".to_owned()
        )
    );
    assert_eq!(dotted("/metadata/annotations/a~1b"), "metadata.annotations.a/b");
}

#[test]
fn a_field_is_owned_with_what_it_holds_and_is_held_by() {
    let owner = FieldOwner {
        pointers: vec!["/spec/a".to_owned(), "/spec/b/c".to_owned()],
        ..FieldOwner::default()
    };
    for (pointer, owned) in [
        ("/spec/a", true),
        ("/spec/a/x", true),
        ("/spec/b", true),
        ("/spec/bb", false),
        ("/spec/aa", false),
        ("/spec/b/d", false),
    ] {
        assert_eq!(owner.owns(pointer), owned, "{pointer}");
    }
}
