//! One OCSP response (RFC 6960), read and judged.

mod asked;
mod responder;

use std::fmt;
use std::sync::Arc;

use certval::ocsp::{
    BasicOcspResponse, CertStatus, OcspGeneralizedTime, OcspResponseStatus, ResponseData,
    SingleResponse,
};
use time::{Duration, OffsetDateTime};
use x509_cert::der::asn1::{BitString, ObjectIdentifier};
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{Decode, Header, Reader, SliceReader, Tag, TagNumber};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{OcspError, RevocationSettings, SaidBy, Source};
use crate::certificate::Certificate;

pub(crate) use asked::Asked;
pub(crate) use responder::Responder;

/// Largest response, in bytes: real ones have one to six KiB.
const MAX_RESPONSE: usize = 64 * 1024;
/// Most certificates that a response may carry.
const MAX_CERTIFICATES: usize = 16;
/// Most certificates that a response may answer for.
const MAX_ANSWERS: usize = 64;
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// A parsed OCSP response; parsed is not believed. Cheap to clone.
#[derive(Clone)]
pub struct OcspResponse(Arc<Parsed>);

struct Parsed {
    signed_part: Vec<u8>,
    response: ResponseData,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    certificates: Vec<Certificate>,
}

impl OcspResponse {
    /// Reads exactly one DER response of at most 64 KiB, as a responder sends it.
    ///
    /// # Errors
    /// An [`OcspError`]: the responder's own refusals are among them.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > MAX_RESPONSE {
            return Err(OcspError::TooLarge {
                limit: MAX_RESPONSE,
            });
        }
        let whole = certval::ocsp::OcspResponse::from_der(der).map_err(|_| OcspError::NotDer)?;
        successful(whole.response_status)?;
        let bytes = whole.response_bytes.ok_or(OcspError::NotBasic)?;
        if bytes.response_type != BasicOcspResponse::OID {
            return Err(OcspError::NotBasic);
        }
        let parsed = basic(bytes.response.as_bytes()).map_err(|_| OcspError::NotDer)?;
        if parsed.certificates.len() > MAX_CERTIFICATES
            || parsed.response.responses.len() > MAX_ANSWERS
        {
            return Err(OcspError::TooMany);
        }
        Ok(Self(Arc::new(parsed)))
    }

    /// The answer about one certificate; its maker is not known yet.
    ///
    /// # Errors
    /// [`OcspError::OtherCertificate`] or [`OcspError::Twice`].
    fn about(&self, asked: &Asked<'_>) -> Result<Answered<'_>, OcspError> {
        let all = self.0.response.responses.iter();
        let mut found = all.filter(|one| asked.is(&one.cert_id));
        match (found.next(), found.next()) {
            (None, _) => Err(OcspError::OtherCertificate),
            (Some(_), Some(_)) => Err(OcspError::Twice),
            (Some(single), None) => Ok(Answered {
                whole: &self.0.response,
                single,
            }),
        }
    }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers = self.0.response.responses.len();
        write!(f, "OcspResponse({answers} answers)")
    }
}

fn successful(status: OcspResponseStatus) -> Result<(), OcspError> {
    Err(match status {
        OcspResponseStatus::Successful => return Ok(()),
        OcspResponseStatus::MalformedRequest => OcspError::MalformedRequest,
        OcspResponseStatus::InternalError => OcspError::InternalError,
        OcspResponseStatus::TryLater => OcspError::TryLater,
        OcspResponseStatus::SigRequired => OcspError::SignatureRequired,
        OcspResponseStatus::Unauthorized => OcspError::Unauthorized,
    })
}

/// `BasicOCSPResponse` (RFC 6960, 4.2.1), its signed part as it stands there. Certificates that cannot be read are left
/// out: a response may carry ones that nobody needs.
fn basic(der: &[u8]) -> x509_cert::der::Result<Parsed> {
    let mut reader = SliceReader::new(der)?;
    let header = Header::decode(&mut reader)?;
    header.tag().assert_eq(Tag::Sequence)?;
    let content = reader.read_slice(header.length())?;
    reader.finish()?;
    let mut inside = SliceReader::new(content)?;
    let signed_part = inside.tlv_bytes()?;
    let algorithm = inside.decode()?;
    let signature = inside.decode()?;
    let certificates = certificates(&mut inside)?;
    inside.finish()?;
    Ok(Parsed {
        signed_part: signed_part.to_vec(),
        response: ResponseData::from_der(signed_part)?,
        algorithm,
        signature,
        certificates,
    })
}

/// `certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL`
fn certificates(reader: &mut SliceReader<'_>) -> x509_cert::der::Result<Vec<Certificate>> {
    let mut found = Vec::new();
    if reader.is_finished() {
        return Ok(found);
    }
    let outer = Header::decode(reader)?;
    outer.tag().assert_eq(Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    })?;
    let header = Header::decode(reader)?;
    header.tag().assert_eq(Tag::Sequence)?;
    let mut all = SliceReader::new(reader.read_slice(header.length())?)?;
    while !all.is_finished() {
        found.extend(Certificate::from_der(all.tlv_bytes()?));
    }
    Ok(found)
}

/// A response, and the nonce of the request that it answers.
#[derive(Debug, Clone)]
pub struct OcspAnswer {
    response: OcspResponse,
    nonce: Option<Vec<u8>>,
}

