//! The resources of who may what: roles and bindings, certificate requests, and reviews, which are asked and never kept.

use super::Resource;
use super::builtin::ALL_VERBS;

/// The group of reviews of tokens and of oneself.
pub(crate) const AUTHENTICATION: &str = "authentication.k8s.io";
/// The group of reviews of permissions.
pub(crate) const AUTHORIZATION: &str = "authorization.k8s.io";
/// The group of certificate requests.
pub(crate) const CERTIFICATES: &str = "certificates.k8s.io";
/// Certificate requests.
pub(crate) const REQUESTS: &str = "certificatesigningrequests";

/// Group, kind, plural, whether in namespaces.
const KEPT: [(&str, &str, &str, bool); 5] = [
    (CERTIFICATES, "CertificateSigningRequest", REQUESTS, false),
    (
        crate::authz::GROUP,
        "ClusterRoleBinding",
        "clusterrolebindings",
        false,
    ),
    (crate::authz::GROUP, "ClusterRole", "clusterroles", false),
    (crate::authz::GROUP, "RoleBinding", "rolebindings", true),
    (crate::authz::GROUP, "Role", "roles", true),
];

/// The same of reviews.
const REVIEWS: [(&str, &str, &str, bool); 6] = [
    (AUTHENTICATION, "SelfSubjectReview", "selfsubjectreviews", false),
    (AUTHENTICATION, "TokenReview", "tokenreviews", false),
    (
        AUTHORIZATION,
        "LocalSubjectAccessReview",
        "localsubjectaccessreviews",
        true,
    ),
    (
        AUTHORIZATION,
        "SelfSubjectAccessReview",
        "selfsubjectaccessreviews",
        false,
    ),
    (
        AUTHORIZATION,
        "SelfSubjectRulesReview",
        "selfsubjectrulesreviews",
        false,
    ),
    (
        AUTHORIZATION,
        "SubjectAccessReview",
        "subjectaccessreviews",
        false,
    ),
];

/// All of them.
pub(super) fn resources() -> impl Iterator<Item = Resource> {
    let kept = KEPT.iter().map(|row| Resource {
        verbs: ALL_VERBS.to_vec(),
        status_subresource: row.0 == CERTIFICATES,
        short_names: if row.0 == CERTIFICATES {
            vec!["csr".to_owned()]
        } else {
            Vec::new()
        },
        ..resource(row)
    });
    let reviews = REVIEWS.iter().map(|row| Resource {
        verbs: vec!["create"],
        ..resource(row)
    });
    kept.chain(reviews)
}

fn resource(&(group, kind, plural, namespaced): &(&str, &str, &str, bool)) -> Resource {
    Resource {
        group: group.to_owned(),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        namespaced,
        ..Resource::default()
    }
}

/// Whether a resource is a review: it is created, answered, and not kept.
pub(crate) fn is_review(resource: &Resource) -> bool {
    matches!(resource.group.as_str(), AUTHENTICATION | AUTHORIZATION)
}
