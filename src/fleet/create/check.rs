//! What is wrong with the answers of a form, each with the question that it is about, before anything is asked of a server.
//!
//! Must not know: how an answer is typed or shown.

mod groups;
mod hosts;
mod images;
pub(super) mod networks;
mod objects;
mod text;
pub(super) mod versions;

use core::net::IpAddr;

use fleetui_api::kinds::core;
use fleetui_rules::endpoint::networks as networks_of;
use fleetui_rules::version::Version;

use super::flavour::Sort;
use super::form::{Field, Form, UNSET};
use super::input::Input;
use super::known::host_networks;
use super::pools::{FIRST, Pools, count};
use super::sets::Sets;
use super::wanted::Wanted;
use super::yaml::Edited;
use crate::act::plan::Around;
pub(super) use objects::{All, defaulted};

/// The longest label of a DNS name.
const LONGEST: usize = 63;

/// Something that is to be said of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The variable whose question it is about; nothing where it is about all of it.
    pub variable: Option<String>,
    /// Whether it stands in the way.
    pub grade: Grade,
    /// What. Not yet safe to show.
    pub what: String,
}

/// Whether a remark stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It cannot be so.
    Wrong,
    /// It will work, but perhaps not as one expects.
    Warns,
}

impl Remark {
    pub(super) fn wrong(field: &Field, what: impl Into<String>) -> Self {
        Self::of(Some(&field.variable), Grade::Wrong, what)
    }

    pub(super) fn of(variable: Option<&str>, grade: Grade, what: impl Into<String>) -> Self {
        Self {
            variable: variable.map(str::to_owned),
            grade,
            what: what.into(),
        }
    }
}

impl Form {
    /// What is to be said of the answers, held against what is known of the fleet: what stands in the way first.
    pub fn remarks(&self, around: &Around<'_>) -> Vec<Remark> {
        self.remarks_with(None, around)
    }

    /// The same of the answers with what was changed in the text of their objects, which is held to the same rules.
    pub fn remarks_with(&self, edited: Option<&Edited>, around: &Around<'_>) -> Vec<Remark> {
        let wanted = Wanted::of(self, edited);
        let mut remarks: Vec<Remark> = self
            .fields
            .iter()
            .filter_map(|field| self.alone(field, around))
            .collect();
        if self.asks_for_a_topology()
            && let Err(why) = self.topology_comes_to_something(around.store)
        {
            remarks.push(Remark::of(None, Grade::Wrong, why));
        }
        networks::check((self, &wanted), around, &mut remarks);
        hosts::check((self, &wanted), around, &mut remarks);
        text::check((self, &wanted), &mut remarks);
        if let Some(told) = self.like.as_ref().and_then(|like| like.told.as_deref()) {
            remarks.push(Remark::of(None, Grade::Warns, told));
        }
        versions::check((self, &wanted), around, &mut remarks);
        remarks.extend(self.still_refused());
        if !remarks.iter().any(|remark| remark.grade == Grade::Wrong) {
            // What cannot be answered is not rendered.
            objects::check((self, &wanted), &mut remarks);
        }
        remarks.sort_by_key(|remark| remark.grade);
        remarks
    }

    /// Whether its namespace has to be there already: the template does not make it.
    pub fn needs_namespace(&self) -> bool {
        !self.flavour.text.contains("kind: Namespace")
    }

    /// What is to be said where its namespace is not there.
    pub fn without_namespace(&self) -> Remark {
        let (namespace, management_cluster) = (self.namespace(), &self.management_cluster);
        let what = format!(
            "there is no namespace {namespace} in {management_cluster}; take one that is there, or have it made first: kubectl create namespace {namespace}"
        );
        Remark::of(Some("NAMESPACE"), Grade::Wrong, what)
    }

    /// What is wrong with an answer by itself, held against the clusters that there are.
    fn alone(&self, field: &Field, around: &Around<'_>) -> Option<Remark> {
        let value = field.value();
        if value.is_empty() {
            return field
                .default
                .is_none()
                .then(|| Remark::wrong(field, self.missing(field, around)));
        }
        let wrong = match field.input {
            Input::Namespace => label(value).map(|why| format!("{value:?} cannot be a namespace: {why}")),
            Input::Name => self.name_taken(value, around).or_else(|| self.too_long(value)),
            Input::Version => version(value),
            Input::ControlPlanes => control_planes(value),
            Input::Pools => self.pools(value),
            Input::Count if value.contains('=') => {
                Some("this asks for one number of workers, without the name of a set".to_owned())
            }
            Input::Count => count(value).err().map(|error| error.to_string()),
            Input::Domain => domain(value),
            Input::Endpoint if field.variable.ends_with("_IP") && value.parse::<IpAddr>().is_err() => {
                Some(format!("{value:?} is no address, such as 192.0.2.7"))
            }
            Input::Endpoint => endpoint(value),
            Input::Pods | Input::Services => None,
            // What nobody gave a value is left out.
            Input::Text if field.name.is_some() && field.answer.trim().is_empty() && value == UNSET => None,
            Input::Text if self.flavour.rules.contains_key(&field.variable) => {
                self.flavour.rules.get(&field.variable).and_then(|rule| {
                    let endpoint = || rule.endpoint(value).and_then(|said| endpoint(&said));
                    rule.check(value).or_else(endpoint)
                })
            }
            Input::Text => (value.contains(['\n', '\r', '\0']))
                .then(|| "this is more than one line; name a file of your own for that".to_owned())
                .or_else(|| images::of_variable(&field.variable, value)),
        };
        wrong.map(|what| Remark::wrong(field, what))
    }

