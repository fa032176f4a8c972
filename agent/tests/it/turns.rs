//! What several processes of one person share: the turn to fetch, and the history.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kyso_agent::channel::fetches::{Fetches, TooSoon};
use kyso_agent::journal::Journal;
use kyso_agent::settings::Settings;
use time::OffsetDateTime;

use crate::fetch::{HOST, world};
use crate::program::{command, path};
use crate::server::Server;

const LINK_ID: &str = "AAECAwQFBgcICQoLDA0ODw";

/// A portal that knows no ask, and a person's folders.
struct Place {
    folder: tempfile::TempDir,
    server: Server,
}

impl Place {
    fn new(reply: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(&world().identity, reply);
        let root = folder.path().join("root.der");
        std::fs::write(&root, world().pki.tls.certificate().der()).expect("written");
        let settings = format!(
            "only-these-modules = true\n[[portal]]\norigin = \"https://{HOST}:{}\"\ntls-root = \"root.der\"\n",
            server.address.port()
        );
        std::fs::write(folder.path().join("kyso.toml"), settings).expect("written");
        Self { folder, server }
    }

    fn sign_in(&self) -> Command {
        let link = format!("kyso:1/{HOST}:{}/{LINK_ID}", self.server.address.port());
        let config = self.folder.path().join("kyso.toml");
        let mut command = command(&[
            "--json",
            "--config",
            path(&config),
            "sign-in",
            &link,
            "--yes",
        ]);
        command
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("XDG_STATE_HOME", self.folder.path().join("state"));
        command
    }

    fn code(&self) -> String {
        let output = self.sign_in().output().expect("kyso was built");
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let code = value.get("code").and_then(serde_json::Value::as_str);
        code.expect("a code").to_owned()
    }

    fn requests(&self) -> usize {
        self.server
            .requests
            .lock()
            .expect("no test panicked with it")
            .len()
    }

    fn fetches(&self) -> Fetches {
        Fetches::of(&Settings {
            runtime_folder: Some(self.folder.path().join("kyso")),
            ..Settings::default()
        })
    }
}

fn unknown() -> Vec<u8> {
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
}

#[test]
fn the_seventh_process_within_a_minute_asks_nobody() {
    let place = Place::new(unknown());
    for _ in 0..6 {
        assert_eq!(place.code(), "ASK-INVALID");
    }
    assert_eq!(place.code(), "TOO-MANY");
    assert_eq!(place.requests(), 6);
    let file = std::fs::metadata(place.folder.path().join("kyso/fetches")).expect("a file");
    assert_eq!(file.mode() & 0o777, 0o600);
}

#[test]
fn a_process_waits_while_another_one_fetches() {
    let place = Place::new(unknown());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let turn = runtime
        .block_on(place.fetches().turn(OffsetDateTime::now_utc))
        .expect("free");
    let mut waiting = place
        .sign_in()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("kyso was built");
    let file = place.folder.path().join("kyso/fetches");
    if wait_for_lock(&mut waiting, &file) {
        assert_eq!(place.requests(), 0);
        drop(turn);
        waiting.wait().expect("it ends");
        assert_eq!(place.requests(), 1);
    } else {
        panic!("it did not wait");
    }
}

/// Until the system lists a process that waits for this file, or the child has ended.
fn wait_for_lock(child: &mut Child, file: &Path) -> bool {
    let inode = format!(":{} ", std::fs::metadata(file).expect("a file").ino());
    loop {
        let locks = std::fs::read_to_string("/proc/locks").expect("locks");
        if locks
            .lines()
            .any(|line| line.contains("-> ") && line.contains(&inode))
        {
            return true;
        }
        if child.try_wait().expect("a child").is_some() {
            return false;
        }
        std::thread::yield_now();
    }
}

#[test]
fn nothing_is_fetched_where_the_count_cannot_be_kept() {
    let place = Place::new(unknown());
    std::fs::write(place.folder.path().join("kyso"), "in the way").expect("written");
    assert_eq!(place.code(), "INTERNAL");
    assert_eq!(place.requests(), 0);
    let got = place.fetches();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let got = runtime
        .expect("a runtime")
        .block_on(got.turn(OffsetDateTime::now_utc));
    assert_eq!(got.map(drop), Err(TooSoon::Uncounted));
}

#[test]
fn a_request_that_was_never_shown_leaves_no_entry() {
    let place = Place::new(unknown());
    assert_eq!(place.code(), "ASK-INVALID");
    let settings = Settings {
        state_folder: Some(place.folder.path().join("state/kyso")),
        ..Settings::default()
    };
    assert_eq!(Journal::of(&settings).read().expect("readable").lines, 0);
}
