//! What is said as a notification.

use kyso_screens::{Act, Language, Screen, Setting};
use kyso_support::{NOTICE, until};

use super::logins::whole;
use super::scene::on_a_desktop;

#[test]
fn what_nobody_sees_in_a_window_is_said() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        computer.follow("junk");
        assert!(desktop.notice().contains("LINK-INVALID"));
        computer.asks();
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Consent(_)));
        computer.follow(&computer.link());
        assert!(desktop.notice().contains("BUSY"));
        window.act(&shown, Act::NotInFront);
        let said = desktop.notice();
        assert!(
            said.contains(&computer.person.link().origin().to_string()),
            "{said}"
        );
        window.kill();
        assert!(desktop.notice().contains("WINDOW-CLOSED"));
    });
}

#[test]
fn what_is_said_is_in_the_language_that_was_chosen_last() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        computer.opens("settings");
        let mut window = computer.window();
        for (value, waits, busy) in [
            (Language::Vi, "đang chờ bạn xác nhận", "(Mã lỗi: BUSY)"),
            (Language::En, "is waiting for you", "(Code: BUSY)"),
        ] {
            let shown = window.until(|screen| matches!(screen, Screen::Settings(_)));
            window.act(&shown, Act::Set(Setting::Language { value }));
            while window.screen().language != value {}
            let taken = || computer.follow(&computer.link()).status.success();
            until("the turn", taken).expect("it is taken");
            let shown = window.until(|screen| matches!(screen, Screen::Consent(_)));
            window.act(&shown, Act::NotInFront);
            // The one before may have kept this one waiting.
            while !desktop.notice().contains(waits) {}
            computer.follow(&computer.link());
            let said = desktop.notice();
            assert!(said.contains(busy), "{said}");
            window.act(&shown, Act::Refuse);
            let shown = window.until(|screen| matches!(screen, Screen::Failed(_)));
            until("the end", || computer.status()["state"] == "ready").expect("over");
            window.act(&shown, Act::Close);
        }
    });
}

#[test]
fn a_click_on_what_was_said_brings_the_window_to_the_front() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        computer.asks();
        let mut window = computer.window();
        let shown = window.until(|screen| matches!(screen, Screen::Consent(_)));
        window.act(&shown, Act::NotInFront);
        desktop.notice();
        desktop.click(NOTICE + 1, "another program's");
        desktop.click(NOTICE, "ours");
        assert_eq!(window.front().as_deref(), Some("ours"));
    });
}

#[test]
fn that_there_is_no_display_is_said_once_by_whichever_process() {
    on_a_desktop(|desktop, computer| {
        let computer = computer.without_display();
        computer.follow(&computer.link());
        assert!(desktop.notice().contains("NO-DISPLAY"));
        let _agent = computer.start();
        computer.follow(&computer.link());
        assert!(desktop.notice().contains("NO-DISPLAY"));
        computer.follow("junk");
        assert!(desktop.notice().contains("LINK-INVALID"));
    });
}

#[test]
fn a_display_that_cannot_be_opened_is_said() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        computer.asks();
        computer.window().end(69);
        assert!(desktop.notice().contains("NO-DISPLAY"));
    });
}

#[test]
fn that_this_computers_key_is_forgotten_is_said_once() {
    on_a_desktop(|desktop, computer| {
        computer.replace("browser =", "remember-without-keychain = true\nbrowser =");
        let _agent = computer.start();
        computer.asks();
        whole(&computer);
        assert!(desktop.notice().contains("NO-KEYCHAIN"));
        let answers = computer.answers();
        assert!(
            answers.iter().any(|answer| answer.contains("\"device\"")),
            "{answers:?}"
        );
        computer.asks();
        computer.window().kill();
        // What comes next is about the next login.
        assert!(desktop.notice().contains("WINDOW-CLOSED"));
    });
}

#[test]
fn a_blocked_portal_brings_up_no_window_and_is_said_once() {
    on_a_desktop(|desktop, computer| {
        let origin = computer.person.link().origin().to_string();
        let blocked = format!("blocked = [{origin:?}]\nbrowser =");
        computer.replace("browser =", &blocked);
        let _agent = computer.start();
        for _ in 0..3 {
            let followed = computer.follow(&computer.link());
            let said = String::from_utf8_lossy(&followed.stderr).into_owned();
            assert!(said.contains("ORIGIN-BLOCKED"), "{said}");
            assert_eq!(computer.status()["window"], false);
        }
        assert!(desktop.notice().contains("ORIGIN-BLOCKED"));
        // What comes next is the next thing that is said.
        computer.follow("junk");
        assert!(desktop.notice().contains("LINK-INVALID"));
    });
}

#[test]
fn a_seventh_link_within_a_minute_does_not_take_the_focus() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        assert!(computer.follow(&computer.link()).status.success());
        let mut window = computer.window();
        window.until(|screen| matches!(screen, Screen::Consent(_)));
        let busy = || {
            let followed = computer.follow(&computer.link());
            assert!(String::from_utf8_lossy(&followed.stderr).contains("BUSY"));
        };
        for _ in 0..6 {
            busy();
            assert!(desktop.notice().contains("BUSY"));
            window.front();
        }
        busy();
        computer.follow("junk");
        // Nothing was said between, and the window was not brought to the front.
        assert!(desktop.notice().contains("LINK-INVALID"));
        assert!(window.is_left_alone());
    });
}

#[test]
fn a_seventh_login_within_a_minute_brings_up_no_window() {
    on_a_desktop(|desktop, computer| {
        let _agent = computer.start();
        for _ in 0..6 {
            // The one before may still be telling its portal.
            let taken = || computer.follow(&computer.link()).status.success();
            until("the turn", taken).expect("it is taken");
            let mut window = computer.window();
            let shown = window.until(|screen| matches!(screen, Screen::Consent(_)));
            window.act(&shown, Act::Close);
            window.told_to_close();
            window.end(0);
        }
        let too_many = || {
            let followed = computer.follow(&computer.link());
            String::from_utf8_lossy(&followed.stderr).contains("TOO-MANY")
        };
        until("the limit", too_many).expect("it is kept out");
        for _ in 0..2 {
            assert!(too_many());
            assert_eq!(computer.status()["window"], false);
        }
        while !desktop.notice().contains("TOO-MANY") {}
        computer.follow("junk");
        assert!(desktop.notice().contains("LINK-INVALID"));
    });
}
