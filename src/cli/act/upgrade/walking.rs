//! The walk of a cluster's upgrade in the foreground: what happens is told as it happens.

use std::process::ExitCode;

use color_eyre::eyre::eyre;
use fleetui_client::{FailureKind, WalkTold};
use fleetui_fleet::act::{Act, Refusal};
use fleetui_fleet::foretold::about;
use fleetui_fleet::walk::WalkState;
use tokio_util::sync::CancellationToken;

use super::document;
use crate::cli::act::arguments::ActOutput;
use crate::cli::act::failed;
use crate::cli::act::fleet::Fleet;
use crate::cli::{status, tell as complain};

/// Walks until the upgrade ends or halts; control-c pauses it. What happens is told on stderr, as documents on stdout.
pub(super) async fn walk_on(fleet: &Fleet, act: &Act, output: ActOutput) -> color_eyre::Result<ExitCode> {
    let key = &act.subject;
    let around = fleet.around();
    let session = around.store.session(&fleet.name);
    let session = session.ok_or_else(|| eyre!("{} has no session", fleet.name))?;
    let stop = CancellationToken::new();
    let mut said = String::new();
    let walking = fleet.client.walk(key, session, &stop, |told| {
        let line = progress(&told);
        if line == said {
            return;
        }
        if output == ActOutput::Text {
            complain(&line);
        } else {
            // Whoever reads may have seen enough; the walk goes on.
            let _ = output.document(&document::event(key, &told, fleet.around().now), true);
        }
        said = line;
    });
    tokio::pin!(walking);
    let ended = loop {
        tokio::select! {
            ended = &mut walking => break ended,
            interrupted = tokio::signal::ctrl_c(), if !stop.is_cancelled() => {
                interrupted?;
                complain("pausing; what rolls out goes on by itself");
                stop.cancel();
            }
        }
    };
    let walk = match ended {
        Ok(walk) => walk,
        Err(failure) => {
            // Who may not even hold it has tried to go on.
            if let FailureKind::Refused(step) = failure.kind {
                fleet.note(act, Refusal::at(step, failure.message.as_str()));
            }
            return Err(failed(&failure));
        }
    };
    let (done, all) = walk.progress();
    let word = walk.state.word();
    let line = format!(
        "the upgrade of {key} to {} is {word}: {done} of {all} steps",
        walk.to
    );
    output.document(&document::ended(key, &walk), true)?;
    if walk.state == WalkState::Done {
        if output == ActOutput::Text {
            crate::cli::print::line(&line);
        }
        return Ok(ExitCode::SUCCESS);
    }
    complain(&format!("{line}; {}", walk.state.why()));
    Ok(ExitCode::from(status::FAILED))
}

fn progress(told: &WalkTold) -> String {
    let (done, all) = told.walk.progress();
    let left = told.walk.seconds_left(None);
    let left = left.map_or_else(String::new, |left| format!(" ({})", about(left, " left")));
    format!("[{done}/{all}] {}{left}", told.what)
}
