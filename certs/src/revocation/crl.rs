//! One certificate revocation list, read; whether it is to be believed is the chain's word.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::error::CrlError;
use crate::name_key::name_key;
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
    issuer_key: String,
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
        check_extensions(&crl)?;
        Ok(Self(Arc::new(Parsed {
            der: der.to_vec(),
            issuer_key: name_key(crl.issuer().as_raw()),
        })))
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer's name as names are sought by.
    pub(crate) fn issuer_key(&self) -> &str {
        &self.0.issuer_key
    }
}

/// What a CRL covers is judged with the certificate; here only that its extensions can be read and it is no delta.
fn check_extensions(crl: &CertificateRevocationList<'_>) -> Result<(), CrlError> {
    let mut seen = HashSet::new();
    for extension in crl.extensions() {
        if !seen.insert(&extension.oid) {
            return Err(CrlError::Extension);
        }
        if extension.oid.to_id_string() == DELTA_INDICATOR {
            return Err(CrlError::Delta);
        }
        if let ParsedExtension::ParseError { .. } = extension.parsed_extension() {
            return Err(CrlError::Extension);
        }
    }
    Ok(())
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({} bytes)", self.0.der.len())
    }
}
