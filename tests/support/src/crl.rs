//! Certificate revocation lists (RFC 5280, 5).

use anyhow::Result;
use time::OffsetDateTime;
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::der::Encode;
use x509_cert::der::asn1::{BitString, OctetString, Uint};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BaseCrlNumber, CrlNumber};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::DynSignatureAlgorithmIdentifier;

use crate::draft::extension;
use crate::issue::{Authority, Issued, Signer, authority_key_identifier, to_time};
use crate::key::to_pem;
use crate::sign::{Algorithm, sign_x509};

/// A revocation list that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCrl(Vec<u8>);

impl IssuedCrl {
    /// The list, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// The list, PEM: the Vietnamese national root serves its lists so.
    ///
    /// # Errors
    /// Never for what this crate issued.
    pub fn pem(&self) -> Result<String> {
        to_pem("X509 CRL", &self.0)
    }
}

/// One revocation list to be.
#[derive(Clone, Debug)]
pub struct CrlDraft {
    this_update: OffsetDateTime,
    next_update: Option<OffsetDateTime>,
    number: u32,
    delta_of: Option<u32>,
    revoked: Vec<(Vec<u8>, OffsetDateTime)>,
    extensions: Vec<(String, bool, Vec<u8>)>,
    algorithm: Option<Algorithm>,
}

impl CrlDraft {
    /// An empty list, number 1, good from `this_update` to `next_update`.
    #[must_use]
    pub fn new(this_update: OffsetDateTime, next_update: Option<OffsetDateTime>) -> Self {
        Self {
            this_update,
            next_update,
            number: 1,
            delta_of: None,
            revoked: Vec::new(),
            extensions: Vec::new(),
            algorithm: None,
        }
    }

    /// Adds a revoked certificate.
    #[must_use]
    pub fn revoke(self, certificate: &Issued, at: OffsetDateTime) -> Self {
        self.revoke_serial(certificate.serial(), at)
    }

    /// Adds a revoked serial number (unsigned big-endian).
    #[must_use]
    pub fn revoke_serial(mut self, serial: &[u8], at: OffsetDateTime) -> Self {
        self.revoked.push((serial.to_vec(), at));
        self
    }

    /// Sets the list's number.
    #[must_use]
    pub fn number(mut self, number: u32) -> Self {
        self.number = number;
        self
    }

    /// Makes it a delta to the list with the number `base` (RFC 5280, 5.2.4).
    #[must_use]
    pub fn delta_of(mut self, base: u32) -> Self {
        self.delta_of = Some(base);
        self
    }

    /// Adds any extension from its DER value.
    #[must_use]
    pub fn extension(mut self, oid: &str, critical: bool, der: &[u8]) -> Self {
        self.extensions
            .push((oid.to_owned(), critical, der.to_vec()));
        self
    }

    /// Has it signed with this algorithm instead of the usual one of the issuer's key.
    #[must_use]
    pub fn signed_with(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Has `authority` sign the list.
    ///
    /// # Errors
    /// If a serial number or extension can't be written, or the algorithm doesn't fit the authority's key.
    pub fn issue(&self, authority: &Authority) -> Result<IssuedCrl> {
        let key = authority.key();
        let signer = Signer::new(key, self.algorithm)?;
        let algorithm = signer.signature_algorithm_identifier()?;
        let tbs_cert_list = TbsCertList {
            version: Version::V2,
            signature: algorithm.clone(),
            issuer: authority.name().to_x509()?,
            this_update: to_time(self.this_update)?,
            next_update: self.next_update.map(to_time).transpose()?,
            revoked_certificates: self.entries()?,
            crl_extensions: Some(self.all_extensions(authority)?),
        };
        let signature = sign_x509(key, signer.algorithm, &tbs_cert_list.to_der()?)?;
        let signature = BitString::from_bytes(&signature)?;
        let list: CertificateList = CertificateList {
            tbs_cert_list,
            signature_algorithm: algorithm,
            signature,
        };
        Ok(IssuedCrl(list.to_der()?))
    }

    /// None rather than empty (RFC 5280, 5.1.2.6).
    fn entries(&self) -> Result<Option<Vec<RevokedCert>>> {
        let entry = |(serial, at): &(Vec<u8>, OffsetDateTime)| {
            Ok(RevokedCert {
                serial_number: SerialNumber::new(serial)?,
                revocation_date: to_time(*at)?,
                crl_entry_extensions: None,
            })
        };
        let entries: Vec<_> = self.revoked.iter().map(entry).collect::<Result<_>>()?;
        Ok((!entries.is_empty()).then_some(entries))
    }

    fn all_extensions(&self, authority: &Authority) -> Result<Vec<Extension>> {
        let number = |value: u32| Uint::new(&value.to_be_bytes());
        let mut all = vec![
            extension(false, &authority_key_identifier(authority.key())?)?,
            extension(false, &CrlNumber(number(self.number)?))?,
        ];
        if let Some(base) = self.delta_of {
            all.push(extension(true, &BaseCrlNumber(number(base)?))?);
        }
        for (oid, critical, der) in &self.extensions {
            all.push(Extension {
                extn_id: ObjectIdentifier::new(oid)?,
                critical: *critical,
                extn_value: OctetString::new(der.clone())?,
            });
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::key::{Key, KeyKind};
    use crate::name::Name;
    use crate::program::openssl;

    const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);

    fn shown(draft: &CrlDraft, kind: KeyKind) -> String {
        let key = Key::pooled(kind, 0).unwrap();
        let name = Name::new().cn("Kyso Demo CA");
        let authority = Authority::root(name, key, NOW, datetime!(2055-01-01 00:00 UTC)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let issuer = folder.path().join("ca.pem");
        std::fs::write(&issuer, authority.certificate().pem().unwrap()).unwrap();
        let crl = draft.issue(&authority).unwrap();
        let arguments = [
            "crl",
            "-inform",
            "DER",
            "-CAfile",
            issuer.to_str().unwrap(),
            "-noout",
            "-text",
        ];
        String::from_utf8(openssl(&arguments, crl.der()).unwrap()).unwrap()
    }

    #[test]
    fn openssl_reads_serials_and_number_under_every_kind_of_key() {
        let draft = CrlDraft::new(NOW, None)
            .number(7)
            .revoke_serial(&[0x12, 0xab], NOW)
            .revoke_serial(&[0xff], NOW);
        for kind in [
            KeyKind::Rsa(2048),
            KeyKind::P256,
            KeyKind::P384,
            KeyKind::P521,
        ] {
            let text = shown(&draft, kind);
            for part in [
                "Serial Number: 12AB",
                "Serial Number: FF",
                "Next Update: NONE",
            ] {
                assert!(text.contains(part), "{kind:?} {part}: {text}");
            }
            let (_, number) = text.split_once("X509v3 CRL Number:").unwrap();
            assert_eq!(number.split_whitespace().next(), Some("7"));
        }
    }

    #[test]
    fn a_delta_says_so_in_a_critical_extension() {
        let text = shown(&CrlDraft::new(NOW, None).delta_of(3), KeyKind::P256);
        assert!(
            text.contains("X509v3 Delta CRL Indicator: critical"),
            "{text}"
        );
    }

    #[test]
    fn an_empty_list_has_no_entries() {
        let text = shown(&CrlDraft::new(NOW, Some(NOW)), KeyKind::P256);
        assert!(text.contains("No Revoked Certificates"), "{text}");
    }
}
