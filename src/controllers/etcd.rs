//! What control planes need of the etcd on their machines: who its members are, which of them leads, its alarms; and two acts,
//! taking a member out and handing leadership on.
//!
//! A member has the name of its node, as kubeadm gives it. A simulated cluster's etcd is made up, and answers the same questions.
//! Must not know: machines, and what follows for them.

mod client;
mod credentials;
mod forwarded;
mod messages;
mod simulated;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleetui_base::ObjectName;
use jiff::Timestamp;

use self::client::Client;
use self::forwarded::Forwarded;
use crate::context::Context;
use crate::error::Error;
use crate::workloads::{DialEtcd, EtcdAccess};

/// The component whose static pods the members are.
pub(crate) const COMPONENT: &str = "etcd";
/// So long an answer is used again: many things happen at once when a machine comes or goes, and each of them asks.
const FRESH: Duration = Duration::from_secs(5);

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: u64,
    /// The name of its node; empty until it has started.
    pub(crate) name: String,
    /// Whether it does not vote yet.
    pub(crate) learner: bool,
}

impl Member {
    /// What it is called where people read it.
    pub(crate) fn shown(&self) -> String {
        if self.name.is_empty() {
            format!("{} (Name not yet assigned)", self.id)
        } else {
            self.name.clone()
        }
    }

    /// Whether a quorum counts it. One that has not started yet is about to be a learner.
    pub(crate) fn votes(&self) -> bool {
        !self.learner && !self.name.is_empty()
    }
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// Whose it is.
    pub(crate) member: u64,
    /// As etcd calls it, `NOSPACE`.
    pub(crate) name: String,
}

/// What an etcd tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) members: Vec<Member>,
    /// The id of the member that leads.
    pub(crate) leader: u64,
    pub(crate) alarms: Vec<Alarm>,
}

impl Seen {
    /// The member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        let mut members = self.members.iter();
        members.find(|member| member.name == name && !name.is_empty())
    }

    /// Whether the member of this name leads.
    pub(crate) fn is_led_by(&self, name: &str) -> bool {
        self.member(name).is_some_and(|member| member.id == self.leader)
    }

    /// The alarms of a member.
    pub(crate) fn alarms_of(&self, member: &Member) -> Vec<&str> {
        let own = self.alarms.iter().filter(|alarm| alarm.member == member.id);
        own.map(|alarm| alarm.name.as_str()).collect()
    }
}

/// A change to who is in, or leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EtcdAct {
    /// Hands leadership from the member on one node to the first of others that takes it, where it leads at all.
    MoveLeader { from: String, to: Vec<String> },
    /// Takes a member out, through the first of these nodes whose member answers. The last one stays.
    Remove { member: Member, through: Vec<String> },
}

/// What was seen a moment ago, by cluster and the nodes that were asked.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<HashMap<ObjectName, Remembered>>);

#[derive(Debug, Clone)]
struct Remembered {
    at: Timestamp,
    nodes: Vec<String>,
    answer: Result<Seen, String>,
}

impl Memory {
    fn recall(&self, cluster: &ObjectName, nodes: &[String], now: Timestamp) -> Option<Result<Seen, String>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(cluster)?;
        let age = now.duration_since(known.at);
        let fresh = !age.is_negative() && age.unsigned_abs() < FRESH;
        (fresh && known.nodes == nodes).then(|| known.answer.clone())
    }

    fn note(&self, cluster: &ObjectName, remembered: Remembered) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is old is of no use; so the clusters that are gone go.
        let now = remembered.at;
        all.retain(|_, known| now.duration_since(known.at).unsigned_abs() < FRESH);
        all.insert(cluster.clone(), remembered);
    }

    fn forget(&self, cluster: &ObjectName) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(cluster);
    }
}

/// Whether an etcd has to be asked again and again, as nothing announces what happens to it.
pub(crate) fn is_asked(context: &Context, cluster: &ObjectName) -> bool {
    match context.workloads.etcd(cluster) {
        EtcdAccess::Simulated => false,
        EtcdAccess::Forwarded | EtcdAccess::Dialled(_) => true,
    }
}

/// What the etcd of a cluster says of itself, through the first of these nodes whose member answers. The error is the sentence that
/// conditions tell.
pub(crate) async fn ask(context: &Context, cluster: &ObjectName, nodes: &[String]) -> Result<Seen, String> {
    let access = context.workloads.etcd(cluster);
    if matches!(access, EtcdAccess::Simulated) {
        return simulated::seen(&context.connections.pods_of_component(cluster, COMPONENT));
    }
    let now = context.now();
    if let Some(known) = context.etcds.recall(cluster, nodes, now) {
        return known;
    }
    let answer = ask_members(context, cluster, access, nodes).await;
    context.etcds.note(
        cluster,
        Remembered {
            at: now,
            nodes: nodes.to_vec(),
            answer: answer.clone(),
        },
    );
    answer
}

