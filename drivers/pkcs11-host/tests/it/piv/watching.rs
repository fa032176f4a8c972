//! Readers, cards and modules watched, with cards that come and go in the virtual reader.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use kyso_pkcs11::{Change, Happening, Tokens, Watch, Watched};
use kyso_support::{Card, Key, KeyKind, PATIENCE, VirtualReader, until};

use super::cards::card;
use super::reader::Reader;
use crate::matrix::spy;
use crate::rig::{Rig, draft, tokens};

/// How often one question calls `C_GetSlotList`: for the length, then for the list.
const CALLS: usize = 2;

const NAME: &str = VirtualReader::NAME;

/// A watch and what it has told.
struct Watching {
    _watch: Watch,
    happenings: Receiver<Happening>,
}

impl Watching {
    fn of(reader: &Reader, modules: Vec<Tokens>) -> Self {
        Self::with(reader.module.environment.clone(), modules)
    }

    fn with(environment: Vec<(String, OsString)>, modules: Vec<Tokens>) -> Self {
        Self::by(env!("CARGO_BIN_EXE_kyso-pkcs11-host"), environment, modules)
    }

    fn by(program: &str, environment: Vec<(String, OsString)>, modules: Vec<Tokens>) -> Self {
        let (watch, happenings) = Watch::start(Watched {
            host_program: program.into(),
            environment,
            modules: modules.into_iter().map(Arc::new).collect(),
            clock: SystemTime::now,
        });
        Self {
            _watch: watch,
            happenings,
        }
    }

    /// Waits for a change that prints like this; the others are passed over.
    fn wait(&self, wanted: &str) {
        let begun = Instant::now();
        let mut others = Vec::new();
        while let Ok(happening) = self.happenings.recv_timeout(PATIENCE - begun.elapsed()) {
            let told = say(&happening.change);
            if told == wanted {
                return;
            }
            others.push(told);
        }
        panic!("waited in vain for {wanted}; there came {others:?}");
    }

    /// In whatever order they come.
    fn wait_for_all(&self, wanted: &[&str]) {
        let mut left = wanted.to_vec();
        while !left.is_empty() {
            let told = say(&self.happenings.recv_timeout(PATIENCE).unwrap().change);
            left.retain(|wanted| *wanted != told);
        }
    }

    fn wait_for_reader(&self) {
        self.wait(&format!("ReaderAdded({NAME:?})"));
    }
}

/// A module by the labels of its certificates; everything else as it prints.
fn say(change: &Change) -> String {
    match change {
        Change::Module { module, slots } => {
            let tokens = slots.iter().filter_map(|slot| slot.token.as_ref().ok());
            let count = tokens.map(|token| token.certificates.len()).sum::<usize>();
            format!("{module}: {count}")
        }
        other => format!("{other:?}"),
    }
}

fn inserted() -> String {
    format!("CardInserted({NAME:?})")
}

fn removed() -> String {
    format!("CardRemoved({NAME:?})")
}

#[test]
fn a_card_is_seen_within_a_second_to_come_and_to_go() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let watching = Watching::of(&reader, Vec::new());
    watching.wait_for_reader();
    let mut card = card();
    let mut seen = Vec::new();
    // The machine may be busy with something else once or twice.
    for _ in 0..3 {
        let begun = Instant::now();
        let connected = reader.device.insert(card).unwrap();
        watching.wait(&inserted());
        let came = begun.elapsed();
        let begun = Instant::now();
        card = connected.pull().unwrap();
        watching.wait(&removed());
        seen.push(came.max(begun.elapsed()));
    }
    assert!(
        seen.iter().min() < Some(&Duration::from_secs(1)),
        "{seen:?}"
    );
}

#[test]
fn identities_follow_the_card() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let watching = Watching::of(&reader, vec![tokens(vec![reader.module.clone()])]);
    watching.wait_for_reader();
    let connected = reader.device.insert(card()).unwrap();
    watching.wait("opensc: 2");
    let card: Card = connected.pull().unwrap();
    watching.wait("opensc: 0");
    let _connected = reader.device.insert(card).unwrap();
    watching.wait("opensc: 2");
}

#[test]
fn the_service_may_die_and_come_back() {
    let Some(mut reader) = Reader::start() else {
        return;
    };
    let watching = Watching::of(&reader, Vec::new());
    watching.wait_for_reader();
    reader.device.stop();
    watching.wait(&format!("ReaderRemoved({NAME:?})"));
    reader.device.restart().unwrap();
    watching.wait("ServiceFound");
    watching.wait_for_reader();
    let _connected = reader.device.insert(card()).unwrap();
    watching.wait(&inserted());
}

#[test]
fn the_service_may_be_absent() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("nobody").into_os_string();
    let environment = vec![("PCSCLITE_CSOCK_NAME".to_owned(), socket)];
    Watching::with(environment, Vec::new()).wait("ServiceLost");
}

#[test]
fn modules_are_asked_even_where_readers_cannot_be_watched() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    for program in ["/nowhere/host", "/bin/uname"] {
        let watching = Watching::by(program, Vec::new(), vec![rig.open()]);
        watching.wait_for_all(&["ServiceLost", "soft: 1"]);
    }
}

#[test]
fn what_a_module_without_readers_lists_anew_is_seen() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let watching = Watching::by("/nowhere/host", Vec::new(), vec![rig.open()]);
    watching.wait("soft: 1");
    let key = Key::pooled(KeyKind::P256, 2).unwrap();
    let certificate = rig.authority.issue(&draft("thêm", &key)).unwrap();
    rig.tokens[0].import(2, "thêm", &key, &certificate).unwrap();
    watching.wait("soft: 2");
}

#[test]
fn only_modules_without_readers_are_asked_again_and_not_too_often() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let spied = |module, name| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        spy::between(&module, &folder).unwrap()
    };
    let (on_readers, its_log) = spied(reader.module.clone(), "opensc");
    let (other, log) = spied(rig.module(), "soft");
    let asked = |log: &spy::Log| log.calls("C_GetSlotList");
    let modules = vec![tokens(vec![on_readers]), tokens(vec![other])];
    let watching = Watching::of(&reader, modules);
    watching.wait("soft: 1");
    // The reader was new to both, on whose account they may still be asked.
    let stays_unasked = || {
        let (before, its_before) = (asked(&log), asked(&its_log));
        let begun = Instant::now();
        until("three further questions", || {
            asked(&log) >= before + 3 * CALLS
        })
        .unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(4));
        asked(&its_log) == its_before
    };
    assert!((0..3).any(|_| stays_unasked()));
}

#[test]
fn a_watch_ends_when_it_is_dropped() {
    let Some(reader) = Reader::start() else {
        return;
    };
    let Watching {
        _watch: watch,
        happenings,
    } = Watching::of(&reader, Vec::new());
    let (ended, end) = channel();
    std::thread::spawn(move || {
        while happenings.recv().is_ok() {}
        ended.send(()).unwrap();
    });
    let begun = Instant::now();
    drop(watch);
    end.recv_timeout(PATIENCE).unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
}
