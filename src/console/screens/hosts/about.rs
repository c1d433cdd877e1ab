//! What is told of a host, of a machine that finds none, and where there is no row, why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fleetui_api::byoh::host::HostFailure;
use fleetui_api::kinds::Role as Part;
use fleetui_fleet::FleetStore;
use fleetui_fleet::hosts::{Ask, HostRow, Hosts, NoHost, Standing, Waiting, why_no_host};
use fleetui_fleet::session::Connection;
use jiff::Timestamp;

use super::State;
use crate::age::age;
use crate::connection;
use crate::list::Ground;
use crate::prose::{Line, wrap};
use crate::theme::Role;

/// Cells before what goes on in the next line, below the name behind a number.
const INDENT: usize = 6;
/// The most hosts that are named for one reason.
const MOST_NAMED: usize = 12;

/// What is told of the room that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Room {
    /// How many further machines would find a host.
    Asks,
    /// How many hosts there are, counted apart by these.
    By(Vec<String>),
}

impl Room {
    /// What is asked for: `zone,arch`, or nothing.
    pub(super) fn of(facts: Option<&str>) -> Self {
        match facts {
            None => Self::Asks,
            Some(facts) => Self::By(facts.split(',').map(|fact| fact.trim().to_owned()).collect()),
        }
    }
}

/// A host: what it is, who has it, and the step that failed.
pub(super) fn host(host: &HostRow, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let now = ground.now;
    let mut lines = Vec::new();
    let mut fact = |name: &'static str, value: &str| {
        if !value.is_empty() {
            lines.extend(Line::labelled(name, &Line::new().text(Role::Text, value), width));
        }
    };
    let place = format!("{} in {}", host.row.facts.object, host.row.management_cluster);
    fact("host      ", &place);
    let session = ground.fleet.session(&host.row.management_cluster);
    if let Some(session) = session.filter(|_| !host.live) {
        let word = connection::word(&session.connection);
        let why = connection::sentence(session, now);
        fact("not live  ", &format!("{word}: {why}"));
    }
    if let Some(provider) = host.inventory() {
        let said = host.host().and_then(|kept| kept.inventory.as_deref());
        let what = format!(
            "{} of {provider}'s inventory, which is only read here: {}",
            host.row.facts.kind.kind,
            said.unwrap_or_default()
        );
        fact("inventory ", &what);
    }
    let taken = host.taken_by.as_ref().map(|taken| match &taken.cluster {
        Some(cluster) => format!("{} of cluster {cluster}", taken.name),
        None => taken.name.to_string(),
    });
    fact("taken by  ", &taken.unwrap_or_default());
    fact("says      ", &host.verdict.line);
    let has = [
        host.system().to_owned(),
        host.architecture().to_owned(),
        has(host, "cpu", "CPUs"),
        has(host, "memory", "of memory"),
    ];
    fact("is        ", &joined(has));
    let labels: Vec<String> = host
        .labels()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    fact("labels    ", &labels.join(" "));
    fact("addresses ", &host.addresses().join(" "));
    fact("installs  ", &host.installs());
    let Some(kept) = host.host() else { return lines };
    let taints: Vec<&str> = kept.spec.taints.iter().map(|taint| taint.key.as_str()).collect();
    fact("taints    ", &taints.join(" "));
    let agent = [
        kept.status.agent_version.clone().unwrap_or_default(),
        host.heard
            .map_or_else(String::new, |heard| format!("heard {} ago", age(heard, now))),
    ];
    fact("agent     ", &joined(agent));
    if let Some(quarantine) = &kept.status.quarantine {
        let until = match (&quarantine.since, &quarantine.until) {
            (None, _) => "over".to_owned(),
            (Some(_), Some(until)) => format!("until {until}"),
            // Another provider knows nothing of how ours are cleared.
            (Some(_), None) if host.inventory().is_some() => "until its provider is content".to_owned(),
            (Some(_), None) => {
                "until somebody clears it (:clear, or annotation fleetui.dev/clear-quarantine)".to_owned()
            }
        };
        let failures = match quarantine.failures {
            1 => "1 failure".to_owned(),
            more => format!("{more} failures in a row"),
        };
        fact("held back ", &format!("{failures}, {until}"));
    }
    let failure = kept.status.failure.as_ref();
    let counted = kept.status.quarantine.as_ref().and_then(|it| it.failure.as_ref());
    if let Some(failure) = failure.or(counted) {
        lines.push(Line::new());
        lines.extend(failed(failure, width));
    }
    lines
}

