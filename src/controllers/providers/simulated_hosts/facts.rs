//! What a simulated host tells of itself.

use fleetui_api::byoh::host::{ByoHostStatus, HostInfo, HostInterface};
use fleetui_api::byoh::names;
use fleetui_rules::hosts::installable;
use fleetui_rules::names::seeded;
use serde_json::{Map, Value, json};

use super::SimulatedHostSettings;

/// So many hosts fit into a small network.
const FEW: u32 = 200;

/// Minor versions of Kubernetes 1 between which simulated installers have all.
const OLDEST_MINOR: u64 = 24;
const NEWEST_MINOR: u64 = 37;

/// Name of the host of this number.
pub(super) fn name(settings: &SimulatedHostSettings, number: u32) -> String {
    format!("{}{number}", settings.prefix)
}

/// The number of a host, where it is one of these.
pub(super) fn number(settings: &SimulatedHostSettings, name: &str) -> Option<u32> {
    let digits = name.strip_prefix(&settings.prefix)?;
    let number = digits.parse().ok()?;
    (number > 0 && self::name(settings, number) == name).then_some(number)
}

/// Its labels.
pub(super) fn labels(settings: &SimulatedHostSettings, number: u32) -> Value {
    let mut labels: Map<String, Value> = Map::new();
    labels.insert(names::ARCHITECTURE_LABEL.to_owned(), json!(settings.architecture));
    let family = if settings.os_image.starts_with("Ubuntu") || settings.os_image.starts_with("Debian") {
        "debian"
    } else {
        "rhel"
    };
    labels.insert(names::OS_FAMILY_LABEL.to_owned(), json!(family));
    let zones = u32::try_from(settings.zones.len()).unwrap_or(0);
    let zone = number.saturating_sub(1).checked_rem(zones);
    let zone = zone.and_then(|index| settings.zones.get(usize::try_from(index).ok()?));
    if let Some(zone) = zone {
        labels.insert(names::ZONE_LABEL.to_owned(), json!(zone));
    }
    for (key, value) in &settings.labels {
        labels.insert(key.clone(), json!(value));
    }
    Value::Object(labels)
}

/// Its address: behind that of the first where there are few, else in 198.18.0.0/15, which is set aside for benchmarks. No packet ever
/// goes to either.
pub(super) fn address(settings: &SimulatedHostSettings, number: u32, count: u32) -> String {
    let [_, high, middle, low] = number.to_be_bytes();
    if count <= FEW {
        let first = std::net::Ipv4Addr::from(settings.first_address);
        let address = u32::from(first).saturating_add(number.saturating_sub(1));
        std::net::Ipv4Addr::from(address).to_string()
    } else {
        format!("198.{}.{middle}.{low}", 18 + u16::from(high & 1))
    }
}

/// The minor versions of Kubernetes that its installer has: of those that its operating system runs, what is released. A
/// system without bundles has all of them, as nothing is really installed.
fn installable_versions(info: Option<&HostInfo>) -> Vec<String> {
    let system = info.and_then(installable::system);
    let first = system.map_or(OLDEST_MINOR, |system| system.from);
    let last = system.and_then(|system| system.to).unwrap_or(NEWEST_MINOR);
    (first..=last.min(NEWEST_MINOR))
        .map(|minor| format!("v1.{minor}"))
        .collect()
}

/// What it reports when it comes up.
pub(super) fn report(settings: &SimulatedHostSettings, number: u32, count: u32, status: &mut ByoHostStatus) {
    let name = name(settings, number);
    let [_, high, middle, low] = number.to_be_bytes();
    let bits = if count <= FEW { 24 } else { 15 };
    status.hostinfo = Some(HostInfo {
        architecture: Some(settings.architecture.clone()),
        osimage: Some(settings.os_image.clone()),
        osname: Some("linux".to_owned()),
    });
    status.network = vec![
        HostInterface {
            mac_addr: "00:00:00:00:00:00".to_owned(),
            connected: Some(true),
            ip_addrs: vec!["127.0.0.1/8".to_owned()],
            is_default: Some(false),
            network_interface_name: Some("lo".to_owned()),
        },
        HostInterface {
            mac_addr: format!("02:00:00:{high:02x}:{middle:02x}:{low:02x}"),
            connected: Some(true),
            ip_addrs: vec![format!("{}/{bits}", address(settings, number, count))],
            is_default: Some(true),
            network_interface_name: Some("eth0".to_owned()),
        },
    ];
    status.capacity = settings
        .capacity
        .iter()
        .map(|(name, amount)| (name.clone(), json!(amount)))
        .collect();
    let seed = settings.simulation.seed;
    status.machine_id = Some(format!(
        "{:016x}{:016x}",
        seeded(seed, &name),
        seeded(seed ^ 1, &name)
    ));
    status.installable_versions = if settings.skip_installation {
        Vec::new()
    } else {
        installable_versions(status.hostinfo.as_ref())
    };
    status.agent_version = Some(env!("CARGO_PKG_VERSION").to_owned());
}
