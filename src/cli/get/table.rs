//! `fleetui get clusters`, `machines`, `deployments` …: flat tables over the fleet.

use std::process::ExitCode;

use clap::Args;
use clap_complete::ArgValueCandidates;
use fleetui_api::facts::Replicas;
use fleetui_console::age::age_of;
use fleetui_fleet::FleetStore;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::table::{Column as Field, Flat, Shape, Sort, Table, TableOptions, TableRow};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::names::{NamesArgs, none_found};
use crate::cli::FleetArgs;
use crate::cli::headless::{self, Needs, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page, name_of};
use crate::cli::status::WrongUsage;
use crate::cli::values;

/// What every table is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct TableArgs {
    #[command(flatten)]
    names: NamesArgs,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    sieve: SieveArgs,
    /// Sort by this column, such as age, version or health
    #[arg(long, value_name = "COLUMN", add = ArgValueCandidates::new(values::columns))]
    sort_by: Option<String>,
    /// The other way round
    #[arg(long, requires = "sort_by")]
    reverse: bool,
    /// These columns, separated by commas; TITLE:PATH looks into objects, as in ZONE:.metadata.labels.zone
    #[arg(long, value_name = "COLUMNS", add = ArgValueCandidates::new(values::columns))]
    columns: Option<String>,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Args)]
pub(crate) struct SieveArgs {
    /// Only what matches, as behind / in the console: text, !text, ready=false, 'version<v1.31', 'age<2h'
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Only objects with these labels: key=value,key,!key
    #[arg(short = 'l', long, value_name = "LABELS")]
    selector: Option<String>,
    /// Only what is not as it should be
    #[arg(long)]
    pub(crate) faults: bool,
}

impl SieveArgs {
    /// What was asked for, understood.
    pub(crate) fn filter(&self) -> color_eyre::Result<Option<Filter>> {
        let mut text = self.filter.clone().unwrap_or_default();
        if let Some(selector) = &self.selector {
            // Its spaces, as in a set of values, part no words.
            text = format!("{text} -l \"{}\"", selector.replace('"', ""));
        }
        Filter::parse(&text).map_err(|error| WrongUsage(error.to_string()).into())
    }
}

/// The namespace that is meant, where not all are.
pub(crate) fn namespace(fleet: &FleetArgs) -> Option<String> {
    fleet.namespace.clone().filter(|_| !fleet.all_namespaces)
}

/// Prints the table.
pub(crate) async fn run(flat: Flat, args: TableArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let shape = match &args.columns {
        Some(columns) => Shape::parse(columns).map_err(|error| WrongUsage(error.to_string()))?,
        None => Shape::of(flat.columns()),
    };
    let shown = Choice {
        shape: &shape,
        chosen: args.columns.is_some(),
        names: &args.names,
    };
    let sort = match &args.sort_by {
        Some(name) => {
            let column = shape.named(name);
            let column = column.ok_or_else(|| WrongUsage(format!("--sort-by: no column {name}")))?;
            Some(Sort {
                column,
                reversed: args.reverse,
            })
        }
        None => None,
    };
    let options = TableOptions {
        namespace: namespace(&fleet).map(Into::into),
        filter: args.sieve.filter()?,
        faults_only: args.sieve.faults,
        sort,
        ..TableOptions::new(flat)
    };
    let wanted = Wanted {
        paths: shape.paths(),
        ..Wanted::from(Needs::Roles(flat.roles()))
    };
    let page = |store: &FleetStore, now: Timestamp| page(store, &options, &shown, now);
    headless::run(&args.view, &fleet, wanted, page).await
}

/// What of a table is printed.
struct Choice<'a> {
    shape: &'a Shape,
    /// Whether the person has chosen the columns: all of them are printed then.
    chosen: bool,
    names: &'a NamesArgs,
}

