//! Requests for evidence: plain HTTP as CAs publish it, bounded in size and time, to public addresses only. What comes
//! back is signed and judged; who carried it doesn't matter.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kyso_protocol::is_globally_routable;
use reqwest::{
    Client, Request, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, CONTENT_TYPE},
    redirect,
};
use time::{Duration as Span, OffsetDateTime};

use super::EvidenceError;

/// The longest OCSP response that is read, in bytes.
const OCSP_MAX: usize = 64 * 1024;
/// The longest list that is read, in bytes.
const CRL_MAX: usize = 32 * 1024 * 1024;
/// How long a responder may take; a list is then still to be had.
pub(super) const OCSP_PATIENCE: Duration = Duration::from_millis(1500);
pub(super) const CRL_PATIENCE: Duration = Duration::from_millis(2000);
/// How long a list may take for which nobody waits.
const LEISURE: Duration = Duration::from_secs(60);
/// A host that did not answer is left alone for so long, so that the next person doesn't wait for it as well.
const REST: Span = Span::seconds(30);

/// Hosts (`crl.ca.example:8080`, or without a port for every port) that may lie in the operator's own network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    /// Takes names and addresses with or without a port.
    ///
    /// # Errors
    /// The first entry that is neither.
    pub(crate) fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let host = |entry: &str| {
            let url = Url::parse(&format!("http://{entry}/")).ok();
            let plain = url.is_some_and(|url| url.path() == "/" && url.username().is_empty());
            plain.then(|| entry.to_ascii_lowercase()).ok_or_else(|| {
                format!("write hosts, as crl.example or 10.0.0.5:8080; not {entry:?}")
            })
        };
        entries
            .into_iter()
            .map(host)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn holds(&self, host: &str, port: u16) -> bool {
        let whole = format!("{host}:{port}");
        self.0.iter().any(|entry| *entry == host || *entry == whole)
    }
}

/// Why a request brought nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no address that may be asked")]
    Address,
    #[error("it did not answer a moment ago")]
    Resting,
    #[error("not reached")]
    Unreachable,
    #[error("no reply in time")]
    TimedOut,
    #[error("status {0}")]
    Status(u16),
    #[error("longer than {0} bytes")]
    TooLong(usize),
}

/// Fetches evidence.
pub(super) struct Fetcher {
    public: Client,
    listed: Client,
    hosts: Hosts,
    resting: Mutex<HashMap<String, OffsetDateTime>>,
}

impl Fetcher {
    /// # Errors
    /// TLS cannot be set up.
    pub(super) fn new(hosts: Hosts) -> Result<Self, EvidenceError> {
        Ok(Self {
            public: client(true)?,
            listed: client(false)?,
            hosts,
            resting: Mutex::default(),
        })
    }

