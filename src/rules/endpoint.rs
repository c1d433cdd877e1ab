//! Where a control plane on hosts of one's own may answer: at an address that one machine can have, that is no host's own and no
//! Pod's or Service's, and in the hosts' network, unless something else leads there. Addresses of both families are judged alike.

use core::net::IpAddr;
use std::collections::BTreeSet;
use std::fmt;

use crate::network::Network;

/// So many addresses of a network are looked at for one that is free.
const LOOKED_AT: usize = 65_536;

/// The networks of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNetworks {
    /// The host.
    pub name: String,
    /// Its interfaces.
    pub interfaces: Vec<HostInterface>,
}

/// One interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostInterface {
    /// Whether the way out leads over it.
    pub is_default: bool,
    /// Its addresses, with the length of the network's part behind a slash where that is known: `10.0.0.5/24`.
    pub addresses: Vec<String>,
}

/// What addresses are that no machine has for others to reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// It stands for no address (RFC 1122, RFC 4291).
    Unspecified,
    /// It is every machine's own.
    Loopback,
    /// It is a group's.
    Multicast,
    /// It is everybody's.
    Broadcast,
    /// It holds on one link alone, and no router passes it on (RFC 3927, RFC 4291).
    LinkLocal,
}

impl Reserved {
    /// What an address is reserved for, if anything.
    fn of(address: IpAddr) -> Option<Self> {
        let is_link_local = match address {
            IpAddr::V4(address) => address.is_link_local(),
            IpAddr::V6(address) => address.is_unicast_link_local(),
        };
        match address {
            // The whole of 0.0.0.0/8 is "this host on this network".
            IpAddr::V4(address) if address.octets().first() == Some(&0) => Some(Self::Unspecified),
            IpAddr::V4(address) if address.is_broadcast() => Some(Self::Broadcast),
            _ if address.is_unspecified() => Some(Self::Unspecified),
            _ if address.is_loopback() => Some(Self::Loopback),
            _ if address.is_multicast() => Some(Self::Multicast),
            _ => is_link_local.then_some(Self::LinkLocal),
        }
    }

    fn says(self) -> &'static str {
        match self {
            Self::Unspecified => "stands for no address at all",
            Self::Loopback => "is the loopback address of every machine, which none reaches another by",
            Self::Multicast => "is the address of a multicast group, which no machine can have",
            Self::Broadcast => "is the broadcast address, which no machine can have",
            Self::LinkLocal => "is a link-local address, which no router passes on",
        }
    }
}

/// Networks of the cluster itself, which no machine of it may have an address in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnNetworks {
    /// Those of its Pods.
    pub pods: Vec<Network>,
    /// Those of its Services.
    pub services: Vec<Network>,
}

/// Why an address cannot be a control plane's, or may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointProblem {
    /// It is no address that one machine has and others reach.
    Reserved {
        /// The address, or the name that stands for it.
        endpoint: String,
        /// What it is.
        reserved: Reserved,
    },
    /// It is the first or the last one of the hosts' network, which stand for the network itself and for all in it.
    OfNetwork {
        /// The address.
        address: IpAddr,
        /// The network.
        network: Network,
    },
    /// It is in a network of the cluster's own Pods or Services.
    Within {
        /// The address.
        address: IpAddr,
        /// The network.
        network: Network,
        /// Whose network it is: Pods or Services.
        of: &'static str,
    },
    /// A host has it.
    Taken {
        /// The address.
        address: IpAddr,
        /// The host.
        host: String,
    },
    /// It is in none of the hosts' networks.
    Elsewhere {
        /// The address.
        address: IpAddr,
        /// The networks.
        networks: Vec<String>,
    },
}

impl EndpointProblem {
    /// Whether it cannot be so. An address elsewhere is right where a load balancer or a route leads to the hosts.
    pub fn stands_in_the_way(&self) -> bool {
        match self {
            Self::Reserved { .. } | Self::OfNetwork { .. } | Self::Within { .. } | Self::Taken { .. } => true,
            Self::Elsewhere { .. } => false,
        }
    }
}

