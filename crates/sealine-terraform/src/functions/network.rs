//! Functions of network addresses.
//!
//! Invariant: an address outside its network, or a prefix that does not fit, gives nothing.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Arguments;
use crate::data::Data;

/// A network: the bits of its first address, how many of them are its prefix, how many there are.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    prefix: u32,
    width: u32,
}

/// Calls a function of addresses; nothing when it is another function or not known.
pub(super) fn call(name: &str, arguments: &Arguments) -> Option<Data> {
    let network = || Network::parse(&arguments.known(0)?);
    let number = |index: usize| whole(arguments.number(index)?);
    match name {
        "cidrhost" => network()?.host(number(1)?).map(Data::text),
        "cidrnetmask" => network()?.mask().map(Data::text),
        "cidrsubnet" => {
            let (bits, index) = (u32::try_from(number(1)?).ok()?, u128::try_from(number(2)?).ok()?);
            network()?.subnet(bits, index).map(|network| Data::text(network.text()))
        }
        "cidrsubnets" => {
            let network = network()?;
            let bits: Option<Vec<u32>> = (1..arguments.values.len())
                .map(|index| u32::try_from(number(index)?).ok())
                .collect();
            let subnets = network.subnets(&bits.filter(|_| !arguments.open)?)?;
            let texts = subnets.into_iter().map(|network| Data::text(network.text()));
            Some(Data::list(texts.collect()))
        }
        _ => None,
    }
}

/// Returns a whole number, as long as a number of Terraform is exact.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (bits, width) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= width)?;
        let below = Self { address: 0, prefix, width }.below();
        Some(Self { address: bits & !below, prefix, width })
    }

    /// Returns the bits below the prefix, all set.
    fn below(self) -> u128 {
        match self.width - self.prefix {
            128 => u128::MAX,
            bits => (1 << bits) - 1,
        }
    }

    fn host(self, number: i64) -> Option<String> {
        let below = self.below();
        let distance = u128::from(number.unsigned_abs());
        let host = if number < 0 { below.checked_sub(distance - 1)? } else { distance };
        (host <= below).then(|| show(self.address | host, self.width))
    }

    fn mask(self) -> Option<String> {
        let all = u128::from(u32::MAX);
        (self.width == 32).then(|| show(all & !self.below(), self.width))
    }

    fn subnet(self, bits: u32, index: u128) -> Option<Self> {
        let prefix = self.prefix.checked_add(bits).filter(|prefix| *prefix <= self.width)?;
        let fits = bits >= 128 || index >> bits == 0;
        let shifted = if index == 0 { 0 } else { index.checked_shl(self.width - prefix)? };
        fits.then_some(Self { address: self.address | shifted, prefix, ..self })
    }

    /// Returns subnets that follow each other, each at the next address that suits its size.
    fn subnets(self, bits: &[u32]) -> Option<Vec<Self>> {
        let mut next = Some(self.address);
        let mut found = Vec::new();
        for bits in bits {
            let first = self.subnet(*bits, 0)?;
            let below = first.below();
            let start = next?;
            let address =
                if start & below == 0 { start } else { (start | below).checked_add(1)? };
            if address & !self.below() != self.address {
                return None;
            }
            next = (address | below).checked_add(1);
            found.push(Self { address, ..first });
        }
        Some(found)
    }

    fn text(self) -> String {
        format!("{}/{}", show(self.address, self.width), self.prefix)
    }
}

fn show(address: u128, width: u32) -> String {
    match u32::try_from(address) {
        Ok(bits) if width == 32 => Ipv4Addr::from_bits(bits).to_string(),
        _ => Ipv6Addr::from_bits(address).to_string(),
    }
}
