//! Evidence of revocation, fetched from servers that are not our own code.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use kyso_portal::pages::paths;
use kyso_protocol::AnswerReply;
use kyso_support::{CrlDraft, DemoPki, Files, Published, Publisher, Role};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::{
    agent::{Signer, fetch, post, register_with, sign_in_with},
    browser::Browser,
    world::{NOW, World},
};

/// A PKI whose CAs publish. The servers' clock is the machine's, and so is the portal's here.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) publisher: Publisher,
    pub(crate) pki: DemoPki,
    files: Files,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut publisher = Publisher::at(&folder.path().join("published")).unwrap();
        let (pki, files) = pki(folder.path(), publisher.addresses());
        publisher.start(&pki).unwrap();
        Self {
            folder,
            publisher,
            pki,
            files,
        }
    }

    pub(crate) async fn world(&self, more: &str) -> World {
        world(&self.files, more).await
    }

    pub(crate) async fn answer(&self, world: &World, role: Role) -> String {
        answer(world, &self.pki, role).await
    }

    /// The public CA publishes a list that it made then.
    pub(crate) fn publish_made(&self, made: OffsetDateTime, revoked: &[Role]) {
        let listed = revoked
            .iter()
            .map(|role| &self.pki.subject(*role).certificate);
        let draft = CrlDraft::new(made, Some(made + Duration::days(2)));
        let draft = listed.fold(draft, |draft, one| draft.revoke(one, made));
        let list = draft.issue(&self.pki.public_ca).unwrap();
        let file = self.folder.path().join("published/public-ca.crl");
        std::fs::write(file, list.der()).unwrap();
    }
}

pub(crate) fn pki(folder: &std::path::Path, published: Published) -> (DemoPki, Files) {
    let pki = DemoPki::publishing(OffsetDateTime::now_utc(), published).unwrap();
    let files = pki
        .write(&folder.join("pki"), &["quocgia.localhost"])
        .unwrap();
    (pki, files)
}

pub(crate) async fn world(files: &Files, more: &str) -> World {
    let world = World::trusting(&files.trust_file, more).await;
    world.later(OffsetDateTime::now_utc() - NOW);
    world
}

/// What the agent hears when this person answers a registration.
async fn answer(world: &World, pki: &DemoPki, role: Role) -> String {
    let subject = pki.subject(role);
    let signer = Signer::new(&subject.certificate, subject.key.clone());
    let kind = if role == Role::Agency {
        "agency"
    } else {
        "citizen"
    };
    let fields = [("purpose", "register"), ("subject", kind)];
    let ask = Browser::new().ask(world, &fields).await;
    let statement = fetch(world, ask).await;
    match post(world, ask, signer.answer(ask, &statement)).await.1 {
        AnswerReply::Accepted { .. } => "accepted".to_owned(),
        AnswerReply::Refused { code } => code,
        AnswerReply::Ended => "ended".to_owned(),
    }
}

pub(crate) const LOCAL: &str = "private-evidence-hosts = ['127.0.0.1']\n";
pub(crate) const AT_ONCE: &str = "evidence-reuse-minutes = 0\n";

#[tokio::test]
async fn the_responder_has_the_word_and_the_list_where_it_is_silent() {
    let mut scene = Scene::new();
    let hard = format!("revocation = 'hard-fail'\n{LOCAL}{AT_ONCE}");
    let world = scene.world(&hard).await;
    scene.publisher.withdraw_the_list().unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    assert_eq!(scene.answer(&world, Role::Revoked).await, "CERT-REVOKED");
    scene.publisher.know(&scene.pki, &[Role::Citizen]).unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");

    scene.publisher.stop_responder();
    scene.publisher.publish(&scene.pki, &[]).unwrap();
    assert_eq!(scene.answer(&world, Role::Newcomer).await, "accepted");
    scene
        .publisher
        .publish(&scene.pki, &[Role::Newcomer])
        .unwrap();
    assert_eq!(scene.answer(&world, Role::Newcomer).await, "CERT-REVOKED");
}

#[tokio::test]
async fn where_nobody_answers_the_rule_has_the_word() {
    let mut scene = Scene::new();
    scene.publisher.stop();
    let check = async |more: &str, expected: &str, recorded: Option<&str>| {
        let world = scene.world(&format!("{more}\n{LOCAL}")).await;
        assert_eq!(
            scene.answer(&world, Role::Citizen).await,
            expected,
            "{more}"
        );
        let noted = sqlx::query_scalar::<_, String>("SELECT revocation FROM proofs");
        let noted = noted.fetch_optional(&world.pool().await).await.unwrap();
        assert_eq!(noted.as_deref(), recorded, "{more}");
    };
    check("revocation = 'hard-fail'", "REVOCATION-UNKNOWN", None).await;
    check("revocation = 'soft-fail'", "accepted", Some("not-checked")).await;
    check("revocation = 'if-given'", "accepted", Some("not-checked")).await;
}

