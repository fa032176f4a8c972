//! The TLS of requests to portals: the system's trust, for a listed portal the roots that were listed with it, and of a
//! pinned one no key but its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;

use super::pinned::Pinned;
use crate::settings::ListedPortal;
use crate::settings::policy::Pin;

/// TLS 1.2 and 1.3, no client certificate, no resumption between asks.
///
/// # Errors
/// The system has no trust store and nothing was listed either, or a listed root is no certificate.
pub(crate) fn client_config(
    listed: Option<&ListedPortal>,
    pins: Option<&[Pin]>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Pinned::over(verifier(listed, Arc::clone(&provider))?, pins);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// For so long the system's trust is not read again: it takes milliseconds, and a program may run many logins.
const FRESH: Duration = Duration::from_secs(60);

/// A verifier, with the roots that it was made of beside the system's, and when.
struct Made {
    roots: Vec<CertificateDer<'static>>,
    at: Instant,
    verifier: Arc<dyn ServerCertVerifier>,
}

static MADE: Mutex<Vec<Made>> = Mutex::new(Vec::new());

fn verifier(
    listed: Option<&ListedPortal>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    let roots: Vec<_> = listed
        .into_iter()
        .flat_map(|portal| &portal.tls_roots)
        .map(|root| root.der().to_vec().into())
        .collect();
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.retain(|made| made.at.elapsed() < FRESH);
    if let Some(known) = made.iter().find(|made| made.roots == roots) {
        return Ok(Arc::clone(&known.verifier));
    }
    let verifier: Arc<dyn ServerCertVerifier> = if roots.is_empty() {
        Arc::new(Verifier::new(provider)?)
    } else {
        Arc::new(Verifier::new_with_extra_roots(roots.clone(), provider)?)
    };
    made.push(Made {
        roots,
        at: Instant::now(),
        verifier: Arc::clone(&verifier),
    });
    Ok(verifier)
}