/// The table as it is printed.
fn page(store: &FleetStore, options: &TableOptions, shown: &Choice<'_>, now: Timestamp) -> Page {
    let Choice { shape, chosen, names } = *shown;
    let mut table = Table::build(store, options, now);
    let rows = &mut table.rows;
    rows.retain(|row| names.mean(&row.row.facts.object.name));
    let there = rows.iter().map(|row| row.row.facts.object.name.as_str());
    let kind = options.flat.list_kind().trim_end_matches("List");
    let missing = names.missing(kind, there);
    let printed = printed(shape, chosen);
    let columns = printed.iter().map(|printed| match printed {
        Printed::Field(field) => {
            let column = Column::new(shape.title(*field).to_owned());
            let column = if *field == Field::Age {
                column.ticking()
            } else {
                column
            };
            if !chosen && is_wide(*field) {
                column.wide()
            } else {
                column
            }
        }
        Printed::Desired => Column::new("DESIRED").wide(),
    });
    Page {
        kind: options.flat.list_kind(),
        columns: columns.collect(),
        faults: table.rows.iter().any(|row| row.verdict.health.is_fault()),
        rows: table
            .rows
            .iter()
            .map(|row| entry(row, shape, &printed, now))
            .collect(),
        empty: none_found(options.flat.title(), table.hidden),
        missing,
        ..Page::default()
    }
}

/// A column as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Printed {
    Field(Field),
    /// The second number of the replicas by itself, for who counts with it.
    Desired,
}

/// The columns; of those that nobody has chosen, replicas have their second number beside them.
fn printed(shape: &Shape, chosen: bool) -> Vec<Printed> {
    let with = |field: Field| {
        let desired = (field == Field::Replicas && !chosen).then_some(Printed::Desired);
        std::iter::once(Printed::Field(field)).chain(desired)
    };
    shape.columns.iter().copied().flat_map(with).collect()
}

fn is_wide(field: Field) -> bool {
    matches!(
        field,
        Field::Owner | Field::ProviderId | Field::Class | Field::UpToDate
    )
}

fn entry(row: &TableRow, shape: &Shape, printed: &[Printed], now: Timestamp) -> Entry {
    let key = row.key();
    let cell = |printed: &Printed| match printed {
        Printed::Field(Field::Age) => age_of(Field::created(row), now),
        Printed::Field(field) => field.text(row).into_owned(),
        Printed::Desired => {
            let desired = row.replicas.and_then(|replicas| replicas.desired);
            desired.map_or_else(String::new, |desired| desired.to_string())
        }
    };
    let mut document = document(row);
    for field in shape
        .columns
        .iter()
        .filter(|field| matches!(field, Field::Custom(_)))
    {
        let custom = document.entry("columns").or_insert_with(|| json!({}));
        if let Some(custom) = custom.as_object_mut() {
            custom.insert(shape.title(*field).to_owned(), json!(field.text(row)));
        }
    }
    Entry {
        id: format!("{key} {}", row.row.facts.uid),
        name: name_of(&key.kind, &key.object.name),
        cells: printed.iter().map(cell).collect(),
        document: Value::Object(document),
    }
}

