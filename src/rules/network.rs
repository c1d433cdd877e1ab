//! Networks in CIDR notation: what lies in them, and which of them overlap.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;
use std::fmt;

use thiserror::Error;

/// A network: its first address, and how many bits of it count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    length: u32,
}

/// Networks whose addresses are no machine's, Pod's or Service's: their first addresses, the bits that count, and what they are.
///
/// Source: RFC 1122, RFC 3927, RFC 4291 and RFC 5771, and what Kubernetes refuses of addresses.
const RESERVED: [(IpAddr, u32, &str); 9] = [
    (v4(0, 0), 8, "which stands for no address at all"),
    (v4(127, 0), 8, "the loopback addresses of every machine"),
    (
        v4(169, 254),
        16,
        "the link-local addresses, which no router passes on",
    ),
    (v4(224, 0), 4, "the addresses of multicast groups"),
    (v6(0), 128, "which stands for no address at all"),
    (v6(1), 128, "the loopback address of every machine"),
    (v6(0xffff_0000_0000), 96, "which are addresses of IPv4"),
    (
        v6(0xfe80 << 112),
        10,
        "the link-local addresses, which no router passes on",
    ),
    (v6(0xff00 << 112), 8, "the addresses of multicast groups"),
];

const fn v4(first: u8, second: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(first, second, 0, 0))
}

const fn v6(bits: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(bits))
}

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// It is not written as one.
    #[error("{0:?} is no network; write one as 10.244.0.0/16")]
    Unreadable(String),
    /// Its address is not the first of it.
    #[error("{0} lies in the network {1}; write that")]
    NotTheFirst(String, Network),
}

