//! What a management cluster has to serve and to allow before controllers can work there. Without it they would wait for
//! ever, and say nothing.

use std::collections::BTreeSet;

use color_eyre::eyre::bail;
use fleetui_api::kinds::INFRASTRUCTURE;
use fleetui_controllers::Permission;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, ApiResource, PostParams};

use super::management::Management;
use super::status::Denied;
use super::{rbac, tell};

/// How many questions are asked at a time.
const AT_ONCE: usize = 16;

/// How many things a message names; the others are counted.
const NAMED: usize = 3;

/// Refuses where kinds are missing, or something may not be done that the controllers do, whose Lease is in `namespace`. Providers
/// that are not there are told of, and no more: their kinds may come later.
pub(crate) async fn check(management: &Management, namespace: &str) -> color_eyre::Result<()> {
    let served = served(management).await?;
    let missing: Vec<ApiResource> = fleetui_controllers::watched()
        .filter(|kind| !served.contains(&(kind.api_version.clone(), kind.plural.clone())))
        .collect();
    let is_there = |permission: &Permission| {
        let plural = permission.resource.split('/').next().unwrap_or_default();
        let mut missing = missing.iter();
        !missing.any(|kind| kind.group == permission.group && kind.plural == plural)
    };
    let mut permissions = rbac::controllers();
    permissions.retain(is_there);
    let (providers, needed): (Vec<ApiResource>, Vec<ApiResource>) =
        missing.into_iter().partition(|kind| kind.group == INFRASTRUCTURE);
    let name = &management.name;
    if !needed.is_empty() {
        bail!(
            "{name} does not serve {}; install them with: fleetui init --context {name}",
            some(&needed.iter().map(versioned).collect::<Vec<_>>())
        );
    }
    if !providers.is_empty() {
        tell(&format!(
            "{name} does not serve {}; whoever needs them waits until it does (fleetui init --context {name} brings them)",
            some(&providers.iter().map(versioned).collect::<Vec<_>>())
        ));
    }
    let of_lease = [rbac::leading()];
    let denied = denied(management, &[(None, &permissions), (Some(namespace), &of_lease)]).await?;
    if denied.is_empty() {
        return Ok(());
    }
    let what = some(&denied);
    Err(Denied(format!(
        "{name} does not let you {what}, as the controllers have to"
    ))
    .into())
}

/// The versions and plurals that are served, of the groups that are watched.
async fn served(management: &Management) -> color_eyre::Result<BTreeSet<(String, String)>> {
    let versions: BTreeSet<String> = fleetui_controllers::watched()
        .map(|kind| kind.api_version)
        .collect();
    let mut served = BTreeSet::new();
    for version in versions {
        let asking = async {
            match management.client.list_api_group_resources(&version).await {
                Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
                other => other.map(|list| list.resources),
            }
        };
        for resource in management.answer(asking).await? {
            served.insert((version.clone(), resource.name));
        }
    }
    Ok(served)
}

/// Refuses where this user may not install the kinds and the inventory, before anything is sent.
pub(crate) async fn may_install(management: &Management) -> color_eyre::Result<()> {
    let denied = denied(management, &[(None, &rbac::init())]).await?;
    if denied.is_empty() {
        return Ok(());
    }
    let name = &management.name;
    Err(Denied(format!(
        "{name} does not let you {}; nothing was sent",
        some(&denied)
    ))
    .into())
}

/// What of this is not allowed, each in a namespace or in all of them, as `watch machines.cluster.x-k8s.io`. What few servers check,
/// and what a provider's own roles may allow kind by kind, is not asked for.
async fn denied(
    management: &Management,
    wanted: &[(Option<&str>, &[Permission])],
) -> color_eyre::Result<Vec<String>> {
    // Whoever may do everything is asked nothing more.
    if allows(management, None, ("*", "*", "*")).await? {
        return Ok(Vec::new());
    }
    let asked = wanted
        .iter()
        .flat_map(|(namespace, permissions)| permissions.iter().map(move |it| (*namespace, it)))
        .filter(|(_, it)| it.resource != "*" && !it.resource.ends_with("/finalizers"))
        .flat_map(|(namespace, it)| {
            let deed = move |verb: &&'static str| (namespace, *verb, it.group, it.resource.as_str());
            it.verbs.iter().map(deed)
        });
    let answers: Vec<Option<String>> = stream::iter(asked)
        .map(|(namespace, verb, group, resource)| async move {
            let allowed = allows(management, namespace, (verb, group, resource)).await?;
            let named = if group.is_empty() {
                format!("{verb} {resource}")
            } else {
                format!("{verb} {resource}.{group}")
            };
            color_eyre::Result::<_>::Ok((!allowed).then_some(named))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(answers.into_iter().flatten().collect())
}

/// Whether a verb is allowed with a resource of a group, `machines` or `machines/status`.
async fn allows(
    management: &Management,
    namespace: Option<&str>,
    (verb, group, resource): (&str, &str, &str),
) -> color_eyre::Result<bool> {
    let (plural, part) = match resource.split_once('/') {
        Some((plural, part)) => (plural, Some(part.to_owned())),
        None => (resource, None),
    };
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: Some(verb.to_owned()),
                group: Some(group.to_owned()),
                resource: Some(plural.to_owned()),
                subresource: part,
                namespace: namespace.map(str::to_owned),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let api: Api<SelfSubjectAccessReview> = Api::all(management.client.clone());
    let params = PostParams::default();
    let answer = management.answer(api.create(&params, &review)).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

fn versioned(kind: &ApiResource) -> String {
    format!("{} ({})", kind.kind, kind.api_version)
}

/// The first of them, and how many more there are.
fn some(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
