//! One manager at a time: whoever holds the Lease works, the others wait.
//!
//! A Lease is somebody else's for as long as it changes within its duration, by this program's own clock from when the
//! change was seen, so that clocks that differ do no harm. Who cannot renew in time stops before anybody else may begin.
//!
//! Source: `k8s.io/client-go/tools/leaderelection`.

use std::time::Duration;

use fleetui_base::SharedClock;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::standing::Standing;
use crate::error::{is_silence, why};

/// How long things take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElectionTimes {
    /// After so long without a change a Lease is nobody's.
    pub lease: Duration,
    /// Who could not renew for so long leads no more.
    pub renew: Duration,
    /// Between two attempts.
    pub retry: Duration,
}

impl Default for ElectionTimes {
    /// Those of Cluster API's managers.
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            renew: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

/// An election that this manager takes part in.
pub struct Election {
    api: Api<Lease>,
    name: String,
    identity: String,
    times: ElectionTimes,
    clock: SharedClock,
    /// The Lease as it was seen last, and when that was.
    seen: Option<(LeaseSpec, Instant)>,
    /// When the renewal that came last was begun: others may count from any moment after that.
    renewed: Instant,
    /// The Lease as this manager wrote it last, as long as nothing says that it is another by now.
    written: Option<Lease>,
    standing: Standing,
    /// The failure that was told last, as long as it goes on.
    failure: Option<String>,
}

/// Why a manager leads no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Led {
    /// It was told to stop; the lease is still its own.
    Told,
    /// The lease is somebody else's, or will be soon.
    Lost,
}