/// A step that failed: its command, its exit status, the last lines that it wrote.
fn failed(failure: &HostFailure, width: usize) -> Vec<Line> {
    let mut said = failure.step.clone();
    if let Some(command) = &failure.command {
        said.push_str(": ");
        said.push_str(command);
    }
    if let Some(status) = failure.exit_status {
        let _ = write!(said, " ended with {status}");
    }
    if let Some(time) = &failure.time {
        let _ = write!(said, " at {time}");
    }
    let first = Line::ours(Role::Section, "failed step ").text(Role::Failed, &said);
    let mut lines = first.wrapped(width, usize::MAX);
    for line in &failure.last_lines {
        lines.extend(
            wrap(line, width.saturating_sub(2).max(1))
                .into_iter()
                .map(|line| Line::ours(Role::Text, "  ").shown(Role::Dim, line)),
        );
    }
    lines
}

/// How many further machines of each sort would find a host, and what keeps the others off; in so many cells and lines. Where there
/// are fewer lines than that takes, each has one, and how many are left out is said.
pub(super) fn headroom(asks: &[Ask], (width, most): (usize, usize)) -> Vec<Line> {
    let title = Line::ours(Role::Section, "headroom")
        .word(Role::Dim, "  hosts that a further machine of each could take now");
    let mut lines = vec![title];
    if asks.is_empty() {
        lines.push(Line::ours(
            Role::Text,
            "nothing here makes machines that take hosts",
        ));
    }
    let room = most.saturating_sub(lines.len()).max(1);
    if asks.len() <= room {
        // Lines that are left are for the first that need more than one.
        let mut left = room - asks.len();
        for ask in asks {
            let told = of_ask(ask).wrapped(width.saturating_sub(INDENT).max(1), left + 1);
            left -= told.len().saturating_sub(1).min(left);
            let indented = told.into_iter().enumerate().map(|(at, line)| match at {
                0 => line,
                _ => Line::new().pad(INDENT).and(line),
            });
            lines.extend(indented);
        }
    } else {
        let seen = room - 1;
        lines.extend(
            asks.iter()
                .take(seen)
                .flat_map(|ask| of_ask(ask).wrapped(width, 1)),
        );
        let more = format!(
            "and {} more: a taller window, or fleetui get headroom",
            asks.len() - seen
        );
        lines.push(Line::new().text(Role::Note, &more));
    }
    lines
}

/// How many hosts there are of each sort, and how many of them are free; in so many cells and lines, of which the last says how many are
/// left out.
pub(super) fn sorts(hosts: &Hosts, facts: &[String], (width, most): (usize, usize)) -> Vec<Line> {
    let keys: Vec<&str> = facts.iter().map(String::as_str).collect();
    let counted = hosts.counts_by(&keys);
    let title = format!("  hosts by {}", facts.join(", "));
    let mut lines = vec![Line::ours(Role::Section, "headroom").text(Role::Dim, &title)];
    let unknown = hosts.without(&keys);
    if !unknown.is_empty() {
        let what = format!("no host has a label {}", unknown.join(", "));
        lines.push(Line::new().text(Role::Warning, &what));
    }
    let room = most.saturating_sub(lines.len()).max(1);
    let seen = if counted.len() <= room {
        counted.len()
    } else {
        room - 1
    };
    for ((management_cluster, namespace, sort), counts) in counted.iter().take(seen) {
        let count = |standing| counts.get(&standing).copied().unwrap_or(0);
        let (free, all) = (count(Standing::Free), counts.values().sum::<usize>());
        let role = if free == 0 { Role::Warning } else { Role::Good };
        let said = |value: &compact_str::CompactString| {
            if value.is_empty() { "-" } else { value.as_str() }.to_owned()
        };
        let sort: Vec<String> = sort.iter().map(said).collect();
        let others = Standing::ALL
            .into_iter()
            .filter(|standing| *standing != Standing::Free && count(*standing) > 0)
            .map(|standing| format!("{} {}", count(standing), standing.as_str().replace('-', " ")));
        let others: Vec<String> = others.collect();
        let line = Line::new()
            .text(role, &format!("{free:>4} free"))
            .text(Role::Text, &format!(" of {all}  {}", sort.join("  ")))
            .text(
                Role::Dim,
                &format!("  {namespace} in {management_cluster}  {}", others.join(", ")),
            );
        lines.extend(line.wrapped(width, 1));
    }
    if seen < counted.len() {
        let more = format!(
            "and {} more: a taller window, or fleetui get headroom --by {}",
            counted.len() - seen,
            facts.join(",")
        );
        lines.push(Line::new().text(Role::Note, &more));
    }
    lines
}

