//! `kyso trust`: what a trust file lets in, and bundles that the `openssl` program signed.

use std::fs;
use std::path::{Path, PathBuf};

use kyso_support::{Authority, DemoPki, Draft, Files, Key, KeyKind, Name, Role, sign_detached};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::program::{json as run, kyso, path};

/// A folder with bundles, the key that is pinned, and another.
struct Desk {
    folder: tempfile::TempDir,
    now: OffsetDateTime,
    root: Authority,
    pinned: Key,
    other: Key,
}

impl Desk {
    /// With a root that ends so many days from now.
    fn new(days: i64) -> Self {
        let now = OffsetDateTime::now_utc();
        let key = |kind, index| Key::pooled(kind, index).expect("openssl");
        let (begin, end) = (now - Duration::days(400), now + Duration::days(days));
        let name = Name::new().cn("Gốc Mẫu");
        let root = Authority::root(name, key(KeyKind::P256, 0), begin, end).expect("a root");
        let desk = Self {
            folder: tempfile::tempdir().expect("a folder"),
            now,
            root,
            pinned: key(KeyKind::Ed25519, 0),
            other: key(KeyKind::Ed25519, 1),
        };
        desk.write("pinned.pub", desk.pinned.public_key_der());
        desk.write("other.pub", desk.other.public_key_der());
        desk.write("root.pem", desk.pem().as_bytes());
        desk
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    fn path(&self, name: &str) -> String {
        path(&self.folder.path().join(name)).to_owned()
    }

    fn pem(&self) -> String {
        self.root.certificate().pem().expect("PEM")
    }

    fn text(&self, version: u64) -> String {
        let time = |days| {
            (self.now + Duration::days(days))
                .format(&Rfc3339)
                .expect("a time")
        };
        format!(
            "format = \"kyso-trust-bundle-1\"\nversion = {version}\nissued = {}\nexpires = {}\n\
             trust = '''\n{TRUST}'''\n[files]\n\"root.pem\" = '''\n{}'''\n",
            time(-1),
            time(10),
            self.pem()
        )
    }

    fn sign(&self, text: &str) -> String {
        let signature = sign_detached(&self.pinned, text.as_bytes()).expect("openssl");
        self.write("bundle.toml.sig", &signature);
        path(&self.write("bundle.toml", text.as_bytes())).to_owned()
    }

    fn check(&self, bundle: &str, more: &[&str]) -> (i32, String, Value) {
        let key = self.path("pinned.pub");
        let mut arguments = vec!["--json", "trust", "check", bundle, "--key", &key];
        arguments.extend(more);
        let (status, value) = run(&arguments);
        let code = value
            .get("code")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned);
        let code = code.expect("a code");
        (status, code, value)
    }

    fn says(&self, bundle: &str, more: &[&str], status: i32, code: &str) {
        let (found, said, value) = self.check(bundle, more);
        assert_eq!((found, said.as_str()), (status, code), "{more:?}: {value}");
    }
}

const TRUST: &str = "version = 1\n[[anchor]]\nworld = \"public\"\ncertificate = \"root.pem\"\n";

#[test]
fn a_bundle_that_a_given_key_signed_may_be_installed() {
    let desk = Desk::new(400);
    let bundle = desk.sign(&desk.text(17));
    let (status, code, value) = desk.check(&bundle, &[]);
    assert_eq!((status, code.as_str()), (0, "ACCEPTED"), "{value}");
    assert_eq!(value["bundle"]["version"], 17);
    assert_eq!(value["anchors"][0]["name"], "Gốc Mẫu");
    assert_eq!(value["ending"], serde_json::json!([]));
    let both = ["--key", &desk.path("other.pub")];
    desk.says(&bundle, &both, 0, "ACCEPTED");
}

#[test]
fn the_answer_about_one_bundle_keeps_older_ones_out() {
    let desk = Desk::new(400);
    let (_, _, value) = desk.check(&desk.sign(&desk.text(17)), &[]);
    let before = desk.write("installed.json", value.to_string().as_bytes());
    let installed = ["--installed", path(&before)];
    let check =
        |text: &str, status, code: &str| desk.says(&desk.sign(text), &installed, status, code);
    check(&desk.text(18), 0, "ACCEPTED");
    check(&desk.text(17), 0, "ACCEPTED");
    check(&desk.text(16), 1, "BUNDLE-ROLLBACK");
    check(&(desk.text(17) + "# another\n"), 1, "BUNDLE-ROLLBACK");
    let bundle = desk.sign(&desk.text(18));
    let check = |before: &str| {
        let before = desk.write("installed.json", before.as_bytes());
        desk.says(&bundle, &["--installed", path(&before)], 2, "NOT-JUDGED");
    };
    check("17");
    check(
        &value
            .to_string()
            .replace("\"sha-256\":\"", "\"sha-256\":\"0"),
    );
}

