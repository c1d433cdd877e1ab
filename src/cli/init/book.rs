//! What `fleetui init` writes into the audit log: an intent before the first definition is sent, the outcome behind the last one,
//! and each try that was refused.

use color_eyre::Report;
use fleetui_base::clock::SystemClock;
use fleetui_base::{Clock as _, GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_client::AuditLog;
use fleetui_connect::Target;
use fleetui_fleet::act::audit::{Outcome, Stage, Written};
use fleetui_fleet::act::{Act, Actor, AuditId, Confirmed, Deed, Entry, Refusal, Step, Verb};

use super::Planned;
use crate::cli::FleetArgs;
use crate::cli::act::who;
use crate::cli::status::Refused;

/// The definition that stands for all of them where only one can be named.
const FIRST: &str = "clusters.cluster.x-k8s.io";

/// The audit log, and what it is told about.
pub(super) struct Book {
    log: AuditLog,
    actor: Actor,
    act: Act,
}

/// A definition in a management cluster.
fn definition(management_cluster: &ManagementCluster, name: &str) -> ObjectKey {
    let kind = GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    ObjectKey::new(management_cluster.clone(), kind, ObjectName::new("", name))
}

impl Book {
    /// That of this user, about this management cluster.
    pub(super) fn open(fleet: &FleetArgs, target: &Target) -> Self {
        let settings = who::settings(fleet, "init", who::Book::User);
        Self {
            log: settings.audit,
            actor: settings.actor,
            act: Act {
                subject: definition(&target.management_cluster, FIRST),
                uid: "".into(),
                deed: Deed::Install,
                reason: None,
            },
        }
    }

    async fn write(&self, id: AuditId, stage: Stage) -> std::io::Result<()> {
        let entry = Entry::new(id, SystemClock.now(), self.actor.clone(), &self.act, stage);
        self.log.write(&entry).await
    }

    /// Writes down that it was refused, and gives the reason back.
    pub(super) async fn refused(&self, step: Step, why: Report) -> Report {
        let id = self.log.next_id(SystemClock.now());
        let refusal = Refusal::at(step, why.to_string());
        if let Err(error) = self.write(id, Stage::Refused(refusal)).await {
            tracing::warn!(%error, "a try that was refused is not in the audit log");
        }
        why
    }

    /// Writes down that all this is about to be sent.
    ///
    /// # Errors
    /// It cannot be written down, and so must not be done.
    pub(super) async fn begun(
        &self,
        planned: &[Planned],
        confirmed: Confirmed,
    ) -> color_eyre::Result<AuditId> {
        let here = &self.act.subject.management_cluster;
        let sent = planned.iter().filter(|(verb, ..)| *verb != super::KEEPS);
        let writes = sent.map(|(_, name, _)| Written {
            target: definition(here, name),
            uid: "".into(),
            api_version: "apiextensions.k8s.io/v1".into(),
            verb: Verb::Apply,
            fields: Vec::new(),
        });
        let stage = Stage::Intent {
            writes: writes.collect(),
            confirmed,
        };
        let id = self.log.next_id(SystemClock.now());
        let written = self.write(id.clone(), stage).await;
        written.map_err(|error| {
            Refused(format!(
                "{here} was left as it is: the audit log cannot be written: {error}"
            ))
        })?;
        Ok(id)
    }

    /// Writes down how it ended: `done` of the writes were done before it failed.
    pub(super) async fn ended(&self, id: AuditId, ended: Result<&(), &Report>, done: usize) {
        let outcome = match ended {
            Ok(()) => Outcome::Done,
            Err(why) => Outcome::Failed(done, why.to_string()),
        };
        if let Err(error) = self.write(id, Stage::Outcome(outcome)).await {
            tracing::warn!(%error, "how it ended is not in the audit log");
        }
    }
}
