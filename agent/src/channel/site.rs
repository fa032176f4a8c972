//! Requests to one origin: TLS that was verified, an address that may be spoken to, no redirect, limits in bytes and time.
//!
//! The address is checked on the socket that connected. Through a proxy it can't be: there the origin must be public by its
//! name, and where the proxy leads is the word of whoever set it. Listed origins are reached without a proxy.

use std::error::Error as StdError;
use std::net::SocketAddr;

use kyso_protocol::{Origin, is_globally_routable};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};

use super::address::{NotRoutable, Resolver, may_be_public};
use super::deep_link::{BODY_MAX, DEADLINE, PortalError};
use super::{proxy, tls};
use crate::settings::Settings;

/// One origin that may be spoken to.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    client: Client,
    /// The address of whoever answers must be globally routable.
    public: bool,
}

impl Site {
    /// Decides whether an origin may be spoken to, and prepares to.
    pub(crate) fn of(origin: &Origin, settings: &Settings) -> Result<Self, PortalError> {
        let listed = settings.listed(origin);
        if listed.is_none() && !may_be_public(origin) {
            return Err(PortalError::OriginRefused);
        }
        let proxy = match listed {
            Some(_) => None,
            None => proxy::to(origin, &settings.proxy).map_err(|e| setup(&e))?,
        };
        let anywhere = listed.is_some() || proxy.is_some();
        let tls = tls::client_config(listed, settings.pins(origin));
        let tls = tls.map_err(|e| PortalError::TlsSetup(e.to_string()))?;
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Resolver::new(anywhere))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            // Between ask and answer stands a person; a connection kept that long is one that breaks.
            .pool_max_idle_per_host(0)
            .https_only(true)
            .timeout(DEADLINE)
            .user_agent(concat!("kyso/", env!("CARGO_PKG_VERSION")));
        let builder = match proxy {
            Some(proxy) => builder.proxy(proxy),
            None => builder,
        };
        Ok(Self {
            client: builder.build().map_err(|e| setup(&e))?,
            public: !anywhere,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends one request; the reply is of the right address, nothing more is known of it.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, PortalError> {
        let response = request.send().await.map_err(|e| classify(&e))?;
        self.check_socket(response.remote_addr())?;
        Ok(response)
    }

    /// The body of a page of this origin.
    pub(crate) async fn get(&self, address: &str) -> Result<Vec<u8>, PortalError> {
        let response = self.send(self.client.get(address)).await?;
        match response.status() {
            StatusCode::OK => body(response).await,
            status if status.is_redirection() => Err(PortalError::Redirected),
            status => Err(PortalError::Status(status.as_u16())),
        }
    }

    // The resolver has dropped such addresses already; this holds whatever connected.
    fn check_socket(&self, peer: Option<SocketAddr>) -> Result<(), PortalError> {
        let routable = peer.is_some_and(|peer| is_globally_routable(peer.ip()));
        if !self.public || routable {
            Ok(())
        } else {
            Err(PortalError::AddressRefused)
        }
    }
}

/// At most [`BODY_MAX`] bytes.
pub(crate) async fn body(mut response: Response) -> Result<Vec<u8>, PortalError> {
    if response
        .content_length()
        .is_some_and(|length| length > BODY_MAX as u64)
    {
        return Err(PortalError::TooLong);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| classify(&e))? {
        if body.len() + chunk.len() > BODY_MAX {
            return Err(PortalError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn setup(error: &reqwest::Error) -> PortalError {
    PortalError::TlsSetup(chain(error))
}

fn classify(error: &reqwest::Error) -> PortalError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.is::<NotRoutable>() {
            return PortalError::AddressRefused;
        }
        if let Some(tls) = tls_error(current) {
            return PortalError::Tls(tls.to_string());
        }
        cause = current.source();
    }
    if error.is_timeout() {
        PortalError::TimedOut
    } else {
        PortalError::Unreachable(chain(error))
    }
}

/// An `io::Error` doesn't give the error that it was made of as its source, and may be made of another.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    let inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_error(inner)
}

/// The error and its causes, without the address: it holds the ask's id.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&current.to_string());
        cause = current.source();
    }
    text
}
