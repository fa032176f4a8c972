//! A certificate that the person may choose, or that is shown greyed out with the reason.

use kyso_certs::{
    CertError, Certificate, Curve, PolicyName, PssHash, PublicKey, SubjectKind, fit_for_login,
};
use kyso_pkcs11::{Hash, KeyRef, Scheme, TokenInfo, TokenRef, TokenReport};
use kyso_protocol::{Algorithm, HashAlgorithm};
use time::OffsetDateTime;

use crate::problem::Failure;
use crate::view::device_apart;

/// A certificate on a token.
#[derive(Debug)]
pub struct Candidate {
    /// How the driver finds its key again.
    pub key: KeyRef,
    /// The token that it is on.
    pub token: TokenInfo,
    /// The certificate, where it could be read.
    pub certificate: Option<Certificate>,
    /// The algorithm that key and ask agree on; none for what cannot be chosen.
    pub algorithm: Option<Algorithm>,
    /// Why it can't be chosen.
    pub unfit: Option<Failure>,
    /// What tells its token from another of the same name that is there too.
    pub apart: Option<String>,
}

/// A token whose certificates show only after the PIN.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// Which.
    pub reference: TokenRef,
    /// What it says of itself.
    pub token: TokenInfo,
    /// What tells it from another of the same name that is there too.
    pub apart: Option<String>,
}

impl Hidden {
    /// What the device is called.
    #[must_use]
    pub fn device(&self) -> String {
        device_apart(&self.token, self.apart.as_deref())
    }
}

impl Candidate {
    /// The certificates of a token, judged as far as that goes without trust material.
    pub fn all_of(
        report: &TokenReport,
        offered: &[Algorithm],
        wanted: Option<SubjectKind>,
        at: OffsetDateTime,
    ) -> Vec<Self> {
        let one = |key: &KeyRef| Self::of(key.clone(), report.token.clone(), offered, wanted, at);
        report.certificates.iter().map(one).collect()
    }

    fn of(
        key: KeyRef,
        token: TokenInfo,
        offered: &[Algorithm],
        wanted: Option<SubjectKind>,
        at: OffsetDateTime,
    ) -> Self {
        let certificate = match Certificate::from_der(&key.certificate_der) {
            Ok(certificate) => certificate,
            Err(error) => {
                let unfit = Some(judged(None, wanted, error.into()));
                return Self {
                    key,
                    token,
                    certificate: None,
                    algorithm: None,
                    unfit,
                    apart: None,
                };
            }
        };
        let fit = fit_for_login(&certificate, at, PolicyName::Interoperable, wanted);
        let pss = token.rsa_pss.unwrap_or(true);
        let algorithm = choose_algorithm(certificate.public_key(), offered, pss);
        let unfit = match (fit, algorithm) {
            (Err(error), _) => Some(judged(Some(&certificate), wanted, error)),
            (Ok(()), None) => Some(Failure::NoAlgorithm),
            (Ok(()), Some(_)) => None,
        };
        Self {
            key,
            token,
            certificate: Some(certificate),
            algorithm,
            unfit,
            apart: None,
        }
    }

    /// All algorithms that key and ask agree on, best first.
    #[must_use]
    pub fn algorithms(&self, offered: &[Algorithm]) -> Vec<Algorithm> {
        let pss = self.token.rsa_pss.unwrap_or(true);
        let key = self.certificate.as_ref().map(Certificate::public_key);
        key.map_or_else(Vec::new, |key| fitting_algorithms(key, offered, pss))
    }

    /// What its device is called.
    #[must_use]
    pub fn device(&self) -> String {
        device_apart(&self.token, self.apart.as_deref())
    }

    /// Who issued the certificate, as it says.
    #[must_use]
    pub fn ca(&self) -> &str {
        self.certificate
            .as_ref()
            .map_or("", Certificate::issuer_name)
    }
}

fn judged(
    certificate: Option<&Certificate>,
    wanted: Option<SubjectKind>,
    error: CertError,
) -> Failure {
    Failure::Certificate {
        ca: certificate
            .map(|c| c.issuer_name().to_owned())
            .unwrap_or_default(),
        key: certificate
            .map(|c| c.public_key().describe())
            .unwrap_or_default(),
        wanted,
        error,
    }
}

/// The best of the offered algorithms that fit the key: PSS before PKCS#1 v1.5, after it where the token names no way to
/// PSS.
#[must_use]
pub fn choose_algorithm(key: &PublicKey, offered: &[Algorithm], pss: bool) -> Option<Algorithm> {
    fitting_algorithms(key, offered, pss).first().copied()
}

