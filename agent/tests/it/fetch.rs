//! Every refusal of the deep link's road, each by its own error.

use std::sync::OnceLock;

use kyso_agent::channel::deep_link::{BODY_MAX, Fetched, Portal, PortalError};
use kyso_agent::settings::{ListedPortal, Settings};
use kyso_certs::Certificate;
use kyso_protocol::{Answer, AnswerReply, AskId, Link, Origin, Outcome, Refusal};
use kyso_support::{DemoPki, Server as Identity};
use time::OffsetDateTime;

use crate::server::Server;

pub(crate) const HOST: &str = "cong.localhost";
const TYPE: &str = "Content-Type: application/kyso-statement+json\r\n";
const DATE: &str = "Date: Sat, 21 Nov 2026 07:00:00 GMT\r\n";

pub(crate) struct World {
    pub(crate) pki: DemoPki,
    pub(crate) identity: Identity,
}

pub(crate) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let pki = DemoPki::new(OffsetDateTime::now_utc()).expect("openssl");
        let identity = pki.server(&[HOST]).expect("a certificate");
        World { pki, identity }
    })
}

fn link(host: &str, port: u16) -> Link {
    let origin = Origin::parse(&format!("https://{host}:{port}")).expect("an origin");
    Link::new(origin, AskId::from_bytes([9; 16]))
}

fn listed(link: &Link, root: &[u8]) -> Settings {
    let tls_roots = vec![Certificate::from_der(root).expect("a certificate")];
    let portal = ListedPortal {
        origin: link.origin().clone(),
        name: None,
        tls_roots,
    };
    Settings {
        portals: vec![portal],
        ..Settings::default()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(future)
}

fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut reply = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend_from_slice(body);
    reply
}

fn fetch_from(server: &Server) -> Result<Fetched, PortalError> {
    let link = link(HOST, server.address.port());
    let settings = listed(&link, world().pki.tls.certificate().der());
    block_on(async { Portal::of(&link, &settings)?.fetch(&link).await })
}

fn fetch(reply: Vec<u8>) -> Result<Fetched, PortalError> {
    fetch_from(&Server::start(&world().identity, reply))
}

fn check(reply: Vec<u8>, expected: &str) {
    let got = fetch(reply).map_err(|error| error.to_string());
    assert_eq!(got.err().as_deref(), Some(expected));
}

#[test]
fn takes_the_exact_bytes_and_the_portals_clock() {
    let server = Server::start(
        &world().identity,
        reply("200 OK", &format!("{TYPE}{DATE}"), b"{\"v\": 1}\n"),
    );
    let fetched = fetch_from(&server).expect("fetched");
    assert_eq!(fetched.statement, b"{\"v\": 1}\n");
    assert_eq!(fetched.portal_time.unix_timestamp(), 1_795_244_400);
    let requests = server.requests.lock().expect("done").clone();
    let head = requests.first().expect("one request").to_lowercase();
    assert!(
        head.starts_with("get /.well-known/kyso/ask/cqkjcqkjcqkjcqkjcqkjcq http/1.1"),
        "{head}"
    );
    assert!(
        !head.contains("cookie") && !head.contains("referer") && !head.contains("authorization"),
        "{head}"
    );
}

#[test]
fn refuses_whatever_is_not_a_plain_statement() {
    let ok = format!("{TYPE}{DATE}");
    check(
        reply(
            "302 Found",
            &format!("Location: https://{HOST}/\r\n{ok}"),
            b"{}",
        ),
        "a redirect, which is not followed",
    );
    check(
        reply("404 Not Found", "", b""),
        "the portal knows no such ask",
    );
    check(reply("409 Conflict", "", b""), "the ask was used");
    check(reply("410 Gone", "", b""), "the ask has expired");
    check(reply("206 Partial Content", &ok, b"{}"), "status 206");
    check(reply("500 Internal Server Error", &ok, b"{}"), "status 500");
    check(
        reply(
            "200 OK",
            &format!("Content-Type: application/json\r\n{DATE}"),
            b"{}",
        ),
        "wrong media type",
    );
    check(reply("200 OK", DATE, b"{}"), "wrong media type");
    check(
        reply(
            "200 OK",
            &format!("{TYPE}Content-Type: text/html\r\n{DATE}"),
            b"{}",
        ),
        "wrong media type",
    );
    check(reply("200 OK", TYPE, b"{}"), "no usable Date");
    check(
        reply("200 OK", &format!("{TYPE}Date: yesterday\r\n"), b"{}"),
        "no usable Date",
    );
}

#[test]
fn reads_four_kibibytes_and_no_more() {
    let headers = format!("{TYPE}{DATE}");
    let length = |body: usize| {
        fetch(reply("200 OK", &headers, &vec![b' '; body])).map(|fetched| fetched.statement.len())
    };
    assert_eq!(length(BODY_MAX).ok(), Some(BODY_MAX));
    assert!(matches!(length(BODY_MAX + 1), Err(PortalError::TooLong)));
    // Without a length in front the body itself is counted.
    let mut endless = format!("HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n").into_bytes();
    endless.extend(vec![b' '; BODY_MAX + 1]);
    assert!(matches!(fetch(endless), Err(PortalError::TooLong)));
}

#[test]
fn gives_up_on_a_portal_that_says_nothing() {
    assert!(matches!(fetch(Vec::new()), Err(PortalError::TimedOut)));
}

