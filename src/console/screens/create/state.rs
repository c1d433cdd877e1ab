//! What the screen holds, and how far it is.

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::access::Access;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::act::{Judgement, Plan};
use fleetui_fleet::create::{
    CreateDraft, Creation, Edited, Flavour, Form, Remark, Variables, built_ins, topology_runs,
};
use jiff::Timestamp;

use super::namespace::Namespace;
use crate::draft::{CreateDraftName, CreateDrafting};
use crate::effect::{Action, EffectId, Effects, Outcome, Request};
use crate::line_input::LineInput;
use crate::list::List;
use crate::prose::Line;
use crate::yaml::Text;

/// Lines below the questions, or below the text, that tell of the one under the cursor.
pub const ABOUT_ROWS: u16 = 6;

/// What the screen is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// Whether anything may be written at all.
    pub access: Access,
    /// Now.
    pub now: Timestamp,
    /// Columns and rows below the title.
    pub size: (u16, u16),
    /// Values of variables that were there before anybody was asked.
    pub variables: &'a Variables,
}

impl<'a> Ground<'a> {
    pub(super) fn around(self) -> Around<'a> {
        Around {
            store: self.fleet,
            now: self.now,
        }
    }
}

/// What a cluster can be made from.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// A template of the program.
    Flavour(Flavour),
    /// A draft that was not created.
    Draft(Box<CreateDraft>),
    /// A creation that was interrupted.
    Interrupted(Box<Creation>),
    /// A ClusterClass, and why it is not offered where it is not.
    Class(ObjectKey, Option<String>),
    /// A file of a directory of templates, and why it cannot be read.
    Unread(String, Shown),
}

/// How far it is.
#[derive(Debug)]
pub enum Phase {
    /// It is said what the cluster is made from.
    Choosing,
    /// A template is read.
    Reading(EffectId),
    /// The questions are answered.
    Form,
    /// The objects are edited as text.
    Yaml,
    /// The server checks what would be created.
    Checking(EffectId, Box<Creation>, Box<Plan>),
    /// It is shown what would be written.
    Reviewing(Box<Review>),
    /// Objects are created.
    Creating(EffectId),
    /// A creation was interrupted: what is there of it, and why.
    Interrupted,
    /// It is found out what is there of one; whether it is to be gone on with.
    Looking(EffectId, bool),
    /// What was made is deleted.
    CleaningUp(EffectId),
    /// Everything was created, and the cluster comes up.
    Watching,
    /// It is over, and what is said then.
    Done(String),
    /// Nothing can be created.
    Failed(Shown),
}

/// What would be written, as it is shown before.
#[derive(Debug)]
pub struct Review {
    /// The creation.
    pub creation: Creation,
    /// The writes.
    pub plan: Plan,
    /// What the gate and the server say of them.
    pub judgement: Judgement,
    /// When they said so.
    pub at: Timestamp,
    /// Whether it takes back what was made.
    pub takes_back: bool,
    /// The name that is typed, where one is asked for.
    pub typed: Option<LineInput>,
    /// Lines of it that are above the screen.
    pub above: usize,
}

