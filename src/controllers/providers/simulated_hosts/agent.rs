//! What one agent does next, decided from its ByoHost and what it is at. A function of both and the time.
//!
//! Must not know: how anything is done.

use fleetui_api::byoh::ByoHost;
use fleetui_api::byoh::names::{self, BOOTSTRAP_SUCCEEDED, INSTALLATION_SUCCEEDED, reason};
use fleetui_api::labels;
use jiff::{SignedDuration, Timestamp};

use super::{FAIL_STEP_ANNOTATION, SILENT_ANNOTATION, SimulatedHostSettings};
use crate::object::{Metadata, Object};
use crate::providers::byoh;
use crate::providers::simulated::durations::jittered;
use crate::settings::Network;

/// Something that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Kubernetes is installed.
    Install,
    /// The node is brought up.
    Bootstrap,
    /// The host is cleaned.
    Reset,
}

/// A step that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) step: Step,
    /// Uid of the machine that it is for; empty where nobody is known.
    pub(super) machine: String,
    pub(super) until: Timestamp,
}

/// What an agent remembers between looks at its host. A real one keeps it in its journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) work: Option<Work>,
    /// Uid of the machine that the host was installed for.
    pub(super) served: Option<String>,
    pub(super) network: PodNetwork,
    /// Whether the node's cluster was told that nothing is heard of it. That is no agent's doing; nobody else would here.
    pub(super) node_lost: bool,
}

/// What an agent knows of the network for pods of its node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum PodNetwork {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// The node's cluster is watched for one.
    Awaited,
    /// The cluster has one; the node does not tell yet.
    There,
    /// The node tells that it is Ready.
    Used,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing, and nothing is said either.
    Silence,
    /// The same until that time.
    SilentUntil(Timestamp),
    /// Nothing until the host changes.
    Nothing,
    /// Nothing before that time.
    Wait(Timestamp),
    /// A step begins.
    Begin(Work),
    /// The cluster of the node is watched until it has a network for pods.
    AwaitNetwork,
    /// Something is written.
    Do(Action),
}

/// A write, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// The host is made, or told of.
    Register,
    /// A condition does not hold, for a reason that is no fault.
    Tell(&'static str, &'static str),
    /// A step is over, and its effects come about.
    Finish(Step),
    /// A step failed, with these last words.
    Fail(Step, String),
    /// The node has its network, and tells that it is Ready.
    TurnReady,
    /// The host is off: its cluster takes its node for lost.
    LoseNode,
    /// It is on again, and its node tells so.
    RegainNode,
    /// It lives.
    Heartbeat,
}

impl Step {
    /// The word for it in failures and in the annotation that asks for one.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Bootstrap => "bootstrap",
            Self::Reset => "reset",
        }
    }

    /// The command that ends a failing step.
    pub(super) fn command(self) -> &'static str {
        match self {
            Self::Install => "dpkg --install kubelet.deb",
            Self::Bootstrap => "kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml",
            Self::Reset => "kubeadm reset --force",
        }
    }
}

/// Decides.
pub(super) fn decide(
    host: &Object<ByoHost>,
    journal: &Journal,
    now: Timestamp,
    settings: &SimulatedHostSettings,
) -> Decision {
    if host.metadata.annotation(SILENT_ANNOTATION).is_some() {
        return silence(host, journal, now, settings);
    }
    if host.status.hostinfo.is_none() {
        return Decision::Do(Action::Register);
    }
    if host.is_deleting() || host.metadata.annotation(labels::PAUSED).is_some() {
        return Decision::Nothing;
    }
    let look = Look {
        host,
        journal,
        now,
        settings,
    };
    look.decide()
}

/// What a host that is off brings about: its cluster waits for the node as long as one would, and then takes it for lost.
fn silence(
    host: &Object<ByoHost>,
    journal: &Journal,
    now: Timestamp,
    settings: &SimulatedHostSettings,
) -> Decision {
    let heard = host.status.last_heartbeat_time.as_ref();
    let heard = heard.and_then(|heard| heard.parse::<Timestamp>().ok());
    let lost = heard.and_then(|heard| heard.checked_add(settings.node_grace).ok());
    let Some(lost) =
        lost.filter(|_| byoh::facts(host, None).is_true(BOOTSTRAP_SUCCEEDED) && !journal.node_lost)
    else {
        return Decision::Silence;
    };
    if lost <= now {
        Decision::Do(Action::LoseNode)
    } else {
        Decision::SilentUntil(lost)
    }
}

struct Look<'a> {
    host: &'a Object<ByoHost>,
    journal: &'a Journal,
    now: Timestamp,
    settings: &'a SimulatedHostSettings,
}

