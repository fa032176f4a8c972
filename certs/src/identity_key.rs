//! The key under which a portal files a subject: (kind, scheme, number), never a name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::subject::{Class, Identity, Scheme};

/// Whom an account belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A citizen.
    Citizen,
    /// A business.
    Business,
    /// A state agency.
    Agency,
}

impl SubjectKind {
    /// The word on the wire: `citizen`, `business` or `agency`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Business => "business",
            Self::Agency => "agency",
        }
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// (kind, scheme, number): two certificates with the same key speak for the same account.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdentityKey {
    /// Whom the account belongs to.
    pub kind: SubjectKind,
    /// What the number is.
    pub scheme: Scheme,
    /// The number, compared whole.
    pub number: String,
}

impl fmt::Debug for IdentityKey {
    /// Kind and scheme only: a person's number does not belong in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityKey({}/{})", self.kind, self.scheme)
    }
}

impl fmt::Display for IdentityKey {
    /// `citizen/CCCD/001…`, for stores; never for logs, since it holds the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind, self.scheme, self.number)
    }
}

/// What speaks for a citizen, the strongest first; the schemes are never joined to one another.
const OF_A_CITIZEN: [Scheme; 4] = [
    Scheme::Cccd,
    Scheme::Cmnd,
    Scheme::Passport,
    Scheme::PersonalTax,
];

impl Identity {
    /// The key of the account of this kind that the certificate speaks for on its own, or `None`.
    ///
    /// A person in an organisation speaks for neither on its own: see [`Identity::key_as_member`]. An agency is
    /// never found by a number: an administrator ties the certificate's name to a unit.
    pub fn key_for(&self, kind: SubjectKind) -> Option<IdentityKey> {
        match (kind, self.kind) {
            (SubjectKind::Citizen, Class::Person) => self.citizen_key(),
            (SubjectKind::Business, Class::Organisation) => self.first_of(kind, &[Scheme::Mst]),
            _ => None,
        }
    }

    /// As [`Identity::key_for`], where the issuing CA's trust-file entry lets a person in an organisation
    /// open that person's own account.
    pub fn key_as_member(&self, kind: SubjectKind) -> Option<IdentityKey> {
        match (kind, self.kind) {
            (SubjectKind::Citizen, Class::PersonInOrganisation) => self.citizen_key(),
            _ => self.key_for(kind),
        }
    }

    fn citizen_key(&self) -> Option<IdentityKey> {
        self.first_of(SubjectKind::Citizen, &OF_A_CITIZEN)
    }

    fn first_of(&self, kind: SubjectKind, schemes: &[Scheme]) -> Option<IdentityKey> {
        schemes
            .iter()
            .find_map(|scheme| self.ids.iter().find(|id| id.scheme == *scheme))
            .map(|id| IdentityKey {
                kind,
                scheme: id.scheme,
                number: id.value.clone(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Id;

    fn identity(kind: Class, ids: &[(Scheme, &str)]) -> Identity {
        Identity {
            kind,
            name: "Trần Thị Mẫu".into(),
            organisation: None,
            ids: ids
                .iter()
                .map(|(scheme, value)| Id {
                    scheme: *scheme,
                    value: (*value).into(),
                })
                .collect(),
        }
    }

    fn check(identity: &Identity, kind: SubjectKind, expected: Option<&str>) {
        let key = identity.key_for(kind).map(|key| key.to_string());
        assert_eq!(key.as_deref(), expected);
    }

    #[test]
    fn a_citizen_is_found_by_the_strongest_number() {
        let both = identity(
            Class::Person,
            &[(Scheme::Cmnd, "012345678"), (Scheme::Cccd, "001099000001")],
        );
        check(
            &both,
            SubjectKind::Citizen,
            Some("citizen/CCCD/001099000001"),
        );
        let old = identity(Class::Person, &[(Scheme::Cmnd, "012345678")]);
        check(&old, SubjectKind::Citizen, Some("citizen/CMND/012345678"));
    }

    #[test]
    fn a_business_needs_the_tax_code_of_an_organisation() {
        let mst = [(Scheme::Mst, "0100000001-001")];
        let organisation = identity(Class::Organisation, &mst);
        check(
            &organisation,
            SubjectKind::Business,
            Some("business/MST/0100000001-001"),
        );
        check(&organisation, SubjectKind::Citizen, None);
        check(
            &identity(Class::Person, &[(Scheme::PersonalTax, "001099000001")]),
            SubjectKind::Business,
            None,
        );
    }

    #[test]
    fn a_person_in_an_organisation_opens_nothing_without_the_cas_rule() {
        let member = identity(
            Class::PersonInOrganisation,
            &[(Scheme::Mst, "0100000001"), (Scheme::Cccd, "001099000001")],
        );
        check(&member, SubjectKind::Citizen, None);
        check(&member, SubjectKind::Business, None);
        assert_eq!(
            member
                .key_as_member(SubjectKind::Citizen)
                .map(|key| key.number),
            Some("001099000001".into())
        );
        assert_eq!(member.key_as_member(SubjectKind::Business), None);
    }

    #[test]
    fn an_agency_is_never_found_by_a_number() {
        let agency = identity(Class::Organisation, &[(Scheme::Mst, "0100000001")]);
        check(&agency, SubjectKind::Agency, None);
    }
}
