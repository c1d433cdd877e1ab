//! What sessions tell is worked into the console by shares, between which keys are looked for: over a large fleet all of it takes
//! long. After the last it is drawn.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use fleetui_fleet::Update;
use tokio::time::{Sleep, sleep};

use super::EventLoop;
use crate::msg::Msg;
use crate::runtime::screen::Screen;
use crate::runtime::{BETWEEN_DRAWS, BETWEEN_DRAWS_ON_THIN_LINES, Fleet};

/// About so many changed objects are taken into the fleet at once, before a key is looked for.
const MOST_CHANGES: usize = 2_000;

/// After what no key asked for the loop rests so many times as long as that took.
const REST: u32 = 5;

impl<F: Fleet> EventLoop<F> {
    /// Draws what a key has asked for; else works in a share of what was told, as far as the gate allows, and draws after the last.
    pub(super) fn settle(&mut self, urgent: bool, screen: &mut impl Screen) -> io::Result<()> {
        if urgent && self.ended.is_none() && self.app.is_dirty() {
            return self.draw(screen);
        }
        if urgent || self.gate.is_some() {
            return Ok(());
        }
        let began = self.clock.monotonic();
        if !self.held.is_empty() {
            let told = share(&mut self.held);
            self.message(Msg::Told(told), screen)?;
        } else if self.app.is_behind() {
            self.message(Msg::GoOn, screen)?;
        }
        if self.ended.is_some() {
            return Ok(());
        }
        let is_last = !self.has_work();
        let draws = is_last && self.app.is_dirty();
        if draws {
            self.draw(screen)?;
        }
        self.spent += self.clock.monotonic().saturating_sub(began);
        if is_last {
            let spent = std::mem::take(&mut self.spent);
            self.gate = draws.then(|| self.closed_gate(spent));
        }
        Ok(())
    }

    /// The gate after a draw. A fleet so large that all of this takes long gets it less often, so that others get at the processor.
    fn closed_gate(&self, spent: Duration) -> Pin<Box<Sleep>> {
        let between_draws = if self.app.has_low_bandwidth() {
            BETWEEN_DRAWS_ON_THIN_LINES
        } else {
            BETWEEN_DRAWS
        };
        Box::pin(sleep(between_draws.max(spent * REST)))
    }

    /// Whether something that was told waits to be worked in, and may be.
    pub(super) fn has_work(&self) -> bool {
        self.gate.is_none() && (!self.held.is_empty() || self.app.is_behind())
    }
}

/// Takes the first of what is held: about as much as may be worked in at once.
pub(super) fn share(held: &mut Vec<Update>) -> Vec<Update> {
    let mut changes = 0;
    let fits = |update: &&Update| {
        let fits = changes < MOST_CHANGES;
        changes += match update {
            Update::Objects(batch) => batch.changes.len(),
            Update::Session(_) | Update::Closed(_) | Update::Walks(_) => 1,
        };
        fits
    };
    let count = held.iter().take_while(fits).count();
    let rest = held.split_off(count);
    std::mem::replace(held, rest)
}
