//! The figures of the console: bytes on the line, folding, memory, drawing, key to frame, problems, preflight; acting; the first frame, keys, idle
//! cost of the program itself in a terminal. Prints what it was measured on.
//!
//! `cargo bench --bench fleet`, or `cargo bench --bench fleet -- preflight hosts bytes nodes memory keys problems act first program` for
//! some.

#[path = "fleet/act.rs"]
mod act;
#[path = "fleet/bytes.rs"]
mod bytes;
#[path = "fleet/first.rs"]
mod first;
#[path = "fleet/hosts.rs"]
mod hosts;
#[path = "fleet/keys.rs"]
mod keys;
#[path = "fleet/management.rs"]
mod management;
#[allow(dead_code, reason = "the bench of the API server needs other parts of it")]
#[path = "fleet/measure.rs"]
mod measure;
#[path = "fleet/nodes.rs"]
mod nodes;
#[path = "fleet/objects.rs"]
mod objects;
#[path = "fleet/preflight.rs"]
mod preflight;
#[path = "fleet/problems.rs"]
mod problems;
#[path = "fleet/program.rs"]
mod program;

use std::sync::Arc;

use fleetui_api::json::Json;
use fleetui_base::ManagementCluster;
use fleetui_fleet::tree::{Tree, TreeOptions};
use fleetui_fleet::{Batch, Change, Connection, FleetStore, Row, Session, Update};
use management::Management;
use measure::{Samples, report_machine, resident_bytes};

/// The same allocator as the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Machines in the largest fleet.
const MACHINES: usize = 100_000;
/// Machines in the fleet of the first frame, and its management clusters.
const MACHINES_AT_FIRST: usize = 10_000;
const MANAGEMENT_CLUSTERS: usize = 3;
/// Machines of one cluster.
const OF_A_CLUSTER: usize = 100;
/// What a management cluster tells at once.
const BATCH: usize = 500;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    // Cargo says that it is a bench.
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'))
        .collect();
    let is_asked = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    report_machine();
    if is_asked("preflight") {
        preflight::run(objects::now());
    }
    if is_asked("hosts") {
        hosts::measure(objects::now());
    }
    if is_asked("bytes") {
        on_the_line();
    }
    if is_asked("nodes") {
        of_nodes();
    }
    if ["memory", "keys", "problems"].into_iter().any(is_asked) {
        in_memory(is_asked);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if is_asked("act") {
            act::measure().await?;
        }
        let few = Management::start(MANAGEMENT_CLUSTERS, MACHINES_AT_FIRST, OF_A_CLUSTER).await?;
        if is_asked("first") {
            first::measure(&few).await?;
        }
        if is_asked("program") {
            tokio::task::block_in_place(|| program::measure(&few, true))?;
            let many = Management::start(MANAGEMENT_CLUSTERS, MACHINES, OF_A_CLUSTER).await?;
            tokio::task::block_in_place(|| program::measure(&many, false))?;
        }
        Ok(())
    })
}

/// Bytes on the line.
fn on_the_line() {
    let management_cluster = ManagementCluster::new("mgmt");
    let again = objects::machine(0, OF_A_CLUSTER, true, 9_999).replace("Running", "Deleting");
    let fleets = bytes::Fleets {
        machines: told(1_000, OF_A_CLUSTER, &management_cluster),
        again: vec![batch(&[again], &management_cluster)],
        kinds: told(40, 1, &management_cluster),
    };
    bytes::measure(fleets, objects::now());
}

/// The nodes of workload clusters.
fn of_nodes() {
    let management_cluster = ManagementCluster::new("mgmt");
    let fleet = told(nodes::CLUSTERS * nodes::NODES, nodes::NODES, &management_cluster);
    nodes::measure(fleet, objects::now());
}

