//! A creation that is under way: its objects in order, and what became of each. It is written down before and after each request,
//! so that whatever happens to the program or to the line, it can be gone on with or taken back.

use std::collections::BTreeSet;

use compact_str::CompactString;
use fleetui_api::kinds::core;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::class::{endpoint, has_topology};
use super::form::Form;
use super::references::of_another_cluster;
use super::render::is_cluster;
use super::summary::summary;
use super::topology_runs;
use crate::act::plan::{Around, refused};
use crate::act::{Act, Blast, Confirm, CreateDeed, Deed, Plan, Preview, Refusal, Verb, Write};

/// The version of the record's format.
const FORMAT: u8 = 1;
/// Annotation of every object that a creation makes: which creation. By it an object is known that was made although no answer
/// came back.
pub const CREATION: &str = "fleetui.dev/creation";

/// A creation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Creation {
    /// The version of the format.
    pub format: u8,
    /// Its identity, which no other has.
    pub id: CompactString,
    /// The Cluster.
    pub cluster: ObjectKey,
    /// The server of its management cluster, as two of them may be called alike.
    pub server: CompactString,
    /// What it is made from.
    pub flavour: String,
    /// Where its control plane is to answer, where only a variable of its class says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Whether it is of a class whose clusters take hosts of one's own.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub takes_hosts: bool,
    /// When it was begun.
    pub begun: Timestamp,
    /// How it stands.
    pub state: CreationState,
    /// Its objects, in the order in which they are created.
    pub items: Vec<Item>,
}

/// How a creation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreationState {
    /// Objects are created, or were when it was cut off.
    Creating,
    /// It was stopped: why.
    Stopped(String),
    /// All objects are there.
    Created,
    /// What it made is being deleted, or was when that was cut off.
    CleaningUp,
}

/// One object of a creation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The object.
    pub target: ObjectKey,
    /// Its apiVersion.
    pub api_version: CompactString,
    /// The object as it is created.
    pub body: Value,
    /// What became of it.
    pub state: ItemState,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// Nothing was sent yet.
    Waiting,
    /// It was sent, and no answer is known.
    Asked,
    /// It is there, with this uid.
    Created(CompactString),
    /// It was not made: why.
    Failed(String),
    /// It was deleted again.
    Gone,
}

impl ItemState {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waits",
            Self::Asked => "asked",
            Self::Created(_) => "created",
            Self::Failed(_) => "failed",
            Self::Gone => "deleted",
        }
    }
}

impl Creation {
    /// The creation of `objects`, which are in order, by the form's answers.
    pub fn new(form: &Form, objects: Vec<Value>, (id, server): (&str, &str), now: Timestamp) -> Self {
        let management_cluster = &form.management_cluster;
        let endpoint = objects.iter().find_map(|object| endpoint(&form.flavour, object));
        let items = objects
            .into_iter()
            .map(|object| Item::new(management_cluster, object, id));
        Self {
            format: FORMAT,
            id: id.into(),
            cluster: cluster_key(management_cluster, form.namespace(), form.name()),
            server: server.into(),
            flavour: form.flavour.name.clone(),
            endpoint,
            takes_hosts: form.flavour.takes_hosts,
            begun: now,
            state: CreationState::Creating,
            items: items.collect(),
        }
    }

    /// Whether it was written by a program that means the same by it.
    pub fn is_readable(&self) -> bool {
        self.format == FORMAT
    }

    /// Objects that are there, and all of them.
    pub fn counts(&self) -> (usize, usize) {
        let there = self
            .items
            .iter()
            .filter(|item| matches!(item.state, ItemState::Created(_)));
        (there.count(), self.items.len())
    }

    /// Whether an object that was read was made by it: it has its mark, or the identity that was noted.
    pub fn made(&self, item: &Item, object: &Value) -> bool {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let marked = object
            .pointer("/metadata/annotations")
            .and_then(|all| all.get(CREATION))
            .and_then(Value::as_str);
        let is_noted =
            matches!(&item.state, ItemState::Created(uid) if text("/metadata/uid") == Some(uid.as_str()));
        is_noted || marked == Some(self.id.as_str())
    }

    /// What the objects are, by kind: `2 ByoMachineTemplate, Cluster`.
    pub fn kinds(&self) -> Vec<(CompactString, usize)> {
        let mut kinds: Vec<(CompactString, usize)> = Vec::new();
        for item in &self.items {
            let kind = item.target.kind.kind.as_ref();
            match kinds.iter_mut().find(|(known, _)| known == kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((kind.into(), 1)),
            }
        }
        kinds
    }

    pub(super) fn act(&self, deed: CreateDeed) -> Act {
        Act {
            subject: self.cluster.clone(),
            uid: CompactString::default(),
            deed: Deed::Create(deed),
            reason: None,
        }
    }

