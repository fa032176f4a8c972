//! An agent whose keys lie in software.

use axum::{
    body::Body,
    http::{Request, header},
};
use kyso_portal::pages::paths;
use kyso_protocol::{
    Algorithm, Answer, AnswerReply, AskId, DeviceKey, DeviceProof, Nonce, Origin, Outcome,
    ReturnCode, STATEMENT_MEDIA_TYPE, Statement, Token,
};
use kyso_support::{Issued, Key, KeyKind, Role, sign_softly};

use crate::{
    browser::{Browser, Seen},
    captcha::read,
    world::{ORIGIN, World, pki},
};

/// Who holds which key.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Key,
    /// The key of the device, where the agent has one.
    device: Option<Key>,
}

impl Signer {
    pub(crate) fn of(role: Role) -> Self {
        let subject = pki().0.subject(role);
        Self {
            certificate: subject.certificate.der().to_vec(),
            key: subject.key.clone(),
            device: None,
        }
    }

    /// The same person with a device of that key.
    pub(crate) fn on(&self, device: &Key) -> Self {
        Self {
            device: Some(device.clone()),
            ..self.clone()
        }
    }

    /// Of a certificate that was issued for the test.
    pub(crate) fn new(certificate: &Issued, key: Key) -> Self {
        Self {
            certificate: certificate.der().to_vec(),
            key,
            device: None,
        }
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.key.kind() {
            KeyKind::P256 => Algorithm::ES256,
            KeyKind::P384 => Algorithm::ES384,
            _ => Algorithm::PS256,
        }
    }

    pub(crate) fn token(&self, statement: &[u8], origin: &str) -> Token {
        self.token_with(statement, origin, self.algorithm())
    }

    pub(crate) fn token_with(&self, statement: &[u8], origin: &str, algorithm: Algorithm) -> Token {
        let message =
            Nonce::of_statement(statement).message(algorithm, &Origin::parse(origin).unwrap());
        let signature = sign_softly(&self.key, algorithm.as_str(), &message).unwrap();
        Token::new(self.certificate.clone(), algorithm, signature, None)
    }

    pub(crate) fn answer(&self, ask: AskId, statement: &[u8]) -> String {
        let token = self.token(statement, ORIGIN);
        let device = self
            .device
            .as_ref()
            .map(|key| proved(key, &DeviceProof::message(statement, &token)));
        Answer {
            ask,
            outcome: Outcome::Token(token, device),
        }
        .to_json()
    }
}

/// A device's proof of whatever is given.
pub(crate) fn proved(device: &Key, message: &[u8]) -> DeviceProof {
    let key = DeviceKey::from_spki(device.public_key_der()).unwrap();
    DeviceProof::new(key, sign_softly(device, "ES256", message).unwrap())
}

/// Fetches the statement as the agent does, and looks at it as the agent does.
pub(crate) async fn fetch(world: &World, ask: AskId) -> Vec<u8> {
    let path = format!("/.well-known/kyso/ask/{ask}");
    let response = world
        .send(Request::get(path).body(Body::empty()).unwrap())
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        STATEMENT_MEDIA_TYPE
    );
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    let statement = Statement::parse(response.body()).unwrap();
    assert_eq!((statement.portal.as_str(), statement.ask), (ORIGIN, ask));
    response.body().to_vec()
}

/// Posts an answer's bytes; status and reply come back.
pub(crate) async fn post(world: &World, ask: AskId, body: impl Into<Body>) -> (u16, AnswerReply) {
    let request = Request::post(format!("/.well-known/kyso/ask/{ask}/answer"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap();
    let response = world.send(request).await;
    (
        response.status().as_u16(),
        AnswerReply::parse(response.body()).unwrap(),
    )
}

/// What a refusal's code is; panics where the answer was accepted.
pub(crate) fn refusal((status, reply): (u16, AnswerReply)) -> (u16, String) {
    match reply {
        AnswerReply::Refused { code } => (status, code),
        AnswerReply::Ended => (status, "ended".to_owned()),
        AnswerReply::Accepted { .. } => panic!("accepted"),
    }
}

/// Signs and answers; the return code comes back.
pub(crate) async fn sign(world: &World, ask: AskId, signer: &Signer) -> ReturnCode {
    let statement = fetch(world, ask).await;
    match post(world, ask, signer.answer(ask, &statement)).await {
        (200, AnswerReply::Accepted { code, .. }) => code,
        other => panic!("{:?}", refusal(other)),
    }
}

/// Registers up to the page with what the certificate says.
pub(crate) async fn register_to_page(
    world: &World,
    browser: &mut Browser,
    role: Role,
    subject: &str,
) -> Seen {
    come_to_page(world, browser, &Signer::of(role), subject).await
}

/// As [`register_to_page`], with any certificate.
pub(crate) async fn come_to_page(
    world: &World,
    browser: &mut Browser,
    signer: &Signer,
    subject: &str,
) -> Seen {
    let ask = browser
        .ask(world, &[("purpose", "register"), ("subject", subject)])
        .await;
    let code = sign(world, ask, signer).await;
    let presented = browser.present(world, &code).await;
    assert_eq!(
        (presented.status, presented.location.as_str()),
        (303, paths::REGISTER_CONFIRM)
    );
    browser.get(world, paths::REGISTER_CONFIRM).await
}

/// An account made from end to end.
pub(crate) async fn register_with(
    world: &World,
    browser: &mut Browser,
    signer: &Signer,
    subject: &str,
) {
    let page = come_to_page(world, browser, signer, subject).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let pending = page.hidden("pending");
    let code = match subject {
        "citizen" => String::new(),
        _ => read(world, &pending).await,
    };
    let fields = [
        ("pending", pending.as_str()),
        ("do", "register"),
        ("email", "so@mau.example"),
        ("captcha", &code),
    ];
    let done = browser.post(world, paths::REGISTER_CONFIRM, &fields).await;
    assert_eq!(
        (done.status, done.outcome.as_str()),
        (200, "registered"),
        "{}",
        done.text
    );
}

/// A citizen's account, made from end to end.
pub(crate) async fn register_citizen(world: &World, browser: &mut Browser) {
    register_with(world, browser, &Signer::of(Role::Citizen), "citizen").await;
}

/// Signs a citizen in by the page that names the person, and yields the last reply.
pub(crate) async fn sign_in(world: &World, browser: &mut Browser, next: &str) -> Seen {
    sign_in_with(world, browser, &Signer::of(Role::Citizen), next).await
}

/// As [`sign_in`], with any certificate.
pub(crate) async fn sign_in_with(
    world: &World,
    browser: &mut Browser,
    signer: &Signer,
    next: &str,
) -> Seen {
    let ask = browser
        .ask(world, &[("purpose", "login"), ("next", next)])
        .await;
    let code = sign(world, ask, signer).await;
    let presented = browser.present(world, &code).await;
    if presented.location != paths::LOGIN_CONFIRM {
        return presented;
    }
    let page = browser.get(world, paths::LOGIN_CONFIRM).await;
    let pending = page.hidden("pending");
    browser
        .post(world, paths::LOGIN_CONFIRM, &[("pending", &pending)])
        .await
}
