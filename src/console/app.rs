//! The state of the console. Its parts own what is theirs; this only holds them together.
//!
//! Must not know: tokio, the Kubernetes client, files, the environment, the clock.

use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::Actor;
use fleetui_fleet::create::Variables;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::table::{Flat, Path, Shape};
use fleetui_fleet::timeline::Flip;
use fleetui_fleet::tree::Node;
use jiff::Timestamp;

use crate::access::Access;
use crate::bookmarks::Bookmarks;
use crate::chord::Chord;
use crate::command::Place;
use crate::effect::{Effect, EffectId, Effects};
use crate::glyphs::{ASCII, Glyphs, UNICODE};
use crate::history::History;
use crate::kept::{self, Kept};
use crate::keymap::{Keymap, Keymaps};
use crate::layout::Layout;
use crate::look::Look;
use crate::recording::played::Played;
use crate::screens::{Screen, tree};
use crate::settings::{Basis, Settings};
use crate::subject::Subject;
use crate::theme::{ColourLevel, Themes};
use crate::unfinished::Unfinished;
use crate::update::lending::Lending;
use crate::user_file::UserFiles;
use crate::{act, cell, detail, header, messages, mouse, prompt, workloads};

/// How the console begins.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// Whether nothing may be written, for as long as the program runs.
    pub read_only: bool,
    /// Name of the theme.
    pub theme: String,
    /// All themes that can be chosen.
    pub themes: Themes,
    /// Name of the keymap.
    pub keymap: String,
    /// All keymaps that can be chosen.
    pub keymaps: Keymaps,
    /// The signs.
    pub glyphs: Glyphs,
    /// How many colours the terminal shows.
    pub colour_level: ColourLevel,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
    /// Whether the detail pane is open.
    pub detail_pane: bool,
    /// What all of this was decided from, so that it can be decided anew when the user's files change.
    pub basis: Basis,
    /// The user's files as they were found.
    pub files: UserFiles,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Now.
    pub now: Timestamp,
    /// Only this namespace is shown, in every management cluster.
    pub namespace: Option<String>,
    /// Where there is no kubeconfig, the files that were looked for, so that the empty screen says what to do about it.
    pub no_kubeconfig: Option<Vec<String>>,
    /// What is said in the place of the fleet while it is still being set up.
    pub preparing: Option<String>,
    /// Places that the person has given names.
    pub bookmarks: Bookmarks,
    /// The columns of tables, where they are not the usual ones. All of them number the columns that look into objects alike.
    pub columns: BTreeMap<Flat, Shape>,
    /// Where the person was when the line was lost, which is offered.
    pub kept: Option<Kept>,
    /// Drafts of earlier starts of which was not told yet, the newest first.
    pub unfinished: Vec<Unfinished>,
    /// Who acts, as what is written says it.
    pub actor: Actor,
    /// Values of variables for clusters that are created: of the environment, and of a file. They may be secret, so nothing records
    /// them.
    pub variables: Variables,
}

impl AppOptions {
    /// The built-in looks and keys, for a terminal of 80 columns and 24 rows.
    ///
    /// # Errors
    /// Where an embedded file cannot be read, which a test rules out.
    pub fn new(now: Timestamp) -> Result<Self, AppError> {
        Ok(Self {
            read_only: false,
            theme: "dark".to_owned(),
            themes: Themes::embedded()?,
            keymap: "default".to_owned(),
            keymaps: Keymaps::embedded()?,
            glyphs: UNICODE,
            colour_level: ColourLevel::TrueColour,
            mouse: false,
            detail_pane: true,
            basis: Basis::default(),
            files: UserFiles::default(),
            size: (80, 24),
            now,
            namespace: None,
            no_kubeconfig: None,
            preparing: None,
            bookmarks: Bookmarks::new(),
            columns: BTreeMap::new(),
            kept: None,
            unfinished: Vec::new(),
            actor: Actor::default(),
            variables: Variables::default(),
        })
    }
}

impl AppOptions {
    /// What is looked up in every object, for columns of the person's own.
    pub fn paths(&self) -> Vec<Path> {
        let any = self.columns.values().next();
        any.map_or_else(Vec::new, |shape| {
            shape.custom.iter().map(|(_, path)| path.clone()).collect()
        })
    }

    /// Takes what `basis` comes to.
    pub fn decide(&mut self, basis: Basis) {
        let Settings {
            theme,
            keymap,
            colours,
            ascii,
            mouse,
            low_bandwidth: _,
            read_only,
            detail_pane,
        } = basis.settings();
        self.theme = theme.value;
        self.keymap = keymap.value;
        self.colour_level = colours.value;
        self.glyphs = if ascii.value { ASCII } else { UNICODE };
        self.mouse = mouse.value;
        self.read_only |= read_only.value;
        self.detail_pane = detail_pane.value;
        // A file whose columns cannot be followed is not used at all.
        self.columns = basis.config.shapes(&[]).unwrap_or_default();
        self.basis = basis;
    }
}

