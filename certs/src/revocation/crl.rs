//! One certificate revocation list, read; whether it is to be believed is the chain's word.

use std::fmt;
use std::sync::Arc;

use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::certificate::Certificate;
use crate::error::CrlError;
use crate::extensions::point_names;
use crate::pem::{Blocks, blocks};

/// Largest CRL, in bytes: the largest Vietnamese ones have a few MiB.
const MAX_CRL: usize = 32 * 1024 * 1024;
/// Most CRLs that one file may hold.
const MAX_IN_FILE: usize = 256;
const DELTA_INDICATOR: &str = "2.5.29.27";

/// A parsed CRL (RFC 5280, 5). Cheap to clone.
#[derive(Clone)]
pub struct Crl(Arc<Parsed>);

struct Parsed {
    der: Vec<u8>,
    issuer_der: Vec<u8>,
    scope: Scope,
}

/// Which certificates of its issuer a CRL is about (RFC 5280, 5.2.5).
#[derive(Default)]
struct Scope {
    only_users: bool,
    only_cas: bool,
    only_attributes: bool,
    points: Option<Vec<String>>,
}

impl Crl {
    /// Reads a file of CRLs: PEM with one or more, or one in DER, of at most 32 MiB.
    ///
    /// # Errors
    /// A [`CrlError`] for the first that cannot be taken; [`CrlError::Delta`] for a delta CRL.
    pub fn all_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, CrlError> {
        if bytes.len() > MAX_CRL {
            return Err(CrlError::TooLarge { limit: MAX_CRL });
        }
        let found = match blocks(bytes, &["X509 CRL", "CRL"]) {
            Blocks::Der => return Self::from_der(bytes).map(|one| vec![one]),
            Blocks::Broken => return Err(CrlError::Pem),
            Blocks::Pem(found) if found.is_empty() => return Err(CrlError::Empty),
            Blocks::Pem(found) => found,
        };
        if found.len() > MAX_IN_FILE {
            return Err(CrlError::TooMany { limit: MAX_IN_FILE });
        }
        found.iter().map(|der| Self::from_der(der)).collect()
    }

    fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        let (rest, crl) = CertificateRevocationList::from_der(der).map_err(|_| CrlError::NotDer)?;
        if !rest.is_empty() {
            return Err(CrlError::NotDer);
        }
        Ok(Self(Arc::new(Parsed {
            der: der.to_vec(),
            issuer_der: crl.issuer().as_raw().to_vec(),
            scope: Scope::read(&crl)?,
        })))
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.0.der
    }

    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.0.issuer_der
    }

    /// Whether the CRL, were it from the certificate's issuer, would be about it at all. What is not plainly about
    /// something else is: a list that cannot be used must not count as no list.
    pub(crate) fn is_about(&self, certificate: &Certificate) -> bool {
        let (scope, uses) = (&self.0.scope, certificate.uses());
        let elsewhere = |points: &Vec<String>| {
            !points.is_empty()
                && !uses.crl_points.is_empty()
                && !points.iter().any(|point| uses.crl_points.contains(point))
        };
        !(scope.only_attributes
            || (scope.only_users && uses.ca)
            || (scope.only_cas && !uses.ca)
            || scope.points.as_ref().is_some_and(elsewhere))
    }
}

impl Scope {
    fn read(crl: &CertificateRevocationList<'_>) -> Result<Self, CrlError> {
        let mut scope = Self::default();
        let mut seen = std::collections::HashSet::new();
        for extension in crl.extensions() {
            if !seen.insert(&extension.oid) {
                return Err(CrlError::Extension);
            }
            if extension.oid.to_id_string() == DELTA_INDICATOR {
                return Err(CrlError::Delta);
            }
            match extension.parsed_extension() {
                ParsedExtension::ParseError { .. } => return Err(CrlError::Extension),
                ParsedExtension::IssuingDistributionPoint(point) => {
                    scope.only_users = point.only_contains_user_certs;
                    scope.only_cas = point.only_contains_ca_certs;
                    scope.only_attributes = point.only_contains_attribute_certs;
                    scope.points = point.distribution_point.as_ref().map(point_names);
                }
                _ => {}
            }
        }
        Ok(scope)
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({} bytes)", self.0.der.len())
    }
}
