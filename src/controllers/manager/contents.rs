//! Watches the metadata of ConfigMaps and Secrets, and wakes the ClusterResourceSets that refer to them.

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
use crate::object::Metadata;

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
    let mut told = Told::default();
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        match event {
            Some(Ok(Event::Apply(object) | Event::InitApply(object) | Event::Delete(object))) => {
                wake(&context, &kind, &object);
            }
            Some(Ok(Event::Init)) => {}
            Some(Ok(Event::InitDone)) => told = Told::default(),
            Some(Err(error)) => told.tell(&kind, &error),
            None => return,
        }
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