impl fmt::Display for EndpointProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved { endpoint, reserved } => write!(
                f,
                "{endpoint} {}; take one of the hosts' network that no host has",
                reserved.says()
            ),
            Self::OfNetwork { address, network } => {
                let what = match address {
                    _ if *address != network.first() => "broadcast address",
                    IpAddr::V4(_) => "network address",
                    // RFC 4291, 2.6.1.
                    IpAddr::V6(_) => "subnet-router anycast address",
                };
                write!(
                    f,
                    "{address} is the {what} of the hosts' network {network}, which no machine can have; take another one of it"
                )
            }
            Self::Within { address, network, of } => write!(
                f,
                "{address} is in the cluster's own network of {of}, {network}, whose addresses nothing outside of it reaches; take one of the hosts' network"
            ),
            Self::Taken { address, host } => {
                write!(
                    f,
                    "{address} is the address of host {host}; take one that no host has"
                )
            }
            Self::Elsewhere { address, networks } => write!(
                f,
                "{address} is in no network of the hosts, which are {}; the cluster comes up only where a load balancer or a route leads from there to its control plane",
                networks.join(", ")
            ),
        }
    }
}

/// The networks over which the way out of the hosts leads, each once. Those of one link alone lead nowhere.
pub fn networks(hosts: &[HostNetworks]) -> Vec<Network> {
    let interfaces = hosts.iter().flat_map(|host| &host.interfaces);
    let addresses = interfaces
        .filter(|interface| interface.is_default)
        .flat_map(|interface| &interface.addresses);
    let mut found: Vec<Network> = addresses.filter_map(|address| read(address)?.1).collect();
    found.retain(|network| Reserved::of(network.first()) != Some(Reserved::LinkLocal));
    found.sort_by_key(|network| (network.first(), network.length()));
    found.dedup();
    found
}

/// An address as a host tells it, and its network where the length of that is told.
fn read(address: &str) -> Option<(IpAddr, Option<Network>)> {
    let (own, length) = address.split_once('/').unwrap_or((address, ""));
    let own = own.parse::<IpAddr>().ok()?;
    let network = length.parse().ok().and_then(|length| Network::of(own, length));
    Some((own, network))
}

/// The addresses of the hosts, over whichever interface.
fn addresses(hosts: &[HostNetworks]) -> impl Iterator<Item = (&HostNetworks, IpAddr)> {
    hosts.iter().flat_map(|host| {
        let own = host.interfaces.iter().flat_map(|interface| &interface.addresses);
        own.filter_map(move |own| Some((host, read(own)?.0)))
    })
}

/// Holds an endpoint against the hosts and against the cluster's own networks. A name is nobody's address, but for that of
/// loopback (RFC 6761), and what hosts do not tell is not held against it.
///
/// # Errors
/// What is wrong with it, the gravest first.
pub fn check(endpoint: &str, hosts: &[HostNetworks], own: &OwnNetworks) -> Result<(), EndpointProblem> {
    let reserved = |reserved: Reserved| EndpointProblem::Reserved {
        endpoint: endpoint.to_owned(),
        reserved,
    };
    let Ok(address) = endpoint.parse::<IpAddr>() else {
        let name = endpoint.trim_end_matches('.').to_ascii_lowercase();
        let is_loopback = name == "localhost" || name.ends_with(".localhost");
        return if is_loopback {
            Err(reserved(Reserved::Loopback))
        } else {
            Ok(())
        };
    };
    // One of IPv4 that is written as one of IPv6 is that of IPv4.
    let address = address.to_canonical();
    // Hosts that all live on one machine reach each other by it.
    let is_theirs = |what: Reserved| {
        what == Reserved::Loopback && networks(hosts).iter().any(|network| network.has(address))
    };
    if let Some(what) = Reserved::of(address).filter(|what| !is_theirs(*what)) {
        return Err(reserved(what));
    }
    if let Some((host, _)) = addresses(hosts).find(|(_, own)| *own == address) {
        return Err(EndpointProblem::Taken {
            address,
            host: host.name.clone(),
        });
    }
    for (of, networks) in [("Pods", &own.pods), ("Services", &own.services)] {
        if let Some(network) = networks.iter().find(|network| network.has(address)) {
            let network = *network;
            return Err(EndpointProblem::Within { address, network, of });
        }
    }
    let networks = networks(hosts);
    if let Some(network) = networks.iter().find(|network| stands_for(**network, address)) {
        let network = *network;
        return Err(EndpointProblem::OfNetwork { address, network });
    }
    if networks.is_empty() || networks.iter().any(|network| network.has(address)) {
        return Ok(());
    }
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    Err(EndpointProblem::Elsewhere { address, networks })
}

/// Whether an address stands for a network, or for all in it. One of two addresses or one has none that does (RFC 3021, RFC
/// 6164), and one of IPv6 has no broadcast.
fn stands_for(network: Network, address: IpAddr) -> bool {
    let is_last = address.is_ipv4() && address == network.last();
    network.host_bits() > 1 && (address == network.first() || is_last)
}

