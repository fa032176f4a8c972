//! What a certificate's extensions say about its use.

use x509_parser::asn1_rs::{Oid, oid};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    AccessDescription, ExtendedKeyUsage, GeneralName, ParsedExtension, X509Extension,
};

use crate::error::CertificateError;
use crate::revocation::points::Point;

/// Bits of the key usage extension (RFC 5280, 4.2.1.3) by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyUsage(u16);

impl KeyUsage {
    pub(crate) fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    pub(crate) fn key_cert_sign(self) -> bool {
        self.0 & (1 << 5) != 0
    }

    pub(crate) fn crl_sign(self) -> bool {
        self.0 & (1 << 6) != 0
    }
}

/// The extensions that are read here or bind a path. Another one that cannot be decoded says nothing to this program,
/// and if it is critical, the path is refused for it.
const READ: [&str; 9] = [
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
];

/// Extensions by which a certificate that is not a CA's sets nothing to its path: key usage, alternative name, basic
/// constraints, policies, extended key usage.
const PLAIN: [Oid<'static>; 5] = [
    oid!(2.5.29.15),
    oid!(2.5.29.17),
    oid!(2.5.29.19),
    oid!(2.5.29.32),
    oid!(2.5.29.37),
];
/// As those, where they are not critical: key identifiers, places of lists and of the issuer.
const PLAIN_IF_NOT_CRITICAL: [Oid<'static>; 4] = [
    oid!(2.5.29.14),
    oid!(2.5.29.31),
    oid!(2.5.29.35),
    oid!(1.3.6.1.5.5.7.1.1),
];

const OCSP: Oid<'static> = oid!(1.3.6.1.5.5.7.48.1);
const OCSP_NO_CHECK: Oid<'static> = oid!(1.3.6.1.5.5.7.48.1.5);
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// The uses that a certificate claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uses {
    /// Version 3: the only one that can have extensions.
    pub(crate) version3: bool,
    /// `cA` of the basic constraints.
    pub(crate) ca: bool,
    /// Absent where the extension is.
    pub(crate) key_usage: Option<KeyUsage>,
    /// Extended key usages in dotted decimal; absent where the extension is.
    pub(crate) extended: Option<Vec<String>>,
    /// Certificate policies in dotted decimal.
    pub(crate) policies: Vec<String>,
    /// Whether no extension sets anything to a path or is critical without being understood.
    pub(crate) plain: bool,
    /// Whether a critical extension is none of those by which a certificate sets nothing to its path.
    pub(crate) strange: bool,
    /// Where its revocation is listed.
    pub(crate) points: Vec<Point>,
    /// Web addresses of OCSP responders for it.
    pub(crate) responders: Vec<String>,
    /// Whether it says that its own revocation need not be asked for (RFC 6960, 4.2.2.2.1).
    pub(crate) no_check: bool,
}

impl Uses {
    /// # Errors
    /// [`CertificateError::Extension`] for an extension that is there twice, or that this reads and cannot decode.
    pub(crate) fn read(x509: &X509Certificate<'_>) -> Result<Self, CertificateError> {
        let mut uses = Self {
            version3: x509.version().0 == 2,
            ca: false,
            key_usage: None,
            extended: None,
            policies: Vec::new(),
            plain: x509.extensions().iter().all(plain),
            strange: x509.extensions().iter().any(strange),
            points: Vec::new(),
            responders: Vec::new(),
            no_check: x509.extensions().iter().any(|one| one.oid == OCSP_NO_CHECK),
        };
        if let Some(twice) = repeated(x509) {
            return Err(CertificateError::Extension(twice.to_id_string()));
        }
        for extension in x509.extensions() {
            let refused = || CertificateError::Extension(extension.oid.to_id_string());
            match extension.parsed_extension() {
                ParsedExtension::ParseError { .. }
                    if READ.contains(&extension.oid.to_id_string().as_str()) =>
                {
                    return Err(refused());
                }
                ParsedExtension::CRLDistributionPoints(_) => {
                    uses.points = Point::all(extension.value);
                }
                parsed => uses.take(parsed),
            }
        }
        Ok(uses)
    }

    fn take(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::BasicConstraints(basic) => self.ca = basic.ca,
            ParsedExtension::KeyUsage(usage) => self.key_usage = Some(KeyUsage(usage.flags)),
            ParsedExtension::ExtendedKeyUsage(usage) => self.extended = Some(oids(usage)),
            ParsedExtension::CertificatePolicies(policies) => {
                self.policies = policies
                    .iter()
                    .map(|p| p.policy_id.to_id_string())
                    .collect();
            }
            ParsedExtension::AuthorityInfoAccess(places) => {
                self.responders = places.iter().filter_map(responder).collect();
            }
            _ => {}
        }
    }

    /// Whether it is a CA's that may sign certificates.
    pub(crate) fn issues(&self) -> bool {
        self.ca && self.key_usage.is_none_or(KeyUsage::key_cert_sign)
    }

    /// RFC 5280, 6.3.3 (f); without key usage, a CA's.
    pub(crate) fn may_sign_lists(&self) -> bool {
        match self.key_usage {
            Some(usage) => usage.crl_sign(),
            None => self.ca || !self.version3,
        }
    }

    /// Whether the extended key usages name OCSP signing.
    pub(crate) fn signs_ocsp(&self) -> bool {
        let signs = |all: &Vec<String>| all.iter().any(|oid| oid == OCSP_SIGNING);
        self.extended.as_ref().is_some_and(signs)
    }
}

fn responder(place: &AccessDescription<'_>) -> Option<String> {
    match place.access_location {
        GeneralName::URI(address) if place.access_method == OCSP => Some(address.to_owned()),
        _ => None,
    }
}

fn plain(one: &X509Extension<'_>) -> bool {
    PLAIN.contains(&one.oid) || (!one.critical && PLAIN_IF_NOT_CRITICAL.contains(&one.oid))
}

fn strange(one: &X509Extension<'_>) -> bool {
    one.critical && !PLAIN.contains(&one.oid)
}

/// Sorted, since their number is whoever made the certificate's choice.
fn repeated<'a>(x509: &'a X509Certificate<'_>) -> Option<&'a Oid<'a>> {
    let mut all: Vec<&Oid<'_>> = x509.extensions().iter().map(|one| &one.oid).collect();
    all.sort_unstable_by_key(|oid| oid.as_bytes());
    let pair = |pair: &[&'a Oid<'a>]| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    };
    all.windows(2).find_map(pair)
}

fn oids(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "2.5.29.37.0"),
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, OCSP_SIGNING),
    ];
    let named = known
        .iter()
        .filter(|(there, _)| *there)
        .map(|(_, oid)| (*oid).to_owned());
    named
        .chain(usage.other.iter().map(Oid::to_id_string))
        .collect()
}
