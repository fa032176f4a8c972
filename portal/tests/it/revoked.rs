//! What becomes of a registered certificate when its CA changes its mind.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
};

use kyso_portal::{housekeeping, pages::paths};
use kyso_support::{OcspResponder, Published, Role};
use time::{Duration, OffsetDateTime};

use crate::{
    agent::{Signer, register_with, sign_in_with},
    browser::Browser,
    evidence::{AT_ONCE, LOCAL, Scene, pki, world},
    world::World,
};

impl Scene {
    fn signer(&self, role: Role) -> Signer {
        let subject = self.pki.subject(role);
        Signer::new(&subject.certificate, subject.key.clone())
    }

    async fn hard(&self) -> World {
        self.world(&format!("revocation = 'hard-fail'\n{LOCAL}{AT_ONCE}"))
            .await
    }

    /// The responder says from now on that it doesn't know this one.
    fn disown(&self, role: Role) {
        let ca = &self.pki.public_ca;
        let nobody = OcspResponder::new(ca, ca.certificate(), ca.key()).unwrap();
        let others = self.pki.subjects().iter().filter(|one| one.role != role);
        let known = others.fold(nobody, |known, one| known.good(&one.certificate));
        known
            .write_index(&self.folder.path().join("published"))
            .unwrap();
        // It looks at its file before it waits for the next connection.
        let address = self.publisher.addresses().ocsp.unwrap();
        let mut waking = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
        waking.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        waking.read_to_end(&mut Vec::new()).unwrap();
    }
}

async fn noted(world: &World) -> i64 {
    world
        .count("certificates WHERE revoked_at IS NOT NULL")
        .await
}

#[tokio::test]
async fn a_responder_that_knows_a_certificate_no_more_is_not_outvoted_by_what_it_said() {
    let mut scene = Scene::new();
    let world = scene.hard().await;
    scene.publisher.withdraw_the_list().unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    scene.disown(Role::Citizen);
    let unknown = "REVOCATION-UNKNOWN";
    assert_eq!(scene.answer(&world, Role::Citizen).await, unknown);
    // Nor later, when nobody answers any more.
    scene.publisher.stop();
    assert_eq!(scene.answer(&world, Role::Citizen).await, unknown);
}

#[tokio::test]
async fn a_revoked_word_outlives_one_that_knows_nothing() {
    let mut scene = Scene::new();
    let world = scene.hard().await;
    scene.publisher.withdraw_the_list().unwrap();
    assert_eq!(scene.answer(&world, Role::Revoked).await, "CERT-REVOKED");
    scene.disown(Role::Revoked);
    assert_eq!(scene.answer(&world, Role::Revoked).await, "CERT-REVOKED");
    scene.publisher.stop();
    assert_eq!(scene.answer(&world, Role::Revoked).await, "CERT-REVOKED");
}

#[tokio::test]
async fn the_hourly_look_finds_who_was_revoked_though_nobody_signs_in() {
    let scene = Scene::new();
    let world = scene.hard().await;
    let signer = scene.signer(Role::Citizen);
    register_with(&world, &mut Browser::new(), &signer, "citizen").await;
    housekeeping::clean(world.portal()).await.unwrap();
    assert_eq!(noted(&world).await, 0);
    scene
        .publisher
        .publish(&scene.pki, &[Role::Citizen])
        .unwrap();
    housekeeping::clean(world.portal()).await.unwrap();
    assert_eq!(noted(&world).await, 1);
    let mut browser = Browser::new();
    let methods = {
        scene.publish_made(OffsetDateTime::now_utc() + Duration::hours(1), &[]);
        world.later(Duration::hours(2));
        sign_in_with(&world, &mut browser, &signer, paths::METHODS).await;
        browser.get(&world, paths::METHODS).await
    };
    assert_eq!((methods.status, noted(&world).await), (200, 0));
}

#[tokio::test]
async fn the_hourly_look_uses_what_logins_brought() {
    let mut scene = Scene::new();
    let world = scene.hard().await;
    scene.publisher.withdraw_the_list().unwrap();
    let signer = scene.signer(Role::Citizen);
    register_with(&world, &mut Browser::new(), &signer, "citizen").await;
    scene.publisher.know(&scene.pki, &[Role::Citizen]).unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");
    scene.publisher.stop();
    sqlx::query("UPDATE certificates SET revoked_at = NULL")
        .execute(&world.pool().await)
        .await
        .unwrap();
    housekeeping::clean(world.portal()).await.unwrap();
    assert_eq!(noted(&world).await, 1);
}

