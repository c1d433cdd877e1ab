//! What a logical cluster and its namespaces have without anybody making it: the Service `default/kubernetes` with its
//! endpoints, a ServiceAccount `default` in each namespace, and the server's certificate authority for whoever looks in
//! `kube-root-ca.crt`.
//!
//! They come in the same write as what they belong to, and come again when somebody deletes them. The authority and the
//! address are known once the server listens.

use std::net::SocketAddr;
use std::sync::Arc;

use fleetui_pki::Authority;
use serde_json::{Value, json};

use crate::call::{Place, Shared};
use crate::handlers::create::{guards, rules};
use crate::handlers::record;
use crate::handlers::update::{Written, change};
use crate::hosted::Hosted;
use crate::logical::LogicalCluster;
use crate::object::{metadata_text, set_field};
use crate::status::ApiError;
use crate::storage::memory::Range;
use crate::storage::{Batch, Change, CollectionKey, CommitError, Draft, Precondition};
use crate::strategy::Part;

const SERVICES: (&str, &str) = ("", "services");
const ENDPOINTS: (&str, &str) = ("", "endpoints");
const SLICES: (&str, &str) = ("discovery.k8s.io", "endpointslices");
const ACCOUNTS: (&str, &str) = ("", "serviceaccounts");
const CONFIG_MAPS: (&str, &str) = ("", "configmaps");

/// The name of the ConfigMap with the server's certificate authority.
const AUTHORITY: &str = "kube-root-ca.crt";

