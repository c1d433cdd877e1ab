//! What a management cluster has to serve and to allow before controllers can work there. Without it they would wait for
//! ever, and say nothing.

use std::collections::BTreeSet;

use color_eyre::eyre::bail;
use fleetui_api::kinds::INFRASTRUCTURE;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, ApiResource, PostParams};

use super::management::Management;
use super::tell;

/// How many questions are asked at a time.
const AT_ONCE: usize = 8;

/// How many things a message names; the others are counted.
const NAMED: usize = 3;

/// What the controllers watch beside Cluster API's kinds.
const BUILT_IN: [&str; 2] = ["configmaps", "secrets"];

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
    let denied = denied(management, &there).await?;
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

/// What of the watching is not allowed, as `watch machines.cluster.x-k8s.io`.
async fn denied(management: &Management, kinds: &[ApiResource]) -> color_eyre::Result<Vec<String>> {
    let mut resources: Vec<(&str, &str)> = kinds
        .iter()
        .map(|kind| (kind.group.as_str(), kind.plural.as_str()))
        .collect();
    resources.extend(BUILT_IN.map(|plural| ("", plural)));
    let asked = resources
        .into_iter()
        .flat_map(|(group, plural)| ["list", "watch"].map(|verb| (verb, group, plural)));
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