#[tokio::test]
async fn an_older_word_takes_no_revocation_back() {
    let mut scene = Scene::new();
    let world = scene.hard().await;
    let signer = scene.signer(Role::Citizen);
    register_with(&world, &mut Browser::new(), &signer, "citizen").await;
    scene.publisher.know(&scene.pki, &[Role::Citizen]).unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");
    assert_eq!(noted(&world).await, 1);
    scene.publisher.stop_responder();
    sqlx::query("DELETE FROM evidence")
        .execute(&world.pool().await)
        .await
        .unwrap();
    let now = OffsetDateTime::now_utc();
    scene.publish_made(now - Duration::hours(2), &[]);
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");
    assert_eq!(noted(&world).await, 1);
    scene.publish_made(now + Duration::minutes(10), &[]);
    world.later(Duration::minutes(20));
    sign_in_with(&world, &mut Browser::new(), &signer, paths::ACCOUNT).await;
    assert_eq!(noted(&world).await, 0);
}

/// Serves the lists of a folder and counts who was asked for.
fn counting(folder: PathBuf) -> (u16, Arc<Mutex<BTreeMap<String, usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let counts = Arc::new(Mutex::new(BTreeMap::new()));
    let counted = Arc::clone(&counts);
    std::thread::spawn(move || {
        while let Ok((mut connection, _)) = listener.accept() {
            let mut request = [0; 1024];
            let length = connection.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(request.get(..length).unwrap_or_default());
            let name = request.split(['/', ' ']).nth(2).unwrap_or_default();
            *counted.lock().unwrap().entry(name.to_owned()).or_default() += 1;
            let list = std::fs::read(folder.join(name)).unwrap_or_default();
            let status = if list.is_empty() {
                "404 Gone"
            } else {
                "200 OK"
            };
            let length = list.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = connection.write_all(&[head.as_bytes(), &list].concat());
        }
    });
    (port, counts)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hourly_look_asks_for_each_list_once() {
    let folder = tempfile::tempdir().unwrap();
    let lists = folder.path().join("lists");
    std::fs::create_dir(&lists).unwrap();
    let (port, counts) = counting(lists.clone());
    let published = Published {
        ocsp: None,
        lists: format!("http://127.0.0.1:{port}"),
    };
    let (pki, files) = pki(folder.path(), published);
    let [root, _] = pki.root_crls().unwrap();
    std::fs::write(lists.join("national-root.crl"), root.der()).unwrap();
    let world = world(
        &files,
        &format!("revocation = 'soft-fail'\n{LOCAL}{AT_ONCE}"),
    )
    .await;
    for role in [Role::Citizen, Role::Newcomer] {
        let subject = pki.subject(role);
        let signer = Signer::new(&subject.certificate, subject.key.clone());
        register_with(&world, &mut Browser::new(), &signer, "citizen").await;
    }
    counts.lock().unwrap().clear();
    housekeeping::clean(world.portal()).await.unwrap();
    let asked = counts.lock().unwrap().clone();
    let once = ["national-root.crl", "public-ca.crl"].map(|name| (name.to_owned(), 1));
    assert_eq!(asked, BTreeMap::from(once));
}

/// Under soft-fail, the page before the session opens says what could not be checked, also in a browser that knows the
/// account and would go on by itself.
#[tokio::test]
async fn a_sign_in_that_could_not_be_checked_says_so_before_the_session_opens() {
    let mut scene = Scene::new();
    let world = scene
        .world(&format!("revocation = 'soft-fail'\n{LOCAL}{AT_ONCE}"))
        .await;
    let signer = scene.signer(Role::Citizen);
    let mut browser = Browser::new();
    register_with(&world, &mut browser, &signer, "citizen").await;
    let mut come_back = async || {
        browser.post(&world, paths::SIGN_OUT, &[]).await;
        let ask = browser.ask(&world, &[("purpose", "login")]).await;
        let code = crate::agent::sign(&world, ask, &signer).await;
        browser.present(&world, &code).await;
        browser.get(&world, paths::LOGIN_CONFIRM).await.text
    };
    let unchecked = "could not check whether this certificate was revoked";
    sign_in_with(&world, &mut Browser::new(), &signer, "").await;
    assert!(!come_back().await.contains(unchecked));
    scene.publisher.stop();
    world.later(Duration::days(10));
    assert!(come_back().await.contains(unchecked));
}
