//! A cursor that comes to another row by itself, as its own has gone: what is asked for next may still be meant for the one that
//! was seen there, so that it is told first.

use fleetui_base::ObjectKey;

use crate::app::App;
use crate::screens::Screen;
use crate::subject::Subject;

impl App {
    /// The object that the person has put the cursor on; nothing where it is on the first row only because nobody moved it.
    pub(super) fn held_object(&self) -> Option<ObjectKey> {
        let held = self
            .stack
            .last()
            .map_or_else(|| self.tree.is_held(), Screen::is_held);
        match self.subject() {
            Some(Subject::Object(key)) if held => Some(key),
            Some(Subject::Object(_) | Subject::ManagementCluster(_)) | None => None,
        }
    }

    /// Notes that the cursor has come to another row, where it was on `before`; it may have come further already.
    pub(super) fn note_slide(&mut self, before: Option<ObjectKey>) {
        let now = self.held_object();
        if self.slid.is_some() && self.slid == now {
            // What had gone is there again, and has the cursor back.
            self.slid = None;
        } else if self.slid.is_none() && before.is_some() && before != now {
            self.slid = before;
        }
    }

    /// Where the cursor has come to another row since the person did anything, tells that instead of what was asked for; the same
    /// once more is meant for that row. Says whether it did. Rows that are marked are meant wherever the cursor is.
    pub(super) fn tells_slide(&mut self) -> bool {
        let Some(before) = self.slid.take() else {
            return false;
        };
        let Some(Subject::Object(now)) = self.subject() else {
            return false;
        };
        let (acted_on, _) = self.acted_on();
        if acted_on != [now.clone()] {
            return false;
        }
        let word = if self.fleet.get(&before).is_some() {
            "not shown any more"
        } else {
            "gone"
        };
        let told = |key: &ObjectKey| format!("{} {}", key.kind.kind, key.object);
        let what = format!(
            "{} in {} is {word}, and the cursor has come to {} in {}: once more is meant for that",
            told(&before),
            before.management_cluster,
            told(&now),
            now.management_cluster
        );
        self.messages.refuse(self.now, &what);
        true
    }
}
