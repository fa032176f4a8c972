//! Why a certificate, a list or a trust file was not taken: one variant a cause someone can act on.

use thiserror::Error;
use time::OffsetDateTime;

use crate::revocation::Doubt;

/// Why bytes are not a certificate that this program reads.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// More bytes than a certificate may have.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// Not the DER of an X.509 certificate.
    #[error("not a DER certificate")]
    NotDer,
    /// A whole certificate, and then more bytes.
    #[error("bytes after the end of the certificate")]
    TrailingBytes,
    /// The extension with this OID is twice there or cannot be decoded.
    #[error("extension {0} is repeated or cannot be decoded")]
    Extension(String),
    /// The two places that name the signature algorithm disagree (RFC 5280, 4.1.1.2).
    #[error("the signature algorithm is named in two ways")]
    AlgorithmMismatch,
    /// The public key cannot be decoded.
    #[error("the public key cannot be decoded")]
    Key,
    /// The subject has more attributes, or longer ones, than any CA writes.
    #[error("the subject is larger than any real one")]
    SubjectTooLarge,
    /// A PEM block that is not base64 within its lines.
    #[error("not valid PEM")]
    Pem,
    /// Readable input without a single certificate.
    #[error("no certificate found")]
    Empty,
    /// More certificates than one file may hold.
    #[error("more than {limit} certificates")]
    TooMany {
        /// The limit that was passed.
        limit: usize,
    },
}

/// Why a certificate's subject names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SubjectError {
    /// No common name, organisation or unit.
    #[error("the certificate names nobody")]
    NoName,
    /// Two different common names.
    #[error("the certificate has two different names")]
    TwoNames,
    /// An attribute's bytes are not text of its kind.
    #[error("an attribute of the name is not text")]
    NotText,
    /// A number without the form of its kind, such as a CCCD of eleven digits.
    #[error("{kind} does not have the form of its kind")]
    Malformed {
        /// The kind as the certificate writes it, such as `CCCD`.
        kind: &'static str,
    },
    /// Two different numbers of one kind.
    #[error("two different numbers of the kind {kind}")]
    Contradiction {
        /// The kind as the certificate writes it.
        kind: &'static str,
    },
    /// Identifiers are there, and none is of a known kind.
    #[error("no identifier of a known kind")]
    UnknownIds,
}

/// Why a CRL file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CrlError {
    /// More bytes than a CRL may have.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// Not the DER of an X.509 CRL, or bytes after it.
    #[error("not a DER revocation list")]
    NotDer,
    /// A delta CRL: it lists changes only, and taken for a whole list it would hide revocations.
    #[error("a delta CRL, which is not taken")]
    Delta,
    /// An extension that cannot be decoded or is there twice.
    #[error("an extension is repeated or cannot be decoded")]
    Extension,
    /// A PEM block that is not base64 within its lines.
    #[error("not valid PEM")]
    Pem,
    /// Readable input without a single CRL.
    #[error("no revocation list found")]
    Empty,
    /// More CRLs than one file may hold.
    #[error("more than {limit} revocation lists")]
    TooMany {
        /// The limit that was passed.
        limit: usize,
    },
}

/// Why trust material was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrustError {
    /// No anchor at all: nothing could ever be accepted.
    #[error("no trust anchor")]
    NoAnchor,
    /// More certificates than the path search is willing to look at.
    #[error("more than {limit} certificates")]
    TooMany {
        /// The limit that was passed.
        limit: usize,
    },
    /// A certificate that reads, but that the path builder refuses.
    #[error("certificate {fingerprint} cannot be used: not strict DER")]
    Unusable {
        /// SHA-256 of its DER, lower-case hex.
        fingerprint: String,
    },
    /// An anchor of the trust file is not the certificate of a CA that may issue.
    #[error("trust file: the anchor \"{0}\" is not the certificate of a CA")]
    NotCa(String),
    /// The administrator's own policy says something that cannot be.
    #[error("trust file: the policy: {0}")]
    OwnPolicy(&'static str),
    /// A policy that is demanded of paths is not an OID in dotted decimal.
    #[error("the policy \"{0}\" is not an OID in dotted decimal")]
    Policy(String),
    /// Two entries for the same CA.
    #[error("two entries for the CA \"{0}\"")]
    DuplicateCa(String),
    /// The trust file is larger than any real one.
    #[error("the trust file is larger than {limit} bytes")]
    FileTooLarge {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// The trust file is not the TOML that is asked for; says where.
    #[error("trust file: {0}")]
    File(String),
    /// The trust file is of a version that this program does not know.
    #[error("trust file: version {0} is not known")]
    Version(i64),
    /// A certificate that the trust file names cannot be read.
    #[error("trust file: \"{name}\": {reason}")]
    Certificate {
        /// The name as the trust file has it.
        name: String,
        /// What went wrong.
        reason: String,
    },
    /// A field of a CA entry says something that cannot be.
    #[error("trust file: CA \"{name}\": {reason}")]
    Ca {
        /// The CA's name in the trust file.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Whose validity ended or has not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The certificate itself.
    Subject,
    /// The certificate of a CA above it, by its name.
    Ca(String),
}

impl std::fmt::Display for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Subject => f.write_str("the certificate"),
            Self::Ca(name) => write!(f, "the certificate of the CA \"{name}\""),
        }
    }
}

