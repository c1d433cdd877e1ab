//! A pool of 5,000 hosts: the screen that shows them, and how much room there is in it.

use std::sync::Arc;

use fleetui_base::ManagementCluster;
use fleetui_console::chord::sequence;
use fleetui_console::{App, AppOptions, Msg, update, view};
use fleetui_fleet::hosts::{HostOptions, asks};
use fleetui_fleet::{Connection, FleetStore, Session, Update};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};

use crate::measure::{Samples, print_figure};
use crate::{BATCH, batch};

/// Hosts of the pool, and clusters that take hosts of it.
const HOSTS: usize = 5_000;
const CLUSTERS: usize = 50;
/// The terminal that is drawn on.
const SIZE: (u16, u16) = (200, 60);
const BYOH: &str = "infrastructure.cluster.x-k8s.io/v1beta1";

fn object(api_version: &str, kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {
            "name": name, "namespace": "default", "uid": format!("uid-{kind}-{name}"), "resourceVersion": "900",
            "creationTimestamp": "2026-05-30T07:00:00Z",
        },
    })
}

/// Two of three hosts are in use, and of the others some are cordoned or looked after.
fn host(number: usize) -> String {
    let mut host = object(BYOH, "ByoHost", &format!("node-{number:05}"));
    host["metadata"]["labels"] = json!({"site": format!("s{}", number % 7)});
    host["spec"] = match number % 30 {
        7 => json!({"unclaimable": true}),
        11 => json!({"maintenance": {"reason": "new disk"}}),
        _ if !number.is_multiple_of(3) => json!({
            "claimRef": {"kind": "ByoMachine", "namespace": "default", "name": format!("machine-{number}")},
        }),
        _ => json!({}),
    };
    host["status"] = json!({
        "hostinfo": {"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"},
        "capacity": {"cpu": "16", "memory": "64Gi"}, "agentVersion": "v1.4.0",
        "lastHeartbeatTime": "2026-06-01T11:59:55Z",
        "conditions": [
            {"type": "AgentConnected", "status": "True", "lastTransitionTime": "2026-05-30T08:00:00Z"},
        ],
    });
    host.to_string()
}

/// A deployment of every cluster, and the template of its machines; each asks for a site.
fn demand(number: usize) -> [String; 2] {
    let name = format!("cluster-{number:03}-md-0");
    let mut template = object(BYOH, "ByoMachineTemplate", &name);
    template["spec"] = json!({"template": {"spec": {
        "selector": {"matchLabels": {"site": format!("s{}", number % 7)}},
        "installerRef": {"kind": "K8sInstallerConfigTemplate", "name": name},
    }}});
    let mut deployment = object("cluster.x-k8s.io/v1beta2", "MachineDeployment", &name);
    deployment["metadata"]["labels"] =
        json!({"cluster.x-k8s.io/cluster-name": format!("cluster-{number:03}")});
    deployment["spec"] = json!({
        "clusterName": format!("cluster-{number:03}"), "replicas": 60,
        "template": {"spec": {"version": "v1.31.2", "infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachineTemplate", "name": name,
        }}},
    });
    [template.to_string(), deployment.to_string()]
}

fn told(hosts: &[String], demand: &[String]) -> Vec<Update> {
    let management_cluster = ManagementCluster::new("mgmt");
    let session = Session {
        connection: Connection::Live,
        ..Session::idle(management_cluster.clone(), "https://mgmt.example:6443", false)
    };
    let objects = hosts.chunks(BATCH).chain(demand.chunks(BATCH));
    std::iter::once(Update::Session(Arc::new(session)))
        .chain(objects.map(|texts| batch(texts, &management_cluster)))
        .collect()
}

/// Measures both.
pub(crate) fn measure(now: Timestamp) {
    let hosts: Vec<String> = (0..HOSTS).map(host).collect();
    let one: Vec<String> = demand(0).into();
    let all: Vec<String> = (0..CLUSTERS).flat_map(demand).collect();
    for (name, demand) in [
        ("capacity of 5,000 hosts, for one deployment", &one),
        ("capacity of 5,000 hosts, for 50 deployments", &all),
    ] {
        let mut store = FleetStore::default();
        for update in told(&hosts, demand) {
            store.apply(update);
        }
        let mut samples = Samples::new(name);
        for _ in 0..100 {
            let found = samples.time(|| asks(&store, &HostOptions::default(), now));
            assert!(
                found.iter().all(|ask| ask.more > 0),
                "there is room for all of them"
            );
        }
        samples.print();
    }
    keys(told(&hosts, &all), now);
}

fn keys(fleet: Vec<Update>, now: Timestamp) {
    let app = AppOptions::new(now).and_then(|options| {
        App::new(AppOptions {
            size: SIZE,
            ..options
        })
    });
    let mut app = match app {
        Ok(app) => app,
        Err(error) => return print_figure("the console did not begin", &error.to_string()),
    };
    update(&mut app, Msg::Resize(SIZE.0, SIZE.1));
    update(&mut app, Msg::Fleet(fleet));
    let rounds: [(&'static str, &str, usize); 6] = [
        (
            "5,000 hosts, key to frame: the screen opens",
            ": h o s t s enter",
            1,
        ),
        ("5,000 hosts, key to frame: one row down", "j", 1000),
        ("5,000 hosts, key to frame: one page down", "pgdown", 100),
        ("5,000 hosts, key to frame: to the end and back", "G g", 100),
        ("5,000 hosts, key to frame: a mark", "space", 200),
        ("5,000 hosts, key to frame: the menu of a host", "a esc", 100),
    ];
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let mut before = Buffer::empty(area);
    view(&app, &mut before);
    for (name, keys, times) in rounds {
        let mut samples = Samples::new(name);
        let Ok(keys) = sequence(keys) else {
            return print_figure("no keys", keys);
        };
        for _ in 0..times {
            for key in &keys {
                before = samples.time(|| {
                    update(&mut app, Msg::Key(*key));
                    let mut buffer = Buffer::empty(area);
                    view(&app, &mut buffer);
                    std::hint::black_box(before.diff(&buffer).len());
                    buffer
                });
            }
        }
        samples.print();
    }
}
