//! Waits until a cluster is Available, and says meanwhile how far it is and what it waits for.

use std::process::ExitCode;
use std::time::Duration;

use fleetui_base::ObjectKey;
use fleetui_fleet::create::progress;

use super::Output;
use crate::cli::act::fleet::Fleet;
use crate::cli::status::TimedOut;
use crate::cli::tell as complain;

/// Waits.
///
/// # Errors
/// It takes longer than `limit`.
pub(super) async fn until_available(
    fleet: &mut Fleet,
    cluster: &ObjectKey,
    (limit, output): (Duration, Output),
) -> color_eyre::Result<ExitCode> {
    let mut said = String::new();
    let available = fleet
        .follow(limit, |store, now| {
            let Some(progress) = progress(store, cluster, now) else {
                return false;
            };
            let line = progress.line();
            if line != said {
                complain(&line);
                said = line;
            }
            progress.available
        })
        .await;
    if available {
        let line = format!("{cluster} is Available");
        match output {
            Output::Text => crate::cli::print::line(&line),
            // Documents stand alone.
            Output::Json | Output::Yaml => complain(&line),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let what = format!("{cluster} is not Available within {} s: {said}", limit.as_secs());
    Err(TimedOut(what).into())
}
