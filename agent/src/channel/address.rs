//! Which hosts and network addresses an unlisted portal may have, and how names are resolved.
//!
//! A deep link comes from any page: without these rules it would make the agent knock at the person's router or at
//! services of this very machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use kyso_protocol::{Origin, is_globally_routable};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// No address of the name may be connected to.
#[derive(Debug, Error)]
#[error("no globally routable address")]
pub struct NotRoutable;

/// Whether an origin that nobody listed may be fetched at all: a DNS name with a dot, port 443.
#[must_use]
pub fn may_be_public(origin: &Origin) -> bool {
    let host = origin.host();
    let last = host.rsplit('.').next().unwrap_or_default();
    // The last label of an IPv4 address, in whichever notation, is a number; of a name it never is (RFC 3696, section 2).
    let number = last.starts_with(|c: char| c.is_ascii_digit());
    origin.port() == 443
        && host.contains('.')
        && !host.starts_with('[')
        && !number
        && last != "localhost"
}

/// Resolves names for requests to portals: `*.localhost` to loopback by itself and only where any address will do; every
/// other name by the system, and where not any will do only the globally routable ones are passed on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolver {
    anywhere: bool,
}

impl Resolver {
    /// For one origin, that is listed as a whole (another port of the same host is another portal), or for a proxy: then
    /// it may be `anywhere`.
    pub(crate) fn new(anywhere: bool) -> Self {
        Self { anywhere }
    }

    async fn addresses(
        self,
        host: String,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let anywhere = self.anywhere;
        if anywhere && (host == "localhost" || host.ends_with(".localhost")) {
            let loopback = [
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(Ipv6Addr::LOCALHOST),
            ];
            return Ok(loopback.map(|ip| SocketAddr::new(ip, 0)).to_vec());
        }
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
        let usable: Vec<_> = found
            .into_iter()
            .filter(|at| anywhere || is_globally_routable(at.ip()))
            .collect();
        if usable.is_empty() {
            Err(NotRoutable.into())
        } else {
            Ok(usable)
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.addresses(name.as_str().to_owned());
        Box::pin(async move { Ok(Box::new(addresses.await?.into_iter()) as Addrs) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlisted_portal_is_a_name_with_a_dot_at_port_443() {
        let check = |origin: &str, expected| {
            assert_eq!(
                Origin::parse(origin).is_ok_and(|o| may_be_public(&o)),
                expected,
                "{origin}"
            );
        };
        check("https://portal.example", true);
        check("https://xn--cng-hoa.example", true);
        check("https://portal.example:8443", false);
        check("https://portal", false);
        check("https://quocgia.localhost", false);
        check("https://127.0.0.1", false);
        check("https://10.1", false);
        check("https://10.0x1", false);
        check("https://[::1]", false);
    }

    #[tokio::test]
    async fn an_unlisted_origin_gets_no_address_of_this_machine() {
        let found = |anywhere: bool, host: &str| Resolver::new(anywhere).addresses(host.to_owned());
        assert!(found(true, "localhost").await.is_ok());
        for host in ["localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let refused = found(false, host).await.expect_err(host);
            assert!(refused.is::<NotRoutable>(), "{host}: {refused}");
        }
    }
}