/// Why the console cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// A theme or keymap file has a mistake.
    #[error(transparent)]
    File(#[from] crate::file_error::FileError),
    /// A name that is not known.
    #[error("{0}")]
    Unknown(String),
}

/// A place that the person has left, as it was.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) stack: Vec<Screen>,
    pub(crate) only: Option<ManagementCluster>,
    pub(crate) namespace: Option<CompactString>,
    pub(crate) filter: Option<Filter>,
    pub(crate) faults_only: bool,
    pub(crate) cursor: Option<Node>,
}

/// The keys.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) keymaps: Keymaps,
    pub(crate) current: Keymap,
    /// Chords of a binding that is not complete yet.
    pub(crate) pending: Vec<Chord>,
}

/// The state of the console.
#[derive(Debug)]
pub struct App {
    pub(crate) now: Timestamp,
    pub(crate) fleet: FleetStore,
    pub(crate) look: Look,
    pub(crate) keys: Keys,
    pub(crate) access: Access,
    pub(crate) layout: Layout,
    pub(crate) header: header::State,
    pub(crate) tree: tree::State,
    pub(crate) detail: detail::State,
    pub(crate) cell: cell::State,
    /// What is asked before something is done, and what was sent off.
    pub(crate) act: act::State,
    /// Who acts, as what is written says it.
    pub(crate) actor: Actor,
    /// Values of variables for clusters that are created.
    pub(crate) variables: Variables,
    pub(crate) stack: Vec<Screen>,
    /// Where the person has been.
    pub(crate) history: History<Left>,
    /// Places that have names.
    pub(crate) bookmarks: Bookmarks,
    /// The columns of tables, where they are not the usual ones.
    pub(crate) columns: BTreeMap<Flat, Shape>,
    /// Titles and paths of the columns that look into objects.
    pub(crate) custom: Vec<(CompactString, Path)>,
    pub(crate) prompt: Option<prompt::State>,
    pub(crate) messages: messages::State,
    pub(crate) effects: Effects,
    /// What was seen to change, here and in earlier starts, the oldest first.
    pub(crate) story: Vec<Flip>,
    /// What was asked of connections, and what is said when it was done. What else comes of it is told by the session.
    pub(crate) asked: HashMap<EffectId, Option<String>>,
    /// How it is played, where it is a recording and not alive.
    pub(crate) played: Option<Played>,
    /// What waits for the terminal.
    pub(crate) lending: Option<Lending>,
    /// Where the person was when the line was lost.
    pub(crate) returns: kept::State,
    /// Drafts of which is to be told.
    pub(crate) unfinished: Vec<Unfinished>,
    /// What is asked of workload clusters.
    pub(crate) workloads: workloads::State,
    /// The object that the cursor was on before it came to another row by itself; nothing once the person did anything since.
    pub(crate) slid: Option<ObjectKey>,
    /// Until when the key that leaves, pressed again, ends the program.
    pub(crate) leaving: Option<Timestamp>,
    /// What is said in the place of the fleet while it is still being set up.
    pub(crate) preparing: Option<Shown>,
    /// What looks and keys were decided from.
    pub(crate) basis: Basis,
    pub(crate) mouse: mouse::State,
    /// Whether something that is on the screen has changed since it was drawn.
    pub(crate) dirty: bool,
    /// Whether something was told that is not worked into what is shown.
    pub(crate) behind: bool,
    /// What of the screen changes by time alone, as it was drawn.
    pub(crate) face: Vec<u8>,
}

