//! Where a certificate's revocations are listed, and what part of them one list holds (RFC 5280, 4.2.1.13 and 5.2.5).

use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint, ReasonFlags};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::name::Name;
use x509_parser::prelude::FromDer;
use x509_parser::x509::RelativeDistinguishedName;

use crate::name_key::{name_key, rdn_key};

/// A set of revocation reasons, by the bits of `ReasonFlags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    pub(crate) const NONE: Self = Self(0);
    /// Bits 1 to 8; bit 0 is not used.
    pub(crate) const ALL: Self = Self(0x1fe);

    fn read(flags: Option<ReasonFlags>) -> Self {
        flags.map_or(Self::ALL, |flags| Self(flags.bits() & Self::ALL.0))
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The name of a place where lists are published, its parts in a form in which they are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// Any of these.
    Full(Vec<String>),
    /// A step below the name of the list's issuer.
    Relative(String),
}

impl Place {
    /// A step that cannot be read makes a place without a name, which no other is equal to.
    fn read(name: &DistributionPointName) -> Self {
        match name {
            DistributionPointName::FullName(names) => {
                Self::Full(names.iter().filter_map(comparable).collect())
            }
            DistributionPointName::NameRelativeToCRLIssuer(step) => {
                let der = step.to_der().unwrap_or_default();
                let step = RelativeDistinguishedName::from_der(&der);
                step.map_or(Self::Full(Vec::new()), |(_, step)| {
                    Self::Relative(rdn_key(&step))
                })
            }
        }
    }

    /// All names of the place; `issuer` is the key of the name that relative ones stand below.
    fn names(&self, issuer: &str) -> Vec<String> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(step) => vec![directory(&format!("{issuer}{step}"))],
        }
    }
}

fn key_of(name: &Name) -> Option<String> {
    name.to_der().ok().map(|der| name_key(&der))
}

fn directory(key: &str) -> String {
    format!("directory:{key}")
}

/// `None` for kinds of names that no place is known to have.
fn comparable(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DirectoryName(name) => key_of(name).map(|key| directory(&key)),
        GeneralName::UniformResourceIdentifier(address) => {
            Some(format!("address:{}", address.as_str()))
        }
        _ => None,
    }
}

/// One distribution point of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    place: Option<Place>,
    reasons: Reasons,
    /// Keys of the names of the other issuers that list for it, where its own does not.
    issuers: Option<Vec<String>>,
    /// Web addresses of the list.
    pub(crate) addresses: Vec<String>,
}

impl Point {
    /// The points of a certificate's extension; of one that is not strict DER none, so that only a list without a place
    /// of its own settles the certificate.
    pub(crate) fn all(value: &[u8]) -> Vec<Self> {
        let points = CrlDistributionPoints::from_der(value).unwrap_or_default();
        points.0.iter().map(Self::read).collect()
    }

    fn read(point: &DistributionPoint) -> Self {
        let name = |one: &GeneralName| match one {
            GeneralName::DirectoryName(name) => key_of(name),
            _ => None,
        };
        let issuers = point.crl_issuer.as_ref();
        Self {
            place: point.distribution_point.as_ref().map(Place::read),
            reasons: Reasons::read(point.reasons),
            issuers: issuers.map(|all| all.iter().filter_map(name).collect()),
            addresses: addresses(point.distribution_point.as_ref()),
        }
    }

    /// Where a certificate that names no place has its revocations listed: with its issuer, wherever that is.
    fn of_the_issuer() -> Self {
        Self {
            place: None,
            reasons: Reasons::ALL,
            issuers: None,
            addresses: Vec::new(),
        }
    }
}

fn addresses(place: Option<&DistributionPointName>) -> Vec<String> {
    let Some(DistributionPointName::FullName(names)) = place else {
        return Vec::new();
    };
    let address = |name: &GeneralName| match name {
        GeneralName::UniformResourceIdentifier(address) => Some(address.as_str().to_owned()),
        _ => None,
    };
    names.iter().filter_map(address).collect()
}

/// What part of an issuer's revocations a list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    place: Option<Place>,
    reasons: Reasons,
    /// Whether it holds certificates of others than CAs.
    users: bool,
    /// Whether it holds CAs' certificates.
    cas: bool,
    pub(crate) indirect: bool,
}

impl Scope {
    /// Of a list that does not limit itself.
    pub(crate) const WHOLE: Self = Self {
        place: None,
        reasons: Reasons::ALL,
        users: true,
        cas: true,
        indirect: false,
    };

    /// `None` for an extension that is not strict DER, or limits the list to two kinds of certificates at once.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let idp = IssuingDistributionPoint::from_der(value).ok()?;
        let only = [
            idp.only_contains_user_certs,
            idp.only_contains_ca_certs,
            idp.only_contains_attribute_certs,
        ];
        if only.iter().filter(|this| **this).count() > 1 {
            return None;
        }
        let [users, cas, _] = only.map(|this| this || !only.contains(&true));
        Some(Self {
            place: idp.distribution_point.as_ref().map(Place::read),
            reasons: Reasons::read(idp.only_some_reasons),
            users,
            cas,
            indirect: idp.indirect_crl,
        })
    }
}

/// Whose certificate is sought in a list, and where.
pub(crate) struct Sought<'a> {
    /// Key of the name of the certificate's issuer.
    pub(crate) issuer: &'a str,
    /// Whether it is a CA's.
    pub(crate) ca: bool,
    pub(crate) points: &'a [Point],
}

impl Sought<'_> {
    /// Whether lists of this issuer may be about it.
    pub(crate) fn is_by(&self, issuer: &str) -> bool {
        let others = self
            .points
            .iter()
            .filter_map(|point| point.issuers.as_ref());
        self.issuer == issuer || others.flatten().any(|other| other == issuer)
    }
}

/// The reasons for which a list of the issuer `by` settles a certificate (RFC 5280, 6.3.3, (b) to (d)); none where the
/// list is about others.
pub(crate) fn settled(sought: &Sought<'_>, by: &str, scope: &Scope) -> Reasons {
    let for_its_kind = if sought.ca { scope.cas } else { scope.users };
    if !for_its_kind {
        return Reasons::NONE;
    }
    let own = Point::of_the_issuer();
    let by_issuer = sought.issuer == by && scope.place.is_none();
    let points = sought.points.iter().chain(by_issuer.then_some(&own));
    points
        .filter(|point| published(point, sought, by, scope))
        .map(|point| point.reasons.and(scope.reasons))
        .fold(Reasons::NONE, Reasons::or)
}

/// Whether a list is the one of a distribution point.
fn published(point: &Point, sought: &Sought<'_>, by: &str, scope: &Scope) -> bool {
    let issued = match &point.issuers {
        None => sought.issuer == by,
        Some(others) => scope.indirect && others.iter().any(|issuer| issuer == by),
    };
    issued && same_place(point, sought, by, scope)
}

fn same_place(point: &Point, sought: &Sought<'_>, by: &str, scope: &Scope) -> bool {
    let Some(place) = &scope.place else {
        return true;
    };
    let there = place.names(by);
    let others = point.issuers.as_deref().unwrap_or_default();
    let here = match &point.place {
        Some(place) => place.names(others.first().map_or(sought.issuer, String::as_str)),
        None => others.iter().map(|key| directory(key)).collect(),
    };
    here.iter().any(|name| there.contains(name))
}
