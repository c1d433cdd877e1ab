//! `fleetui get tree`: the fleet tree as text, or nested for programs.

use std::process::ExitCode;

use clap::Args;
use clap_complete::ArgValueCandidates;
use fleetui_console::age::age_of;
use fleetui_console::connection;
use fleetui_fleet::FleetStore;
use fleetui_fleet::health::cause;
use fleetui_fleet::nodes::NodeOptions;
use fleetui_fleet::table::{Column as Field, TableRow};
use fleetui_fleet::tree::{Layer, Layers, Line, Node, Tree, TreeOptions};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::table::{self, SieveArgs};
use crate::cli::FleetArgs;
use crate::cli::headless::{self, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page, name_of};
use crate::cli::values;

/// What `fleetui get tree` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct TreeArgs {
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    sieve: SieveArgs,
    /// MachineSets too
    #[arg(long)]
    machine_sets: bool,
    /// More layers, divided by commas: machine-sets, health-checks, class, templates, resource-sets, hosts, nodes
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        value_parser = layer,
        add = ArgValueCandidates::new(values::layers)
    )]
    layers: Vec<Layer>,
    /// Infrastructure and bootstrap objects also where they say the same as their machine
    #[arg(long)]
    echo: bool,
}

/// The layer of that name.
fn layer(name: &str) -> Result<Layer, String> {
    let named = Layer::ALL.into_iter().find(|layer| layer.name() == name);
    named.ok_or_else(|| {
        let known = Layer::ALL.map(Layer::name).join(", ");
        format!("there is no layer {name:?}; there are {known}")
    })
}

/// Prints the tree.
pub(crate) async fn run(args: TreeArgs, fleet: FleetArgs, ascii: bool) -> color_eyre::Result<ExitCode> {
    let sets = Some(Layer::MachineSets).filter(|_| args.machine_sets);
    let layers: Layers = args.layers.iter().copied().chain(sets).collect();
    let options = TreeOptions {
        namespace: table::namespace(&fleet).map(Into::into),
        filter: args.sieve.filter()?,
        faults_only: args.sieve.faults,
        layers,
        echo: args.echo,
        ..TreeOptions::default()
    };
    let guides = if ascii { &ASCII } else { &UNICODE };
    let page = |store: &FleetStore, now: Timestamp| page(store, &options, guides, now);
    let nodes = layers.has(Layer::Nodes).then(|| NodeOptions {
        namespace: options.namespace.clone(),
        ..NodeOptions::default()
    });
    let wanted = Wanted {
        layers,
        nodes,
        ..Wanted::everything()
    };
    headless::run(&args.view, &fleet, wanted, page).await
}

/// What is drawn before names.
struct Guides {
    branch: &'static str,
    corner: &'static str,
    trunk: &'static str,
}

const UNICODE: Guides = Guides {
    branch: "├─",
    corner: "└─",
    trunk: "│ ",
};
const ASCII: Guides = Guides {
    branch: "|-",
    corner: "`-",
    trunk: "| ",
};

fn page(store: &FleetStore, options: &TreeOptions, guides: &Guides, now: Timestamp) -> Page {
    let tree = Tree::build(store, options, now);
    let lines: Vec<Line> = tree.lines().collect();
    let rows: Vec<Entry> = lines.iter().map(|line| entry(line, store, guides, now)).collect();
    let empty = match tree.hidden {
        0 => "no management cluster is named".to_owned(),
        hidden => format!("nothing matches; {hidden} objects do not"),
    };
    Page {
        kind: "FleetTree",
        columns: [
            Column::new("NAME"),
            Column::new("CONDITION"),
            Column::new("REPLICAS"),
            Column::new("VERSION"),
            Column::new("PHASE"),
            Column::new("NODE").wide(),
            Column::new("NAMESPACE").wide(),
            Column::new("AGE").ticking(),
            Column::new("MESSAGE"),
        ]
        .into(),
        nested: Some(nested(&lines, &rows)),
        rows,
        whole: true,
        empty,
        faults: lines.iter().any(|line| line.verdict.health.is_fault()),
        ..Page::default()
    }
}

