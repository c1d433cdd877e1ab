//! What takes a creation back: its Cluster first, where that was made, as the controllers delete what belongs to it in their order;
//! what is left after that.

use compact_str::CompactString;
use serde_json::json;

use super::creation::{Creation, Item, ItemState};
use crate::act::plan::{Around, refused};
use crate::act::{Confirm, CreateDeed, Plan, Preview, Refusal, Verb, Write};

/// Whether the Cluster is there, so that it alone goes first.
pub fn goes_first(creation: &Creation) -> bool {
    creation
        .items
        .iter()
        .any(|item| item.is_cluster() && matches!(item.state, ItemState::Created(_)))
}

/// Plans that what a creation has made is deleted: the Cluster alone where it is there, else all that is left, the latest first.
///
/// # Errors
/// Nothing of it is there.
pub fn clean_up(around: &Around<'_>, creation: &Creation) -> Result<Plan, Refusal> {
    creation.same_server(around)?;
    let alone = goes_first(creation);
    let there = creation.items.iter().rev().filter_map(|item| match &item.state {
        // What was there before and is shared with others has no uid here.
        ItemState::Created(uid) if uid.is_empty() => None,
        ItemState::Created(uid) => Some((item, uid)),
        ItemState::Waiting | ItemState::Asked | ItemState::Failed(_) | ItemState::Gone => None,
    });
    let writes: Vec<Write> = there
        .filter(|(item, _)| !alone || item.is_cluster())
        .map(|(item, uid)| delete(item, uid))
        .collect();
    if writes.is_empty() {
        return refused(format!(
            "nothing of {} that this creation made is there",
            creation.cluster
        ));
    }
    let name = &creation.cluster.object.name;
    let happens = if alone {
        format!("deletes Cluster {name} and what belongs to it, and then what is left of its creation")
    } else {
        match writes.len() {
            1 => format!("deletes the one object that the creation of {name} has made"),
            many => format!("deletes {many} objects that the creation of {name} has made"),
        }
    };
    Ok(Plan {
        act: creation.act(CreateDeed::CleanUp),
        preview: Preview {
            happens: vec![happens],
            blast: Some(creation.blast(around)),
            ..Preview::default()
        },
        checks: Vec::new(),
        confirm: if alone {
            Confirm::Name(name.clone())
        } else {
            Confirm::Key
        },
        planned: around.now,
        writes,
    })
}

fn delete(item: &Item, uid: &CompactString) -> Write {
    Write {
        target: item.target.clone(),
        uid: uid.clone(),
        api_version: item.api_version.clone(),
        verb: Verb::Delete,
        body: json!({"propagationPolicy": "Background"}),
        fields: Vec::new(),
    }
}
