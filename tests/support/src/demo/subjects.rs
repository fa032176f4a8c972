//! Who has a certificate in the demonstration, and what it says.

use anyhow::Result;
use time::{Duration, OffsetDateTime};

use super::DemoPki;
use crate::draft::Draft;
use crate::issue::{Authority, Issued};
use crate::key::{Key, KeyKind};
use crate::name::Name;

const CITIZEN: &str = "NGUYỄN VĂN MINH HỌA";
const CITIZEN_CCCD: &str = "099185000123";
const BUSINESS: &str = "CÔNG TY TNHH THỬ NGHIỆM SAO MẪU, CHI NHÁNH MỘT";
const BUSINESS_MST: &str = "9900000017";
const EMPLOYEE: &str = "TRẦN THỊ VÍ DỤ";
const EMPLOYEE_CCCD: &str = "099290000456";
const AGENCY: &str = "SỞ MẪU VÀ THỬ NGHIỆM";
const EXPIRED: &str = "LÊ VĂN QUÁ HẠN";
const EXPIRED_CCCD: &str = "099180000789";
const REVOKED: &str = "PHẠM THỊ THU HỒI";
const REVOKED_CCCD: &str = "099295000321";
const STRANGER: &str = "HOÀNG VĂN LẠ MẶT";
const STRANGER_CCCD: &str = "099188000654";
const NEWCOMER: &str = "VÕ THỊ MỚI ĐẾN";
const NEWCOMER_CCCD: &str = "099191000987";

/// A part in the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// One UID, a CCCD; RSA-2048.
    Citizen,
    /// One UID, an MST; a comma in the name; RSA-2048.
    Business,
    /// Two UIDs, MST and CCCD; P-256.
    PersonInOrganisation,
    /// From the government's CA, no UID, two OUs; RSA-2048.
    Agency,
    /// A citizen whose certificate ended a month ago.
    Expired,
    /// A citizen whose certificate is on the published list.
    Revoked,
    /// A citizen under a CA that nobody trusts.
    UnknownCa,
    /// [`Role::Citizen`] again, with the new certificate that the CA issued for a new key.
    RenewedCitizen,
    /// A citizen whom no story registers, for a visitor to play.
    Newcomer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 9] = [
        Self::Citizen,
        Self::Business,
        Self::PersonInOrganisation,
        Self::Agency,
        Self::Expired,
        Self::Revoked,
        Self::UnknownCa,
        Self::RenewedCitizen,
        Self::Newcomer,
    ];

    /// A word for file names, token labels and the demonstration's summary.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Business => "business",
            Self::PersonInOrganisation => "person-in-organisation",
            Self::Agency => "agency",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::UnknownCa => "unknown-ca",
            Self::RenewedCitizen => "renewed-citizen",
            Self::Newcomer => "newcomer",
        }
    }

    pub(super) fn key_kind(self) -> KeyKind {
        match self {
            Self::PersonInOrganisation => KeyKind::P256,
            _ => KeyKind::Rsa(2048),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Citizen | Self::RenewedCitizen => CITIZEN,
            Self::Business => BUSINESS,
            Self::PersonInOrganisation => EMPLOYEE,
            Self::Agency => AGENCY,
            Self::Expired => EXPIRED,
            Self::Revoked => REVOKED,
            Self::UnknownCa => STRANGER,
            Self::Newcomer => NEWCOMER,
        }
    }

    /// Prefix and number of each UID, in the certificate's order.
    fn numbers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Citizen | Self::RenewedCitizen => &[("CCCD", CITIZEN_CCCD)],
            Self::Business => &[("MST", BUSINESS_MST)],
            Self::PersonInOrganisation => &[("MST", BUSINESS_MST), ("CCCD", EMPLOYEE_CCCD)],
            Self::Agency => &[],
            Self::Expired => &[("CCCD", EXPIRED_CCCD)],
            Self::Revoked => &[("CCCD", REVOKED_CCCD)],
            Self::UnknownCa => &[("CCCD", STRANGER_CCCD)],
            Self::Newcomer => &[("CCCD", NEWCOMER_CCCD)],
        }
    }

    /// Each class in the order in which some Vietnamese CA writes it.
    fn subject(self) -> Name {
        let numbers = self
            .numbers()
            .iter()
            .map(|(scheme, number)| format!("{scheme}:{number}"));
        let with_uids = |name: Name| numbers.fold(name, |name, uid| name.uid(&uid));
        match self {
            Self::Business => with_uids(Name::new())
                .cn(BUSINESS)
                .l("Quận Mẫu")
                .st("Thành phố Mẫu")
                .c("VN"),
            Self::PersonInOrganisation => with_uids(Name::new())
                .o(BUSINESS)
                .t("Kế toán trưởng")
                .cn(EMPLOYEE)
                .c("VN"),
            Self::Agency => Name::new()
                .c("VN")
                .st("Tỉnh Mẫu")
                .o("ỦY BAN NHÂN DÂN TỈNH MẪU")
                .ou("Khối cơ quan chuyên môn")
                .ou("Văn phòng")
                .cn(AGENCY),
            _ => with_uids(Name::new().c("VN").st("Tỉnh Mẫu").cn(self.name())),
        }
    }

    fn issuer(self, pki: &DemoPki) -> &Authority {
        match self {
            Self::Agency => &pki.government_ca,
            Self::UnknownCa => &pki.unknown_ca,
            _ => &pki.public_ca,
        }
    }

    fn validity(self, now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
        let end = if self == Self::Expired {
            now - Duration::days(30)
        } else {
            now + Duration::days(2 * 365)
        };
        (end - Duration::days(3 * 365), end)
    }
}

/// Someone with a certificate and the key that belongs into their token.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Their part.
    pub role: Role,
    /// The certificate's commonName.
    pub name: &'static str,
    /// Scheme (`CCCD`, `MST`) and number of each UID, in the certificate's order; empty for the agency.
    pub numbers: &'static [(&'static str, &'static str)],
    /// The certificate.
    pub certificate: Issued,
    /// Its key.
    pub key: Key,
}

// The policies lie under the number that RFC 5612 keeps for examples.
pub(super) fn issue(pki: &DemoPki, role: Role, key: Key) -> Result<Subject> {
    let (from, to) = role.validity(pki.now);
    let (list, policy) = match role {
        Role::Agency => ("government-ca.crl", "1.3.6.1.4.1.32473.1.2"),
        Role::UnknownCa => ("unknown-ca.crl", "1.3.6.1.4.1.32473.1.3"),
        _ => ("public-ca.crl", "1.3.6.1.4.1.32473.1.1"),
    };
    let draft = Draft::new(role.subject(), &key, from, to)
        .subscriber()
        .policies(&[policy])
        .crl_at(&format!("{}/{list}", pki.published.lists));
    let draft = match (&pki.published.ocsp, list) {
        (Some(address), "public-ca.crl") => draft.authority_information(address, None),
        _ => draft,
    };
    let certificate = role.issuer(pki).issue(&draft)?;
    Ok(Subject {
        role,
        name: role.name(),
        numbers: role.numbers(),
        certificate,
        key,
    })
}
