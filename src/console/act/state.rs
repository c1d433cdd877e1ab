//! What is open, and what it asks for.

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::act::{AuditId, Confirm, Deed, Found, Judgement, Plan};
use jiff::{SignedDuration, Timestamp};

use super::running::{Batch, Running};
use crate::chord::{Chord, Key, Named};
use crate::effect::{EffectId, KubeconfigTo};
use crate::line_input::LineInput;

/// Keys that come so soon after a dialog that asks for a name was not opened were meant for it.
const TYPED_AHEAD: SignedDuration = SignedDuration::from_secs(1);

/// What is asked, and what was sent off.
#[derive(Debug, Default)]
pub struct State {
    /// What can be done about a machine or about hosts, while that is asked.
    pub menu: Option<Menu>,
    /// What is asked before something is done.
    pub dialog: Option<Box<Dialog>>,
    /// The command line that a menu asks for.
    pub typing: Option<&'static str>,
    /// What was sent off, and has ended a moment ago.
    pub running: Vec<Running>,
    /// Acts on several objects that were sent off together, as long as one of them has not ended.
    pub(super) batches: Vec<Batch>,
    /// The reading of the audit log that a change to be taken back is looked up in, and where that was.
    pub(super) undoing: Option<Undoing>,
    /// Upgrades of whole clusters that are being taken up, and of what.
    pub(super) taking_up: Vec<(EffectId, ObjectKey)>,
    /// Kubeconfigs that were asked for, and what is said where nothing else is once they are had.
    pub(crate) lent: Vec<(EffectId, Option<String>)>,
    /// When a dialog was not opened, or a key was last kept from going elsewhere since.
    pub(super) refused: Option<Timestamp>,
}

/// A change that is to be taken back, before it is known.
#[derive(Debug)]
pub(super) struct Undoing {
    pub(super) effect: EffectId,
    pub(super) only: Option<ManagementCluster>,
    /// Which one, where a person has pointed at it; else the latest.
    pub(super) id: Option<AuditId>,
}

/// What can be done about a machine, or about hosts.
#[derive(Debug)]
pub struct Menu {
    /// The machine, or the first of the hosts.
    pub key: ObjectKey,
    /// Its uid when the menu opened.
    pub uid: CompactString,
    /// The other hosts that are marked, with the uids that they had.
    pub others: Vec<(ObjectKey, CompactString)>,
    /// How many are marked and are not shown, so that they are left alone.
    pub hidden: usize,
    /// What there is, with what it comes to, or why it cannot be.
    pub choices: Vec<Choice>,
    /// Which one is chosen.
    pub at: usize,
}

