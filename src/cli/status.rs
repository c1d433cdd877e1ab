//! The exit status of commands: 0 well, 1 failed, and these.

use color_eyre::eyre::Report;
use fleetui_client::{Failure, FailureKind};
use fleetui_console::AppError;

/// It took too long, or the command line means nothing; clap gives the same.
pub(crate) const TIMED_OUT: u8 = 2;
/// It failed.
pub(crate) const FAILED: u8 = 1;
/// It was refused: read-only, no permission, a check before the deed.
pub(crate) const REFUSED: u8 = 3;
/// Something is not as it should be, and `--exit-code` asks to be told so.
pub(crate) const FOUND: u8 = 4;

/// Why a command refuses to do what it was asked for; ends the program with `REFUSED`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

/// That it is so already and there is nothing to do, which is well.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unchanged(pub(crate) String);

/// What a server does not allow this user; ends the program with `REFUSED`, too.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Denied(pub(crate) String);

/// What on the command line means nothing, and what is allowed; ends the program as clap's own complaints do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongUsage(pub(crate) String);

/// What took too long, so that it is not known whether it was done.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TimedOut(pub(crate) String);

/// The status for what a command failed with.
pub(crate) fn of(report: &Report) -> u8 {
    if report.downcast_ref::<Unchanged>().is_some() {
        0
    } else if is_wrong_usage(report) || report.downcast_ref::<TimedOut>().is_some() {
        TIMED_OUT
    } else if report.downcast_ref::<Refused>().is_some() || is_denied(report) {
        REFUSED
    } else {
        FAILED
    }
}

/// Whether the command line means nothing, or names a theme or a keymap that there is none of.
fn is_wrong_usage(report: &Report) -> bool {
    report.downcast_ref::<WrongUsage>().is_some()
        || matches!(report.downcast_ref(), Some(AppError::Unknown(_)))
}

/// Whether a server knows the user and does not allow what was asked for.
fn is_denied(report: &Report) -> bool {
    if report.downcast_ref::<Denied>().is_some() {
        return true;
    }
    let failure = report.downcast_ref::<Failure>();
    failure.is_some_and(|failure| of_read(failure) == REFUSED)
}

/// The status where something could not be read.
pub(crate) fn of_read(failure: &Failure) -> u8 {
    match failure.kind {
        FailureKind::Denied | FailureKind::Refused(_) => REFUSED,
        FailureKind::AuthNeeded
        | FailureKind::NotFound
        | FailureKind::Conflict
        | FailureKind::Invalid
        | FailureKind::Unreachable
        | FailureKind::TimedOut
        | FailureKind::Unexpected => FAILED,
    }
}

/// Of several statuses the one that says most about what is missing: too late, failed, refused.
pub(crate) fn worse(one: u8, other: u8) -> u8 {
    let severity = |code: u8| match code {
        TIMED_OUT => 3,
        FAILED => 2,
        REFUSED => 1,
        _ => 0,
    };
    if severity(other) > severity(one) {
        other
    } else {
        one
    }
}

#[cfg(test)]
mod tests {
    use fleetui_connect::KubeconfigError;

    use super::*;

    #[test]
    fn what_is_no_theme_is_wrong_usage_and_what_is_no_context_was_not_found() {
        let theme = AppError::Unknown("there is no theme 'drak'".to_owned());
        assert_eq!(of(&theme.into()), TIMED_OUT);
        let context = KubeconfigError::NoCurrentContext { contexts: Vec::new() };
        assert_eq!(of(&context.into()), FAILED);
    }

    #[test]
    fn the_status_that_says_most_holds_whoever_comes_first() {
        let order = [0, REFUSED, FAILED, TIMED_OUT];
        for (index, milder) in order.iter().enumerate() {
            for graver in &order[index..] {
                assert_eq!(
                    (worse(*milder, *graver), worse(*graver, *milder)),
                    (*graver, *graver)
                );
            }
        }
    }

    #[test]
    fn what_may_not_be_read_is_refused_and_what_fails_failed() {
        let of = |kind| {
            let message = "why".to_owned();
            of_read(&Failure { kind, message })
        };
        assert_eq!(of(FailureKind::Denied), REFUSED);
        assert_eq!(
            (of(FailureKind::Unreachable), of(FailureKind::NotFound)),
            (FAILED, FAILED)
        );
    }
}
