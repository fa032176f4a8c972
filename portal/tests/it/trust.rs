//! Signed bundles of trust: made by the `openssl` program, taken in their order, remembered over a restart.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use kyso_protocol::AnswerReply;
use kyso_support::{Key, KeyKind, Role, sign_detached};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    agent::{Signer, fetch, post, refusal},
    browser::Browser,
    world::{NOW, World, pki},
};

/// Which anchors a bundle has.
#[derive(Clone, Copy)]
pub(crate) enum Anchors {
    Both,
    Government,
}

/// A folder with a bundle, its signature and two keys, the second of which nobody pinned.
pub(crate) struct Desk {
    folder: TempDir,
    pinned: Key,
    other: Key,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let key = |index| Key::pooled(KeyKind::Ed25519, index).unwrap();
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            pinned: key(0),
            other: key(1),
        };
        fs::write(desk.path("update.pub"), desk.pinned.public_key_der()).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The lines of a configuration that takes bundles from here.
    pub(crate) fn lines(&self) -> String {
        format!(
            "trust-bundle = '{}'\ntrust-bundle-keys = ['{}']\n",
            self.folder.path().display(),
            self.path("update.pub").display()
        )
    }

    fn write(&self, text: &str, signature: &[u8]) {
        fs::write(self.path("bundle.toml"), text).unwrap();
        fs::write(self.path("bundle.toml.sig"), signature).unwrap();
    }

    fn sign_as(&self, key: &Key, text: &str) {
        let signature = sign_detached(key, text.as_bytes()).unwrap();
        self.write(text, &signature);
    }

    pub(crate) fn sign(&self, text: &str) {
        self.sign_as(&self.pinned, text);
    }
}

/// A bundle around the world's beginning.
fn bundle(version: u64, anchors: Anchors) -> String {
    bundle_of(NOW, version, anchors)
}

/// A bundle that was issued the day before and may be installed for 30 days.
pub(crate) fn bundle_of(now: OffsetDateTime, version: u64, anchors: Anchors) -> String {
    let from = pki().1.trust_file.as_path();
    let whole = fs::read_to_string(from).unwrap();
    let trust = match anchors {
        Anchors::Both => whole,
        Anchors::Government => government_only(&whole),
    };
    let time = |days| (now + Duration::days(days)).format(&Rfc3339).unwrap();
    let (issued, expires) = (time(-1), time(29));
    let mut text = format!(
        "format = \"kyso-trust-bundle-1\"\nversion = {version}\nissued = {issued}\n\
         expires = {expires}\ntrust = '''\n{trust}'''\n[files]\n"
    );
    for (name, pem) in certificates(from.parent().unwrap(), &trust) {
        write!(text, "\"{name}\" = '''\n{pem}'''\n").unwrap();
    }
    text
}

fn government_only(whole: &str) -> String {
    let parts = whole.split("\n[[");
    let kept = parts
        .enumerate()
        .filter(|(at, part)| *at == 0 || part.contains("world = \"government\""));
    kept.map(|(_, part)| part).collect::<Vec<_>>().join("\n[[")
}

fn certificates(folder: &Path, trust: &str) -> Vec<(String, String)> {
    let names = trust
        .lines()
        .filter_map(|line| line.strip_prefix("certificate = \"")?.strip_suffix('"'));
    names
        .map(|name| {
            (
                name.to_owned(),
                fs::read_to_string(folder.join(name)).unwrap(),
            )
        })
        .collect()
}

/// `accepted`, or why a citizen's answer is refused.
async fn answer(world: &World) -> String {
    let mut browser = Browser::new();
    let ask = browser
        .ask(world, &[("purpose", "register"), ("subject", "citizen")])
        .await;
    let statement = fetch(world, ask).await;
    let body = Signer::of(Role::Citizen).answer(ask, &statement);
    match post(world, ask, body).await {
        (_, AnswerReply::Accepted { .. }) => "accepted".to_owned(),
        other => refusal(other).1,
    }
}

async fn refused(world: &World) -> String {
    world.portal().reload().await.unwrap_err().to_string()
}

async fn installed(world: &World) -> i64 {
    let sql = "SELECT version FROM trust_bundle";
    let pool = world.pool().await;
    sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap()
}