/// An object of a table for programs. What it does not say is left out.
pub(crate) fn document(row: &TableRow) -> Map<String, Value> {
    let facts = &row.row.facts;
    let verdict = &row.verdict;
    let mut document = Map::new();
    let mut put = |key: &str, value: Value| {
        let is_empty = value.is_null() || value == json!("") || value == json!({});
        if !is_empty {
            document.insert(key.to_owned(), value);
        }
    };
    let text = |text: Option<&str>| json!(text);
    put("managementCluster", json!(row.row.management_cluster.as_str()));
    put("apiVersion", json!(facts.api_version.as_str()));
    put("kind", json!(facts.kind.kind.as_ref()));
    put("namespace", json!(facts.object.namespace.as_str()));
    put("name", json!(facts.object.name.as_str()));
    put("uid", json!(facts.uid.as_str()));
    put("cluster", text(facts.cluster.as_deref()));
    put(
        "owner",
        facts.owner.as_ref().map_or(
            Value::Null,
            |owner| json!({"kind": owner.kind.kind.as_ref(), "name": owner.name.as_str()}),
        ),
    );
    put("health", json!(verdict.health.as_str()));
    put(
        "condition",
        verdict.condition.as_ref().map_or(
            Value::Null,
            |(kind, status)| json!({"type": kind.as_str(), "status": status}),
        ),
    );
    put("message", json!(verdict.line));
    put("replicas", row.replicas.as_ref().map_or(Value::Null, replicas));
    put("version", text(row.version.as_deref()));
    put("phase", text(facts.phase.as_deref()));
    put("node", text(facts.node.as_deref()));
    put("providerID", text(facts.provider_id.as_deref()));
    put("class", text(facts.topology.as_deref()));
    put("paused", if facts.paused { json!(true) } else { Value::Null });
    put(
        "creationTimestamp",
        json!(facts.created.map(|time| time.to_string())),
    );
    put(
        "deletionTimestamp",
        json!(facts.deleting_since.map(|time| time.to_string())),
    );
    let labels = facts
        .labels
        .iter()
        .map(|(key, value)| (key.to_string(), json!(value.as_str())));
    put("labels", Value::Object(labels.collect()));
    document
}

fn replicas(replicas: &Replicas) -> Value {
    let counters = [
        ("desired", replicas.desired),
        ("current", replicas.current),
        ("ready", replicas.ready),
        ("available", replicas.available),
        ("upToDate", replicas.up_to_date),
    ];
    let known = counters
        .into_iter()
        .filter_map(|(name, number)| Some((name.to_owned(), json!(number?))));
    Value::Object(known.collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fleetui_base::ManagementCluster;
    use fleetui_fleet::{Batch, Change, Row, Update};

    use super::*;
    use crate::cli::print::{Output, Printer};

    #[test]
    fn the_wide_form_has_the_wished_number_of_replicas_by_itself() {
        let deployment = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": "MachineDeployment",
            "metadata": {"name": "md", "namespace": "default", "uid": "u-1"},
            "spec": {"clusterName": "prod", "replicas": 3},
            "status": {"replicas": 2, "availableReplicas": 1},
        });
        let management_cluster = ManagementCluster::new("taipei");
        let row = Row::project(management_cluster.clone(), &deployment);
        let mut store = FleetStore::default();
        store.apply(Update::Objects(Batch {
            management_cluster,
            changes: vec![Change::Upsert(Arc::new(row))],
        }));
        let options = TableOptions::new(Flat::Deployments);
        let print = |output: Output, (shape, chosen): (&Shape, bool)| {
            let choice = Choice {
                shape,
                chosen,
                names: &NamesArgs::default(),
            };
            let page = page(&store, &options, &choice, Timestamp::UNIX_EPOCH);
            let mut out = Vec::new();
            Printer::new(&mut out, output, false, true).print(&page).unwrap();
            let text = String::from_utf8(out).unwrap();
            let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            text.lines().map(cells).collect::<Vec<_>>()
        };
        let usual = Shape::of(Flat::Deployments.columns());
        let wide = print(Output::Wide, (&usual, false));
        let at = wide[0].iter().position(|title| title == "DESIRED").unwrap();
        assert_eq!(wide[0][at - 1], "REPLICAS");
        assert!(
            wide[1].contains(&"1/3".to_owned()) && wide[1].contains(&"3".to_owned()),
            "{wide:?}"
        );
        let narrow = print(Output::Table, (&usual, false));
        assert!(!narrow[0].contains(&"DESIRED".to_owned()), "{narrow:?}");
        let chosen = print(Output::Wide, (&Shape::parse("name,replicas").unwrap(), true));
        assert_eq!(chosen, [["NAME", "REPLICAS"], ["md", "1/3"]]);
    }
}
