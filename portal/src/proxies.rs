//! Who stands behind a reverse proxy: `X-Forwarded-For` is believed from the proxies that the configuration names, and
//! only as far as they wrote it. Anybody can send that header.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use crate::portal::Portal;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The addresses and networks of the operator's own reverse proxies.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

/// Why a list of proxies was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Neither an address nor a network.
    #[error("write addresses and networks, as 192.0.2.1 or 10.0.0.0/8; not {0:?}")]
    NoNetwork(String),
    /// A network that holds every address: everyone's word would be believed.
    #[error("{0} holds every address")]
    Everyone(String),
}

/// The address that a request comes from, as far as it can be believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whence(pub(crate) IpAddr);

impl Proxies {
    /// Reads addresses (`192.0.2.1`, `2001:db8::1`) and networks (`10.0.0.0/8`).
    ///
    /// # Errors
    /// The first entry that is neither, or holds everyone.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, ProxyError> {
        entries
            .into_iter()
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The last hop that none of the proxies is, counted from the connection; a hop that can't be read ends the count.
    fn visitor(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut believed = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        while self.are(believed) {
            match hops.next().and_then(hop) {
                Some(before) => believed = before,
                None => break,
            }
        }
        believed
    }

    fn are(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(entry: &str) -> Result<IpNet, ProxyError> {
    let address = entry.parse().map(|address: IpAddr| address.to_canonical());
    let network = address
        .map(IpNet::from)
        .or_else(|_| entry.parse::<IpNet>())
        .map_err(|_| ProxyError::NoNetwork(entry.to_owned()))?;
    if network.prefix_len() == 0 {
        return Err(ProxyError::Everyone(entry.to_owned()));
    }
    Ok(network.trunc())
}

/// One entry of the header: an address, with a port perhaps.
fn hop(bytes: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|inside| inside.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse();
    let address = address.or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Notes for everything after it where the request comes from.
pub(crate) async fn note(
    State(portal): State<Arc<Portal>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(ConnectInfo(peer)) = peer {
        let proxies = &portal.config.trusted_proxies;
        let whence = Whence(proxies.visitor(peer.ip(), request.headers()));
        request.extensions_mut().insert(whence);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(proxies: &[&str], peer: &str, lines: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        let proxies = Proxies::parse(proxies.iter().copied()).unwrap();
        let found = proxies.visitor(peer.parse().unwrap(), &headers);
        assert_eq!(found.to_string(), expected, "{peer} {lines:?}");
    }

    #[test]
    fn believes_nobody_who_is_not_named() {
        check(&[], "192.0.2.1", &["203.0.113.5"], "192.0.2.1");
        check(&["10.0.0.0/8"], "192.0.2.1", &["203.0.113.5"], "192.0.2.1");
    }

    #[test]
    fn takes_the_last_hop_that_no_proxy_is() {
        let ours = ["10.0.0.0/8", "2001:db8::1"];
        check(&ours, "10.0.0.1", &["203.0.113.5"], "203.0.113.5");
        check(
            &ours,
            "10.0.0.1",
            &["198.51.100.9, 203.0.113.5"],
            "203.0.113.5",
        );
        check(&ours, "10.0.0.1", &["203.0.113.5, 10.2.3.4"], "203.0.113.5");
        check(
            &ours,
            "10.0.0.1",
            &["198.51.100.9", "203.0.113.5"],
            "203.0.113.5",
        );
        check(&ours, "2001:db8::1", &["203.0.113.5:4711"], "203.0.113.5");
        check(
            &ours,
            "::ffff:10.0.0.1",
            &["[2001:db8::7]:80"],
            "2001:db8::7",
        );
        check(&ours, "10.0.0.1", &["[2001:db8::7]"], "2001:db8::7");
        check(
            &ours,
            "10.0.0.1",
            &["::ffff:10.0.0.2,::ffff:192.0.2.7"],
            "192.0.2.7",
        );
    }

    #[test]
    fn a_forged_beginning_changes_nothing() {
        let forged = "127.0.0.1, 10.9.9.9, junk, 203.0.113.5";
        check(&["10.0.0.0/8"], "10.0.0.1", &[forged], "203.0.113.5");
    }

    #[test]
    fn a_hop_that_cannot_be_read_ends_the_count() {
        let ours = ["10.0.0.0/8"];
        check(&ours, "10.0.0.1", &[], "10.0.0.1");
        check(&ours, "10.0.0.1", &[""], "10.0.0.1");
        check(&ours, "10.0.0.1", &["203.0.113.5, unknown"], "10.0.0.1");
        check(&ours, "10.0.0.1", &["unknown, 10.0.0.2"], "10.0.0.2");
        check(&ours, "10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
    }

    #[test]
    fn refuses_what_is_no_network_and_what_is_everyone() {
        let refused = |entry: &str| Proxies::parse([entry]).unwrap_err();
        assert_eq!(
            refused("proxy.example"),
            ProxyError::NoNetwork("proxy.example".into())
        );
        assert_eq!(
            refused("10.0.0.0/33"),
            ProxyError::NoNetwork("10.0.0.0/33".into())
        );
        assert_eq!(
            refused("0.0.0.0/0"),
            ProxyError::Everyone("0.0.0.0/0".into())
        );
        assert_eq!(refused("::/0"), ProxyError::Everyone("::/0".into()));
    }
}
