//! What acts on pages do.

use std::path::Path;
use std::sync::Arc;

use kyso_certs::Certificate;
use kyso_protocol::Origin;
use kyso_screens as shown;
use kyso_screens::{Setting, Tries};

use super::*;
use crate::fixtures::NOW;
use crate::fixtures::pages::{around, found};
use crate::fixtures::people::{people, slot};
use crate::login::Stop;
use crate::portals::Portals;
use crate::problem::Failure;
use crate::settings::{Field, SettingsError};
use crate::text::Language;

fn text() -> Text {
    Text::of(Language::En)
}

/// With a settings file of the test's own.
fn desk(folder: &Path) -> Around {
    let file = folder.join("kyso.toml");
    let state = format!("state-folder = {:?}\n", folder.join("state"));
    std::fs::write(&file, state).expect("written");
    read(folder, &around(folder))
}

fn read(folder: &Path, before: &Around) -> Around {
    let settings = Settings::read(&folder.join("kyso.toml")).expect("settings");
    Around {
        settings: Arc::new(settings),
        ..before.clone()
    }
}

fn sites(open: &Open) -> shown::Sites {
    match open.screen(text()) {
        Screen::Sites(sites) => sites,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_of_portals_that_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = desk(folder.path());
    std::fs::create_dir_all(folder.path().join("state/portals")).expect("made");
    let page = sites(&open_at(Page::Sites, &around, NOW).0);
    let problem = page.problem.expect("said");
    assert!(problem.contains("cannot be read"), "{problem}");
}

#[test]
fn a_portal_is_blocked_allowed_and_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut around = desk(folder.path());
    let origin = "https://portal.example";
    let parsed = Origin::parse(origin).expect("an origin");
    let portals = Portals::of(&around.settings);
    portals.remember(&parsed, None, None).expect("written");
    let mut open = open_at(Page::Sites, &around, NOW).0;
    for permission in [shown::Permission::Blocked, shown::Permission::Allowed] {
        let act = Act::Permit {
            origin: origin.into(),
            permission,
        };
        assert_eq!(open.act(act, &around).wish, Some(Wish::Changed));
        around = read(folder.path(), &around);
        open.renew(&around);
        let rows = sites(&open).rows;
        let found: Vec<_> = rows.iter().map(|row| (row.permission, row.used)).collect();
        assert_eq!(found, [(permission, true)]);
    }
    let forget = Act::Forget {
        origin: origin.into(),
    };
    assert_eq!(open.act(forget, &around).wish, None);
    assert_eq!(sites(&open).rows, []);
}

#[test]
fn what_is_no_portal_changes_nothing_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = desk(folder.path());
    let mut open = open_at(Page::Sites, &around, NOW).0;
    let act = Act::Permit {
        origin: "https://PORTAL.example/".into(),
        permission: shown::Permission::Blocked,
    };
    assert_eq!(open.act(act, &around).wish, None);
    assert!(sites(&open).problem.is_some());
}

#[test]
fn a_setting_is_written_or_its_fault_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = desk(folder.path());
    let mut open = open_at(Page::Settings, &around, NOW).0;
    let proxy = |value: &str| {
        Act::Set(Setting::Proxy {
            value: value.to_owned(),
        })
    };
    let problem = |open: &Open| match open.screen(text()) {
        Screen::Settings(settings) => settings.problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(open.act(proxy("not an address"), &around).wish, None);
    let told = problem(&open).expect("told");
    assert!(told.contains(text().get("page.settings.proxy")), "{told}");
    let written = open.act(proxy("http://proxy.example:3128"), &around).wish;
    assert_eq!(written, Some(Wish::Changed));
    let around = read(folder.path(), &around);
    open.renew(&around);
    assert_eq!(problem(&open), None);
    let Screen::Settings(settings) = open.screen(text()) else {
        panic!("another page")
    };
    assert_eq!(settings.proxy.value, "http://proxy.example:3128");
}

#[test]
fn autostart_is_asked_for_on_the_first_page_and_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = desk(folder.path());
    let mut open = open_at(Page::Welcome, &around, NOW).0;
    let asked = |open: &Open| match open.screen(text()) {
        Screen::Welcome(welcome) => welcome.autostart,
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&open), None);
    let act = Act::Set(Setting::Autostart { value: true });
    assert_eq!(open.act(act, &around).wish, Some(Wish::Start(true)));
    let mut after = read(folder.path(), &around);
    assert_eq!(after.settings.autostart, Some(true));
    // What the desktop does counts, whatever was wished.
    for starts in [false, true] {
        after.starts = starts;
        open.renew(&after);
        assert_eq!(asked(&open), Some(starts));
        let Screen::Settings(settings) = open_at(Page::Settings, &after, NOW).0.screen(text())
        else {
            panic!("another page")
        };
        assert_eq!(settings.autostart.value, starts);
    }
}

#[test]
fn what_cannot_be_written_is_said_on_both_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = desk(folder.path());
    std::fs::create_dir(folder.path().join("kyso.toml.new")).expect("made");
    let problem = |open: &Open| match open.screen(text()) {
        Screen::Welcome(welcome) => welcome.problem,
        Screen::Settings(settings) => settings.problem,
        other => panic!("{other:?}"),
    };
    for page in [Page::Welcome, Page::Settings] {
        for setting in [
            Setting::Autostart { value: true },
            Setting::Language {
                value: shown::Language::Vi,
            },
        ] {
            let mut open = open_at(page, &around, NOW).0;
            assert_eq!(problem(&open), None);
            assert_eq!(open.act(Act::Set(setting), &around).wish, None);
            assert!(problem(&open).is_some());
        }
        let mut open = open_at(page, &around, NOW).0;
        open.refuse(SettingsError::at("autostart", "no"));
        let problem = problem(&open).expect("said");
        assert!(
            problem.contains(text().get("page.settings.autostart")),
            "{problem}"
        );
    }
}

