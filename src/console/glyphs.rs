//! The signs of the screen, in Unicode and in ASCII. Each state has its own sign, so that colour is never needed.

use fleetui_fleet::health::Health;
use fleetui_fleet::session::Connection;

/// One set of signs, each one cell wide but the guides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Connected, current.
    pub live: &'static str,
    /// Lists are being read.
    pub syncing: &'static str,
    /// Nothing was heard yet.
    pub connecting: &'static str,
    /// Known, not connected.
    pub idle: &'static str,
    /// Was live.
    pub stale: &'static str,
    /// Broken, refused, not reachable.
    pub failed: &'static str,
    /// Something needs a look.
    pub warning: &'static str,
    /// On its way.
    pub progressing: &'static str,
    /// Nobody can tell.
    pub unknown: &'static str,
    /// Paused by a person.
    pub paused: &'static str,
    /// Done.
    pub done: &'static str,
    /// Unfolded.
    pub open: &'static str,
    /// Folded.
    pub closed: &'static str,
    /// Guide: more siblings follow, three cells.
    pub branch: &'static str,
    /// Guide: the last sibling.
    pub corner: &'static str,
    /// Guide: a line that goes on below.
    pub trunk: &'static str,
    /// Before the row of the cursor.
    pub cursor: &'static str,
    /// Before a row that is marked.
    pub mark: &'static str,
    /// Behind the title of the column that rows are sorted by, from the least.
    pub ascending: &'static str,
    /// The same, the other way round.
    pub descending: &'static str,
    /// Between a value before and after.
    pub arrow: &'static str,
    /// Between facts of one line.
    pub dot: &'static str,
    /// Between panes.
    pub border: &'static str,
    /// Where a rule begins at that border.
    pub border_branch: &'static str,
    /// Underlines a title.
    pub rule: &'static str,
    /// Something is being waited for.
    pub ellipsis: &'static str,
}

/// For terminals with a Unicode font.
pub const UNICODE: Glyphs = Glyphs {
    live: "●",
    syncing: "◔",
    connecting: "◌",
    idle: "○",
    stale: "◐",
    failed: "✖",
    warning: "▲",
    progressing: "◔",
    unknown: "?",
    paused: "‖",
    done: "✔",
    open: "▾",
    closed: "▸",
    branch: "├─",
    corner: "└─",
    trunk: "│ ",
    cursor: "▌",
    mark: "◆",
    ascending: "↑",
    descending: "↓",
    arrow: "→",
    dot: "·",
    border: "│",
    border_branch: "├",
    rule: "─",
    ellipsis: "…",
};

/// For everything else.
pub const ASCII: Glyphs = Glyphs {
    live: "*",
    syncing: "%",
    connecting: ".",
    idle: "o",
    stale: "~",
    failed: "x",
    warning: "!",
    progressing: "%",
    unknown: "?",
    paused: "=",
    done: "+",
    open: "v",
    closed: ">",
    branch: "|-",
    corner: "`-",
    trunk: "| ",
    cursor: ">",
    mark: "#",
    ascending: "^",
    descending: "v",
    arrow: "->",
    dot: "-",
    border: "|",
    border_branch: "+",
    rule: "-",
    ellipsis: "...",
};

impl Glyphs {
    /// What the environment says the terminal can show. `read` gives the value of a variable, if it is set.
    pub fn detect(read: impl Fn(&str) -> Option<String>) -> Self {
        let says = |name: &str| read(name).filter(|value| !value.is_empty());
        let term = says("TERM").unwrap_or_default();
        // The locale as the C library finds it.
        let locale = says("LC_ALL")
            .or_else(|| says("LC_CTYPE"))
            .or_else(|| says("LANG"))
            .unwrap_or_default();
        let locale = locale.to_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8");
        // The font of the Linux console has none of the signs.
        if unicode && term != "linux" && term != "dumb" {
            UNICODE
        } else {
            ASCII
        }
    }

    /// The sign before a name; a blank where all is well.
    pub fn health(&self, health: Health) -> &'static str {
        match health {
            Health::Good => " ",
            Health::Paused => self.paused,
            Health::Progressing => self.progressing,
            Health::Unknown => self.unknown,
            Health::Warning => self.warning,
            Health::Failed => self.failed,
        }
    }

    /// The sign of a connection.
    pub fn connection(&self, connection: &Connection) -> &'static str {
        match connection {
            Connection::Idle => self.idle,
            Connection::Connecting => self.connecting,
            Connection::Syncing { .. } => self.syncing,
            Connection::Live => self.live,
            Connection::Stale { .. } => self.stale,
            Connection::AuthNeeded { .. } => self.warning,
            Connection::Denied { .. } | Connection::Offline { .. } => self.failed,
        }
    }
}
