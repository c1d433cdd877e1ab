//! Watches the metadata of ConfigMaps and Secrets, and wakes the ClusterResourceSets that refer to them, and the control plane
//! that has lost one of its Secrets.

use std::fmt::Debug;
use std::sync::Arc;

use fleetui_api::v1beta2::ClusterResourceSet;
use futures::{StreamExt, pin_mut};
use k8s_openapi::NamespaceResourceScope;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::follow::{Patience, Told, follow};
use crate::context::Context;
use crate::kinds::{ObjectId, Watched};
use crate::object::Metadata;
use crate::ownership;

/// Watches one kind until it is told to stop. Nothing is kept of what is seen.
pub(super) async fn run<K>(context: Arc<Context>, stop: CancellationToken)
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + DeserializeOwned
        + Debug
        + Send
        + 'static,
{
    // The client asks for nothing else then: what stands in Secrets stays where it is.
    let api: Api<PartialObjectMeta<K>> = Api::all(context.client.clone());
    let watch = || watcher(api.clone(), watcher::Config::default());
    let events = follow(watch, Patience::of(&context.settings));
    pin_mut!(events);
    let kind = K::kind(&());
    let mut told = Told::new(&kind, &context.standing);
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        match event {
            Some(Ok(Event::Apply(object) | Event::InitApply(object))) => wake(&context, &kind, &object),
            Some(Ok(Event::Delete(object))) => {
                wake(&context, &kind, &object);
                lose(&context, &object);
            }
            Some(Ok(Event::Init)) => {}
            Some(Ok(Event::InitDone)) => told.well(),
            Some(Err(error)) => told.tell(&error),
            None => return,
        }
    }
}

/// Something that a control plane has made is gone: what it found in order before says nothing any more.
fn lose<K>(context: &Context, object: &PartialObjectMeta<K>) {
    let owners = object.metadata.owner_references.iter().flatten();
    for owner in owners.filter(|owner| ownership::kind(owner) == Some(Watched::KubeadmControlPlane)) {
        context.verified.forget(&owner.uid);
        let namespace = object.metadata.namespace();
        let id = ObjectId::new(Watched::KubeadmControlPlane, namespace, &owner.name);
        context.cache.wake([id]);
    }
}

fn wake<K>(context: &Context, kind: &str, object: &PartialObjectMeta<K>) {
    let (namespace, name) = (object.metadata.namespace(), object.metadata.name());
    let sets = context.cache.in_namespace::<ClusterResourceSet>(namespace);
    let referring = sets.iter().filter(|set| {
        let mut resources = set.spec.resources.iter();
        resources.any(|resource| resource.kind == kind && resource.name == name)
    });
    context.cache.wake(referring.filter_map(|set| set.id()));
}
