//! What the demo asks of its management clusters, each answer within a time.

use std::time::Duration;

use color_eyre::eyre::WrapErr as _;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use serde_json::Value;

use super::world::Place;

/// The longest that one request may take.
const REQUEST: Duration = Duration::from_secs(15);

/// Changes an object.
pub(super) async fn change(
    place: &Place,
    (api_version, kind): (&str, &str),
    (namespace, name): (&str, &str),
    patch: &Value,
) -> color_eyre::Result<()> {
    let api = namespaced(place, api_version, kind, namespace);
    within(api.patch(name, &PatchParams::apply("demo"), &Patch::Merge(patch))).await?;
    Ok(())
}

/// Waits for an answer, but not for ever.
pub(super) async fn within<T>(request: impl Future<Output = kube::Result<T>>) -> color_eyre::Result<T> {
    Ok(tokio::time::timeout(REQUEST, request)
        .await
        .wrap_err("the demo's own server does not answer")??)
}

/// Creates an object; one that is there already is left as it is.
pub(super) async fn create(place: &Place, object: &Value) -> color_eyre::Result<()> {
    let object: DynamicObject = serde_json::from_value(object.clone())?;
    let types = object.types.clone().unwrap_or_default();
    let api = match &object.metadata.namespace {
        Some(namespace) => namespaced(place, &types.api_version, &types.kind, namespace),
        None => Api::all_with(place.client.clone(), &resource(&types.api_version, &types.kind)),
    };
    let created = async {
        match api.create(&PostParams::default(), &object).await {
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            created => created.map(drop),
        }
    };
    within(created)
        .await
        .wrap_err_with(|| format!("the demo's {}", types.kind))
}

pub(super) fn namespaced(
    place: &Place,
    api_version: &str,
    kind: &str,
    namespace: &str,
) -> Api<DynamicObject> {
    Api::namespaced_with(place.client.clone(), namespace, &resource(api_version, kind))
}

fn resource(api_version: &str, kind: &str) -> ApiResource {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}