impl Look<'_> {
    fn decide(&self) -> Decision {
        let (host, status) = (self.host, &self.host.status);
        let facts = byoh::facts(host, None);
        let dirty = facts.is_unclean();
        if host.metadata.annotation(names::UNREGISTERING).is_some() {
            return self.step(Step::Reset);
        }
        if status.machine_ref.is_none() {
            // Nobody knows of what runs here any more: it must not run on.
            return if dirty {
                self.step(Step::Reset)
            } else {
                self.tell(BOOTSTRAP_SUCCEEDED, reason::WAITING_FOR_MACHINE_REF)
            };
        }
        let machine = machine(host);
        let anothers = self
            .journal
            .served
            .as_ref()
            .is_some_and(|served| *served != machine);
        if dirty && anothers {
            return self.step(Step::Reset);
        }
        if facts.is_true(BOOTSTRAP_SUCCEEDED) {
            return self.network();
        }
        if self.has_failed(&machine) {
            return Decision::Nothing;
        }
        if host.spec.bootstrap_secret.is_none() {
            return self.tell(BOOTSTRAP_SUCCEEDED, reason::BOOTSTRAP_DATA_UNAVAILABLE);
        }
        if self.settings.skip_installation || facts.is_true(INSTALLATION_SUCCEEDED) {
            return self.step(Step::Bootstrap);
        }
        if host.spec.installation_secret.is_none() {
            return self.tell(INSTALLATION_SUCCEEDED, reason::INSTALLATION_SECRET_UNAVAILABLE);
        }
        self.step(Step::Install)
    }

    /// What a node that is up does about its network.
    fn network(&self) -> Decision {
        if self.journal.node_lost {
            return Decision::Do(Action::RegainNode);
        }
        match (self.journal.network, self.settings.simulation.network) {
            (PodNetwork::Unknown, Network::Awaited) => Decision::AwaitNetwork,
            (PodNetwork::There, _) => Decision::Do(Action::TurnReady),
            (PodNetwork::Unknown | PodNetwork::Awaited | PodNetwork::Used, _) => Decision::Nothing,
        }
    }

    /// Begins a step, waits for its end, or ends it.
    fn step(&self, step: Step) -> Decision {
        let machine = machine(self.host);
        let going = self.journal.work.as_ref();
        let Some(work) = going.filter(|work| work.step == step && work.machine == machine) else {
            let until = self.now.checked_add(self.duration(step)).unwrap_or(self.now);
            return Decision::Begin(Work { step, machine, until });
        };
        if self.now < work.until {
            return Decision::Wait(work.until);
        }
        match fails(self.host, step) {
            // A reset that failed is told of once, and not tried again while the reason is there.
            Some(_) if step == Step::Reset && self.has_told(step) => Decision::Nothing,
            Some(words) => Decision::Do(Action::Fail(step, words)),
            None => Decision::Do(Action::Finish(step)),
        }
    }

    fn has_failed(&self, machine: &str) -> bool {
        let failure = self.host.status.failure.as_ref();
        failure.is_some_and(|failure| {
            failure.step != Step::Reset.as_str() && failure.machine_uid.as_deref() == Some(machine)
        })
    }

    fn has_told(&self, step: Step) -> bool {
        let failure = self.host.status.failure.as_ref();
        failure.is_some_and(|failure| failure.step == step.as_str())
    }

    fn tell(&self, kind: &'static str, reason: &'static str) -> Decision {
        let told = self.host.status.conditions.iter().any(|condition| {
            condition.kind == kind
                && (condition.reason.as_deref() == Some(reason)
                    || condition.reason.as_deref() == Some(reason::NODE_ABSENT)
                        && reason == reason::WAITING_FOR_MACHINE_REF)
        });
        if told {
            Decision::Nothing
        } else {
            Decision::Do(Action::Tell(kind, reason))
        }
    }

    fn duration(&self, step: Step) -> SignedDuration {
        let usual = match step {
            Step::Install => self.settings.install,
            Step::Bootstrap => self.settings.bootstrap,
            Step::Reset => self.settings.reset,
        };
        let name = format!("{}/{}/{}", step.as_str(), self.host.name(), machine(self.host));
        let simulation = &self.settings.simulation;
        let jittered = jittered(usual, simulation.jitter, simulation.seed, &name);
        let stretched = simulation.pace.stretch(jittered);
        SignedDuration::try_from(stretched).unwrap_or(SignedDuration::MAX)
    }
}

/// Uid of the machine that has the host; empty where nobody is known.
pub(super) fn machine(host: &Object<ByoHost>) -> String {
    let references = [host.spec.claim_ref.as_ref(), host.status.machine_ref.as_ref()];
    let uid = references
        .into_iter()
        .flatten()
        .find_map(|reference| reference.uid.clone());
    uid.unwrap_or_default()
}

/// The last words of a step that shall fail.
fn fails(host: &Object<ByoHost>, step: Step) -> Option<String> {
    let asked = host.metadata.annotation(FAIL_STEP_ANNOTATION)?;
    let (which, words) = asked.split_once(':').unwrap_or((asked, "it was told to fail"));
    (which.trim() == step.as_str()).then(|| words.trim().to_owned())
}
