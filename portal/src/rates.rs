//! How much one address may ask of the portal in a minute.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Mutex,
};

use time::OffsetDateTime;

use crate::config::Rates;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Request,
    Ask,
    Answer,
}

/// Addresses remembered at once; beyond it the oldest minute is forgotten as a whole.
const MOST: usize = 100_000;

/// Counts in windows of one minute.
#[derive(Debug)]
pub(crate) struct Limiter {
    rates: Rates,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    minute: i64,
    seen: HashMap<(IpAddr, Kind), u32>,
}

impl Limiter {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            rates,
            counts: Mutex::default(),
        }
    }

    /// Counts one act of `kind` by `address` and says whether it is still within the rate.
    pub(crate) fn admits(&self, address: IpAddr, kind: Kind, now: OffsetDateTime) -> bool {
        let Ok(mut counts) = self.counts.lock() else {
            return false;
        };
        let minute = now.unix_timestamp().div_euclid(60);
        if counts.minute != minute || counts.seen.len() >= MOST {
            *counts = Counts {
                minute,
                seen: HashMap::new(),
            };
        }
        let count = counts.seen.entry((network(address), kind)).or_default();
        *count = count.saturating_add(1);
        *count <= self.most(kind)
    }

    fn most(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Request => self.rates.requests,
            Kind::Ask => self.rates.asks,
            Kind::Answer => self.rates.answers,
        }
    }
}

/// One subscriber has a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_one_address_and_lets_another_go_on() {
        let limiter = Limiter::new(Rates {
            requests: 9,
            asks: 2,
            answers: 9,
        });
        let now = OffsetDateTime::UNIX_EPOCH;
        let one = "2001:db8::1".parse().unwrap();
        let same_network = "2001:db8::2".parse().unwrap();
        let other = "192.0.2.1".parse().unwrap();
        assert!(limiter.admits(one, Kind::Ask, now));
        assert!(limiter.admits(same_network, Kind::Ask, now));
        assert!(!limiter.admits(one, Kind::Ask, now));
        assert!(limiter.admits(one, Kind::Answer, now));
        assert!(limiter.admits(other, Kind::Ask, now));
        assert!(limiter.admits(one, Kind::Ask, now + time::Duration::minutes(1)));
    }
}
