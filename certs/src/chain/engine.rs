//! The one place that knows the crate which validates paths (RFC 5280, 6) and verifies signatures.
//!
//! It gets a finished path: which certificates to try is decided outside, so that the search has our budgets and
//! nothing is ever fetched. RSA and the common curves are verified with ring; P-521, PSS and the rest by the crate.

use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings,
    DefaultSignatureVerificationCache, DeferDecodeSigned, Error, ExtensionProcessing,
    PDVCertificate, PDVExtension, PDVTrustAnchorChoice, PathValidationStatus, PkiEnvironment,
    TimeOfInterest, enforce_trust_anchor_constraints, validate_path_rfc5280,
    verify_signature_message_rust_crypto,
};
use ring::signature as sig;
use time::OffsetDateTime;
use x509_cert::anchor::{
    CertPathControls, CertPolicies, CertPolicyFlags, TrustAnchorChoice, TrustAnchorInfo, Version,
};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode;
use x509_cert::der::asn1::{BitString, ObjectIdentifier, OctetString};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::certificate::Certificate;
use crate::error::TrustError;
use crate::path_policies::PathPolicies;
use crate::signature_kind::{
    ECDSA_SHA256, ECDSA_SHA384, RSA_SHA256, RSA_SHA384, RSA_SHA512, SignatureKind,
};

const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const POLICY_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.36");
const INHIBIT_ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.54");
/// Extensions of a CA by which it constrains no certificate below it that is not a CA's: key identifiers, key usage,
/// basic constraints, its own alternative name and policies (which bind only where a constraint says so), places of
/// CRLs and of the issuer.
const HARMLESS: [ObjectIdentifier; 8] = [
    ObjectIdentifier::new_unwrap("2.5.29.14"),
    ObjectIdentifier::new_unwrap("2.5.29.35"),
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    BASIC_CONSTRAINTS,
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.32"),
    ObjectIdentifier::new_unwrap("2.5.29.31"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1"),
];
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A certificate in the crate's own form, decoded once.
pub(crate) struct Prepared {
    certificate: PDVCertificate,
    signed: DeferDecodeSigned,
}

impl Prepared {
    /// `None` where the crate, stricter about DER, does not read it.
    pub(crate) fn new(certificate: &Certificate) -> Option<Self> {
        let der = certificate.der();
        Some(Self {
            certificate: PDVCertificate::try_from(der).ok()?,
            signed: DeferDecodeSigned::from_der(der).ok()?,
        })
    }
}

/// A certificate of a store in the forms that stand above others.
pub(crate) struct Issuing {
    pub(crate) prepared: Prepared,
    /// As the anchor of a path.
    anchor: PDVTrustAnchorChoice,
    /// Whether it sets nothing to what is below it but the length of the path.
    pub(crate) unconstraining: bool,
}

impl Issuing {
    /// `None` where the crate does not read it.
    pub(crate) fn new(certificate: &Certificate) -> Option<Self> {
        let prepared = Prepared::new(certificate)?;
        Some(Self {
            anchor: anchor(&prepared.certificate).ok()?,
            unconstraining: unconstraining(&prepared.certificate),
            prepared,
        })
    }
}

/// Whether a certificate that sets nothing to a path and is understood in every extension is signed by `issuer`, a CA
/// that constrains nothing: then no rule of path validation (RFC 5280, 6.1.3 and 6.1.5) is left but the times.
///
/// `false` says that it is not so simple, no more.
pub(crate) fn plainly_issued(certificate: &Certificate, issuer: &Issuing) -> bool {
    let uses = certificate.uses();
    let tbs = issuer.prepared.certificate.decoded().tbs_certificate();
    uses.version3
        && uses.plain
        && !uses.ca
        && *certificate.signed_with() == SignatureKind::Strong
        && CertificateInner::<Raw>::from_der(certificate.der()).is_ok()
        && fast(certificate.algorithm(), tbs.subject_public_key_info()).is_some_and(|how| {
            let key = tbs.subject_public_key_info().subject_public_key.raw_bytes();
            sig::UnparsedPublicKey::new(how, key)
                .verify(certificate.signed_part(), certificate.signature())
                .is_ok()
        })
}

/// An extension that is not among these, such as name or policy constraints, may bind the certificates below.
fn unconstraining(certificate: &PDVCertificate) -> bool {
    let extensions = certificate.decoded().tbs_certificate().extensions();
    extensions.is_none_or(|all| all.iter().all(|one| HARMLESS.contains(&one.extn_id)))
}

/// The crate's environment, with our signature verification and without any source to fetch from.
pub(crate) struct Engine {
    environment: PkiEnvironment,
    settings: CertificationPathSettings,
}

impl Engine {
    /// # Errors
    /// For a policy that is not an OID.
    pub(crate) fn new(policies: &PathPolicies) -> Result<Self, TrustError> {
        let mut environment = PkiEnvironment::new();
        environment.add_verify_signature_message_callback(verify);
        // Keyed by everything that was signed, the signature and the key: what it knows stays true whatever the time.
        // Bounded; it records what verified only, so nobody but a trusted CA can fill it.
        environment.add_signature_cache(Box::new(DefaultSignatureVerificationCache::new()));
        Ok(Self {
            environment,
            settings: settings(policies)?,
        })
    }

    /// Whether the issuer's key verifies the certificate's signature.
    pub(crate) fn signed_by(&self, certificate: &Prepared, issuer: &Prepared) -> bool {
        self.has_signed(&certificate.signed, issuer)
    }

    /// Whether the issuer's key made the signature of `der`, a CRL.
    pub(crate) fn made(&self, der: &[u8], issuer: &Issuing) -> bool {
        let signed = DeferDecodeSigned::from_der(der);
        signed.is_ok_and(|signed| self.has_signed(&signed, &issuer.prepared))
    }

    fn has_signed(&self, signed: &DeferDecodeSigned, by: &Prepared) -> bool {
        let algorithm = &signed.signature_algorithm;
        self.verifies(&signed.tbs_field, algorithm, &signed.signature, by)
    }

    /// Whether the key of `by` made a signature over `message`, strong enough to count.
    pub(crate) fn verifies(
        &self,
        message: &[u8],
        algorithm: &AlgorithmIdentifierOwned,
        signature: &BitString,
        by: &Prepared,
    ) -> bool {
        let tbs = by.certificate.decoded().tbs_certificate();
        let key = tbs.subject_public_key_info();
        self.environment
            .verify_signature_message(&self.environment, message, signature, algorithm, key)
            .is_ok()
    }

    /// Validates the path from `target` over `above` (its issuer first, the anchor last).
    ///
    /// # Errors
    /// The cause in a few words.
    pub(crate) fn validate(
        &self,
        target: &Prepared,
        above: &[&Issuing],
        at: OffsetDateTime,
    ) -> Result<(), String> {
        let Some((anchor, between)) = above.split_last() else {
            return Err("an empty path".into());
        };
        let intermediates = between
            .iter()
            .rev()
            .map(|ca| ca.prepared.certificate.clone())
            .collect();
        let path = CertificationPath::new(
            anchor.anchor.clone(),
            intermediates,
            target.certificate.clone(),
        );
        let settings = enforce_trust_anchor_constraints(&self.settings_at(at)?, &anchor.anchor)
            .map_err(|error| cause(&error))?;
        let mut results = CertificationPathResults::new();
        validate_path_rfc5280(&self.environment, &settings, &path, &mut results)
            .map_err(|error| cause(&error))
    }

    fn settings_at(&self, at: OffsetDateTime) -> Result<CertificationPathSettings, String> {
        let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| "a time before 1970")?;
        let time = TimeOfInterest::from_unix_secs(seconds).map_err(|_| "a time after 9999")?;
        let mut settings = self.settings.clone();
        settings.set_time_of_interest(time);
        Ok(settings)
    }
}

