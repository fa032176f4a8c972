//! Which package may use which, as ARCHITECTURE.md draws it, against what `cargo metadata` says; and which program may
//! load a web view, against what the loader says.

use std::process::Command;

use kyso_e2e::process::program;
use serde::Deserialize;

/// A package, and the packages of ours that its code may use.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("kyso-certs", &[]),
    ("kyso-pkcs11", &[]),
    ("kyso-screens", &[]),
    ("kyso-protocol", &["kyso-certs"]),
    ("kyso-pkcs11-host", &["kyso-pkcs11"]),
    (
        "kyso-agent",
        &["kyso-certs", "kyso-protocol", "kyso-pkcs11", "kyso-screens"],
    ),
    ("kyso-desktop", &["kyso-screens"]),
    ("kyso-portal", &["kyso-certs", "kyso-protocol"]),
    ("kyso-support", &[]),
    ("kyso-faulty-module", &[]),
    (
        "kyso-e2e",
        &[
            "kyso-support",
            "kyso-certs",
            "kyso-protocol",
            "kyso-pkcs11",
            "kyso-screens",
            "kyso-agent",
            "kyso-portal",
        ],
    ),
];

/// What any package's tests may use as well.
const TESTS_MAY_USE: [&str; 2] = ["kyso-support", "kyso-faulty-module"];

/// Crates that are kept to some packages, tests and all.
const KEPT_TO: [(&str, &[&str]); 8] = [
    ("cryptoki", &[]),
    ("cryptoki-sys", &["kyso-pkcs11-host", "kyso-faulty-module"]),
    ("sqlx", &["kyso-portal"]),
    ("axum", &["kyso-portal", "kyso-e2e"]),
    ("tauri", &["kyso-desktop"]),
    ("gtk", &["kyso-desktop"]),
    ("webkit2gtk", &["kyso-desktop"]),
    ("openssl", &[]),
];

#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

impl Workspace {
    fn of_this_project() -> Self {
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--format-version",
                "1",
                "--no-deps",
                "--offline",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn violations(&self) -> Vec<String> {
        self.packages.iter().flat_map(Package::violations).collect()
    }
}

impl Package {
    fn violations(&self) -> Vec<String> {
        let Some((_, may_use)) = MAY_USE.iter().find(|(name, _)| *name == self.name) else {
            return vec![format!("{} stands in no layer", self.name)];
        };
        let wrong = |dependency: &&Dependency| !dependency.allowed(&self.name, may_use);
        let name = |dependency: &Dependency| format!("{} uses {}", self.name, dependency.name);
        self.dependencies.iter().filter(wrong).map(name).collect()
    }
}

impl Dependency {
    fn allowed(&self, user: &str, may_use: &[&str]) -> bool {
        if self.name.starts_with("kyso-") {
            let in_tests =
                self.kind.as_deref() == Some("dev") && TESTS_MAY_USE.contains(&self.name.as_str());
            return in_tests || may_use.contains(&self.name.as_str());
        }
        KEPT_TO
            .iter()
            .filter(|(kept, _)| self.name == *kept)
            .all(|(_, users)| users.contains(&user))
    }
}

#[test]
fn every_package_uses_only_the_layers_below_it() {
    let violations = Workspace::of_this_project().violations();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn every_row_of_the_table_is_a_package() {
    let workspace = Workspace::of_this_project();
    for (name, _) in MAY_USE {
        assert!(
            workspace
                .packages
                .iter()
                .any(|package| package.name == name),
            "{name}"
        );
    }
}

#[test]
fn the_check_finds_each_kind_of_wrong_edge() {
    for (user, kind, used, found) in [
        ("kyso-certs", "null", "kyso-protocol", true),
        ("kyso-agent", "null", "cryptoki", true),
        ("kyso-agent", "\"dev\"", "cryptoki", true),
        ("kyso-agent", "\"dev\"", "kyso-portal", true),
        ("kyso-portal", "null", "kyso-support", true),
        ("kyso-portal", "null", "tauri", true),
        ("kyso-agent", "null", "gtk", true),
        ("kyso-agent", "null", "webkit2gtk", true),
        ("kyso-desktop", "null", "gtk", false),
        ("kyso-newcomer", "null", "serde", true),
        ("kyso-portal", "\"dev\"", "kyso-support", false),
        ("kyso-portal", "null", "sqlx", false),
        ("kyso-agent", "null", "serde", false),
    ] {
        let text = format!(
            r#"{{"packages":[{{"name":"{user}","dependencies":[{{"name":"{used}","kind":{kind}}}]}}]}}"#
        );
        let workspace: Workspace = serde_json::from_str(&text).unwrap();
        assert_eq!(
            !workspace.violations().is_empty(),
            found,
            "{user} {kind} {used}"
        );
    }
}

/// Beginnings of the names of libraries that draw.
const DRAWS: [&str; 5] = [
    "libgtk-",
    "libgdk-",
    "libwebkit",
    "libjavascriptcore",
    "libX11",
];

/// What of this a program has loaded with it, by itself or by what it loads.
fn drawn_with(name: &str) -> Vec<String> {
    let output = Command::new("ldd").arg(program(name).unwrap()).output();
    let output = output.expect("the C library's own program");
    let loaded = String::from_utf8(output.stdout).unwrap();
    assert!(loaded.contains("libc."), "{name}: {loaded}");
    let names = loaded.split_whitespace();
    let draws = |name: &&str| DRAWS.iter().any(|begins| name.starts_with(begins));
    names.filter(draws).map(str::to_owned).collect()
}

#[test]
fn the_window_alone_is_loaded_with_what_draws() {
    for name in ["kyso", "kyso-agent", "kyso-pkcs11-host", "kyso-portal"] {
        assert_eq!(drawn_with(name), Vec::<String>::new(), "{name}");
    }
    // So that the search finds it where it is.
    let window = drawn_with("kyso-desktop");
    for begins in ["libgtk-", "libwebkit"] {
        assert!(window.iter().any(|name| name.starts_with(begins)));
    }
}
