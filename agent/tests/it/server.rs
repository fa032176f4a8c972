//! A TLS server that says exactly what a test wants said, right or wrong, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use kyso_support::Server as Identity;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What came in: the request's head and body.
pub(crate) type Requests = Arc<Mutex<Vec<String>>>;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Requests,
}

/// What is answered to a request; nothing at all where that is empty.
pub(crate) type Rule = Arc<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

impl Server {
    /// Answers every connection with the same bytes.
    pub(crate) fn start(identity: &Identity, reply: Vec<u8>) -> Self {
        Self::answering(identity, Arc::new(move |_: &str| reply.clone()))
    }

    /// Answers each request by rule.
    pub(crate) fn answering(identity: &Identity, rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let (config, requests) = (config(identity), Requests::default());
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, rule) = (Arc::clone(&config), Arc::clone(&rule));
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || serve(stream, config, &rule, &seen));
            }
        });
        Self { address, requests }
    }
}

fn config(identity: &Identity) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_slice_iter(identity.chain_pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).expect("PEM");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions");
    Arc::new(
        builder
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate"),
    )
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, rule: &Rule, seen: &Requests) {
    let connection = ServerConnection::new(config).expect("a connection");
    let mut tls = StreamOwned::new(connection, stream);
    // A client that doesn't trust the certificate goes away.
    let Some(request) = read(&mut tls) else {
        return;
    };
    let reply = rule(&request);
    seen.lock().expect("no test panicked with it").push(request);
    if reply.is_empty() {
        // Says nothing until the client gives up.
        let _ = tls.read(&mut [0]);
        return;
    }
    let _ = tls.write_all(&reply);
    tls.conn.send_close_notify();
    let _ = tls.flush();
}

fn read(tls: &mut StreamOwned<ServerConnection, TcpStream>) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0_u8];
    while !complete(&request) {
        if tls.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.extend(byte);
    }
    String::from_utf8(request).ok()
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")
            .map(str::to_owned)
    });
    body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
}
