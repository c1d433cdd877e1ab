//! The command line: what can be typed behind `:`, and what it may be completed to.

use fleetui_base::ManagementCluster;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::table::Flat;

use crate::command::Doing;
use crate::near::{complete, near, suggestion};

/// What was typed behind `:`, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// Back to the tree.
    Fleet,
    /// End.
    Quit,
    /// The keys.
    Help,
    /// What is not as it should be.
    Problems,
    /// What was done, and what is under way.
    Activity,
    /// Do something to the object under the cursor.
    Do(Doing),
    /// Show one management cluster, or all.
    Context(Option<String>),
    /// Show one namespace, or all.
    Namespace(Option<String>),
    /// Another theme.
    Theme(String),
    /// Another keymap.
    Keymap(String),
    /// Read-only, or not any more.
    ReadOnly,
    /// Only what is not as it should be.
    Faults,
    /// Show MachineSets.
    MachineSets,
    /// Show a layer, or not any more; say which there are.
    Layers(Option<String>),
    /// Show infrastructure and bootstrap objects also where they say what their machine says.
    Echo,
    /// Connect anew the one that is named, or that under the cursor.
    Reconnect(Option<String>),
    /// End the connection of the one that is named, or that under the cursor.
    Disconnect(Option<String>),
    /// Log in to the one that is named, or that under the cursor.
    LogIn(Option<String>),
    /// Go where the person was when the line was lost.
    Return,
    /// Take the mouse, or leave it to the terminal.
    Mouse,
    /// Stop the program until the shell goes on with it.
    Suspend,
    /// A flat table, of one management cluster, with a filter.
    Table(Flat, Option<String>),
    /// The hosts, of one management cluster, with a filter.
    Hosts(Option<String>),
    /// Other columns of the table that is shown; those that it usually has where nothing is said.
    Columns(Option<String>),
    /// Save what is shown to a file.
    Save,
    /// Give this place a name.
    Bookmark(String),
    /// Forget a place's name.
    ForgetBookmark(String),
    /// Go to a place that has a name.
    Go(String),
    /// Fail on purpose. Releases do not have it.
    #[cfg(debug_assertions)]
    Panic,
}

/// What may follow a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A management cluster; may be left out.
    ManagementCluster,
    /// A namespace; may be left out.
    Namespace,
    /// A theme.
    Theme,
    /// A keymap.
    Keymap,
    /// A layer of the tree; may be left out.
    Layer,
    /// `@` and a management cluster, `/` and a filter; each may be left out.
    Within,
    /// Columns; may be left out.
    Columns,
    /// A new name.
    NewName,
    /// A bookmark.
    Bookmark,
}

impl Argument {
    /// How help shows it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::ManagementCluster | Self::Namespace | Self::Layer => "[NAME]",
            Self::Theme | Self::Keymap | Self::NewName | Self::Bookmark => "NAME",
            Self::Within => "[@NAME]",
            Self::Columns => "[COLUMNS]",
        }
    }
}

/// A word of the command line.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// Its names; the first is the one that is completed to.
    pub names: &'static [&'static str],
    /// What may follow.
    pub argument: Option<Argument>,
    /// What it does.
    pub doc: &'static str,
    /// Whether it does nothing while no management cluster is known.
    pub needs_fleet: bool,
    make: fn(Option<String>) -> Option<Typed>,
}

/// A table of its own for each sort of objects.
macro_rules! table {
    ($flat:ident, $doc:literal) => {
        Word {
            names: Flat::$flat.names(),
            argument: Some(Argument::Within),
            doc: $doc,
            needs_fleet: true,
            make: |rest| Some(Typed::Table(Flat::$flat, rest)),
        }
    };
}

/// Something that is done to the object under the cursor.
macro_rules! doing {
    ($name:literal, $doing:ident, $doc:literal) => {
        Word {
            names: &[$name],
            argument: None,
            doc: $doc,
            needs_fleet: true,
            make: |_| Some(Typed::Do(Doing::$doing)),
        }
    };
}

