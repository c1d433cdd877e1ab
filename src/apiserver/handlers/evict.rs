//! `pods/eviction`: a deletion that asks first, as far as the status of the Pod's PodDisruptionBudget tells.
//!
//! Nobody here counts healthy Pods; whoever simulates a workload writes the status of its budgets.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer;
use crate::call::{Call, Place};
use crate::handlers::create::{check_namespace, hold_to, judge};
use crate::handlers::delete::{self, Deletion, remove};
use crate::handlers::update::change;
use crate::object::{deleting, generation, map_of, metadata_text, timestamp};
use crate::request::body;
use crate::request::strict::Document;
use crate::selector::LabelSelector;
use crate::status::ApiError;
use crate::storage::memory::Range;
use crate::storage::{Key, Stored};
use crate::strategy::Part;
use crate::types;

/// The most Pods that a budget may remember as being evicted, as upstream.
const MOST_DISRUPTED: usize = 2000;

/// Evicts the Pod of the path.
pub(crate) async fn evict(call: &Call, bytes: &[u8]) -> Result<Response, ApiError> {
    call.accept.form()?;
    let eviction = read(call, bytes)?;
    let deletion = delete::options::read(call, eviction.get("deleteOptions").cloned())?;
    let key = call.key();
    let pod = call.place.get(&key)?;
    let value = pod.value()?;
    if !needs_no_budget(&value)
        && let Some(budget) = budget_of(&call.place, &pod, &value)?
    {
        spend(&budget, &pod, deletion.dry_run).await?;
    }
    // Only the Pod that was looked at.
    let deletion = Deletion {
        uid: deletion.uid.or_else(|| Some(pod.meta.uid.to_string())),
        ..deletion
    };
    remove(&call.place, &key, &deletion).await?;
    let done =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(answer::json_value(StatusCode::CREATED, &done))
}

/// The Eviction in the body.
fn read(call: &Call, bytes: &[u8]) -> Result<Value, ApiError> {
    let (api_version, kind) = ("policy/v1", "Eviction");
    let Document {
        mut object,
        mut flaws,
    } = body::of_kind((api_version, kind), &call.headers, bytes)?;
    let wanted = [("apiVersion", api_version), ("kind", kind)];
    for (field, wanted) in wanted {
        let found = object.get(field).and_then(Value::as_str).unwrap_or(wanted);
        if found != wanted {
            return Err(ApiError::bad_request(format!(
                "the {field} of the object is {found:?}, and that of an Eviction is {wanted:?}"
            )));
        }
    }
    if let Some(message) = types::of("policy", "v1", kind) {
        hold_to(message, &mut object, &mut flaws)?;
    }
    judge(call, &flaws)?;
    check_namespace(call, &object)?;
    let name = metadata_text(&object, "name");
    let pod = call.path.name.as_deref().unwrap_or_default();
    if name == pod {
        Ok(object)
    } else {
        Err(ApiError::bad_request(format!(
            "name in URL does not match name in Eviction object: {pod:?} is not {name:?}"
        )))
    }
}

/// A Pod that does not run, or goes already, disrupts nothing.
fn needs_no_budget(pod: &Value) -> bool {
    let phase = pod.pointer("/status/phase").and_then(Value::as_str);
    deleting(pod) || matches!(phase, Some("Pending" | "Succeeded" | "Failed"))
}

/// The budget that a Pod falls under, and where it is; more than one cannot be asked.
struct Budget {
    place: Place,
    key: Key,
}

fn budget_of(place: &Place, pod: &Stored, value: &Value) -> Result<Option<Budget>, ApiError> {
    let Some(resource) = place.hosted.served().find("policy", "v1", "poddisruptionbudgets") else {
        return Ok(None);
    };
    let place = Place::new(&place.shared, &place.hosted, resource);
    let range = Range {
        namespace: Some(pod.key.object.namespace.as_str()),
        after: None,
    };
    let budgets = place
        .shared
        .store
        .read(|memory| memory.snapshot(&place.collection, range, None))
        .map(|snapshot| snapshot.objects)
        .unwrap_or_default();
    let mut found: Vec<Arc<Stored>> = Vec::new();
    for budget in budgets {
        let spec = budget.value()?;
        let selector = spec.pointer("/spec/selector").and_then(LabelSelector::of_object);
        if selector.is_some_and(|selector| selector.matches(&pod.meta)) {
            found.push(budget);
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [one] if unready_pods_may_go(&one.value()?, value) => Ok(None),
        [one] => Ok(Some(Budget {
            key: one.key.clone(),
            place,
        })),
        [..] => Err(ApiError::internal(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        )),
    }
}

/// Whether the budget does not count a Pod that is not ready.
fn unready_pods_may_go(budget: &Value, pod: &Value) -> bool {
    let ready = pod
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|condition| {
            condition.get("type").and_then(Value::as_str) == Some("Ready")
                && condition.get("status").and_then(Value::as_str) == Some("True")
        });
    let always = budget
        .pointer("/spec/unhealthyPodEvictionPolicy")
        .and_then(Value::as_str);
    let (current, desired) = (number(budget, "currentHealthy"), number(budget, "desiredHealthy"));
    !ready && (always == Some("AlwaysAllow") || (current >= desired && desired > 0))
}

fn number(budget: &Value, field: &str) -> i64 {
    let status = budget.get("status").and_then(|status| status.get(field));
    status.and_then(Value::as_i64).unwrap_or(0)
}

/// Takes one disruption from the budget, or says why there is none.
async fn spend(budget: &Budget, pod: &Stored, dry_run: bool) -> Result<(), ApiError> {
    let now = timestamp(budget.place.now());
    change(&budget.place, &budget.key, (Part::Status, dry_run), |old| {
        check(&budget.place, old)?;
        let mut new = old.clone();
        let status = map_of(map_of(&mut new).entry("status").or_insert(Value::Null));
        let left = number(old, "disruptionsAllowed") - 1;
        status.insert("disruptionsAllowed".to_owned(), json!(left));
        let disrupted = status.entry("disruptedPods").or_insert(Value::Null);
        map_of(disrupted).insert(pod.key.object.name.to_string(), json!(now));
        Ok(new)
    })
    .await
    .map(|_| ())
}

fn check(place: &Place, budget: &Value) -> Result<(), ApiError> {
    let name = metadata_text(budget, "name");
    let allowed = number(budget, "disruptionsAllowed");
    let refuse = |why: &str| Err(ApiError::forbidden(&place.resource, name, why));
    if number(budget, "observedGeneration") < generation(budget) {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        return Err(ApiError::disruption_budget(&why, Some(10)));
    }
    let disrupted = budget.pointer("/status/disruptedPods").and_then(Value::as_object);
    if allowed < 0 {
        return refuse("pdb disruptions allowed is negative");
    }
    if disrupted.is_some_and(|disrupted| disrupted.len() > MOST_DISRUPTED) {
        return refuse("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
    }
    if allowed == 0 {
        let (desired, current) = (number(budget, "desiredHealthy"), number(budget, "currentHealthy"));
        let why =
            format!("The disruption budget {name} needs {desired} healthy pods and has {current} currently");
        return Err(ApiError::disruption_budget(&why, None));
    }
    Ok(())
}
