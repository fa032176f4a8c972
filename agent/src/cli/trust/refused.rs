//! Why a trust file or a bundle is not taken: a code, and a sentence in the chosen language.

use kyso_certs::{BundleError, TrustError};

use crate::text::Text;

/// What was read, and is not to be trusted.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) enum Refused {
    /// A bundle.
    Bundle(#[from] BundleError),
    /// A trust file, or what it names.
    Trust(#[from] TrustError),
}

impl Refused {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Bundle(error) => match error {
                BundleError::Key => "BUNDLE-KEY",
                BundleError::TooLarge { .. } => "BUNDLE-TOO-LARGE",
                BundleError::Signature => "BUNDLE-SIGNATURE",
                BundleError::Text(_) => "BUNDLE-UNREADABLE",
                BundleError::Format => "BUNDLE-FORMAT",
                BundleError::NotYet => "BUNDLE-NOT-YET",
                BundleError::Expired => "BUNDLE-EXPIRED",
                BundleError::Rollback { .. } => "BUNDLE-ROLLBACK",
            },
            Self::Trust(TrustError::NotCa(_)) => "TRUST-NOT-CA",
            Self::Trust(TrustError::NoAnchor) => "TRUST-NO-ANCHOR",
            Self::Trust(_) => "TRUST-UNUSABLE",
        }
    }

    /// One sentence.
    pub(super) fn words(&self, text: Text) -> String {
        match self {
            Self::Bundle(error) => of_bundle(error, text),
            Self::Trust(error) => of_trust(error, text),
        }
    }
}

fn of_bundle(error: &BundleError, text: Text) -> String {
    let said = |key: &str| text.get(key).to_owned();
    match error {
        BundleError::Key => text.phrase(&error.to_string()),
        BundleError::TooLarge { limit } => too_large(*limit, text),
        BundleError::Signature => said("trust.refused.signature"),
        BundleError::Text(reason) => text.fill("trust.refused.text", &[("reason", reason)]),
        BundleError::Format => said("trust.refused.format"),
        BundleError::NotYet => said("trust.refused.not-yet"),
        BundleError::Expired => said("trust.refused.expired"),
        BundleError::Rollback { found, installed } if found == installed => text.fill(
            "trust.refused.same-version",
            &[("version", &found.to_string())],
        ),
        BundleError::Rollback { found, installed } => text.fill(
            "trust.refused.rollback",
            &[
                ("version", &found.to_string()),
                ("installed", &installed.to_string()),
            ],
        ),
    }
}

fn of_trust(error: &TrustError, text: Text) -> String {
    let reason = |reason: &str| text.phrase(reason);
    match error {
        TrustError::NotCa(file) => text.fill("trust.refused.not-ca", &[("file", file)]),
        TrustError::NoAnchor => text.get("trust.refused.no-anchor").to_owned(),
        TrustError::TooMany { limit } => {
            text.fill("trust.refused.too-many", &[("limit", &limit.to_string())])
        }
        TrustError::FileTooLarge { limit } => too_large(*limit, text),
        TrustError::Unusable { fingerprint } => text.fill(
            "trust.refused.unusable",
            &[
                ("fingerprint", fingerprint),
                ("reason", &reason("not strict DER")),
            ],
        ),
        TrustError::OwnPolicy(why) => {
            text.fill("trust.refused.own-policy", &[("reason", &reason(why))])
        }
        TrustError::Policy(oid) => text.fill("trust.refused.policy", &[("oid", oid)]),
        TrustError::DuplicateCa(name) => text.fill("trust.refused.duplicate-ca", &[("name", name)]),
        TrustError::File(why) => text.fill("trust.refused.text", &[("reason", why)]),
        TrustError::Version(version) => text.fill(
            "trust.refused.version",
            &[("version", &version.to_string())],
        ),
        TrustError::Certificate { name, reason: why } => text.fill(
            "trust.refused.certificate",
            &[("name", name), ("reason", &reason(why))],
        ),
        TrustError::Ca { name, reason: why } => text.fill(
            "trust.refused.ca",
            &[("name", name), ("reason", &reason(why))],
        ),
    }
}

fn too_large(limit: usize, text: Text) -> String {
    text.fill("trust.refused.too-large", &[("limit", &limit.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn vi(refused: impl Into<Refused>) -> String {
        refused.into().words(Text::of(Language::Vi))
    }

    #[test]
    fn a_root_that_is_no_ca_has_words_of_its_own() {
        assert_eq!(
            vi(TrustError::NotCa("person.pem".into())),
            "Gốc tin cậy “person.pem” không phải là chứng thư số của CA."
        );
    }

    /// What the trust file's reader can say has no English left in it.
    #[test]
    fn every_cause_has_vietnamese_words() {
        let whys = [
            "its file has more than one certificate",
            "its name is empty or too long",
            "no methods or no kinds: it could speak for nobody",
            "a policy is not an OID in dotted decimal",
            "no certificate",
        ];
        let cas = whys.map(|reason| TrustError::Ca {
            name: "CA".into(),
            reason,
        });
        let policies = [
            "its name is empty or too long",
            "rsa-bits is not from 2048 to 8192",
            "a world without any use could sign in nobody",
            "a use or policy is not an OID in dotted decimal",
        ];
        let policies = policies.map(TrustError::OwnPolicy);
        let others = [
            TrustError::NoAnchor,
            TrustError::TooMany { limit: 1 },
            TrustError::Unusable {
                fingerprint: "00".into(),
            },
            TrustError::Policy("1.2".into()),
            TrustError::DuplicateCa("CA".into()),
            TrustError::FileTooLarge { limit: 1 },
            TrustError::File("…".into()),
            TrustError::Version(2),
            TrustError::Certificate {
                name: "a.pem".into(),
                reason: "is not in the bundle".into(),
            },
        ];
        let bundles = [
            BundleError::Key,
            BundleError::TooLarge { limit: 1 },
            BundleError::Signature,
            BundleError::Text("…".into()),
            BundleError::Format,
            BundleError::NotYet,
            BundleError::Expired,
            BundleError::Rollback {
                found: 1,
                installed: 2,
            },
            BundleError::Rollback {
                found: 2,
                installed: 2,
            },
        ];
        let trust = cas.into_iter().chain(policies).chain(others).map(vi);
        for words in trust.chain(bundles.map(vi)) {
            for english in ["the ", "not ", " is ", "no ", "trust."] {
                assert!(!words.contains(english), "{words}");
            }
        }
    }
}
