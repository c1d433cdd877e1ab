//! Commands: everything that a person can ask for by a key, each with a name and a line of documentation.
//!
//! Keys never do anything by themselves: a keymap turns them into commands, and `update` acts on commands alone.

pub mod line;
pub mod table;

pub use table::{Entry, entries, entry, named};

use fleetui_fleet::table::Column;
use fleetui_fleet::tree::Layer;

use crate::effect::KubeconfigTo;

/// Where a key is pressed; each place has its own bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// In every place, unless the place binds the same key.
    Everywhere,
    /// The fleet tree.
    Tree,
    /// The screen of one object.
    Object,
    /// The help screen.
    Help,
    /// In every list: of the tables, the problems, the hosts, the management clusters; unless the place binds the same key.
    List,
    /// A flat table.
    Table,
    /// The problems.
    Problems,
    /// The pool of hosts.
    Hosts,
    /// The nodes of workload clusters.
    Nodes,
    /// The management clusters.
    Contexts,
    /// The command and filter line.
    Prompt,
    /// The editor in a cell.
    Cell,
    /// What is asked before something is done.
    Dialog,
    /// What was done, and what is under way.
    Activity,
    /// The editor of an object's YAML.
    Edit,
    /// The upgrade of a cluster.
    Upgrade,
    /// The creation of a cluster.
    Create,
}

impl Place {
    /// All places, in the order in which help shows them.
    pub const ALL: [Self; 17] = [
        Self::Tree,
        Self::Object,
        Self::Problems,
        Self::Hosts,
        Self::Nodes,
        Self::Table,
        Self::Contexts,
        Self::Activity,
        Self::Upgrade,
        Self::List,
        Self::Edit,
        Self::Create,
        Self::Dialog,
        Self::Help,
        Self::Prompt,
        Self::Cell,
        Self::Everywhere,
    ];

    /// How keymaps call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Tree => "tree",
            Self::Object => "object",
            Self::Help => "help",
            Self::List => "list",
            Self::Table => "table",
            Self::Problems => "problems",
            Self::Hosts => "hosts",
            Self::Nodes => "nodes",
            Self::Contexts => "contexts",
            Self::Prompt => "prompt",
            Self::Cell => "cell",
            Self::Dialog => "dialog",
            Self::Activity => "activity",
            Self::Edit => "edit",
            Self::Upgrade => "upgrade",
            Self::Create => "create",
        }
    }

    /// How help titles it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Tree => "Fleet tree",
            Self::Object => "Object",
            Self::Help => "Help",
            Self::List => "Every list",
            Self::Table => "Table",
            Self::Problems => "Problems",
            Self::Hosts => "Hosts",
            Self::Nodes => "Nodes",
            Self::Contexts => "Management clusters",
            Self::Prompt => "Command and filter line",
            Self::Cell => "Editor in a cell",
            Self::Dialog => "Before something is done",
            Self::Activity => "Activity",
            Self::Edit => "Editor of YAML",
            Self::Upgrade => "Upgrade of a cluster",
            Self::Create => "Creation of a cluster",
        }
    }

    /// The place that keymaps call `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == name)
    }

    /// The place whose bindings hold here too, after its own.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Everywhere => None,
            Self::Table
            | Self::Problems
            | Self::Hosts
            | Self::Nodes
            | Self::Contexts
            | Self::Activity
            | Self::Upgrade => Some(Self::List),
            Self::Tree
            | Self::Object
            | Self::Help
            | Self::List
            | Self::Prompt
            | Self::Cell
            | Self::Dialog
            | Self::Edit
            | Self::Create => Some(Self::Everywhere),
        }
    }

    /// The place and those whose bindings hold here too, nearest first.
    pub fn chain(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |place| place.parent())
    }

    /// Whether characters are text here, so that only chords that type nothing are looked up everywhere.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Prompt | Self::Cell | Self::Dialog | Self::Edit | Self::Create
        )
    }
}

/// A named user action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Of the whole program.
    Program(Program),
    /// Moves the cursor, or scrolls.
    Move(Move),
    /// Changes what the tree shows.
    Tree(Tree),
    /// Acts on what the cursor is on.
    Object(Object),
    /// Reads an object.
    Reading(Reading),
    /// Works on the rows of a list.
    List(List),
    /// Acts on a connection.
    Context(Context),
    /// Works in a line of text.
    Input(Input),
    /// Works on the creation of a cluster.
    Create(Create),
}

impl Command {
    /// Whether it does something with the row under the cursor, or may, once more is typed.
    pub fn means_row(self) -> bool {
        match self {
            Self::Object(_)
            | Self::Context(_)
            | Self::Program(Program::CommandLine)
            | Self::List(List::Mark | List::MarkRange)
            | Self::Tree(Tree::Fold | Tree::Unfold | Tree::UnfoldAll) => true,
            Self::Program(_)
            | Self::Move(_)
            | Self::Tree(_)
            | Self::Reading(_)
            | Self::List(_)
            | Self::Input(_)
            | Self::Create(_) => false,
        }
    }
}

