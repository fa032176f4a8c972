//! Signing drafts: authorities, and the certificates that they issue.

use anyhow::{Result, anyhow, bail};
use ring::rand::{SecureRandom, SystemRandom};
use signature::Keypair;
use time::OffsetDateTime;
use x509_cert::SubjectPublicKeyInfo;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{Any, BitString, GeneralizedTime, UtcTime};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{DateTime, Decode, Document, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};

use crate::draft::{Draft, extension};
use crate::key::{Key, to_pem};
use crate::name::Name;
use crate::sign::{Algorithm, sign_x509};

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    der: Vec<u8>,
    serial: Vec<u8>,
}

impl Issued {
    /// The certificate, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate, PEM.
    ///
    /// # Errors
    /// Never for what this crate issued.
    pub fn pem(&self) -> Result<String> {
        to_pem("CERTIFICATE", &self.der)
    }

    /// The serial number as an unsigned big-endian integer.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }
}

/// Someone who signs certificates and revocation lists.
#[derive(Clone, Debug)]
pub struct Authority {
    name: Name,
    key: Key,
    certificate: Issued,
}

impl Authority {
    /// A self-signed CA.
    ///
    /// # Errors
    /// If the name can't be written or the key doesn't sign.
    pub fn root(
        name: Name,
        key: Key,
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    ) -> Result<Self> {
        let draft = Draft::new(name, &key, not_before, not_after).authority(None);
        Self::self_signed(&draft, key)
    }

    /// A self-signed CA whose certificate says what `draft` says.
    ///
    /// # Errors
    /// As [`Authority::root`].
    pub fn self_signed(draft: &Draft, key: Key) -> Result<Self> {
        let certificate = issue(draft, &draft.subject, &key)?;
        Ok(Self {
            name: draft.subject.clone(),
            key,
            certificate,
        })
    }

    /// A CA under this one, with path length 0 and the validity of its choice.
    ///
    /// # Errors
    /// As [`Authority::root`].
    pub fn subordinate(
        &self,
        name: Name,
        key: Key,
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    ) -> Result<Self> {
        let draft = Draft::new(name, &key, not_before, not_after).authority(Some(0));
        self.subordinate_as(&draft, key)
    }

    /// A CA under this one whose certificate says what `draft` says.
    ///
    /// # Errors
    /// As [`Authority::root`].
    pub fn subordinate_as(&self, draft: &Draft, key: Key) -> Result<Self> {
        Ok(Self {
            name: draft.subject.clone(),
            certificate: self.issue(draft)?,
            key,
        })
    }

    /// Signs `draft`.
    ///
    /// # Errors
    /// If a name or extension can't be written, or the algorithm doesn't fit this authority's key.
    pub fn issue(&self, draft: &Draft) -> Result<Issued> {
        issue(draft, &self.name, &self.key)
    }

    /// This authority's own certificate.
    #[must_use]
    pub fn certificate(&self) -> &Issued {
        &self.certificate
    }

    /// This authority's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// This authority's key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }
}

fn issue(draft: &Draft, issuer: &Name, key: &Key) -> Result<Issued> {
    let serial = match &draft.serial {
        Some(serial) => serial.clone(),
        None => random_serial()?,
    };
    let mut signer = Signer::new(key, draft.algorithm)?;
    signer.null |= draft.null_parameters;
    let profile = Profile {
        issuer: issuer.to_x509()?,
        subject: draft.subject.to_x509()?,
        extensions: extensions(draft, key)?,
    };
    let validity = Validity::new(to_time(draft.not_before)?, to_time(draft.not_after)?);
    let public_key = SubjectPublicKeyInfo::from_der(&draft.public_key)?;
    let mut builder =
        CertificateBuilder::new(profile, SerialNumber::new(&serial)?, validity, public_key)
            .map_err(|error| anyhow!("{error}"))?;
    let to_be_signed = builder
        .finalize(&signer)
        .map_err(|error| anyhow!("{error}"))?;
    let signature = BitString::from_bytes(&sign_x509(key, signer.algorithm, &to_be_signed)?)?;
    let certificate = builder
        .assemble(signature, &signer)
        .map_err(|error| anyhow!("{error}"))?;
    Ok(Issued {
        der: certificate.to_der()?,
        serial,
    })
}

fn random_serial() -> Result<Vec<u8>> {
    let mut serial = [0; 16];
    SystemRandom::new()
        .fill(&mut serial)
        .map_err(|_| anyhow!("no randomness"))?;
    // A first byte between 64 and 127 needs neither padding nor stripping in DER.
    let [first, ..] = &mut serial;
    *first = *first & 0x3f | 0x40;
    Ok(serial.to_vec())
}

