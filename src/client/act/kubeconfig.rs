//! The kubeconfig of a workload cluster, read for a person. Nothing is written, but whoever has it can do anything there: so it
//! passes the steps of the gate that apply, permission and audit, and has its lines in the log.

use fleetui_base::redact::Secret;
use fleetui_base::{ObjectKey, ObjectName};
use fleetui_fleet::act::audit::{Outcome as Ended, Stage};
use fleetui_fleet::act::{Act, Confirmed, Deed, Entry, Refusal, Step};

use super::gate::{self, Ground};
use super::identity;
use super::permission::{Asked, May};
use crate::command::{Failure, FailureKind};
use crate::fault::Fault;
use crate::fleet_client::FleetClient;
use crate::workload;

impl FleetClient {
    /// Reads the kubeconfig of a workload cluster for a person: what is asked for and how it ended stands in the audit log.
    /// Needs no session that is connected. Nothing that the kubeconfig names is run or read.
    ///
    /// # Errors
    /// The person may not, the audit log cannot be written, or there is no kubeconfig.
    pub async fn kubeconfig(
        &self,
        cluster: &ObjectKey,
        uid: &str,
        reason: Option<String>,
    ) -> Result<Secret<String>, Failure> {
        let ground = self.ground(&cluster.management_cluster)?;
        let act = Act {
            subject: cluster.clone(),
            uid: uid.into(),
            deed: Deed::Kubeconfig,
            reason,
        };
        fetch(&ground, &act).await
    }
}

async fn fetch(ground: &Ground, act: &Act) -> Result<Secret<String>, Failure> {
    let cluster = &act.subject.object;
    if let May::No(why) = may(ground, cluster).await {
        let why = format!("you may not get the Secret {}-kubeconfig: {why}", cluster.name);
        return Err(refuse(ground, act, (Step::Permission, why)).await);
    }
    let now = ground.clock.now();
    let audit = &ground.settings.audit;
    let id = audit.next_id(now);
    let line = |stage: Stage| {
        let actor = identity::actor(ground);
        Entry::new(id.clone(), ground.clock.now(), actor, act, stage)
    };
    let intent = line(Stage::Intent {
        writes: Vec::new(),
        confirmed: Confirmed::default(),
    });
    if let Err(error) = audit.write(&intent).await {
        let why = format!("the audit log cannot be written: {error}; nothing was read");
        return Err(Failure::new(FailureKind::Refused(Step::Audit), why));
    }
    let limit = ground.settings.execute_timeout;
    let reading = Box::pin(workload::secret(&ground.handle, cluster, &ground.settings));
    let outcome = match tokio::time::timeout(limit, reading).await {
        Ok(outcome) => outcome.map(|secret| secret.text),
        Err(_elapsed) => Err(Fault::TimedOut(limit).into()),
    };
    let ended = match &outcome {
        Ok(_) => Ended::Done,
        Err(failure) => Ended::Failed(0, failure.message.clone()),
    };
    if let Err(error) = audit.write(&line(Stage::Outcome(ended))).await {
        tracing::error!(%error, "that a kubeconfig was read is not in the audit log");
    }
    outcome
}

async fn may(ground: &Ground, cluster: &ObjectName) -> May {
    let asked = Asked {
        verb: "get",
        group: "".into(),
        resource: "secrets".into(),
        namespace: cluster.namespace.clone(),
        name: format!("{}-kubeconfig", cluster.name).into(),
    };
    let now = ground.clock.monotonic();
    let limit = ground.settings.request_timeout;
    let permissions = &ground.handle.permissions;
    let (may, ()) = tokio::join!(
        permissions.may(&ground.handle, &asked, now, limit),
        identity::learn(ground)
    );
    may
}

async fn refuse(ground: &Ground, act: &Act, (step, why): (Step, String)) -> Failure {
    let refusal = Refusal::at(step, why.as_str());
    gate::note_at(ground, act, refusal).await;
    Failure::new(FailureKind::Refused(step), why)
}