#[test]
fn a_portal_of_another_authority_or_name_is_not_verified() {
    let server = Server::start(
        &world().identity,
        reply("200 OK", &format!("{TYPE}{DATE}"), b"{}"),
    );
    let check = |host: &str, root: &[u8]| {
        let link = link(host, server.address.port());
        let settings = listed(&link, root);
        let got = block_on(async { Portal::of(&link, &settings)?.fetch(&link).await });
        assert!(matches!(got, Err(PortalError::Tls(_))), "{host}: {got:?}");
    };
    check(HOST, world().pki.unknown_ca.certificate().der());
    check("khac.localhost", world().pki.tls.certificate().der());
    assert!(
        server.requests.lock().expect("done").is_empty(),
        "something was sent"
    );
}

#[test]
fn an_unlisted_portal_is_public_or_refused_unasked() {
    let refused = |host: &str, port: u16| {
        matches!(
            Portal::of(&link(host, port), &Settings::default()),
            Err(PortalError::OriginRefused)
        )
    };
    assert!(refused(HOST, 8443));
    assert!(refused("portal.example", 8443));
    let public = Link::parse("kyso:1/portal.example/CQkJCQkJCQkJCQkJCQkJCQ").expect("a link");
    assert!(Portal::of(&public, &Settings::default()).is_ok());
    let local = Link::parse("kyso:1/quocgia.localhost/CQkJCQkJCQkJCQkJCQkJCQ").expect("a link");
    assert!(matches!(
        Portal::of(&local, &Settings::default()),
        Err(PortalError::OriginRefused)
    ));
}

#[test]
fn a_blocked_origin_is_not_fetched_even_if_it_is_listed() {
    let server = Server::start(&world().identity, Vec::new());
    let link = link(HOST, server.address.port());
    let settings = Settings {
        blocked: vec![link.origin().clone()],
        ..listed(&link, world().pki.tls.certificate().der())
    };
    assert!(matches!(
        Portal::of(&link, &settings),
        Err(PortalError::Blocked)
    ));
    assert!(server.requests.lock().expect("done").is_empty());
}

#[test]
fn the_roots_of_one_listed_portal_vouch_for_no_other() {
    let server = Server::start(
        &world().identity,
        reply("200 OK", &format!("{TYPE}{DATE}"), b"{}"),
    );
    let asked = link(HOST, server.address.port());
    let mut settings = listed(&asked, world().pki.unknown_ca.certificate().der());
    let neighbour = listed(&link(HOST, 1), world().pki.tls.certificate().der());
    settings.portals.extend(neighbour.portals);
    let got = block_on(async { Portal::of(&asked, &settings)?.fetch(&asked).await });
    assert!(matches!(got, Err(PortalError::Tls(_))), "{got:?}");
}

#[test]
fn nobody_listening_is_unreachable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a port")
        .port();
    let link = link(HOST, port);
    let settings = listed(&link, world().pki.tls.certificate().der());
    let got = block_on(async { Portal::of(&link, &settings)?.fetch(&link).await });
    assert!(matches!(got, Err(PortalError::Unreachable(_))), "{got:?}");
}

fn post(reply: Vec<u8>) -> (Result<AnswerReply, PortalError>, Vec<String>) {
    let server = Server::start(&world().identity, reply);
    let link = link(HOST, server.address.port());
    let settings = listed(&link, world().pki.tls.certificate().der());
    let answer = Answer {
        ask: link.ask(),
        outcome: Outcome::Refusal(Refusal::Cancelled),
    };
    let got = block_on(async { Portal::of(&link, &settings)?.post(&link, &answer).await });
    let requests = server.requests.lock().expect("done").clone();
    (got, requests)
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn posts_the_answer_to_the_address_beside_the_statement() {
    let (got, requests) = post(reply("200 OK", JSON, b"{\"v\":1,\"ended\":true}"));
    assert!(matches!(got, Ok(AnswerReply::Ended)));
    let request = requests.first().expect("one request");
    assert!(
        request.starts_with("POST /.well-known/kyso/ask/CQkJCQkJCQkJCQkJCQkJCQ/answer HTTP/1.1"),
        "{request}"
    );
    let body = request.rsplit("\r\n").next().expect("a body");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let expected =
        serde_json::json!({"v": 1, "ask": "CQkJCQkJCQkJCQkJCQkJCQ", "refusal": "cancelled"});
    assert_eq!(body, expected);
}

#[test]
fn a_reply_must_go_with_its_status() {
    let check = |status: &str, headers: &str, body: &str, expected: &str| {
        let (got, _) = post(reply(status, headers, body.as_bytes()));
        let got = match got {
            Ok(AnswerReply::Refused { code }) => code,
            Ok(_) => "taken".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(got.starts_with(expected), "{status} {body}: {got}");
    };
    let refused = "{\"v\":1,\"refused\":\"CERT-EXPIRED\"}";
    check("403 Forbidden", JSON, refused, "CERT-EXPIRED");
    check("409 Conflict", JSON, refused, "CERT-EXPIRED");
    check(
        "200 OK",
        JSON,
        refused,
        "the reply does not go with its status",
    );
    check(
        "403 Forbidden",
        JSON,
        "{\"v\":1,\"ended\":true}",
        "the reply does not go with its status",
    );
    check(
        "500 Internal Server Error",
        JSON,
        refused,
        "the reply does not go with its status",
    );
    check(
        "303 See Other",
        "Location: https://evil.example/\r\n",
        "",
        "a redirect, which is not followed",
    );
    check(
        "200 OK",
        "Content-Type: text/html\r\n",
        refused,
        "wrong media type",
    );
    check("410 Gone", "", "", "the ask has expired");
    check(
        "200 OK",
        JSON,
        "{\"v\":1,\"ended\":true,\"return\":\"https://evil.example\"}",
        "the reply is not understood",
    );
}
