//! Two consoles and a kubectl change one object, in every order of their steps. What one of them writes is never written over
//! by a console that had not read it, what is written is what was meant and nothing else, and whatever is not written is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::json::Json;
use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_client::{Answer, ClientSettings, Command, FailureKind, FleetClient};
use fleetui_fleet::act::plan::field;
use fleetui_fleet::act::{Mode, Plan};
use fleetui_fleet::edit::Field;
use fleetui_fleet::object_edit::{self, Editable};
use fleetui_fleet::{Batch, Change, FleetStore, Row, Update};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::stage::{deployment, key, live, object, perform};
use crate::embedded::Embedded;

const HERE: &str = "here";

/// Steps of the three: a console reads, has it checked and writes; kubectl reads and writes.
const STEPS: [usize; 3] = [3, 3, 2];
/// So many orders of these steps there are: 8! / (3! 3! 2!).
const ORDERS: usize = 560;

/// Every leaf of an object that people write, elements of lists by their names.
type Meaning = BTreeMap<String, Value>;

/// What a console wants.
enum Wish {
    /// Another value in the cell of a row.
    Cell(ObjectKey, Field, &'static str),
    /// Another text.
    Text(fn(&mut Value)),
}

/// What is changed by whom.
struct Story {
    /// The object that all three change, as it is in the beginning.
    object: Value,
    /// What else has to be known.
    beside: Vec<Value>,
    /// What the consoles want, and what that changes in the object's meaning.
    consoles: [(Wish, Vec<(&'static str, Value)>); 2],
    kubectl: Kubectl,
}

/// What the third one does.
enum Kubectl {
    /// `kubectl edit`: a merge patch, whatever stands there.
    Edit(Value),
    /// `kubectl replace`: the whole object, if it is still the one that was read.
    Replace(fn(&mut Value)),
}

fn meaning(object: &Value) -> Meaning {
    fn walk(path: String, value: &Value, leaves: &mut Meaning) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    walk(format!("{path}/{name}"), value, leaves);
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    let name = element["name"].as_str().map(ToOwned::to_owned);
                    walk(
                        format!("{path}/{}", name.unwrap_or_else(|| index.to_string())),
                        element,
                        leaves,
                    );
                }
            }
            leaf => {
                leaves.insert(path, leaf.clone());
            }
        }
    }
    let mut leaves = Meaning::new();
    walk("spec".to_owned(), &object["spec"], &mut leaves);
    walk("labels".to_owned(), &object["metadata"]["labels"], &mut leaves);
    leaves
}

/// A console between its steps.
struct Console<'a> {
    client: &'a FleetClient,
    wish: &'a Wish,
    wants: &'a [(&'static str, Value)],
    /// What it has read, and what it has planned on that.
    read: Option<(Value, Plan)>,
    told: bool,
}

/// How it went, over all orders.
#[derive(Debug, Default)]
struct Tally {
    written: usize,
    conflicts_of_dry_runs: usize,
    conflicts_of_writes: usize,
    replaced: usize,
    not_replaced: usize,
}

struct Stage<'a> {
    server: &'a Embedded,
    story: &'a Story,
    /// The object as it is now.
    now: Value,
    tally: &'a mut Tally,
}

