//! What a certificate shall say, before anyone signs it.

use anyhow::{Context, Result};
use time::OffsetDateTime;
use x509_cert::der::Encode;
use x509_cert::der::asn1::{Ia5String, OctetString};
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::oid::{AssociatedOid, ObjectIdentifier};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, NameConstraints, SubjectAltName,
};

use crate::key::Key;
use crate::name::Name;
use crate::sign::Algorithm;

pub use x509_cert::ext::pkix::KeyUsages as Ku;

/// Extended key usages in dotted form.
pub mod eku {
    /// TLS client authentication (RFC 5280, 4.2.1.12)
    pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
    /// TLS server authentication
    pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
    /// E-mail protection
    pub const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
    /// Document signing (RFC 9336)
    pub const DOCUMENT_SIGNING: &str = "1.3.6.1.5.5.7.3.36";
    /// Code signing
    pub const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
    /// OCSP signing
    pub const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
}

/// One certificate to be. Everything may be left out; nothing is checked, since tests need wrong ones as well.
///
/// Without further calls: no extension but the key identifiers, a random serial number, the usual algorithm of the
/// issuer's key.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) subject: Name,
    pub(crate) public_key: Vec<u8>,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    pub(crate) serial: Option<Vec<u8>>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) key_identifiers: bool,
    pub(crate) null_parameters: bool,
    extensions: Vec<Wanted>,
}

#[derive(Clone, Debug)]
enum Wanted {
    KeyUsage(FlagSet<Ku>),
    ExtendedKeyUsage(Vec<String>),
    Policies(Vec<String>),
    Basic {
        ca: bool,
        path_len: Option<u8>,
    },
    DnsNames(Vec<String>),
    Email(String),
    PermittedDns(Vec<String>),
    PermittedSubtree(Name),
    CrlAt(String),
    CrlOf(String, Name),
    Places(String, Option<String>),
    Raw {
        oid: String,
        critical: bool,
        der: Vec<u8>,
    },
}

impl Draft {
    /// A certificate of `subject` for the public half of `key`, valid from `not_before` to `not_after` (both included).
    #[must_use]
    pub fn new(
        subject: Name,
        key: &Key,
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    ) -> Self {
        Self::for_public_key(subject, key.public_key_der(), not_before, not_after)
    }

    /// As [`Draft::new`], for a DER SubjectPublicKeyInfo whose private half stays elsewhere (in a token).
    #[must_use]
    pub fn for_public_key(
        subject: Name,
        public_key_der: &[u8],
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
    ) -> Self {
        Self {
            subject,
            public_key: public_key_der.to_vec(),
            not_before,
            not_after,
            serial: None,
            algorithm: None,
            key_identifiers: true,
            null_parameters: false,
            extensions: Vec::new(),
        }
    }

    /// What Vietnamese CAs put into a subscriber's certificate: not a CA, key usage 0xE0 (critical), clientAuth and
    /// emailProtection.
    #[must_use]
    pub fn subscriber(self) -> Self {
        self.basic_constraints(false, None)
            .key_usage(Ku::DigitalSignature | Ku::NonRepudiation | Ku::KeyEncipherment)
            .extended_key_usage(&[eku::CLIENT_AUTH, eku::EMAIL_PROTECTION])
    }

    /// A CA's certificate: basicConstraints (critical), keyCertSign and cRLSign.
    #[must_use]
    pub fn authority(self, path_len: Option<u8>) -> Self {
        self.basic_constraints(true, path_len)
            .key_usage(Ku::KeyCertSign | Ku::CRLSign)
    }

    /// The serial number: an unsigned big-endian integer.
    #[must_use]
    pub fn serial(mut self, bytes: &[u8]) -> Self {
        self.serial = Some(bytes.to_vec());
        self
    }