fn extensions(draft: &Draft, issuer: &Key) -> Result<Vec<Extension>> {
    let mut extensions = draft.extensions()?;
    if draft.key_identifiers {
        extensions.push(extension(
            false,
            &subject_key_identifier(&draft.public_key)?,
        )?);
        extensions.push(extension(false, &authority_key_identifier(issuer)?)?);
    }
    Ok(extensions)
}

fn subject_key_identifier(public_key: &[u8]) -> Result<SubjectKeyIdentifier> {
    Ok(SubjectKeyIdentifier::try_from(
        SubjectPublicKeyInfoRef::from_der(public_key)?,
    )?)
}

pub(crate) fn authority_key_identifier(issuer: &Key) -> Result<AuthorityKeyIdentifier> {
    Ok(AuthorityKeyIdentifier {
        key_identifier: Some(subject_key_identifier(issuer.public_key_der())?.0),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    })
}

/// Seconds only; UTCTime up to 2049 (RFC 5280, 4.1.2.5).
pub(crate) fn to_time(at: OffsetDateTime) -> Result<Time> {
    let seconds = u64::try_from(at.unix_timestamp())?;
    let date = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    Ok(match date.year() {
        ..=UtcTime::MAX_YEAR => Time::UtcTime(UtcTime::from_date_time(date)?),
        _ => Time::GeneralTime(GeneralizedTime::from_date_time(date)),
    })
}

/// Hands our names and extensions to the builder unchanged.
struct Profile {
    issuer: x509_cert::name::Name,
    subject: x509_cert::name::Name,
    extensions: Vec<Extension>,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &x509_cert::name::Name) -> x509_cert::name::Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> x509_cert::name::Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}

/// What the builder wants to know of the signing key.
pub(crate) struct Signer<'a> {
    pub(crate) key: &'a Key,
    pub(crate) algorithm: Algorithm,
    /// Whether the identifier has NULL parameters.
    null: bool,
}

impl<'a> Signer<'a> {
    /// `algorithm`, or the usual one of the key. PSS is refused: no Vietnamese CA signs certificates with it.
    pub(crate) fn new(key: &'a Key, algorithm: Option<Algorithm>) -> Result<Self> {
        let algorithm = algorithm.unwrap_or_else(|| Algorithm::usual(key.kind()));
        let Some((_, null)) = algorithm_oid(algorithm) else {
            bail!("certificates are not signed with {algorithm:?} here");
        };
        Ok(Self {
            key,
            algorithm,
            null,
        })
    }
}

#[derive(Clone)]
pub(crate) struct PublicHalf(Vec<u8>);

impl Keypair for Signer<'_> {
    type VerifyingKey = PublicHalf;

    fn verifying_key(&self) -> PublicHalf {
        PublicHalf(self.key.public_key_der().to_vec())
    }
}

impl EncodePublicKey for PublicHalf {
    fn to_public_key_der(&self) -> x509_cert::spki::Result<Document> {
        Ok(Document::try_from(self.0.as_slice())?)
    }
}

impl DynSignatureAlgorithmIdentifier for Signer<'_> {
    fn signature_algorithm_identifier(&self) -> x509_cert::spki::Result<AlgorithmIdentifierOwned> {
        let (oid, _) = algorithm_oid(self.algorithm).ok_or(x509_cert::spki::Error::KeyMalformed)?;
        Ok(AlgorithmIdentifierOwned {
            oid,
            parameters: self.null.then(Any::null),
        })
    }
}