/// Adds what a logical cluster lacks, its namespaces and those that are about to come included.
pub(crate) fn of_cluster(
    shared: &Arc<Shared>,
    hosted: &Arc<Hosted>,
    coming: &[&str],
    batch: &mut Batch,
) -> Result<(), ApiError> {
    let labels = json!({"component": "apiserver", "provider": "kubernetes"});
    let port = json!({"name": "https", "port": 443, "protocol": "TCP"});
    let service = json!({
        "metadata": {"name": "kubernetes", "labels": labels},
        // There is no address that leads to it; its endpoints are the way.
        "spec": {"clusterIP": "None", "clusterIPs": ["None"], "ports": [port], "type": "ClusterIP"},
    });
    add(shared, hosted, (SERVICES, "default"), service, batch)?;
    let endpoints = json!({"metadata": {"name": "kubernetes", "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}});
    add(shared, hosted, (ENDPOINTS, "default"), endpoints, batch)?;
    let slice = json!({
        "metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "endpoints": [],
        "ports": [],
    });
    add(shared, hosted, (SLICES, "default"), slice, batch)?;
    let mut namespaces = namespaces(shared, &hosted.name);
    namespaces.extend(coming.iter().map(|name| (*name).to_owned()));
    namespaces.sort_unstable();
    namespaces.dedup();
    for namespace in namespaces {
        of_namespace(shared, hosted, &namespace, batch)?;
    }
    Ok(())
}

/// The namespaces that are there and stay.
fn namespaces(shared: &Shared, cluster: &LogicalCluster) -> Vec<String> {
    let collection = CollectionKey::new(cluster, "", "namespaces");
    let snapshot = shared
        .store
        .read(|memory| memory.snapshot(&collection, Range::default(), None));
    let stored = snapshot.into_iter().flat_map(|snapshot| snapshot.objects);
    stored
        .filter(|namespace| !namespace.meta.deleting())
        .map(|namespace| namespace.key.object.name.to_string())
        .collect()
}

/// Adds what a namespace lacks.
pub(crate) fn of_namespace(
    shared: &Arc<Shared>,
    hosted: &Arc<Hosted>,
    namespace: &str,
    batch: &mut Batch,
) -> Result<(), ApiError> {
    let account = json!({"metadata": {"name": "default"}});
    add(shared, hosted, (ACCOUNTS, namespace), account, batch)?;
    if let Some(authority) = &shared.keys.credentials().authority {
        let map = json!({
            "metadata": {
                "name": AUTHORITY,
                "annotations": {"kubernetes.io/description": "The certificate authority of this API server."},
            },
            "data": {"ca.crt": authority.certificate_pem()},
        });
        add(shared, hosted, (CONFIG_MAPS, namespace), map, batch)?;
    }
    Ok(())
}

/// Adds an object that is not there.
fn add(
    shared: &Arc<Shared>,
    hosted: &Arc<Hosted>,
    ((group, plural), namespace): ((&str, &str), &str),
    mut object: Value,
    batch: &mut Batch,
) -> Result<(), ApiError> {
    let place = place(shared, hosted, (group, plural))?;
    let key = place.key(namespace, metadata_text(&object, "name"));
    if shared.store.get(&key).is_some() {
        return Ok(());
    }
    set_field(
        &mut object,
        "apiVersion",
        Some(json!(place.resource.api_version())),
    );
    set_field(&mut object, "kind", Some(json!(place.resource.kind)));
    let book = record::open(&place, Part::Main, None, &mut object);
    rules(&place, |rules| rules.prepare_create(&mut object, namespace))?;
    record::enter(book, &mut object);
    batch.add(key, Precondition::Absent, Change::Put(Draft::encode(&object)?));
    Ok(())
}

fn place(
    shared: &Arc<Shared>,
    hosted: &Arc<Hosted>,
    (group, plural): (&str, &str),
) -> Result<Place, ApiError> {
    let resource = hosted.served().find(group, "v1", plural);
    let resource = resource.ok_or_else(|| ApiError::internal(format!("{plural} are not served")))?;
    Ok(Place::new(shared, hosted, resource))
}

/// Makes again what somebody deleted from a namespace that stays. `namespaces` is where the namespace itself is.
pub(crate) async fn restore(namespaces: &Place, namespace: &str) -> Result<(), ApiError> {
    let Place { shared, hosted, .. } = namespaces;
    let mut batch = Batch::default();
    of_namespace(shared, hosted, namespace, &mut batch)?;
    if batch.is_empty() {
        return Ok(());
    }
    let accounts = place(shared, hosted, ACCOUNTS)?;
    let mut guarded = guards(&accounts, &accounts.key(namespace, "default"))?;
    guarded.append(batch);
    match shared.store.commit(guarded).await {
        Ok(_) => Ok(()),
        Err(CommitError::Conflict { .. }) => Err(ApiError::unavailable("another write came first")),
        Err(error @ (CommitError::Closed | CommitError::Timeout | CommitError::Failed(_))) => {
            Err(ApiError::commit(&error))
        }
    }
}

/// Tells where the server listens and who signs for it, in every logical cluster.
pub(crate) async fn publish(shared: &Arc<Shared>, address: SocketAddr) -> Result<(), ApiError> {
    let credentials = shared.keys.credentials();
    let authority = credentials.authority.as_ref();
    let authority = authority.map(Authority::certificate_pem).unwrap_or_default();
    for name in shared.clusters.names() {
        let Some(hosted) = shared.clusters.get(&name) else {
            continue;
        };
        for namespace in namespaces(shared, &name) {
            let namespaces = place(shared, &hosted, ("", "namespaces"))?;
            restore(&namespaces, &namespace).await?;
            set_authority(&place(shared, &hosted, CONFIG_MAPS)?, &namespace, authority).await?;
        }
    }
    let Some(root) = shared.clusters.get(&LogicalCluster::root()) else {
        return Ok(());
    };
    // Logical clusters have their paths behind the same address, which an endpoint cannot tell.
    let port = json!([{"name": "https", "port": address.port(), "protocol": "TCP"}]);
    let kind = if address.is_ipv4() { "IPv4" } else { "IPv6" };
    let slice = [
        ("addressType", json!(kind)),
        (
            "endpoints",
            json!([{"addresses": [address.ip()], "conditions": {"ready": true}}]),
        ),
        ("ports", port.clone()),
    ];
    set(&place(shared, &root, SLICES)?, &slice).await?;
    let subset = json!([{"addresses": [{"ip": address.ip()}], "ports": port}]);
    set(&place(shared, &root, ENDPOINTS)?, &[("subsets", subset)]).await
}

/// Somebody who deletes one of these objects is let; it comes back with the next start.
fn unless_deleted(changed: Result<Written, ApiError>) -> Result<(), ApiError> {
    match changed {
        Err(error) if error.reason() != "NotFound" => Err(error),
        Err(_) | Ok(_) => Ok(()),
    }
}

async fn set_authority(place: &Place, namespace: &str, authority: &str) -> Result<(), ApiError> {
    let key = place.key(namespace, AUTHORITY);
    let changed = change(place, &key, (Part::Main, false), |old| {
        let mut new = old.clone();
        set_field(&mut new, "data", Some(json!({"ca.crt": authority})));
        Ok(new)
    });
    unless_deleted(changed.await)
}

/// Sets fields of an object called `kubernetes` in the namespace `default`.
async fn set(place: &Place, fields: &[(&str, Value)]) -> Result<(), ApiError> {
    let key = place.key("default", "kubernetes");
    let changed = change(place, &key, (Part::Main, false), |old| {
        let mut new = old.clone();
        for (field, value) in fields {
            set_field(&mut new, field, Some(value.clone()));
        }
        Ok(new)
    });
    unless_deleted(changed.await)
}
