//! Causes, one variant each; what a person sees is decided elsewhere.

use kyso_certs::{CertError, CertificateError};
use thiserror::Error;

/// Why JSON was refused before its members were looked at.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonError {
    /// Longer or shorter than the message may be.
    #[error("{size} bytes, allowed are {min} to {max}")]
    Size {
        /// Bytes received.
        size: usize,
        /// Fewest allowed.
        min: usize,
        /// Most allowed.
        max: usize,
    },
    /// Not UTF-8, not JSON, or something after the value.
    #[error("not one JSON value: {0}")]
    Syntax(String),
    /// The same member twice in one object, at any depth.
    #[error("the member {0:?} occurs twice")]
    Duplicate(String),
    /// A member is missing, unknown, or of another type.
    #[error("members do not fit: {0}")]
    Members(String),
}

/// Why a text is no origin (RFC 6454, section 6.2, https only).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OriginError {
    /// The scheme is not `https`.
    #[error("only https origins are taken")]
    Scheme,
    /// Path, query, fragment, user info, blank or any other character that no origin has.
    #[error("an origin is https://host or https://host:port and nothing more")]
    Shape,
    /// Not lower-case A-labels of letters, digits and hyphens.
    #[error("the host is not a name in lower-case A-labels")]
    Host,
    /// Not 1 to 65535 without leading zeros, or the default port written out.
    #[error("the port is not canonical")]
    Port,
}

/// Why an identifier or secret is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not {0} characters of canonical base64url")]
pub struct IdError(pub usize);

/// Why a deep link is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Longer than [`crate::limits::LINK_MAX`].
    #[error("the link is too long")]
    Size,
    /// Not `kyso:`.
    #[error("not a kyso link")]
    Scheme,
    /// A version other than 1.
    #[error("the link is of another version")]
    Version,
    /// Not exactly `kyso:1/host[:port]/id`.
    #[error("the link has another shape than kyso:1/host/id")]
    Shape,
    /// The host or port.
    #[error("the link's host: {0}")]
    Origin(#[from] OriginError),
    /// The ask's id.
    #[error("the link's id: {0}")]
    Id(#[from] IdError),
}

/// Why a nonce is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NonceError {
    /// Not 44 to 128 characters.
    #[error("a nonce has 44 to 128 characters")]
    Size,
    /// Not printable ASCII.
    #[error("a nonce is printable ASCII")]
    Characters,
    /// `kyso<digits>.…`: only a statement that was checked and shown makes such a nonce.
    #[error("a nonce of this form belongs to a statement")]
    Reserved,
}