impl Stage<'_> {
    async fn look(&mut self) {
        self.now = self.server.read(&self.story.object).await;
    }

    async fn console(&mut self, console: &mut Console<'_>, step: usize) {
        if console.told {
            return;
        }
        match step {
            0 => self.reads(console).await,
            1 => {
                let (_, plan) = console.read.as_ref().unwrap();
                let outcome = console.client.act(plan.clone(), Mode::Preview).await;
                if self.is_told(console, outcome.map(|_| ())) {
                    self.tally.conflicts_of_dry_runs += 1;
                }
                let before = std::mem::take(&mut self.now);
                self.look().await;
                assert_eq!(self.now, before, "a dry run changes nothing");
            }
            _ => self.writes(console).await,
        }
    }

    async fn reads(&mut self, console: &mut Console<'_>) {
        let key = key(
            HERE,
            self.story.object["kind"].as_str().unwrap(),
            self.story.object["metadata"]["name"].as_str().unwrap(),
        );
        let command = Command::Fetch {
            key: key.clone(),
            uid: "".into(),
            managed_fields: false,
        };
        let Ok(Answer::Fetched(object)) = console.client.execute(command).await else {
            panic!("not read")
        };
        assert_eq!(
            meaning(&object),
            meaning(&self.now),
            "what is read is what is there"
        );
        let mut store = FleetStore::default();
        let row = |object: &Value| {
            let text = object.to_string();
            Arc::new(Row::of(
                ManagementCluster::new(HERE),
                &Json::parse(&text).unwrap(),
            ))
        };
        let all = self.story.beside.iter().chain([&object]);
        store.apply(Update::Objects(Batch {
            management_cluster: ManagementCluster::new(HERE),
            changes: all.map(row).map(Change::Upsert).collect(),
        }));
        let now = Timestamp::UNIX_EPOCH;
        let plan = match console.wish {
            Wish::Cell(subject, cell, typed) => field(&store, subject, *cell, typed, now).unwrap(),
            Wish::Text(change) => {
                let editable = Editable::new(object.clone(), Vec::new(), None);
                let mut mine = (*editable.object).clone();
                change(&mut mine);
                object_edit::plan(&store, &key, (&editable, &mine), now).unwrap()
            }
        };
        assert_eq!(plan.writes.len(), 1, "{plan:#?}");
        console.read = Some((object, plan));
    }

    /// Whether all that this console changes is still as it has read it.
    fn is_as_read(&self, console: &Console<'_>) -> bool {
        let (read, _) = console.read.as_ref().unwrap();
        let (read, now) = (meaning(read), meaning(&self.now));
        console
            .wants
            .iter()
            .all(|(what, _)| read.get(*what) == now.get(*what))
    }

    /// Whether the console was told of a conflict, which must be the case where there is one, and may not be where nothing
    /// has happened at all.
    fn is_told(&self, console: &mut Console<'_>, outcome: Result<(), fleetui_client::Failure>) -> bool {
        let (read, _) = console.read.as_ref().unwrap();
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        match outcome {
            Ok(()) => {
                assert!(
                    self.is_as_read(console),
                    "written over what was not read: {:#}",
                    self.now
                );
                false
            }
            Err(failure) => {
                assert_eq!(failure.kind, FailureKind::Conflict, "{failure:?}");
                assert_ne!(version(read), version(&self.now), "nobody was there: {failure:?}");
                console.told = true;
                true
            }
        }
    }

    async fn writes(&mut self, console: &mut Console<'_>) {
        let (_, plan) = console.read.as_ref().unwrap();
        let outcome = console.client.act(plan.clone(), perform(plan)).await;
        let told = self.is_told(console, outcome.map(|_| ()));
        let mut meant = meaning(&self.now);
        if told {
            self.tally.conflicts_of_writes += 1;
        } else {
            self.tally.written += 1;
            meant.extend(
                console
                    .wants
                    .iter()
                    .map(|(what, value)| ((*what).to_owned(), value.clone())),
            );
        }
        self.look().await;
        assert_eq!(meaning(&self.now), meant);
    }

    async fn kubectl(&mut self, read: &mut Option<Value>, step: usize) {
        if step == 0 {
            *read = Some(self.now.clone());
            return;
        }
        match &self.story.kubectl {
            Kubectl::Edit(patch) => {
                self.server.merge(&self.story.object, patch).await.unwrap();
                self.tally.replaced += 1;
            }
            Kubectl::Replace(change) => {
                let mut object = read.take().unwrap();
                change(&mut object);
                let same = object["metadata"]["resourceVersion"] == self.now["metadata"]["resourceVersion"];
                let replaced = self.server.replace(&object).await;
                assert_eq!(replaced.is_ok(), same, "{replaced:?}");
                self.tally.replaced += usize::from(same);
                self.tally.not_replaced += usize::from(!same);
            }
        }
        self.look().await;
    }
}