fn settings(policies: &PathPolicies) -> Result<CertificationPathSettings, TrustError> {
    let mut settings = CertificationPathSettings::new();
    settings.set_enforce_trust_anchor_constraints(true);
    // The path comes from our own store; the crate has none to compare it with.
    settings.set_require_ta_store(false);
    settings.set_check_ocsp_from_aia(false);
    settings.set_check_crldp_http(false);
    settings.set_retrieve_from_aia_sia_http(false);
    settings.set_initial_explicit_policy_indicator(policies.explicit);
    settings.set_initial_policy_mapping_inhibit_indicator(policies.inhibit_mapping);
    settings.set_initial_inhibit_any_policy_indicator(policies.inhibit_any);
    if !policies.accepted.is_empty() {
        let oid = |text: &String| {
            ObjectIdentifier::new(text).map_err(|_| TrustError::Policy(text.clone()))
        };
        let accepted: Result<_, _> = policies.accepted.iter().map(oid).collect();
        settings.set_initial_policy_set_from_oid_set(accepted?);
    }
    Ok(settings)
}

/// A certificate as an anchor: its name and key, and the constraints that it sets to what is below it (RFC 5937, 3.2).
///
/// Not the certificate itself: the crate refuses one with any other critical extension, and an intermediate that is
/// given as an anchor may well have one, such as its extended key usages.
fn anchor(certificate: &PDVCertificate) -> certval::Result<PDVTrustAnchorChoice> {
    let tbs = certificate.decoded().tbs_certificate();
    let controls = CertPathControls {
        ta_name: tbs.subject().clone(),
        certificate: None,
        policy_set: None,
        policy_flags: policy_flags(certificate)?,
        name_constr: match certificate.get_extension(&NAME_CONSTRAINTS)? {
            Some(PDVExtension::NameConstraints(names)) => Some(names.clone()),
            _ => None,
        },
        path_len_constraint: match certificate.get_extension(&BASIC_CONSTRAINTS)? {
            Some(PDVExtension::BasicConstraints(basic)) => basic.path_len_constraint.map(u32::from),
            _ => None,
        },
    };
    let info = TrustAnchorInfo {
        version: Version::V1,
        pub_key: tbs.subject_public_key_info().clone(),
        // Names an anchor in the crate's own stores, which are not used.
        key_id: OctetString::new([0u8])?,
        ta_title: None,
        cert_path: Some(controls),
        extensions: None,
        ta_title_lang_tag: None,
    };
    Ok(PDVTrustAnchorChoice::try_from(TrustAnchorChoice::TaInfo(
        info,
    ))?)
}