#[tokio::test]
async fn kept_evidence_outlives_a_restart_and_counts_as_long_as_it_says() {
    let mut scene = Scene::new();
    scene.publisher.withdraw_the_list().unwrap();
    let mut world = scene
        .world(&format!("revocation = 'hard-fail'\n{LOCAL}"))
        .await;
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    assert_eq!(scene.answer(&world, Role::Agency).await, "accepted");
    scene.publisher.stop();
    world.restart().await;
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    // Somebody whom the responder was never asked about; the CA's list was never wanted either.
    assert_eq!(
        scene.answer(&world, Role::Newcomer).await,
        "REVOCATION-UNKNOWN"
    );
    // Not fresh any more, but the responder promised it for an hour, the list for six days.
    world.later(Duration::minutes(40));
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    world.later(Duration::hours(1));
    assert_eq!(
        scene.answer(&world, Role::Citizen).await,
        "REVOCATION-UNKNOWN"
    );
    assert_eq!(scene.answer(&world, Role::Agency).await, "accepted");
}

#[tokio::test]
async fn what_was_said_to_be_revoked_stays_so_when_nobody_answers() {
    let mut scene = Scene::new();
    let world = scene
        .world(&format!("revocation = 'hard-fail'\n{LOCAL}{AT_ONCE}"))
        .await;
    scene.publisher.withdraw_the_list().unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    scene.publisher.know(&scene.pki, &[Role::Citizen]).unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");
    scene.publisher.stop();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");
}

#[tokio::test]
async fn a_list_that_is_older_than_the_one_before_says_nothing() {
    let mut scene = Scene::new();
    scene.publisher.stop_responder();
    let world = scene
        .world(&format!("revocation = 'hard-fail'\n{LOCAL}{AT_ONCE}"))
        .await;
    let now = OffsetDateTime::now_utc();
    let publish = |hours, revoked: &[Role]| {
        scene.publish_made(now - Duration::hours(hours), revoked);
    };
    publish(2, &[]);
    assert_eq!(scene.answer(&world, Role::Newcomer).await, "accepted");
    publish(1, &[Role::Newcomer]);
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    publish(2, &[]);
    assert_eq!(scene.answer(&world, Role::Newcomer).await, "CERT-REVOKED");
    assert_eq!(scene.answer(&world, Role::Citizen).await, "accepted");
    publish(0, &[]);
    assert_eq!(scene.answer(&world, Role::Newcomer).await, "accepted");
}

#[tokio::test]
async fn silence_takes_no_registered_certificate_off_its_list() {
    let mut scene = Scene::new();
    let world = scene
        .world(&format!("revocation = 'soft-fail'\n{LOCAL}{AT_ONCE}"))
        .await;
    scene.publisher.withdraw_the_list().unwrap();
    let subject = scene.pki.subject(Role::Citizen);
    let signer = Signer::new(&subject.certificate, subject.key.clone());
    register_with(&world, &mut Browser::new(), &signer, "citizen").await;
    scene.publisher.know(&scene.pki, &[Role::Citizen]).unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");
    scene.publisher.stop();
    sqlx::query("DELETE FROM evidence")
        .execute(&world.pool().await)
        .await
        .unwrap();
    assert_eq!(scene.answer(&world, Role::Citizen).await, "CERT-REVOKED");
    assert_eq!(scene.answer(&world, Role::Newcomer).await, "accepted");
}