/// All words.
pub const WORDS: &[Word] = &[
    Word {
        names: &["fleet", "tree"],
        argument: None,
        doc: "the fleet tree",
        needs_fleet: true,
        make: |_| Some(Typed::Fleet),
    },
    Word {
        names: &["ctx", "context"],
        argument: Some(Argument::ManagementCluster),
        doc: "show only this management cluster (all: the whole fleet); without a name, how all connections stand",
        needs_fleet: true,
        make: |name| Some(Typed::Context(name)),
    },
    Word {
        names: &["ns", "namespace"],
        argument: Some(Argument::Namespace),
        doc: "show only this namespace; without a name, all of them",
        needs_fleet: true,
        make: |name| Some(Typed::Namespace(name)),
    },
    table!(
        Machines,
        "all machines in one table; behind it a filter, as in /ready=false"
    ),
    table!(Clusters, "all Clusters in one table"),
    table!(Deployments, "all MachineDeployments in one table"),
    table!(ControlPlanes, "all control planes in one table"),
    table!(Sets, "all MachineSets in one table"),
    table!(Pools, "all MachinePools in one table"),
    table!(HealthChecks, "all MachineHealthChecks in one table"),
    table!(Classes, "all ClusterClasses in one table"),
    table!(Infrastructure, "all infrastructure objects in one table"),
    table!(Bootstrap, "all bootstrap configurations in one table"),
    Word {
        names: &["hosts", "host", "byohosts"],
        argument: Some(Argument::Within),
        doc: "the hosts of every pool, and why machines that wait find none",
        needs_fleet: true,
        make: |rest| Some(Typed::Hosts(rest)),
    },
    Word {
        names: &["columns"],
        argument: Some(Argument::Columns),
        doc: "the columns of this table, as in name,age,version; without any, those that it usually has",
        needs_fleet: true,
        make: |columns| Some(Typed::Columns(columns)),
    },
    Word {
        names: &["bookmark"],
        argument: Some(Argument::NewName),
        doc: "give this place a name, to come back to it at any time",
        needs_fleet: true,
        make: |name| name.map(Typed::Bookmark),
    },
    Word {
        names: &["go"],
        argument: Some(Argument::Bookmark),
        doc: "go to a bookmark",
        needs_fleet: true,
        make: |name| name.map(Typed::Go),
    },
    Word {
        names: &["unbookmark"],
        argument: Some(Argument::Bookmark),
        doc: "forget a bookmark",
        needs_fleet: true,
        make: |name| name.map(Typed::ForgetBookmark),
    },
    Word {
        names: &["save"],
        argument: None,
        doc: "save what is shown to a file",
        needs_fleet: false,
        make: |_| Some(Typed::Save),
    },
    Word {
        names: &["problems", "problem"],
        argument: None,
        doc: "what is not as it should be, the worst first",
        needs_fleet: true,
        make: |_| Some(Typed::Problems),
    },
    Word {
        names: &["activity"],
        argument: None,
        doc: "what was done from here, and what is under way",
        needs_fleet: true,
        make: |_| Some(Typed::Activity),
    },
    doing!(
        "pause",
        Pause,
        "pause the object under the cursor: nothing of it is reconciled"
    ),
    doing!("resume", Resume, "let the object under the cursor go on"),
    doing!(
        "restart",
        Restart,
        "replace all machines of the object under the cursor by new ones alike"
    ),
    doing!(
        "delete",
        Delete,
        "delete the object under the cursor; asks first, and for what matters by name"
    ),
    doing!(
        "undo",
        Undo,
        "take back the last change, unless somebody changed the same since"
    ),
    doing!(
        "kubeconfig",
        Kubeconfig,
        "save the workload cluster's kubeconfig to a file of yours alone"
    ),
    doing!(
        "replace",
        Replace,
        "delete the machine under the cursor; its owner makes another one"
    ),
    doing!(
        "shrink",
        Shrink,
        "delete the machine under the cursor, and its owner has one less"
    ),
    doing!(
        "delete-first",
        GoFirst,
        "make the machine under the cursor the first to go when its owner has fewer, or not any more"
    ),
    doing!(
        "remediate",
        Remediate,
        "have the machine under the cursor replaced whatever its health, or not any more"
    ),
    doing!(
        "skip-remediation",
        SkipRemediation,
        "keep health checks from replacing the machine under the cursor, or not any more"
    ),
    Word {
        names: &["faults"],
        argument: None,
        doc: "show only what is not as it should be, or everything again",
        needs_fleet: true,
        make: |_| Some(Typed::Faults),
    },
    Word {
        names: &["sets", "machinesets"],
        argument: None,
        doc: "show MachineSets, or not",
        needs_fleet: true,
        make: |_| Some(Typed::MachineSets),
    },
    Word {
        names: &["layers", "layer"],
        argument: Some(Argument::Layer),
        doc: "show a layer of the tree, or not any more; without a name, say which are shown",
        needs_fleet: true,
        make: |name| Some(Typed::Layers(name)),
    },
    Word {
        names: &["echo"],
        argument: None,
        doc: "show infrastructure and bootstrap objects also where they say the same as their machine",
        needs_fleet: true,
        make: |_| Some(Typed::Echo),
    },
    Word {
        names: &["reconnect", "connect"],
        argument: Some(Argument::ManagementCluster),
        doc: "connect a management cluster anew; without a name, the one under the cursor",
        needs_fleet: true,
        make: |name| Some(Typed::Reconnect(name)),
    },
    Word {
        names: &["disconnect"],
        argument: Some(Argument::ManagementCluster),
        doc: "end a connection and forget its rows; without a name, the one under the cursor",
        needs_fleet: true,
        make: |name| Some(Typed::Disconnect(name)),
    },
    Word {
        names: &["login"],
        argument: Some(Argument::ManagementCluster),
        doc: "log in: the credential plugin gets the terminal; without a name, that of the row under the cursor",
        needs_fleet: true,
        make: |name| Some(Typed::LogIn(name)),
    },
    Word {
        names: &["return"],
        argument: None,
        doc: "go where you were when the line was lost",
        needs_fleet: true,
        make: |_| Some(Typed::Return),
    },
    Word {
        names: &["readonly", "ro"],
        argument: None,
        doc: "write nothing from now on, or write again",
        needs_fleet: true,
        make: |_| Some(Typed::ReadOnly),
    },
    Word {
        names: &["theme"],
        argument: Some(Argument::Theme),
        doc: "another theme",
        needs_fleet: false,
        make: |name| name.map(Typed::Theme),
    },
    Word {
        names: &["keymap"],
        argument: Some(Argument::Keymap),
        doc: "another keymap",
        needs_fleet: false,
        make: |name| name.map(Typed::Keymap),
    },
    Word {
        names: &["mouse"],
        argument: None,
        doc: "take the mouse for the console, or leave it to the terminal and its own marking",
        needs_fleet: false,
        make: |_| Some(Typed::Mouse),
    },
    Word {
        names: &["suspend"],
        argument: None,
        doc: "stop the program and give the terminal back; fg in the shell goes on with it",
        needs_fleet: false,
        make: |_| Some(Typed::Suspend),
    },
    Word {
        names: &["help", "h", "?"],
        argument: None,
        doc: "the keys",
        needs_fleet: false,
        make: |_| Some(Typed::Help),
    },
    Word {
        names: &["quit", "q", "q!", "qa", "exit"],
        argument: None,
        doc: "end the program",
        needs_fleet: false,
        make: |_| Some(Typed::Quit),
    },
    // Tests of the whole program see by it that a crash gives the terminal back.
    #[cfg(debug_assertions)]
    Word {
        names: &["panic"],
        argument: None,
        doc: "fail on purpose, to see that the terminal is given back (not in releases)",
        needs_fleet: false,
        make: |_| Some(Typed::Panic),
    },
];