impl OcspAnswer {
    /// `nonce` is what was sent with the request, if one was: see [`super::Wanted::request`].
    pub fn new(response: OcspResponse, nonce: Option<&[u8]>) -> Self {
        Self {
            response,
            nonce: nonce.map(<[u8]>::to_vec),
        }
    }

    /// Whether it says that the certificate is revoked, and since when that is known.
    ///
    /// # Errors
    /// Certificate, maker, extensions, nonce, times, status, in this order.
    pub(crate) fn judge(
        &self,
        certificate: &Certificate,
        responder: &Responder<'_>,
        settings: &RevocationSettings,
    ) -> Result<(bool, SaidBy), OcspError> {
        let asked = Asked::new(certificate, responder.issuer);
        let answered = self.response.about(&asked)?;
        responder.made(&self.response)?;
        answered.judge(self, settings, responder.at)
    }
}

/// What a response says about one certificate.
struct Answered<'a> {
    whole: &'a ResponseData,
    single: &'a SingleResponse,
}

impl Answered<'_> {
    /// Whether the certificate is revoked, and since when that is known.
    fn judge(
        &self,
        answer: &OcspAnswer,
        settings: &RevocationSettings,
        at: OffsetDateTime,
    ) -> Result<(bool, SaidBy), OcspError> {
        self.extensions()?;
        self.nonce(answer, settings.nonce_required)?;
        let by = self.begun(settings.skew, at)?;
        match self.single.cert_status {
            // What was revoked stays so, however old the news; what is only held may have been freed.
            CertStatus::Revoked(how)
                if how.revocation_reason != Some(CrlReason::CertificateHold) =>
            {
                Ok((true, by))
            }
            CertStatus::Revoked(_) => fresh(&by, settings, at).map(|()| (true, by)),
            CertStatus::Good(_) => fresh(&by, settings, at).map(|()| (false, by)),
            CertStatus::Unknown(_) => fresh(&by, settings, at).and(Err(OcspError::Unknown)),
        }
    }

    fn extensions(&self) -> Result<(), OcspError> {
        let critical = |one: &Extension| one.critical && one.extn_id != NONCE;
        let all = [
            &self.whole.response_extensions,
            &self.single.single_extensions,
        ];
        if all.into_iter().flatten().flatten().any(critical) {
            return Err(OcspError::Extension);
        }
        Ok(())
    }

    fn nonce(&self, answer: &OcspAnswer, required: bool) -> Result<(), OcspError> {
        let Some(sent) = &answer.nonce else {
            return Ok(());
        };
        let mut all = self.whole.response_extensions.iter().flatten();
        let has_one = all.any(|one| one.extn_id == NONCE);
        match self.whole.nonce() {
            Some(got) if got.0.as_bytes() == sent => Ok(()),
            None if !has_one && !required => Ok(()),
            None if !has_one => Err(OcspError::NonceMissing),
            _ => Err(OcspError::Nonce),
        }
    }

    fn begun(&self, skew: Duration, at: OffsetDateTime) -> Result<SaidBy, OcspError> {
        let produced = moment(&self.whole.produced_at)?;
        let by = SaidBy {
            source: Source::Ocsp,
            this_update: moment(&self.single.this_update)?,
            next_update: self.single.next_update.as_ref().map(moment).transpose()?,
        };
        let latest = at.saturating_add(skew);
        if produced > latest || by.this_update > latest {
            return Err(OcspError::NotYet);
        }
        if by.next_update.is_some_and(|next| next < by.this_update) {
            return Err(OcspError::Times);
        }
        Ok(by)
    }
}

fn fresh(by: &SaidBy, settings: &RevocationSettings, at: OffsetDateTime) -> Result<(), OcspError> {
    let age = at - by.this_update - settings.skew;
    let stale = match by.next_update {
        Some(next) => at > next.saturating_add(settings.skew),
        None => age > settings.without_end,
    };
    if stale {
        return Err(OcspError::Stale);
    }
    match settings.max_age {
        Some(limit) if age > limit => Err(OcspError::TooOld),
        _ => Ok(()),
    }
}

fn moment(time: &OcspGeneralizedTime) -> Result<OffsetDateTime, OcspError> {
    let seconds = i64::try_from(time.0.to_unix_duration().as_secs());
    let seconds = seconds.map_err(|_| OcspError::NotDer)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| OcspError::NotDer)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn check(next: Option<OffsetDateTime>, at: OffsetDateTime, expected: Result<(), OcspError>) {
        let by = SaidBy {
            source: Source::Ocsp,
            this_update: datetime!(2026-11-21 07:00 UTC),
            next_update: next,
        };
        assert_eq!(fresh(&by, &RevocationSettings::default(), at), expected);
    }

    #[test]
    fn a_response_may_be_good_until_the_end_of_time() {
        let end = datetime!(9999-12-31 23:59:59 UTC);
        check(Some(end), datetime!(2026-11-21 08:00 UTC), Ok(()));
        check(Some(end), end, Ok(()));
        check(None, end, Err(OcspError::Stale));
    }

    #[test]
    fn a_response_without_end_is_good_for_a_day_and_the_skew() {
        check(None, datetime!(2026-11-22 07:05 UTC), Ok(()));
        check(
            None,
            datetime!(2026-11-22 07:05:01 UTC),
            Err(OcspError::Stale),
        );
    }
}
