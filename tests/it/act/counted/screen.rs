//! The same by keys on the console: every command that acts, by its key or by its word, on every row.

use std::sync::Arc;

use fleetui_base::clock::SystemClock;
use fleetui_client::{AuditLog, FleetClient};
use fleetui_console::chord::sequence;
use fleetui_console::command::Doing;
use fleetui_console::command::line::{Typed, WORDS, parse};
use fleetui_console::{AppOptions, FrameConfig};
use fleetui_fleet::act::audit::Stage;
use fleetui_fleet::act::{Entry, Step};

use super::{Form, Stock, furnished};
use crate::act::stage::PATIENCE;
use crate::embedded::Embedded;

/// Lines of the tree and of a table that the cursor may stand on.
const ROWS: usize = 12;

/// What each deed is called in the audit log that a word of the command line asks for; nothing where it only shows something.
fn asks_for(doing: Doing) -> &'static [&'static str] {
    match doing {
        Doing::PauseOrResume => &["pause", "resume"],
        Doing::Pause => &["pause"],
        Doing::Resume => &["resume"],
        Doing::Restart => &["restart"],
        Doing::Delete => &["delete"],
        Doing::Undo => &["undo"],
        Doing::Replace => &["replace"],
        Doing::Shrink => &["shrink"],
        Doing::GoFirst => &["mark as first to go", "mark as first to go no more"],
        Doing::Remediate => &["remediate", "remediate no more"],
        Doing::SkipRemediation => &["skip remediation", "skip remediation no more"],
        Doing::Kubeconfig | Doing::Lend(_) | Doing::Machine => &[],
    }
}

/// Every word of the command line that does something to an object.
fn words() -> Vec<(&'static str, Doing)> {
    let words = WORDS.iter().filter_map(|word| {
        let name = *word.names.first()?;
        match parse(name) {
            Ok(Typed::Do(doing)) => Some((name, doing)),
            _ => None,
        }
    });
    words.collect()
}

/// Keys that type a text.
fn typed(text: &str) -> String {
    let keys = text.chars().map(|character| match character {
        ' ' => "space ".to_owned(),
        character => format!("{character} "),
    });
    keys.collect()
}

/// A form, and how the console is told of it.
struct Case {
    what: &'static str,
    form: Form,
    by_flag: bool,
    before: &'static str,
    step: Step,
}

fn cases() -> [Case; 4] {
    let case = |what, form, by_flag, before, step| Case {
        what,
        form,
        by_flag,
        before,
        step,
    };
    [
        case("by flag", Form::NoAudit, true, "", Step::ReadOnly),
        case("by configuration", Form::Target, false, "", Step::ReadOnly),
        case(
            ":readonly",
            Form::NoAudit,
            false,
            ": r e a d o n l y enter ",
            Step::ReadOnly,
        ),
        case("a viewer", Form::Viewer, false, "", Step::Permission),
    ]
}

impl Case {
    /// Presses the keys; gives what was tried. Nothing is written by it, and each try is told as refused at the step of the form, or
    /// as one that makes no sense on that row.
    async fn press(&self, server: &Embedded, stock: &Stock, keys: &str) -> Vec<Entry> {
        let (target, counter, mut settings) = self.form.target(server);
        let audit = AuditLog::in_memory();
        for entry in stock.history.iter().rev() {
            audit.write(entry).await.unwrap();
        }
        settings.audit = audit.clone();
        let clock = SystemClock::shared();
        let mut options = AppOptions::new(clock.now()).unwrap();
        options.size = (160, 48);
        options.read_only = self.by_flag;
        let (client, updates) = FleetClient::start(vec![target], Arc::clone(&clock), settings);
        let config = FrameConfig {
            record: None,
            options,
            clock,
            keys: sequence(&format!("{}{keys}", self.before)).unwrap(),
            limit: PATIENCE,
        };
        let frame = fleetui_console::frame(config, Arc::new(client.clone()), updates).await;
        client.shut_down().await;
        assert!(frame.is_ok(), "{}: {keys}", self.what);
        assert_eq!(counter.writes(), Vec::<String>::new(), "{}: {keys}", self.what);
        let mut entries = audit.read(10_000).await.unwrap();
        entries.retain(|entry| !stock.history.contains(entry));
        for entry in &entries {
            let Stage::Refused(refusal) = &entry.stage else {
                panic!("{}: {entry:#?}", self.what)
            };
            let senseless = refusal.step == Step::Preflight && self.step == Step::Permission;
            assert!(
                refusal.step == self.step || senseless,
                "{}: {entry:#?}",
                self.what
            );
        }
        entries.retain(|entry| is_at(entry, self.step));
        entries
    }
}

