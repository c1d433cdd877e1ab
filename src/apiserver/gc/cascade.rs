//! Owners and dependents.

use std::sync::Arc;

use serde_json::{Value, json};

use super::place_of;
use crate::call::Place;
use crate::handlers::delete::{Deletion, FOREGROUND, ORPHAN, remove};
use crate::handlers::update::change;
use crate::object::{finalizers, metadata, set_finalizers, set_metadata};
use crate::request::query::Propagation;
use crate::status::ApiError;
use crate::storage::{Owner, Stored};
use crate::strategy::Part;

/// What has become of an owner.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is there and stays, or goes without waiting for anybody.
    Solid,
    /// It is not there, or not where it could own the object.
    Dangling,
    /// It waits for its dependents to go.
    Waiting,
}

/// An owner that is being deleted: its dependents are set free, or go before it.
pub(super) async fn owner(place: &Place, owner: &Stored) -> Result<(), ApiError> {
    if owner.meta.has_finalizer(ORPHAN) {
        for dependent in dependents(place, owner) {
            let Some(place) = place_of(&place.shared, &dependent.key.collection) else {
                continue;
            };
            without_owners(&place, &dependent, |reference| reference == owner.meta.uid).await?;
        }
        return without_finalizer(place, owner, ORPHAN).await;
    }
    if !owner.meta.has_finalizer(FOREGROUND) {
        return Ok(());
    }
    let dependents = dependents(place, owner);
    let blocking = dependents
        .iter()
        .flat_map(|dependent| &dependent.meta.owner_references)
        .any(|reference| reference.uid == owner.meta.uid && reference.block_owner_deletion);
    if !blocking {
        return without_finalizer(place, owner, FOREGROUND).await;
    }
    place.shared.garbage.push(
        dependents
            .iter()
            .filter(|dependent| !dependent.meta.deleting())
            .map(|dependent| super::Work::Object(dependent.key.clone())),
    );
    Ok(())
}

/// An object with owners: it goes when none of them is left.
pub(super) async fn dependent(place: &Place, object: &Arc<Stored>) -> Result<(), ApiError> {
    let owners = &object.meta.owner_references;
    if owners.is_empty() || (object.meta.deleting() && !object.meta.has_finalizer(FOREGROUND)) {
        return Ok(());
    }
    let states: Vec<(&Owner, State)> = owners
        .iter()
        .map(|reference| (reference, state(place, object, reference)))
        .collect();
    let any = |wanted: State| states.iter().any(|(_, state)| *state == wanted);
    if any(State::Solid) {
        if any(State::Dangling) || any(State::Waiting) {
            let kept: Vec<&str> = states
                .iter()
                .filter(|(_, state)| *state == State::Solid)
                .map(|(reference, _)| reference.uid.as_str())
                .collect();
            without_owners(place, object, |uid| !kept.contains(&uid)).await?;
        }
        return Ok(());
    }
    if object.meta.deleting() {
        return Ok(());
    }
    let waits = any(State::Waiting) && !dependents(place, object).is_empty();
    let deletion = Deletion {
        propagation: waits.then_some(Propagation::Foreground),
        uid: Some(object.meta.uid.to_string()),
        // Only this state: an owner may have been added meanwhile.
        revision: Some(object.revision.to_string()),
        dry_run: false,
    };
    remove(place, &object.key, &deletion).await.map(|_| ())
}

fn state(place: &Place, object: &Stored, reference: &Owner) -> State {
    let cluster = &place.collection.cluster;
    let found = place
        .shared
        .store
        .read(|memory| memory.by_uid(cluster, &reference.uid));
    match found {
        None => State::Dangling,
        // An object that is in no namespace cannot say in which its owner is, so it is left alone, as upstream has it.
        Some(owner) if !owner.key.object.namespace.is_empty() && object.key.object.namespace.is_empty() => {
            State::Solid
        }
        // An owner in another namespace counts as absent, as upstream has it.
        Some(owner)
            if !owner.key.object.namespace.is_empty()
                && owner.key.object.namespace != object.key.object.namespace =>
        {
            State::Dangling
        }
        Some(owner) if owner.meta.deleting() && owner.meta.has_finalizer(FOREGROUND) => State::Waiting,
        Some(_) => State::Solid,
    }
}

fn dependents(place: &Place, owner: &Stored) -> Vec<Arc<Stored>> {
    let cluster = &place.collection.cluster;
    place
        .shared
        .store
        .read(|memory| memory.dependents(cluster, &owner.meta.uid))
}

/// Takes the owner references away whose uid `gone` names.
async fn without_owners(place: &Place, object: &Stored, gone: impl Fn(&str) -> bool) -> Result<(), ApiError> {
    change(place, &object.key, (Part::Main, false), |object| {
        let mut object = object.clone();
        let kept: Vec<Value> = metadata(&object, "ownerReferences")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|reference| !reference.get("uid").and_then(Value::as_str).is_some_and(&gone))
            .cloned()
            .collect();
        set_metadata(&mut object, "ownerReferences", Some(json!(kept)));
        Ok(object)
    })
    .await
    .map(|_| ())
}

/// Takes a finalizer away.
pub(super) async fn without_finalizer(
    place: &Place,
    object: &Stored,
    finalizer: &str,
) -> Result<(), ApiError> {
    change(place, &object.key, (Part::Main, false), |object| {
        let mut object = object.clone();
        let kept: Vec<String> = finalizers(&object)
            .into_iter()
            .filter(|other| other != finalizer)
            .collect();
        set_finalizers(&mut object, &kept);
        Ok(object)
    })
    .await
    .map(|_| ())
}
