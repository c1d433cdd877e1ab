//! The walkthrough's upgrade, and more and fewer nodes, by keys alone on the demo, judged by what stands on the screen.

use super::Terminal;

/// Replaces a version in the editor's cell by the first candidate.
const FIRST_CANDIDATE: &str = "\t";
const ENTER: &str = "\r";

/// Phases of a Machine.
const PHASES: [&str; 6] = [
    "Pending",
    "Provisioning",
    "Provisioned",
    "Running",
    "Deleting",
    "Failed",
];

/// A Machine as its line on the screen tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Machine {
    name: String,
    version: String,
    phase: String,
}

/// The line of the MachineDeployment.
fn deployment(screen: &str) -> Option<&str> {
    screen
        .lines()
        .find(|line| words(line).contains(&"qa-md-0") && line.contains('/'))
}

/// The Machines of the MachineDeployment, whose lines stand below its own.
fn machines(screen: &str) -> Vec<Machine> {
    let below = screen
        .lines()
        .skip_while(|line| Some(*line) != deployment(screen))
        .skip(1);
    below.filter_map(machine).collect()
}

fn machine(line: &str) -> Option<Machine> {
    let (_, line) = line.split_once("├─").or_else(|| line.split_once("└─"))?;
    let words = words(line);
    let version = words.iter().position(|word| word.starts_with("v1."))?;
    let phase = *words.get(version + 1).filter(|phase| PHASES.contains(phase))?;
    let name = words.iter().find(|word| word.len() == 5 && word.is_ascii())?;
    Some(Machine {
        name: (*name).to_owned(),
        version: words.get(version)?.trim().to_owned(),
        phase: phase.to_owned(),
    })
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn has(screen: &str, version: &str, phase: &str) -> usize {
    let alike = |machine: &Machine| machine.version == version && machine.phase == phase;
    machines(screen).iter().filter(|machine| alike(machine)).count()
}

/// Whether the MachineDeployment counts as many as it wishes, and its Machines are as many, all of this version and Running.
fn rests(screen: &str, replicas: usize, version: &str) -> bool {
    let counters = format!("{replicas}/{replicas}");
    deployment(screen).is_some_and(|line| {
        let words = words(line);
        words.contains(&counters.as_str())
            && words.contains(&version)
            && words.contains(&"Running")
            && !line.contains('◔')
    }) && machines(screen).len() == replicas
        && has(screen, version, "Running") == replicas
}

/// The console on the MachineDeployment, once the demo's story is told.
fn on_the_deployment() -> Terminal {
    let mut terminal = Terminal::start(&["demo", "--seed", "1", "--pace", "25"], 160, 48);
    terminal.wait_for("mgmt-tokyo");
    terminal.keys("2/qa-md-0");
    terminal.keys(ENTER);
    // The clock of the story leaps; it is told when the cluster is two hours old.
    terminal.wait_until("a cluster that is two hours old", |screen| {
        rests(screen, 1, "v1.32.8") && deployment(screen).is_some_and(|line| line.contains("120m"))
    });
    // From the line of the management cluster, or from where the filter has put the cursor.
    terminal.keys("gjjj");
    terminal.wait_until("the cursor on the deployment", |screen| {
        deployment(screen).is_some_and(|line| line.starts_with('▌'))
    });
    terminal
}

/// Types another number of replicas, lets the server check it, and applies it.
fn scale(terminal: &mut Terminal, from: usize, to: usize) {
    terminal.keys("s");
    terminal.wait_for(&format!("REPLICAS {from}"));
    // What is typed takes the place of what is there.
    terminal.keys(&to.to_string());
    terminal.wait_for(&format!("REPLICAS {from} → {to}"));
    terminal.keys(ENTER);
    let screen = terminal.wait_for("dry run ok");
    // What is written names where it goes.
    let line = screen.lines().find(|line| line.contains("dry run ok"));
    assert!(
        line.is_some_and(|line| line.contains("mgmt-tokyo dev/qa-md-0")),
        "{screen}"
    );
    terminal.keys(ENTER);
    terminal.wait_until("the write under its row", |screen| {
        screen.contains("applied") && !screen.contains("dry run ok")
    });
}

fn upgrade(terminal: &mut Terminal, from: &str, to: &str) {
    terminal.keys("u");
    // The version of the control plane is the one that is offered.
    terminal.wait_until("the candidates", |screen| {
        screen
            .lines()
            .any(|line| line.contains("VERSION ") && line.contains(to))
    });
    terminal.keys(FIRST_CANDIDATE);
    terminal.wait_until("the candidate in the cell", |screen| {
        deployment(screen).is_some_and(|line| words(line).contains(&to))
    });
    terminal.keys(ENTER);
    terminal.wait_until("the dry run", |screen| {
        let line = format!("VERSION {from} → {to}");
        screen.lines().any(|shown| {
            shown.contains(&line) && shown.contains("dry run ok") && shown.contains("mgmt-tokyo dev/qa-md-0")
        })
    });
    terminal.keys(ENTER);
}

#[test]
fn an_upgrade_and_more_and_fewer_nodes_by_keys_alone() {
    let mut terminal = on_the_deployment();
    let old = machines(&terminal.screen());

    upgrade(&mut terminal, "v1.32.8", "v1.33.4");
    // A new Machine comes up first: two of one.
    let screen = terminal.wait_until("two machines of one, and the deployment that says so", |screen| {
        has(screen, "v1.33.4", "Provisioning") == 1
            && has(screen, "v1.32.8", "Running") == 1
            && deployment(screen).is_some_and(|line| line.contains('◔'))
    });
    assert_eq!(machines(&screen).len(), 2, "{screen}");
    // Then the old one goes, and not before the new one runs.
    let screen = terminal.wait_until("the old machine in deletion", |screen| {
        has(screen, "v1.32.8", "Deleting") == 1
    });
    assert_eq!(has(&screen, "v1.33.4", "Running"), 1, "{screen}");
    let screen = terminal.wait_until("one new machine", |screen| rests(screen, 1, "v1.33.4"));
    let new = machines(&screen);
    assert_ne!(new[0].name, old[0].name);

    scale(&mut terminal, 1, 3);
    terminal.wait_until(
        "two new machines that start, and the deployment that counts them",
        |screen| {
            has(screen, "v1.33.4", "Provisioning") == 2
                && deployment(screen).is_some_and(|line| line.contains("1/3"))
        },
    );
    let screen = terminal.wait_until("three machines", |screen| rests(screen, 3, "v1.33.4"));
    let three = machines(&screen);
    assert!(three.contains(&new[0]), "the first one stays: {three:?}");

    scale(&mut terminal, 3, 1);
    terminal.wait_until("two machines in deletion", |screen| {
        has(screen, "v1.33.4", "Deleting") == 2 && has(screen, "v1.33.4", "Running") == 1
    });
    let screen = terminal.wait_until("one machine", |screen| rests(screen, 1, "v1.33.4"));
    assert!(three.contains(&machines(&screen)[0]), "{screen}");

    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

/// Cluster API's own rule: kubeadm joins no worker of another minor version than the control plane's. The console shows
/// what stands in the way.
#[test]
fn what_cannot_be_scaled_says_why() {
    let mut terminal = on_the_deployment();
    terminal.keys("s2");
    terminal.wait_for("no machine is created as long as");
    terminal.keys("\u{1b}");
    // Escape and what follows at once would be one key.
    terminal.wait_until("the editor gone", |screen| !screen.contains("REPLICAS 1"));
    scale(&mut terminal, 1, 2);
    terminal.wait_until("the counters", |screen| {
        deployment(screen).is_some_and(|line| line.contains("1/2"))
    });
    // Only the MachineSet knows the reason, and it is not shown; the deployment says it in its place.
    let screen = terminal.wait_until("the reason", |screen| screen.contains("KubeadmVersionSkew"));
    assert!(
        deployment(&screen).is_some_and(|line| line.contains('▲')),
        "{screen}"
    );
    assert_eq!(machines(&terminal.screen()).len(), 1);
}

#[test]
fn anchor_52_read_only_writes_nothing() {
    let mut terminal = Terminal::start(&["demo", "--seed", "1", "--readonly"], 160, 48);
    terminal.wait_for("READ-ONLY");
    // Nothing of the fleet is shown before all of it is there.
    terminal.wait_for("assembly-packing");
    terminal.keys("/payments-md-0");
    terminal.keys(ENTER);
    terminal.keys("gjjj");
    terminal.wait_until("the cursor on the deployment", |screen| {
        screen
            .lines()
            .any(|line| line.starts_with('▌') && line.contains("payments-md-0"))
    });
    terminal.keys("s");
    terminal.wait_for("nothing is written");
    assert!(!terminal.screen().contains("REPLICAS 4"));
}
