//! Which addresses belong to the public internet, and networks in CIDR notation.
//!
//! Invariant: an address that carries another one (mapped, translated, tunnelled) is judged by the
//! one it carries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks that are not public: this network, private, shared, loopback, link-local (where
/// clouds keep credentials), protocol assignments, examples, benchmarks, multicast, reserved.
const NOT_PUBLIC_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // The agent of Azure's machines.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The one IPv6 network that is handed out for public use.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What within it is not public: Teredo and other protocol assignments, examples.
const NOT_PUBLIC_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Prefixes of IPv6 addresses that carry an IPv4 address, and where in the 128 bits its last bit is.
const CARRIERS: &[(Ipv6Addr, u32, u32)] = &[
    // Compatible, mapped and translated addresses.
    (Ipv6Addr::UNSPECIFIED, 96, 0),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 0),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, 0),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, 0),
    // 6to4.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 80),
];

/// Returns the address that a connection really goes to.
pub(crate) fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(outer) = address else { return address };
    for (prefix, length, shift) in CARRIERS {
        if outer != Ipv6Addr::LOCALHOST && within(outer.to_bits(), prefix.to_bits(), *length, 128) {
            let inner = outer.to_bits() >> shift & u128::from(u32::MAX);
            return IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(inner).unwrap_or_default()));
        }
    }
    address
}

/// Returns whether the address is one of the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match carried(address) {
        IpAddr::V4(address) => {
            !NOT_PUBLIC_V4.iter().any(|(base, length)| within_v4(address, *base, *length))
        }
        IpAddr::V6(address) => {
            within_v6(address, GLOBAL_V6.0, GLOBAL_V6.1)
                && !NOT_PUBLIC_V6.iter().any(|(base, length)| within_v6(address, *base, *length))
        }
    }
}

/// A network: all addresses that share the first bits of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Network {
    base: IpAddr,
    length: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`, `fd00::/8` or a single address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (base, length) = match text.split_once('/') {
            Some((base, length)) => (base, Some(length)),
            None => (text, None),
        };
        let base: IpAddr = base.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
        let bits = if base.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Some(bits), |length| length.parse().ok())?;
        (length <= bits).then_some(Self { base, length })
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self.base, carried(address)) {
            (IpAddr::V4(base), IpAddr::V4(address)) => within_v4(address, base, self.length),
            (IpAddr::V6(base), IpAddr::V6(address)) => within_v6(address, base, self.length),
            _ => false,
        }
    }
}

fn within_v4(address: Ipv4Addr, base: Ipv4Addr, length: u32) -> bool {
    within(address.to_bits().into(), base.to_bits().into(), length, 32)
}

fn within_v6(address: Ipv6Addr, base: Ipv6Addr, length: u32) -> bool {
    within(address.to_bits(), base.to_bits(), length, 128)
}

/// Returns whether two addresses of so many bits agree in the first `length` of them.
fn within(address: u128, base: u128, length: u32, bits: u32) -> bool {
    (address ^ base).checked_shr(bits - length).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn addresses_of_the_own_network_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001:0:1::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(!is_public(address(text)), "{text}");
        }
    }

    #[test]
    fn other_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.0.0.1",
            "128.0.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "2a00:1450::1",
        ] {
            assert!(is_public(address(text)), "{text}");
        }
    }

    #[test]
    fn networks_are_read_and_know_their_addresses() {
        let network = Network::parse("10.1.0.0/16").expect("a network");
        assert!(network.contains(address("10.1.255.1")));
        assert!(network.contains(address("::ffff:10.1.0.1")));
        assert!(!network.contains(address("10.2.0.1")));
        assert!(Network::parse("0.0.0.0/0").expect("all").contains(address("1.2.3.4")));
        assert!(Network::parse("::/0").expect("all").contains(address("fd00::1")));
        assert!(Network::parse("127.0.0.1").expect("one").contains(address("127.0.0.1")));
        for junk in
            ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "localhost", "10.0.0.0/"]
        {
            assert_eq!(Network::parse(junk), None, "{junk}");
        }
    }
}
