//! One certificate, read once: what was read can be relied upon to be well formed, and nothing more.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::error::CertificateError;
use crate::extensions::Uses;
use crate::key::PublicKey;
use crate::pem::{Blocks, blocks};
use crate::signature_kind::SignatureKind;
use crate::subject::{Subject, name_of};

/// Largest certificate that is read, in bytes; real ones have about 2 KiB.
const MAX_CERTIFICATE: usize = 64 * 1024;
/// Largest file of certificates that is read, in bytes.
const MAX_FILE: usize = 16 * 1024 * 1024;
/// Most certificates that one file may hold.
const MAX_IN_FILE: usize = 4096;

/// A parsed X.509 certificate. Parsed is not verified: see [`crate::judge`]. Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Parsed>);

struct Parsed {
    der: Vec<u8>,
    fingerprint: [u8; 32],
    serial: String,
    serial_octets: Vec<u8>,
    subject: Subject,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
    issuer_name: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    key: PublicKey,
    key_bits: Vec<u8>,
    uses: Uses,
    signed_with: SignatureKind,
    algorithm: ObjectIdentifier,
    signed_part: Vec<u8>,
    signature: Vec<u8>,
}

impl Certificate {
    /// Reads exactly one DER certificate (RFC 5280, 4.1) of at most 64 KiB.
    ///
    /// A subject that names nobody is no error here: see [`Subject::identity`].
    ///
    /// # Errors
    /// A [`CertificateError`] for anything else, bytes after the certificate included.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(CertificateError::TooLarge {
                limit: MAX_CERTIFICATE,
            });
        }
        let (rest, x509) = X509Certificate::from_der(der).map_err(|_| CertificateError::NotDer)?;
        if !rest.is_empty() {
            return Err(CertificateError::TrailingBytes);
        }
        if x509.signature_algorithm != x509.tbs_certificate.signature {
            return Err(CertificateError::AlgorithmMismatch);
        }
        Parsed::read(der, &x509).map(|parsed| Self(Arc::new(parsed)))
    }

    /// Reads a file of certificates: PEM with one or more, other PEM blocks left out, or one in DER.
    ///
    /// # Errors
    /// A [`CertificateError`] for the first certificate that cannot be read, and for a file without any.
    pub fn all_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, CertificateError> {
        if bytes.len() > MAX_FILE {
            return Err(CertificateError::TooLarge { limit: MAX_FILE });
        }
        let found = match blocks(bytes, &["CERTIFICATE", "X509 CERTIFICATE"]) {
            Blocks::Der => return Self::from_der(bytes).map(|one| vec![one]),
            Blocks::Broken => return Err(CertificateError::Pem),
            Blocks::Pem(found) if found.is_empty() => return Err(CertificateError::Empty),
            Blocks::Pem(found) => found,
        };
        if found.len() > MAX_IN_FILE {
            return Err(CertificateError::TooMany { limit: MAX_IN_FILE });
        }
        found.iter().map(|der| Self::from_der(der)).collect()
    }

    /// The DER, exactly as it was given.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.0.fingerprint
    }

    /// The serial number in upper-case hex, two digits a byte, without a sign byte.
    pub fn serial(&self) -> &str {
        &self.0.serial
    }

    /// The serial number's octets, as DER has them.
    pub(crate) fn serial_octets(&self) -> &[u8] {
        &self.0.serial_octets
    }

    /// What the subject says.
    pub fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// The DER of the subject's name.
    pub fn subject_der(&self) -> &[u8] {
        &self.0.subject_der
    }

    /// The DER of the issuer's name.
    pub fn issuer_der(&self) -> &[u8] {
        &self.0.issuer_der
    }

    /// The issuer's common name, else its organisation, else its unit, as the certificate has it.
    pub fn issuer_name(&self) -> &str {
        &self.0.issuer_name
    }

    /// First moment of the validity.
    pub fn not_before(&self) -> OffsetDateTime {
        self.0.not_before
    }

    /// Last moment of the validity.
    pub fn not_after(&self) -> OffsetDateTime {
        self.0.not_after
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.key
    }

    /// The public key's bits, without its algorithm, as OCSP names keys by their hash.
    pub(crate) fn key_bits(&self) -> &[u8] {
        &self.0.key_bits
    }

    /// The certificate policies under which it was issued (RFC 5280, 4.2.1.4), in dotted decimal; empty where it names none.
    pub fn policies(&self) -> &[String] {
        &self.0.uses.policies
    }

    pub(crate) fn uses(&self) -> &Uses {
        &self.0.uses
    }

    pub(crate) fn signed_with(&self) -> &SignatureKind {
        &self.0.signed_with
    }

    /// The signature's algorithm.
    pub(crate) fn algorithm(&self) -> &ObjectIdentifier {
        &self.0.algorithm
    }

    /// The DER that is signed (RFC 5280, 4.1.1).
    pub(crate) fn signed_part(&self) -> &[u8] {
        &self.0.signed_part
    }

    /// The signature, as its algorithm writes it.
    pub(crate) fn signature(&self) -> &[u8] {
        &self.0.signature
    }
}

impl Parsed {
    fn read(der: &[u8], x509: &X509Certificate<'_>) -> Result<Self, CertificateError> {
        // A signature has whole octets; loose bits would make two certificates of one.
        if x509.signature_value.unused_bits != 0 {
            return Err(CertificateError::NotDer);
        }
        let oid = x509.signature_algorithm.algorithm.as_bytes();
        let oid = ObjectIdentifier::from_bytes(oid).map_err(|_| CertificateError::NotDer)?;
        Ok(Self {
            der: der.to_vec(),
            fingerprint: Sha256::digest(der).into(),
            serial: upper_hex(unsigned(x509.raw_serial())),
            serial_octets: x509.raw_serial().to_vec(),
            subject: Subject::read(x509.subject())?,
            subject_der: x509.subject().as_raw().to_vec(),
            issuer_der: x509.issuer().as_raw().to_vec(),
            issuer_name: name_of(x509.issuer()),
            not_before: x509.validity().not_before.to_datetime(),
            not_after: x509.validity().not_after.to_datetime(),
            key: PublicKey::from_spki(x509.public_key())?,
            key_bits: x509.public_key().subject_public_key.data.to_vec(),
            uses: Uses::read(x509)?,
            signed_with: SignatureKind::from_oid(&oid),
            algorithm: oid,
            signed_part: x509.tbs_certificate.as_ref().to_vec(),
            signature: x509.signature_value.data.to_vec(),
        })
    }
}

fn unsigned(serial: &[u8]) -> &[u8] {
    match serial {
        [0, rest @ ..] if !rest.is_empty() => rest,
        whole => whole,
    }
}

fn upper_hex(bytes: &[u8]) -> String {
    let digit =
        |nibble: u8| char::from_digit(u32::from(nibble), 16).map(|d| d.to_ascii_uppercase());
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .flatten()
        .collect()
}

/// Lower-case hex of a fingerprint, for messages.
pub(crate) fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Certificate {
    /// The fingerprint only: a subject does not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", lower_hex(&self.0.fingerprint))
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}