impl Network {
    /// The network of so many bits in which an address lies; nothing where addresses of that sort have fewer bits.
    pub fn of(address: IpAddr, length: u32) -> Option<Self> {
        let shift = width(address).checked_sub(length)?;
        let kept = bits(address)
            .checked_shr(shift)
            .unwrap_or(0)
            .checked_shl(shift)
            .unwrap_or(0);
        let first = match address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(kept).ok()?.into()),
            IpAddr::V6(_) => IpAddr::V6(kept.into()),
        };
        Some(Self { first, length })
    }

    /// Its first address.
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// Its last address.
    pub fn last(self) -> IpAddr {
        let free = u128::MAX.checked_shr(128 - self.host_bits()).unwrap_or(0);
        let last = bits(self.first) | free;
        match self.first {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(last).unwrap_or(u32::MAX).into()),
            IpAddr::V6(_) => IpAddr::V6(last.into()),
        }
    }

    /// The addresses between its first and its last one, the highest first.
    pub fn between(self) -> impl Iterator<Item = IpAddr> {
        let (first, last) = (bits(self.first), bits(self.last()));
        let is_v4 = self.first.is_ipv4();
        let steps = last.saturating_sub(first);
        (1..steps).filter_map(move |step| {
            let address = last.checked_sub(step)?;
            Some(if is_v4 {
                IpAddr::V4(u32::try_from(address).ok()?.into())
            } else {
                IpAddr::V6(address.into())
            })
        })
    }

    /// How many bits count.
    pub fn length(self) -> u32 {
        self.length
    }

    /// How many bits do not count, so that addresses of it differ in them.
    pub fn host_bits(self) -> u32 {
        width(self.first).saturating_sub(self.length)
    }

    /// Whether an address lies in it.
    pub fn has(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4()
            && Self::of(address, self.length).is_some_and(|other| other == self)
    }

    /// The network that it overlaps with although no machine, Pod or Service can have an address of that, and what that one is.
    pub fn reserved(self) -> Option<(Self, &'static str)> {
        let mut all = RESERVED.iter().map(|(first, length, what)| {
            let network = Self {
                first: *first,
                length: *length,
            };
            (network, *what)
        });
        all.find(|(network, _)| network.overlaps(self))
    }

    /// Whether an address lies in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.has(other.first) || other.has(self.first)
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    /// Reads `10.244.0.0/16`. The address has to be the first of the network, so that nobody means another one than is taken.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || NetworkError::Unreadable(text.to_owned());
        let (address, length) = text.split_once('/').ok_or_else(unreadable)?;
        let address: IpAddr = address.parse().map_err(|_| unreadable())?;
        let is_plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length = length.parse().ok().filter(|_| is_plain).ok_or_else(unreadable)?;
        let network = Self::of(address, length).ok_or_else(unreadable)?;
        if network.first == address {
            return Ok(network);
        }
        Err(NetworkError::NotTheFirst(text.to_owned(), network))
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
    use proptest::prelude::*;

    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn networks_are_written_by_their_first_address() {
        for good in [
            "10.0.0.0/8",
            "192.168.4.0/22",
            "0.0.0.0/0",
            "fd00::/48",
            "10.0.0.1/32",
        ] {
            assert_eq!(network(good).to_string(), good);
        }
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "a/8",
            "fd00::/129",
        ] {
            let told = bad.parse::<Network>().unwrap_err();
            assert!(matches!(told, NetworkError::Unreadable(_)), "{bad}: {told}");
        }
        let told = "10.1.2.3/16".parse::<Network>().unwrap_err().to_string();
        assert_eq!(told, "10.1.2.3/16 lies in the network 10.1.0.0/16; write that");
    }

    #[test]
    fn a_network_reaches_to_its_last_address() {
        for (text, last, between) in [
            ("10.0.0.0/8", "10.255.255.255", Some("10.255.255.254")),
            ("192.0.2.8/30", "192.0.2.11", Some("192.0.2.10")),
            ("192.0.2.8/31", "192.0.2.9", None),
            ("192.0.2.9/32", "192.0.2.9", None),
            ("0.0.0.0/0", "255.255.255.255", Some("255.255.255.254")),
            (
                "2001:db8::/64",
                "2001:db8::ffff:ffff:ffff:ffff",
                Some("2001:db8::ffff:ffff:ffff:fffe"),
            ),
            (
                "::/0",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                Some("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"),
            ),
        ] {
            let network = network(text);
            assert_eq!(network.last().to_string(), last, "{text}");
            let highest = network.between().next().map(|address| address.to_string());
            assert_eq!(highest.as_deref(), between, "{text}");
        }
        let all: Vec<String> = network("192.0.2.8/30")
            .between()
            .map(|address| address.to_string())
            .collect();
        assert_eq!(all, ["192.0.2.10", "192.0.2.9"]);
    }

    #[test]
    fn networks_overlap_where_one_lies_in_the_other() {
        for (one, other, expected) in [
            ("10.0.0.0/8", "10.128.0.0/12", true),
            ("10.128.0.0/12", "10.0.0.0/8", true),
            ("10.0.0.0/16", "10.1.0.0/16", false),
            ("0.0.0.0/0", "192.168.0.0/16", true),
            ("0.0.0.0/0", "fd00::/48", false),
            ("fd00::/48", "fd00:0:0:1::/64", true),
        ] {
            assert_eq!(network(one).overlaps(network(other)), expected, "{one} {other}");
        }
    }

    #[test]
    fn networks_that_no_machine_can_have_an_address_in_are_known() {
        for (text, reserved) in [
            ("0.0.0.0/8", Some("0.0.0.0/8")),
            ("0.7.0.0/16", Some("0.0.0.0/8")),
            ("127.1.0.0/16", Some("127.0.0.0/8")),
            ("169.254.0.0/16", Some("169.254.0.0/16")),
            ("239.1.0.0/16", Some("224.0.0.0/4")),
            ("::/64", Some("::/128")),
            ("::1/128", Some("::1/128")),
            ("::ffff:10.0.0.0/112", Some("::ffff:0.0.0.0/96")),
            ("fe80::/64", Some("fe80::/10")),
            ("febf:1::/48", Some("fe80::/10")),
            ("ff02::/16", Some("ff00::/8")),
            ("10.0.0.0/8", None),
            ("169.253.0.0/16", None),
            ("223.255.0.0/16", None),
            // Large networks of Pods lie there.
            ("240.0.0.0/8", None),
            ("fd00::/48", None),
            ("fec0::/48", None),
        ] {
            let found = network(text).reserved().map(|(network, _)| network.to_string());
            assert_eq!(found.as_deref(), reserved, "{text}");
        }
    }

    proptest! {
        #[test]
        fn overlapping_is_having_an_address_in_common(
            (one, long, other, short) in (any::<u32>(), 24_u32..=32, any::<u32>(), 24_u32..=32), near in any::<bool>(),
        ) {
            let other = if near { one ^ (other % 512) } else { other };
            let one = Network::of(IpAddr::V4(one.into()), long).unwrap();
            let other = Network::of(IpAddr::V4(other.into()), short).unwrap();
            let all = |network: Network| {
                let first = u32::try_from(bits(network.first())).unwrap();
                (0..1_u32 << network.host_bits()).map(move |step| IpAddr::V4((first + step).into()))
            };
            let common = all(one).any(|address| other.has(address));
            prop_assert_eq!(one.overlaps(other), common);
        }
    }
}