    /// Refuses where its management cluster is another server by now than the one that it was begun on.
    pub(super) fn same_server(&self, around: &Around<'_>) -> Result<(), Refusal> {
        let session = around.store.session(&self.cluster.management_cluster);
        match session {
            Some(session) if !self.server.is_empty() && session.server != self.server => refused(format!(
                "the creation of {} was begun on {}, and {} is {} now",
                self.cluster, self.server, self.cluster.management_cluster, session.server
            )),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn blast(&self, around: &Around<'_>) -> Blast {
        let session = around.store.session(&self.cluster.management_cluster);
        let server = session.map(|session| session.server.clone());
        Blast {
            management_cluster: self.cluster.management_cluster.clone(),
            server: server.unwrap_or_else(|| self.server.clone()),
            cluster: Some(self.cluster.object.clone()),
            replicas: None,
            machines: Vec::new(),
            drained: 0,
            others: Vec::new(),
            budgets: Vec::new(),
        }
    }
}

impl Item {
    fn new(management_cluster: &ManagementCluster, object: Value, id: &str) -> Self {
        let text = |pointer: &str| {
            let text = object.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let api_version = text("/apiVersion");
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let target = ObjectKey::new(
            management_cluster.clone(),
            GroupKind::new(group, &text("/kind")),
            ObjectName::new(&text("/metadata/namespace"), &text("/metadata/name")),
        );
        Self {
            target,
            api_version: api_version.as_str().into(),
            body: marked(object, id),
            state: ItemState::Waiting,
        }
    }

    fn write(&self) -> Write {
        Write {
            target: self.target.clone(),
            uid: CompactString::default(),
            api_version: self.api_version.clone(),
            verb: Verb::Create,
            body: self.body.clone(),
            fields: Vec::new(),
        }
    }

    /// Whether it is the Cluster itself.
    pub fn is_cluster(&self) -> bool {
        is_cluster(&self.body)
    }
}

/// The object with the mark of its creation, and without what the server alone writes.
fn marked(mut object: Value, id: &str) -> Value {
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "managedFields",
        ] {
            metadata.remove(field);
        }
        let annotations = metadata
            .entry("annotations")
            .or_insert_with(|| Value::Object(serde_json::Map::default()));
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.insert(CREATION.to_owned(), id.into());
        }
    }
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    object
}

/// The Cluster of that name.
pub(super) fn cluster_key(management_cluster: &ManagementCluster, namespace: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        management_cluster.clone(),
        core("Cluster"),
        ObjectName::new(namespace, name),
    )
}

/// Refuses a creation that would make one object twice.
fn nothing_twice(creation: &Creation) -> Result<(), Refusal> {
    let mut known = BTreeSet::new();
    match creation.items.iter().find(|item| !known.insert(&item.target)) {
        None => Ok(()),
        Some(twice) => refused(format!(
            "{} stands twice in what would be created: give one of them another name, or leave it out",
            twice.target
        )),
    }
}

/// Refuses a creation with a part that would be of another cluster.
fn nothing_of_another(creation: &Creation) -> Result<(), Refusal> {
    let cluster = &creation.cluster.object;
    let mut items = creation.items.iter();
    let another = items.find_map(|item| of_another_cluster(&item.body, &item.target, cluster));
    another.map_or(Ok(()), refused)
}

/// Plans that what is not there yet of a creation is created; `resumes` is whether it was begun before.
///
/// # Errors
/// Nothing is left to be created, or its name was taken meanwhile.
pub fn plan_creation(around: &Around<'_>, creation: &Creation, resumes: bool) -> Result<Plan, Refusal> {
    let cluster = &creation.cluster;
    creation.same_server(around)?;
    let made_cluster = creation
        .items
        .iter()
        .any(|item| item.is_cluster() && matches!(item.state, ItemState::Created(_) | ItemState::Asked));
    if around.store.get(cluster).is_some() && !made_cluster {
        return refused(format!(
            "{cluster} is there already, and this creation has not made it"
        ));
    }
    nothing_twice(creation)?;
    nothing_of_another(creation)?;
    let left: Vec<&Item> = creation
        .items
        .iter()
        .filter(|item| !matches!(item.state, ItemState::Created(_)))
        .collect();
    if left.iter().any(|item| has_topology(&item.body))
        && let Err(why) = topology_runs(around.store, &cluster.management_cluster)
    {
        return refused(why);
    }
    let writes: Vec<Write> = left.into_iter().map(Item::write).collect();
    if writes.is_empty() {
        return refused(format!(
            "all {} objects of {cluster} are there",
            creation.items.len()
        ));
    }
    let deed = if resumes {
        CreateDeed::Resume
    } else {
        CreateDeed::Begin(creation.flavour.clone())
    };
    let kinds: Vec<String> = creation
        .kinds()
        .iter()
        .map(|(kind, count)| match count {
            1 => kind.to_string(),
            count => format!("{count} {kind}"),
        })
        .collect();
    let happens = match writes.len() {
        left if left == creation.items.len() => {
            let objects = if left == 1 { "object" } else { "objects" };
            format!("creates {left} {objects}: {}", kinds.join(", "))
        }
        1 => format!(
            "creates the one object of {} that is not there yet",
            creation.items.len()
        ),
        left => format!(
            "creates the {left} objects of {} that are not there yet",
            creation.items.len()
        ),
    };
    Ok(Plan {
        act: creation.act(deed),
        preview: Preview {
            happens: std::iter::once(happens)
                .chain(summary(around, creation))
                .collect(),
            blast: Some(creation.blast(around)),
            ..Preview::default()
        },
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: around.now,
        writes,
    })
}