/// All orders in which these many steps of each can be taken.
fn orders(left: [usize; 3]) -> Vec<Vec<usize>> {
    if left == [0; 3] {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for who in 0..left.len() {
        let Some(fewer) = left[who].checked_sub(1) else {
            continue;
        };
        let mut left = left;
        left[who] = fewer;
        all.extend(orders(left).into_iter().map(|mut order| {
            order.insert(0, who);
            order
        }));
    }
    all
}

async fn play(story: Story) -> Tally {
    let server = Embedded::with_any_objects().await;
    let made = server.create(&story.object).await;
    let mut beside = Vec::new();
    for object in &story.beside {
        beside.push(server.create(object).await);
    }
    let story = Story { beside, ..story };
    let clients = [
        live(server.target(HERE), ClientSettings::default()).await.0,
        live(server.target(HERE), ClientSettings::default()).await.0,
    ];
    let mut tally = Tally::default();
    let orders = orders(STEPS);
    assert_eq!(orders.len(), ORDERS);
    for order in orders {
        let now = server.read(&story.object).await;
        let mut beginning = made.clone();
        beginning["metadata"]["resourceVersion"] = now["metadata"]["resourceVersion"].clone();
        server.replace(&beginning).await.unwrap();
        let mut stage = Stage {
            server: &server,
            story: &story,
            now: Value::Null,
            tally: &mut tally,
        };
        stage.look().await;
        let mut consoles = [0, 1].map(|who| Console {
            client: &clients[who],
            wish: &story.consoles[who].0,
            wants: &story.consoles[who].1,
            read: None,
            told: false,
        });
        let (mut read, mut taken) = (None, [0; 3]);
        for who in order {
            match consoles.get_mut(who) {
                Some(console) => stage.console(console, taken[who]).await,
                None => stage.kubectl(&mut read, taken[who]).await,
            }
            taken[who] += 1;
        }
    }
    for client in clients {
        client.shut_down().await;
    }
    server.stop().await;
    tally
}

fn replicas(to: &'static str) -> Wish {
    Wish::Cell(key(HERE, "MachineDeployment", "md-0"), Field::Replicas, to)
}

const REPLICAS: &str = "spec/replicas";
const VERSION: &str = "spec/template/spec/version";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_field_is_never_written_over_unread() {
    let tally = play(Story {
        object: deployment("md-0", 2),
        beside: Vec::new(),
        consoles: [
            (replicas("3"), vec![(REPLICAS, json!(3))]),
            (replicas("4"), vec![(REPLICAS, json!(4))]),
        ],
        kubectl: Kubectl::Edit(json!({"spec": {"replicas": 5}})),
    })
    .await;
    assert!(
        tally.conflicts_of_dry_runs > 0 && tally.conflicts_of_writes > 0,
        "{tally:?}"
    );
    assert!(tally.written > 0 && tally.replaced == ORDERS, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_fields_are_all_written() {
    let version = Wish::Cell(key(HERE, "MachineDeployment", "md-0"), Field::Version, "v1.33.2");
    let tally = play(Story {
        object: deployment("md-0", 2),
        beside: Vec::new(),
        consoles: [
            (replicas("3"), vec![(REPLICAS, json!(3))]),
            (version, vec![(VERSION, json!("v1.33.2"))]),
        ],
        kubectl: Kubectl::Edit(json!({"metadata": {"labels": {"seen": "yes"}}})),
    })
    .await;
    // Nobody stands in anybody's way.
    assert_eq!(tally.written, 2 * ORDERS, "{tally:?}");
    assert_eq!(tally.replaced, ORDERS, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_element_that_moved_is_not_taken_for_the_one_that_stands_there_now() {
    let of_topology = |name: &str, deployment: &str| {
        let mut object = super::stage::deployment(name, 2);
        object["metadata"]["labels"]["topology.cluster.x-k8s.io/owned"] = json!("");
        object["metadata"]["labels"]["topology.cluster.x-k8s.io/deployment-name"] = json!(deployment);
        object
    };
    let workers =
        json!([{"class": "w", "name": "a", "replicas": 2}, {"class": "w", "name": "b", "replicas": 2}]);
    let topology =
        json!({"classRef": {"name": "q"}, "version": "v1.33.1", "workers": {"machineDeployments": workers}});
    let of = |name: &str, to| Wish::Cell(key(HERE, "MachineDeployment", name), Field::Replicas, to);
    let place = |name: &str| format!("spec/topology/workers/machineDeployments/{name}/replicas");
    let (a, b): (&'static str, &'static str) = (place("a").leak(), place("b").leak());
    let tally = play(Story {
        object: object("Cluster", "c", json!({"topology": topology})),
        beside: vec![of_topology("md-a", "a"), of_topology("md-b", "b")],
        consoles: [
            (of("md-a", "3"), vec![(a, json!(3))]),
            (of("md-b", "4"), vec![(b, json!(4))]),
        ],
        // Another one in front of them, which has as many replicas as they had.
        kubectl: Kubectl::Replace(|object| {
            let list = object["spec"]["topology"]["workers"]["machineDeployments"].as_array_mut();
            list.unwrap()
                .insert(0, json!({"class": "w", "name": "first", "replicas": 2}));
        }),
    })
    .await;
    assert!(
        tally.conflicts_of_dry_runs > 0 && tally.conflicts_of_writes > 0,
        "{tally:?}"
    );
    assert!(tally.replaced > 0 && tally.not_replaced > 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_was_not_there_is_not_added_twice() {
    let mut object = deployment("md-0", 2);
    object["spec"]["template"]["spec"]
        .as_object_mut()
        .unwrap()
        .remove("version");
    let version = |to| Wish::Cell(key(HERE, "MachineDeployment", "md-0"), Field::Version, to);
    let tally = play(Story {
        object,
        beside: Vec::new(),
        consoles: [
            (version("v1.33.2"), vec![(VERSION, json!("v1.33.2"))]),
            (version("v1.33.3"), vec![(VERSION, json!("v1.33.3"))]),
        ],
        kubectl: Kubectl::Edit(json!({"spec": {"template": {"spec": {"version": "v1.33.4"}}}})),
    })
    .await;
    assert!(
        tally.conflicts_of_dry_runs > 0 && tally.conflicts_of_writes > 0,
        "{tally:?}"
    );
    assert!(tally.written > 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_overwrites_no_field_and_leaves_the_others_alone() {
    let tally = play(Story {
        object: deployment("md-0", 2),
        beside: Vec::new(),
        consoles: [
            (
                Wish::Text(|object| {
                    object["spec"]["replicas"] = json!(3);
                    object["spec"]["template"]["spec"]["version"] = json!("v1.33.2");
                }),
                vec![(REPLICAS, json!(3)), (VERSION, json!("v1.33.2"))],
            ),
            (replicas("4"), vec![(REPLICAS, json!(4))]),
        ],
        kubectl: Kubectl::Replace(|object| {
            object["metadata"]["labels"]["seen"] = json!("yes");
        }),
    })
    .await;
    assert!(
        tally.conflicts_of_dry_runs > 0 && tally.conflicts_of_writes > 0,
        "{tally:?}"
    );
    assert!(tally.written > 0 && tally.not_replaced > 0, "{tally:?}");
}
