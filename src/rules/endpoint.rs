//! Where a control plane on hosts of one's own may answer: at an address of the hosts' network that is no host's own.

use core::net::IpAddr;
use std::fmt;

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

/// Why an address cannot be a control plane's.
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
                "{address} is in no network of the hosts, which are {}",
                networks.join(", ")
            ),
        }
    }
}

/// Holds an endpoint against the hosts. A name is nobody's address, and what hosts do not tell is not held against it.
pub fn check(endpoint: &str, hosts: &[HostNetworks]) -> Result<(), EndpointProblem> {
    let Ok(address) = endpoint.parse::<IpAddr>() else {
        return Ok(());
    };
    let mut networks = Vec::new();
    for host in hosts {
        for interface in &host.interfaces {
            for own in &interface.addresses {
                let (own, length) = own.split_once('/').unwrap_or((own, ""));
                let Ok(own) = own.parse::<IpAddr>() else {
                    continue;
                };
                if own == address {
                    return Err(EndpointProblem::Taken {
                        address,
                        host: host.name.clone(),
                    });
                }
                if let Some(network) = length.parse().ok().and_then(|length| Network::of(own, length))
                    && interface.is_default
                    && own.is_ipv4() == address.is_ipv4()
                {
                    networks.push(network);
                }
            }
        }
    }
    if networks.is_empty() || networks.iter().any(|network| network.has(address)) {
        return Ok(());
    }
    let mut networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    networks.sort();
    networks.dedup();
    Err(EndpointProblem::Elsewhere { address, networks })
}

/// A network: its bits, how many of them count, and how many there are.
struct Network {
    bits: u128,
    length: u32,
    first: IpAddr,
}

impl Network {
    fn of(address: IpAddr, length: u32) -> Option<Self> {
        let width = width(address);
        let shift = width.checked_sub(length)?;
        let kept = bits(address)
            .checked_shr(shift)
            .unwrap_or(0)
            .checked_shl(shift)
            .unwrap_or(0);
        let first = match address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(kept).ok()?.into()),
            IpAddr::V6(_) => IpAddr::V6(kept.into()),
        };
        Some(Self {
            bits: kept,
            length,
            first,
        })
    }

    fn has(&self, address: IpAddr) -> bool {
        Self::of(address, self.length).is_some_and(|other| other.bits == self.bits)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.length)
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
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
            let told = check(endpoint, &hosts).err().map(|problem| problem.to_string());
            assert_eq!(told.unwrap_or_default(), expected, "{endpoint}");
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
