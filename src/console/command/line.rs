//! The command line: what can be typed behind `:`, and what it may be completed to.

use fleetui_fleet::act::{HostDeed, WalkDeed};
use fleetui_fleet::table::Flat;

use crate::command::Doing;
use crate::near::{complete, near, suggestion};

pub use words::{WORDS, Word};

mod words;

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
    /// Create a cluster: from what is named, where something is.
    Create(Option<String>),
    /// Do something to the object under the cursor.
    Do(Doing),
    /// Do something about the hosts that are marked, or the one under the cursor.
    Host(HostDeed),
    /// Look at the upgrade of a whole cluster, or do something with it.
    Upgrade(Option<WalkDeed>),
    /// Tell how many further machines would find a host, or how many hosts there are by what hosts say: `zone,arch,rack`.
    Headroom(Option<String>),
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
    /// A flat table, within what was typed behind it.
    Table(Flat, Option<String>),
    /// The hosts, within what was typed behind that.
    Hosts(Option<String>),
    /// The nodes of workload clusters, within what was typed behind that.
    Nodes(Option<String>),
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

impl Typed {
    /// What `:upgrade` means with what follows.
    fn upgrade(what: Option<String>) -> Self {
        let deed = what.map(|what| match what.as_str() {
            "pause" => WalkDeed::Pause,
            "resume" => WalkDeed::Resume,
            "abandon" => WalkDeed::Abandon,
            _ => WalkDeed::Begin(what),
        });
        Self::Upgrade(deed)
    }
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
    /// A namespace, `/` and a filter, `@` and a management cluster; each may be left out.
    Within,
    /// Columns; may be left out.
    Columns,
    /// What hosts are counted apart by; may be left out.
    Facts,
    /// A new name.
    NewName,
    /// A bookmark.
    Bookmark,
    /// Labels that are set or taken away.
    Labels,
    /// A cluster.
    Cluster,
    /// A flavour, a file, or `from` and a cluster; may be left out.
    Source,
    /// A version, or what is done with an upgrade that is stored; may be left out.
    Upgrade,
}

