//! One walker at a time: whoever holds the Lease takes steps, the others wait or go.
//!
//! A Lease is somebody else's for as long as it changes within its duration, by this program's own clock from when the change
//! was seen, so that clocks that differ do no harm. Who holds it begins a write only shortly after it was renewed: long before
//! anybody else may take it.

use std::time::Duration;

use compact_str::CompactString;
use fleetui_base::{GroupKind, ObjectKey};
use fleetui_fleet::act::{Verb, Write};
use fleetui_fleet::walk::{Holder, Walk, name};
use serde_json::{Value, json};

use crate::act::gate::{self, Ground};
use crate::command::{Failure, FailureKind};
use crate::fault::Fault;
use crate::watcher::encoded;

/// After so long without a change a Lease is nobody's.
pub(crate) const LASTS: Duration = Duration::from_secs(30);
/// It is renewed when the last renewal is so old.
const RENEWED_AFTER: Duration = Duration::from_secs(8);
/// A write is begun only while the last renewal is younger.
const FRESH: Duration = Duration::from_secs(15);

const API_VERSION: &str = "coordination.k8s.io/v1";

/// Whose a Lease is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// Ours.
    Ours,
    /// Somebody else's, who it says that is; and for how long it has not changed that we saw.
    Theirs(Holder, Duration),
}

/// The Lease of a walk, as this program tries to hold it.
pub(crate) struct Lease<'a> {
    ground: &'a Ground,
    key: ObjectKey,
    /// Who we are, which nobody else is.
    identity: String,
    /// The Lease as it was seen last, and since when by our own clock.
    seen: Option<(Value, Duration)>,
    /// When the renewal that came last was begun: others may count from any moment after that.
    renewed: Option<Duration>,
}

impl<'a> Lease<'a> {
    pub(crate) fn new(ground: &'a Ground, cluster: &ObjectKey, identity: String) -> Self {
        Self {
            ground,
            key: key(cluster),
            identity,
            seen: None,
            renewed: None,
        }
    }

    /// Whether a write may be begun.
    pub(crate) fn is_fresh(&self) -> bool {
        self.age().is_some_and(|age| age < FRESH)
    }

    /// Who holds it, where that is we.
    pub(super) fn holder(&self) -> Option<Holder> {
        let age = self.age()?;
        let now = self.ground.clock.now();
        Some(Holder {
            identity: self.identity.clone(),
            renewed: now.checked_sub(age).ok(),
            lasts_seconds: LASTS.as_secs(),
        })
    }

    fn age(&self) -> Option<Duration> {
        let now = self.ground.clock.monotonic();
        self.renewed.map(|renewed| now.saturating_sub(renewed))
    }

    /// Goes on holding it: renews it where that is due.
    pub(crate) async fn hold(&mut self, walk: Option<&Walk>) -> Result<Held, Failure> {
        if self.age().is_some_and(|age| age < RENEWED_AFTER) {
            return Ok(Held::Ours);
        }
        self.take(walk).await
    }

    /// Takes or renews it.
    pub(crate) async fn take(&mut self, walk: Option<&Walk>) -> Result<Held, Failure> {
        let begun = self.ground.clock.monotonic();
        let Some(lease) = read(self.ground, &self.key).await? else {
            let write = self.created(walk);
            return self.taken(gate::keep(self.ground, &write).await, begun);
        };
        let spec = lease.get("spec").cloned().unwrap_or_default();
        if self.seen.as_ref().is_none_or(|(seen, _)| *seen != spec) {
            self.seen = Some((spec.clone(), begun));
        }
        let holder = text(&spec, "holderIdentity");
        if !holder.is_empty() && holder != self.identity {
            let since = self.seen.as_ref().map_or(begun, |(_, since)| *since);
            let still = begun.saturating_sub(since);
            if still < lasts(&spec) {
                return Ok(Held::Theirs(said(&spec).unwrap_or_else(nobody_known), still));
            }
        }
        let spec = self.spec(&spec);
        let write = self.patched(&lease, &spec);
        self.taken(gate::keep(self.ground, &write).await, begun)
    }

    /// Gives it away, so that the next one need not wait for it to run out.
    pub(crate) async fn give_back(&mut self) {
        self.renewed = None;
        let given = async {
            let Some(lease) = read(self.ground, &self.key).await? else {
                return Ok(());
            };
            let fields = lease.get("spec").and_then(Value::as_object);
            let mut fields = fields.cloned().unwrap_or_default();
            let holder = fields.get("holderIdentity").and_then(Value::as_str);
            if holder != Some(self.identity.as_str()) {
                return Ok(());
            }
            fields.insert("holderIdentity".to_owned(), json!(""));
            fields.insert("leaseDurationSeconds".to_owned(), json!(1));
            gate::keep(self.ground, &self.patched(&lease, &Value::Object(fields)))
                .await
                .map(drop)
        };
        if let Err(failure) = given.await {
            tracing::debug!(%failure, "the lease was not given away; it runs out");
        }
    }