/// A certificate whose revocation is not known, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// Which certificate of the path.
    pub whose: Whose,
    /// What speaks against each piece of evidence; never empty.
    pub doubts: Vec<Doubt>,
}

impl From<Whose> for Unjudged {
    /// Without any evidence.
    fn from(whose: Whose) -> Self {
        Self {
            whose,
            doubts: vec![Doubt::Missing],
        }
    }
}

impl std::fmt::Display for Unjudged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} could not be judged", self.whose)?;
        let mut between = ": ";
        for doubt in &self.doubts {
            write!(f, "{between}{doubt}")?;
            between = "; ";
        }
        Ok(())
    }
}

/// Why a certificate's uses don't fit a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UseError {
    /// No key usage at all: nothing says that it may sign.
    #[error("it does not say what its key is for")]
    NoKeyUsage,
    /// A key usage without digitalSignature.
    #[error("its key is not for signing in (digitalSignature is missing)")]
    NoDigitalSignature,
    /// A CA's own certificate.
    #[error("it belongs to a certification authority")]
    Ca,
    /// An extended key usage that has none of the accepted purposes.
    #[error("none of its extended purposes allows a login")]
    NoLoginPurpose,
    /// An extended key usage of a machine's job, such as OCSP signing.
    #[error("it is for a machine's job, not a person")]
    MachinePurpose,
}

/// Why a certificate was refused, or could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CertError {
    /// It could not be read.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(#[from] CertificateError),
    /// Its validity, or that of a CA above it, has ended.
    #[error("{whose} expired on {}", rfc3339(not_after))]
    Expired {
        /// Which certificate of the path.
        whose: Whose,
        /// The last moment of its validity.
        not_after: OffsetDateTime,
    },
    /// Its validity, or that of a CA above it, has not begun.
    #[error("{whose} is not valid before {}", rfc3339(not_before))]
    NotYetValid {
        /// Which certificate of the path.
        whose: Whose,
        /// The first moment of its validity.
        not_before: OffsetDateTime,
    },
    /// It, or a CA above it, was revoked.
    #[error("{0} has been revoked")]
    Revoked(Whose),
    /// No path to an anchor of the wanted worlds; says what stood in the way.
    #[error("no path to a trust anchor: {0}")]
    Untrusted(String),
    /// Its key, or a signature on the way to the anchor, is too weak.
    #[error("too weak: {0}")]
    Weak(String),
    /// It is not for signing in.
    #[error("wrong use: {0}")]
    WrongUse(#[from] UseError),
    /// It does not name a subject of the wanted kind.
    #[error("wrong subject: {0}")]
    WrongSubject(String),
    /// It was issued under a policy that is not taken.
    #[error("issued under the disallowed policy {0}")]
    DisallowedPolicy(String),
    /// No evidence settles its revocation, or that of a CA above it, and the rule of the evidence demands that.
    #[error("the revocation of {0}")]
    RevocationUnknown(Unjudged),
}

impl CertError {
    /// The short, stable code of the cause, as it is told to people.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "CERT-UNREADABLE",
            Self::Expired { .. } => "CERT-EXPIRED",
            Self::NotYetValid { .. } => "CERT-NOT-YET-VALID",
            Self::Revoked(_) => "CERT-REVOKED",
            Self::Untrusted(_) => "CERT-UNTRUSTED",
            Self::Weak(_) => "CERT-WEAK",
            Self::WrongUse(_) => "CERT-WRONG-USE",
            Self::WrongSubject(_) => "CERT-WRONG-SUBJECT",
            Self::DisallowedPolicy(_) => "CERT-POLICY",
            Self::RevocationUnknown(_) => "REVOCATION-UNKNOWN",
        }
    }
}

/// RFC 3339 in UTC, as operators give times to us.
fn rfc3339(at: &OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_else(|_| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_as_operators_write_it() {
        let not_after = OffsetDateTime::UNIX_EPOCH;
        let error = CertError::Expired {
            whose: Whose::Subject,
            not_after,
        };
        assert!(
            error
                .to_string()
                .ends_with("expired on 1970-01-01T00:00:00Z")
        );
    }
}