/// The screen.
#[derive(Debug)]
pub struct State {
    /// How far it is.
    pub phase: Phase,
    /// What a cluster can be made from.
    pub list: List<usize>,
    /// The same, in the order of the list.
    pub choices: Vec<Choice>,
    /// The directory whose templates they are, as it was typed; nothing where they are those of the program.
    pub directory: Option<String>,
    /// The questions, once it is said what the cluster is made from.
    pub form: Option<Form>,
    /// Which question the cursor is on; the management cluster is the first.
    pub at: usize,
    /// The answer that is typed.
    pub line: LineInput,
    /// What is wrong with the answers.
    pub remarks: Vec<Remark>,
    /// What may be answered to the question under the cursor.
    pub suggestions: Vec<String>,
    /// What was changed in the text beyond the answers.
    pub edited: Option<Edited>,
    /// The text; empty until it is asked for.
    pub text: Text,
    /// Whether leaving the text once more drops it, as it cannot be read.
    pub drops_text: bool,
    /// The draft that goes once that is asked for once more.
    pub discards: Option<CreateDraftName>,
    /// What is said of the last thing that was done.
    pub note: Option<(bool, Shown)>,
    /// Creations of any management cluster that have not come to their end.
    pub(super) unfinished: Vec<Creation>,
    /// What is being created, or was.
    pub creation: Option<Box<Creation>>,
    /// How far the cluster is, written out.
    pub about: Vec<Line>,
    /// The identity of the draft.
    pub(super) draft: String,
    /// When the draft was kept that is on the disk.
    pub kept_at: Option<Timestamp>,
    pub(super) management_cluster: ManagementCluster,
    pub(super) unkept: bool,
    pub(super) now: Timestamp,
    pub(super) size: (u16, u16),
    pub(super) arrived: Vec<Outcome>,
    /// Effects whose answers are waited for beside the phase's own.
    pub(super) drafts: Option<EffectId>,
    pub(super) stored: Option<EffectId>,
    pub(super) told: Option<EffectId>,
    pub(super) keeping: Option<EffectId>,
    pub(super) originals: Option<EffectId>,
    pub(super) namespace: Namespace,
    pub(super) revision: u64,
}

impl State {
    /// Opens the screen for a management cluster, and asks for drafts and for creations that were interrupted.
    pub fn open(management_cluster: ManagementCluster, ground: Ground<'_>, effects: &mut Effects) -> Self {
        let mut state = Self::empty(management_cluster, ground);
        state.drafts = Some(effects.push(Action::CreateDrafts(CreateDrafting::Read)));
        state.ask_for_unfinished(effects);
        state
    }

    /// Opens the screen on a form.
    pub fn with(form: Form, ground: Ground<'_>, effects: &mut Effects) -> Self {
        let mut state = Self::empty(form.management_cluster.clone(), ground);
        state.ask_for_unfinished(effects);
        state.begin(form, ground);
        state.ask_for_originals(ground, effects);
        state
    }

    /// Asks for the objects of the cluster that the new one is to be like: what of them is not taken over has to be told.
    pub(super) fn ask_for_originals(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        let Some(like) = self.form.as_ref().and_then(|form| form.like.as_ref()) else {
            return;
        };
        let objects = like.objects(&ground.around());
        if !objects.is_empty() {
            let ask = Request::Originals(like.cluster.clone(), objects);
            self.originals = Some(effects.ask(ask));
        }
    }

    /// Asks for creations that have not come to their end: what they took is taken.
    fn ask_for_unfinished(&mut self, effects: &mut Effects) {
        let stored = Request::Creations(self.management_cluster.clone());
        self.stored = Some(effects.ask(stored));
    }

    /// Opens the screen and reads a template from a file or a directory.
    pub fn reading(
        (management_cluster, file): (ManagementCluster, &str),
        ground: Ground<'_>,
        effects: &mut Effects,
    ) -> Self {
        let mut state = Self::empty(management_cluster, ground);
        state.ask_for_unfinished(effects);
        state.phase = Phase::Reading(effects.push(Action::Template(file.to_owned())));
        state
    }

    /// Opens the screen on a ClusterClass of this name.
    ///
    /// # Errors
    /// There is none, or nothing would come of it.
    pub fn of_class(
        (management_cluster, name): (ManagementCluster, &str),
        ground: Ground<'_>,
        effects: &mut Effects,
    ) -> Result<Self, String> {
        let mut state = Self::empty(management_cluster, ground);
        let mut classes = state.choices.iter().filter_map(|choice| match choice {
            Choice::Class(key, why) if key.object.name == name => Some((key.clone(), why.clone())),
            Choice::Class(..)
            | Choice::Flavour(_)
            | Choice::Draft(_)
            | Choice::Interrupted(_)
            | Choice::Unread(..) => None,
        });
        match classes.next() {
            None => Err(format!(
                "there is no ClusterClass {name} in {}",
                state.management_cluster
            )),
            Some((_, Some(why))) => Err(why),
            Some((key, None)) => {
                state.ask_for_unfinished(effects);
                state.read_class(key, effects);
                Ok(state)
            }
        }
    }