fn policy_flags(certificate: &PDVCertificate) -> certval::Result<Option<CertPolicyFlags>> {
    let mut flags = CertPolicyFlags::default();
    if let Some(PDVExtension::PolicyConstraints(policies)) =
        certificate.get_extension(&POLICY_CONSTRAINTS)?
    {
        if policies.require_explicit_policy.is_some() {
            flags |= CertPolicies::RequireExplicitPolicy;
        }
        if policies.inhibit_policy_mapping.is_some() {
            flags |= CertPolicies::InhibitPolicyMapping;
        }
    }
    if certificate.get_extension(&INHIBIT_ANY_POLICY)?.is_some() {
        flags |= CertPolicies::InhibitAnyPolicy;
    }
    Ok((!flags.is_empty()).then_some(flags))
}

fn cause(error: &Error) -> String {
    match error {
        Error::PathValidation(status) => words(*status).to_owned(),
        other => other.to_string(),
    }
}

fn words(status: PathValidationStatus) -> &'static str {
    match status {
        PathValidationStatus::NameChainingFailure => "the names on the path don't join",
        PathValidationStatus::SignatureVerificationFailure => "a signature on the path is wrong",
        PathValidationStatus::MissingBasicConstraints
        | PathValidationStatus::InvalidBasicConstraints => {
            "a certificate on the path is not a CA's"
        }
        PathValidationStatus::InvalidPathLength => "the path is longer than a CA on it allows",
        PathValidationStatus::InvalidKeyUsage => "a CA on the path may not sign certificates",
        PathValidationStatus::NullPolicySet | PathValidationStatus::InvalidPolicyMapping => {
            "the certificate policies on the path don't join"
        }
        PathValidationStatus::NameConstraintsViolation => {
            "a name constraint of a CA on the path is violated"
        }
        PathValidationStatus::UnprocessedCriticalExtension => {
            "a critical extension is not understood"
        }
        PathValidationStatus::EncodingError => "a certificate on the path is badly encoded",
        PathValidationStatus::InsufficientKeySize => "a CA's RSA key is shorter than 2048 bits",
        PathValidationStatus::ProcessingLimitExceeded => "its policies need too much work",
        _ => "the path is not valid",
    }
}

/// The crate's callback: refuses SHA-1 and everything that is not known to be strong, whatever the crate could do.
fn verify(
    environment: &PkiEnvironment,
    message: &[u8],
    signature: &BitString,
    algorithm: &AlgorithmIdentifierOwned,
    key: &SubjectPublicKeyInfoOwned,
) -> certval::Result<()> {
    let wrong = Error::PathValidation(PathValidationStatus::SignatureVerificationFailure);
    if SignatureKind::from_oid(&algorithm.oid) != SignatureKind::Strong {
        return Err(wrong);
    }
    match fast(&algorithm.oid, key) {
        Some(how) => {
            let signature = signature.as_bytes().ok_or(wrong)?;
            sig::UnparsedPublicKey::new(how, key.subject_public_key.raw_bytes())
                .verify(message, signature)
                .map_err(|_| wrong)
        }
        None => {
            verify_signature_message_rust_crypto(environment, message, signature, algorithm, key)
        }
    }
}

/// ring's verification for this algorithm and key, where it has one.
fn fast(
    oid: &ObjectIdentifier,
    key: &SubjectPublicKeyInfoOwned,
) -> Option<&'static dyn sig::VerificationAlgorithm> {
    let curve = || {
        let parameters = key.algorithm.parameters.as_ref()?;
        parameters.decode_as::<ObjectIdentifier>().ok()
    };
    let rsa = key.algorithm.oid == RSA;
    match *oid {
        RSA_SHA256 if rsa => Some(&sig::RSA_PKCS1_2048_8192_SHA256),
        RSA_SHA384 if rsa => Some(&sig::RSA_PKCS1_2048_8192_SHA384),
        RSA_SHA512 if rsa => Some(&sig::RSA_PKCS1_2048_8192_SHA512),
        ECDSA_SHA256 => match curve()? {
            P256 => Some(&sig::ECDSA_P256_SHA256_ASN1),
            P384 => Some(&sig::ECDSA_P384_SHA256_ASN1),
            _ => None,
        },
        ECDSA_SHA384 => match curve()? {
            P256 => Some(&sig::ECDSA_P256_SHA384_ASN1),
            P384 => Some(&sig::ECDSA_P384_SHA384_ASN1),
            _ => None,
        },
        _ => None,
    }
}
