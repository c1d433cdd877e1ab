//! The table holds together, and says what is known of the types.

use std::collections::HashSet;

use super::*;

fn field(name: &str, json_name: &str) -> &'static Field {
    let message = named(name).unwrap_or_else(|| panic!("{name} is not there"));
    message
        .field(json_name)
        .unwrap_or_else(|| panic!("{name} has no {json_name}"))
}

#[test]
fn the_table_can_be_read_and_names_are_unique() {
    let table = parse::table(&FILES).unwrap();
    assert!(table.messages.len() > 450, "{}", table.messages.len());
    for message in &table.messages {
        let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
        for field in &message.fields {
            assert!(
                field.number.is_none_or(|number| numbers.insert(number)),
                "{message:?}"
            );
            assert_eq!(field.inline, field.json_name.is_empty(), "{message:?}");
        }
        for field in message.json_fields() {
            assert!(
                names.insert(field.json_name),
                "{}: {}",
                message.name,
                field.json_name
            );
        }
    }
}

#[test]
fn nonsense_in_the_table_is_told() {
    for text in [
        "type A\n  a 1 Missing",
        "package a/v1 a\ntype A\n  a x string",
        "package a/v1 a\ntype A\n  a 1 string eat",
        "package a/v1 a\ntype A\n  a 1 string list=bag",
        "package a/v1 a\ntype A\ntype A",
        "  a 1 string",
        "package a/v1 a\ntype A\n  - 1 string inline",
        "word",
    ] {
        assert!(parse::table(&[text]).is_err(), "{text}");
    }
}

#[test]
fn merge_keys_and_list_keys_are_of_the_elements_type() {
    for message in all() {
        for field in &message.fields {
            let element = |key: &str| field.message().is_some_and(|of| of.field(key).is_some());
            if let Some(key) = field.patch.merge_key {
                assert!(
                    field.shape == Shape::List && element(key),
                    "{} {}",
                    message.name,
                    field.json_name
                );
            }
            if let ListType::Map(keys) = &field.list_type {
                assert!(
                    field.shape == Shape::List && keys.iter().all(|key| element(key)),
                    "{} {}",
                    message.name,
                    field.json_name
                );
            }
        }
    }
}

#[test]
fn well_known_kinds_are_there() {
    for (group, version, kind) in [
        ("", "v1", "Pod"),
        ("", "v1", "Secret"),
        ("apps", "v1", "Deployment"),
        ("coordination.k8s.io", "v1", "Lease"),
        ("events.k8s.io", "v1", "Event"),
        ("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "v1", "APIService"),
        ("authorization.k8s.io", "v1", "SelfSubjectAccessReview"),
        ("authentication.k8s.io", "v1", "SelfSubjectReview"),
        ("autoscaling", "v1", "Scale"),
        ("policy", "v1", "Eviction"),
        ("meta.k8s.io", "v1", "DeleteOptions"),
    ] {
        let message = of(group, version, kind).unwrap_or_else(|| panic!("{kind} is not there"));
        assert_eq!(
            (message.name, message.group_version),
            (kind, Some((group, version)))
        );
    }
    assert!(of("", "v1", "PodSpec").is_none(), "a part is no kind");
    assert!(of("apps", "v2", "Deployment").is_none());
}

#[test]
fn well_known_fields_are_as_upstream_has_them() {
    let ports = field("core/v1.Container", "ports");
    assert_eq!(ports.list_type, ListType::Map(vec!["containerPort", "protocol"]));
    assert_eq!(ports.patch.merge_key, Some("containerPort"));
    assert_eq!((ports.number, ports.shape), (Some(6), Shape::List));
    let protocol = field("core/v1.ContainerPort", "protocol");
    assert_eq!(protocol.default, Some(Value::from("TCP")));

    let volumes = field("core/v1.PodSpec", "volumes");
    assert!(volumes.patch.merge && volumes.patch.retain_keys && volumes.omit_empty);
    let containers = field("core/v1.PodSpec", "containers");
    assert!(containers.required && !containers.omit_empty);

    let finalizers = field("meta/v1.ObjectMeta", "finalizers");
    assert_eq!(
        (finalizers.list_type.clone(), finalizers.patch.merge),
        (ListType::Set, true)
    );
    assert_eq!(field("meta/v1.ObjectMeta", "managedFields").number, Some(17));

    let replicas = field("apps/v1.DeploymentSpec", "replicas");
    assert!(replicas.pointer && replicas.kind == Kind::Int32);
    assert!(field("apps/v1.DeploymentSpec", "selector").is_atomic());
    assert!(field("apps/v1.DeploymentSpec", "strategy").patch.retain_keys);
    assert!(field("core/v1.PodSpec", "nodeSelector").is_atomic());
    assert!(!field("core/v1.Node", "spec").is_atomic());

    let data = field("core/v1.Secret", "data");
    assert_eq!((data.shape, data.kind), (Shape::Map, Kind::Bytes));
    assert_eq!(
        field("core/v1.PersistentVolumeSpec", "capacity").kind,
        Kind::Quantity
    );
    assert_eq!(
        field("coordination/v1.LeaseSpec", "renewTime").kind,
        Kind::MicroTime
    );
    assert_eq!(
        field("networking/v1.NetworkPolicyPort", "port").kind,
        Kind::IntOrString
    );
    assert_eq!(
        field("authorization/v1.SubjectAccessReviewSpec", "extra").kind,
        Kind::Strings
    );
}

#[test]
fn fields_of_inlined_types_stand_in_the_outer_type() {
    assert_eq!(field("core/v1.Volume", "configMap").number, Some(19));
    assert_eq!(field("core/v1.Probe", "exec").number, Some(1));
    let volume = named("core/v1.Volume").unwrap();
    assert_eq!(volume.fields.len(), 2);
    assert!(volume.numbered(2).is_some_and(|source| source.inline));
    assert!(volume.field("").is_none());
    assert!(volume.field("configmap").is_none(), "case matters");
}
