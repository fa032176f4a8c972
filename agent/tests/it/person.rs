//! A person with a soft token, at a computer whose settings list one portal that takes whatever is signed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use kyso_protocol::{
    Algorithm, AnswerReply, AskId, Handle, Link, Origin, Purpose, ReturnCode, Statement,
};
use kyso_support::{DemoPki, Role, SoftToken, missing};
use serde_json::Value;
use time::OffsetDateTime;

use crate::fetch::{HOST, world};
use crate::program::{command, path};
use crate::server::Server;

pub(crate) const PIN: &str = "24681357";

pub(crate) struct Person {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) server: Server,
    pub(crate) token: SoftToken,
}

/// The program that loads modules; none (said aloud) where it was not built.
pub(crate) fn host_program() -> Option<PathBuf> {
    let host = Path::new(env!("CARGO_BIN_EXE_kyso")).with_file_name("kyso-pkcs11-host");
    if !host.is_file() {
        missing("kyso-pkcs11-host beside kyso (cargo build --workspace --bins)");
        return None;
    }
    Some(host)
}

impl Person {
    /// With the tokens of these roles in one module. None where the machine lacks what it takes.
    pub(crate) fn new(roles: &[Role]) -> Option<Self> {
        Self::at(portal(), roles)
    }

    /// At this portal.
    pub(crate) fn at(server: Server, roles: &[Role]) -> Option<Self> {
        host_program()?;
        let folder = tempfile::tempdir().expect("a folder");
        let pki = &world().pki;
        let token = match tokens(folder.path(), pki, roles) {
            Ok(token) => token,
            Err(error) => {
                missing(&format!("{error:#}"));
                return None;
            }
        };
        let root = folder.path().join("root.der");
        std::fs::write(&root, pki.tls.certificate().der()).expect("written");
        let settings = format!(
            "only-these-modules = true\nbrowser = \"/bin/true\"\nstate-folder = \"state\"\nruntime-folder = \"run\"\n\
             [[module]]\nname = \"SoftHSM2\"\npath = {:?}\n\
             [[portal]]\norigin = \"https://{HOST}:{}\"\ntls-root = \"root.der\"\n",
            path(token.module()),
            server.address.port()
        );
        std::fs::write(folder.path().join("kyso.toml"), settings).expect("written");
        Some(Self {
            folder,
            server,
            token,
        })
    }

    pub(crate) fn kyso(&self, arguments: &[&str]) -> Command {
        let config = self.folder.path().join("kyso.toml");
        let mut all = vec!["--config", path(&config)];
        all.extend(arguments);
        let mut command = command(&all);
        command
            .env("SOFTHSM2_CONF", self.token.configuration())
            .env("TERM", "dumb");
        command
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let output = self.kyso(&all).output().expect("kyso was built");
        let value = serde_json::from_slice(&output.stdout);
        let value = value.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code(), value)
    }

    /// Of the portal's ask.
    pub(crate) fn link(&self) -> Link {
        let origin = format!("https://{HOST}:{}", self.server.address.port());
        let origin = Origin::parse(&origin).expect("an origin");
        Link::new(origin, AskId::from_bytes([9; 16]))
    }

    pub(crate) fn sign_in(&self) -> Command {
        self.kyso(&["sign-in", &self.link().to_string()])
    }

    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.folder.path().join("state").join(name)
    }
}

fn tokens(folder: &Path, pki: &DemoPki, roles: &[Role]) -> anyhow::Result<SoftToken> {
    let mut made = Vec::new();
    for role in roles {
        let token = SoftToken::create(folder, role.word(), PIN)?;
        let subject = pki.subject(*role);
        token.import(1, "key", &subject.key, &subject.certificate)?;
        made.push(token);
    }
    made.pop().ok_or_else(|| anyhow::anyhow!("no role"))
}

/// States the ask that the link names, for its own origin, and takes every answer.
pub(crate) fn portal() -> Server {
    portal_that(accepted)
}

/// The same, with this reply to every answer.
pub(crate) fn portal_that(replies: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Server {
    let port = Arc::new(Mutex::new(0));
    let own = Arc::clone(&port);
    let server = Server::answering(
        &world().identity,
        Arc::new(move |request: &str| {
            let port = own.lock().map_or(0, |port| *port);
            if request.starts_with("GET ") {
                statement(port)
            } else {
                replies()
            }
        }),
    );
    *port.lock().expect("no test panicked with it") = server.address.port();
    server
}

pub(crate) fn accepted() -> Vec<u8> {
    let reply = AnswerReply::Accepted {
        code: ReturnCode::from_bytes([3; 32]),
        handle: Handle::from_bytes([4; 32]),
    };
    reply_with("application/json", reply.to_json().as_bytes())
}

pub(crate) fn statement(port: u16) -> Vec<u8> {
    let now = OffsetDateTime::now_utc()
        .replace_nanosecond(0)
        .expect("whole");
    let statement = Statement {
        portal: Origin::parse(&format!("https://{HOST}:{port}")).expect("an origin"),
        purpose: Purpose::Login,
        ask: AskId::from_bytes([9; 16]),
        challenge: [1; 32],
        browser: [2; 32],
        issued: now,
        expires: now + time::Duration::minutes(5),
        subject: None,
        algorithms: vec![Algorithm::ES256, Algorithm::PS256],
        text: None,
    };
    let bytes = statement.to_bytes().expect("a statement");
    reply_with("application/kyso-statement+json", bytes.as_slice())
}

pub(crate) fn reply_with(media_type: &str, body: &[u8]) -> Vec<u8> {
    let now = OffsetDateTime::now_utc();
    let form = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let date = now.format(&form).expect("a date");
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend_from_slice(body);
    reply
}
