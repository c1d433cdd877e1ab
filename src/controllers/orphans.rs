//! What a crash between two creations leaves: bootstrap and infrastructure objects made for a Machine that never came to be.

use fleetui_api::v1beta2::{Kind, Machine};

use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;
use crate::ownership;

/// What `owner` still controls itself although no Machine of its name exists. The server is asked, because a Machine that
/// was made a moment ago may not be known here yet.
pub(crate) async fn find<K: Kind>(
    context: &Context,
    owner: &Object<K>,
) -> Result<Vec<(ObjectId, String)>, Error> {
    let candidates = [Watched::KubeadmConfig, Watched::DevMachine, Watched::ByoMachine]
        .into_iter()
        .flat_map(|kind| context.cache.entries_owned_by(kind, owner.uid()))
        .filter(|entry| ownership::is_controlled_by(&entry.object.metadata, owner.uid()))
        .filter(|entry| entry.object.metadata.deletion_timestamp.is_none());
    let mut orphans = Vec::new();
    for entry in candidates {
        let machine = ObjectId::new(Watched::Machine, owner.namespace(), &entry.id.name.name);
        let known = context
            .cache
            .get::<Machine>(owner.namespace(), &entry.id.name.name)
            .is_some();
        if !known && !context.exists(&machine).await? {
            let uid = entry.object.metadata.uid.clone().unwrap_or_default();
            orphans.push((entry.id.clone(), uid));
        }
    }
    Ok(orphans)
}

/// Deletes them.
pub(crate) fn delete(orphans: &[(ObjectId, String)]) -> impl Iterator<Item = Change> {
    orphans.iter().map(|(id, uid)| Change::Delete {
        id: id.clone(),
        uid: uid.clone(),
    })
}
