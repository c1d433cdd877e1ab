//! The networks of Pods and Services: that they can be, and that they overlap with nothing that they have to reach.

use fleetui_rules::endpoint;
use fleetui_rules::network::Network;

use super::{Form, Grade, Remark};
use crate::act::plan::Around;
use crate::create::form::Field;
use crate::create::input::{Input, split};
use crate::create::known;
use crate::create::lists::Networks;
use crate::create::taken::Taken;
use crate::create::wanted::Wanted;

/// Networks from which one is proposed that is free.
const PRIVATE: [(u8, u8, u8); 3] = [(10, 244, 12), (10, 64, 32), (172, 20, 12)];
/// Networks that are proposed at once.
const MOST_PROPOSED: usize = 4;
/// Clusters that are named in a remark.
const MOST_NAMED: usize = 3;

/// Networks that are asked for.
struct Asked<'f> {
    /// The variable whose answer they are; nothing where the objects alone say them.
    variable: Option<&'f str>,
    /// Whether there is a question for them.
    is_question: bool,
    input: Input,
    text: &'f str,
    networks: Vec<Network>,
}

/// Says what is wrong with the networks.
pub(super) fn check((form, wanted): (&Form, &Wanted), around: &Around<'_>, remarks: &mut Vec<Remark>) {
    let pods = asked((form, wanted), Input::Pods, remarks);
    let services = asked((form, wanted), Input::Services, remarks);
    if let (Some(pods), Some(services)) = (&pods, &services)
        && let Some((one, other)) = overlap(&services.networks, &pods.networks)
    {
        let what = format!("{one} overlaps with the network of Pods, {other}; both are seen from every Pod");
        remarks.push(services.wrong(what));
    }
    if let (Some(pods), Some(services)) = (&pods, &services)
        && let Some((one, other)) = without_pods(&services.networks, &pods.networks)
    {
        let family = |network: Network| if network.first().is_ipv4() { "IPv4" } else { "IPv6" };
        let what = format!(
            "{one} is of {}, and the Pods have {} alone, {other}: Services have no other IP family than Pods; give both the same, or the Pods a network of each",
            family(one),
            family(other)
        );
        remarks.push(services.wrong(what));
    }
    let hosts = endpoint::networks(&known::host_networks(form, around));
    let asked: Vec<Asked<'_>> = pods.into_iter().chain(services).collect();
    // What is proposed for one field is free of what the other says.
    let answered: Vec<Network> = asked.iter().flat_map(|asked| asked.networks.clone()).collect();
    for asked in &asked {
        if let Some((one, other)) = overlap(&asked.networks, &hosts) {
            let what = format!(
                "{one} overlaps with the hosts' own network {other}, which Pods would not reach any more{}",
                asked.with(free(&hosts, &answered))
            );
            remarks.push(asked.wrong(what));
        }
    }
    of_fleet(&known::others(form, around), &asked, (&hosts, answered), remarks);
}

/// What is asked for: what the objects say, where they say something else than the answer or there is none.
fn asked<'f>(
    (form, wanted): (&'f Form, &'f Wanted),
    input: Input,
    remarks: &mut Vec<Remark>,
) -> Option<Asked<'f>> {
    let field = form.asked(input);
    let said = wanted
        .networks(input)
        .filter(|said| field.is_none_or(|field| !split(field.value()).eq(split(&said.text))));
    let variable = field.map(|field| field.variable.as_str());
    let mut asked = Asked {
        variable: variable.or(said.and_then(|said| said.variable.as_deref())),
        is_question: field.is_some(),
        input,
        text: said.map(|said| said.text.as_str()).or(field.map(Field::value))?,
        networks: Vec::new(),
    };
    asked.networks = read(&asked, remarks);
    let has_room = field.is_none_or(|field| field.networks != Networks::One);
    if !has_room && asked.networks.len() > 1 {
        let what = format!(
            "{} has room for one network alone here; for two of them ${{{}}} has to be the whole list in it",
            form.flavour.name,
            asked.variable.unwrap_or_default()
        );
        remarks.push(asked.wrong(what));
    }
    Some(asked)
}

impl Asked<'_> {
    /// A network that is free, for the end of a sentence, and where it is to be said where nothing asks for it.
    fn with(&self, free: Option<Network>) -> String {
        let whereto = match self.variable {
            Some(_) => "",
            None => ", to be written in the template or its YAML",
        };
        free.map_or_else(String::new, |free| format!("; {free} is free{whereto}"))
    }

    fn wrong(&self, what: impl Into<String>) -> Remark {
        Remark::of(self.variable, Grade::Wrong, what)
    }
}

/// The networks of an answer; what is wrong with it is said.
fn read(asked: &Asked<'_>, remarks: &mut Vec<Remark>) -> Vec<Network> {
    let mut networks = Vec::new();
    for text in split(asked.text) {
        match text.parse::<Network>() {
            Ok(network) => match cannot_be(asked.input, network) {
                Some(why) => remarks.push(asked.wrong(format!("{network} {why}"))),
                None => networks.push(network),
            },
            Err(error) if asked.is_question => remarks.push(asked.wrong(error.to_string())),
            // Admission tells where in the objects it stands.
            Err(_) => {}
        }
    }
    match networks.as_slice() {
        [_] | [] => {}
        [one, other] if one.first().is_ipv4() != other.first().is_ipv4() => {}
        [_, _] => remarks.push(asked.wrong("two networks are one of IPv4 and one of IPv6")),
        more => {
            let what = format!(
                "{} networks are too many: one, or one of each IP family",
                more.len()
            );
            remarks.push(asked.wrong(what));
        }
    }
    networks
}