fn entry(line: &Line, store: &FleetStore, guides: &Guides, now: Timestamp) -> Entry {
    let object = line.row.as_ref().map(|row| TableRow {
        row: std::sync::Arc::clone(row),
        verdict: line.verdict.clone(),
        replicas: line.replicas,
        version: line.version.clone(),
        ahead: store
            .session(&row.management_cluster)
            .and_then(|session| session.skew)
            .unwrap_or_default(),
    });
    let text = |field: Field| {
        let text = object.as_ref().map(|object| field.text(object).into_owned());
        text.unwrap_or_default()
    };
    let (name, id, for_scripts) = named(line);
    let message = match &line.node {
        Node::ManagementCluster(name) => {
            let session = store.session(name);
            let sentence = session.map(|session| connection::reason(session, now));
            sentence
                .filter(|said| !said.is_empty())
                .unwrap_or_else(|| line.verdict.line.clone())
        }
        Node::Missing(..) => "not found".to_owned(),
        Node::Fleet(_) | Node::Object(_) | Node::Group(..) | Node::Beside(..) => {
            cause(&line.verdict.line).to_owned()
        }
    };
    let created = object.as_ref().and_then(Field::created);
    Entry {
        id,
        name: for_scripts,
        cells: vec![
            format!("{}{name}", lead(line, guides)),
            match &line.node {
                Node::ManagementCluster(name) => {
                    let session = store.session(name);
                    session.map_or_else(String::new, |session| {
                        connection::word(&session.connection).to_owned()
                    })
                }
                Node::Fleet(_) | Node::Object(_) | Node::Group(..) | Node::Beside(..) | Node::Missing(..) => {
                    text(Field::Condition)
                }
            },
            text(Field::Replicas),
            text(Field::Version),
            text(Field::Phase),
            text(Field::Node),
            text(Field::Namespace),
            age_of(created, now),
            message.clone(),
        ],
        document: Value::Object(
            object
                .as_ref()
                .map_or_else(|| other(line, store, &message), table::document),
        ),
    }
}

/// Name with its kind where that is not plain, identity, and the name for scripts, which headings have none of.
fn named(line: &Line) -> (String, String, String) {
    match &line.node {
        Node::Fleet(group) => {
            let name = group.as_deref().map(|group| format!("group {group}"));
            (
                name.unwrap_or_else(|| "in no group".to_owned()),
                format!("f {}", group.as_deref().unwrap_or_default()),
                String::new(),
            )
        }
        Node::ManagementCluster(name) => (
            name.to_string(),
            format!("m {name}"),
            format!("managementcluster/{name}"),
        ),
        Node::Object(key) => (
            format!("{}/{}", key.kind.kind, key.object.name),
            format!("o {key}"),
            name_of(&key.kind, &key.object.name),
        ),
        Node::Group(key, heading) => ((*heading).to_owned(), format!("g {key} {heading}"), String::new()),
        Node::Beside(owner, key) => (
            format!("{}/{}", key.kind.kind, key.object.name),
            format!("b {owner} {key}"),
            name_of(&key.kind, &key.object.name),
        ),
        Node::Missing(owner, key) => (
            format!("{}/{}", key.kind.kind, key.object.name),
            format!("x {owner} {key}"),
            name_of(&key.kind, &key.object.name),
        ),
    }
}