/// Counts connections and says nothing on them.
fn silent() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((connection, _)) = listener.accept() {
            counted.fetch_add(1, Ordering::SeqCst);
            open.push(connection);
        }
    });
    (port, count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_responder_that_says_nothing_holds_up_its_own_people_only() {
    let (port, count) = silent();
    let scene = {
        let folder = tempfile::tempdir().unwrap();
        let mut publisher = Publisher::at(&folder.path().join("published")).unwrap();
        let published = Published {
            ocsp: Some(format!("http://127.0.0.1:{port}")),
            ..publisher.addresses()
        };
        let (pki, files) = pki(folder.path(), published);
        publisher.start(&pki).unwrap();
        Scene {
            folder,
            publisher,
            pki,
            files,
        }
    };
    let world = scene
        .world(&format!("revocation = 'hard-fail'\n{LOCAL}{AT_ONCE}"))
        .await;
    let order = std::sync::Mutex::new(Vec::new());
    let person = async |role| {
        let outcome = scene.answer(&world, role).await;
        order.lock().unwrap().push((role, outcome));
    };
    tokio::join!(person(Role::Citizen), person(Role::Agency));
    let accepted = "accepted".to_owned();
    let expected = [(Role::Agency, accepted.clone()), (Role::Citizen, accepted)];
    assert_eq!(*order.lock().unwrap(), expected);
    // The next one of the same CA isn't sent there again at once.
    assert_eq!(scene.answer(&world, Role::Newcomer).await, "accepted");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    drop(scene.folder);
}

#[tokio::test]
async fn nobody_chooses_the_portals_requests() {
    let (port, count) = silent();
    let folder = tempfile::tempdir().unwrap();
    let address = format!("http://127.0.0.1:{port}");
    let published = Published {
        ocsp: Some(address.clone()),
        lists: address,
    };
    let (pki, files) = pki(folder.path(), published);
    // An address inside the operator's network that nobody listed.
    let closed = world(&files, "revocation = 'hard-fail'\n").await;
    assert_eq!(
        answer(&closed, &pki, Role::Citizen).await,
        "REVOCATION-UNKNOWN"
    );
    // Certificates whose path reaches no anchor, or that are refused without asking.
    let open = world(&files, &format!("revocation = 'hard-fail'\n{LOCAL}")).await;
    assert_eq!(answer(&open, &pki, Role::UnknownCa).await, "CERT-UNTRUSTED");
    assert_eq!(answer(&open, &pki, Role::Expired).await, "CERT-EXPIRED");
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_agent_has_gone_comes_to_its_end() {
    let (port, _) = silent();
    let folder = tempfile::tempdir().unwrap();
    let address = format!("http://127.0.0.1:{port}");
    let published = Published {
        ocsp: Some(address.clone()),
        lists: address,
    };
    let (pki, files) = pki(folder.path(), published);
    let world = world(&files, &format!("revocation = 'hard-fail'\n{LOCAL}")).await;
    let subject = pki.subject(Role::Citizen);
    let signer = Signer::new(&subject.certificate, subject.key.clone());
    let fields = [("purpose", "register"), ("subject", "citizen")];
    let ask = Browser::new().ask(&world, &fields).await;
    let statement = fetch(&world, ask).await;
    let posted = post(&world, ask, signer.answer(ask, &statement));
    let patience = std::time::Duration::from_millis(500);
    assert!(tokio::time::timeout(patience, posted).await.is_err());
    let ended = "asks WHERE problem = 'REVOCATION-UNKNOWN'";
    for _ in 0..100 {
        if world.count(ended).await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it was left in the middle");
}

/// Registers under `soft-fail`, signs in when the CA is silent, and says what the account page tells of it.
#[tokio::test]
async fn a_login_that_passed_unchecked_is_told_on_the_account_page() {
    let mut scene = Scene::new();
    scene.publisher.withdraw_the_list().unwrap();
    let world = scene
        .world(&format!("revocation = 'soft-fail'\n{LOCAL}{AT_ONCE}"))
        .await;
    let subject = scene.pki.subject(Role::Citizen);
    let signer = Signer::new(&subject.certificate, subject.key.clone());
    let mut browser = Browser::new();
    register_with(&world, &mut browser, &signer, "citizen").await;
    let mut told = async || {
        sign_in_with(&world, &mut browser, &signer, paths::ACCOUNT).await;
        let page = browser.get(&world, paths::ACCOUNT).await;
        assert_eq!(page.status, 200);
        page.text
            .contains("could not check whether the certificate")
    };
    assert!(!told().await);
    scene.publisher.stop();
    // What was kept counts for an hour; then nobody knows any more.
    world.later(Duration::hours(2));
    assert!(told().await);
}

/// Serves the lists of a folder, each later than anybody who signs in waits for it.
fn slow(folder: std::path::PathBuf) -> u16 {
    const LATER: std::time::Duration = std::time::Duration::from_secs(3);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = move |mut connection: TcpStream| {
        let mut request = [0; 1024];
        let length = connection.read(&mut request).unwrap_or(0);
        let request = String::from_utf8_lossy(request.get(..length).unwrap_or_default());
        let name = request.split(['/', ' ']).nth(2).unwrap_or_default();
        let list = std::fs::read(folder.join(name)).unwrap_or_default();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", list.len());
        std::thread::sleep(LATER);
        let _ = connection.write_all(&[head.as_bytes(), &list].concat());
    };
    std::thread::spawn(move || {
        while let Ok((connection, _)) = listener.accept() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(connection));
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_takes_too_long_is_there_for_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let lists = folder.path().join("lists");
    std::fs::create_dir(&lists).unwrap();
    let published = Published {
        ocsp: None,
        lists: format!("http://127.0.0.1:{}", slow(lists.clone())),
    };
    let (pki, files) = pki(folder.path(), published);
    let [_, root] = pki.root_crls().unwrap();
    std::fs::write(lists.join("government-root.crl"), root.der()).unwrap();
    let ca = pki.government_crl().unwrap();
    std::fs::write(lists.join("government-ca.crl"), ca.der()).unwrap();
    let world = world(&files, &format!("revocation = 'hard-fail'\n{LOCAL}")).await;
    assert_eq!(
        answer(&world, &pki, Role::Agency).await,
        "REVOCATION-UNKNOWN"
    );
    while world.count("evidence").await < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(answer(&world, &pki, Role::Agency).await, "accepted");
}
