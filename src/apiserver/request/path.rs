//! Paths: which logical cluster, and what in it.

use percent_encoding::percent_decode_str;

use crate::logical::LogicalCluster;

/// A part of an object with an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subresource {
    /// `status`.
    Status,
    /// `scale`.
    Scale,
    /// `finalize`, of Namespaces alone.
    Finalize,
    /// `eviction`, of Pods alone; it is only made.
    Eviction,
    /// `approval`, of CertificateSigningRequests alone.
    Approval,
    /// `token`, of ServiceAccounts alone.
    Token,
}

/// A resource, or an object of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ResourcePath {
    /// API group; empty for the core group.
    pub(crate) group: String,
    /// Version.
    pub(crate) version: String,
    /// The namespace in the path.
    pub(crate) namespace: Option<String>,
    /// The resource.
    pub(crate) plural: String,
    /// The object.
    pub(crate) name: Option<String>,
    /// The part of the object, as the path writes it.
    pub(crate) subresource: Option<String>,
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `/`.
    Root,
    /// `/healthz`, `/livez`, `/readyz`.
    Health,
    /// `/version`.
    Version,
    /// `/api`.
    CoreVersions,
    /// `/apis`.
    Groups,
    /// `/apis/{group}`.
    Group(String),
    /// `/api/v1`, `/apis/{group}/{version}`.
    GroupVersion(String, String),
    /// `/openapi/v2`.
    OpenApiV2,
    /// `/openapi/v3`.
    OpenApi,
    /// `/openapi/v3/...`: group and version.
    OpenApiGroupVersion(String, String),
    /// `/debug/backup`.
    Backup,
    /// A resource or an object.
    Resource(ResourcePath),
    /// Nothing that is served.
    Unknown,
}

/// Takes a path apart. A name that no logical cluster can have is nothing that is served.
pub(crate) fn parse(path: &str) -> (LogicalCluster, Target) {
    let parts: Option<Vec<String>> = path
        .split('/')
        .skip(1)
        .map(|part| percent_decode_str(part).decode_utf8().ok().map(Into::into))
        .collect();
    let Some(mut parts) = parts else {
        return (LogicalCluster::root(), Target::Unknown);
    };
    if parts.last().is_some_and(String::is_empty) {
        parts.pop();
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["clusters", name, rest @ ..] => match LogicalCluster::new(name) {
            Ok(cluster) => (cluster, target(rest)),
            Err(_) => (LogicalCluster::root(), Target::Unknown),
        },
        rest => (LogicalCluster::root(), target(rest)),
    }
}

fn target(parts: &[&str]) -> Target {
    if parts.iter().any(|part| part.is_empty() || part.contains('\0')) {
        return Target::Unknown;
    }
    match parts {
        [] => Target::Root,
        ["healthz" | "livez" | "readyz"]
        | ["healthz" | "livez" | "readyz", "ping" | "store" | "shutdown"] => Target::Health,
        ["version"] => Target::Version,
        ["debug", "backup"] => Target::Backup,
        ["api"] => Target::CoreVersions,
        ["api", version] => Target::GroupVersion(String::new(), (*version).to_owned()),
        ["api", version, rest @ ..] => resource("", version, rest),
        ["apis"] => Target::Groups,
        ["apis", group] => Target::Group((*group).to_owned()),
        ["apis", group, version] => Target::GroupVersion((*group).to_owned(), (*version).to_owned()),
        ["apis", group, version, rest @ ..] => resource(group, version, rest),
        ["openapi", "v2"] => Target::OpenApiV2,
        ["openapi", "v3"] => Target::OpenApi,
        ["openapi", "v3", "api", version] => {
            Target::OpenApiGroupVersion(String::new(), (*version).to_owned())
        }
        ["openapi", "v3", "apis", group, version] => {
            Target::OpenApiGroupVersion((*group).to_owned(), (*version).to_owned())
        }
        _ => Target::Unknown,
    }
}

fn resource(group: &str, version: &str, rest: &[&str]) -> Target {
    // `namespaces/x` is the Namespace x, and so are its own subresources; a third part is a resource in it.
    let (namespace, rest) = match rest {
        ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => (None, rest),
        ["namespaces", namespace, inside @ ..] => (Some((*namespace).to_owned()), inside),
        all => (None, all),
    };
    let part = |index: usize| rest.get(index).map(|part| (*part).to_owned());
    let (Some(plural), None) = (part(0), part(3)) else {
        return Target::Unknown;
    };
    Target::Resource(ResourcePath {
        group: group.to_owned(),
        version: version.to_owned(),
        namespace,
        plural,
        name: part(1),
        subresource: part(2),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource_path(path: &str) -> ResourcePath {
        match parse(path).1 {
            Target::Resource(resource) => resource,
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn paths_name_resources_objects_and_parts() {
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            ("/api/v1/namespaces", "", None, "namespaces", None, None),
            ("/api/v1/namespaces/a", "", None, "namespaces", some("a"), None),
            (
                "/api/v1/namespaces/a/finalize",
                "",
                None,
                "namespaces",
                some("a"),
                some("finalize"),
            ),
            ("/api/v1/namespaces/a/pods", "", some("a"), "pods", None, None),
            (
                "/api/v1/namespaces/a/pods/p/status",
                "",
                some("a"),
                "pods",
                some("p"),
                some("status"),
            ),
            ("/api/v1/nodes/n%2Dx", "", None, "nodes", some("n-x"), None),
            ("/apis/g.io/v1/things/", "g.io", None, "things", None, None),
            (
                "/apis/g.io/v1/namespaces/a/things/t/scale",
                "g.io",
                some("a"),
                "things",
                some("t"),
                some("scale"),
            ),
        ];
        for (path, group, namespace, plural, name, subresource) in cases {
            let found = resource_path(path);
            assert_eq!(found.group, group, "{path}");
            assert_eq!(
                (
                    found.namespace,
                    found.plural.as_str(),
                    found.name,
                    found.subresource
                ),
                (namespace, plural, name, subresource),
                "{path}"
            );
        }
    }

    #[test]
    fn logical_clusters_stand_before_the_same_paths() {
        let (cluster, target) = parse("/clusters/w1/version");
        assert_eq!((cluster.as_str(), target), ("w1", Target::Version));
        assert_eq!(parse("/clusters/W_1/version").1, Target::Unknown);
        assert!(parse("/api").0.is_root());
    }

    #[test]
    fn nonsense_is_unknown() {
        for path in [
            "/api/v1/pods/a/b/c",
            "/api//v1",
            "/apis/g/v/x/%00",
            "/nope",
            "/api/v1/namespaces/%ff",
        ] {
            assert_eq!(parse(path).1, Target::Unknown, "{path}");
        }
    }
}
