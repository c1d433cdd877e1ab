//! A draft of a creation: what it is made from and the answers so far, kept so that neither a crash nor a lost line loses them.

use fleetui_base::ManagementCluster;
use fleetui_rules::template::TemplateError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::flavour::Flavour;
use super::form::Form;
use super::variables::Variables;
use super::yaml::written;

/// A draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateDraft {
    /// What the cluster is made from.
    pub flavour: Flavour,
    /// Where.
    pub management_cluster: ManagementCluster,
    /// Variables and answers, as a person wrote them.
    pub answers: Vec<(String, String)>,
    /// The text of the objects, where it says more than the answers.
    pub text: Option<String>,
    /// When it was kept.
    pub at: Timestamp,
}

impl CreateDraft {
    /// The draft of a form.
    pub fn of(form: &Form, edited: Option<&super::yaml::Edited>, at: Timestamp) -> Self {
        // What is secret is typed again.
        let kept = |field: &&super::form::Field| !field.answer.is_empty() && !field.is_secret();
        let answered = form.fields.iter().filter(kept);
        let holds_secrets = form.fields.iter().any(super::form::Field::is_secret);
        let edited = edited.filter(|edited| {
            !holds_secrets
                && !edited
                    .mine
                    .iter()
                    .any(|object| object.get("kind") == Some(&"Secret".into()))
        });
        Self {
            flavour: form.flavour.clone(),
            management_cluster: form.management_cluster.clone(),
            answers: answered
                .map(|field| (field.variable.clone(), field.answer.clone()))
                .collect(),
            text: edited.map(|edited| written(&edited.mine)),
            at,
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
        Ok(form)
    }
}