/// The offered algorithms that fit the key, in the order in which a token is to try them: PSS before PKCS#1 v1.5, after it
/// where the token names no way to PSS. Tokens' lists leave things out, and name what they can't do.
pub(super) fn fitting_algorithms(
    key: &PublicKey,
    offered: &[Algorithm],
    pss: bool,
) -> Vec<Algorithm> {
    let fitting = |known: &[Algorithm]| {
        let offered = offered.iter().copied();
        offered
            .filter(|algorithm| known.contains(algorithm))
            .collect()
    };
    match key {
        PublicKey::Ec { curve, .. } => fitting(&[match curve {
            Curve::P256 => Algorithm::ES256,
            Curve::P384 => Algorithm::ES384,
            Curve::P521 => Algorithm::ES512,
        }]),
        PublicKey::Rsa {
            pss: Some(hash), ..
        } => fitting(of_pss_key(*hash)),
        PublicKey::Rsa { pss: None, .. } => {
            let with_pss: Vec<_> = fitting(of_pss_key(PssHash::Any));
            let without = fitting(&[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512]);
            if pss {
                [with_pss, without].concat()
            } else {
                [without, with_pss].concat()
            }
        }
        PublicKey::Other { .. } => Vec::new(),
    }
}

fn of_pss_key(hash: PssHash) -> &'static [Algorithm] {
    match hash {
        PssHash::Any => &[Algorithm::PS256, Algorithm::PS384, Algorithm::PS512],
        PssHash::Sha256 => &[Algorithm::PS256],
        PssHash::Sha384 => &[Algorithm::PS384],
        PssHash::Sha512 => &[Algorithm::PS512],
    }
}

/// The driver's name for an algorithm.
pub(super) fn scheme(algorithm: Algorithm) -> Scheme {
    let hash = match algorithm.hash() {
        HashAlgorithm::Sha256 => Hash::Sha256,
        HashAlgorithm::Sha384 => Hash::Sha384,
        HashAlgorithm::Sha512 => Hash::Sha512,
    };
    match algorithm {
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 => Scheme::Ecdsa,
        Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512 => Scheme::RsaPss(hash),
        Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 => Scheme::RsaPkcs1(hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Algorithm::{ES256, ES384, PS256, PS384, RS256};

    fn rsa(pss: Option<PssHash>) -> PublicKey {
        PublicKey::Rsa {
            modulus: vec![0x80; 256],
            exponent: vec![1, 0, 1],
            pss,
        }
    }

    #[test]
    fn pss_goes_before_pkcs1_where_key_and_portal_allow() {
        let check = |key: PublicKey, offered: &[Algorithm], expected| {
            assert_eq!(
                choose_algorithm(&key, offered, true),
                expected,
                "{offered:?}"
            );
        };
        check(rsa(None), &[RS256, PS256, ES256], Some(PS256));
        check(rsa(None), &[RS256, ES256], Some(RS256));
        check(rsa(None), &[ES256], None);
        check(
            rsa(Some(PssHash::Sha384)),
            &[RS256, PS256, PS384],
            Some(PS384),
        );
        check(rsa(Some(PssHash::Sha384)), &[RS256, PS256], None);
        check(
            PublicKey::Ec {
                curve: Curve::P256,
                point: Vec::new(),
            },
            &[PS256, ES384, ES256],
            Some(ES256),
        );
        check(
            PublicKey::Ec {
                curve: Curve::P521,
                point: Vec::new(),
            },
            &[PS256, ES384, ES256],
            None,
        );
        check(
            PublicKey::Other {
                oid: "1.3.101.112".into(),
            },
            &[PS256, ES256],
            None,
        );
    }

    #[test]
    fn a_token_that_names_no_pss_signs_without_it_where_the_portal_allows() {
        let check = |key: PublicKey, offered: &[Algorithm], expected| {
            assert_eq!(
                choose_algorithm(&key, offered, false),
                expected,
                "{offered:?}"
            );
        };
        check(rsa(None), &[PS256, RS256], Some(RS256));
        check(rsa(None), &[PS256, ES256], Some(PS256));
        check(rsa(Some(PssHash::Any)), &[PS256, RS256], Some(PS256));
    }

    #[test]
    fn what_the_token_cannot_do_is_followed_by_what_else_the_portal_takes() {
        let check = |key: PublicKey, pss, expected: &[Algorithm]| {
            let offered = [RS256, ES256, PS384, PS256];
            assert_eq!(fitting_algorithms(&key, &offered, pss), expected);
        };
        check(rsa(None), true, &[PS384, PS256, RS256]);
        check(rsa(None), false, &[RS256, PS384, PS256]);
        check(rsa(Some(PssHash::Sha256)), true, &[PS256]);
    }

    #[test]
    fn the_driver_is_told_the_padding_and_hash_of_the_algorithm() {
        assert_eq!(scheme(ES384), Scheme::Ecdsa);
        assert_eq!(scheme(PS384), Scheme::RsaPss(Hash::Sha384));
        assert_eq!(scheme(RS256), Scheme::RsaPkcs1(Hash::Sha256));
    }
}
