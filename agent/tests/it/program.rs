//! The program `kyso` itself.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs `kyso` without anything of the person's own settings.
pub(crate) fn kyso(arguments: &[&str]) -> Output {
    command(arguments).output().expect("kyso was built")
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kyso"));
    command
        .args(arguments)
        .env_remove("KYSO_CONFIG")
        .env_remove("KYSO_LOG")
        .env("XDG_CONFIG_HOME", "/nowhere")
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("XDG_STATE_HOME")
        .env_remove("HOME")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null());
    command
}

/// The exit status and the one JSON value on standard output.
pub(crate) fn json(arguments: &[&str]) -> (i32, Value) {
    let output = kyso(arguments);
    let value = serde_json::from_slice(&output.stdout);
    let value = value.unwrap_or_else(|e| {
        panic!(
            "{e}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (output.status.code().expect("not killed"), value)
}

#[test]
fn says_its_version() {
    let output = kyso(&["--version"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("kyso {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// It opens a pipe in the place of a file, and so waits where the test can look at it.
#[test]
fn is_not_dumpable_and_writes_no_core() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let mut waiting = command(&["verify-cert", "--trust", path(&pipe), path(&pipe)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("kyso was built");
    let writing_end = std::fs::OpenOptions::new().write(true).open(&pipe);
    let process = format!("/proc/{}", waiting.id());
    let limits = std::fs::read_to_string(format!("{process}/limits")).expect("limits");
    // What isn't dumpable belongs to root in /proc, whoever runs it.
    let owner = std::fs::metadata(format!("{process}/environ")).map(|file| file.uid());
    waiting.kill().expect("it waits");
    waiting.wait().expect("it ended");
    drop(writing_end);
    let core = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"))
        .expect("a line");
    let core: Vec<_> = core.split_whitespace().take(2).collect();
    assert_eq!(core, ["0", "0"]);
    assert_eq!(owner.expect("an owner"), 0);
}

#[test]
fn wrong_use_is_exit_status_2() {
    for arguments in [
        &["sign-in"][..],
        &["no-such-command"],
        &["verify-cert", "--world", "other", "--trust", "a", "b"],
    ] {
        assert_eq!(kyso(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn bare_kyso_helps_in_the_chosen_language() {
    let said = |arguments: &[&str]| {
        let output = kyso(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(said(&[]).contains("Cách dùng: kyso [TÙY-CHỌN] LỆNH"));
    assert_eq!(said(&[]), said(&["--help"]));
    assert!(said(&["--lang", "en"]).contains("Usage: kyso [OPTIONS] COMMAND"));
    assert_eq!(said(&["help", "sign-in"]), said(&["sign-in", "-h"]));
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["completions", "bash"],
        &["history"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command(arguments)
            .stdout(writer)
            .output()
            .expect("kyso was built");
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn help_does_not_print_what_stands_in_the_environment() {
    let output = command(&["--help"])
        .env("KYSO_CONFIG", "/home/an/secret.toml")
        .output()
        .expect("kyso was built");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("secret"));
}

#[test]
fn wrong_use_is_told_in_words_on_standard_error() {
    let output = kyso(&["sign-in"]);
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        said.starts_with("Lệnh chưa đúng: Thiếu <LIÊN-KẾT>."),
        "{said}"
    );
}

#[test]
fn a_link_that_is_none_is_told_with_its_code() {
    let (status, value) = json(&["--json", "sign-in", "kyso:1/portal.example/short", "--yes"]);
    assert_eq!(
        (status, value["outcome"].as_str(), value["code"].as_str()),
        (1, Some("failed"), Some("LINK-INVALID"))
    );
}

#[test]
fn messages_are_vietnamese_unless_english_is_asked_for() {
    let said = |arguments: &[&str]| String::from_utf8(kyso(arguments).stderr).expect("UTF-8");
    let link = "kyso:1/quocgia.localhost/AAECAwQFBgcICQoLDA0ODw";
    assert!(said(&["sign-in", link]).contains("Mã lỗi: ORIGIN-REFUSED"));
    assert!(said(&["--lang", "en", "sign-in", link]).contains("Code: ORIGIN-REFUSED"));
}

#[test]
fn a_settings_file_that_is_wrong_names_the_field() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kyso.toml");
    std::fs::write(&file, "[[portal]]\norigin = \"http://a.example\"\n").expect("written");
    let (status, value) = json(&["--json", "--lang", "en", "--config", path(&file), "doctor"]);
    assert_eq!(
        (status, value["code"].as_str()),
        (2, Some("SETTINGS-INVALID"))
    );
    assert!(
        value["happened"]
            .as_str()
            .is_some_and(|text| text.contains("portal[0].origin")),
        "{value}"
    );
}

#[test]
fn doctor_says_what_is_missing_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kyso.toml");
    std::fs::write(
        &file,
        "only-these-modules = true\n[[module]]\nname = \"Thử\"\npath = \"missing.so\"\n",
    )
    .expect("written");
    let (status, value) = json(&["--json", "--config", path(&file), "doctor"]);
    assert_eq!((status, value["ok"].as_bool()), (1, Some(false)));
    let driver = value["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|check| check["check"] == "driver")
        .expect("a line");
    assert_eq!(driver["result"], "error");
    assert!(
        driver["says"]
            .as_str()
            .is_some_and(|says| says.contains("DRIVER-MISSING"))
            && driver["remedy"].is_string(),
        "{driver}"
    );
}

#[test]
fn the_support_report_is_its_owners_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, report) = (
        folder.path().join("kyso.toml"),
        folder.path().join("report.json"),
    );
    let module = folder.path().join("nguyen-van-thu/module.so");
    let settings = format!(
        "only-these-modules = true\n[[module]]\nname = \"Thử\"\npath = \"{}\"\n",
        path(&module)
    );
    std::fs::write(&file, settings).expect("written");
    let output = kyso(&["--config", path(&file), "doctor", "--report", path(&report)]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        said.contains("nguyen-van-thu") && said.contains("chưa đăng nhập được"),
        "{said}"
    );
    let mode = std::fs::metadata(&report).expect("written").mode();
    assert_eq!(mode & 0o777, 0o600);
    let report = std::fs::read_to_string(&report).expect("UTF-8");
    assert!(
        !report.contains("nguyen") && report.contains("~/….so"),
        "{report}"
    );
    assert!(serde_json::from_str::<Value>(&report).is_ok_and(|report| report["ready"] == false));
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = kyso(&["completions", shell]);
        assert!(
            output.status.success()
                && String::from_utf8_lossy(&output.stdout).contains("verify-token"),
            "{shell}"
        );
    }
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
