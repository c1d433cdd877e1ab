//! Where the next machine is placed, and from where one goes first.

use std::cmp::Reverse;

use super::observe::{Member, Observed};
use super::outdated;

/// Names of the failure domains that take control plane machines.
fn domains(observed: &Observed) -> Vec<&str> {
    let cluster = observed.cluster.as_ref();
    cluster
        .iter()
        .flat_map(|cluster| &cluster.status.failure_domains)
        .filter(|domain| domain.control_plane == Some(true))
        .map(|domain| domain.name.as_str())
        .collect()
}

/// Where a machine is: where it was placed, or where its infrastructure says that it is.
fn domain_of(member: &Member) -> Option<&str> {
    let machine = member.machine.as_ref();
    machine
        .spec
        .failure_domain
        .as_deref()
        .or(machine.status.failure_domain.as_deref())
}

/// The domain with the fewest up-to-date machines, of those the one with the fewest machines; nothing where there are none.
pub(super) fn for_new(observed: &Observed) -> Option<String> {
    let staying = || {
        observed
            .machines
            .iter()
            .filter(|member| !member.machine.is_deleting())
    };
    let load = |domain: &str| {
        let inside = || staying().filter(|member| domain_of(member) == Some(domain));
        let up_to_date = inside()
            .filter(|member| outdated::respects(observed, member).is_empty())
            .count();
        (up_to_date, inside().count())
    };
    domains(observed)
        .into_iter()
        .min_by_key(|domain| (load(domain), (*domain).to_owned()))
        .map(str::to_owned)
}

/// The machine to go of those that may: one outside every domain, else the oldest in the domain with most of them.
pub(super) fn first_to_go<'a>(observed: &Observed, eligible: &[&'a Member]) -> Option<&'a Member> {
    let known = domains(observed);
    let is_outside = |member: &&Member| !domain_of(member).is_some_and(|domain| known.contains(&domain));
    let outside: Vec<&Member> = eligible.iter().copied().filter(is_outside).collect();
    let candidates = if outside.is_empty() {
        eligible
    } else {
        outside.as_slice()
    };
    let crowd = |member: &Member| {
        eligible
            .iter()
            .filter(|other| domain_of(other) == domain_of(member))
            .count()
    };
    candidates.iter().copied().min_by_key(|member| {
        (
            Reverse(if outside.is_empty() { crowd(member) } else { 0 }),
            member
                .machine
                .metadata
                .creation_timestamp
                .as_ref()
                .map(|time| time.0),
            member.machine.name().to_owned(),
        )
    })
}
