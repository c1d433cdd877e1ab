//! The figures of the console: folding, memory, drawing, key to frame, bytes on the line. Prints what it was measured on.
//!
//! `cargo bench --bench fleet`

#[path = "fleet/bytes.rs"]
mod bytes;
#[path = "fleet/keys.rs"]
mod keys;
#[allow(dead_code, reason = "the bench of the API server needs other parts of it")]
#[path = "fleet/measure.rs"]
mod measure;
#[path = "fleet/objects.rs"]
mod objects;

use std::sync::Arc;

use fleetui_api::json::Json;
use fleetui_base::ManagementCluster;
use fleetui_fleet::tree::{Tree, TreeOptions};
use fleetui_fleet::{Batch, Change, Connection, FleetStore, Row, Session, Update};
use measure::{Samples, report_machine, resident_bytes};

/// Machines in the measured fleet.
const MACHINES: usize = 100_000;
/// Machines of one cluster.
const OF_A_CLUSTER: usize = 100;

fn main() {
    report_machine();
    let now = objects::now();
    let management_cluster = ManagementCluster::new("mgmt");
    let texts = objects::texts(MACHINES, OF_A_CLUSTER);
    let before = resident_bytes();
    let mut store = FleetStore::default();
    let mut folding = Samples::new("fold 100,000 Machines from JSON, batches of 500 (whole)");
    folding.time(|| {
        for batch in texts.chunks(500) {
            let changes = batch
                .iter()
                .filter_map(|text| row(text, &management_cluster))
                .map(Change::Upsert)
                .collect();
            store.apply(Update::Objects(Batch {
                management_cluster: management_cluster.clone(),
                changes,
            }));
        }
    });
    folding.print();
    let held = resident_bytes().saturating_sub(before);
    measure::print_figure("rows held", &store.len().to_string());
    measure::print_figure(
        "memory of a row (resident)",
        &format!("{} B", held / store.len().max(1)),
    );

    let mut again = Samples::new("fold 500 changed Machines into 100,000");
    for chunk in texts.chunks(500).take(100) {
        let rows: Vec<_> = chunk
            .iter()
            .filter_map(|text| row(text, &management_cluster))
            .collect();
        again.time(|| {
            let changes = rows.iter().cloned().map(Change::Upsert).collect();
            store.apply(Update::Objects(Batch {
                management_cluster: management_cluster.clone(),
                changes,
            }));
        });
    }
    again.print();

    let mut building = Samples::new("build the tree of 100,000 rows");
    for _ in 0..20 {
        building.time(|| Tree::build(&store, &TreeOptions::default(), now));
    }
    building.print();

    let few = texts.get(..1_000).unwrap_or(&texts);
    let again = few.first().map(|text| {
        text.replace("\"Running\"", "\"Deleting\"")
            .replace("\"1000\"", "\"9999\"")
    });
    let again = again.iter().filter_map(|text| row(text, &management_cluster));
    let again = Update::Objects(Batch {
        management_cluster: management_cluster.clone(),
        changes: again.map(Change::Upsert).collect(),
    });
    bytes::measure(store_updates(few, &management_cluster), vec![again], now);

    keys::measure(store_updates(&texts, &management_cluster), now);
}

/// An object as a watch brings it.
fn row(text: &str, management_cluster: &ManagementCluster) -> Option<Arc<Row>> {
    let object = Json::parse(text).ok()?;
    Some(Arc::new(Row::of(management_cluster.clone(), &object)))
}

/// The fleet as its session would tell it.
fn store_updates(texts: &[String], management_cluster: &ManagementCluster) -> Vec<Update> {
    let session = Session {
        connection: Connection::Live,
        ..Session::idle(management_cluster.clone(), "https://mgmt.example:6443", false)
    };
    let batches = texts.chunks(500).map(|batch| {
        let changes = batch
            .iter()
            .filter_map(|text| row(text, management_cluster))
            .map(Change::Upsert)
            .collect();
        Update::Objects(Batch {
            management_cluster: management_cluster.clone(),
            changes,
        })
    });
    std::iter::once(Update::Session(Arc::new(session)))
        .chain(batches)
        .collect()
}