    /// What has to be said, and within which bounds where they are known.
    fn missing(&self, field: &Field, around: &Around<'_>) -> String {
        let missing = format!("{} is required", field.label());
        if field.input != Input::Endpoint {
            return missing;
        }
        let networks = networks_of(&host_networks(self, around));
        let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
        match networks.as_slice() {
            [] => missing,
            networks => format!(
                "{missing}: an address in {} that no host has",
                networks.join(" or ")
            ),
        }
    }

    fn name_taken(&self, name: &str, around: &Around<'_>) -> Option<String> {
        if let Some(why) = cluster_name(name) {
            return Some(format!("{name:?} cannot be the name of a cluster: {why}"));
        }
        let there = around
            .store
            .find(&self.management_cluster, &core("Cluster"), self.namespace(), name);
        there.map(|_| {
            format!(
                "there is a Cluster {}/{name} in {} already",
                self.namespace(),
                self.management_cluster
            )
        })
    }

    /// Why a name leaves no room for those that are made of it, even for the shortest of a set of workers.
    fn too_long(&self, name: &str) -> Option<String> {
        let makes_sets = self.asked(Input::Pools).is_some() && self.flavour.sort != Sort::Class;
        let room = LONGEST - 1 - FIRST.len();
        (makes_sets && name.len() > room).then(|| {
            format!(
                "the name has {} characters, {room} at most here: its sets of workers are called {name}-{FIRST}, which stands in labels",
                name.len()
            )
        })
    }

    fn pools(&self, text: &str) -> Option<String> {
        if self.flavour.sort == Sort::Class {
            return Sets(&self.flavour.workers).read(text).err();
        }
        let pools = match Pools::read(text) {
            Ok(pools) => pools,
            Err(why) => return Some(why),
        };
        if self.too_long(self.name()).is_some() {
            // It is the cluster's name that has to be another one.
            return None;
        }
        // Their names stand in labels.
        let longest = pools.names().max_by_key(|name| name.len())?;
        let whole = self.name().len() + 1 + longest.len();
        (whole > LONGEST).then(|| {
            format!(
                "with the cluster's name that of the set of workers {longest} has {whole} characters: {LONGEST} at most"
            )
        })
    }
}

/// Why a text is no label of a DNS name (RFC 1123).
pub(super) fn label(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if text.is_empty() {
        return Some("it is empty".to_owned());
    }
    if text.len() > LONGEST {
        return Some(format!("it has {} characters, {LONGEST} at most", text.len()));
    }
    let is_good = text.bytes().all(|byte| plain(byte) || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    (!is_good).then(|| "lower case letters, digits and dashes, no dash first or last".to_owned())
}

/// Why a text cannot be the name of a cluster: it goes into labels, host names and names of Services.
fn cluster_name(text: &str) -> Option<String> {
    label(text).or_else(|| {
        let first = text.starts_with(|first: char| first.is_ascii_lowercase());
        (!first).then(|| "it has to begin with a letter".to_owned())
    })
}

fn version(text: &str) -> Option<String> {
    let read = format!("v{}", text.trim_start_matches('v')).parse::<Version>();
    read.err()
        .map(|_| format!("{text:?} is no whole version, such as v1.33.4"))
}

/// etcd runs on the control plane's machines, where nothing else is said.
fn control_planes(text: &str) -> Option<String> {
    match count(text) {
        Ok(0) => Some("a control plane has at least one machine".to_owned()),
        Ok(number) if number % 2 == 0 => Some(format!(
            "{number} control plane machines cannot be: etcd runs on them, and its members are an odd number; take 1, 3 or 5"
        )),
        Ok(number) if number > 7 => Some(format!(
            "{number} members of etcd are more than it takes: 7 at most"
        )),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

fn domain(text: &str) -> Option<String> {
    if text.len() > 253 {
        return Some("it has more than 253 characters".to_owned());
    }
    let wrong = text.split('.').find_map(label);
    wrong.map(|why| format!("{text:?} is no domain: {why}"))
}

fn endpoint(text: &str) -> Option<String> {
    if text.parse::<IpAddr>().is_ok() {
        return None;
    }
    let looks_like_an_address =
        text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || text.contains(':');
    if looks_like_an_address {
        return Some(format!("{text:?} is no address, such as 192.0.2.7"));
    }
    domain(text).map(|_| format!("{text:?} is neither an address nor a name of DNS"))
}