#[test]
fn each_fault_of_a_bundle_has_its_code() {
    let desk = Desk::new(400);
    let text = desk.text(1);
    let check = |text: &str, code: &str| desk.says(&desk.sign(text), &[], 1, code);
    check(&text.replace("bundle-1", "bundle-2"), "BUNDLE-FORMAT");
    check(
        &text.replace("[files]", "more = 1\n[files]"),
        "BUNDLE-UNREADABLE",
    );
    check(
        &text.replace("\"root.pem\" = ", "\"lost.pem\" = "),
        "TRUST-UNUSABLE",
    );
    check(
        &text.replace(
            "[[anchor]]\nworld = \"public\"\ncertificate = \"root.pem\"",
            "",
        ),
        "TRUST-NO-ANCHOR",
    );
    let bundle = desk.sign(&text);
    let at = |days| {
        (desk.now + Duration::days(days))
            .format(&Rfc3339)
            .expect("a time")
    };
    desk.says(&bundle, &["--at", &at(11)], 1, "BUNDLE-EXPIRED");
    desk.says(&bundle, &["--at", &at(-2)], 1, "BUNDLE-NOT-YET");
    desk.write("bundle.toml", (text.clone() + " ").as_bytes());
    desk.says(&bundle, &[], 1, "BUNDLE-SIGNATURE");
    desk.write("bundle.toml", text.as_bytes());
    let signature = fs::read(desk.path("bundle.toml.sig")).expect("signed");
    for wrong in [&signature[..63], &[&signature[..], b"\n"].concat()[..], b""] {
        desk.write("bundle.toml.sig", wrong);
        desk.says(&bundle, &[], 1, "BUNDLE-SIGNATURE");
    }
    fs::remove_file(desk.path("bundle.toml.sig")).expect("removed");
    desk.says(&bundle, &[], 2, "NOT-JUDGED");
    let bundle = desk.sign(&text);
    desk.says(&bundle, &["--key", &desk.path("root.pem")], 2, "NOT-JUDGED");
    let other = desk.path("other.pub");
    let (status, value) = run(&["--json", "trust", "check", &bundle, "--key", &other]);
    assert_eq!(
        (status, value["code"].as_str()),
        (1, Some("BUNDLE-SIGNATURE"))
    );
}

fn shows(arguments: &[&str], lang: &str) -> (Option<i32>, String) {
    let output = kyso(&[&["--lang", lang, "trust", "show"], arguments].concat());
    let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    (output.status.code(), said)
}

fn demo(folder: &Path) -> (DemoPki, Files) {
    let pki = DemoPki::new(OffsetDateTime::now_utc()).expect("openssl");
    let files = pki.write(folder, &["portal.example"]).expect("written");
    (pki, files)
}

#[test]
fn shows_what_a_trust_file_lets_in_in_both_languages() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, files) = demo(folder.path());
    let file = path(&files.trust_file);
    let check = |lang: &str, expected: &[&str]| {
        let (status, said) = shows(&["--trust-file", file], lang);
        assert_eq!(status, Some(0), "{said}");
        for word in expected
            .iter()
            .chain(&[file, "Kyso Demo CA", "CCCD, CMND, HC, MST"])
        {
            assert!(said.contains(word), "{word}: {said}");
        }
    };
    check(
        "vi",
        &[
            "Gốc tin cậy:",
            "các CA công cộng",
            "công dân, doanh nghiệp",
            "USB ký số",
        ],
    );
    check(
        "en",
        &["Anchor:", "public CAs", "citizen, business", "USB token"],
    );
    let (status, value) = run(&["--json", "trust", "show", "--trust-file", file]);
    assert_eq!(status, 0);
    assert_eq!(value["bundle"], Value::Null);
    assert_eq!(value["anchors"].as_array().map(Vec::len), Some(2));
    let ca = &value["cas"][0];
    assert_eq!(
        (&ca["world"], &ca["methods"][0]),
        (&"public".into(), &"usb".into())
    );
    assert_eq!(ca["sha-256"].as_str().map(str::len), Some(64));
}

#[test]
fn an_anchor_that_is_no_ca_is_refused_in_words_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, files) = demo(folder.path());
    let person = fs::read(files.certificate(Role::Citizen)).expect("a certificate");
    fs::write(folder.path().join("root.pem"), person).expect("written");
    let file = folder.path().join("trust.toml");
    fs::write(&file, TRUST).expect("written");
    let check = |lang: &str, expected: &str| {
        let (status, said) = shows(&["--trust-file", path(&file)], lang);
        assert_eq!(status, Some(1), "{said}");
        assert!(
            said.contains(expected) && said.contains("TRUST-NOT-CA"),
            "{said}"
        );
    };
    check(
        "vi",
        "Gốc tin cậy “root.pem” không phải là chứng thư số của CA.",
    );
    check(
        "en",
        "The anchor “root.pem” is not the certificate of a CA.",
    );
}

