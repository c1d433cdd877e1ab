//! Kubernetes Events: what controllers tell people beside conditions. An Event that cannot be written is lost, and nothing else.
//!
//! What repeats is counted in the Event that is there already, and nobody talks without end: see [`memory`].

mod memory;

use fleetui_api::v1beta2::Kind;
use fleetui_base::clock::whole_seconds;
use fleetui_rules::names;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::Patch;
use serde_json::json;

pub(crate) use memory::Told;
use memory::{Key, Telling};

use crate::context::Context;
use crate::error::Error;
use crate::kinds::ObjectId;
use crate::object::Object;
use crate::old_conditions::OldStatus;

/// So much of an object's name is in the names of its Events: these may have 253 characters.
const LONGEST_NAME: usize = 240;

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Happening {
    /// Which controller tells of it, as upstream names them: `machineset-controller`.
    by: String,
    about: serde_json::Value,
    uid: String,
    namespace: String,
    name: String,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    warning: bool,
    lasts: bool,
    fails: bool,
}

impl Happening {
    /// Something that went as it should.
    pub(crate) fn normal<K: Kind>(
        object: &Object<K>,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            by: controller::<K>(),
            about: json!({
                "apiVersion": format!("{}/{}", K::GROUP, K::VERSION), "kind": K::KIND,
                "namespace": object.namespace(), "name": object.name(), "uid": object.uid(),
                "resourceVersion": object.metadata.resource_version,
            }),
            uid: object.uid().to_owned(),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            reason,
            message: message.into(),
            warning: false,
            lasts: false,
            fails: false,
        }
    }

    /// Something that somebody should look at.
    pub(crate) fn warning<K: Kind>(
        object: &Object<K>,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            warning: true,
            ..Self::normal(object, reason, message)
        }
    }

    /// The same, told by the controller of another kind.
    pub(crate) fn by<K: Kind>(self) -> Self {
        Self {
            by: controller::<K>(),
            ..self
        }
    }

    /// The same as a state that is found again and again: it is told once, and not counted.
    pub(crate) fn lasting(self) -> Self {
        Self { lasts: true, ..self }
    }

    /// The same with why it failed. It is tried again, perhaps with other names and words, and all of these failures are one.
    pub(crate) fn because(mut self, error: &Error) -> Self {
        self.fails = true;
        self.message = format!("{}: {error}", self.message);
        self
    }

    fn key(&self) -> Key {
        Key {
            uid: self.uid.clone(),
            reason: self.reason,
            message: if self.fails {
                String::new()
            } else {
                self.message.clone()
            },
        }
    }
}

/// The name of the controller of a kind.
fn controller<K: Kind>() -> String {
    format!("{}-controller", K::KIND.to_ascii_lowercase())
}

/// What people are told of a change.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tale {
    /// Once it is made.
    pub(crate) done: Option<Happening>,
    /// When it cannot be made; why not is added.
    pub(crate) failed: Option<Happening>,
}

