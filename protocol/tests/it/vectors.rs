//! `protocol/vectors/*.json`, written by `make.py`.

use kyso_protocol::check::{Expected, possession};
use kyso_protocol::{
    Algorithm, Answer, CheckError, DeviceProof, Nonce, Origin, Outcome, SessionCall, Statement,
    StatementError, Token, matching_code,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct TokenVector {
    name: String,
    origin: String,
    nonce: String,
    algorithms: Vec<Algorithm>,
    token: String,
    expect: String,
}

#[derive(Deserialize)]
struct StatementVector {
    name: String,
    statement: String,
    expect: String,
    nonce: String,
    code: String,
}

#[derive(Deserialize)]
struct DeviceVector {
    name: String,
    statement: String,
    /// Hexadecimal.
    message: String,
    answer: String,
    expect: String,
}

/// The name of an error's innermost variant, as the vectors have it.
pub(crate) fn variant(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let outer = ["Token(", "Json(", "Device("];
    let inner = outer.iter().fold(text.as_str(), |text, outer| {
        text.strip_prefix(outer).unwrap_or(text)
    });
    inner
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect()
}

pub(crate) fn outcome(vector_token: &str, expected: &Expected<'_>) -> Result<(), CheckError> {
    let token = Token::parse(vector_token.as_bytes())?;
    possession(&token, expected).map(drop)
}

#[test]
fn every_token_vector_has_its_own_outcome() {
    let vectors: Vec<TokenVector> =
        serde_json::from_str(include_str!("../../vectors/tokens.json")).unwrap();
    assert!(vectors.len() > 40);
    for vector in vectors {
        let origin = Origin::parse(&vector.origin).unwrap();
        let nonce = Nonce::stored(&vector.nonce).unwrap();
        let expected = Expected {
            origin: &origin,
            nonce: &nonce,
            algorithms: &vector.algorithms,
        };
        let got = outcome(&vector.token, &expected);
        assert_eq!(
            got.as_ref()
                .map_or_else(variant, |()| "accepted".to_owned()),
            vector.expect,
            "{}: {got:?}",
            vector.name
        );
    }
}

#[test]
fn every_statement_vector_has_its_own_outcome() {
    let vectors: Vec<StatementVector> =
        serde_json::from_str(include_str!("../../vectors/statements.json")).unwrap();
    assert!(vectors.len() > 30);
    for vector in vectors {
        let bytes = vector.statement.as_bytes();
        let got: Result<Statement, StatementError> = Statement::parse(bytes);
        assert_eq!(
            got.as_ref().map_or_else(variant, |_| "accepted".to_owned()),
            vector.expect,
            "{}: {got:?}",
            vector.name
        );
        assert_eq!(
            Nonce::of_statement(bytes).as_str(),
            vector.nonce,
            "{}",
            vector.name
        );
        assert_eq!(matching_code(bytes), vector.code, "{}", vector.name);
    }
}

/// The first cause for which an answer's device proof isn't taken.
fn proved(vector: &DeviceVector) -> Result<(), String> {
    let answer = Answer::parse(vector.answer.as_bytes()).map_err(|error| variant(&error))?;
    assert_eq!(
        Answer::parse(answer.to_json().as_bytes()).map(|again| again == answer),
        Ok(true)
    );
    let Outcome::Token(token, Some(device)) = answer.outcome else {
        panic!("{}: no device proof", vector.name);
    };
    let statement = vector.statement.as_bytes();
    let message = DeviceProof::message(statement, &token);
    assert_eq!(hex(&message), vector.message, "{}", vector.name);
    let verified = device.verify(statement, &token);
    verified.map(drop).map_err(|error| variant(&error))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_device_vector_has_its_own_outcome() {
    let vectors: Vec<DeviceVector> =
        serde_json::from_str(include_str!("../../vectors/devices.json")).unwrap();
    assert!(vectors.len() > 25);
    for vector in vectors {
        let got = proved(&vector);
        let got = got.err().unwrap_or_else(|| "accepted".to_owned());
        assert_eq!(got, vector.expect, "{}", vector.name);
    }
}

#[derive(Deserialize)]
struct SessionVector {
    name: String,
    origin: String,
    /// Hexadecimal.
    message: String,
    call: String,
    expect: String,
}

/// The first cause for which a call about a session isn't taken.
fn called(vector: &SessionVector) -> Result<(), String> {
    let call = SessionCall::parse(vector.call.as_bytes()).map_err(|error| variant(&error))?;
    let origin = Origin::parse(&vector.origin).unwrap();
    call.verify(&origin).map_err(|error| variant(&error))?;
    let message = SessionCall::message(&origin, &call.handle, call.wish);
    assert_eq!(hex(&message), vector.message, "{}", vector.name);
    let again = SessionCall::parse(call.to_json().as_bytes()).unwrap();
    again
        .verify(&origin)
        .map(drop)
        .map_err(|error| variant(&error))
}

#[test]
fn every_session_vector_has_its_own_outcome() {
    let vectors: Vec<SessionVector> =
        serde_json::from_str(include_str!("../../vectors/sessions.json")).unwrap();
    assert!(vectors.len() > 10);
    for vector in vectors {
        let got = called(&vector);
        let got = got.err().unwrap_or_else(|| "accepted".to_owned());
        assert_eq!(got, vector.expect, "{}", vector.name);
    }
}