/// Understands what was typed; the error says what may have been meant.
pub fn parse(typed: &str) -> Result<Typed, String> {
    let mut parts = typed.split_whitespace();
    let Some(first) = parts.next() else {
        return Err("type a command; tab completes it".to_owned());
    };
    let Some(word) = word(first) else {
        let known = WORDS.iter().flat_map(|word| word.names.iter().copied());
        // Whatever name was near, it is offered by the one that is listed.
        let mut meant: Vec<&str> = Vec::new();
        for name in near(first, known) {
            let listed = word(name).and_then(|word| word.names.first().copied());
            meant.extend(listed.filter(|listed| !meant.contains(listed)));
        }
        let hint = suggestion(&meant);
        let all: Vec<_> = WORDS
            .iter()
            .filter_map(|word| word.names.first().copied())
            .collect();
        return Err(format!(
            "there is no command '{first}'{hint} (known: {})",
            all.join(" ")
        ));
    };
    if matches!(word.argument, Some(Argument::Within | Argument::Columns)) {
        // Filters have blanks of their own.
        let rest: Vec<&str> = parts.collect();
        let rest = (!rest.is_empty()).then(|| rest.join(" "));
        return (word.make)(rest).ok_or_else(|| format!(":{first} is not understood"));
    }
    let argument = parts.next().map(str::to_owned);
    if let Some(extra) = parts.next().or(if word.argument.is_none() {
        argument.as_deref()
    } else {
        None
    }) {
        return Err(format!(":{first} does not take '{extra}'"));
    }
    (word.make)(argument).ok_or_else(|| format!(":{first} needs a name; tab shows which there are"))
}

