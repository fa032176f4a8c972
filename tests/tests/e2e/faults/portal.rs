//! A portal in this process: serves statements, checks what comes back as a real one does, and tells what came.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use kyso_agent::settings::{ListedPortal, Settings};
use kyso_certs::Certificate;
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{
    Algorithm, Answer, AnswerReply, AskId, Handle, Link, Origin, Outcome, Purpose, ReturnCode,
    STATEMENT_MEDIA_TYPE, Statement, StatementBytes,
};
use kyso_support::{Authority, Draft, Key, KeyKind, Ku, Name, eku};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use time::{Duration, OffsetDateTime};

const HOST: &str = "thu.localhost";
const ALGORITHMS: [Algorithm; 3] = [Algorithm::ES256, Algorithm::PS256, Algorithm::RS256];

/// What became of an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// A token whose signature is right.
    Signature,
    /// A token whose signature is wrong.
    WrongSignature,
    /// A refusal.
    Refusal,
}

/// The portal; its threads end with the process.
pub(crate) struct Portal {
    origin: Origin,
    root: Certificate,
    asks: Asks,
    gate: Arc<Gate>,
}

/// Closed where somebody is to be told of answers.
#[derive(Default)]
struct Gate {
    state: Mutex<Option<Sender<()>>>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self) {
        let state = self.state.lock().unwrap();
        if let Some(arrived) = &*state {
            arrived.send(()).unwrap();
        }
        drop(
            self.opened
                .wait_while(state, |state| state.is_some())
                .unwrap(),
        );
    }
}

type Asks = Arc<Mutex<BTreeMap<AskId, Ask>>>;

struct Ask {
    statement: StatementBytes,
    came: Vec<Came>,
}

impl Portal {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (root, config) = identity();
        let (origin, asks) = (
            Origin::parse(&format!("https://{HOST}:{port}")).unwrap(),
            Asks::default(),
        );
        let gate = Arc::<Gate>::default();
        let road = Road {
            origin: origin.clone(),
            asks: Arc::clone(&asks),
            config,
            gate: Arc::clone(&gate),
        };
        let road = Arc::new(road);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let road = Arc::clone(&road);
                std::thread::spawn(move || road.serve(stream));
            }
        });
        Self {
            origin,
            root,
            asks,
            gate,
        }
    }

    /// The settings of an agent that may speak to this portal.
    pub(crate) fn settings(&self, state: &std::path::Path) -> Settings {
        let portal = ListedPortal {
            origin: self.origin.clone(),
            name: None,
            tls_roots: vec![self.root.clone()],
        };
        Settings {
            portals: vec![portal],
            state_folder: Some(state.to_owned()),
            runtime_folder: Some(state.to_owned()),
            ..Settings::default()
        }
    }

    /// A new ask's link.
    pub(crate) fn ask(&self) -> Link {
        let mut asks = self.asks.lock().unwrap();
        let number = u128::try_from(asks.len()).unwrap();
        let link = Link::new(self.origin.clone(), AskId::from_bytes(number.to_be_bytes()));
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
        let statement = Statement {
            portal: self.origin.clone(),
            purpose: Purpose::Login,
            ask: link.ask(),
            challenge: [3; 32],
            browser: [4; 32],
            issued: now,
            expires: now + Duration::minutes(5),
            subject: None,
            algorithms: ALGORITHMS.to_vec(),
            text: None,
        };
        let statement = statement.to_bytes().unwrap();
        asks.insert(
            link.ask(),
            Ask {
                statement,
                came: Vec::new(),
            },
        );
        link
    }

    /// Keeps every answer without a reply until [`Portal::let_answers_go`]; something comes for each.
    pub(crate) fn hold_answers(&self) -> Receiver<()> {
        let (arrived, arrivals) = channel();
        *self.gate.state.lock().unwrap() = Some(arrived);
        arrivals
    }

    pub(crate) fn let_answers_go(&self) {
        *self.gate.state.lock().unwrap() = None;
        self.gate.opened.notify_all();
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The TLS root.
    pub(crate) fn root(&self) -> &Certificate {
        &self.root
    }

    /// What came as answers to this ask.
    pub(crate) fn came(&self, link: &Link) -> Vec<Came> {
        self.asks.lock().unwrap()[&link.ask()].came.clone()
    }
}

