//! Why evidence of revocation was not believed, or does not settle a certificate: one variant a cause.

use thiserror::Error;

/// Why one piece of evidence does not settle a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Doubt {
    /// There is none.
    #[error("no evidence of revocation")]
    Missing,
    /// A list.
    #[error("revocation list: {0}")]
    Crl(#[from] CrlDoubt),
    /// An OCSP response.
    #[error("OCSP response: {0}")]
    Ocsp(#[from] OcspError),
}

/// Why a list of the certificate's issuer does not settle it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CrlDoubt {
    /// Something critical in it is not understood: it may not be used at all (RFC 5280, 5.2).
    #[error("something critical in it is not understood")]
    NotUnderstood,
    /// No key that may sign lists for the issuer made its signature.
    #[error("not signed by a key that may sign the issuer's lists")]
    Signature,
    /// It was made later than the time judged for.
    #[error("it is of the future")]
    NotYet,
    /// Its next update is past.
    #[error("a newer one is due")]
    Stale,
    /// It does not say until when it holds.
    #[error("it does not say until when it holds")]
    NoEnd,
    /// It is older than the settings allow.
    #[error("it is older than the settings allow")]
    TooOld,
    /// It is about other certificates of the issuer.
    #[error("it is about other certificates")]
    Elsewhere,
    /// The lists together don't cover every reason of revocation.
    #[error("it holds some reasons of revocation only")]
    SomeReasons,
    /// More lists of one issuer than are tried.
    #[error("more lists of one issuer than are tried")]
    TooMany,
}

/// Why an OCSP response (RFC 6960) was not taken, in the order of judging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OcspError {
    /// More bytes than a response may have.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed, in bytes.
        limit: usize,
    },
    /// Not the DER of an OCSP response, or bytes after it.
    #[error("not a DER OCSP response")]
    NotDer,
    /// The responder found the request malformed.
    #[error("the responder calls the request malformed")]
    MalformedRequest,
    /// The responder failed.
    #[error("the responder has an internal error")]
    InternalError,
    /// The responder has no time now.
    #[error("the responder says: try later")]
    TryLater,
    /// The responder wants signed requests.
    #[error("the responder wants a signed request")]
    SignatureRequired,
    /// The responder does not answer us, or not about this CA.
    #[error("the responder is not authorised to answer")]
    Unauthorized,
    /// Successful, without a response of the basic type.
    #[error("not a basic response")]
    NotBasic,
    /// More certificates or answers than a response may have.
    #[error("more parts than a response may have")]
    TooMany,
    /// The certificate that the response names as its maker's is not there, and it is not the issuer.
    #[error("made by a responder whose certificate is not there")]
    ResponderMissing,
    /// The responder's certificate was not issued by the CA asked about.
    #[error("made by a responder that the certificate's CA did not appoint")]
    ResponderIssuer,
    /// The responder's certificate is not for OCSP signing.
    #[error("the responder's certificate is not for OCSP signing")]
    ResponderUse,
    /// The responder's certificate has a critical extension that is not understood (RFC 5280, 4.2).
    #[error("the responder's certificate has a critical extension that is not understood")]
    ResponderExtension,
    /// The responder's certificate is expired or not yet valid.
    #[error("the responder's certificate is not valid at this time")]
    ResponderExpired,
    /// The responder's certificate was revoked.
    #[error("the responder's certificate was revoked")]
    ResponderRevoked,
    /// The responder's certificate may have been revoked: it has no `ocsp-nocheck`, and no list clears it.
    #[error("nothing says that the responder's certificate was not revoked")]
    ResponderNotChecked,
    /// The signature is wrong, or too weak to count.
    #[error("its signature is wrong")]
    Signature,
    /// A critical extension that is not understood.
    #[error("a critical extension is not understood")]
    Extension,
    /// It is about other certificates.
    #[error("it is about another certificate")]
    OtherCertificate,
    /// It answers for this certificate more than once.
    #[error("it answers twice for one certificate")]
    Twice,
    /// It repeats another nonce than was sent.
    #[error("it is the answer to another request (nonce)")]
    Nonce,
    /// It repeats no nonce, and the settings demand one.
    #[error("it does not repeat the nonce of the request")]
    NonceMissing,
    /// Made, or true, later than the time judged for.
    #[error("it is of the future")]
    NotYet,
    /// Its next update is before its own time.
    #[error("its times contradict each other")]
    Times,
    /// Its next update is past.
    #[error("a newer one is due")]
    Stale,
    /// It is older than the settings allow.
    #[error("it is older than the settings allow")]
    TooOld,
    /// The responder does not know the certificate.
    #[error("the responder does not know the certificate")]
    Unknown,
}
