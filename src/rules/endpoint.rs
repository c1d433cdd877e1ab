//! Where a control plane on hosts of one's own may answer: at an address that is no host's own, and in the hosts' network, unless
//! something else leads there.

use core::net::IpAddr;
use std::fmt;

use crate::network::Network;

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

/// Why an address cannot be a control plane's, or may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointProblem {
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
            Self::Taken { .. } => true,
            Self::Elsewhere { .. } => false,
        }
    }
}

impl fmt::Display for EndpointProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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

/// The networks over which the way out of the hosts leads, each once.
pub fn networks(hosts: &[HostNetworks]) -> Vec<Network> {
    let interfaces = hosts.iter().flat_map(|host| &host.interfaces);
    let addresses = interfaces
        .filter(|interface| interface.is_default)
        .flat_map(|interface| &interface.addresses);
    let mut found: Vec<Network> = addresses.filter_map(|address| read(address)?.1).collect();
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

/// Holds an endpoint against the hosts. A name is nobody's address, and what hosts do not tell is not held against it.
pub fn check(endpoint: &str, hosts: &[HostNetworks]) -> Result<(), EndpointProblem> {
    let Ok(address) = endpoint.parse::<IpAddr>() else {
        return Ok(());
    };
    for host in hosts {
        let own = host.interfaces.iter().flat_map(|interface| &interface.addresses);
        if own.filter_map(|own| read(own)).any(|(own, _)| own == address) {
            return Err(EndpointProblem::Taken {
                address,
                host: host.name.clone(),
            });
        }
    }
    let mut networks = networks(hosts);
    networks.retain(|network| network.first().is_ipv4() == address.is_ipv4());
    if networks.is_empty() || networks.iter().any(|network| network.has(address)) {
        return Ok(());
    }
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    Err(EndpointProblem::Elsewhere { address, networks })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, addresses: &[&str]) -> HostNetworks {
        HostNetworks {
            name: name.to_owned(),
            interfaces: vec![HostInterface {
                is_default: true,
                addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
            }],
        }
    }

    #[test]
    fn an_endpoint_is_free_and_among_the_hosts() {
        let hosts = [
            host("node-1", &["192.0.2.11/24", "fe80::1/64"]),
            host("node-2", &["192.0.2.12/24"]),
        ];
        for (endpoint, expected) in [
            ("192.0.2.7", ""),
            ("lb.example.com", ""),
            ("fe80::7", ""),
            (
                "192.0.2.12",
                "192.0.2.12 is the address of host node-2; take one that no host has",
            ),
            (
                "192.0.3.7",
                "192.0.3.7 is in no network of the hosts, which are 192.0.2.0/24",
            ),
            (
                "2001:db8::1",
                "2001:db8::1 is in no network of the hosts, which are fe80::/64",
            ),
        ] {
            let problem = check(endpoint, &hosts).err();
            let told = problem.as_ref().map_or_else(String::new, ToString::to_string);
            assert!(
                told.starts_with(expected) && told.is_empty() == expected.is_empty(),
                "{endpoint}: {told}"
            );
            let stands = problem.is_some_and(|problem| problem.stands_in_the_way());
            assert_eq!(stands, expected.contains("node-2"), "{endpoint}");
        }
    }

    #[test]
    fn what_hosts_do_not_tell_is_not_held_against_it() {
        assert_eq!(check("203.0.113.1", &[]), Ok(()));
        assert_eq!(check("203.0.113.1", &[host("a", &["192.0.2.11"])]), Ok(()));
        assert_eq!(
            check("203.0.113.1", &[host("a", &["nonsense/99", "192.0.2.11/0"])]),
            Ok(())
        );
    }
}