fn of_ask(ask: &Ask) -> Line {
    let key = ask.row.key();
    let role = match ask.more {
        more if more < ask.waiting.max(1) => Role::Warning,
        _ => Role::Good,
    };
    let mut line = Line::new()
        .text(role, &format!("{:>4}", ask.more))
        .text(Role::Text, &format!("  {} {}", key.kind.kind, key.object))
        .text(Role::Dim, &format!(" in {}", key.management_cluster));
    if !ask.selector.is_empty() {
        line = line.text(Role::Text, &format!("  {}", ask.selector));
    }
    if ask.waiting > 0 {
        line = line.text(Role::Warning, &format!("  {} wait", ask.waiting));
    }
    if !ask.live {
        line = line.word(Role::Stale, "  not live:");
    }
    line.text(Role::Dim, &format!("  {}", ask.summary))
}

/// A machine without a host: what there is of hosts, and why none of them is taken, most frequent reasons first.
pub(super) fn waiting(waits: &Waiting, fleet: &FleetStore, now: Timestamp, width: usize) -> Vec<Line> {
    let key = waits.row.key();
    let mut lines = Vec::new();
    let mut fact = |name: &'static str, role: Role, value: &str| {
        lines.extend(Line::labelled(name, &Line::new().text(role, value), width));
    };
    let name = waits.machine.as_ref().map_or(&waits.row, |machine| machine);
    let since = waits
        .since
        .map(|since| format!(" waits for {}", age(since, now)))
        .unwrap_or_default();
    let place = format!("{} in {}{since}", name.facts.object, key.management_cluster);
    fact("machine   ", Role::Text, &place);
    let Some(why) = why_no_host(fleet, &key, now) else {
        return lines;
    };
    fact("hosts     ", Role::Warning, &why.summary);
    if !why.candidates.is_empty() {
        let names: Vec<&str> = why
            .candidates
            .iter()
            .map(compact_str::CompactString::as_str)
            .collect();
        fact("can take  ", Role::Good, &named(&names));
    }
    for (because, hosts) in by_reason(&why) {
        let line = Line::new()
            .text(Role::Text, because)
            .text(Role::Dim, &format!("  {}", named(&hosts)));
        lines.extend(Line::labelled("  ", &line, width));
    }
    lines
}

fn by_reason(why: &NoHost) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (host, because) in &why.refused {
        reasons.entry(because).or_default().push(host);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, hosts)| std::cmp::Reverse(hosts.len()));
    reasons
}

fn named(names: &[&str]) -> String {
    let first: Vec<&str> = names.iter().take(MOST_NAMED).copied().collect();
    match names.len().saturating_sub(MOST_NAMED) {
        0 => first.join(" "),
        more => format!("{} and {more} more", first.join(" ")),
    }
}

fn has(host: &HostRow, name: &str, words: &str) -> String {
    let capacity = host.capacity(name);
    if capacity.is_empty() {
        capacity
    } else {
        format!("{capacity} {words}")
    }
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// Why there is no row: hidden, still read, not to be read, not there. These never look alike.
pub(super) fn nothing(state: &State, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |role: Role, text: &str| {
        lines.extend(
            wrap(text, width)
                .into_iter()
                .map(|line| Line::new().shown(role, line)),
        );
    };
    let (filter, _, hidden) = state.sieve();
    let mut silent = hidden == 0;
    match filter {
        _ if hidden == 0 => {}
        Some(filter) => say(
            Role::Text,
            &format!("no host here matches /{}; {hidden} hidden", filter.text()),
        ),
        None => say(Role::Text, &format!("no host here has a fault; {hidden} hidden")),
    }
    for session in ground.fleet.sessions() {
        if state
            .only()
            .is_some_and(|only| session.management_cluster != *only)
        {
            continue;
        }
        let name = &session.management_cluster;
        let state = &session.connection;
        if *state != Connection::Live {
            let why = connection::sentence(session, ground.now);
            say(
                connection::role(state),
                &format!("{name}: {}: {why}", connection::word(state)),
            );
            silent = false;
        } else if session.denied.iter().any(|kind| Part::of(kind) == Part::Host) {
            say(Role::Failed, &format!("{name}: not allowed to read hosts"));
            silent = false;
        }
    }
    if silent {
        say(
            Role::Text,
            "no hosts: none of the management clusters has a pool of ByoHosts, or an inventory of Metal3 or Tinkerbell",
        );
    }
    lines
}
