//! Whether the namespace is there in which the cluster is to be created: where nothing that is watched lies in it, the management
//! cluster is asked, once for each name.

use fleetui_base::ManagementCluster;
use fleetui_fleet::create::Form;

use super::state::{Ground, Phase, State};
use crate::effect::{Answer, Creating, EffectId, Effects, Failure, Request};

/// What is known of the namespace that was said.
#[derive(Debug, Default)]
pub(super) struct Namespace {
    /// Which one was asked about last.
    name: Option<(ManagementCluster, String)>,
    /// The question, until there is an answer.
    pub(super) asked: Option<EffectId>,
    /// Whether it is known not to be there.
    is_missing: bool,
}

impl State {
    /// Asks for the namespace of the form, where it is not known whether it is there.
    pub(super) fn look_for_namespace(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let Some(form) = self.form.as_ref().filter(|_| matches!(self.phase, Phase::Form)) else {
            return;
        };
        let wanted = wanted(form);
        if form.namespace().is_empty() || self.namespace.name.as_ref() == Some(&wanted) {
            return;
        }
        if let Some(asked) = self.namespace.asked.take() {
            effects.abandon(asked);
        }
        let (management_cluster, name) = wanted.clone();
        let is_seen = ground
            .fleet
            .rows(Some(&management_cluster))
            .any(|row| row.facts.object.namespace == name);
        let asks = form.needs_namespace() && !is_seen;
        self.namespace = Namespace {
            asked: asks.then(|| effects.ask(Request::Namespace(management_cluster, name))),
            name: Some(wanted),
            is_missing: false,
        };
    }

    /// Takes the answer. Who may not ask, or cannot, learns it from the dry run.
    pub(super) fn hear_of_namespace(&mut self, answer: &Answer, ground: Ground<'_>) {
        self.namespace.asked = None;
        if let Answer::Creating(answer) = answer
            && let Creating::Namespace(is_there) = **answer
        {
            self.namespace.is_missing = !is_there;
            self.check(ground);
        }
    }

    /// Puts the cursor on the namespace where the server has not found it.
    pub(super) fn blame_namespace(&mut self, failure: &Failure, ground: Ground<'_>) {
        let Some(form) = &self.form else { return };
        let not_found = format!("namespaces {:?} not found", form.namespace());
        if !failure.message.as_str().contains(&not_found) {
            return;
        }
        self.namespace = Namespace {
            name: Some(wanted(form)),
            asked: None,
            is_missing: true,
        };
        let at = form.fields.iter().position(|field| field.variable == "NAMESPACE");
        self.go_to(at.map_or(self.at, |at| at + 1), ground);
        self.check(ground);
    }

    /// Says at the question that the namespace is not there, before everything else.
    pub(super) fn remark_namespace(&mut self) {
        if let Some(form) = &self.form
            && self.namespace.is_missing
            && self.namespace.name.as_ref() == Some(&wanted(form))
        {
            self.remarks.insert(0, form.without_namespace());
        }
    }
}

/// The namespace that is asked about.
fn wanted(form: &Form) -> (ManagementCluster, String) {
    (form.management_cluster.clone(), form.namespace().to_owned())
}