fn is_at(entry: &Entry, step: Step) -> bool {
    matches!(&entry.stage, Stage::Refused(refusal) if refusal.step == step)
}

/// Keys that open the table of the deployments, with the cursor on one of the two.
fn on_deployment(row: usize) -> String {
    format!("{}{}", word("md"), "j ".repeat(row))
}

/// Keys that type a word of the command line.
fn word(word: &str) -> String {
    format!(": {}enter ", typed(word))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cells_write_nothing_where_nothing_may_be_written() {
    let server = furnished().await;
    let stock = Stock::take(&server).await;
    for case in cases() {
        for row in 0..2 {
            for (field, value) in [("s", "5"), ("u", "v1.33.2")] {
                let keys = format!("{}{field} {}enter", on_deployment(row), typed(value));
                let tried = Box::pin(case.press(&server, &stock, &keys)).await;
                assert_eq!(tried.len(), 1, "{}: {keys}: {tried:#?}", case.what);
                let subject = &tried[0].act.subject.object.name;
                assert_eq!(*subject, format!("md-{row}"), "{}: {keys}", case.what);
            }
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_write_nothing_where_nothing_may_be_written() {
    let server = furnished().await;
    let stock = Stock::take(&server).await;
    let words = words();
    assert!(words.len() >= 10, "{words:?}");
    for case in cases() {
        // Every word on every line of the tree; what a word opens is left again.
        let line: Vec<String> = words.iter().map(|(name, _)| word(name)).collect();
        let line = format!("{}esc esc ", line.join("esc esc "));
        let keys = format!("g {}", format!("{line}j ").repeat(ROWS));
        let tried = Box::pin(case.press(&server, &stock, &keys)).await;
        for (name, doing) in &words {
            for told in asks_for(*doing) {
                let is_told = |entry: &Entry| {
                    let deed = entry.act.deed.told();
                    deed == *told || (*doing == Doing::Undo && deed.starts_with("undo "))
                };
                assert!(
                    tried.iter().any(is_told),
                    "{}: :{name} asks for {told}, and no try of it is told: {tried:#?}",
                    case.what
                );
            }
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yaml_writes_nothing_where_nothing_may_be_written() {
    let server = furnished().await;
    let stock = Stock::take(&server).await;
    for case in cases() {
        // The number of replicas is at the end of the eleventh line; where nothing may be written, no editor opens.
        let change = match case.step {
            Step::ReadOnly => String::new(),
            _ => format!("{}end backspace 7 ctrl-s", "down ".repeat(10)),
        };
        let keys = format!("{}e {change}", on_deployment(0));
        let tried = Box::pin(case.press(&server, &stock, &keys)).await;
        let edits = tried.iter().filter(|entry| entry.act.deed.told() == "edit");
        assert_eq!(edits.count(), 1, "{}: {tried:#?}", case.what);
    }
    server.stop().await;
}

/// Every word about hosts, on every host; and the menu that offers them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_about_hosts_write_nothing_where_nothing_may_be_written() {
    let server = furnished().await;
    let stock = Stock::take(&server).await;
    let whole = |name: &str| match name {
        "reserve" => "reserve c".to_owned(),
        "label" => "label tried=yes".to_owned(),
        name => name.to_owned(),
    };
    let words: Vec<(String, String)> = WORDS
        .iter()
        .filter_map(|word| {
            let line = whole(word.names.first()?);
            match parse(&line) {
                Ok(Typed::Host(deed)) => Some((line, deed.told())),
                _ => None,
            }
        })
        .collect();
    assert_eq!(words.len(), 12, "{words:?}");
    for case in cases() {
        // What a word opens is left again, and where it opens nothing, the hosts are.
        let on_host = |row: usize| format!("{}g {}", word("hosts"), "j ".repeat(row));
        let all = (0..3).flat_map(|row| {
            let lines = words.iter().map(move |(line, _)| (row, word(line)));
            lines.chain([(row, "a ".to_owned())])
        });
        let keys: Vec<String> = all.map(|(row, line)| on_host(row) + &line).collect();
        let keys = format!("{}esc esc ", keys.join("esc esc "));
        let tried = Box::pin(case.press(&server, &stock, &keys)).await;
        for (line, told) in &words {
            assert!(
                tried.iter().any(|entry| entry.act.deed.told() == *told),
                "{}: :{line} asks for {told}, and no try of it is told: {tried:#?}",
                case.what
            );
        }
    }
    server.stop().await;
}
