//! What a new cluster refers to and does not bring along has to be there, as a server takes objects whatever they refer to.

use fleetui_fleet::act::{CreateDeed, Deed, Plan, Step};
use fleetui_fleet::create::not_created;
use futures::{StreamExt as _, stream};

use super::super::send;
use super::{AT_ONCE, Ground, Stopped};

/// References that are told one by one; of more, how many there are.
const TOLD: usize = 3;

/// What of it is missing and may be brought later, and which templates are another cluster's, as sentences.
///
/// # Errors
/// Something is missing without which nothing comes of the cluster, or another cluster has it.
pub(super) async fn missing(ground: &Ground, plan: &Plan) -> Result<Vec<String>, Stopped> {
    let creates = matches!(
        plan.act.deed,
        Deed::Create(CreateDeed::Begin(_) | CreateDeed::Resume)
    );
    let wanted = if creates {
        not_created(&plan.writes)
    } else {
        Vec::new()
    };
    let asked = wanted.iter().map(|wanted| async move {
        let object = (&wanted.target, wanted.api_version.as_str());
        (wanted, send::object(ground, object).await)
    });
    let mut answers = stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE);
    let (mut missing, mut warnings) = (Vec::new(), Vec::new());
    while let Some((wanted, answer)) = answers.next().await {
        match answer {
            Ok(Some(there)) => match wanted.is_anothers(&there, &plan.act.subject.object) {
                Some((true, why)) => missing.push(why),
                Some((false, why)) => warnings.push(why),
                None => {}
            },
            Ok(None) if wanted.is_needed => missing.push(wanted.is_missing()),
            Ok(None) => warnings.push(wanted.is_missing()),
            Err(failure) => warnings.push(wanted.is_not_known(&failure)),
        }
    }
    if missing.is_empty() {
        return Ok(warnings);
    }
    let more = missing.len().saturating_sub(TOLD);
    missing.truncate(TOLD);
    let mut why = missing.join("; ");
    if more > 0 {
        why = format!("{why}; and {more} more");
    }
    Err(Stopped::at(Step::DryRun, why))
}
