//! How OCSP names a certificate (RFC 6960, 4.1.1), and the request about it.

use certval::ocsp::ext::Nonce;
use certval::ocsp::{CertId, OcspRequest, Request, TbsRequest};
use ring::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use x509_cert::der::Encode;
use x509_cert::der::asn1::{Any, ObjectIdentifier, OctetString};
use x509_cert::ext::Extension;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::NONCE;
use crate::certificate::Certificate;

const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

/// The hashes by which a certificate may be named. SHA-1 serves here as a name, not as a proof.
fn hash(oid: &ObjectIdentifier) -> Option<&'static Algorithm> {
    let known = [
        (SHA_1, &SHA1_FOR_LEGACY_USE_ONLY),
        (
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
            &SHA256,
        ),
        (
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"),
            &SHA384,
        ),
        (
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
            &SHA512,
        ),
    ];
    let found = known.into_iter().find(|(known, _)| known == oid);
    found.map(|(_, algorithm)| algorithm)
}

/// A certificate as responders are asked about it.
pub(crate) struct Asked<'a> {
    issuer_name: &'a [u8],
    issuer_key: &'a [u8],
    serial: &'a [u8],
}

impl<'a> Asked<'a> {
    pub(crate) fn new(certificate: &'a Certificate, issuer: &'a Certificate) -> Self {
        Self {
            issuer_name: certificate.issuer_der(),
            issuer_key: issuer.key_bits(),
            serial: certificate.serial_octets(),
        }
    }

    /// Whether an identifier in a response is this certificate's, by whatever hash it uses.
    pub(super) fn is(&self, id: &CertId) -> bool {
        let Some(algorithm) = hash(&id.hash_algorithm.oid) else {
            return false;
        };
        let same = |hashed: &OctetString, what: &[u8]| {
            hashed.as_bytes() == digest(algorithm, what).as_ref()
        };
        unsigned(id.serial_number.as_bytes()) == unsigned(self.serial)
            && same(&id.issuer_name_hash, self.issuer_name)
            && same(&id.issuer_key_hash, self.issuer_key)
    }

    /// The DER of a request for this certificate, by SHA-1, which every responder knows (RFC 5019, 2.1.1). `None` for a
    /// serial number that OCSP does not know: negative, or longer than 20 octets.
    pub(crate) fn request(&self, nonce: Option<&[u8]>) -> Option<Vec<u8>> {
        let hashed =
            |what: &[u8]| OctetString::new(digest(&SHA1_FOR_LEGACY_USE_ONLY, what).as_ref()).ok();
        let id = CertId {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid: SHA_1,
                parameters: Some(Any::null()),
            },
            issuer_name_hash: hashed(self.issuer_name)?,
            issuer_key_hash: hashed(self.issuer_key)?,
            serial_number: SerialNumber::new(unsigned(self.serial)).ok()?,
        };
        let extensions = match nonce {
            Some(nonce) => Some(vec![extension(nonce)?]),
            None => None,
        };
        let request: OcspRequest = OcspRequest {
            tbs_request: TbsRequest {
                request_list: vec![Request {
                    req_cert: id,
                    single_request_extensions: None,
                }],
                request_extensions: extensions,
                ..TbsRequest::default()
            },
            optional_signature: None,
        };
        request.to_der().ok()
    }
}

fn extension(nonce: &[u8]) -> Option<Extension> {
    let value = Nonce::new(nonce.to_vec()).ok()?.to_der().ok()?;
    Some(Extension {
        extn_id: NONCE,
        critical: false,
        extn_value: OctetString::new(value).ok()?,
    })
}

/// Serial numbers are positive: without leading zeros.
fn unsigned(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}
