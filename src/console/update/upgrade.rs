//! The upgrade of a whole cluster on the screen: opened, begun, halted, gone on with and given up.

use std::sync::Arc;

use fleetui_base::ObjectKey;
use fleetui_fleet::act::{Act, Deed, Refusal, Step, WalkDeed};
use fleetui_fleet::walk::{Begun, Here, Known, WalkState, plan_deed, plan_upgrade};
use fleetui_fleet::{Update, Walks};
use fleetui_rules::version::Version;

use crate::app::App;
use crate::command::Place;
use crate::screens::{Screen, upgrade};
use crate::subject::Subject;

impl App {
    /// Opens the upgrade of the cluster that what is under the cursor belongs to.
    pub(super) fn open_upgrade(&mut self) {
        match self.cluster_here() {
            Some(key) => self.open_upgrade_of(key),
            None => self.no_cluster(),
        }
    }

    /// The Cluster that what is under the cursor belongs to.
    fn cluster_here(&self) -> Option<ObjectKey> {
        match self.subject() {
            Some(Subject::Object(key)) => {
                let cluster = self.fleet.cluster_of(self.fleet.get(&key)?)?;
                Some(cluster.key())
            }
            Some(Subject::ManagementCluster(_)) | None => None,
        }
    }

    fn no_cluster(&mut self) {
        let what = "nothing here belongs to a Cluster whose upgrade could be looked at";
        self.messages.refuse(self.now, what);
    }

    fn open_upgrade_of(&mut self, key: ObjectKey) {
        let (stack, ground, effects) = self.stack_and_ground();
        let state = upgrade::State::open(key, ground.upgrade(), effects);
        stack.push(Screen::Upgrade(Box::new(state)));
    }

    /// Opens the upgrade that the cursor of the activity is on; says whether it is on one.
    pub(super) fn open_walk(&mut self) -> bool {
        let Some(Screen::Activity(activity)) = self.stack.last() else {
            return false;
        };
        let key = activity.walk().cloned();
        let is_one = key.is_some();
        if let Some(key) = key {
            self.open_upgrade_of(key);
        }
        is_one
    }

    /// The Cluster whose upgrade is meant here.
    fn upgraded(&self) -> Option<ObjectKey> {
        match self.stack.last() {
            Some(Screen::Upgrade(upgrade)) => Some(upgrade.key.clone()),
            Some(Screen::Activity(activity)) => activity.walk().cloned(),
            Some(_) | None => None,
        }
    }

    /// What may be typed behind `:upgrade`.
    pub(super) fn upgrade_words(&self) -> Vec<String> {
        let possible = match self.stack.last() {
            Some(Screen::Upgrade(upgrade)) => upgrade.possible().map(ToString::to_string).collect(),
            Some(_) | None => Vec::new(),
        };
        let deeds = ["pause", "resume", "abandon"].map(str::to_owned);
        possible.into_iter().chain(deeds).collect()
    }

    /// Does what was typed with the upgrade that is meant here. What was not read yet is opened and read first.
    pub(super) fn run_upgrade(&mut self, deed: Option<WalkDeed>) {
        let Some(key) = self.upgraded().or_else(|| self.cluster_here()) else {
            return self.no_cluster();
        };
        let named = match &deed {
            Some(WalkDeed::Begin(to)) => {
                let Ok(version) = to.parse::<Version>() else {
                    let what =
                        format!("'{to}' is neither a version such as v1.32.4 nor pause, resume or abandon");
                    return self.messages.refuse(self.now, &what);
                };
                Some(version)
            }
            Some(WalkDeed::Pause | WalkDeed::Resume | WalkDeed::Abandon) | None => None,
        };
        let is_read = match self.stack.last() {
            Some(Screen::Upgrade(upgrade)) => upgrade.is_read(),
            Some(_) | None => false,
        };
        match deed {
            Some(WalkDeed::Begin(_)) if is_read => self.begin_upgrade(named),
            Some(deed @ (WalkDeed::Pause | WalkDeed::Resume | WalkDeed::Abandon))
                if is_read || self.fleet.walk(&key).is_some() =>
            {
                self.walk_deed(&key, deed);
            }
            deed => {
                if !self.is_upgrade_open() {
                    self.open_upgrade_of(key);
                }
                if deed.is_some()
                    && let Some(Screen::Upgrade(upgrade)) = self.stack.last_mut()
                {
                    upgrade.wanted = deed;
                    let what = "the cluster and its upgrade are read first";
                    self.messages.say(self.now, what);
                }
            }
        }
    }

    /// Does what was typed before the cluster was read, once it is. Who is at something else by then is not taken away from that.
    pub(super) fn do_what_waited(&mut self) {
        let is_here = self.place() == Place::Upgrade;
        let Some(Screen::Upgrade(upgrade)) = self.stack.last_mut() else {
            return;
        };
        if !upgrade.is_settled() {
            return;
        }
        // Why it cannot be read stands on the screen.
        let is_read = upgrade.is_read();
        let Some(deed) = upgrade.wanted.take().filter(|_| is_read) else {
            return;
        };
        if is_here {
            self.messages.clear();
            self.run_upgrade(Some(deed));
        } else {
            let what = "the cluster and its upgrade are read by now: type it again";
            self.messages.say(self.now, what);
        }
    }

