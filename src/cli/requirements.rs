//! What a management cluster has to serve and to allow before controllers can work there. Without it they would wait for
//! ever, and say nothing.

use std::collections::BTreeSet;

use color_eyre::eyre::bail;
use fleetui_api::kinds::{CLUSTERCTL, INFRASTRUCTURE};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, ApiResource, PostParams};

use super::management::Management;
use super::status::Refused;
use super::tell;

/// How many questions are asked at a time.
const AT_ONCE: usize = 8;

/// How many things a message names; the others are counted.
const NAMED: usize = 3;

/// What the controllers watch beside Cluster API's kinds.
const BUILT_IN: [&str; 2] = ["configmaps", "secrets"];

/// What is installed: groups and plurals.
const INSTALLED: [(&str, &str); 3] = [
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("", "namespaces"),
    (CLUSTERCTL, "providers"),
];

/// Refuses where kinds are missing or may not be watched. Providers that are not there are told of, and no more: their kinds
/// may come later.
pub(crate) async fn check(management: &Management) -> color_eyre::Result<()> {
    let served = served(management).await?;
    let (there, missing): (Vec<ApiResource>, Vec<ApiResource>) = fleetui_controllers::watched()
        .partition(|kind| served.contains(&(kind.api_version.clone(), kind.plural.clone())));
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
    let denied = unwatchable(management, &there).await?;
    if denied.is_empty() {
        return Ok(());
    }
    bail!(
        "{name} does not let you {}; the controllers need it in all namespaces",
        some(&denied)
    )
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
    let denied = denied(management, INSTALLED, ["create", "patch"]).await?;
    if denied.is_empty() {
        return Ok(());
    }
    let name = &management.name;
    Err(Refused(format!(
        "{name} does not let you {}; nothing was sent",
        some(&denied)
    ))
    .into())
}

/// What of the watching is not allowed.
async fn unwatchable(management: &Management, kinds: &[ApiResource]) -> color_eyre::Result<Vec<String>> {
    let watched = kinds
        .iter()
        .map(|kind| (kind.group.as_str(), kind.plural.as_str()))
        .chain(BUILT_IN.map(|plural| ("", plural)));
    denied(management, watched, ["list", "watch"]).await
}

/// What of these verbs is not allowed with resources of these groups and plurals, as `watch machines.cluster.x-k8s.io`.
async fn denied<'a>(
    management: &Management,
    resources: impl IntoIterator<Item = (&'a str, &'a str)>,
    verbs: [&str; 2],
) -> color_eyre::Result<Vec<String>> {
    let asked = resources
        .into_iter()
        .flat_map(|(group, plural)| verbs.map(|verb| (verb, group, plural)));
    let answers: Vec<Option<String>> = stream::iter(asked)
        .map(|(verb, group, plural)| async move {
            let allowed = allows(management, verb, group, plural).await?;
            let named = if group.is_empty() {
                format!("{verb} {plural}")
            } else {
                format!("{verb} {plural}.{group}")
            };
            color_eyre::Result::<_>::Ok((!allowed).then_some(named))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(answers.into_iter().flatten().collect())
}

async fn allows(management: &Management, verb: &str, group: &str, plural: &str) -> color_eyre::Result<bool> {
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: Some(verb.to_owned()),
                group: Some(group.to_owned()),
                resource: Some(plural.to_owned()),
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
