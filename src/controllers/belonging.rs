//! Whether the Cluster is there that an object belongs to. Without it nothing of the object is written, and nothing of it is
//! taken apart: upstream's reconcilers read the Cluster before they do anything else, also when the object is deleted.
//!
//! Must not know: what is done with an object.

use fleetui_api::v1beta2::{Cluster, Kind, Machine, MachinePool};
use fleetui_base::ObjectName;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use crate::cache::{Cache, Entry};
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::ownership;

/// What may be done about an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Belonging {
    /// Whatever its controller does: its Cluster is there, or it needs none.
    Known,
    /// Nothing before somebody has taken it over, or before its Cluster is there; that is seen when it happens. A sentence for the log.
    Awaited(&'static str),
}

/// How an object says to which Cluster it belongs.
enum Says {
    /// It is this one.
    Is(String),
    /// It needs none, or its controller knows what to do without one.
    Nothing,
    /// It will, and waits until then.
    NotYet(&'static str),
}

/// Looks for the Cluster of the object `id`, as far as the cache knows.
///
/// # Errors
/// [`Error::NoCluster`] where the object says to which Cluster it belongs and that is not there. A bootstrap configuration only
/// waits then, as upstream's does.
pub(crate) fn look(cache: &Cache, id: &ObjectId) -> Result<Belonging, Error> {
    let Some(entry) = cache.entry(id) else {
        return Ok(Belonging::Known);
    };
    let namespace = id.name.namespace.as_str();
    match says(cache, &entry) {
        Says::Nothing => Ok(Belonging::Known),
        Says::NotYet(why) => Ok(Belonging::Awaited(why)),
        Says::Is(name) if cache.get::<Cluster>(namespace, &name).is_some() => Ok(Belonging::Known),
        Says::Is(_) if id.kind == Watched::KubeadmConfig => Ok(Belonging::Awaited(
            "its Cluster does not exist yet; it waits until that is created",
        )),
        Says::Is(name) => Err(Error::NoCluster {
            cluster: ObjectName::new(namespace, &name),
        }),
    }
}

fn says(cache: &Cache, entry: &Entry) -> Says {
    let metadata = &entry.object.metadata;
    let deleting = metadata.is_deleting();
    match entry.id.kind {
        Watched::Machine
        | Watched::MachineSet
        | Watched::MachineDeployment
        | Watched::MachinePool
        | Watched::MachineHealthCheck => {
            let name = entry.object.data.pointer("/spec/clusterName");
            name.and_then(Value::as_str)
                .map_or(Says::Nothing, |name| Says::Is(name.to_owned()))
        }
        // Without an owner nothing was made that would have to be taken away.
        Watched::DevCluster if deleting => owner(metadata, Watched::Cluster).map_or(Says::Nothing, Says::Is),
        Watched::KubeadmControlPlane | Watched::DevCluster => owner(metadata, Watched::Cluster)
            .map_or(Says::NotYet("no Cluster has taken it over yet"), Says::Is),
        Watched::ByoCluster => owner(metadata, Watched::Cluster).map_or(Says::Nothing, Says::Is),
        Watched::DevMachine | Watched::DevMachinePool | Watched::ByoMachine => {
            of_owner(cache, entry).map_or(Says::Nothing, Says::Is)
        }
        Watched::KubeadmConfig if deleting || ownership::is_made_first(metadata) => Says::Nothing,
        Watched::KubeadmConfig => {
            of_owner(cache, entry).map_or(Says::NotYet("no machine has taken it over yet"), Says::Is)
        }
        Watched::Cluster
        | Watched::ClusterClass
        | Watched::ClusterResourceSet
        | Watched::ClusterResourceSetBinding
        | Watched::KubeadmConfigTemplate
        | Watched::DevMachineTemplate
        | Watched::MachineDrainRule
        | Watched::ByoHost
        | Watched::ByoMachineTemplate
        | Watched::K8sInstallerConfig
        | Watched::K8sInstallerConfigTemplate => Says::Nothing,
    }
}

/// Name of the first owner of this kind.
fn owner(metadata: &ObjectMeta, kind: Watched) -> Option<String> {
    let owners = metadata.owner_references.iter().flatten();
    let mut names = owners.filter(|owner| ownership::kind(owner) == Some(kind));
    names.next().map(|owner| owner.name.clone())
}

/// The Cluster of the Machine or MachinePool that something was made for, where that is there.
fn of_owner(cache: &Cache, entry: &Entry) -> Option<String> {
    fn named<K: Kind>(
        cache: &Cache,
        entry: &Entry,
        kind: Watched,
        name: fn(&Object<K>) -> &str,
    ) -> Option<String> {
        let owner = owner(&entry.object.metadata, kind)?;
        let owner = cache.get::<K>(&entry.id.name.namespace, &owner)?;
        Some(name(&owner).to_owned())
    }
    let of_machine = || named::<Machine>(cache, entry, Watched::Machine, |it| &it.spec.cluster_name);
    let of_pool = || named::<MachinePool>(cache, entry, Watched::MachinePool, |it| &it.spec.cluster_name);
    of_machine().or_else(of_pool)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kube::core::DynamicObject;
    use serde_json::json;

    use super::*;
    use crate::cache::Triggers;

    fn put(cache: &Cache, kind: Watched, more: &Value) -> ObjectId {
        let mut object = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind(),
            "metadata": {"name": "m", "namespace": "default", "uid": "uid-m", "resourceVersion": "1"}
        });
        json_patch::merge(&mut object, more);
        let object: DynamicObject = serde_json::from_value(object).expect("an object");
        let id = ObjectId::new(kind, "default", object.metadata.name());
        cache.put(id.clone(), object);
        id
    }

    fn owned_by(kind: Watched, name: &str) -> Value {
        json!({"metadata": {"ownerReferences": [{
            "apiVersion": kind.api_version(), "kind": kind.kind(), "name": name, "uid": "uid", "controller": true
        }]}})
    }

    /// What is found, in a few words.
    fn found(cache: &Cache, id: &ObjectId) -> String {
        match look(cache, id) {
            Ok(Belonging::Known) => "known".to_owned(),
            Ok(Belonging::Awaited(_)) => "awaited".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_object_whose_cluster_is_not_there_is_left_alone_until_it_is() {
        let missing = "failed to get Cluster default/c: Cluster.cluster.x-k8s.io \"c\" not found";
        let named = || json!({"spec": {"clusterName": "c"}});
        let of_cluster = || owned_by(Watched::Cluster, "c");
        let deleted = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}});
        let also_deleted = |mut object: Value| {
            json_patch::merge(&mut object, &deleted);
            object
        };
        let cases = [
            (Watched::Machine, named(), missing),
            (Watched::Machine, also_deleted(named()), missing),
            (Watched::MachineSet, named(), missing),
            (Watched::MachineDeployment, named(), missing),
            (Watched::MachinePool, named(), missing),
            (Watched::MachineHealthCheck, named(), missing),
            (Watched::KubeadmControlPlane, of_cluster(), missing),
            (Watched::KubeadmControlPlane, json!({}), "awaited"),
            (Watched::DevCluster, of_cluster(), missing),
            (Watched::DevCluster, also_deleted(of_cluster()), missing),
            (Watched::DevCluster, json!({}), "awaited"),
            (Watched::DevCluster, deleted.clone(), "known"),
            (Watched::ByoCluster, of_cluster(), missing),
            (Watched::ByoCluster, json!({}), "known"),
            (Watched::DevMachine, owned_by(Watched::Machine, "owner"), missing),
            (Watched::DevMachine, owned_by(Watched::MachineSet, "s"), "known"),
            (Watched::ByoMachine, owned_by(Watched::Machine, "owner"), missing),
            (
                Watched::DevMachinePool,
                owned_by(Watched::MachinePool, "owner"),
                missing,
            ),
            (
                Watched::KubeadmConfig,
                owned_by(Watched::Machine, "owner"),
                "awaited",
            ),
            (
                Watched::KubeadmConfig,
                owned_by(Watched::MachinePool, "owner"),
                "awaited",
            ),
            (Watched::KubeadmConfig, json!({}), "awaited"),
            (
                Watched::KubeadmConfig,
                owned_by(Watched::MachineSet, "s"),
                "known",
            ),
            (Watched::ClusterClass, json!({}), "known"),
            (Watched::ClusterResourceSetBinding, named(), "known"),
        ];
        for (kind, more, expected) in cases {
            let cache = Cache::new(Arc::new(Triggers::default()));
            for owner in [Watched::Machine, Watched::MachinePool] {
                let mut whole = named();
                json_patch::merge(
                    &mut whole,
                    &json!({"metadata": {"name": "owner", "uid": "uid-owner"}}),
                );
                put(&cache, owner, &whole);
            }
            let id = put(&cache, kind, &more);
            assert_eq!(found(&cache, &id), expected, "{id} {more}");
            put(
                &cache,
                Watched::Cluster,
                &json!({"metadata": {"name": "c", "uid": "uid-c"}}),
            );
            // One that nobody has taken over still waits for that.
            let later = if more == json!({}) { expected } else { "known" };
            assert_eq!(found(&cache, &id), later, "{id} {more}");
        }
        let cache = Cache::new(Arc::new(Triggers::default()));
        let gone = ObjectId::new(Watched::Machine, "default", "gone");
        assert_eq!(found(&cache, &gone), "known");
    }
}
