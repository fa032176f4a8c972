//! What each fuzz target does with its input. Also included by the ordinary tests, which replay the kept inputs.

use kyso_protocol::check::{Expected, possession};
use kyso_protocol::{
    Algorithm, Answer, Link, Nonce, Origin, Outcome, SessionCall, Statement, Token,
};

/// A statement that is taken can be written, and the writing is taken.
pub fn statement(input: &[u8]) {
    if let Ok(statement) = Statement::parse(input) {
        let written = statement.to_bytes().expect("what was read can be written");
        assert_eq!(Statement::parse(written.as_slice()), Ok(statement));
    }
}

/// A token goes through the whole proof of possession, an answer's device proof through its own.
pub fn token(input: &[u8]) {
    if let Ok(answer) = Answer::parse(input)
        && let Outcome::Token(token, Some(device)) = answer.outcome
    {
        drop(device.verify(b"{}", &token));
    }
    if let Ok(call) = SessionCall::parse(input) {
        let origin = Origin::parse("https://portal.example").expect("an origin");
        drop(call.verify(&origin));
    }
    if let Ok(token) = Token::parse(input) {
        let origin = Origin::parse("https://portal.example").expect("an origin");
        let nonce = Nonce::of_statement(b"{}");
        drop(possession(
            &token,
            &Expected {
                origin: &origin,
                nonce: &nonce,
                algorithms: &Algorithm::ALL,
            },
        ));
    }
}

/// A link that is taken is written as it was.
pub fn link(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(link) = Link::parse(text)
    {
        assert_eq!(link.to_string(), text);
    }
}