async fn ask_members(
    context: &Context,
    cluster: &ObjectName,
    access: EtcdAccess,
    nodes: &[String],
) -> Result<Seen, String> {
    let connected = connect(context, cluster, access, nodes).await;
    let mut client = connected.map_err(|why| format!("Failed to connect to etcd: {why}"))?;
    let members = client.members().await;
    let members = members.map_err(|why| format!("Failed to get etcd members: {why}"))?;
    let leader = client.leader;
    if members.iter().all(|member| member.id != leader) {
        return Err("Failed to get etcd leader".to_owned());
    }
    let alarms = client.alarms().await;
    let alarms = alarms.map_err(|why| format!("Failed to get etcd alarms: {why}"))?;
    Ok(Seen {
        members,
        leader,
        alarms,
    })
}

/// Connects to the first member that answers.
async fn connect(
    context: &Context,
    cluster: &ObjectName,
    access: EtcdAccess,
    nodes: &[String],
) -> Result<Client, String> {
    let dial: Arc<dyn DialEtcd> = match access {
        EtcdAccess::Dialled(dial) => dial,
        EtcdAccess::Forwarded => {
            let client = context.workload_client(cluster).await;
            Arc::new(Forwarded::new(client.map_err(|error| error.to_string())?))
        }
        // Whoever asks has dealt with it.
        EtcdAccess::Simulated => return Err("it is a simulated one".to_owned()),
    };
    let tls = credentials::read(context, cluster).await?;
    let mut refusals = Vec::new();
    for node in nodes {
        match Client::connect(dial.as_ref(), node, &tls, context.settings.probe_timeout).await {
            Ok(client) => return Ok(client),
            Err(why) => refusals.push(format!("member {node}: {why}")),
        }
    }
    if refusals.is_empty() {
        return Err("there is no Node whose member could be asked".to_owned());
    }
    Err(refusals.join("; "))
}

/// Changes who is in, or leads.
pub(crate) async fn act(context: &Context, cluster: &ObjectName, act: &EtcdAct) -> Result<(), Error> {
    context.etcds.forget(cluster);
    let access = context.workloads.etcd(cluster);
    if matches!(access, EtcdAccess::Simulated) {
        let pods = context.connections.pods_of_component(cluster, COMPONENT);
        let write = simulated::act(&pods, act, context.now());
        return match write.map_err(|why| act.failed(cluster, why))? {
            Some(write) => context.write_workload(cluster, write).await,
            None => Ok(()),
        };
    }
    let done = match act {
        EtcdAct::MoveLeader { from, to } => move_leader(context, cluster, access, (from, to)).await,
        EtcdAct::Remove { member, through } => remove(context, cluster, access, (member, through)).await,
    };
    done.map_err(|why| act.failed(cluster, why))?;
    tracing::info!(%cluster, "{}", act.describe());
    Ok(())
}

async fn move_leader(
    context: &Context,
    cluster: &ObjectName,
    access: EtcdAccess,
    (from, to): (&str, &[String]),
) -> Result<(), String> {
    // Only the leader itself hands on.
    let mut client = connect(context, cluster, access, &[from.to_owned()]).await?;
    let members = client.members().await?;
    let named = |name: &str| members.iter().find(|member| member.name == name);
    if named(from).is_none_or(|member| member.id != client.leader) {
        return Ok(());
    }
    let mut refusals = Vec::new();
    for name in to {
        match named(name) {
            None => refusals.push(format!("there is no member {name}")),
            Some(member) => match client.move_leader(member.id).await {
                Ok(()) => return Ok(()),
                Err(why) => refusals.push(format!("to {name}: {why}")),
            },
        }
    }
    Err(refusals.join("; "))
}

async fn remove(
    context: &Context,
    cluster: &ObjectName,
    access: EtcdAccess,
    (member, through): (&Member, &[String]),
) -> Result<(), String> {
    let mut client = connect(context, cluster, access, through).await?;
    // A quorum answers: the one that was reached is not cut off.
    let members = client.members().await?;
    if members.iter().all(|known| known.id != member.id) {
        return Ok(());
    }
    if members.len() == 1 {
        return Err("it is the last one".to_owned());
    }
    client.remove(member.id).await
}

impl EtcdAct {
    fn describe(&self) -> String {
        match self {
            Self::MoveLeader { from, .. } => format!("move etcd leadership from member {from}"),
            Self::Remove { member, .. } => format!("remove etcd member {}", member.shown()),
        }
    }

    fn failed(&self, cluster: &ObjectName, why: String) -> Error {
        Error::Etcd {
            what: format!("{} of workload cluster {cluster}", self.describe()),
            why,
        }
    }
}