impl App {
    /// The console as it begins: no management cluster known yet.
    pub fn new(options: AppOptions) -> Result<Self, AppError> {
        let current = options
            .keymaps
            .get(&options.keymap)
            .map_err(AppError::Unknown)?
            .clone();
        let look = Look::new(
            options.themes.clone(),
            &options.theme,
            options.colour_level,
            options.glyphs,
        )
        .map_err(AppError::Unknown)?;
        let mistakes = told(&options.keymaps, &options.themes);
        let mut tree = tree::State::default();
        tree.panes = options.no_kubeconfig.is_none() && options.detail_pane;
        tree.no_kubeconfig = options.no_kubeconfig;
        tree.options.namespace = options.namespace.map(Into::into);
        let mut app = Self {
            now: options.now,
            fleet: FleetStore::default(),
            look,
            keys: Keys {
                keymaps: options.keymaps,
                current,
                pending: Vec::new(),
            },
            access: if options.read_only {
                Access::ReadOnlyForGood
            } else {
                Access::ReadWrite
            },
            layout: Layout::of(options.size.0, options.size.1, tree.panes),
            header: header::State::default(),
            tree,
            detail: detail::State::default(),
            cell: cell::State::default(),
            act: act::State::default(),
            actor: options.actor,
            variables: options.variables,
            stack: Vec::new(),
            history: History::default(),
            bookmarks: options.bookmarks,
            custom: options
                .columns
                .values()
                .last()
                .map(|shape| shape.custom.clone())
                .unwrap_or_default(),
            columns: options.columns,
            prompt: None,
            messages: messages::State::default(),
            effects: Effects::default(),
            story: Vec::new(),
            asked: HashMap::new(),
            played: None,
            lending: None,
            workloads: workloads::State::default(),
            slid: None,
            leaving: None,
            returns: kept::State::new(options.kept),
            unfinished: options.unfinished,
            preparing: options.preparing.as_deref().map(Shown::line),
            basis: options.basis,
            mouse: mouse::State::default(),
            dirty: true,
            behind: false,
            face: Vec::new(),
        };
        if options.mouse {
            app.take_mouse(true);
        }
        app.tree.resize(app.layout.body.width, app.layout.body.height);
        // What was wrong with files that nobody chose is told, and no more.
        if let Some(mistakes) = mistakes {
            app.messages.fail(app.now, &mistakes);
        }
        Ok(app)
    }

    /// The fleet as it is known.
    pub fn fleet(&self) -> &FleetStore {
        &self.fleet
    }

    /// What is said in the place of the fleet while it is still being set up.
    pub(crate) fn preparing(&self) -> Option<&Shown> {
        self.preparing.as_ref()
    }

    /// Whether there is nothing to show and the demo is offered instead.
    pub fn offers_demo(&self) -> bool {
        self.tree.no_kubeconfig.is_some() && self.stack.is_empty() && self.fleet.sessions().next().is_none()
    }

    /// Where keys are pressed now.
    pub fn place(&self) -> Place {
        if self.prompt.is_some() {
            return Place::Prompt;
        }
        // They stand over whatever screen there is.
        if self.act.is_open() {
            return Place::Dialog;
        }
        if self.cell.is_open() {
            return Place::Cell;
        }
        match self.stack.last() {
            Some(screen) => screen.place(),
            None => Place::Tree,
        }
    }

    /// What is under the cursor of the screen on top, or what that screen is about.
    pub fn subject(&self) -> Option<Subject> {
        match self.stack.last() {
            Some(screen) => screen.subject(),
            None => self.tree.subject(),
        }
    }

    /// The management cluster of what is under the cursor; of the tree's cursor, where the screens over it are about none.
    pub fn subject_management_cluster(&self) -> Option<ManagementCluster> {
        let over = self.stack.iter().rev().find_map(Screen::subject);
        over.or_else(|| self.tree.subject())
            .map(Subject::management_cluster)
    }

    /// Columns and rows that the screen is laid out for.
    pub fn size(&self) -> (u16, u16) {
        (self.layout.area.width, self.layout.area.height)
    }

    /// Whether something that is on the screen has changed since `drawn` was called.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Whether something was told that is not worked into what is shown yet.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Says that the screen shows everything now.
    pub fn drawn(&mut self) {
        self.dirty = false;
        self.remember_rows();
    }

    /// What looks and keys were decided from.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Says that something around the console failed.
    pub(crate) fn tell_failure(&mut self, what: &str) {
        self.messages.fail(self.now, what);
        self.dirty = true;
    }

    /// Whether there should be fewer draws, as far as it is known now.
    pub fn has_low_bandwidth(&self) -> bool {
        self.basis.settings().low_bandwidth.value
    }

    /// What the beginning asks for, before any message.
    pub fn begin(&mut self) -> Vec<Effect> {
        self.effects.take()
    }

    /// In how many seconds time alone may change the screen.
    pub fn next_tick_seconds(&self) -> u64 {
        let restless = self.messages.current().is_some()
            || !self.cell.writes.is_empty()
            || self.stack.iter().any(Screen::is_restless)
            || !self.act.running.is_empty()
            || self.fleet.sessions().any(|session| !session.is_live());
        if restless { 1 } else { CALM_TICK_SECONDS }
    }
}

/// What is wrong with files that were not chosen, in one line.
fn told(keymaps: &Keymaps, themes: &Themes) -> Option<String> {
    let mut mistakes = keymaps.mistakes().chain(themes.mistakes());
    let first = mistakes.next()?;
    Some(match mistakes.count() {
        0 => format!("not used: {first}"),
        more => format!("{} files are not used; the first: {first}", more + 1),
    })
}

/// Where every management cluster is live and nothing is said, ages are looked at this often.
const CALM_TICK_SECONDS: u64 = 2;