#[test]
fn the_language_is_switched_on_the_first_page_and_written_unless_it_is_the_administrators() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = desk(folder.path());
    let mut open = open_at(Page::Welcome, &around, NOW).0;
    let locked = |open: &Open| match open.screen(text()) {
        Screen::Welcome(welcome) => welcome.language_locked,
        other => panic!("{other:?}"),
    };
    let act = |value| Act::Set(Setting::Language { value });
    let english = act(shown::Language::En);
    assert_eq!(open.act(english, &around).wish, Some(Wish::Changed));
    let after = read(folder.path(), &around);
    assert_eq!(after.settings.language, Some(Language::En));
    assert!(!locked(&open));
    let mut settings = Settings::clone(&after.settings);
    settings.rules.locked.insert(Field::Language);
    let managed = Around {
        settings: Arc::new(settings),
        ..after
    };
    open.renew(&managed);
    assert!(locked(&open));
    let vietnamese = act(shown::Language::Vi);
    assert_eq!(open.act(vietnamese, &managed).wish, None);
    let kept = read(folder.path(), &managed).settings.language;
    assert_eq!(kept, Some(Language::En));
}

#[test]
fn a_row_is_tried_by_its_place_among_all_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = around(folder.path());
    let people = people();
    let pin = kyso_pkcs11::PinState::default();
    let slots = vec![
        slot("A", pin, &[&people.person, &people.expired]),
        slot("B", pin, &[&people.organisation]),
    ];
    let mut open = found(Page::Identities, &around, Some(slots));
    let mut check = |row: u32, expected: Option<&[u8]>| {
        let of = |der: &[u8]| Certificate::from_der(der).expect("good").fingerprint();
        let expected = expected.map(|der| Wish::TryOut(of(der)));
        assert_eq!(open.act(Act::TryOut { row }, &around).wish, expected);
    };
    check(0, Some(&people.person));
    check(1, Some(&people.expired));
    check(2, Some(&people.organisation));
    check(3, None);
}

#[test]
fn what_was_shown_stays_until_the_module_says_something_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = around(folder.path());
    let slots = vec![slot("A", kyso_pkcs11::PinState::default(), &[])];
    let mut open = found(Page::Identities, &around, Some(slots));
    let seen = |open: &Open| match open.screen(text()) {
        Screen::Identities(shown) => (shown.found.searching, shown.found.tokens.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(seen(&open), (false, 1));
    let again = open.act(Act::Refresh, &around);
    assert_eq!((again.jobs.len(), seen(&open)), (2, (true, 1)));
    open.take(News::plugged(Vec::new()));
    open.take(News::listed("Hãng Mẫu", Vec::new()));
    assert_eq!(seen(&open), (false, 0));
}

#[test]
fn whoever_plugs_in_and_out_starts_no_more_than_a_few_rounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = around(folder.path());
    let (mut open, _) = open_at(Page::Identities, &around, NOW);
    let jobs = (0..50).map(|_| open.act(Act::Refresh, &around).jobs.len());
    assert!(jobs.sum::<usize>() < 10);
}

#[test]
fn a_token_says_what_its_pin_state_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = around(folder.path());
    let low = kyso_pkcs11::PinState {
        low: true,
        ..kyso_pkcs11::PinState::default()
    };
    let open = found(Page::Identities, &around, Some(vec![slot("A", low, &[])]));
    let Screen::Identities(shown) = open.screen(text()) else {
        panic!("another page")
    };
    let token = shown.found.tokens.first().expect("a token");
    let code = token.problem.as_ref().map(|problem| problem.code.as_str());
    assert_eq!((token.tries, code), (Tries::Few, Some("TOKEN-EMPTY")));
}

#[test]
fn a_trial_that_was_stopped_has_no_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = around(folder.path());
    let mut open = found(Page::Welcome, &around, Some(Vec::new()));
    let mut check = |ended: Ended, expected: Option<&str>| {
        open.take(News::tried(&ended));
        let Screen::Welcome(welcome) = open.screen(text()) else {
            panic!("another page")
        };
        let found = welcome.test.map(|test| match test {
            shown::SelfTest::Right => "right".to_owned(),
            shown::SelfTest::Wrong(problem) => problem.code,
        });
        assert_eq!(found.as_deref(), expected);
    };
    check(Ended::Tried, Some("right"));
    check(Ended::Failed(Failure::NoToken), Some("TOKEN-ABSENT"));
    check(Ended::Failed(Stop::WindowClosed.into()), None);
    check(Ended::Failed(Stop::Cancelled.into()), None);
}

#[test]
fn every_page_leads_to_every_other_and_can_be_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let around = around(folder.path());
    for page in [
        Page::Welcome,
        Page::Identities,
        Page::History,
        Page::Sites,
        Page::Check,
        Page::Settings,
        Page::About,
    ] {
        let mut open = open_at(page, &around, NOW).0;
        let about = Act::Open { page: Page::About };
        assert_eq!(open.act(about, &around).wish, Some(Wish::Page(Page::About)));
        assert_eq!(open.act(Act::Close, &around).wish, Some(Wish::Close));
        assert_eq!(open.act(Act::Agree, &around).wish, None, "{page:?}");
    }
}