/// Why a statement is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StatementError {
    /// Size, syntax, duplicate or misfitting members.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A version that this program doesn't speak, or a `max` below `v`.
    #[error("version {v} (offered up to {max}) is not spoken here")]
    Version {
        /// The statement's version.
        v: u64,
        /// The highest that the portal offered.
        max: u64,
    },
    /// `portal`.
    #[error("portal: {0}")]
    Portal(#[from] OriginError),
    /// `purpose` is none of the four.
    #[error("unknown purpose")]
    Purpose,
    /// `ask`, `challenge` or `browser`.
    #[error("{member}: {error}")]
    Encoding {
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        error: IdError,
    },
    /// `issued` or `expires` is not `YYYY-MM-DDThh:mm:ssZ`.
    #[error("{0} is not a UTC time in whole seconds")]
    Time(&'static str),
    /// Expires before it was issued, or lives longer than five minutes.
    #[error("an ask lives more than nothing and at most five minutes")]
    Life,
    /// `subject` or `text` with a purpose that has none, or missing where the purpose needs it.
    #[error("{member} does not go with the purpose")]
    NotForPurpose {
        /// The member.
        member: &'static str,
    },
    /// `subject.kind` is none of the three.
    #[error("unknown kind of subject")]
    Subject,
    /// Empty, an unknown name, or one twice.
    #[error("the list of algorithms")]
    Algorithms,
    /// Too long, not NFC, or a character that could mislead.
    #[error("the text to confirm: {0}")]
    Text(&'static str),
}

/// Why an authentication token is refused before anything is verified.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Size, syntax, duplicate members.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A member is missing or no text.
    #[error("the member {0} is missing or no text")]
    Member(&'static str),
    /// Anything but exactly `web-eid:1.0`.
    #[error("the format is not web-eid:1.0")]
    Format,
    /// None of the nine names.
    #[error("unknown algorithm")]
    Algorithm,
    /// Not canonical standard base64 with padding.
    #[error("{0} is not canonical base64")]
    Base64(&'static str),
}

/// Why an answer, or a portal's reply to one, is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Size, syntax, duplicate or misfitting members.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A version that is not spoken here.
    #[error("version {0} is not spoken here")]
    Version(u64),
    /// The ask's id, a code or a handle.
    #[error(transparent)]
    Id(#[from] IdError),
    /// Both or neither of token and refusal; an unknown refusal or code; a device proof without a token.
    #[error("an answer carries either a token or one of four refusals")]
    Outcome,
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The device proof.
    #[error("device: {0}")]
    Device(#[from] DeviceError),
}

/// Why a device proof is refused before anything is verified.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// A member is missing, unknown, or no text.
    #[error("members do not fit: {0}")]
    Members(String),
    /// Not canonical standard base64 with padding.
    #[error("{0} is not canonical base64")]
    Base64(&'static str),
    /// Not the `SubjectPublicKeyInfo` of a P-256 key with an uncompressed point.
    #[error("the key is not a P-256 key in its one encoding")]
    Key,
}

/// Why a token does not open what it was made for. The variants stand in the order of the checks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckError {
    /// The token itself.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// An algorithm that the ask did not offer.
    #[error("the algorithm was not offered")]
    AlgorithmNotOffered,
    /// The certificate is not one DER value, or not a certificate.
    #[error("the certificate cannot be read: {0}")]
    Certificate(CertificateError),
    /// The algorithm does not fit the certificate's key or curve.
    #[error("the algorithm does not fit the key")]
    AlgorithmKey,
    /// The key is outside what is taken: modulus, exponent, curve.
    #[error("the key is not taken: {0}")]
    Key(&'static str),
    /// An ECDSA signature in DER instead of `r‖s`.
    #[error("the signature is DER, not r and s")]
    SignatureDer,
    /// Longer or shorter than the key demands.
    #[error("the signature has {found} bytes, the key demands {expected}")]
    SignatureLength {
        /// Bytes received.
        found: usize,
        /// Bytes that the key demands.
        expected: usize,
    },
    /// `r` or `s` is zero or not below the group's order.
    #[error("r or s is out of range")]
    SignatureRange,
    /// The signature is not this key's over this origin and nonce.
    #[error("the signature does not verify")]
    Signature,
    /// The policy demands RSASSA-PSS.
    #[error("the policy does not take PKCS#1 v1.5")]
    AlgorithmPolicy,
    /// The certificate, once possession is proved.
    #[error(transparent)]
    Judged(#[from] CertError),
    /// No entry of the trust file speaks for the issuing CA, or not with this method, policy, kind or scheme.
    #[error("the issuing CA may not speak for this: {0}")]
    NotSpokenFor(&'static str),
    /// An agency's certificate comes from the government's CA only.
    #[error("the certificate was not issued by the government's CA")]
    NotGovernment,
    /// The certificate's class is not the wanted kind's.
    #[error("the certificate is not a {0}'s")]
    WrongSubject(kyso_certs::SubjectKind),
    /// The device proof's signature; which of the causes above.
    #[error("the device proof: {0}")]
    Device(Box<CheckError>),
}

impl CheckError {
    /// A short stable code, as `kyso verify-token` and a portal's reply print it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Token(_) => "TOKEN-INVALID",
            Self::AlgorithmNotOffered | Self::AlgorithmPolicy => "ALGORITHM-REFUSED",
            Self::Certificate(_) => "CERT-UNREADABLE",
            Self::AlgorithmKey | Self::Key(_) => "KEY-INVALID",
            Self::SignatureDer
            | Self::SignatureLength { .. }
            | Self::SignatureRange
            | Self::Signature => "SIGNATURE-INVALID",
            Self::Judged(error) => error.code(),
            Self::NotSpokenFor(_) => "CERT-UNTRUSTED",
            Self::NotGovernment | Self::WrongSubject(_) => "CERT-WRONG-SUBJECT",
            Self::Device(_) => "DEVICE-INVALID",
        }
    }
}
