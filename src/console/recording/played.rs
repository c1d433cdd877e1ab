//! A console whose recording is played looks like one that is alive. It says that it is not, how late it was then, and which keys
//! there are; what was recorded of keys and messages is shown as it was.

use jiff::Timestamp;

use crate::prose::Line;
use crate::theme::Role;

/// How a recording is played at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Played {
    /// At its own pace.
    Running,
    /// Somebody has halted it.
    Halted,
    /// There is nothing more in it.
    AtEnd,
    /// There is nothing more in it, as it was cut off in the middle of a line.
    Cut,
}

/// From this width on there is room for all of it.
const WIDE: u16 = 120;

impl Played {
    /// What the header says in the place of the mode; `now` is the time of the recording.
    pub(crate) fn header(self, now: Timestamp, width: u16) -> String {
        let how = match self {
            Self::Running => "",
            Self::Halted => " halted",
            Self::AtEnd => " at its end",
            Self::Cut => " cut off",
        };
        if width < WIDE {
            return format!("REPLAY {}{how}", now.strftime("%H:%M:%SZ"));
        }
        let at = now.strftime("%Y-%m-%d %H:%M:%S UTC");
        format!("REPLAY of {at}{how}, nothing can be changed")
    }

    /// What the footer says in the place of the keys.
    pub(crate) fn keys(self) -> Line {
        let (space, next) = match self {
            Self::Running => (" halts  ", " goes on at once  "),
            Self::Halted => (" goes on  ", " takes one step  "),
            Self::AtEnd => return leave(Line::ours(Role::Hint, "the recording ends here  ")),
            Self::Cut => return leave(Line::ours(Role::Warning, "the recording is cut off here  ")),
        };
        let line = Line::ours(Role::Key, "space")
            .word(Role::Hint, space)
            .word(Role::Key, "any other key")
            .word(Role::Hint, next);
        leave(line)
    }
}

fn leave(line: Line) -> Line {
    line.word(Role::Key, "q").word(Role::Hint, " leaves")
}