/// Rows, trees, keys, problems over the largest fleet.
fn in_memory(is_asked: impl Fn(&str) -> bool) {
    let now = objects::now();
    let management_cluster = ManagementCluster::new("mgmt");
    let texts = objects::texts(MACHINES, OF_A_CLUSTER);
    let before = resident_bytes();
    let mut store = FleetStore::default();
    let mut folding = Samples::new("fold 100,000 Machines from JSON, batches of 500 (whole)");
    folding.time(|| {
        for texts in texts.chunks(BATCH) {
            store.apply(batch(texts, &management_cluster));
        }
    });
    folding.print();
    let held = resident_bytes().saturating_sub(before);
    measure::print_figure("rows held", &store.len().to_string());
    measure::print_figure(
        "memory of a row (resident)",
        &format!("{} B", held / store.len().max(1)),
    );
    if is_asked("memory") {
        folding_again(&mut store, &texts, &management_cluster);
    }
    for kind in objects::makers(0..MACHINES / OF_A_CLUSTER, OF_A_CLUSTER) {
        store.apply(batch(&kind.texts, &management_cluster));
    }
    let mut building = Samples::new("build the tree of 100,000 machines and what they belong to");
    for _ in 0..20 {
        building.time(|| Tree::build(&store, &TreeOptions::default(), now));
    }
    building.print();
    if is_asked("problems") {
        let changes = vec![
            (
                "the same again, one Machine has changed",
                changes(2, (50, 1), &management_cluster),
            ),
            (
                "the same again, 100 Machines of 100 clusters have changed",
                changes(3, (50, 100), &management_cluster),
            ),
        ];
        problems::measure(&mut store, changes, now);
    }
    drop((store, texts));
    if is_asked("keys") {
        let fleet = told(MACHINES, OF_A_CLUSTER, &management_cluster);
        keys::measure(fleet, changes(1, (50, 100), &management_cluster), now);
    }
}

fn folding_again(store: &mut FleetStore, texts: &[String], management_cluster: &ManagementCluster) {
    let mut again = Samples::new("fold 500 unchanged Machines into 100,000");
    for texts in texts.chunks(BATCH).take(100) {
        let batch = batch(texts, management_cluster);
        again.time(|| store.apply(batch));
    }
    again.print();
    let mut again = Samples::new("fold 500 changed Machines into 100,000");
    for update in changes(1, (100, BATCH), management_cluster) {
        again.time(|| store.apply(update));
    }
    again.print();
}

/// `count` times a change of `machines` Machines, each of another cluster, which turns good ones bad and back. Later rounds are
/// of later versions.
fn changes(
    round: usize,
    (count, machines): (usize, usize),
    management_cluster: &ManagementCluster,
) -> Vec<Update> {
    let change = |number: usize| {
        let texts: Vec<String> = (0..machines)
            .map(|machine| {
                let index = (machine * OF_A_CLUSTER + number % 10) % MACHINES;
                let version = 1_000_000 * round + number;
                objects::machine(index, OF_A_CLUSTER, (number / 10).is_multiple_of(2), version)
            })
            .collect();
        batch(&texts, management_cluster)
    };
    (0..count).map(change).collect()
}

/// Objects as a watch brings them.
fn batch(texts: &[String], management_cluster: &ManagementCluster) -> Update {
    let row = |text: &String| {
        let object = Json::parse(text).ok()?;
        Some(Arc::new(Row::of(management_cluster.clone(), &object)))
    };
    Update::Objects(Batch {
        management_cluster: management_cluster.clone(),
        changes: texts.iter().filter_map(row).map(Change::Upsert).collect(),
    })
}

/// A fleet as its session would tell it.
fn told(machines: usize, of_a_cluster: usize, management_cluster: &ManagementCluster) -> Vec<Update> {
    let session = Session {
        connection: Connection::Live,
        ..Session::idle(management_cluster.clone(), "https://mgmt.example:6443", false)
    };
    let makers = objects::makers(0..machines.div_ceil(of_a_cluster), of_a_cluster);
    let texts = objects::texts(machines, of_a_cluster);
    let batches = texts.chunks(BATCH).map(|texts| batch(texts, management_cluster));
    std::iter::once(Update::Session(Arc::new(session)))
        .chain(makers.iter().map(|kind| batch(&kind.texts, management_cluster)))
        .chain(batches)
        .collect()
}