fn identity() -> (Certificate, Arc<ServerConfig>) {
    let now = OffsetDateTime::now_utc();
    let (from, to) = (now - Duration::days(1), now + Duration::days(1));
    let [key, server] = [0, 1].map(|index| Key::pooled(KeyKind::P256, 10 + index).unwrap());
    let root = Authority::root(Name::new().cn("Gốc TLS thử"), key, from, to).unwrap();
    let draft = Draft::new(Name::new().cn(HOST), &server, from, to)
        .basic_constraints(false, None)
        .key_usage(Ku::DigitalSignature)
        .extended_key_usage(&[eku::SERVER_AUTH])
        .dns_names(&[HOST]);
    let chain = vec![CertificateDer::from(
        root.issue(&draft).unwrap().der().to_vec(),
    )];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server.pkcs8_der().to_vec()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (
        Certificate::from_der(root.certificate().der()).unwrap(),
        Arc::new(config),
    )
}

/// What a connection needs.
struct Road {
    origin: Origin,
    asks: Asks,
    config: Arc<ServerConfig>,
    gate: Arc<Gate>,
}

impl Road {
    /// One request a connection.
    fn serve(&self, stream: TcpStream) {
        let connection = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        let mut tls = StreamOwned::new(connection, stream);
        let Some((head, body)) = read(&mut tls) else {
            return;
        };
        let (kind, reply) = self.reply(&head, &body);
        let format = time::macros::format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let date = OffsetDateTime::now_utc().format(format).unwrap();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nDate: {date}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            reply.len()
        );
        let _ = tls.write_all(&[head.as_bytes(), &reply].concat());
        tls.conn.send_close_notify();
        let _ = tls.flush();
    }

    fn reply(&self, head: &str, body: &[u8]) -> (&'static str, Vec<u8>) {
        let path = head.split(' ').nth(1).unwrap();
        if path.ends_with("/answer") {
            self.gate.pass();
        }
        let mut parts = path.split('/').skip_while(|part| *part != "ask").skip(1);
        let id = AskId::parse(parts.next().unwrap()).unwrap();
        let mut asks = self.asks.lock().unwrap();
        let ask = asks.get_mut(&id).unwrap();
        if parts.next() != Some("answer") {
            return (STATEMENT_MEDIA_TYPE, ask.statement.as_slice().to_vec());
        }
        let (came, reply) = self.judge(&ask.statement, Answer::parse(body).unwrap());
        ask.came.push(came);
        ("application/json", reply.to_json().into_bytes())
    }

    fn judge(&self, statement: &StatementBytes, answer: Answer) -> (Came, AnswerReply) {
        let Outcome::Token(token, _) = answer.outcome else {
            return (Came::Refusal, AnswerReply::Ended);
        };
        let expected = Expected {
            origin: &self.origin,
            nonce: &statement.nonce(),
            algorithms: &ALGORITHMS,
        };
        let accepted = AnswerReply::Accepted {
            code: ReturnCode::from_bytes([5; 32]),
            handle: Handle::from_bytes([6; 32]),
        };
        match check::possession(&token, &expected) {
            Ok(_) => (Came::Signature, accepted),
            Err(_) => (Came::WrongSignature, accepted),
        }
    }
}

fn read(tls: &mut StreamOwned<ServerConnection, TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut request, mut some) = (Vec::new(), [0; 4096]);
    loop {
        let count = tls.read(&mut some).ok().filter(|count| *count > 0)?;
        request.extend_from_slice(&some[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        let body = request.split_off(head.len() + 4);
        if body.len() >= length.unwrap_or(0) {
            return Some((head.to_owned(), body));
        }
        request.extend(body);
    }
}
