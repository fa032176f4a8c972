//! Listening over TLS, until the system or the administrator says to stop.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum_server::{Handle, accept::NoDelayAcceptor, tls_rustls::RustlsConfig};
use hyper_util::rt::TokioTimer;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    config::Config,
    housekeeping,
    portal::{Portal, StartError},
    routes,
};

/// TLS handshakes and request heads that take longer are cut off.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Requests under way when the portal is told to stop may end within this.
const GRACE: Duration = Duration::from_secs(10);

/// Why serving ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The portal couldn't be put together.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The address can't be listened on, or the system broke off.
    #[error("listen {address}: {error}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Serves until SIGTERM or SIGINT; SIGHUP has the configured files read again. In the end it lets requests under way end
/// and closes the database.
///
/// # Errors
/// The certificate or key can't be used, or the address can't be listened on.
pub async fn serve(portal: Arc<Portal>) -> Result<(), ServeError> {
    let address = portal.config.listen;
    let failed = |error| ServeError::Listen { address, error };
    let tls = RustlsConfig::from_config(Arc::new(tls(&portal.config)?));
    let hangup = signal(SignalKind::hangup()).map_err(failed)?;
    let handle = Handle::new();
    let mut server = axum_server::bind_rustls(address, tls.clone())
        .map(|acceptor| {
            // Without it a reply waits for the acknowledgement of its own first part: 40 ms each.
            let patient = acceptor.handshake_timeout(HEAD_TIME);
            patient.acceptor(NoDelayAcceptor::new())
        })
        .http1_only()
        .handle(handle.clone());
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME);
    let stop = tokio::spawn(stop_on_signal(handle.clone()));
    let told = tokio::spawn(tell_when_listening(
        handle,
        portal.config.origin.to_string(),
    ));
    let reloading = tokio::spawn(reload_on_signal(hangup, Arc::clone(&portal), tls));
    let cleaning = tokio::spawn(housekeeping::run(Arc::clone(&portal)));
    let service =
        routes::router(Arc::clone(&portal)).into_make_service_with_connect_info::<SocketAddr>();
    let served = server.serve(service).await.map_err(failed);
    for task in [stop, told, reloading, cleaning] {
        task.abort();
    }
    portal.store().close().await;
    tracing::info!("stopped");
    served
}

/// TLS 1.2 and 1.3 with the configured certificate, HTTP/1.1.
pub(crate) fn tls(config: &Config) -> Result<ServerConfig, StartError> {
    let wrong_certificate = |error: String| StartError::Tls {
        field: "tls-certificate",
        reason: error,
    };
    let wrong_key = |error: String| StartError::Tls {
        field: "tls-key",
        reason: error,
    };
    let chain = CertificateDer::pem_file_iter(&config.tls_certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong_certificate(error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong_certificate(
            "the file holds no certificate".to_owned(),
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&config.tls_key)
        .map_err(|error| wrong_key(error.to_string()))?;
    let mut tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong_certificate(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong_key(error.to_string()))?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

async fn tell_when_listening(handle: Handle<SocketAddr>, origin: String) {
    if let Some(address) = handle.listening().await {
        tracing::info!(%address, origin, "listening");
    }
}

/// Reads the trust file or bundle, the units, the revocation lists and the TLS certificate again at each SIGHUP: all of them, or
/// none where one can't be taken.
async fn reload_on_signal(mut hangup: Signal, portal: Arc<Portal>, serving: RustlsConfig) {
    while hangup.recv().await.is_some() {
        match read_again(&portal).await {
            Ok(fresh) => {
                serving.reload_from_config(Arc::new(fresh));
                tracing::info!("reloaded");
            }
            Err(error) => tracing::error!(%error, "nothing reloaded"),
        }
    }
}

async fn read_again(portal: &Arc<Portal>) -> Result<ServerConfig, StartError> {
    let config = portal.config.clone();
    let fresh = tokio::task::spawn_blocking(move || tls(&config));
    let fresh = fresh.await.map_err(|_| StartError::CutOff)??;
    portal.reload().await?;
    Ok(fresh)
}

async fn stop_on_signal(handle: Handle<SocketAddr>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        tracing::error!("signals can't be listened for");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    handle.graceful_shutdown(Some(GRACE));
}