impl Menu {
    /// The management clusters of what is meant, each once, in the order of the objects.
    pub fn management_clusters(&self) -> Vec<&str> {
        let keys = std::iter::once(&self.key).chain(self.others.iter().map(|(key, _)| key));
        let mut names: Vec<&str> = Vec::new();
        for key in keys {
            let name = key.management_cluster.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// A line of a menu.
#[derive(Debug)]
pub struct Choice {
    /// What is done.
    pub offer: Offer,
    /// What it is called here.
    pub title: &'static str,
    /// What it comes to, or why it cannot be.
    pub outlook: Result<Shown, Shown>,
}

/// What is chosen in a menu.
#[derive(Debug, Clone)]
pub enum Offer {
    /// It is done, once it was asked about.
    Deed(Deed),
    /// The kubeconfig of a workload cluster is lent.
    Lend(KubeconfigTo),
    /// The command line opens with this text, for what it is to be done with.
    Type(&'static str),
}

/// What is asked before something is done to one object, or to several that were marked.
#[derive(Debug)]
pub struct Dialog {
    /// What is done to each of them.
    pub items: Vec<Item>,
    /// Those that were meant too and are left out: why.
    pub left_out: Vec<(ObjectKey, Shown)>,
    /// How many were marked and are not shown, so that they are left alone.
    pub hidden: usize,
    /// What is typed where a name or a number is asked for.
    pub name: LineInput,
    /// Why it is done.
    pub reason: LineInput,
    /// Whether what is typed is the reason.
    pub in_reason: bool,
    /// Whether the person has said once more that it is meant.
    pub confirmed: bool,
    /// Whether it was accepted before it was known what the server says.
    pub submit: bool,
    /// What is wrong with what was typed.
    pub remark: Option<Shown>,
    /// What has changed since it was asked, so that the server is asked again.
    pub meanwhile: Option<Shown>,
    /// Lines of what it says that are above its panel.
    pub above: usize,
}

/// What is done to one object.
#[derive(Debug)]
pub struct Item {
    /// What it comes to.
    pub plan: Box<Plan>,
    /// How it stands.
    pub standing: Standing,
    /// What the server said of it, when, and whether that was news, while it is looked at what will hold its drains.
    pub(super) weighed: Option<Box<(Judgement, Timestamp, bool)>>,
}

/// How an act stands before it is carried out.
#[derive(Debug)]
pub enum Standing {
    /// The gate and the server are asked.
    Checking(EffectId),
    /// They have nothing against it.
    Ready {
        /// What they say.
        judgement: Judgement,
        /// When.
        at: Timestamp,
        /// Whether they show something of the change that was not said before.
        news: bool,
    },
    /// It is not done: why.
    Refused(Shown),
}

/// What a person has to do for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// One key.
    Key,
    /// The key twice: why.
    Twice(String),
    /// This, typed: the name of the object.
    Name(String),
    /// This, typed: the number of objects.
    Number(usize),
}

impl State {
    /// Whether the keys go to it.
    pub fn is_open(&self) -> bool {
        self.menu.is_some() || self.dialog.is_some()
    }

    /// Whether a key was typed ahead into a dialog that was not opened, and must not do something else.
    pub fn swallows(&mut self, chord: Chord, now: Timestamp) -> bool {
        let soon = |refused: Timestamp| now.duration_since(refused) <= TYPED_AHEAD;
        let types = match chord.key {
            Key::Char(_) => chord.typed().is_some(),
            Key::Named(_) => chord == Chord::named(Named::Enter) || chord == Chord::named(Named::Backspace),
            Key::Function(_) => false,
        };
        let swallowed = types && self.refused.is_some_and(soon);
        self.refused = swallowed.then_some(now);
        swallowed
    }
}

impl Dialog {
    /// What is still meant to be done.
    pub fn meant(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| !item.is_refused())
    }

    /// Whether several objects were meant when it opened. What stands in the way of one of them is passed over in a dialog of its
    /// own.
    pub fn is_of_several(&self) -> bool {
        self.items.len() + self.left_out.len() > 1
    }

    /// Whether the server is still being asked.
    pub fn is_checking(&self) -> bool {
        self.meant()
            .any(|item| matches!(item.standing, Standing::Checking(_)))
    }

    /// What has to be done for it.
    pub fn asks(&self) -> Asks {
        let mut meant = self.meant();
        let (first, second) = (meant.next(), meant.next());
        let Some(first) = first else { return Asks::Key };
        if second.is_some() {
            let count = self.meant().count();
            if self.meant().any(|item| item.plan.is_weighty()) {
                return Asks::Number(count);
            }
            // Each of them is listed; one key for each asks for one key for all.
            return match self.meant().find_map(Item::why_twice) {
                Some(why) => Asks::Twice(why),
                None => Asks::Key,
            };
        }
        // What stands in the way is not passed over by a key that is pressed twice.
        if first.plan.blocking().next().is_some() {
            return Asks::Name(first.plan.act.subject.object.name.to_string());
        }
        match &first.plan.confirm {
            Confirm::Name(name) => Asks::Name(name.to_string()),
            Confirm::Twice(_) | Confirm::Key => first.why_twice().map_or(Asks::Key, Asks::Twice),
        }
    }

    /// Whether something is typed beside the reason.
    pub fn asks_for_text(&self) -> bool {
        matches!(self.asks(), Asks::Name(_) | Asks::Number(_))
    }

    /// The line that what is typed goes to.
    pub fn input(&mut self) -> &mut LineInput {
        if self.in_reason || !self.asks_for_text() {
            &mut self.reason
        } else {
            &mut self.name
        }
    }

    /// The effects whose outcomes it waits for.
    pub(super) fn waits_for(&self) -> impl Iterator<Item = EffectId> {
        self.items.iter().filter_map(|item| match item.standing {
            Standing::Checking(effect) => Some(effect),
            Standing::Ready { .. } | Standing::Refused(_) => None,
        })
    }
}

impl Item {
    /// Why one key is not enough for it, where that is so.
    fn why_twice(&self) -> Option<String> {
        match (&self.plan.confirm, &self.standing) {
            (Confirm::Twice(why), _) => Some(why.clone()),
            (Confirm::Key, Standing::Ready { judgement, .. }) => judgement.owners.first().cloned(),
            (Confirm::Key, Standing::Checking(_) | Standing::Refused(_)) | (Confirm::Name(_), _) => None,
        }
    }

    /// Whether it is not done.
    pub fn is_refused(&self) -> bool {
        matches!(self.standing, Standing::Refused(_))
    }

    /// Whether something stands in its way that a person may pass over.
    pub(super) fn is_blocked(&self) -> bool {
        let mut checks = self.plan.checks.iter();
        checks.any(|check| matches!(check.found, Found::Blocks { .. }))
    }
}
