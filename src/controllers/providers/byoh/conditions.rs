//! Conditions of these kinds, in both models at once: upstream's with severities, and beside them those of the v1beta2 contract.

use fleetui_api::conditions::{Condition, ConditionStatus, Severity};
use fleetui_api::v1beta2::{Kind, OldCondition};
use fleetui_rules::condition_merge::{SummaryInput, condition, summarise};
use fleetui_rules::old_conditions::{bad, good};
use jiff::Timestamp;

use crate::object::Object;
use crate::old_conditions::OldStatus;

/// What a condition says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Saying {
    pub(super) kind: &'static str,
    /// It holds, or how bad it is that it does not.
    pub(super) fault: Option<Severity>,
    /// Why; `holds` of the new model needs one too.
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Saying {
    /// It holds.
    pub(super) fn holds(kind: &'static str, reason: &'static str) -> Self {
        Self {
            kind,
            fault: None,
            reason,
            message: String::new(),
        }
    }

    /// It does not hold.
    pub(super) fn fails(
        kind: &'static str,
        severity: Severity,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            fault: Some(severity),
            reason,
            message: message.into(),
        }
    }

    fn old(&self) -> OldCondition {
        match self.fault {
            None => good(self.kind),
            Some(severity) => bad(self.kind, self.reason, severity, self.message.clone()),
        }
    }

    fn new_model(&self) -> Condition {
        let status = match self.fault {
            None => ConditionStatus::True,
            Some(_) => ConditionStatus::False,
        };
        condition(self.kind, status, self.reason, self.message.clone())
    }
}

/// Writes a condition in both models.
pub(super) fn say<K>(object: &mut Object<K>, saying: &Saying, now: Timestamp)
where
    K: Kind,
    K::Status: OldStatus,
{
    object.set_old(saying.old(), now);
    object.set_condition(saying.new_model(), now);
}

/// Writes Ready in both models, as `kind` says.
pub(super) fn sum_up<K>(object: &mut Object<K>, kind: &'static str, now: Timestamp)
where
    K: Kind,
    K::Status: OldStatus,
{
    object.summarise_old(&[kind], None, now);
    let input = SummaryInput {
        target: "Ready",
        kinds: vec![kind],
        reasons: ["NotReady", "ReadyUnknown", "Ready"],
        ..SummaryInput::default()
    };
    let ready = summarise(
        &input,
        fleetui_api::v1beta2::Conditioned::conditions(&object.status),
    );
    object.set_condition(ready, now);
}