/// Why a network cannot be that of Pods or Services.
fn cannot_be(input: Input, network: Network) -> Option<String> {
    let reserved = network.reserved();
    let within =
        reserved.filter(|(other, _)| other.has(network.first()) && other.length() <= network.length());
    let told = |(other, what): (Network, &str)| {
        if other.length() <= network.length() {
            format!("lies in {other}, {what}")
        } else {
            format!("holds {other}, {what}")
        }
    };
    within
        .map(told)
        .or_else(|| size(input, network))
        .or_else(|| reserved.map(told))
}

/// A network of Services of an IP family that the Pods have none of, and one of theirs.
fn without_pods(services: &[Network], pods: &[Network]) -> Option<(Network, Network)> {
    let has_family = |one: &Network| {
        let mut same = pods
            .iter()
            .filter(|pods| pods.first().is_ipv4() == one.first().is_ipv4());
        same.next().is_some()
    };
    let alone = services.iter().find(|one| !has_family(one))?;
    Some((*alone, *pods.first()?))
}

/// What kubeadm and the controller manager do not take: each node has a /24 (IPv6: a /64) of the Pods' network, and at most
/// 65,536 nodes have one; a network of Services has room for ten and at most 2^20.
fn size(input: Input, network: Network) -> Option<String> {
    let (is_v4, length) = (network.first().is_ipv4(), network.length());
    if input == Input::Services {
        return match network.host_bits() {
            bits if bits > 20 => {
                let shortest = length + bits - 20;
                Some(format!("is too large for Services: /{shortest} at most"))
            }
            bits if bits < 4 => Some("is too small for Services: ten addresses at least".to_owned()),
            _ => None,
        };
    }
    let of_node = if is_v4 { 24 } else { 64 };
    if length > of_node {
        return Some(format!("is too small: every node has a /{of_node} of it"));
    }
    (of_node - length > 16).then(|| format!("is too large: /{} at most", of_node - 16))
}

fn overlap(some: &[Network], others: &[Network]) -> Option<(Network, Network)> {
    some.iter().find_map(|one| {
        let other = others.iter().find(|other| one.overlaps(**other))?;
        Some((*one, *other))
    })
}

/// Warns of clusters that have the same network: they work, but never together.
fn of_fleet(
    others: &[Taken],
    asked: &[Asked<'_>],
    (hosts, mut taken): (&[Network], Vec<Network>),
    remarks: &mut Vec<Remark>,
) {
    taken.extend(others.iter().flat_map(|other| other.networks.clone()));
    for asked in asked {
        let mut same: Vec<&Taken> = others
            .iter()
            .filter(|other| overlap(&asked.networks, &other.networks).is_some())
            .collect();
        // Its objects and its creation may both tell of one.
        same.dedup_by(|one, other| one.cluster == other.cluster);
        let mut same = same.into_iter().map(Taken::name);
        let named: Vec<String> = same.by_ref().take(MOST_NAMED).collect();
        if named.is_empty() {
            continue;
        }
        let more = same.count();
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        let free = free(hosts, &taken);
        let what = format!(
            "{} overlaps with networks of {}{more}: the clusters cannot be connected{}",
            asked.text,
            named.join(", "),
            asked.with(free)
        );
        // Nor is the same one proposed for both.
        taken.extend(free);
        remarks.push(Remark::of(asked.variable, Grade::Warns, what));
    }
}

/// Networks that are free of the hosts', of the fleet's, and of what the form says for the other question.
pub(in crate::create) fn suggested(form: &Form, around: &Around<'_>, input: Input) -> Vec<String> {
    let (hosts, mut taken) = taken(form, around);
    let own = known::own_networks(form);
    taken.extend(if input == Input::Pods {
        own.services
    } else {
        own.pods
    });
    let free = all_free(&hosts, &taken).take(MOST_PROPOSED);
    free.map(|network| network.to_string()).collect()
}

/// Whether what is answered, or holds without an answer, overlaps with nothing that the hosts or other clusters have.
pub(in crate::create) fn is_free(form: &Form, around: &Around<'_>, input: Input) -> bool {
    let (hosts, taken) = taken(form, around);
    let asked: Vec<Network> = split(form.answered(input))
        .filter_map(|text| text.parse().ok())
        .collect();
    overlap(&asked, &hosts).is_none() && overlap(&asked, &taken).is_none()
}

/// The hosts' networks, and those of other clusters.
fn taken(form: &Form, around: &Around<'_>) -> (Vec<Network>, Vec<Network>) {
    let hosts = endpoint::networks(&known::host_networks(form, around));
    let others = known::others(form, around).into_iter();
    (hosts, others.flat_map(|other| other.networks).collect())
}

/// A network that overlaps with none of these.
fn free(hosts: &[Network], taken: &[Network]) -> Option<Network> {
    all_free(hosts, taken).next()
}

/// All of those from which one is proposed that overlap with none of these.
fn all_free(hosts: &[Network], taken: &[Network]) -> impl Iterator<Item = Network> {
    let all = PRIVATE.iter().flat_map(|(first, second, count)| {
        (0..*count).filter_map(move |step| {
            let text = format!("{first}.{}.0.0/16", second.saturating_add(step));
            text.parse::<Network>().ok()
        })
    });
    all.filter(move |network| overlap(&[*network], hosts).is_none() && overlap(&[*network], taken).is_none())
}