    /// An OCSP response to `request` (RFC 6960, appendix A.1).
    pub(super) async fn ocsp(
        &self,
        address: &str,
        request: Vec<u8>,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, FetchError> {
        let (client, url) = self.road(address)?;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/ocsp-request")
            .header(ACCEPT, "application/ocsp-response")
            .body(request)
            .timeout(OCSP_PATIENCE);
        self.send(client, request.build(), OCSP_MAX, now).await
    }

    /// A revocation list, DER or PEM.
    pub(super) async fn crl(
        &self,
        address: &str,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, FetchError> {
        let (client, url) = self.road(address)?;
        let request = client.get(url).timeout(CRL_PATIENCE);
        self.send(client, request.build(), CRL_MAX, now).await
    }

    /// A revocation list for which nobody waits.
    pub(super) async fn crl_at_leisure(&self, address: &str) -> Result<Vec<u8>, FetchError> {
        let (client, url) = self.road(address)?;
        let request = client.get(url).timeout(LEISURE).build();
        read(client, request.map_err(|_| FetchError::Address)?, CRL_MAX).await
    }

    /// The client that may meet the address's host. A name's addresses are looked at when it is resolved.
    fn road(&self, address: &str) -> Result<(&Client, Url), FetchError> {
        let url = Url::parse(address).map_err(|_| FetchError::Address)?;
        // Evidence is signed and public; over TLS its own server's certificate would want evidence first (RFC 5280, 8).
        if url.scheme() != "http" {
            return Err(FetchError::Address);
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(FetchError::Address);
        };
        if self.hosts.holds(host, port) {
            return Ok((&self.listed, url));
        }
        let literal = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        match literal {
            Ok(ip) if !is_globally_routable(ip) => Err(FetchError::Address),
            _ if !url.username().is_empty() => Err(FetchError::Address),
            _ => Ok((&self.public, url)),
        }
    }

    async fn send(
        &self,
        client: &Client,
        request: reqwest::Result<Request>,
        longest: usize,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, FetchError> {
        let request = request.map_err(|_| FetchError::Address)?;
        // A list that is too long for the time says nothing of a responder on the same host.
        let asked = format!("{} {}", request.method(), request.url().authority());
        if self.rests(&asked, now) {
            return Err(FetchError::Resting);
        }
        let outcome = read(client, request, longest).await;
        if matches!(outcome, Err(FetchError::TimedOut | FetchError::Unreachable)) {
            self.resting().insert(asked, now + REST);
        }
        outcome
    }

    fn rests(&self, asked: &str, now: OffsetDateTime) -> bool {
        let mut resting = self.resting();
        resting.retain(|_, until| *until > now);
        resting.contains_key(asked)
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, HashMap<String, OffsetDateTime>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(client: &Client, request: Request, longest: usize) -> Result<Vec<u8>, FetchError> {
    let mut response = client.execute(request).await.map_err(|e| cause(&e))?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| cause(&e))? {
        if body.len() + chunk.len() > longest {
            return Err(FetchError::TooLong(longest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn cause(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::TimedOut
    } else {
        FetchError::Unreachable
    }
}

fn client(public_only: bool) -> Result<Client, EvidenceError> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    // No address is met over TLS, but the client wants to be told how.
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| EvidenceError::set_up(&error))?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Resolver { public_only })
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(OCSP_PATIENCE)
        .user_agent(concat!("kyso-portal/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| EvidenceError::set_up(&error))
}

/// The system's names; of a host that nobody listed, only the addresses on the public network.
#[derive(Debug, Clone, Copy)]
struct Resolver {
    public_only: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, public_only) = (name.as_str().to_owned(), self.public_only);
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            let usable = found.filter(|at| !public_only || is_globally_routable(at.ip()));
            let usable: Vec<SocketAddr> = usable.collect();
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_no_address_inside_the_operators_network_unless_it_is_listed() {
        let hosts = Hosts::parse(["127.0.0.1:8080", "crl.internal"]).unwrap();
        let fetcher = Fetcher::new(hosts).unwrap();
        let check = |address: &str, expected| {
            assert_eq!(fetcher.road(address).is_ok(), expected, "{address}");
        };
        check("http://127.0.0.1:8080/a.crl", true);
        check("http://127.0.0.1:8081/a.crl", false);
        check("http://crl.internal/a.crl", true);
        check("http://10.0.0.1/a.crl", false);
        check("http://[::1]/a.crl", false);
        check("http://0x7f.1/a.crl", false);
        check("http://169.254.169.254/latest", false);
        check("http://user@crl.example/a.crl", false);
        check("http://crl.example/a.crl", true);
        check("https://crl.example/a.crl", false);
    }

    #[tokio::test]
    async fn a_name_inside_the_network_is_not_connected_to() {
        let fetcher = Fetcher::new(Hosts::default()).unwrap();
        let refused = fetcher.crl("http://localhost:9/a.crl", OffsetDateTime::UNIX_EPOCH);
        assert!(matches!(refused.await, Err(FetchError::Unreachable)));
    }

    #[tokio::test]
    async fn a_host_whose_list_does_not_come_is_still_asked_for_a_response() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let fetcher = Fetcher::new(Hosts::parse(["127.0.0.1"]).unwrap()).unwrap();
        let now = OffsetDateTime::UNIX_EPOCH;
        let list = fetcher.crl(&address, now).await;
        assert!(matches!(list, Err(FetchError::TimedOut)));
        let again = fetcher.crl(&address, now).await;
        assert!(matches!(again, Err(FetchError::Resting)));
        let response = fetcher.ocsp(&address, vec![0], now).await;
        assert!(matches!(response, Err(FetchError::TimedOut)));
    }

    #[test]
    fn a_list_of_hosts_holds_hosts() {
        for wrong in ["", "a/b", "http://a", "a b"] {
            assert!(Hosts::parse([wrong]).is_err(), "{wrong:?}");
        }
    }
}
