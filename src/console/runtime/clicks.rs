//! Two presses of the mouse in one row, one right after the other, are a double press: terminals tell of each by itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::msg::{Mouse, Msg};

/// No longer than this lies between the two.
const AT_ONCE: Duration = Duration::from_millis(400);

/// When and in which row the mouse was pressed last.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    last: Option<(Timestamp, u16)>,
}

impl Clicks {
    /// What a message means that comes at `now`, after those before it.
    pub(super) fn count(&mut self, message: Msg, now: Timestamp) -> Msg {
        let Msg::Mouse(mouse) = &message else {
            return message;
        };
        let Mouse::Press(column, row) = *mouse else {
            // Whatever the wheel has brought there was not pressed before.
            self.last = None;
            return message;
        };
        let at_once = SignedDuration::try_from(AT_ONCE).unwrap_or(SignedDuration::ZERO);
        let again = self.last.is_some_and(|(then, there)| {
            let passed = now.duration_since(then);
            there == row && passed >= SignedDuration::ZERO && passed <= at_once
        });
        // The third in a row begins anew.
        self.last = (!again).then_some((now, row));
        if again {
            Msg::Mouse(Mouse::DoublePress(column, row))
        } else {
            message
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_presses_at_once_in_one_row_are_a_double_press_and_a_third_is_none() {
        let mut clicks = Clicks::default();
        let mut at = |milliseconds: i64, mouse: Mouse| {
            let now = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milliseconds);
            match clicks.count(Msg::Mouse(mouse), now) {
                Msg::Mouse(mouse) => mouse,
                other => panic!("{other:?}"),
            }
        };
        let press = |row: u16| Mouse::Press(4, row);
        assert_eq!(at(0, press(7)), press(7));
        assert_eq!(at(300, Mouse::Press(9, 7)), Mouse::DoublePress(9, 7));
        assert_eq!(at(500, press(7)), press(7));
        // Too late, in another row, and with the wheel between.
        assert_eq!(at(1000, press(7)), press(7));
        assert_eq!(at(1100, press(8)), press(8));
        assert_eq!(at(1200, Mouse::WheelDown), Mouse::WheelDown);
        assert_eq!(at(1300, press(8)), press(8));
        // A clock that was put back.
        assert_eq!(at(100, press(8)), press(8));
    }
}