    /// Has it signed with this algorithm instead of the usual one of the issuer's key.
    #[must_use]
    pub fn signed_with(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Writes NULL parameters into the identifier of the signature's algorithm, also where none belong (as some CAs do for
    /// ECDSA).
    #[must_use]
    pub fn with_null_parameters(mut self) -> Self {
        self.null_parameters = true;
        self
    }

    /// Leaves out subject and authority key identifiers.
    #[must_use]
    pub fn without_key_identifiers(mut self) -> Self {
        self.key_identifiers = false;
        self
    }

    /// Adds keyUsage, critical.
    #[must_use]
    pub fn key_usage(self, usages: impl Into<FlagSet<Ku>>) -> Self {
        self.wanting(Wanted::KeyUsage(usages.into()))
    }

    /// Adds extKeyUsage with these purposes (dotted, see [`eku`]).
    #[must_use]
    pub fn extended_key_usage(self, purposes: &[&str]) -> Self {
        self.wanting(Wanted::ExtendedKeyUsage(owned(purposes)))
    }

    /// Adds certificatePolicies (dotted).
    #[must_use]
    pub fn policies(self, policies: &[&str]) -> Self {
        self.wanting(Wanted::Policies(owned(policies)))
    }

    /// Adds basicConstraints, critical.
    #[must_use]
    pub fn basic_constraints(self, ca: bool, path_len: Option<u8>) -> Self {
        self.wanting(Wanted::Basic { ca, path_len })
    }

    /// Adds subjectAltName with these host names.
    #[must_use]
    pub fn dns_names(self, names: &[&str]) -> Self {
        self.wanting(Wanted::DnsNames(owned(names)))
    }

    /// Adds subjectAltName with an e-mail address.
    #[must_use]
    pub fn email_address(self, address: &str) -> Self {
        self.wanting(Wanted::Email(address.to_owned()))
    }

    /// Adds nameConstraints, critical: only host names at or under these.
    #[must_use]
    pub fn permitted_dns(self, names: &[&str]) -> Self {
        self.wanting(Wanted::PermittedDns(owned(names)))
    }

    /// Adds nameConstraints, critical: only subjects that begin with `subtree`.
    #[must_use]
    pub fn permitted_subtree(self, subtree: Name) -> Self {
        self.wanting(Wanted::PermittedSubtree(subtree))
    }

    /// Adds cRLDistributionPoints with one address.
    #[must_use]
    pub fn crl_at(self, address: &str) -> Self {
        self.wanting(Wanted::CrlAt(address.to_owned()))
    }

    /// Adds cRLDistributionPoints with one address and the name of the list's issuer.
    #[must_use]
    pub fn crl_of(self, address: &str, issuer: Name) -> Self {
        self.wanting(Wanted::CrlOf(address.to_owned(), issuer))
    }

    /// Adds authorityInfoAccess: an OCSP responder, and where the CA's own certificate lies.
    #[must_use]
    pub fn authority_information(self, ocsp: &str, certificate: Option<&str>) -> Self {
        let certificate = certificate.map(str::to_owned);
        self.wanting(Wanted::Places(ocsp.to_owned(), certificate))
    }

    /// Adds any extension from its DER value.
    #[must_use]
    pub fn extension(self, oid: &str, critical: bool, der: &[u8]) -> Self {
        self.wanting(Wanted::Raw {
            oid: oid.to_owned(),
            critical,
            der: der.to_vec(),
        })
    }

    fn wanting(mut self, wanted: Wanted) -> Self {
        self.extensions.push(wanted);
        self
    }

    pub(crate) fn extensions(&self) -> Result<Vec<Extension>> {
        self.extensions.iter().map(Wanted::build).collect()
    }
}

impl Wanted {
    fn build(&self) -> Result<Extension> {
        match self {
            Self::KeyUsage(usages) => extension(true, &KeyUsage(*usages)),
            Self::ExtendedKeyUsage(purposes) => {
                extension(false, &ExtendedKeyUsage(oids(purposes)?))
            }
            Self::Policies(policies) => {
                extension(false, &CertificatePolicies(policy_list(policies)?))
            }
            Self::Basic { ca, path_len } => extension(
                true,
                &BasicConstraints {
                    ca: *ca,
                    path_len_constraint: *path_len,
                },
            ),
            Self::DnsNames(names) => extension(false, &SubjectAltName(dns(names)?)),
            Self::Email(address) => extension(
                false,
                &SubjectAltName(vec![GeneralName::Rfc822Name(Ia5String::new(address)?)]),
            ),
            Self::PermittedDns(names) => extension(true, &permitted(dns(names)?)),
            Self::PermittedSubtree(name) => extension(
                true,
                &permitted(vec![GeneralName::DirectoryName(name.to_x509()?)]),
            ),
            Self::CrlAt(address) => extension(
                false,
                &CrlDistributionPoints(vec![distribution_point(address)?]),
            ),
            Self::CrlOf(address, issuer) => {
                let issuer = GeneralName::DirectoryName(issuer.to_x509()?);
                let point = DistributionPoint {
                    crl_issuer: Some(vec![issuer]),
                    ..distribution_point(address)?
                };
                extension(false, &CrlDistributionPoints(vec![point]))
            }
            Self::Places(ocsp, certificate) => extension(false, &places(ocsp, certificate)?),
            Self::Raw { oid, critical, der } => Ok(Extension {
                extn_id: parse_oid(oid)?,
                critical: *critical,
                extn_value: OctetString::new(der.clone())?,
            }),
        }
    }
}

/// One extension from its typed value.
pub(crate) fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> Result<Extension> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn parse_oid(dotted: &str) -> Result<ObjectIdentifier> {
    ObjectIdentifier::new(dotted).with_context(|| format!("{dotted} is no OID"))
}

fn oids(dotted: &[String]) -> Result<Vec<ObjectIdentifier>> {
    dotted.iter().map(|one| parse_oid(one)).collect()
}

fn policy_list(dotted: &[String]) -> Result<Vec<PolicyInformation>> {
    let plain = |policy_identifier| PolicyInformation {
        policy_identifier,
        policy_qualifiers: None,
    };
    Ok(oids(dotted)?.into_iter().map(plain).collect())
}

fn dns(names: &[String]) -> Result<Vec<GeneralName>> {
    names
        .iter()
        .map(|name| Ok(GeneralName::DnsName(Ia5String::new(name)?)))
        .collect()
}

fn permitted(bases: Vec<GeneralName>) -> NameConstraints {
    let subtree = |base| GeneralSubtree {
        base,
        minimum: 0,
        maximum: None,
    };
    NameConstraints {
        permitted_subtrees: Some(bases.into_iter().map(subtree).collect()),
        excluded_subtrees: None,
    }
}

/// `id-ad-ocsp` and `id-ad-caIssuers` (RFC 5280, 4.2.2.1)
fn places(ocsp: &str, certificate: &Option<String>) -> Result<AuthorityInfoAccessSyntax> {
    let place = |method: &str, address: &str| -> Result<AccessDescription> {
        Ok(AccessDescription {
            access_method: parse_oid(method)?,
            access_location: GeneralName::UniformResourceIdentifier(Ia5String::new(address)?),
        })
    };
    let mut all = vec![place("1.3.6.1.5.5.7.48.1", ocsp)?];
    if let Some(address) = certificate {
        all.push(place("1.3.6.1.5.5.7.48.2", address)?);
    }
    Ok(AuthorityInfoAccessSyntax(all))
}

fn distribution_point(address: &str) -> Result<DistributionPoint> {
    let name = GeneralName::UniformResourceIdentifier(Ia5String::new(address)?);
    Ok(DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![name])),
        reasons: None,
        crl_issuer: None,
    })
}