    /// Reads a ClusterClass, whose variables are the questions.
    pub(super) fn read_class(&mut self, key: ObjectKey, effects: &mut Effects) {
        let uid = CompactString::default();
        self.phase = Phase::Reading(effects.ask(Request::Editable { key, uid }));
    }

    fn empty(management_cluster: ManagementCluster, ground: Ground<'_>) -> Self {
        let mut state = Self {
            phase: Phase::Choosing,
            list: List::default(),
            choices: built_ins().into_iter().map(Choice::Flavour).collect(),
            directory: None,
            form: None,
            at: 0,
            line: LineInput::new(""),
            remarks: Vec::new(),
            suggestions: Vec::new(),
            edited: None,
            text: Text::new("", (0, 0)),
            drops_text: false,
            discards: None,
            note: None,
            unfinished: Vec::new(),
            creation: None,
            about: Vec::new(),
            draft: String::new(),
            kept_at: None,
            management_cluster,
            unkept: false,
            now: ground.now,
            size: ground.size,
            arrived: Vec::new(),
            drafts: None,
            stored: None,
            told: None,
            keeping: None,
            originals: None,
            namespace: Namespace::default(),
            revision: 0,
        };
        let why = topology_runs(ground.fleet, &state.management_cluster).err();
        let rows = ground.fleet.rows(Some(&state.management_cluster));
        let mut classes: Vec<ObjectKey> = rows
            .filter(|row| row.facts.role == Role::ClusterClass)
            .map(|row| row.key())
            .collect();
        classes.sort();
        let classes = classes.into_iter().map(|key| Choice::Class(key, why.clone()));
        state.choices.extend(classes);
        state.list_choices();
        state
    }

    pub(super) fn list_choices(&mut self) {
        self.list.set((0..self.choices.len()).collect());
        let rows = self.size.1.saturating_sub(ABOUT_ROWS);
        self.list.resize(rows.max(1));
    }

    /// What is said when it is over, which it is then.
    pub fn finished(&self) -> Option<&str> {
        match &self.phase {
            Phase::Done(said) => Some(said),
            Phase::Choosing
            | Phase::Reading(_)
            | Phase::Form
            | Phase::Yaml
            | Phase::Checking(..)
            | Phase::Reviewing(_)
            | Phase::Creating(_)
            | Phase::Interrupted
            | Phase::Looking(..)
            | Phase::CleaningUp(_)
            | Phase::Watching
            | Phase::Failed(_) => None,
        }
    }

    /// Whether characters are text, or an answer to what is about to be written, so that none of them is a command.
    pub fn takes_text(&self) -> bool {
        match &self.phase {
            Phase::Form | Phase::Yaml | Phase::Checking(..) | Phase::Reviewing(_) => true,
            Phase::Choosing
            | Phase::Reading(_)
            | Phase::Creating(_)
            | Phase::Interrupted
            | Phase::Looking(..)
            | Phase::CleaningUp(_)
            | Phase::Watching
            | Phase::Done(_)
            | Phase::Failed(_) => false,
        }
    }

    /// Whether time alone changes something: a draft that is to be kept.
    pub fn is_restless(&self) -> bool {
        self.unkept
    }

