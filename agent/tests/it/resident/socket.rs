//! Whatever is written to the agent's socket has a typed reply, and nothing else happens.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use kyso_support::missing;
use serde_json::json;

use super::computer::{message, reply, told};
use super::scene::resident;

#[test]
fn junk_is_answered_and_the_agent_goes_on() {
    resident(|computer, _agent| {
        let check = |bytes: &[u8], why: &str| {
            let refused = json!({"reply": "refused", "why": why});
            assert_eq!(told(&computer.socket(), bytes), refused, "{bytes:?}");
        };
        check(&message("{}"), "message");
        check(&message(""), "message");
        check(&message("\u{0}"), "message");
        check(&message(r#"{"request":"sign","digest":"AA=="}"#), "message");
        check(&[255, 255, 255, 255], "too-long");
        check(&[1, 64, 0, 0], "too-long");
        check(&[9, 0, 0, 0, b'{'], "too-slow");
        check(b"GET", "too-slow");
        let link = format!(
            r#"{{"request":"ask","link":"{}","token":null}}"#,
            "kyso:1/".repeat(500)
        );
        check(&message(&link), "link");
        assert_eq!(computer.status()["running"], true);
    });
}

#[test]
fn whoever_says_nothing_keeps_nobody_from_being_heard() {
    resident(|computer, _agent| {
        let connect = || UnixStream::connect(computer.socket()).expect("it listens");
        let mut silent: Vec<_> = (0..12).map(|_| connect()).collect();
        assert_eq!(computer.status()["running"], true);
        for stream in &mut silent {
            assert_eq!(reply(stream)["why"], "too-slow");
        }
    });
}

#[test]
fn two_at_once_are_told_apart() {
    resident(|computer, _agent| {
        let connect = || UnixStream::connect(computer.socket()).expect("it listens");
        let (mut first, mut second) = (connect(), connect());
        let turn = message(r#"{"request":"turn"}"#);
        let (half, rest) = turn.split_at(7);
        first.write_all(half).expect("taken");
        second.write_all(&turn).expect("taken");
        assert_eq!(reply(&mut second)["reply"], "done");
        first.write_all(rest).expect("taken");
        assert_eq!(reply(&mut first)["why"], "busy");
        drop(second);
        kyso_support::until("the turn", || {
            told(&computer.socket(), &turn)["reply"] == "done"
        })
        .expect("it comes back");
    });
}

#[test]
fn another_users_program_is_turned_away_at_both_ends() {
    if !rustix::process::geteuid().is_root() {
        return missing("root, to be another user");
    }
    resident(|computer, _agent| {
        // As if the folders didn't keep others away.
        let mut at = Some(computer.socket());
        while let Some(path) = at.filter(|path| path.starts_with(computer.person.folder.path())) {
            let open = std::fs::Permissions::from_mode(0o777);
            std::fs::set_permissions(&path, open).expect("set");
            at = path.parent().map(std::path::Path::to_owned);
        }
        let script = r#"socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ARGV[0])) or die $!;
        syswrite S, pack("V", length $ARGV[1]) . $ARGV[1]; local $/; print <S>;"#;
        let said_to = |user: u32| {
            let mut perl = Command::new("perl");
            perl.args(["-MSocket", "-e", script])
                .arg(computer.socket())
                .arg(r#"{"request":"status"}"#)
                .uid(user);
            let output = perl.output().expect("it runs");
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let said = said_to(65534);
        assert!(
            said.ends_with(r#"{"reply":"refused","why":"stranger"}"#),
            "{said}"
        );
        let said = said_to(0);
        assert!(said.contains(r#""reply":"status""#), "{said}");
        let mut kyso = computer.command(env!("CARGO_BIN_EXE_kyso"), &["status"]);
        let mut seen = kyso.uid(65534).output().expect("it runs");
        let said = String::from_utf8(std::mem::take(&mut seen.stderr)).expect("text");
        assert!(said.contains("AGENT-SILENT"), "{said}");
    });
}
