//! Which kinds a management cluster serves: in one request where discovery is aggregated, else group by group.

use fleetui_base::GroupKind;
use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::Value;

use crate::catalogue::{Catalogue, GROUPS, Served};
use crate::fault::Fault;
use crate::request::Requester;
use crate::settings::ClientSettings;

/// Aggregated discovery in its two versions, else the plain list of groups.
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                      application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                      application/json";

/// Asks the server for the kinds of the groups that matter.
pub(crate) async fn discover(requester: &Requester, settings: &ClientSettings) -> Result<Catalogue, Fault> {
    let limit = settings.request_timeout;
    let text = requester.get_as("/apis", ACCEPT, limit).await?;
    let answer: Value = serde_json::from_str(&text).map_err(|error| garbled(&error))?;
    if answer.get("kind").and_then(Value::as_str) == Some("APIGroupDiscoveryList") {
        return aggregated(answer);
    }
    let group_versions = group_versions(answer)?;
    let lists = group_versions.iter().map(|group_version| async move {
        match requester.get(&format!("/apis/{group_version}"), limit).await {
            Ok(text) => of_group_version(group_version, &text),
            // A version can go between the two requests.
            Err(Fault::NotFound(_)) => Ok(Vec::new()),
            Err(fault) => Err(fault),
        }
    });
    Ok(Catalogue::new(
        try_join_all(lists).await?.into_iter().flatten().collect(),
    ))
}

#[derive(Deserialize)]
struct Aggregated {
    #[serde(default)]
    items: Vec<AggregatedGroup>,
}

#[derive(Deserialize)]
struct AggregatedGroup {
    metadata: GroupName,
    #[serde(default)]
    versions: Vec<AggregatedVersion>,
}

#[derive(Deserialize)]
struct GroupName {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct AggregatedVersion {
    version: String,
    #[serde(default)]
    resources: Vec<AggregatedResource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AggregatedResource {
    resource: String,
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

fn aggregated(answer: Value) -> Result<Catalogue, Fault> {
    let answer: Aggregated = serde_json::from_value(answer).map_err(|error| garbled(&error))?;
    let mut served = Vec::new();
    for group in answer
        .items
        .iter()
        .filter(|group| GROUPS.contains(&group.metadata.name.as_str()))
    {
        for version in &group.versions {
            served.extend(version.resources.iter().filter_map(|resource| {
                let kind = resource
                    .response_kind
                    .as_ref()
                    .filter(|kind| !kind.kind.is_empty())?;
                Some(Served {
                    kind: GroupKind::new(&group.metadata.name, &kind.kind),
                    version: version.version.as_str().into(),
                    plural: resource.resource.as_str().into(),
                    namespaced: resource.scope == "Namespaced",
                    watchable: is_watchable(&resource.verbs),
                })
            }));
        }
    }
    Ok(Catalogue::new(served))
}

#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<GroupVersion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupVersion {
    group_version: String,
}

fn group_versions(answer: Value) -> Result<Vec<String>, Fault> {
    let answer: Groups = serde_json::from_value(answer).map_err(|error| garbled(&error))?;
    let ours = answer
        .groups
        .into_iter()
        .filter(|group| GROUPS.contains(&group.name.as_str()));
    Ok(ours
        .flat_map(|group| group.versions)
        .map(|version| version.group_version)
        .collect())
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

/// The kinds of one group and version.
pub(crate) fn of_group_version(group_version: &str, text: &str) -> Result<Vec<Served>, Fault> {
    let answer: Resources = serde_json::from_str(text).map_err(|error| garbled(&error))?;
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let whole = answer
        .resources
        .into_iter()
        .filter(|resource| !resource.name.contains('/'));
    Ok(whole
        .map(|resource| Served {
            kind: GroupKind::new(group, &resource.kind),
            version: version.into(),
            plural: resource.name.as_str().into(),
            namespaced: resource.namespaced,
            watchable: is_watchable(&resource.verbs),
        })
        .collect())
}

fn is_watchable(verbs: &[String]) -> bool {
    ["list", "watch"]
        .iter()
        .all(|needed| verbs.iter().any(|verb| verb == needed))
}

fn garbled(error: &serde_json::Error) -> Fault {
    Fault::Garbled(format!("discovery: {error}"))
}
