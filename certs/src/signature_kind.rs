//! How a certificate or CRL was signed, by the OID in it.

/// The strength of a signature algorithm, before any key is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SignatureKind {
    /// A hash of SHA-256 or better with RSA, RSA-PSS or ECDSA: taken.
    Strong,
    /// SHA-1 or MD5, or SHA-224, by this name: refused below an anchor.
    Weak(&'static str),
    /// Nothing that this program verifies; the OID in dotted decimal.
    Unknown(String),
}

impl SignatureKind {
    /// By the OID in dotted decimal. For `id-RSASSA-PSS` the hash stands in the parameters, which the verification reads.
    pub(crate) fn from_oid(oid: &str) -> Self {
        match oid {
            "1.2.840.113549.1.1.10"
            | "1.2.840.113549.1.1.11"
            | "1.2.840.113549.1.1.12"
            | "1.2.840.113549.1.1.13"
            | "1.2.840.10045.4.3.2"
            | "1.2.840.10045.4.3.3"
            | "1.2.840.10045.4.3.4" => Self::Strong,
            "1.2.840.113549.1.1.5"
            | "1.3.14.3.2.29"
            | "1.2.840.10045.4.1"
            | "1.2.840.10040.4.3" => Self::Weak("signed with SHA-1"),
            "1.2.840.113549.1.1.4" => Self::Weak("signed with MD5"),
            "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" => Self::Weak("signed with SHA-224"),
            other => Self::Unknown(other.into()),
        }
    }
}
