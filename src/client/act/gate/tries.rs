//! Tries that were refused, as the audit log has them.

use fleetui_base::SharedClock;
use fleetui_fleet::act::audit::Stage;
use fleetui_fleet::act::{Act, Actor, Entry, Refusal};

use super::super::identity;
use super::Ground;
use crate::settings::ClientSettings;

/// Writes a try down that was refused in a management cluster.
pub(crate) async fn note_at(ground: &Ground, act: &Act, refusal: Refusal) {
    note_by(
        &ground.settings,
        &ground.clock,
        identity::actor(ground),
        (act, refusal),
    )
    .await;
}

/// Writes a try down that was refused where there is no management cluster that could say whom it sees.
pub(crate) async fn note(settings: &ClientSettings, clock: &SharedClock, act: &Act, refusal: Refusal) {
    note_by(settings, clock, settings.actor.clone(), (act, refusal)).await;
}

async fn note_by(
    settings: &ClientSettings,
    clock: &SharedClock,
    actor: Actor,
    (act, refusal): (&Act, Refusal),
) {
    let now = clock.now();
    let id = settings.audit.next_id(now);
    let entry = Entry::new(id, now, actor, act, Stage::Refused(refusal));
    if let Err(error) = settings.audit.write(&entry).await {
        tracing::warn!(%error, "a try that was refused is not in the audit log");
    }
}