#[tokio::test]
async fn a_newer_bundle_is_in_force_after_a_reload_and_no_older_one_ever_again() {
    let desk = Desk::new();
    desk.sign(&bundle(3, Anchors::Both));
    let mut world = World::with(&desk.lines()).await;
    assert_eq!(answer(&world).await, "accepted");
    desk.sign(&bundle(4, Anchors::Government));
    assert_eq!(answer(&world).await, "accepted", "nobody told it");
    world.portal().reload().await.unwrap();
    assert_eq!(answer(&world).await, "CERT-UNTRUSTED");
    assert_eq!(installed(&world).await, 4);

    let follows_not = "does not follow the installed version 4";
    for older in [bundle(3, Anchors::Both), bundle(4, Anchors::Both)] {
        desk.sign(&older);
        let said = refused(&world).await;
        assert!(said.contains(follows_not), "{said}");
        let said = world.reopen().await.unwrap_err().to_string();
        assert!(
            said.starts_with("trust-bundle: ") && said.contains(follows_not),
            "{said}"
        );
    }
    assert_eq!(answer(&world).await, "CERT-UNTRUSTED");
    assert_eq!(installed(&world).await, 4);

    desk.sign(&bundle(4, Anchors::Government));
    world.restart().await;
    assert_eq!(answer(&world).await, "CERT-UNTRUSTED");
    desk.sign(&bundle(5, Anchors::Both));
    world.restart().await;
    assert_eq!(answer(&world).await, "accepted");
    assert_eq!(installed(&world).await, 5);
}

#[tokio::test]
async fn what_no_pinned_key_signed_changes_nothing() {
    let desk = Desk::new();
    desk.sign(&bundle(1, Anchors::Both));
    let mut world = World::with(&desk.lines()).await;
    let next = bundle(2, Anchors::Government);
    let signature = sign_detached(&desk.pinned, next.as_bytes()).unwrap();
    let check = async |world: &mut World, what: &str| {
        let not_signed = "trust-bundle: not signed by a key";
        let said = refused(world).await;
        assert!(said.starts_with(not_signed), "{what}: {said}");
        let said = world.reopen().await.unwrap_err().to_string();
        assert!(said.starts_with(not_signed), "{what}: {said}");
        assert_eq!(answer(world).await, "accepted", "{what}");
        assert_eq!(installed(world).await, 1, "{what}");
    };
    desk.sign_as(&desk.other, &next);
    check(&mut world, "another key").await;
    desk.write(&next, &signature[..63]);
    check(&mut world, "a cut signature").await;
    desk.write(&next, &[&signature[..], b"\n"].concat());
    check(&mut world, "a long signature").await;
    desk.write(&(next.clone() + "#"), &signature);
    check(&mut world, "a changed text").await;
    desk.write(&next, &signature);
    world.portal().reload().await.unwrap();
    assert_eq!(answer(&world).await, "CERT-UNTRUSTED");
}

#[tokio::test]
async fn a_bundle_is_installed_within_its_time_and_then_stays_in_force() {
    let desk = Desk::new();
    desk.sign(&bundle(1, Anchors::Both));
    let mut world = World::with(&desk.lines()).await;
    world.later(Duration::days(30));
    world.portal().reload().await.unwrap();
    world.restart().await;
    assert_eq!(answer(&world).await, "accepted");
    desk.sign(&bundle(2, Anchors::Government));
    assert_eq!(
        refused(&world).await,
        "trust-bundle: the bundle has expired"
    );
    world.reopen().await.unwrap_err();
    assert_eq!(answer(&world).await, "accepted");
    world.later(Duration::days(-32));
    assert_eq!(
        refused(&world).await,
        "trust-bundle: the bundle is of the future"
    );
    assert_eq!(installed(&world).await, 1);
}

#[tokio::test]
async fn a_signed_bundle_that_cannot_be_used_is_not_remembered() {
    let desk = Desk::new();
    desk.sign(&bundle(1, Anchors::Both));
    let world = World::with(&desk.lines()).await;
    desk.sign(&bundle(2, Anchors::Both).replace("version = 1\n", "version = 9\n"));
    let said = refused(&world).await;
    assert!(
        said.starts_with("trust-bundle: trust file: version 9"),
        "{said}"
    );
    assert_eq!(installed(&world).await, 1);
    fs::write(desk.path("update.pub"), "no key").unwrap();
    let said = refused(&world).await;
    assert!(
        said.starts_with("trust-bundle-keys: ") && said.contains("Ed25519"),
        "{said}"
    );
    fs::remove_file(desk.path("bundle.toml.sig")).unwrap();
    assert_eq!(answer(&world).await, "accepted");
}

#[tokio::test]
async fn units_that_cannot_be_read_leave_the_old_bundle_in_force() {
    let desk = Desk::new();
    desk.sign(&bundle(1, Anchors::Both));
    let world = World::with(&desk.lines()).await;
    desk.sign(&bundle(2, Anchors::Government));
    let units = world.database().with_file_name("units.csv");
    fs::write(units, "heading\nA,B").unwrap();
    let said = refused(&world).await;
    assert!(said.starts_with("units: line 2"), "{said}");
    assert_eq!(answer(&world).await, "accepted");
    assert_eq!(installed(&world).await, 1);
}