    /// Takes an outcome; says whether it was waited for. What comes of it is seen to when it is followed.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        let id = Some(outcome.id);
        let waited = self.of_phase() == id || self.beside().contains(&id);
        if waited {
            self.arrived.push(outcome.clone());
        }
        waited
    }

    /// Effects whose answers are waited for whatever the phase.
    fn beside(&self) -> [Option<EffectId>; 6] {
        let (namespace, originals) = (self.namespace.asked, self.originals);
        [
            self.drafts,
            self.stored,
            self.told,
            self.keeping,
            namespace,
            originals,
        ]
    }

    /// The effect that the phase waits for.
    fn of_phase(&self) -> Option<EffectId> {
        match &self.phase {
            Phase::Reading(effect)
            | Phase::Checking(effect, ..)
            | Phase::Creating(effect)
            | Phase::Looking(effect, _)
            | Phase::CleaningUp(effect) => Some(*effect),
            Phase::Choosing
            | Phase::Form
            | Phase::Yaml
            | Phase::Reviewing(_)
            | Phase::Interrupted
            | Phase::Watching
            | Phase::Done(_)
            | Phase::Failed(_) => None,
        }
    }

    /// Other columns and lines.
    pub fn resize(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        self.text.resize(self.room());
        self.list_choices();
        self.tell(ground);
    }

    /// Columns and lines that the text has.
    pub(super) fn room(&self) -> (usize, usize) {
        let (width, height) = self.size;
        (
            usize::from(width.saturating_sub(3)),
            usize::from(height.saturating_sub(ABOUT_ROWS)),
        )
    }

    /// Keeps the draft where there is something to keep.
    pub(super) fn keep(&mut self, now: Timestamp, effects: &mut Effects) {
        self.unkept = false;
        if let Some(draft) = self.draft(now) {
            let keep = CreateDrafting::Keep(Box::new(draft));
            self.keeping = Some(effects.push(Action::CreateDrafts(keep)));
            self.kept_at = Some(now);
        }
    }

    fn draft(&self, now: Timestamp) -> Option<CreateDraft> {
        let form = self.form.as_ref()?;
        let creation = self.creation.as_ref();
        // What is typed is kept as it is, also where it cannot be read yet.
        let text = matches!(self.phase, Phase::Yaml).then(|| self.text.whole());
        let draft = CreateDraft::of(form, text.as_deref(), now);
        Some(CreateDraft {
            id: self.draft.clone(),
            creation: creation.map(|creation| creation.id.to_string()),
            ..draft.with_edited(form, self.edited.as_ref())
        })
    }

    /// Takes the drafts away of what is created, as nothing more can come of them: its own, and what an earlier run has kept.
    pub(super) fn drop_draft(&mut self, effects: &mut Effects) {
        self.unkept = false;
        self.kept_at = None;
        if let Some(draft) = self.draft(self.now) {
            let drop = CreateDrafting::Drop(CreateDraftName::of(&draft));
            effects.push(Action::CreateDrafts(drop));
        }
        if let Some(creation) = &self.creation {
            let created = CreateDrafting::Created(creation.cluster.clone(), creation.flavour.clone());
            effects.push(Action::CreateDrafts(created));
        }
    }

    /// Stops waiting for anything that is not written already; the draft stays.
    pub fn close(&self, effects: &mut Effects) {
        if self.unkept
            && let Some(draft) = self.draft(self.now)
        {
            effects.push(Action::CreateDrafts(CreateDrafting::Keep(Box::new(draft))));
        }
        let of_phase = match &self.phase {
            Phase::Reading(effect) | Phase::Checking(effect, ..) | Phase::Looking(effect, _) => Some(*effect),
            // What is being written is written, whoever looks.
            Phase::Creating(_)
            | Phase::CleaningUp(_)
            | Phase::Choosing
            | Phase::Form
            | Phase::Yaml
            | Phase::Reviewing(_)
            | Phase::Interrupted
            | Phase::Watching
            | Phase::Done(_)
            | Phase::Failed(_) => None,
        };
        let beside = [self.told, self.stored, self.originals, self.namespace.asked];
        for effect in std::iter::once(of_phase).chain(beside).flatten() {
            effects.abandon(effect);
        }
    }

    pub(super) fn say(&mut self, what: &str) {
        self.note = Some((true, Shown::line(what)));
    }
}
