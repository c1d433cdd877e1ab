//! The machines of all clusters as a watch tells of them: which there are, when each came, was available and went, and how many
//! there were at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fleetui_base::SharedClock;
use futures::StreamExt as _;
use jiff::Timestamp;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::watcher::{self, Event, watcher};
use serde_json::Value;

/// A machine that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    /// What made it: the name of a MachineDeployment, or that of the control plane.
    pub(super) maker: String,
    pub(super) version: String,
    pub(super) available: bool,
    pub(super) deleting: bool,
}

/// What happened to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    Came,
    Available,
    Gone,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) at: Timestamp,
    pub(super) namespace: String,
    pub(super) maker: String,
    pub(super) name: String,
    pub(super) what: Happened,
}

#[derive(Debug, Default)]
struct Inner {
    there: BTreeMap<(String, String), Machine>,
    told: Vec<Told>,
    most: BTreeMap<(String, String), usize>,
}

/// All machines, and what happened to them.
#[derive(Debug, Clone, Default)]
pub(super) struct Machines(Arc<Mutex<Inner>>);

impl Machines {
    /// Begins to watch them.
    pub(super) fn follow(client: kube::Client, clock: SharedClock) -> Self {
        let machines = Self::default();
        let kind = GroupVersionKind::gvk("cluster.x-k8s.io", "v1beta2", "Machine");
        let api: Api<DynamicObject> = Api::all_with(client, &ApiResource::from_gvk(&kind));
        let kept = machines.clone();
        tokio::spawn(async move {
            let mut events = std::pin::pin!(watcher(api, watcher::Config::default()));
            while let Some(event) = events.next().await {
                match event.expect("a watch") {
                    // A watch that begins anew tells of nothing that it has not told.
                    Event::Init | Event::InitDone => {}
                    Event::Apply(object) | Event::InitApply(object) => kept.note(object, clock.now(), true),
                    Event::Delete(object) => kept.note(object, clock.now(), false),
                }
            }
        });
        machines
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, object: DynamicObject, at: Timestamp, is_there: bool) {
        let object = serde_json::to_value(object).unwrap();
        let text = |pointer: &str| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let labels = "/metadata/labels/cluster.x-k8s.io~1";
        let maker = [
            format!("{labels}deployment-name"),
            format!("{labels}control-plane-name"),
        ];
        let maker = maker
            .iter()
            .map(|label| text(label))
            .find(|name| !name.is_empty());
        let place = (
            text("/metadata/namespace").to_owned(),
            text("/metadata/name").to_owned(),
        );
        let machine = Machine {
            maker: maker.unwrap_or_default().to_owned(),
            version: text("/spec/version").to_owned(),
            available: condition(&object, "Available").is_some_and(|it| it["status"] == "True"),
            deleting: !text("/metadata/deletionTimestamp").is_empty(),
        };
        let mut inner = self.inner();
        let before = if is_there {
            inner.there.insert(place.clone(), machine.clone())
        } else {
            inner.there.remove(&place)
        };
        let what = match (&before, is_there) {
            (None, true) => Some(Happened::Came),
            (Some(before), true) if machine.available && !before.available => Some(Happened::Available),
            (Some(_), false) => Some(Happened::Gone),
            (Some(_), true) | (None, false) => None,
        };
        let made = |(_, other): &(&(String, String), &Machine)| other.maker == machine.maker;
        let of_maker = inner
            .there
            .iter()
            .filter(|((namespace, _), _)| *namespace == place.0);
        let count = of_maker.filter(made).count();
        let (namespace, name) = place;
        let most = inner
            .most
            .entry((namespace.clone(), machine.maker.clone()))
            .or_default();
        *most = count.max(*most);
        inner.told.extend(what.map(|what| Told {
            at,
            namespace,
            maker: machine.maker,
            name,
            what,
        }));
    }

    /// Those of a namespace that `maker` made.
    pub(super) fn of(&self, namespace: &str, maker: &str) -> BTreeMap<String, Machine> {
        let inner = self.inner();
        let there = inner.there.iter();
        there
            .filter(|((of, _), machine)| of == namespace && machine.maker == maker)
            .map(|((_, name), machine)| (name.clone(), machine.clone()))
            .collect()
    }

    /// The names of all of a namespace.
    pub(super) fn names(&self, namespace: &str) -> BTreeSet<String> {
        let inner = self.inner();
        let there = inner.there.keys().filter(|(of, _)| of == namespace);
        there.map(|(_, name)| name.clone()).collect()
    }

    /// What happened in a namespace since then, in its order.
    pub(super) fn told_since(&self, namespace: &str, since: Timestamp) -> Vec<Told> {
        let inner = self.inner();
        let told = inner.told.iter();
        told.filter(|told| told.namespace == namespace && told.at >= since)
            .cloned()
            .collect()
    }

    /// How many of a maker there were at once since this was asked for the last time.
    pub(super) fn take_most(&self, namespace: &str, maker: &str) -> usize {
        let place = (namespace.to_owned(), maker.to_owned());
        self.inner().most.remove(&place).unwrap_or_default()
    }

    /// All of them, to see whether anything has changed.
    pub(super) fn print(&self) -> String {
        format!("{:?}", self.inner().there)
    }
}

/// A condition of an object.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind)
}
