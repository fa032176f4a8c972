//! The check, in the order that `docs/protocol.md` demands: proof of possession before the certificate is judged, so
//! that nobody learns anything about a certificate whose key he doesn't hold.

use kyso_certs::{
    Certificate, Class, Evidence, IdentityKey, Method, PolicyName, Rule, Settings, SubjectKind,
    TrustStore, Verified, judge,
};
use time::OffsetDateTime;

use crate::{Algorithm, CheckError, Nonce, Origin, Token, key};

/// What the verifier kept of the ask; nothing that came beside the token is used.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The verifier's own origin.
    pub origin: &'a Origin,
    /// The nonce stored for the ask.
    pub nonce: &'a Nonce,
    /// The algorithms that the ask offered.
    pub algorithms: &'a [Algorithm],
}

/// A certificate whose key signed this origin and nonce; nothing else about it is known.
#[derive(Debug, Clone)]
pub struct Possession {
    certificate: Certificate,
    algorithm: Algorithm,
}

impl Possession {
    /// The certificate, not yet judged.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
    /// The algorithm of the signature.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Everything up to and including the signature.
///
/// # Errors
/// The first check that fails, in the order of [`CheckError`]'s variants.
pub fn possession(token: &Token, expected: &Expected<'_>) -> Result<Possession, CheckError> {
    let algorithm = token.algorithm();
    if !expected.algorithms.contains(&algorithm) {
        return Err(CheckError::AlgorithmNotOffered);
    }
    let certificate =
        Certificate::from_der(token.unverified_certificate()).map_err(CheckError::Certificate)?;
    let message = expected.nonce.message(algorithm, expected.origin);
    key::verify(
        certificate.public_key(),
        algorithm,
        &message,
        token.signature(),
    )?;
    Ok(Possession {
        certificate,
        algorithm,
    })
}

/// A certificate that is believed, and how it was proved.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// What `certs` found.
    pub verified: Verified,
    /// The algorithm of the signature.
    pub algorithm: Algorithm,
    /// The rules of circular 15/2025 that were not met, under the policy `interoperable`.
    pub deviations: Vec<String>,
}

/// Judges a certificate whose possession is proved: policy, validity, path, revocation.
///
/// # Errors
/// [`CheckError::AlgorithmPolicy`] or [`CheckError::Judged`].
pub fn certificate<'a>(
    possession: &Possession,
    trust: &TrustStore,
    evidence: impl Into<Evidence<'a>>,
    at: OffsetDateTime,
    settings: &Settings,
) -> Result<Accepted, CheckError> {
    let pkcs1 = matches!(
        possession.algorithm,
        Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512
    );
    let forbidden = settings.policy == PolicyName::Circular15_2025
        || trust.own_policy().is_some_and(|own| !own.pkcs1);
    if pkcs1 && forbidden {
        return Err(CheckError::AlgorithmPolicy);
    }
    let verified = judge(&possession.certificate, trust, evidence, at, settings)?;
    let mut deviations = verified.deviations().to_vec();
    if pkcs1 {
        deviations.push(Rule::RsaWithPss.name().to_owned());
    }
    Ok(Accepted {
        verified,
        algorithm: possession.algorithm,
        deviations,
    })
}

/// Which account a certificate speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A citizen or a business.
    Key(IdentityKey),
    /// An agency: an administrator ties issuer and subject (DER of the two names) to a unit of the directory.
    Agency {
        /// The issuer's name.
        issuer: Vec<u8>,
        /// The subject's name.
        subject: Vec<u8>,
    },
}

/// Class, trust file, identity key: may the issuing CA speak for this kind of subject by this method, and for whom?
///
/// # Errors
/// [`CheckError::WrongSubject`] where the class is another, [`CheckError::NotSpokenFor`] where the trust file has no
/// entry, or the entry lacks world, method, kind or scheme, or names policies and the certificate none of them.
pub fn holder(
    verified: &Verified,
    trust: &TrustStore,
    kind: SubjectKind,
    method: Method,
) -> Result<Holder, CheckError> {
    let ca = trust
        .ca_for(verified.issuer())
        .ok_or(CheckError::NotSpokenFor("no entry in the trust file"))?;
    if ca.world != verified.world() {
        return Err(CheckError::NotSpokenFor("another world"));
    }
    if !ca.methods.contains(&method) {
        return Err(CheckError::NotSpokenFor("method"));
    }
    if !issued_under(verified.certificate(), &ca.policies) {
        return Err(CheckError::NotSpokenFor("policy"));
    }
    let holder = class_fits(verified, kind, ca.person_in_organisation)?;
    if !ca.kinds.contains(&kind) {
        return Err(CheckError::NotSpokenFor("kind"));
    }
    match &holder {
        Holder::Key(key) if !ca.schemes.contains(&key.scheme) => {
            Err(CheckError::NotSpokenFor("scheme"))
        }
        _ => Ok(holder),
    }
}

/// Whether the certificate names one of the policies that the entry demands; no policies demand nothing.
fn issued_under(certificate: &Certificate, policies: &[String]) -> bool {
    let named = |policy: &String| certificate.policies().contains(policy);
    policies.is_empty() || policies.iter().any(named)
}

fn class_fits(
    verified: &Verified,
    kind: SubjectKind,
    person_in_organisation: bool,
) -> Result<Holder, CheckError> {
    let wrong = CheckError::WrongSubject(kind);
    let certificate = verified.certificate();
    let identity = certificate
        .subject()
        .identity()
        .map_err(|_| wrong.clone())?;
    match (kind, identity.kind) {
        (SubjectKind::Agency, Class::Organisation) => {
            if verified.world() == kyso_certs::World::Government {
                Ok(Holder::Agency {
                    issuer: certificate.issuer_der().to_vec(),
                    subject: certificate.subject_der().to_vec(),
                })
            } else {
                Err(CheckError::NotGovernment)
            }
        }
        (SubjectKind::Citizen, Class::PersonInOrganisation) if person_in_organisation => {
            identity.key_as_member(kind).map(Holder::Key).ok_or(wrong)
        }
        _ => identity.key_for(kind).map(Holder::Key).ok_or(wrong),
    }
}
