//! A package is upgraded under the running agent.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use kyso_screens::{Screen, ToWindow, write_order};

use super::bus::Desktop;
use super::computer::{Agent, Computer, message, reply};
use super::logins::{begun, consent};
use super::tray::both;

/// The program in a folder of its own, where it can be replaced.
struct Installed(PathBuf);

impl Installed {
    fn on(computer: &Computer) -> Self {
        let built = Path::new(env!("CARGO_BIN_EXE_kyso-agent"));
        let folder = computer.home().join("bin");
        std::fs::create_dir(&folder).expect("made");
        let host = "kyso-pkcs11-host";
        std::os::unix::fs::symlink(built.with_file_name(host), folder.join(host)).expect("linked");
        let installed = Self(folder.join("kyso-agent"));
        installed.upgrade();
        std::os::unix::fs::symlink(&installed.0, installed.started()).expect("linked");
        installed
    }

    /// As a package does: the new file takes the name of the old one.
    fn upgrade(&self) {
        let new = self.0.with_extension("new");
        std::fs::copy(env!("CARGO_BIN_EXE_kyso-agent"), &new).expect("copied");
        std::fs::rename(new, &self.0).expect("renamed");
    }

    /// The name by which the first one is started.
    fn started(&self) -> PathBuf {
        self.0.with_file_name("kyso-agent-first")
    }

    fn command(&self, computer: &Computer, arguments: &[&str]) -> Command {
        computer.command(self.0.to_str().expect("text"), arguments)
    }

    fn start(&self, computer: &Computer) -> Agent {
        let first = self.started();
        let agent = Agent::of(&mut computer.command(first.to_str().expect("text"), &["--hidden"]));
        computer.until_it_answers();
        assert!(!self.has_begun_anew(&agent));
        agent
    }

    /// Nobody but root may see which file an agent runs, but all see by which name it was started.
    fn has_begun_anew(&self, agent: &Agent) -> bool {
        let line = std::fs::read(format!("/proc/{}/cmdline", agent.id())).expect("it runs");
        line.split(|byte| *byte == 0).next() == Some(self.0.as_os_str().as_bytes())
    }
}

#[test]
fn an_agent_whose_program_was_replaced_starts_anew_before_the_next_login() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let installed = Installed::on(&computer);
    let agent = installed.start(&computer);
    installed.upgrade();
    let mut link = installed.command(&computer, &[&computer.link()]);
    assert!(link.status().expect("it runs").success());
    consent(&mut computer.window());
    assert!(installed.has_begun_anew(&agent));
    assert_eq!(computer.status()["process"], agent.id());
}

#[test]
fn an_agent_whose_program_was_removed_ends_by_itself() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let installed = Installed::on(&computer);
    let mut agent = Agent::of(&mut installed.command(&computer, &["--hidden"]));
    // It has hardly begun, and looks once it stands.
    std::fs::remove_file(&installed.0).expect("removed");
    assert!(agent.ended().success());
}

#[test]
fn an_agent_whose_program_was_replaced_shows_the_page_that_was_clicked() {
    let Some((desktop, computer)) = both() else {
        return;
    };
    desktop.show_trays();
    let installed = Installed::on(&computer);
    let agent = installed.start(&computer);
    let tray = desktop.tray();
    installed.upgrade();
    tray.click("Settings");
    computer
        .window()
        .until(|screen| matches!(screen, Screen::Settings(_)));
    assert!(installed.has_begun_anew(&agent));
}

#[test]
fn a_login_that_waits_for_the_person_is_not_interrupted_by_an_upgrade() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let installed = Installed::on(&computer);
    let agent = installed.start(&computer);
    assert!(computer.follow(&computer.link()).status.success());
    let mut window = computer.window();
    consent(&mut window);
    installed.upgrade();
    assert!(!computer.follow(&computer.link()).status.success());
    assert!(computer.kyso(&["open", "history"]).status.success());
    window.front();
    assert!(!installed.has_begun_anew(&agent));
}

#[test]
fn what_a_newer_program_says_has_the_older_one_start_anew() {
    let Some(computer) = Computer::new() else {
        return;
    };
    let installed = Installed::on(&computer);
    let _agent = installed.start(&computer);
    let why = |computer: &Computer| {
        let mut stream = UnixStream::connect(computer.socket()).expect("it listens");
        let newer = message(r#"{"request":"a-newer-one"}"#);
        stream.write_all(&newer).expect("taken");
        reply(&mut stream)["why"].clone()
    };
    assert_eq!(why(&computer), "message");
    installed.upgrade();
    assert_eq!(why(&computer), "replaced");
    computer.until_it_answers();
    assert!(computer.kyso(&["open", "history"]).status.success());
    computer
        .window()
        .until(|screen| matches!(screen, Screen::History(_)));
}

#[test]
fn a_window_that_does_not_understand_its_agent_ends_the_login_with_a_sentence() {
    let check = |misunderstood: &dyn Fn(super::played::Played)| {
        let Some(desktop) = Desktop::start() else {
            return;
        };
        let Some(computer) = Computer::new() else {
            return;
        };
        let computer = computer.on_bus(desktop.address());
        let (_agent, mut window) = begun(&computer);
        consent(&mut window);
        misunderstood(window);
        assert!(desktop.notice().contains("WINDOW-VERSION"));
    };
    check(&|window| window.end(i32::from(kyso_screens::ends::NOT_UNDERSTOOD)));
    check(&|mut window| {
        let mut order = Vec::new();
        write_order(&mut order, &ToWindow::Close).expect("short");
        // Not what a window says.
        window.raw(&order);
    });
}

#[test]
fn a_page_that_could_not_be_shown_is_said_too() {
    let Some((desktop, computer)) = both() else {
        return;
    };
    let _agent = computer.start();
    assert!(computer.kyso(&["open", "history"]).status.success());
    computer
        .window()
        .end(i32::from(kyso_screens::ends::NO_VIEW));
    assert!(desktop.notice().contains("WINDOW-ABSENT"));
}
