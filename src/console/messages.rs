//! The message of the moment, in the footer.

use fleetui_base::Shown;
use jiff::{SignedDuration, Timestamp};

use crate::theme::Role;

/// How long a message stays.
const SHOWN_FOR: SignedDuration = SignedDuration::from_secs(6);
/// How long an offer stays, which a person may read when he has come back to the screen.
const OFFER_SHOWN_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How long a failure stays.
const FAILURE_SHOWN_FOR: SignedDuration = SignedDuration::from_secs(15);

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How it looks.
    pub role: Role,
    /// What it says.
    pub text: Shown,
    until: Timestamp,
}

/// The messages.
#[derive(Debug, Default)]
pub struct State {
    current: Option<Message>,
}

impl State {
    /// Says something that went as wished.
    pub fn say(&mut self, now: Timestamp, text: &str) {
        self.set(Role::Message, text, now, SHOWN_FOR);
    }

    /// Says why something was not done.
    pub fn refuse(&mut self, now: Timestamp, text: &str) {
        self.set(Role::Warning, text, now, SHOWN_FOR);
    }

    /// Says that something failed.
    pub fn fail(&mut self, now: Timestamp, text: &str) {
        self.set(Role::Failed, text, now, FAILURE_SHOWN_FOR);
    }

    /// Says what can be done at the moment, until that or something else is done.
    pub fn offer(&mut self, now: Timestamp, text: &str) {
        self.set(Role::Message, text, now, OFFER_SHOWN_FOR);
    }

    fn set(&mut self, role: Role, text: &str, now: Timestamp, time: SignedDuration) {
        let until = now.checked_add(time).unwrap_or(Timestamp::MAX);
        self.current = Some(Message {
            role,
            text: Shown::line(text),
            until,
        });
    }

    /// The message of the moment.
    pub fn current(&self) -> Option<&Message> {
        self.current.as_ref()
    }

    /// Takes the message away.
    pub fn clear(&mut self) -> bool {
        self.current.take().is_some()
    }

    /// Takes away what has been shown for long enough; says whether something went.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let over = self.current.as_ref().is_some_and(|message| message.until <= now);
        over && self.clear()
    }
}