#[test]
fn warns_of_what_ends_within_thirty_days() {
    let desk = Desk::new(29);
    let file = desk.write("trust.toml", TRUST.as_bytes());
    let (_, said) = shows(&["--trust-file", path(&file)], "vi");
    assert!(said.contains("Cảnh báo: “Gốc Mẫu” hết hạn ngày "), "{said}");
    let (bundle, key) = (desk.sign(&desk.text(2)), desk.path("pinned.pub"));
    let (_, said) = shows(&["--bundle", &bundle, "--key", &key], "en");
    assert!(said.contains("Warning: “Gốc Mẫu” ends on "), "{said}");
    assert!(
        said.contains("Bundle version:") && said.contains("Signed by key:"),
        "{said}"
    );
    let desk = Desk::new(-1);
    let file = desk.write("trust.toml", TRUST.as_bytes());
    let (_, said) = shows(&["--trust-file", path(&file)], "en");
    assert!(said.contains("Warning: “Gốc Mẫu” ended on "), "{said}");
}

#[test]
fn without_a_file_the_settings_say_what_is_trusted() {
    let desk = Desk::new(400);
    let settings = desk.write("kyso.toml", b"[trust]\nanchors = [\"root.pem\"]\n");
    let (status, said) = shows(&["--config", path(&settings)], "en");
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("root.pem") && said.contains("Gốc Mẫu"),
        "{said}"
    );
    let (status, said) = shows(&[], "vi");
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("--trust-file: bị thiếu"), "{said}");
    fs::create_dir(desk.folder.path().join("empty")).expect("a folder");
    let settings = desk.write("kyso.toml", b"[trust]\nanchors = [\"empty\"]\n");
    let (status, said) = shows(&["--config", path(&settings)], "en");
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("There is no anchor"), "{said}");
}

#[test]
fn a_bundle_is_never_shown_unverified() {
    let desk = Desk::new(400);
    let bundle = desk.sign(&desk.text(2));
    for arguments in [
        &["trust", "show", "--bundle", &bundle][..],
        &["trust", "check", &bundle],
        &["trust"],
    ] {
        assert_eq!(kyso(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let other = desk.path("other.pub");
    let (status, said) = shows(&["--bundle", &bundle, "--key", &other], "en");
    assert_eq!(status, Some(1));
    assert!(!said.contains("Gốc Mẫu"), "{said}");
}

#[test]
fn names_in_certificates_cannot_steer_the_terminal() {
    let desk = Desk::new(400);
    let key = Key::pooled(KeyKind::P256, 0).expect("openssl");
    let name = Name::new().cn("Gốc\u{1b}]0;\u{202e}x\nAnchor: y");
    let (begin, end) = (desk.now - Duration::DAY, desk.now + Duration::DAY);
    let draft = Draft::new(name, &key, begin, end).authority(None);
    let root = Authority::self_signed(&draft, key).expect("a root");
    desk.write(
        "root.pem",
        root.certificate().pem().expect("PEM").as_bytes(),
    );
    let file = desk.write("trust.toml", TRUST.as_bytes());
    let (status, said) = shows(&["--trust-file", path(&file)], "en");
    assert_eq!(status, Some(0), "{said}");
    let harmless = |c: char| !c.is_control() || c == '\n';
    assert!(
        said.chars().all(|c| harmless(c) && c != '\u{202e}'),
        "{said:?}"
    );
    assert!(!said.contains("\nAnchor: y"), "{said:?}");
}

#[test]
fn an_own_policy_is_shown_whole() {
    let desk = Desk::new(400);
    let policy = "[policy]\nname = \"Sở Mẫu\"\nrsa-bits = 3072\ncurves = [\"P-384\"]\npkcs1 = false\n\
        uses.government = [\"1.3.6.1.5.5.7.3.2\"]\ndisallowed = [\"1.3.6.1.4.1.32473.9\"]\n";
    let file = desk.write("trust.toml", format!("{TRUST}{policy}").as_bytes());
    let (status, value) = run(&["--json", "trust", "show", "--trust-file", path(&file)]);
    assert_eq!(status, 0, "{value}");
    assert_eq!(
        value["policy"],
        serde_json::json!({
            "name": "Sở Mẫu",
            "rsa-bits": 3072,
            "curves": ["P-384"],
            "pkcs1": false,
            "uses": {"government": ["1.3.6.1.5.5.7.3.2"]},
            "disallowed": ["1.3.6.1.4.1.32473.9"],
        })
    );
    let (_, said) = shows(&["--trust-file", path(&file)], "vi");
    for word in [
        "Sở Mẫu",
        "3072",
        "P-384",
        "CA chuyên dùng Chính phủ: 1.3.6.1.5.5.7.3.2",
        "1.3.6.1.4.1.32473.9",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
}
