//! A signature that is only tried: over a statement whose portal is no origin, so that nobody who checks ever takes it.

use kyso_certs::Certificate;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{Algorithm, CheckError, Nonce, Token, VERSION, encoding, key};

/// What stands where a portal's origin would; [`crate::Origin::parse`] refuses it.
pub const SELF_TEST_PORTAL: &str = "kyso:self-test";

/// One such statement.
pub struct SelfTest {
    statement: Vec<u8>,
    nonce: Nonce,
}

impl SelfTest {
    /// A statement for this moment; the random bytes keep an older signature from passing for a new one.
    #[must_use]
    pub fn new(challenge: &[u8; 32], now: OffsetDateTime) -> Self {
        let statement = json!({
            "v": VERSION,
            "max": VERSION,
            "portal": SELF_TEST_PORTAL,
            "purpose": "self-test",
            "challenge": encoding::url(challenge),
            "issued": now.format(&Rfc3339).unwrap_or_default(),
        });
        let statement = statement.to_string().into_bytes();
        Self {
            nonce: Nonce::of_statement(&statement),
            statement,
        }
    }

    /// The statement, in UTF-8.
    #[must_use]
    pub fn statement(&self) -> &[u8] {
        &self.statement
    }

    /// What the token's key signs: as [`Nonce::digest`], with [`SELF_TEST_PORTAL`] for the origin.
    #[must_use]
    pub fn digest(&self, algorithm: Algorithm) -> Vec<u8> {
        algorithm.hash().digest(&self.message(algorithm))
    }

    /// Whether the certificate's key made the signature.
    ///
    /// # Errors
    /// As [`crate::check::possession`]; every algorithm was offered.
    pub fn check(&self, token: &Token) -> Result<(), CheckError> {
        let algorithm = token.algorithm();
        let certificate = Certificate::from_der(token.unverified_certificate())
            .map_err(CheckError::Certificate)?;
        let message = self.message(algorithm);
        key::verify(
            certificate.public_key(),
            algorithm,
            &message,
            token.signature(),
        )
    }

    fn message(&self, algorithm: Algorithm) -> Vec<u8> {
        self.nonce.message_for(algorithm, SELF_TEST_PORTAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Expected, possession};
    use crate::{Origin, Statement, StatementError};
    use kyso_support::{Authority, Draft, Key, KeyKind, Name, sign_softly};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);

    fn signed(test: &SelfTest) -> Token {
        let (from, to) = (NOW - time::Duration::DAY, NOW + time::Duration::DAY);
        let keys = Key::generate_all(&[KeyKind::P256, KeyKind::P256]).expect("openssl");
        let ca = Authority::root(Name::new().cn("CA Thử"), keys[0].clone(), from, to);
        let draft = Draft::new(Name::new().cn("TRẦN THỊ THỬ"), &keys[1], from, to);
        let issued = ca
            .expect("a CA")
            .issue(&draft.subscriber())
            .expect("issued");
        let signature = sign_softly(&keys[1], "ES256", &test.message(Algorithm::ES256));
        let signature = signature.expect("signed");
        Token::new(issued.der().to_vec(), Algorithm::ES256, signature, None)
    }

    #[test]
    fn a_tried_signature_is_right_for_its_own_statement_alone() {
        let (test, other) = (SelfTest::new(&[1; 32], NOW), SelfTest::new(&[2; 32], NOW));
        let token = signed(&test);
        assert_eq!(test.check(&token), Ok(()));
        assert_eq!(other.check(&token), Err(CheckError::Signature));
    }

    #[test]
    fn no_portals_check_takes_a_tried_signature() {
        let test = SelfTest::new(&[1; 32], NOW);
        let token = signed(&test);
        for origin in ["https://self-test", "https://portal.example"] {
            let expected = Expected {
                origin: &Origin::parse(origin).expect("an origin"),
                nonce: &Nonce::of_statement(test.statement()),
                algorithms: &Algorithm::ALL,
            };
            let refused = possession(&token, &expected).expect_err(origin);
            assert_eq!(refused, CheckError::Signature, "{origin}");
        }
    }

    #[test]
    fn its_statement_is_no_ask_even_with_every_other_member_in_place() {
        assert!(Origin::parse(SELF_TEST_PORTAL).is_err());
        assert!(Statement::parse(SelfTest::new(&[1; 32], NOW).statement()).is_err());
        let ask = Statement {
            portal: Origin::parse("https://portal.example").expect("an origin"),
            purpose: crate::Purpose::Login,
            ask: crate::AskId::from_bytes([7; 16]),
            challenge: [1; 32],
            browser: [2; 32],
            issued: NOW,
            expires: NOW + time::Duration::MINUTE,
            subject: None,
            algorithms: vec![Algorithm::ES256],
            text: None,
        };
        let bytes = ask.to_bytes().expect("a statement");
        let text = String::from_utf8(bytes.as_slice().to_vec()).expect("UTF-8");
        let check = |from: &str, to: &str| {
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            Statement::parse(changed.as_bytes()).expect_err(to)
        };
        let refused = check("https://portal.example", SELF_TEST_PORTAL);
        assert!(matches!(refused, StatementError::Portal(_)), "{refused}");
        let refused = check("\"login\"", "\"self-test\"");
        assert_eq!(refused, StatementError::Purpose);
    }
}