    /// Who comes second is told so.
    fn taken(&mut self, written: Result<Value, Failure>, begun: Duration) -> Result<Held, Failure> {
        match written {
            Ok(_) => {
                self.renewed = Some(begun);
                Ok(Held::Ours)
            }
            Err(failure) if failure.kind == FailureKind::Conflict => {
                self.renewed = None;
                Ok(Held::Theirs(nobody_known(), Duration::ZERO))
            }
            Err(failure) => Err(failure),
        }
    }

    fn created(&self, walk: Option<&Walk>) -> Write {
        let name = &self.key.object;
        let owners: Vec<Value> = walk
            .map(|walk| {
                json!({
                    "apiVersion": walk.cluster_api_version, "kind": "Cluster",
                    "name": walk.cluster.name, "uid": walk.cluster_uid,
                })
            })
            .into_iter()
            .collect();
        let body = json!({
            "apiVersion": API_VERSION, "kind": "Lease",
            "metadata": {"namespace": name.namespace, "name": name.name, "ownerReferences": owners},
            "spec": self.spec(&Value::Null),
        });
        self.write(Verb::Create, CompactString::default(), body)
    }

    fn patched(&self, lease: &Value, spec: &Value) -> Write {
        let of_metadata = lease.get("metadata").unwrap_or(&Value::Null);
        let metadata = |field: &str| text(of_metadata, field).to_owned();
        let body = json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": metadata("resourceVersion")},
            {"op": "add", "path": "/spec", "value": spec},
        ]);
        self.write(Verb::Patch, metadata("uid").into(), body)
    }

    fn write(&self, verb: Verb, uid: CompactString, body: Value) -> Write {
        Write {
            target: self.key.clone(),
            uid,
            api_version: API_VERSION.into(),
            verb,
            body,
            fields: Vec::new(),
        }
    }

    /// The Lease as we hold it.
    fn spec(&self, before: &Value) -> Value {
        let now = format!("{:.6}", self.ground.clock.now());
        let mine = text(before, "holderIdentity") == self.identity;
        let moves = before
            .get("leaseTransitions")
            .and_then(Value::as_i64)
            .unwrap_or(0);
        let acquired = Some(text(before, "acquireTime")).filter(|time| mine && !time.is_empty());
        json!({
            "holderIdentity": self.identity,
            "leaseDurationSeconds": LASTS.as_secs(),
            "acquireTime": acquired.unwrap_or(&now),
            "renewTime": now,
            "leaseTransitions": if mine || before.is_null() { moves } else { moves.saturating_add(1) },
        })
    }
}

/// Who holds the Lease of a Cluster's walk, as it says itself.
pub(super) async fn holder(ground: &Ground, cluster: &ObjectKey) -> Result<Option<Holder>, Failure> {
    let lease = read(ground, &key(cluster)).await?;
    Ok(lease.as_ref().and_then(|lease| said(lease.get("spec")?)))
}

fn said(spec: &Value) -> Option<Holder> {
    let identity = text(spec, "holderIdentity");
    (!identity.is_empty()).then(|| Holder {
        identity: identity.to_owned(),
        renewed: text(spec, "renewTime").parse().ok(),
        lasts_seconds: lasts(spec).as_secs(),
    })
}

fn key(cluster: &ObjectKey) -> ObjectKey {
    let kind = GroupKind::new("coordination.k8s.io", "Lease");
    ObjectKey::new(cluster.management_cluster.clone(), kind, name(&cluster.object))
}

async fn read(ground: &Ground, key: &ObjectKey) -> Result<Option<Value>, Failure> {
    let path = format!(
        "/apis/{API_VERSION}/namespaces/{}/leases/{}",
        encoded(&key.object.namespace),
        encoded(&key.object.name)
    );
    let limit = ground.settings.request_timeout;
    match ground.handle.requester.get(&path, limit).await {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string())),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Who was there first, and has not been read yet.
fn nobody_known() -> Holder {
    Holder {
        identity: "another console".to_owned(),
        renewed: None,
        lasts_seconds: LASTS.as_secs(),
    }
}

fn lasts(spec: &Value) -> Duration {
    let seconds = spec.get("leaseDurationSeconds").and_then(Value::as_u64);
    seconds.map_or(LASTS, Duration::from_secs)
}