/// A line that is no object, for programs.
fn other(line: &Line, store: &FleetStore, message: &str) -> Map<String, Value> {
    let name = match &line.node {
        Node::Fleet(group) => group.as_deref().unwrap_or_default().to_owned(),
        Node::ManagementCluster(name) => name.to_string(),
        Node::Group(_, heading) => (*heading).to_owned(),
        Node::Object(key) | Node::Beside(_, key) | Node::Missing(_, key) => {
            name_of(&key.kind, &key.object.name)
        }
    };
    let kind = match &line.node {
        Node::Fleet(_) => "Fleet",
        Node::ManagementCluster(_) => "ManagementCluster",
        Node::Group(..) => "Group",
        Node::Missing(..) => "Missing",
        Node::Object(_) => "Object",
        Node::Beside(_, key) => key.kind.kind.as_ref(),
    };
    let mut document = Map::new();
    document.insert("kind".to_owned(), json!(kind));
    document.insert("name".to_owned(), json!(name));
    if let Node::ManagementCluster(name) = &line.node {
        let state = store
            .session(name)
            .map(|session| connection::word(&session.connection));
        document.insert("state".to_owned(), json!(state));
        let group = store.session(name).and_then(|session| session.group.as_ref());
        if let Some(group) = group {
            document.insert("group".to_owned(), json!(group));
        }
    }
    if !message.is_empty() {
        document.insert("message".to_owned(), json!(message));
    }
    document
}

/// What is drawn before the name of a line.
fn lead(line: &Line, guides: &Guides) -> String {
    let mut lead = String::new();
    for depth in 1..u32::from(line.depth) {
        let ended = line.last & 1_u64.checked_shl(depth).unwrap_or(0) != 0;
        lead.push_str(if ended { "  " } else { guides.trunk });
    }
    if line.depth > 0 {
        let last = line.last & 1_u64.checked_shl(u32::from(line.depth)).unwrap_or(0) != 0;
        lead.push_str(if last { guides.corner } else { guides.branch });
    }
    lead
}

/// The documents of the rows, each with what stands below it.
fn nested(lines: &[Line], rows: &[Entry]) -> Vec<Value> {
    let mut open: Vec<(u8, Value)> = Vec::new();
    let mut done: Vec<Value> = Vec::new();
    // Management clusters say themselves in which group they are.
    let rows = lines.iter().zip(rows);
    for (line, row) in rows.filter(|(line, _)| !matches!(line.node, Node::Fleet(_))) {
        close(&mut open, &mut done, line.depth);
        open.push((line.depth, row.document.clone()));
    }
    close(&mut open, &mut done, 0);
    done
}

/// Closes what does not stand above a line of that depth.
fn close(open: &mut Vec<(u8, Value)>, done: &mut Vec<Value>, depth: u8) {
    while open.last().is_some_and(|(last, _)| *last >= depth) {
        let Some((_, value)) = open.pop() else { return };
        match open.last_mut().and_then(|(_, parent)| parent.as_object_mut()) {
            Some(parent) => {
                if let Some(children) = parent
                    .entry("children")
                    .or_insert_with(|| json!([]))
                    .as_array_mut()
                {
                    children.push(value);
                }
            }
            None => done.push(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_a_line_is_inside_it() {
        let line = |depth: u8| Line {
            node: Node::ManagementCluster(fleetui_base::ManagementCluster::new("m")),
            row: None,
            depth,
            last: 0,
            fold: fleetui_fleet::tree::Fold::Open,
            verdict: fleetui_fleet::health::Verdict::new(fleetui_fleet::health::Health::Good, ""),
            below: None,
            replicas: None,
            version: None,
        };
        let row = |name: &str| Entry {
            id: name.to_owned(),
            name: name.to_owned(),
            cells: Vec::new(),
            document: json!({"name": name}),
        };
        let mut lines: Vec<Line> = [0, 0, 1, 2, 2, 1, 0].into_iter().map(line).collect();
        // The heading of a group is for people; who is in one says so.
        lines[0].node = Node::Fleet(Some("prod".into()));
        let rows: Vec<Entry> = ["prod", "a", "b", "c", "d", "e", "f"].map(row).into();
        let expected = json!([
            {"name": "a", "children": [
                {"name": "b", "children": [{"name": "c"}, {"name": "d"}]},
                {"name": "e"},
            ]},
            {"name": "f"},
        ]);
        assert_eq!(json!(nested(&lines, &rows)), expected);
    }
}
