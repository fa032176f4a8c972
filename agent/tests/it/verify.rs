//! `kyso verify-cert` and `kyso verify-token`: verdicts, codes and exit statuses.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;

use kyso_protocol::{Algorithm, Nonce, Origin, Token};
use kyso_support::{DemoPki, Files, Role, sign_softly};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::program::{command, json as run, kyso, path};

const ORIGIN: &str = "https://portal.example";
const NONCE: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";

struct World {
    folder: tempfile::TempDir,
    pki: DemoPki,
    files: Files,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let pki = DemoPki::new(OffsetDateTime::now_utc()).expect("openssl");
        let files = pki
            .write(folder.path(), &["portal.example"])
            .expect("written");
        World { folder, pki, files }
    })
}

/// Exit status, verdict, code.
fn verdict((status, value): &(i32, Value)) -> (i32, String, String) {
    let member = |name: &str| value[name].as_str().unwrap_or("?").to_owned();
    (*status, member("verdict"), member("code"))
}

fn verify_cert(role: Role, more: &[&str]) -> (i32, Value) {
    let files = &world().files;
    let certificate = files.certificate(role);
    let mut arguments = vec![
        "--json",
        "verify-cert",
        "--trust",
        path(&files.anchors),
        "--intermediates",
        path(&files.intermediates),
    ];
    arguments.extend(["--crl", path(&files.crls)]);
    arguments.extend(more);
    arguments.push(path(&certificate));
    run(&arguments)
}

fn check_cert(role: Role, more: &[&str], status: i32, word: &str, code: &str) {
    let got = verify_cert(role, more);
    assert_eq!(
        verdict(&got),
        (status, word.into(), code.into()),
        "{role:?} {more:?}: {}",
        got.1
    );
}

#[test]
fn each_certificate_gets_its_verdict() {
    check_cert(Role::Citizen, &[], 0, "accepted", "ACCEPTED");
    check_cert(Role::Business, &[], 0, "accepted", "ACCEPTED");
    check_cert(Role::PersonInOrganisation, &[], 0, "accepted", "ACCEPTED");
    check_cert(Role::Agency, &[], 0, "accepted", "ACCEPTED");
    check_cert(Role::Expired, &[], 1, "refused", "CERT-EXPIRED");
    check_cert(Role::Revoked, &[], 1, "refused", "CERT-REVOKED");
    check_cert(Role::UnknownCa, &[], 1, "refused", "CERT-UNTRUSTED");
}

