//! Who made a response, and whether he may (RFC 6960, 2.2 and 4.2.2.2).

use certval::ocsp::ResponderId;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use time::OffsetDateTime;
use x509_cert::der::Encode;

use super::{OcspError, OcspResponse};
use crate::certificate::Certificate;
use crate::chain::engine::{Engine, Prepared};
use crate::error::Whose;
use crate::name_key::name_key;
use crate::policy;

/// Those who may answer about the certificates of one issuer.
pub(crate) struct Responder<'a> {
    pub(crate) issuer: &'a Certificate,
    pub(crate) prepared: &'a Prepared,
    /// Responders that an administrator trusts for this issuer, whoever certified them.
    pub(crate) trusted: &'a [Certificate],
    pub(crate) engine: &'a Engine,
    /// Whether the lists say that a certificate of this issuer is revoked, and whether they clear it.
    pub(crate) cleared: &'a dyn Fn(&Certificate) -> (bool, bool),
    pub(crate) at: OffsetDateTime,
}

impl Responder<'_> {
    /// # Errors
    /// Why nobody who may answer made the response: of those who have the name that it gives, the last one's.
    pub(crate) fn made(&self, response: &OcspResponse) -> Result<(), OcspError> {
        let mut refusal = OcspError::ResponderMissing;
        let issuer = self.issuer;
        if named(response, issuer) {
            match self.signed(response, self.prepared) {
                Ok(()) => return Ok(()),
                Err(error) => refusal = error,
            }
        }
        let trusted = self.trusted.iter().map(|responder| (responder, true));
        let carried = response.0.certificates.iter();
        let carried = carried.map(|responder| (responder, false));
        for (responder, trusted) in trusted.chain(carried) {
            if !named(response, responder) || responder.key_bits() == issuer.key_bits() {
                continue;
            }
            match self.may_and_did(response, responder, trusted) {
                Ok(()) => return Ok(()),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn may_and_did(
        &self,
        response: &OcspResponse,
        responder: &Certificate,
        trusted: bool,
    ) -> Result<(), OcspError> {
        let prepared = Prepared::new(responder).ok_or(OcspError::ResponderIssuer)?;
        if !trusted {
            self.appointed(responder, &prepared)?;
        }
        policy::validity(responder, self.at, || Whose::Subject)
            .map_err(|_| OcspError::ResponderExpired)?;
        if !trusted && !responder.uses().no_check {
            match (self.cleared)(responder) {
                (true, _) => return Err(OcspError::ResponderRevoked),
                (false, false) => return Err(OcspError::ResponderNotChecked),
                (false, true) => {}
            }
        }
        self.signed(response, &prepared)
    }

    /// Whether the CA asked about appointed it, itself.
    fn appointed(&self, responder: &Certificate, prepared: &Prepared) -> Result<(), OcspError> {
        if name_key(responder.issuer_der()) != name_key(self.issuer.subject_der())
            || !self.engine.signed_by(prepared, self.prepared)
        {
            return Err(OcspError::ResponderIssuer);
        }
        if !responder.uses().signs_ocsp() {
            return Err(OcspError::ResponderUse);
        }
        if responder.uses().strange {
            return Err(OcspError::ResponderExtension);
        }
        Ok(())
    }

    fn signed(&self, response: &OcspResponse, by: &Prepared) -> Result<(), OcspError> {
        let parsed = &response.0;
        let (part, how) = (&parsed.signed_part, &parsed.algorithm);
        if self.engine.verifies(part, how, &parsed.signature, by) {
            Ok(())
        } else {
            Err(OcspError::Signature)
        }
    }
}

/// Whether the response names this certificate as its maker's.
fn named(response: &OcspResponse, maker: &Certificate) -> bool {
    match &response.0.response.responder_id {
        ResponderId::ByName(name) => {
            let name = name.to_der().map(|der| name_key(&der));
            name.is_ok_and(|key| key == name_key(maker.subject_der()))
        }
        ResponderId::ByKey(hash) => {
            let key = digest(&SHA1_FOR_LEGACY_USE_ONLY, maker.key_bits());
            hash.as_bytes() == key.as_ref()
        }
    }
}