impl std::fmt::Debug for Election {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Election")
            .field("name", &self.name)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Election {
    /// Takes part for the Lease `namespace/name` as `identity`, which is nobody else's.
    pub fn new(
        client: kube::Client,
        (namespace, name): (&str, &str),
        identity: &str,
        times: ElectionTimes,
        clock: SharedClock,
    ) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            times,
            clock,
            seen: None,
            renewed: Instant::now(),
            written: None,
            standing: Standing::default(),
            failure: None,
        }
    }

    /// The same, who finds out with others whether the management cluster answers.
    #[must_use]
    pub fn knowing(self, standing: &Standing) -> Self {
        Self {
            standing: standing.clone(),
            ..self
        }
    }

    /// Waits until this manager leads; `false` where it is told to stop first. `held` is told who leads instead, each once.
    pub async fn win(&mut self, stop: &CancellationToken, held: impl Fn(&str)) -> bool {
        let mut told = None;
        loop {
            let attempted = tokio::select! {
                () = stop.cancelled() => return false,
                attempted = tokio::time::timeout(self.times.renew, self.attempt()) => attempted,
            };
            match attempted {
                Ok(Ok(true)) => return true,
                Ok(Ok(false)) => {
                    let holder = self.holder();
                    if holder != told
                        && let Some(holder) = &holder
                    {
                        held(holder);
                    }
                    told = holder;
                }
                Ok(Err(error)) => self.tell("the lease could not be had", &error),
                Err(_) => self.standing.silent("the lease is not answered for"),
            }
            tokio::select! {
                () = stop.cancelled() => return false,
                () = tokio::time::sleep(self.times.retry) => {}
            }
        }
    }

    /// Who held the Lease when it was seen last.
    fn holder(&self) -> Option<String> {
        let (seen, _) = self.seen.as_ref()?;
        seen.holder_identity.clone().filter(|holder| !holder.is_empty())
    }

    /// Goes on leading until it is told to stop, or can no longer. It may be called again to lead until one has stopped.
    pub async fn lead(&mut self, stop: &CancellationToken) -> Led {
        loop {
            let until = self.renewed + self.times.renew;
            tokio::select! {
                () = stop.cancelled() => return Led::Told,
                () = tokio::time::sleep_until(until) => {
                    tracing::error!(lease = self.name, "the lease could not be renewed in time");
                    return Led::Lost;
                }
                () = tokio::time::sleep(self.times.retry) => {}
            }
            let attempted = tokio::select! {
                () = stop.cancelled() => return Led::Told,
                attempted = tokio::time::timeout_at(until, self.attempt()) => attempted,
            };
            match attempted {
                Ok(Ok(true)) => {}
                Err(_) => self.standing.silent("the lease is not answered for"),
                Ok(Ok(false)) => {
                    tracing::error!(lease = self.name, "the lease is somebody else's");
                    return Led::Lost;
                }
                Ok(Err(error)) => self.tell("the lease was not renewed", &error),
            }
        }
    }

    /// Gives the lease away, so that the next one need not wait for it to run out.
    pub async fn resign(&mut self) {
        self.written = None;
        let given = tokio::time::timeout(self.times.renew, async {
            let mut lease = self.api.get(&self.name).await?;
            let spec = lease.spec.get_or_insert_default();
            if spec.holder_identity.as_deref() != Some(self.identity.as_str()) {
                return Ok(());
            }
            spec.holder_identity = Some(String::new());
            spec.lease_duration_seconds = Some(1);
            spec.renew_time = Some(MicroTime(self.clock.now()));
            self.api
                .replace(&self.name, &PostParams::default(), &lease)
                .await
                .map(drop)
        });
        if let Ok(Err(error)) = given.await {
            tracing::warn!(
                lease = self.name,
                error = why(&error),
                "the lease was not given away"
            );
        }
    }

    /// Takes or renews the lease; `false` where it is somebody else's.
    async fn attempt(&mut self) -> kube::Result<bool> {
        let begun = Instant::now();
        let taken = self.take().await;
        match &taken {
            Err(error) if is_silence(error) => self.standing.silent(&why(error)),
            Ok(_) | Err(_) => self.standing.answered(),
        }
        let is_ours = taken?;
        self.failure = None;
        if is_ours {
            self.renewed = begun;
        }
        Ok(is_ours)
    }

    /// Tells what went wrong, where it is another thing than before. That nobody answers is told for all at once.
    fn tell(&mut self, what: &str, error: &kube::Error) {
        let text = why(error);
        if is_silence(error) || self.failure.as_ref() == Some(&text) {
            tracing::debug!(lease = self.name, error = text, "{what}");
            return;
        }
        tracing::warn!(lease = self.name, error = text, "{what}");
        self.failure = Some(text);
    }

    async fn take(&mut self) -> kube::Result<bool> {
        match self.renew().await? {
            Some(renewed) => Ok(renewed),
            None => self.read_and_take().await,
        }
    }

    /// Who leads renews what it wrote without reading it: its resourceVersion tells whether it is the same still. Nothing
    /// where that is another by now, or where this manager does not lead.
    async fn renew(&mut self) -> kube::Result<Option<bool>> {
        let Some(mut lease) = self.written.take() else {
            return Ok(None);
        };
        let spec = lease.spec.take().unwrap_or_default();
        lease.spec = Some(self.held(&spec, self.clock.now()));
        match self.api.replace(&self.name, &PostParams::default(), &lease).await {
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(None),
            written => self.wrote(written).map(Some),
        }
    }

    async fn read_and_take(&mut self) -> kube::Result<bool> {
        let now = self.clock.now();
        let Some(mut lease) = self.api.get_opt(&self.name).await? else {
            let spec = self.held(&LeaseSpec::default(), now);
            let lease = Lease {
                metadata: ObjectMeta {
                    name: Some(self.name.clone()),
                    ..ObjectMeta::default()
                },
                spec: Some(spec),
            };
            let created = self.api.create(&PostParams::default(), &lease).await;
            return self.wrote(created);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        if self.seen.as_ref().is_none_or(|(seen, _)| *seen != spec) {
            self.seen = Some((spec.clone(), Instant::now()));
        }
        let holder = spec.holder_identity.as_deref().unwrap_or_default();
        if !holder.is_empty() && holder != self.identity && !self.has_run_out(&spec) {
            return Ok(false);
        }
        lease.spec = Some(self.held(&spec, now));
        // With the resourceVersion that was read: who comes second is told so.
        let written = self.api.replace(&self.name, &PostParams::default(), &lease).await;
        self.wrote(written)
    }

    /// Remembers a Lease that was written; `false` where another write came first.
    fn wrote(&mut self, written: kube::Result<Lease>) -> kube::Result<bool> {
        match written {
            Ok(lease) => {
                self.written = Some(lease);
                Ok(true)
            }
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn has_run_out(&self, spec: &LeaseSpec) -> bool {
        let duration = spec
            .lease_duration_seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(self.times.lease, Duration::from_secs);
        self.seen
            .as_ref()
            .is_some_and(|(_, since)| since.elapsed() >= duration)
    }

    /// The lease as this manager holds it.
    fn held(&self, before: &LeaseSpec, now: Timestamp) -> LeaseSpec {
        let mine = before.holder_identity.as_deref() == Some(self.identity.as_str());
        let moves = before.lease_transitions.unwrap_or(0);
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(self.times.lease.as_secs().max(1)).ok(),
            acquire_time: before
                .acquire_time
                .clone()
                .filter(|_| mine)
                .or(Some(MicroTime(now))),
            renew_time: Some(MicroTime(now)),
            lease_transitions: Some(if mine || before.holder_identity.is_none() {
                moves
            } else {
                moves.saturating_add(1)
            }),
            ..before.clone()
        }
    }
}

#[cfg(test)]
mod tests;
