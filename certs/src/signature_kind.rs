//! How a certificate or a list was signed, by the OID in it.

use x509_cert::der::asn1::ObjectIdentifier;

/// The strength of a signature algorithm, before any key is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureKind {
    /// A hash of SHA-256 or better with RSA, RSA-PSS or ECDSA: taken.
    Strong,
    /// SHA-1 or MD5, or SHA-224, by this name: refused below an anchor.
    Weak(&'static str),
    /// Nothing that this program verifies.
    Unknown,
}

/// `sha256WithRSAEncryption` (RFC 4055, 5)
pub(crate) const RSA_SHA256: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
/// `sha384WithRSAEncryption`
pub(crate) const RSA_SHA384: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
/// `sha512WithRSAEncryption`
pub(crate) const RSA_SHA512: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
/// `id-RSASSA-PSS` (RFC 4055, 3.1)
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
/// `ecdsa-with-SHA256` (RFC 5758, 3.2)
pub(crate) const ECDSA_SHA256: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// `ecdsa-with-SHA384`
pub(crate) const ECDSA_SHA384: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
/// `ecdsa-with-SHA512`
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");

const STRONG: [ObjectIdentifier; 7] = [
    RSA_SHA256,
    RSA_SHA384,
    RSA_SHA512,
    RSA_PSS,
    ECDSA_SHA256,
    ECDSA_SHA384,
    ECDSA_SHA512,
];

/// RSA twice (also by OIW's name), ECDSA, DSA; RSA; RSA, ECDSA.
const WEAK: [(ObjectIdentifier, &str); 7] = [
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
        "signed with SHA-1",
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.14.3.2.29"),
        "signed with SHA-1",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
        "signed with SHA-1",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10040.4.3"),
        "signed with SHA-1",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"),
        "signed with MD5",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.14"),
        "signed with SHA-224",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.1"),
        "signed with SHA-224",
    ),
];

impl SignatureKind {
    /// For `id-RSASSA-PSS` the hash stands in the parameters, which the verification reads.
    pub(crate) fn from_oid(oid: &ObjectIdentifier) -> Self {
        if STRONG.contains(oid) {
            return Self::Strong;
        }
        let weak = WEAK.iter().find(|(known, _)| known == oid);
        weak.map_or(Self::Unknown, |(_, why)| Self::Weak(why))
    }
}
