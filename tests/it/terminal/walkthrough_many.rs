//! The walkthrough's last section, by keys alone: four management clusters that hold the same names. One can be changed; the
//! others are read-only, out of reach and without a login, and each says so. Nothing of theirs leaves.

use std::path::Path;

use http::StatusCode;
use serde_json::json;

use super::Terminal;
use crate::embedded::Embedded;
use crate::front::Door;

const NAMES: [&str; 4] = ["live", "fixed", "gone", "expired"];

async fn furnished(replicas: i64) -> Embedded {
    let server = Embedded::with_any_objects().await;
    let object = |kind: &str, name: &str, spec: serde_json::Value| {
        json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": kind,
            "metadata": {"name": name, "namespace": "default", "labels": {"cluster.x-k8s.io/cluster-name": "c"}},
            "spec": spec,
        })
    };
    server.create(&object("Cluster", "c", json!({}))).await;
    let template = json!({"spec": {"clusterName": "c", "version": "v1.33.1"}});
    let spec = json!({"clusterName": "c", "replicas": replicas, "template": template});
    server.create(&object("MachineDeployment", "md-0", spec)).await;
    server
}

/// A kubeconfig of all of them, and what the person decided about one.
fn configure(directory: &Path, doors: &[Door]) {
    let cluster = |(name, door): (&&str, &Door)| json!({"name": name, "cluster": {"server": door.url}});
    let context = |name: &&str| json!({"name": name, "context": {"cluster": name, "user": "u"}});
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": NAMES.iter().zip(doors).map(cluster).collect::<Vec<_>>(),
        "contexts": NAMES.iter().map(context).collect::<Vec<_>>(),
        "users": [{"name": "u", "user": {"token": "t"}}],
    });
    std::fs::write(directory.join("kubeconfig"), kubeconfig.to_string()).unwrap();
    let entry = |name: &&str| json!({"context": name, "kubeconfig": directory.join("kubeconfig"), "readOnly": *name == "fixed"});
    let fleet = json!({"managementClusters": NAMES.iter().map(entry).collect::<Vec<_>>()});
    std::fs::create_dir_all(directory.join("fleetui")).unwrap();
    std::fs::write(directory.join("fleetui/fleet.yaml"), fleet.to_string()).unwrap();
}

/// Puts the cursor on the deployment of the management cluster of this number.
fn go_to(terminal: &mut Terminal, number: usize) {
    let name = NAMES[number - 1];
    // A number that comes at once after an editor was refused is taken for what was meant for it; another key ends that.
    terminal.keys(&format!("g{number}"));
    terminal.wait_for(&format!("[{name}]"));
    terminal.keys("G");
    terminal.wait_until("the cursor on the deployment", |screen| {
        screen
            .lines()
            .any(|line| line.starts_with('▌') && line.contains("md-0"))
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_four_is_changed_and_three_say_why_not() {
    let directory = tempfile::tempdir().unwrap();
    let (mut servers, mut doors) = (Vec::new(), Vec::new());
    for replicas in [2, 3, 4, 5] {
        let server = furnished(replicas).await;
        doors.push(Door::open(server.client()).await);
        servers.push(server);
    }
    configure(directory.path(), &doors);
    let configuration = [("XDG_CONFIG_HOME", directory.path().to_str().unwrap())];
    let mut terminal = Terminal::start_with(&[], 160, 48, &configuration);
    terminal.wait_until("all four", |screen| screen.matches("md-0").count() >= 4);
    doors[2].shut(StatusCode::SERVICE_UNAVAILABLE);
    doors[3].shut(StatusCode::UNAUTHORIZED);

    let reasons = [
        (2, "fixed is read-only by configuration"),
        (3, "gone is stale"),
        (4, "expired is login needed"),
    ];
    for (number, reason) in reasons {
        go_to(&mut terminal, number);
        terminal.wait_until(reason, |screen| {
            let state = ["read-only", "stale", "login needed"][number - 2];
            screen.contains(state)
        });
        terminal.keys("s");
        terminal.wait_for(reason);
        let opened = format!("REPLICAS {}", number + 1);
        assert!(!terminal.screen().contains(&opened), "{}", terminal.screen());
    }
    go_to(&mut terminal, 1);
    terminal.keys("s");
    terminal.wait_for("REPLICAS 2");
    terminal.keys("6");
    terminal.wait_for("REPLICAS 2 → 6");
    terminal.keys("\r");
    let screen = terminal.wait_for("dry run ok");
    assert!(screen.contains("live default/md-0"), "{screen}");
    terminal.keys("\r");
    terminal.wait_for("applied");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();

    let writes: Vec<usize> = doors.iter().map(|door| door.writes().len()).collect();
    assert_eq!(writes, [2, 0, 0, 0], "a dry run and the write");
    let deployment = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
        "metadata": {"name": "md-0", "namespace": "default"}});
    for (server, replicas) in servers.iter().zip([6, 3, 4, 5]) {
        assert_eq!(server.read(&deployment).await["spec"]["replicas"], replicas);
    }
    // Each try stands in the audit log, with the step that refused it.
    let log = std::fs::read_to_string(terminal.home().join("state/fleetui/audit.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            let stage = &line["stage"];
            let step = stage["refused"]["step"].as_str();
            let outcome = stage["outcome"]
                .as_str()
                .or(stage.get("intent").map(|_| "intent"));
            let place = line["act"]["subject"]["management_cluster"].as_str().unwrap();
            (place, step.or(outcome).unwrap_or_default())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("fixed", "read-only"),
            ("gone", "connection"),
            ("expired", "connection"),
            ("live", "intent"),
            ("live", "done")
        ],
        "{log}"
    );
    for server in servers {
        server.stop().await;
    }
}