    fn is_upgrade_open(&self) -> bool {
        matches!(self.stack.last(), Some(Screen::Upgrade(_)))
    }

    /// Asks before the cluster of the screen is upgraded to the version that is named, else to the one under the cursor.
    pub(super) fn begin_upgrade(&mut self, named: Option<Version>) {
        let Some(Screen::Upgrade(upgrade)) = self.stack.last() else {
            return;
        };
        let Some((gathered, aimed)) = upgrade.meant(named) else {
            let what = "there is no version here that the cluster could be upgraded to";
            return self.messages.refuse(self.now, what);
        };
        let key = upgrade.key.clone();
        let to = aimed.to.as_ref().map(ToString::to_string).unwrap_or_default();
        let there = self.fleet.walk(&key);
        let begun = Begun {
            store: &self.fleet,
            cluster: &key,
            gathered,
            there: there.map(|known| &known.config_map),
            by: self.actor.clone(),
        };
        // What a person may pass over stands in the dialog, which then asks for the name.
        let planned = plan_upgrade(begun, &aimed, true, self.now);
        let act = self.walk_act(&key, WalkDeed::Begin(to));
        let (state, mut around) = self.act_and_around();
        // Whether anything may be written is told first, as everywhere.
        let allowed = around.access.check(around.fleet, &key.management_cluster);
        match allowed.and(planned) {
            Ok(plan) => state.open_plan(plan, &mut around),
            Err(refusal) => around.refuse(act, refusal),
        }
        self.arrange();
    }

    /// Asks before the upgrade is halted; or before it goes on from here, where nobody takes its steps.
    pub(super) fn pause_upgrade(&mut self) {
        let Some(key) = self.upgraded() else {
            return self.no_walk();
        };
        let is_walked = self.fleet.walk(&key).is_some_and(|known| {
            let now = self.fleet.time_of(&key.management_cluster, self.now);
            known.is_walked(now)
        });
        let deed = if is_walked {
            WalkDeed::Pause
        } else {
            WalkDeed::Resume
        };
        self.walk_deed(&key, deed);
    }

    /// Asks before the upgrade is given up.
    pub(super) fn abandon_upgrade(&mut self) {
        match self.upgraded() {
            Some(key) => self.walk_deed(&key, WalkDeed::Abandon),
            None => self.no_walk(),
        }
    }

    fn no_walk(&mut self) {
        let what = "there is no upgrade of a cluster on this line";
        self.messages.refuse(self.now, what);
    }

    fn walk_deed(&mut self, key: &ObjectKey, deed: WalkDeed) {
        let act = self.walk_act(key, deed.clone());
        let (now, who) = (self.now, self.actor.user.clone());
        let planned = match self.fleet.walk(key) {
            Some(known) => plan_deed(&self.fleet, (key, deed), &known.config_map, Vec::new(), &who, now),
            None => Err(Refusal::at(
                Step::Preflight,
                format!("no upgrade of {} is stored", key.object),
            )),
        };
        let (state, mut around) = self.act_and_around();
        match planned {
            Ok((plan, _)) => state.open_plan(plan, &mut around),
            Err(refusal) => around.refuse(act, refusal),
        }
        self.arrange();
    }

    fn walk_act(&self, key: &ObjectKey, deed: WalkDeed) -> Act {
        let row = self.fleet.get(key);
        Act {
            subject: key.clone(),
            uid: row.map(|row| row.facts.uid.clone()).unwrap_or_default(),
            deed: Deed::Walk(deed),
            reason: None,
        }
    }

    /// How upgrades that are walked from here have ended by an update, for the person who may be elsewhere.
    pub(super) fn ended_walks(&self, update: &Update) -> Vec<(bool, String)> {
        let Update::Walks(Walks { walks, .. }) = update else {
            return Vec::new();
        };
        let ended = walks.iter().filter_map(|told| {
            let before = self.fleet.walk(&told.cluster)?;
            (before.is_walked_here() && !told.is_walked_here()).then(|| how_it_ended(told))?
        });
        ended.collect()
    }

    /// Upgrades that are walked from here.
    pub(super) fn walks_from_here(&self) -> usize {
        let walks = self.fleet.walks();
        walks.filter(|known: &&Arc<Known>| known.is_walked_here()).count()
    }
}

/// Whether that is well, and how it is said; nothing of what a person has done.
fn how_it_ended(told: &Known) -> Option<(bool, String)> {
    let of = format!("the upgrade of {}", told.cluster);
    if let Some(Here::Fails(why)) = &told.here {
        return Some((false, format!("{of} is not walked from here any more: {why}")));
    }
    match &told.walk.as_ref().ok()?.state {
        WalkState::Done => Some((true, format!("{of} is done"))),
        WalkState::Stopped(why) => Some((false, format!("{of} has stopped: {why}"))),
        WalkState::Going | WalkState::Paused(_) | WalkState::Abandoned => None,
    }
}
