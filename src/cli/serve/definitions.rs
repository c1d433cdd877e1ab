//! The definitions of Cluster API's kinds, installed into a management cluster of ours when it starts.

use std::time::Duration;

use color_eyre::eyre::{WrapErr as _, eyre};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, PostParams};
use serde_json::Value;

/// Who owns what the definitions say.
const MANAGER: &str = "fleetui";
/// The longest that one request may take.
const REQUEST: Duration = Duration::from_secs(30);
/// Definitions that are installed at a time; commits that wait together share one write to disk.
const AT_ONCE: usize = 8;
/// How often a definition is read again when somebody else writes it in between.
const ATTEMPTS: usize = 5;

/// Installs what is missing, and brings up to date what an earlier version of this program installed. When it returns,
/// all kinds are served. `client` is the server's installer, as nobody else may change these definitions.
pub(crate) async fn install(client: &Client) -> color_eyre::Result<()> {
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &ApiResource::from_gvk(&kind));
    stream::iter(fleetui_api::crds::all().map(|definition| install_one(&api, definition)))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn install_one(api: &Api<DynamicObject>, definition: Value) -> color_eyre::Result<()> {
    let definition: DynamicObject = serde_json::from_value(definition)?;
    let name = definition.metadata.name.clone().unwrap_or_default();
    for _ in 0..ATTEMPTS {
        let installed = tokio::time::timeout(REQUEST, try_install(api, &name, &definition)).await;
        match installed.wrap_err_with(|| format!("the definition {name} was not installed in time"))? {
            Ok(()) => return Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => {
                return Err(error).wrap_err_with(|| format!("the definition {name} was not installed"));
            }
        }
    }
    Err(eyre!(
        "the definition {name} is being written by somebody else all the time"
    ))
}

async fn try_install(api: &Api<DynamicObject>, name: &str, definition: &DynamicObject) -> kube::Result<()> {
    let Some(mut found) = api.get_opt(name).await? else {
        return api.create(&writing(), definition).await.map(drop);
    };
    if is_up_to_date(&found, definition) {
        return Ok(());
    }
    if let Some(spec) = definition.data.get("spec") {
        found.data["spec"] = spec.clone();
    }
    let labels = definition.metadata.labels.clone().unwrap_or_default();
    found.metadata.labels.get_or_insert_default().extend(labels);
    api.replace(name, &writing(), &found).await.map(drop)
}

fn writing() -> PostParams {
    PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    }
}

/// Whether all that we would write is there. The server adds defaults, so it may hold more.
fn is_up_to_date(found: &DynamicObject, wanted: &DynamicObject) -> bool {
    let none = std::collections::BTreeMap::new();
    let labels = found.metadata.labels.as_ref().unwrap_or(&none);
    let has_labels = wanted
        .metadata
        .labels
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key) == Some(value));
    has_labels && contains(&found.data["spec"], &wanted.data["spec"])
}

/// Whether `whole` has everything that `part` has.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|whole| contains(whole, value))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}

#[cfg(test)]
mod tests {
    use fleetui_apiserver::{ApiServer, LogicalCluster};

    use super::*;

    fn definitions(client: &Client) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
    }

    #[tokio::test]
    async fn a_second_installation_writes_nothing_and_an_old_one_is_brought_up_to_date() {
        let server = ApiServer::builder().build().await.unwrap();
        let client = server.client(&LogicalCluster::root());
        install(&client).await.unwrap();
        let revision = server.revision();
        install(&client).await.unwrap();
        assert_eq!(server.revision(), revision);

        let api = definitions(&client);
        let name = "machines.cluster.x-k8s.io";
        let mut old = api.get(name).await.unwrap();
        old.data["spec"]["versions"][0]["additionalPrinterColumns"] = serde_json::json!([]);
        old.metadata
            .labels
            .get_or_insert_default()
            .insert("mine".to_owned(), "stays".to_owned());
        api.replace(name, &PostParams::default(), &old).await.unwrap();
        install(&client).await.unwrap();
        let new = api.get(name).await.unwrap();
        let columns = new.data["spec"]["versions"][0]["additionalPrinterColumns"]
            .as_array()
            .unwrap();
        assert!(!columns.is_empty());
        assert_eq!(new.metadata.labels.unwrap()["mine"], "stays");
        server.shutdown().await;
    }

    #[test]
    fn what_the_server_adds_is_no_difference() {
        let wanted = serde_json::json!({"a": [{"b": 1}], "c": "d"});
        assert!(contains(
            &serde_json::json!({"a": [{"b": 1, "more": true}], "c": "d", "e": {}}),
            &wanted
        ));
        assert!(!contains(
            &serde_json::json!({"a": [{"b": 2}], "c": "d"}),
            &wanted
        ));
        assert!(!contains(&serde_json::json!({"a": [], "c": "d"}), &wanted));
        assert!(!contains(&serde_json::json!({"a": [{"b": 1}]}), &wanted));
    }
}