/// Addresses at which a control plane could answer: in the hosts' networks, of IPv4 first, and the highest ones of each, as routers
/// and DHCP servers mostly have the lowest. Nobody is asked whether somebody else has them.
pub fn free<'a>(hosts: &'a [HostNetworks], own: &'a OwnNetworks) -> impl Iterator<Item = IpAddr> + 'a {
    let taken: BTreeSet<IpAddr> = addresses(hosts).map(|(_, address)| address).collect();
    // Nobody waits for an end of what is full.
    let highest = networks(hosts)
        .into_iter()
        .flat_map(move |network| network.between().take(LOOKED_AT).skip(1));
    highest.filter(move |address| {
        let mut within = own.pods.iter().chain(&own.services);
        !taken.contains(address)
            && Reserved::of(*address).is_none_or(|what| what == Reserved::Loopback)
            && !within.any(|network| network.has(*address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_live_on_loopback_reach_each_other_there() {
        let own = OwnNetworks::default();
        let local = [host("a", &["127.0.1.11/24"])];
        assert_eq!(check("127.0.1.200", &local, &own), Ok(()));
        assert!(check("127.0.1.11", &local, &own).is_err());
        assert!(check("127.0.2.1", &local, &own).is_err());
        assert_eq!(
            free(&local, &own)
                .next()
                .map(|address| address.to_string())
                .as_deref()
                .map(|a| a.starts_with("127.0.1.")),
            Some(true)
        );
        let elsewhere = [host("a", &["10.0.0.11/24"])];
        assert!(check("127.0.1.200", &elsewhere, &own).is_err());
    }

    fn host(name: &str, addresses: &[&str]) -> HostNetworks {
        HostNetworks {
            name: name.to_owned(),
            interfaces: vec![HostInterface {
                is_default: true,
                addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
            }],
        }
    }

    fn own(pods: &[&str], services: &[&str]) -> OwnNetworks {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        OwnNetworks {
            pods: read(pods),
            services: read(services),
        }
    }

    /// Which hosts, the endpoint, how begins what is said of it, and whether that stands in the way.
    const CASES: &[(&str, &str, &str, bool)] = &[
        ("v4", "192.0.2.7", "", false),
        ("v4", "lb.example.com", "", false),
        ("v6", "2001:db8::7", "", false),
        ("both", "2001:db8::7", "", false),
        ("both", "192.0.2.7", "", false),
        (
            "v4",
            "192.0.2.12",
            "192.0.2.12 is the address of host node-2; take one that no host has",
            true,
        ),
        (
            "v4",
            "::ffff:192.0.2.12",
            "192.0.2.12 is the address of host node-2",
            true,
        ),
        (
            "v6",
            "2001:db8:0::11",
            "2001:db8::11 is the address of host node-1",
            true,
        ),
        (
            "v4",
            "192.0.3.7",
            "192.0.3.7 is in no network of the hosts, which are 192.0.2.0/24",
            false,
        ),
        (
            "v4",
            "2001:db8::7",
            "2001:db8::7 is in no network of the hosts, which are 192.0.2.0/24",
            false,
        ),
        (
            "v6",
            "192.0.2.7",
            "192.0.2.7 is in no network of the hosts, which are 2001:db8::/64",
            false,
        ),
        (
            "v4",
            "192.0.2.0",
            "192.0.2.0 is the network address of the hosts' network 192.0.2.0/24",
            true,
        ),
        (
            "v6",
            "2001:db8::",
            "2001:db8:: is the subnet-router anycast address of the hosts' network 2001:db8::/64",
            true,
        ),
        ("v6", "2001:db8::ffff:ffff:ffff:ffff", "", false),
        ("v4", "0.0.0.0", "0.0.0.0 stands for no address", true),
        ("v4", "0.1.2.3", "0.1.2.3 stands for no address", true),
        ("v6", "::", ":: stands for no address", true),
        ("v4", "127.0.0.1", "127.0.0.1 is the loopback address", true),
        ("v4", "127.9.9.9", "127.9.9.9 is the loopback address", true),
        ("v6", "::1", "::1 is the loopback address", true),
        (
            "v6",
            "::ffff:127.0.0.1",
            "::ffff:127.0.0.1 is the loopback address",
            true,
        ),
        ("v4", "localhost", "localhost is the loopback address", true),
        ("v4", "a.LOCALHOST.", "a.LOCALHOST. is the loopback address", true),
        (
            "v4",
            "224.0.0.1",
            "224.0.0.1 is the address of a multicast group",
            true,
        ),
        (
            "v6",
            "ff02::1",
            "ff02::1 is the address of a multicast group",
            true,
        ),
        (
            "v4",
            "255.255.255.255",
            "255.255.255.255 is the broadcast address",
            true,
        ),
        ("v4", "169.254.1.7", "169.254.1.7 is a link-local address", true),
        ("v6", "fe80::7", "fe80::7 is a link-local address", true),
        (
            "v4",
            "10.244.3.4",
            "10.244.3.4 is in the cluster's own network of Pods, 10.244.0.0/16",
            true,
        ),
        (
            "v6",
            "fd00:1::7",
            "fd00:1::7 is in the cluster's own network of Pods, fd00:1::/48",
            true,
        ),
        (
            "v4",
            "192.0.2.200",
            "192.0.2.200 is in the cluster's own network of Services, 192.0.2.128/25",
            true,
        ),
        (
            "v6",
            "fd00:2::7",
            "fd00:2::7 is in the cluster's own network of Services, fd00:2::/112",
            true,
        ),
    ];

    #[test]
    fn an_endpoint_is_free_and_among_the_hosts() {
        let v4 = vec![
            host("node-1", &["192.0.2.11/24", "fe80::1/64"]),
            host("node-2", &["192.0.2.12/24"]),
        ];
        let v6 = vec![host("node-1", &["2001:db8::11/64", "fe80::1/64"])];
        let both = vec![host("node-1", &["192.0.2.11/24", "2001:db8::11/64"])];
        let own = own(
            &["10.244.0.0/16", "fd00:1::/48"],
            &["192.0.2.128/25", "fd00:2::/112"],
        );
        for (hosts, endpoint, expected, stands) in CASES.iter().copied() {
            let hosts = match hosts {
                "v4" => &v4,
                "v6" => &v6,
                _ => &both,
            };
            let problem = check(endpoint, hosts, &own).err();
            let told = problem.as_ref().map_or_else(String::new, ToString::to_string);
            assert!(
                told.starts_with(expected) && told.is_empty() == expected.is_empty(),
                "{endpoint}: {told}"
            );
            assert_eq!(
                problem.is_some_and(|problem| problem.stands_in_the_way()),
                stands,
                "{endpoint}"
            );
        }
        let broadcast = check("192.0.2.255", &v4, &OwnNetworks::default()).unwrap_err();
        assert!(
            broadcast
                .to_string()
                .starts_with("192.0.2.255 is the broadcast address of the hosts' network"),
            "{broadcast}"
        );
        assert!(broadcast.stands_in_the_way());
    }

    #[test]
    fn networks_of_two_addresses_have_none_that_stands_for_them() {
        let hosts = [host("a", &["192.0.2.10/31", "2001:db8::10/127"])];
        for endpoint in ["192.0.2.11", "2001:db8::11"] {
            assert_eq!(
                check(endpoint, &hosts, &OwnNetworks::default()),
                Ok(()),
                "{endpoint}"
            );
        }
    }

    #[test]
    fn what_hosts_do_not_tell_is_not_held_against_it() {
        let nothing = OwnNetworks::default();
        assert_eq!(check("203.0.113.1", &[], &nothing), Ok(()));
        assert_eq!(check("2001:db8::1", &[], &nothing), Ok(()));
        assert_eq!(
            check("203.0.113.1", &[host("a", &["192.0.2.11"])], &nothing),
            Ok(())
        );
        assert_eq!(
            check(
                "203.0.113.1",
                &[host("a", &["nonsense/99", "192.0.2.11/0"])],
                &nothing
            ),
            Ok(())
        );
    }

    #[test]
    fn what_is_free_could_be_taken_at_once() {
        let hosts = [host("a", &["192.0.2.11/29", "2001:db8::11/64", "192.0.2.13/29"])];
        let own = own(&["192.0.2.12/32"], &[]);
        let free: Vec<IpAddr> = free(&hosts, &own).take(3).collect();
        assert_eq!(free[0].to_string(), "192.0.2.10", "neither a host's nor a Pod's");
        for address in free {
            assert_eq!(check(&address.to_string(), &hosts, &own), Ok(()), "{address}");
        }
        assert_eq!(super::free(&[], &own).count(), 0, "nothing is known of them");
    }
}