/// The line that opens a list, of one management cluster and with a filter where there are such.
pub fn opening(list: &str, at: Option<&ManagementCluster>, filter: Option<&Filter>) -> String {
    let at = at.map(|at| format!(" @{at}")).unwrap_or_default();
    let filter = filter
        .map(|filter| format!(" /{}", filter.text()))
        .unwrap_or_default();
    format!("{list}{at}{filter}")
}

fn word(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.names.contains(&name))
}

/// What a line may be completed to, whole lines, best first. `arguments` gives the names that there are.
pub fn candidates(typed: &str, arguments: impl Fn(Argument) -> Vec<String>) -> Vec<String> {
    match typed.split_once(' ') {
        None => {
            // A word is offered by the name that is being typed, where it has one that begins so.
            let name = |word: &Word| {
                let mut names = word.names.iter();
                let begun = names.find(|name| name.starts_with(typed));
                begun.or(word.names.first()).map(|name| (*name).to_owned())
            };
            complete(typed, WORDS.iter().filter_map(name))
        }
        Some((first, rest)) => match word(first).and_then(|word| word.argument) {
            Some(argument) => complete(rest.trim_start(), arguments(argument))
                .into_iter()
                .map(|name| format!("{first} {name}"))
                .collect(),
            None => Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        let cases = [
            ("fleet", Typed::Fleet),
            ("q", Typed::Quit),
            ("ctx mgmt-tokyo", Typed::Context(Some("mgmt-tokyo".to_owned()))),
            ("ctx", Typed::Context(None)),
            ("  theme   light ", Typed::Theme("light".to_owned())),
            ("readonly", Typed::ReadOnly),
            ("md", Typed::Table(Flat::Deployments, None)),
            (
                "machines @mgmt-tokyo /ready=false -l a=b",
                Typed::Table(Flat::Machines, Some("@mgmt-tokyo /ready=false -l a=b".to_owned())),
            ),
            ("hosts", Typed::Hosts(None)),
        ];
        for (typed, expected) in cases {
            assert_eq!(parse(typed), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_not_understood_is_answered_with_what_was_near() {
        assert!(parse("flete").unwrap_err().contains("did you mean fleet?"));
        // By the name that the list has.
        assert!(parse("namespase").unwrap_err().contains("did you mean ns?"));
        assert!(parse("mashines").unwrap_err().contains("did you mean machines?"));
        assert!(parse("xyzzy").unwrap_err().contains("known: fleet ctx"));
        assert_eq!(
            parse("theme").unwrap_err(),
            ":theme needs a name; tab shows which there are"
        );
        assert_eq!(parse("faults now").unwrap_err(), ":faults does not take 'now'");
        assert_eq!(
            parse("theme dark light").unwrap_err(),
            ":theme does not take 'light'"
        );
        assert!(parse("").is_err());
    }

    #[test]
    fn lines_are_completed() {
        let arguments = |argument: Argument| match argument {
            Argument::ManagementCluster => vec!["mgmt-taipei".to_owned(), "mgmt-tokyo".to_owned()],
            Argument::Within => vec!["@mgmt-taipei".to_owned(), "@mgmt-tokyo".to_owned()],
            Argument::Namespace
            | Argument::Theme
            | Argument::Keymap
            | Argument::Columns
            | Argument::Layer
            | Argument::NewName
            | Argument::Bookmark => Vec::new(),
        };
        assert_eq!(candidates("th", arguments), ["theme"]);
        assert_eq!(
            candidates("machines @mgmt-to", arguments)[0],
            "machines @mgmt-tokyo"
        );
        assert_eq!(candidates("machinese", arguments)[0], "machinesets");
        assert_eq!(candidates("q", arguments), ["quit"]);
        assert_eq!(candidates("yma", arguments), ["keymap"]);
        assert_eq!(candidates("ctx mgmt-to", arguments)[0], "ctx mgmt-tokyo");
        assert_eq!(candidates("ctx ", arguments).len(), 2);
        assert!(candidates("faults ", arguments).is_empty());
        assert_eq!(candidates("", arguments).len(), WORDS.len());
    }
}