#[test]
fn people_read_the_verdict_in_their_language() {
    let files = &world().files;
    let said = |role: Role, lang: &str| {
        let certificate = files.certificate(role);
        let output = kyso(&[
            "--lang",
            lang,
            "verify-cert",
            "--trust",
            path(&files.anchors),
            "--intermediates",
            path(&files.intermediates),
            path(&certificate),
        ]);
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let accepted = said(Role::PersonInOrganisation, "vi");
    for word in ["cá nhân thuộc tổ chức", "các CA công cộng", "chưa kiểm tra"] {
        assert!(accepted.contains(word), "{accepted}");
    }
    assert!(!accepted.contains("person"), "{accepted}");
    assert!(said(Role::Citizen, "en").contains("not checked"));
    let untrusted = said(Role::UnknownCa, "vi");
    assert!(
        untrusted.contains("không tới được gốc tin cậy nào: không rõ CA cấp"),
        "{untrusted}"
    );
    assert!(said(Role::Expired, "vi").contains("Chứng thư số đã hết hạn ngày "));
}

#[test]
fn world_and_time_are_what_the_options_say() {
    check_cert(
        Role::Citizen,
        &["--world", "public"],
        0,
        "accepted",
        "ACCEPTED",
    );
    check_cert(
        Role::Citizen,
        &["--world", "government"],
        1,
        "refused",
        "CERT-UNTRUSTED",
    );
    check_cert(
        Role::Agency,
        &["--world", "public"],
        1,
        "refused",
        "CERT-UNTRUSTED",
    );
    check_cert(
        Role::Citizen,
        &["--at", "2099-01-01T00:00:00Z"],
        1,
        "refused",
        "CERT-EXPIRED",
    );
    check_cert(
        Role::Citizen,
        &["--purpose", "any"],
        0,
        "accepted",
        "ACCEPTED",
    );
    check_cert(
        Role::Citizen,
        &["--disallow-policy", "1.3.6.1.4.1.32473.1"],
        1,
        "refused",
        "CERT-POLICY",
    );
    check_cert(
        Role::Citizen,
        &["--disallow-policy", "1.3.6.1.4.1.32473.9"],
        0,
        "accepted",
        "ACCEPTED",
    );
}

#[test]
fn an_accepted_certificate_says_whom_it_names() {
    let (_, value) = verify_cert(Role::PersonInOrganisation, &[]);
    let subject = world().pki.subject(Role::PersonInOrganisation);
    assert_eq!(value["identity"]["kind"], "person-in-organisation");
    assert_eq!(value["identity"]["name"], subject.name);
    assert!(value["identity"]["organisation"].is_string());
    let numbers = value["identity"]["ids"].as_array().expect("a list").iter();
    let numbers: Vec<_> = numbers
        .map(|id| {
            (
                id["type"].as_str().expect("a type"),
                id["value"].as_str().expect("a value"),
            )
        })
        .collect();
    assert!(
        subject
            .numbers
            .iter()
            .all(|number| numbers.contains(number)),
        "{value}"
    );
    assert_eq!(value["revocation"], "good");
}

#[test]
fn without_lists_revocation_is_not_checked() {
    let files = &world().files;
    let certificate = files.certificate(Role::Revoked);
    let (status, value) = run(&[
        "--json",
        "verify-cert",
        "--trust",
        path(&files.anchors),
        "--intermediates",
        path(&files.intermediates),
        path(&certificate),
    ]);
    assert_eq!((status, &value["revocation"]), (0, &json!("not-checked")));
}

#[test]
fn the_file_may_follow_the_anchors_directly() {
    let files = &world().files;
    let (anchors, intermediates) = (path(&files.anchors), path(&files.intermediates));
    let certificate = files.certificate(Role::Citizen);
    let got = run(&[
        "--json",
        "verify-cert",
        "--intermediates",
        intermediates,
        "--trust",
        anchors,
        path(&certificate),
    ]);
    assert_eq!(
        verdict(&got),
        (0, "accepted".into(), "ACCEPTED".into()),
        "{}",
        got.1
    );
    // A subordinate CA is an anchor as good as a root.
    let got = run(&[
        "--json",
        "verify-cert",
        "--trust",
        intermediates,
        path(&certificate),
    ]);
    assert_eq!(
        verdict(&got),
        (0, "accepted".into(), "ACCEPTED".into()),
        "{}",
        got.1
    );
}

#[test]
fn what_cannot_be_judged_is_exit_status_2() {
    let files = &world().files;
    let certificate = files.certificate(Role::Citizen);
    let empty = world().folder.path().join("empty");
    std::fs::create_dir_all(&empty).expect("made");
    let check = |arguments: &[&str]| {
        let got = run(&[&["--json", "verify-cert"], arguments].concat());
        assert_eq!(
            verdict(&got),
            (2, "unjudged".into(), "NOT-JUDGED".into()),
            "{arguments:?}: {}",
            got.1
        );
    };
    check(&["--trust", "/nowhere/anchors", path(&certificate)]);
    check(&["--trust", path(&empty), path(&certificate)]);
    check(&["--trust", path(&files.trust_file), path(&certificate)]);
    check(&["--trust", path(&files.anchors), "/nowhere/certificate"]);
    check(&[
        "--disallow-policy",
        "x",
        "--trust",
        path(&files.anchors),
        path(&certificate),
    ]);
    assert_eq!(
        kyso(&["verify-cert", "--at", "yesterday", "--trust", "a", "b"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn a_file_that_is_no_certificate_is_refused() {
    let files = &world().files;
    let got = run(&[
        "--json",
        "verify-cert",
        "--trust",
        path(&files.anchors),
        path(&files.trust_file),
    ]);
    assert_eq!(
        verdict(&got),
        (1, "refused".into(), "CERT-UNREADABLE".into())
    );
}

#[test]
fn other_files_of_a_folder_are_named() {
    let files = &world().files;
    let readme = files.anchors.join("public/README.txt");
    std::fs::write(&readme, "roots").expect("written");
    let certificate = files.certificate(Role::Citizen);
    let output = kyso(&[
        "--lang",
        "en",
        "verify-cert",
        "--trust",
        path(&files.anchors),
        "--intermediates",
        path(&files.intermediates),
        path(&certificate),
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("skipped") && said.contains("README.txt"),
        "{said}"
    );
}

/// A token of `role` over `nonce`, in a file of its own.
fn token(role: Role, algorithm: Algorithm, nonce: &str, origin: &str, name: &str) -> PathBuf {
    let subject = world().pki.subject(role);
    let (origin, nonce) = (
        Origin::parse(origin).expect("an origin"),
        Nonce::stored(nonce).expect("a nonce"),
    );
    let signature = sign_softly(
        &subject.key,
        algorithm.as_str(),
        &nonce.message(algorithm, &origin),
    )
    .expect("signed");
    let token = Token::new(
        subject.certificate.der().to_vec(),
        algorithm,
        signature,
        None,
    );
    let file = world().folder.path().join(name);
    std::fs::write(&file, token.to_value().to_string()).expect("written");
    file
}

fn token_arguments(more: &[&str]) -> Vec<String> {
    let files = &world().files;
    let fixed = [
        "--json",
        "verify-token",
        "--origin",
        ORIGIN,
        "--nonce",
        NONCE,
        "--trust",
        path(&files.anchors),
    ];
    let material = [
        "--intermediates",
        path(&files.intermediates),
        "--crl",
        path(&files.crls),
    ];
    [&fixed[..], &material, more]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn check_token(file: &std::path::Path, more: &[&str], status: i32, code: &str) {
    let arguments = token_arguments(&[more, &[path(file)]].concat());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let got = run(&arguments);
    assert_eq!(
        (got.0, got.1.get("code").and_then(Value::as_str)),
        (status, Some(code)),
        "{}: {}",
        file.display(),
        got.1
    );
}

#[test]
fn a_token_is_checked_as_a_portal_does() {
    let of = |role, algorithm, name: &str| token(role, algorithm, NONCE, ORIGIN, name);
    check_token(
        &of(Role::PersonInOrganisation, Algorithm::ES256, "es"),
        &[],
        0,
        "ACCEPTED",
    );
    check_token(
        &of(Role::Citizen, Algorithm::PS256, "ps"),
        &["--policy", "circular-15-2025"],
        0,
        "ACCEPTED",
    );
    check_token(
        &of(Role::Citizen, Algorithm::RS256, "rs"),
        &[],
        0,
        "ACCEPTED",
    );
    check_token(
        &of(Role::Citizen, Algorithm::RS256, "rs2"),
        &["--policy", "circular-15-2025"],
        1,
        "ALGORITHM-REFUSED",
    );
    check_token(
        &of(Role::Revoked, Algorithm::RS256, "revoked"),
        &[],
        1,
        "CERT-REVOKED",
    );
    check_token(
        &of(Role::Expired, Algorithm::RS256, "expired"),
        &[],
        1,
        "CERT-EXPIRED",
    );
    check_token(
        &of(Role::UnknownCa, Algorithm::RS256, "unknown"),
        &[],
        1,
        "CERT-UNTRUSTED",
    );
    let other = token(
        Role::Citizen,
        Algorithm::PS256,
        NONCE,
        "https://other.example",
        "other-origin",
    );
    check_token(&other, &[], 1, "SIGNATURE-INVALID");
    check_token(&world().files.trust_file, &[], 1, "TOKEN-INVALID");
}

#[test]
fn a_token_may_come_from_standard_input() {
    let file = token(
        Role::PersonInOrganisation,
        Algorithm::ES256,
        NONCE,
        ORIGIN,
        "stdin",
    );
    let arguments = token_arguments(&["-"]);
    let mut child = command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&std::fs::read(file).expect("a file"))
        .expect("written");
    assert_eq!(
        child.wait_with_output().expect("ended").status.code(),
        Some(0)
    );
}

#[test]
fn an_origin_or_nonce_that_is_none_cannot_be_judged() {
    let files = &world().files;
    let token = token(
        Role::PersonInOrganisation,
        Algorithm::ES256,
        NONCE,
        ORIGIN,
        "bad-options",
    );
    for (origin, nonce) in [
        ("http://portal.example", NONCE),
        (ORIGIN, "short"),
        ("https://Portal.example", NONCE),
    ] {
        let got = run(&[
            "--json",
            "verify-token",
            "--origin",
            origin,
            "--nonce",
            nonce,
            "--trust",
            path(&files.anchors),
            path(&token),
        ]);
        assert_eq!(got.0, 2, "{origin} {nonce}: {}", got.1);
    }
}
