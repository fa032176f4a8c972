//! The TLS of requests to portals: the system's trust, and for a listed portal the roots that were listed with it.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls_platform_verifier::Verifier;

use crate::settings::ListedPortal;

/// TLS 1.2 and 1.3, no client certificate, no resumption between asks.
///
/// # Errors
/// The system has no trust store and nothing was listed either, or a listed root is no certificate.
pub(crate) fn client_config(listed: Option<&ListedPortal>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(listed, Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

fn verifier(
    listed: Option<&ListedPortal>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    let roots: Vec<_> = listed
        .into_iter()
        .flat_map(|portal| &portal.tls_roots)
        .map(|root| root.der().to_vec().into())
        .collect();
    if roots.is_empty() {
        Ok(Arc::new(Verifier::new(provider)?))
    } else {
        Ok(Arc::new(Verifier::new_with_extra_roots(roots, provider)?))
    }
}