impl Tale {
    /// Both of one object: what is told of success, and of failure.
    pub(crate) fn of<K: Kind>(
        object: &Object<K>,
        done: (&'static str, String),
        failed: (&'static str, String),
    ) -> Self {
        Self {
            done: Some(Happening::normal(object, done.0, done.1)),
            failed: Some(Happening::warning(object, failed.0, failed.1)),
        }
    }

    /// That the object lets go of another one that was its own.
    pub(crate) fn of_deletion<K: Kind>(object: &Object<K>, deleted: &ObjectId) -> Self {
        let what = quoted(deleted);
        Self::of(
            object,
            ("SuccessfulDelete", format!("Deleted {what}")),
            ("FailedDelete", format!("Failed to delete {what}")),
        )
    }

    /// That the object takes in another one that nobody owned.
    pub(crate) fn of_adoption<K: Kind>(object: &Object<K>, adopted: &ObjectId) -> Self {
        let what = quoted(adopted);
        Self::of(
            object,
            ("SuccessfulAdopt", format!("Adopted {what}")),
            ("FailedAdopt", format!("Failed to adopt {what}")),
        )
    }

    /// One of which only failure is told.
    pub(crate) fn of_failure<K: Kind>(object: &Object<K>, reason: &'static str, message: String) -> Self {
        Self {
            done: None,
            failed: Some(Happening::warning(object, reason, message)),
        }
    }
}

/// `Machine "m"`.
fn quoted(id: &ObjectId) -> String {
    format!("{} {:?}", id.kind.kind(), id.name.name.as_str())
}

#[cfg(test)]
impl Happening {
    /// `reason: message`.
    pub(crate) fn text(&self) -> String {
        format!("{}: {}", self.reason, self.message)
    }
}

#[cfg(test)]
impl Tale {
    /// What is told of success and of failure; nothing is an empty text.
    pub(crate) fn texts(&self) -> (String, String) {
        let text = |told: &Option<Happening>| told.as_ref().map(Happening::text).unwrap_or_default();
        (text(&self.done), text(&self.failed))
    }
}

/// What conditions say instead of a reason that is not for everybody.
const IN_THE_LOG: &str = "check controller logs";

/// Why a condition is not as it should be, where it sends people to the log for that, and it was not told there lately.
fn untold<K: Kind>(told: &Told, object: &Object<K>, kind: &'static str, now: Timestamp) -> Option<String>
where
    K::Status: OldStatus,
{
    object
        .condition(kind)
        .filter(|it| it.message.contains(IN_THE_LOG))?;
    // The older model has it.
    let why = object.old(kind)?.message.clone().unwrap_or_default();
    let key = Key {
        uid: object.uid().to_owned(),
        reason: kind,
        message: why.clone(),
    };
    (told.hear(&key, true, now) == Telling::New).then_some(why)
}

impl Context {
    /// Tells in the log why a condition is not as it should be, where the condition itself only says that it stands there.
    pub(crate) fn log_why<K: Kind>(&self, object: &Object<K>, kind: &'static str)
    where
        K::Status: OldStatus,
    {
        if let Some(why) = untold(&self.told, object, kind, self.now()) {
            let object = object.id().map(tracing::field::display);
            tracing::warn!(
                object,
                condition = kind,
                why,
                "a condition is not as it should be"
            );
        }
    }

    /// Tells what happened.
    pub(crate) async fn announce(&self, happenings: Vec<Happening>) {
        if self.settings.events && !happenings.is_empty() {
            // There is seldom anything to tell, and every reconcile would carry the room for it along.
            Box::pin(self.tell_all(happenings)).await;
        }
    }

    async fn tell_all(&self, happenings: Vec<Happening>) {
        for happening in happenings {
            let key = happening.key();
            match self.told.hear(&key, happening.lasts, self.now()) {
                Telling::Nothing => {}
                Telling::New => self.tell(&happening, &key).await,
                Telling::Again { event, count } => {
                    if !self.count(&happening, &event, count).await {
                        self.tell(&happening, &key).await;
                    }
                }
            }
        }
    }

    /// Writes an Event.
    async fn tell(&self, happening: &Happening, key: &Key) {
        let component = &happening.by;
        let now = whole_seconds(self.now()).to_string();
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": self.event_name(happening), "namespace": happening.namespace},
            "involvedObject": happening.about,
            "reason": happening.reason, "message": happening.message,
            "type": if happening.warning { "Warning" } else { "Normal" },
            "source": {"component": component}, "reportingComponent": component, "reportingInstance": "",
            "firstTimestamp": now, "lastTimestamp": now, "count": 1,
        });
        let event: Event = match serde_json::from_value(event) {
            Ok(event) => event,
            Err(error) => {
                tracing::debug!(%error, reason = happening.reason, "an Event cannot be written");
                return;
            }
        };
        let api: Api<Event> = Api::namespaced(self.client.clone(), &happening.namespace);
        let what = format!("create Event {} of {}", happening.reason, happening.name);
        match self.request(what, api.create(&self.post(), &event)).await {
            Ok(written) => self.told.written(key, written.metadata.name.unwrap_or_default()),
            Err(error) => {
                tracing::debug!(%error, "an Event was not written");
                self.told.lost(key);
            }
        }
    }

    /// As `kubectl` and others name theirs: the object's name and something that no other Event has.
    fn event_name(&self, happening: &Happening) -> String {
        let told = format!("{} {}: {}", happening.uid, happening.reason, happening.message);
        let name: String = happening.name.chars().take(LONGEST_NAME).collect();
        format!("{name}.{}", names::suffix(self.random_of(&told)))
    }

    /// Writes how often it has happened, and how last, into the Event that is there; tells whether that still is.
    async fn count(&self, happening: &Happening, event: &str, count: u32) -> bool {
        let api: Api<Event> = Api::namespaced(self.client.clone(), &happening.namespace);
        let now = whole_seconds(self.now()).to_string();
        let patch = Patch::Merge(json!({"count": count, "lastTimestamp": now, "message": happening.message}));
        let what = format!("patch Event {} of {}", happening.reason, happening.name);
        match self
            .request(what, api.patch(event, &self.patch_params(), &patch))
            .await
        {
            Err(error) if error.is_not_found() => false,
            Err(error) => {
                tracing::debug!(%error, "an Event was not counted");
                true
            }
            Ok(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use fleetui_api::v1beta2::{ClusterResourceSet, MachineHealthCheck};

    use super::*;
    use crate::samples;

    #[test]
    fn each_controller_tells_under_its_own_name() {
        let set = samples::object::<ClusterResourceSet>("set", &json!({}));
        let told = Happening::normal(&set, "Reason", "words");
        assert_eq!(told.by, "clusterresourceset-controller");
        assert_eq!(
            told.by::<MachineHealthCheck>().by,
            "machinehealthcheck-controller"
        );
    }

    /// Conditions sent people to a log that had nothing.
    #[test]
    fn what_a_condition_keeps_to_itself_is_told_in_the_log_once() {
        let kind = "ResourcesApplied";
        let set = |message: &str, why: &str| {
            samples::object::<ClusterResourceSet>(
                "set",
                &json!({"status": {
                    "conditions": [{"type": kind, "status": "False", "reason": "InternalError", "message": message}],
                    "deprecated": {"v1beta1": {"conditions": [{"type": kind, "status": "False", "message": why}]}}
                }}),
            )
        };
        let (told, now) = (Told::default(), samples::now());
        let hidden = "Please check controller logs for errors";
        let lost = set(hidden, "configmaps \"cni\" not found");
        let why = untold(&told, &lost, kind, now);
        assert_eq!(why.as_deref(), Some("configmaps \"cni\" not found"));
        assert_eq!(untold(&told, &lost, kind, now), None, "it is known");
        assert!(untold(&told, &set(hidden, "another"), kind, now).is_some());
        assert_eq!(untold(&told, &set("it is said here", "why"), kind, now), None);
    }
}
