//! Every screen as it really comes, in both languages: the files in `screens/fixtures`, which the window's own tests
//! draw. `KYSO_WRITE=1` writes them anew.

pub(crate) mod logins;
pub(crate) mod pages;
pub(crate) mod people;

use std::collections::BTreeSet;
use std::path::Path;

use kyso_screens::{Screen, Shown};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::text::{Language, Text};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);

fn all(text: Text) -> Vec<(&'static str, Screen)> {
    let logins = logins::all()
        .into_iter()
        .map(|(name, view)| (name, crate::screens::of_view(&view, text)));
    let mut all: Vec<_> = logins.collect();
    all.push(("done-no-browser", logins::nowhere(text)));
    all.extend(logins::no_keychain(text));
    all.extend(pages::all(text));
    all
}

/// What differs from one release or machine to the next.
fn settled(screen: Screen) -> Screen {
    let fixed = |report: &str| {
        let machine = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        report
            .replace(env!("CARGO_PKG_VERSION"), "1.0.0")
            .replace(&machine, "linux x86_64")
    };
    match screen {
        Screen::Failed(mut failed) => {
            failed.report = fixed(&failed.report);
            Screen::Failed(failed)
        }
        Screen::About(mut about) => {
            about.version = fixed(&about.version);
            Screen::About(about)
        }
        other => other,
    }
}

#[test]
fn every_screen_is_what_the_windows_tests_draw() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screens/fixtures");
    let write = std::env::var_os("KYSO_WRITE").is_some();
    if write {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("made");
    }
    let mut names = BTreeSet::new();
    for language in [Language::Vi, Language::En] {
        for (name, screen) in all(Text::of(language)) {
            let shown = Shown {
                number: 1,
                language: crate::screens::language(language),
                screen: settled(screen),
            };
            let json = serde_json::to_string_pretty(&shown).expect("JSON") + "\n";
            let file = format!("{name}.{}.json", language.as_str());
            let path = folder.join(&file);
            if write {
                std::fs::write(&path, &json).expect("written");
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(kept, json, "{file}: KYSO_WRITE=1 writes it anew");
            assert!(names.insert(file), "{name} twice");
        }
    }
    let kept = std::fs::read_dir(&folder).expect("there");
    let kept: BTreeSet<_> = kept
        .map(|entry| {
            entry
                .expect("read")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    assert_eq!(kept, names, "files that nothing writes");
}

#[test]
fn every_kind_of_screen_is_there() {
    let kind = |screen: &Screen| {
        let value = serde_json::to_value(screen).expect("JSON");
        value["screen"].as_str().expect("a kind").to_owned()
    };
    let all = all(Text::of(Language::Vi));
    let kinds: BTreeSet<_> = all.iter().map(|(_, screen)| kind(screen)).collect();
    let expected = [
        "about",
        "check",
        "choose",
        "consent",
        "done",
        "failed",
        "history",
        "identities",
        "pin",
        "settings",
        "sites",
        "waiting",
        "welcome",
    ];
    assert_eq!(kinds, expected.map(str::to_owned).into());
}
