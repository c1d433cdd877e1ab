//! What one agent does next, decided from its ByoHost and what it is at. A function of both and the time.
//!
//! Must not know: how anything is done.

use std::time::Duration;

use fleetui_api::byoh::ByoHost;
use fleetui_api::byoh::host::ByoHostStatus;
use fleetui_api::byoh::names::{self, BOOTSTRAP_SUCCEEDED, INSTALLATION_SUCCEEDED, reason};
use fleetui_api::labels;
use fleetui_rules::names::seeded;
use jiff::{SignedDuration, Timestamp};

use super::{FAIL_STEP_ANNOTATION, SILENT_ANNOTATION, SimulatedHostSettings};
use crate::object::{Metadata, Object};

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
    /// Its node has got the network that it waited for, so that nobody need look for one any more.
    pub(super) networked: bool,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing, and nothing is said either.
    Silence,
    /// Nothing until the host changes.
    Nothing,
    /// Nothing before that time.
    Wait(Timestamp),
    /// A step begins.
    Begin(Work),
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
        return Decision::Silence;
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

struct Look<'a> {
    host: &'a Object<ByoHost>,
    journal: &'a Journal,
    now: Timestamp,
    settings: &'a SimulatedHostSettings,
}

impl Look<'_> {
    fn decide(&self) -> Decision {
        let (host, status) = (self.host, &self.host.status);
        let dirty = is_true(status, BOOTSTRAP_SUCCEEDED) || is_true(status, INSTALLATION_SUCCEEDED);
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
        if is_true(status, BOOTSTRAP_SUCCEEDED) || self.has_failed(&machine) {
            return Decision::Nothing;
        }
        if host.spec.bootstrap_secret.is_none() {
            return self.tell(BOOTSTRAP_SUCCEEDED, reason::BOOTSTRAP_DATA_UNAVAILABLE);
        }
        if is_true(status, INSTALLATION_SUCCEEDED) {
            return self.step(Step::Bootstrap);
        }
        if host.spec.installation_secret.is_none() {
            return self.tell(INSTALLATION_SUCCEEDED, reason::INSTALLATION_SECRET_UNAVAILABLE);
        }
        self.step(Step::Install)
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
        let jittered = jittered(usual, self.settings, &name);
        let stretched = self.settings.simulation.pace.stretch(jittered);
        SignedDuration::try_from(stretched).unwrap_or(SignedDuration::MAX)
    }
}

/// A duration with some of its jitter on top; how much follows from seed and name alone.
pub(super) fn jittered(usual: Duration, settings: &SimulatedHostSettings, name: &str) -> Duration {
    let part = u32::try_from(seeded(settings.simulation.seed, name) >> 32).unwrap_or(0);
    let fraction = f64::from(part) / 4_294_967_296.0;
    usual.mul_f64(1.0 + fraction * settings.simulation.jitter.clamp(0.0, 10.0))
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

fn is_true(status: &ByoHostStatus, kind: &str) -> bool {
    let found = status.conditions.iter().find(|condition| condition.kind == kind);
    found.is_some_and(|condition| condition.status == "True")
}