/// Commands of the whole program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Program {
    /// Ends the program.
    Quit,
    /// Leaves this screen; on the home screen it takes filters away, and never ends the program.
    Back,
    /// Leaves this screen; on the home screen, the program.
    Leave,
    /// Shows the keys.
    Help,
    /// Opens the command line.
    CommandLine,
    /// Draws everything anew.
    Redraw,
    /// Goes to the place before.
    HistoryBack,
    /// Goes forward again.
    HistoryForward,
    /// Goes to the place before this one, and from there back.
    HistoryLast,
    /// Saves what is shown to a file.
    Save,
    /// Goes where the person was when the line was lost.
    Return,
    /// Shows what is not as it should be.
    Problems,
    /// Shows what was done, and what is under way.
    Activity,
    /// Creates a cluster.
    Create,
}

/// Movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// One line down.
    Down,
    /// One line up.
    Up,
    /// One page down.
    PageDown,
    /// One page up.
    PageUp,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
}

/// Commands that change what the tree shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tree {
    /// Unfolds, or goes to the first line below.
    Unfold,
    /// Folds, or goes to the parent.
    Fold,
    /// Unfolds everything below.
    UnfoldAll,
    /// Opens the filter line.
    Filter,
    /// Takes filter and faults-only away.
    Clear,
    /// Shows only what is not as it should be.
    FaultsOnly,
    /// Shows a layer, or not any more.
    Layer(Layer),
    /// Shows sibling machines of which there is nothing to say as one line.
    Groups,
    /// Shows the detail pane.
    Pane,
    /// Shows every management cluster.
    WholeFleet,
    /// Shows only the n-th management cluster, from 1.
    Scope(u8),
}

/// Commands that work on the rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// Marks the row under the cursor, or takes its mark away.
    Mark,
    /// Marks all rows from the one that was marked last to the one under the cursor.
    MarkRange,
    /// Takes all marks away.
    ClearMarks,
    /// Sorts by a column; by the same again the other way round.
    Sort(Column),
}

/// Commands that act on what the cursor is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Object {
    /// Opens its screen.
    Open,
    /// Shows its description.
    Describe,
    /// Shows its YAML.
    Yaml,
    /// Shows why it is as it is.
    Why,
    /// Shows what happened to it.
    Timeline,
    /// Copies its name.
    CopyName,
    /// Copies its namespace.
    CopyNamespace,
    /// Goes to who owns it.
    Owner,
    /// Edits its replicas in the cell.
    EditReplicas,
    /// Edits its version in the cell.
    EditVersion,
    /// Connects its management cluster anew.
    Reconnect,
    /// Edits its YAML.
    Edit,
    /// Edits its YAML in the person's own editor.
    EditOutside,
    /// Pauses it, or lets it go on.
    Pause,
    /// Replaces all its machines by new ones alike.
    Restart,
    /// Deletes it.
    Delete,
    /// Takes the last change back.
    Undo,
    /// Asks what to do with the kubeconfig of its workload cluster.
    Kubeconfig,
    /// Shows the nodes of its workload cluster.
    Nodes,
    /// Asks what to do about a machine.
    Machine,
    /// Shows what an upgrade would come to.
    Preflight,
    /// Begins the upgrade of the whole cluster.
    BeginUpgrade,
    /// Halts the upgrade of the whole cluster, or goes on with it.
    PauseUpgrade,
    /// Gives the upgrade of the whole cluster up.
    AbandonUpgrade,
}

/// What can be done to an object beside editing it, by a key or by a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doing {
    /// Pauses it, or lets it go on where it is paused.
    PauseOrResume,
    /// Pauses it.
    Pause,
    /// Lets it go on.
    Resume,
    /// Replaces all its machines by new ones alike.
    Restart,
    /// Deletes it.
    Delete,
    /// Takes the last change back.
    Undo,
    /// Asks what to do with the kubeconfig of its workload cluster.
    Kubeconfig,
    /// Does that with it.
    Lend(KubeconfigTo),
    /// Asks what to do about a machine.
    Machine,
    /// Lets the owner of a machine replace it.
    Replace,
    /// Takes a machine away, and its owner has one less.
    Shrink,
    /// Makes a machine the first to go when its owner has fewer, or not any more.
    GoFirst,
    /// Lets a machine be replaced whatever its health, or not any more.
    Remediate,
    /// Keeps health checks from replacing a machine, or not any more.
    SkipRemediation,
}

impl Doing {
    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::PauseOrResume | Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Restart => "restart",
            Self::Delete => "delete",
            Self::Undo => "undo",
            Self::Kubeconfig | Self::Lend(_) => "kubeconfig",
            Self::Machine => "machine",
            Self::Replace => "replace",
            Self::Shrink => "shrink",
            Self::GoFirst => "delete-first",
            Self::Remediate => "remediate",
            Self::SkipRemediation => "skip-remediation",
        }
    }
}

/// Commands that read an object on its screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Chooses the next line that leads to another object.
    NextLink,
    /// Chooses the one before.
    PreviousLink,
    /// Looks for text.
    Search,
    /// The next match.
    NextMatch,
    /// The match before.
    PreviousMatch,
    /// Shows managedFields.
    ManagedFields,
}

/// Commands that act on the connection to a management cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Shows all connections.
    Show,
    /// Ends the connection.
    Disconnect,
    /// Lets the person log in.
    LogIn,
}

/// Commands inside a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// Takes what was typed.
    Accept,
    /// Leaves without it.
    Cancel,
    /// Takes the next candidate.
    Next,
    /// Takes the candidate before.
    Previous,
}

/// Commands on the creation of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Create {
    /// Shows the objects as YAML, or takes the YAML for the answers.
    Yaml,
    /// Takes the next of what may be answered.
    Choose,
    /// Takes the one before.
    ChooseBack,
}