impl Argument {
    /// How help shows it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::ManagementCluster | Self::Namespace | Self::Layer => "[NAME]",
            Self::Theme | Self::Keymap | Self::NewName | Self::Bookmark => "NAME",
            Self::Within => "[NS] [@NAME]",
            Self::Columns => "[COLUMNS]",
            Self::Facts => "[KEY,KEY]",
            Self::Labels => "KEY=VALUE|KEY-",
            Self::Cluster => "CLUSTER",
            Self::Source => "[FLAVOUR|FILE|DIR [FLAVOR]|from CLUSTER]",
            Self::Upgrade => "[VERSION|pause|resume|abandon]",
        }
    }
}

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
        let hint = match suggestion(&meant) {
            none if none.is_empty() => ";".to_owned(),
            hint => hint,
        };
        return Err(format!(
            "there is no command '{first}'{hint} :help lists all of them"
        ));
    };
    if matches!(
        word.argument,
        Some(Argument::Within | Argument::Columns | Argument::Facts | Argument::Labels | Argument::Source)
    ) {
        // Filters have blanks of their own.
        let rest: Vec<&str> = parts.collect();
        let rest = (!rest.is_empty()).then(|| rest.join(" "));
        return (word.make)(rest).ok_or_else(|| match word.argument {
            Some(Argument::Labels) => HostDeed::LABELS.to_owned(),
            _ => format!(":{first} is not understood"),
        });
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

/// Why what stands behind a command is none of what it takes, or is lacking; nothing of a line that is understood, or whose first
/// word is no command.
pub fn lacks(typed: &str) -> Option<String> {
    typed.split_whitespace().next().and_then(word)?;
    parse(typed).err()
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
            let mut found = complete(typed, WORDS.iter().filter_map(name));
            // A word that is meant already comes first.
            let meant = word(typed).and_then(|word| word.names.first());
            found.sort_by_key(|found| meant.is_none_or(|meant| !found.starts_with(typed) || found != meant));
            found
        }
        Some((first, rest)) => match word(first).and_then(|word| word.argument) {
            // The word that is being typed is completed, behind those that stand already.
            Some(argument @ Argument::Within) => {
                let (before, last) = rest.rsplit_once(' ').unwrap_or(("", rest));
                let is_first = before.trim().is_empty();
                let fits = |name: &String| name.starts_with('@') || is_first;
                let names = arguments(argument).into_iter().filter(fits);
                if !is_first && !last.starts_with('@') {
                    return Vec::new();
                }
                let before = if is_first { "" } else { before };
                let gap = if is_first { "" } else { " " };
                complete(last, names)
                    .into_iter()
                    .map(|name| format!("{first} {before}{gap}{name}"))
                    .collect()
            }
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
    fn labels_that_are_none_are_answered_with_how_they_are_written() {
        for typed in ["label", "label nope", "label site=a nope"] {
            let why = parse(typed).expect_err(typed);
            assert!(why.starts_with("labels are written KEY=VALUE"), "{typed}: {why}");
        }
        assert!(parse("label site=a rack-").is_ok());
    }

    #[test]
    fn what_is_not_understood_is_answered_with_what_was_near() {
        assert_eq!(
            parse("fleat").unwrap_err(),
            "there is no command 'fleat'; did you mean fleet? :help lists all of them"
        );
        // By the name that the list has.
        assert!(parse("namespase").unwrap_err().contains("did you mean ns?"));
        assert!(parse("mashines").unwrap_err().contains("did you mean machines?"));
        assert_eq!(
            parse("xyzzy").unwrap_err(),
            "there is no command 'xyzzy'; :help lists all of them"
        );
        assert_eq!(
            parse("theme").unwrap_err(),
            ":theme needs a name; tab shows which there are"
        );
        let upgrade = |text: &str| parse(text).unwrap();
        let begin = WalkDeed::Begin("v1.32.4".to_owned());
        assert_eq!(upgrade("upgrade v1.32.4"), Typed::Upgrade(Some(begin)));
        assert_eq!(upgrade("upgrade resume"), Typed::Upgrade(Some(WalkDeed::Resume)));
        assert_eq!(upgrade("upgrade"), Typed::Upgrade(None));
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
            Argument::Within => ["team-a", "@mgmt-taipei", "@mgmt-tokyo"]
                .map(str::to_owned)
                .to_vec(),
            Argument::Namespace
            | Argument::Theme
            | Argument::Keymap
            | Argument::Columns
            | Argument::Layer
            | Argument::NewName
            | Argument::Facts
            | Argument::Bookmark
            | Argument::Labels
            | Argument::Source
            | Argument::Cluster => Vec::new(),
            Argument::Upgrade => vec!["v1.32.4".to_owned(), "pause".to_owned()],
        };
        assert_eq!(candidates("th", arguments), ["theme"]);
        assert_eq!(
            candidates("machines @mgmt-to", arguments)[0],
            "machines @mgmt-tokyo"
        );
        assert_eq!(candidates("machines te", arguments), ["machines team-a"]);
        assert_eq!(
            candidates("machines team-a /web2 @mgmt-to", arguments)[0],
            "machines team-a /web2 @mgmt-tokyo"
        );
        assert_eq!(candidates("machines team-a @", arguments).len(), 2);
        assert!(candidates("machines /web2 te", arguments).is_empty());
        assert_eq!(candidates("machinese", arguments)[0], "machinesets");
        assert_eq!(candidates("q", arguments), ["quit", "quarantine"]);
        assert_eq!(candidates("yma", arguments), ["keymap"]);
        assert_eq!(candidates("ctx mgmt-to", arguments)[0], "ctx mgmt-tokyo");
        assert_eq!(candidates("ctx ", arguments).len(), 2);
        assert_eq!(candidates("upgrade p", arguments)[0], "upgrade pause");
        assert!(candidates("faults ", arguments).is_empty());
        assert_eq!(candidates("", arguments).len(), WORDS.len());
    }
}