/// The identifier and whether NULL parameters belong to it (RFC 4055, 5; RFC 5758, 3.2).
fn algorithm_oid(algorithm: Algorithm) -> Option<(ObjectIdentifier, bool)> {
    let (dotted, null) = match algorithm {
        Algorithm::RS1 => ("1.2.840.113549.1.1.5", true),
        Algorithm::RS256 => ("1.2.840.113549.1.1.11", true),
        Algorithm::RS384 => ("1.2.840.113549.1.1.12", true),
        Algorithm::RS512 => ("1.2.840.113549.1.1.13", true),
        Algorithm::ES256 => ("1.2.840.10045.4.3.2", false),
        Algorithm::ES384 => ("1.2.840.10045.4.3.3", false),
        Algorithm::ES512 => ("1.2.840.10045.4.3.4", false),
        Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512 => return None,
    };
    Some((ObjectIdentifier::new_unwrap(dotted), null))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::draft::{Ku, eku};
    use crate::key::KeyKind;
    use crate::program::openssl;

    const FROM: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
    const TO: OffsetDateTime = datetime!(2055-01-01 00:00 UTC);

    fn root(kind: KeyKind) -> Authority {
        Authority::root(
            Name::new().cn("Gốc"),
            Key::pooled(kind, 0).unwrap(),
            FROM,
            TO,
        )
        .unwrap()
    }

    fn draft(kind: KeyKind) -> Draft {
        Draft::new(
            Name::new().cn("Lá"),
            &Key::pooled(kind, 3).unwrap(),
            FROM,
            TO,
        )
    }

    fn shown(certificate: &Issued) -> String {
        let out = openssl(
            &["x509", "-inform", "DER", "-noout", "-text"],
            certificate.der(),
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn openssl_verifies_signatures_of_every_kind_of_key() {
        for (kind, algorithm) in [
            (KeyKind::Rsa(2048), None),
            (KeyKind::Rsa(2048), Some(Algorithm::RS384)),
            (KeyKind::Rsa(2048), Some(Algorithm::RS512)),
            (KeyKind::P256, None),
            (KeyKind::P384, None),
            (KeyKind::P384, Some(Algorithm::ES256)),
            (KeyKind::P521, None),
        ] {
            let mut leaf = draft(KeyKind::P256);
            leaf.algorithm = algorithm;
            let root = root(kind);
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
            std::fs::write(at("root"), root.certificate().pem().unwrap()).unwrap();
            std::fs::write(at("leaf"), root.issue(&leaf).unwrap().pem().unwrap()).unwrap();
            let moment = "1800000000";
            openssl(
                &[
                    "verify",
                    "-attime",
                    moment,
                    "-CAfile",
                    &at("root"),
                    &at("leaf"),
                ],
                &[],
            )
            .unwrap_or_else(|error| panic!("{kind:?} {algorithm:?}: {error}"));
        }
    }

    #[test]
    fn signs_with_sha_1_where_a_test_asks_for_it() {
        let certificate = root(KeyKind::Rsa(2048))
            .issue(&draft(KeyKind::P256).signed_with(Algorithm::RS1))
            .unwrap();
        assert!(shown(&certificate).contains("sha1WithRSAEncryption"));
    }

    #[test]
    fn refuses_to_sign_a_certificate_with_pss() {
        let signed =
            root(KeyKind::Rsa(2048)).issue(&draft(KeyKind::P256).signed_with(Algorithm::PS256));
        assert!(signed.is_err());
    }

    #[test]
    fn writes_each_extension_as_openssl_reads_it() {
        let wanted = draft(KeyKind::P256)
            .serial(&[0x7f, 0x01])
            .key_usage(Ku::DigitalSignature | Ku::NonRepudiation)
            .extended_key_usage(&[eku::CLIENT_AUTH, eku::DOCUMENT_SIGNING])
            .policies(&["1.3.6.1.4.1.32473.7"])
            .basic_constraints(true, Some(2))
            .dns_names(&["a.example", "b.example"])
            .permitted_subtree(Name::new().c("VN"))
            .crl_at("http://crl.example/1.crl")
            .extension("1.3.6.1.4.1.32473.8", true, &[5, 0]);
        let text = shown(&root(KeyKind::P256).issue(&wanted).unwrap());
        for part in [
            "Serial Number: 32513 (0x7f01)",
            "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation",
            "TLS Web Client Authentication, 1.3.6.1.5.5.7.3.36",
            "Policy: 1.3.6.1.4.1.32473.7",
            "CA:TRUE, pathlen:2",
            "DNS:a.example, DNS:b.example",
            "DirName:C = VN",
            "URI:http://crl.example/1.crl",
            "1.3.6.1.4.1.32473.8: critical",
            "X509v3 Subject Key Identifier",
            "X509v3 Authority Key Identifier",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn leaves_out_key_identifiers_when_asked() {
        let text = shown(
            &root(KeyKind::P256)
                .issue(&draft(KeyKind::P256).without_key_identifiers())
                .unwrap(),
        );
        assert!(!text.contains("Key Identifier"), "{text}");
    }

    #[test]
    fn writes_years_up_to_2049_as_utc_time_and_later_ones_in_full() {
        let der = root(KeyKind::P256).issue(&draft(KeyKind::P256)).unwrap();
        let text = String::from_utf8(openssl(&["asn1parse", "-inform", "DER"], der.der()).unwrap())
            .unwrap();
        assert!(text.contains("UTCTIME           :260101000000Z"), "{text}");
        assert!(
            text.contains("GENERALIZEDTIME   :20550101000000Z"),
            "{text}"
        );
    }
}
