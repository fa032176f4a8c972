//! Why something was refused, for people: in the chosen language, as exactly as the libraries say it.

use kyso_certs::{CertError, Whose};
use kyso_protocol::CheckError;

use crate::text::{Text, date};

/// The cause of a refusal.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) enum Cause {
    /// Of a certificate.
    Certificate(#[from] CertError),
    /// Of a token.
    Token(#[from] CheckError),
}

impl Cause {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Certificate(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }

    /// One sentence.
    pub(super) fn words(&self, text: Text) -> String {
        match self {
            Self::Certificate(error) | Self::Token(CheckError::Judged(error)) => {
                of_certificate(error, text)
            }
            Self::Token(CheckError::SignatureLength { found, expected }) => text.fill(
                "reason.signature-length",
                &[
                    ("found", &found.to_string()),
                    ("expected", &expected.to_string()),
                ],
            ),
            Self::Token(CheckError::WrongSubject(kind)) => {
                text.fill("unfit.wrong-subject", &[("subject", text.subject(*kind))])
            }
            Self::Token(error) => text.phrase(&error.to_string()),
        }
    }
}

fn of_certificate(error: &CertError, text: Text) -> String {
    let said = |key: &str, whose: &Whose, day: &str| {
        text.fill(key, &[("whose", &owner(whose, text)), ("date", day)])
    };
    match error {
        CertError::Expired { whose, not_after } => said("reason.expired", whose, &date(*not_after)),
        CertError::NotYetValid { whose, not_before } => {
            said("reason.not-yet-valid", whose, &date(*not_before))
        }
        CertError::Revoked(whose) => said("reason.revoked", whose, ""),
        CertError::RevocationUnknown(of) => said("reason.revocation-unknown", &of.whose, ""),
        CertError::DisallowedPolicy(oid) => text.fill("reason.policy", &[("oid", oid)]),
        CertError::WrongSubject(why) => match class_of(why) {
            Some((class, kind)) => text.fill(
                "reason.class",
                &[
                    ("class", text.get(&format!("verify.kind.{class}"))),
                    ("subject", text.get(&format!("word.{kind}"))),
                ],
            ),
            None => text.phrase(&error.to_string()),
        },
        CertError::Unreadable(_)
        | CertError::Untrusted(_)
        | CertError::Weak(_)
        | CertError::WrongUse(_) => text.phrase(&error.to_string()),
    }
}

fn owner(whose: &Whose, text: Text) -> String {
    match whose {
        Whose::Subject => text.get("reason.the-certificate").to_owned(),
        Whose::Ca(name) => text.fill("reason.a-ca", &[("name", name)]),
    }
}

/// Class and kind in "a certificate of class C is not a K's".
fn class_of(why: &str) -> Option<(&str, &str)> {
    let rest = why.strip_prefix("a certificate of class ")?;
    rest.strip_suffix("'s")?.split_once(" is not a ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;
    use kyso_certs::{CertificateError, UseError};
    use time::macros::datetime;

    fn vi(cause: impl Into<Cause>) -> String {
        cause.into().words(Text::of(Language::Vi))
    }

    #[test]
    fn causes_with_dates_and_names_are_whole_sentences() {
        let not_after = datetime!(2026-01-31 00:00 UTC);
        let whose = Whose::Subject;
        assert_eq!(
            vi(CertError::Expired { whose, not_after }),
            "Chứng thư số đã hết hạn ngày 31/01/2026."
        );
        assert_eq!(
            vi(CertError::Revoked(Whose::Ca("CA Thử".into()))),
            "Chứng thư số của CA “CA Thử” đã bị thu hồi hoặc tạm dừng."
        );
    }

    #[test]
    fn fixed_phrases_are_translated_and_the_rest_stays() {
        let check = |cause: Cause, expected: &str| assert_eq!(vi(cause), expected);
        check(
            CertError::Untrusted("its issuer is not known".into()).into(),
            "không tới được gốc tin cậy nào: không rõ CA cấp",
        );
        check(
            CertError::Weak("RSA-1024: shorter than 2048 bits".into()).into(),
            "quá yếu: RSA-1024: ngắn hơn 2048 bit",
        );
        check(
            CertError::WrongSubject("a certificate of class person is not a business's".into())
                .into(),
            "Chứng thư số của cá nhân không phải là của doanh nghiệp.",
        );
        let kind = kyso_certs::SubjectError::Malformed { kind: "CCCD" };
        check(
            CertError::WrongSubject(kind.to_string()).into(),
            "sai đối tượng: CCCD không đúng dạng",
        );
    }

    /// What the libraries' enumerations can say has no English left in it.
    #[test]
    fn every_fixed_cause_has_vietnamese_words() {
        let uses = [
            UseError::NoKeyUsage,
            UseError::NoDigitalSignature,
            UseError::Ca,
            UseError::NoLoginPurpose,
            UseError::MachinePurpose,
        ];
        let unreadable = [
            CertificateError::NotDer,
            CertificateError::TrailingBytes,
            CertificateError::AlgorithmMismatch,
            CertificateError::Key,
            CertificateError::SubjectTooLarge,
            CertificateError::Pem,
            CertificateError::Empty,
        ];
        let checks = [
            CheckError::AlgorithmNotOffered,
            CheckError::AlgorithmKey,
            CheckError::SignatureDer,
            CheckError::SignatureRange,
            CheckError::Signature,
            CheckError::AlgorithmPolicy,
            CheckError::NotGovernment,
            CheckError::Key("neither RSA nor ECDSA"),
            CheckError::Token(kyso_protocol::TokenError::Format),
            CheckError::Token(kyso_protocol::TokenError::Algorithm),
        ];
        let certificates = uses
            .map(CertError::from)
            .into_iter()
            .chain(unreadable.map(CertError::from))
            .map(Cause::from);
        for cause in certificates.chain(checks.map(Cause::from)) {
            let words = vi(cause);
            for english in ["the ", "not ", " is ", "certificate", "wrong"] {
                assert!(!words.contains(english), "{words}");
            }
        }
    }
}
