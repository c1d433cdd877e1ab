//! A draft of a creation: what it is made from and the answers so far, kept so that neither a crash nor a lost line loses them.

use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_rules::template::TemplateError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::creation::{Creation, cluster_key};
use super::flavour::Flavour;
use super::form::Form;
use super::like::Like;
use super::render::names_secrets;
use super::variables::Variables;
use super::yaml::{Edited, written};
use crate::store::FleetStore;

/// A draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateDraft {
    /// Its identity, which no other draft has. Those that were kept before there was one have none.
    #[serde(default)]
    pub id: String,
    /// The creation that was begun from it, once one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation: Option<String>,
    /// What the cluster is made from.
    pub flavour: Flavour,
    /// Where.
    pub management_cluster: ManagementCluster,
    /// Variables and answers, as a person wrote them.
    pub answers: Vec<(String, String)>,
    /// The text of the objects, where it is edited: as it was typed, also where it cannot be read. It says more than the answers.
    pub text: Option<String>,
    /// What was changed in the text beyond the answers, once it was read. The answers may be newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Edited>,
    /// The cluster that the new one is to be like, where it is to be like one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<Like>,
    /// When it was kept.
    pub at: Timestamp,
}

impl CreateDraft {
    /// The draft of a form and of the text of its objects, which has no identity yet. The text may be one that cannot be read.
    pub fn of(form: &Form, text: Option<&str>, at: Timestamp) -> Self {
        // What is secret is typed again.
        let kept = |field: &&super::form::Field| !field.answer.is_empty() && !field.is_secret();
        let answered = form.fields.iter().filter(kept);
        let text = text.filter(|text| !holds_secrets(form, text));
        Self {
            id: String::new(),
            creation: None,
            flavour: form.flavour.clone(),
            management_cluster: form.management_cluster.clone(),
            answers: answered
                .map(|field| (field.variable.clone(), field.answer.clone()))
                .collect(),
            text: text.map(str::to_owned),
            edited: None,
            like: form.like.clone(),
            at,
        }
    }

    /// The same draft of that form with what was changed in its text beyond the answers, where no secret stands in it.
    #[must_use]
    pub fn with_edited(self, form: &Form, edited: Option<&Edited>) -> Self {
        let is_open = |objects: &Vec<_>| !holds_secrets(form, &written(objects));
        let edited = edited.filter(|edited| is_open(&edited.base) && is_open(&edited.mine));
        Self {
            edited: edited.cloned(),
            ..self
        }
    }

    /// The form as it was.
    ///
    /// # Errors
    /// The template is none any more.
    pub fn form(&self) -> Result<Form, TemplateError> {
        let mut form = Form::new(
            self.flavour.clone(),
            self.management_cluster.clone(),
            &Variables::default(),
        )?;
        for (variable, answer) in &self.answers {
            form.answer(variable, answer);
        }
        form.like.clone_from(&self.like);
        Ok(form)
    }

    /// The Cluster that would be created; nothing where it has no name yet.
    pub fn cluster(&self) -> Option<ObjectKey> {
        let form = self.form().ok()?;
        (!form.name().is_empty())
            .then(|| cluster_key(&self.management_cluster, form.namespace(), form.name()))
    }

    /// Whether it is for that Cluster, from that flavour, so that it is of no use once that is created.
    pub fn is_for(&self, cluster: &ObjectKey, flavour: &str) -> bool {
        self.flavour.name == flavour && self.cluster().is_some_and(|own| own == *cluster)
    }

    /// Whether the creation that was begun from it has come to its end: its Cluster is there, and it is none of those that were
    /// interrupted. The program may have died before it took the draft away.
    pub fn is_done<'c>(&self, store: &FleetStore, interrupted: impl Iterator<Item = &'c Creation>) -> bool {
        self.creation.is_some()
            && self
                .cluster()
                .is_some_and(|cluster| store.get(&cluster).is_some())
            && !self.is_interrupted(interrupted)
    }

    /// Whether the creation that was begun from it is one of those that were interrupted, which is gone on with or taken back
    /// first.
    pub fn is_interrupted<'c>(&self, mut interrupted: impl Iterator<Item = &'c Creation>) -> bool {
        let id = self.creation.as_deref();
        id.is_some_and(|id| interrupted.any(|creation| creation.id == id))
    }
}

/// Whether a secret may stand in the text of the form's objects.
fn holds_secrets(form: &Form, text: &str) -> bool {
    form.fields.iter().any(super::form::Field::is_secret) || names_secrets(text)
}
