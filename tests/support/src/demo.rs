//! The demonstration's authorities and people. Every name and number is invented; the numbers lie in ranges that are
//! given to nobody.

mod files;
mod subjects;

use anyhow::{Context, Result};
use time::{Duration, OffsetDateTime};

use crate::crl::{CrlDraft, IssuedCrl};
use crate::draft::{Draft, Ku, eku};
use crate::issue::Authority;
use crate::key::{Key, KeyKind};
use crate::name::Name;

pub use files::Files;
pub use subjects::{Role, Subject};

/// Where the demonstration's CAs say that evidence of revocation is.
#[derive(Clone, Debug)]
pub struct Published {
    /// The public CA's responder, if it has one.
    pub ocsp: Option<String>,
    /// The folder of all CAs' lists.
    pub lists: String,
}

impl Default for Published {
    /// Lists at a host that there is not.
    fn default() -> Self {
        Self {
            ocsp: None,
            lists: "http://crl.kyso.example".to_owned(),
        }
    }
}

/// Two trust worlds, an unknown CA, a TLS authority, and one certificate for each [`Role`].
#[derive(Debug)]
pub struct DemoPki {
    now: OffsetDateTime,
    /// Root of the public CAs.
    pub national_root: Authority,
    /// The public CA that issues to citizens and businesses.
    pub public_ca: Authority,
    /// Root of the government's own CA.
    pub government_root: Authority,
    /// The government's CA, that issues to agencies.
    pub government_ca: Authority,
    /// A self-signed CA that nobody trusts.
    pub unknown_ca: Authority,
    /// The authority of the portal's TLS certificates, in no trust world.
    pub tls: Authority,
    published: Published,
    subjects: Vec<Subject>,
}

/// A TLS server's certificate and key, as rustls takes them.
#[derive(Clone)]
pub struct Server {
    /// The server's certificate, then its authority's; PEM.
    pub chain_pem: String,
    /// PKCS#8, PEM.
    pub key_pem: String,
}

impl DemoPki {
    /// Makes everything afresh; certificates are valid around `now`.
    ///
    /// # Errors
    /// If the `openssl` program is missing.
    pub fn new(now: OffsetDateTime) -> Result<Self> {
        Self::publishing(now, Published::default())
    }

    /// As [`DemoPki::new`], with certificates that say where evidence is.
    ///
    /// # Errors
    /// If the `openssl` program is missing.
    pub fn publishing(now: OffsetDateTime, published: Published) -> Result<Self> {
        let mut kinds = vec![KeyKind::Rsa(2048); 4];
        kinds.extend([KeyKind::P256; 2]);
        kinds.extend(Role::ALL.map(Role::key_kind));
        let mut keys = Key::generate_all(&kinds)?.into_iter();
        let mut key = || keys.next().context("a key for everyone");

        let (from, to) = (now - Duration::days(6 * 365), now + Duration::days(4 * 365));
        let national_root =
            Authority::root(authority("Gốc Quốc gia Mẫu", "NRCA"), key()?, from, to)?;
        let issuing = |root: &Authority, name, key: Key, list| {
            let draft = Draft::new(name, &key, from, to).authority(Some(0));
            root.subordinate_as(&draft.crl_at(&format!("{}/{list}", published.lists)), key)
        };
        let public_ca = issuing(
            &national_root,
            authority("Kyso Demo CA", "Công cộng"),
            key()?,
            "national-root.crl",
        )?;
        let government_root =
            Authority::root(authority("Gốc Chính phủ Mẫu", "GRCA"), key()?, from, to)?;
        let government_ca = issuing(
            &government_root,
            authority("Kyso Demo Government CA", "Chính phủ"),
            key()?,
            "government-root.crl",
        )?;
        let unknown_ca = Authority::root(authority("Không ai tin", "Lạ"), key()?, from, to)?;
        let tls = tls_authority(key()?, now)?;
        let mut pki = Self {
            now,
            national_root,
            public_ca,
            government_root,
            government_ca,
            unknown_ca,
            tls,
            published,
            subjects: Vec::new(),
        };
        for role in Role::ALL {
            let subject = subjects::issue(&pki, role, key()?)?;
            pki.subjects.push(subject);
        }
        Ok(pki)
    }

    /// The moment that everything was made around.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The one who plays `role`.
    #[must_use]
    pub fn subject(&self, role: Role) -> &Subject {
        self.subjects
            .iter()
            .find(|subject| subject.role == role)
            .unwrap_or_else(|| unreachable!("every role was issued"))
    }

    /// Everyone, in the order of [`Role::ALL`].
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// A TLS certificate for these host names. The TLS authority is limited to names that no public DNS serves
    /// (`localhost`, `test`, `example` and those under them; RFC 6761).
    ///
    /// # Errors
    /// If the `openssl` program is missing or a name isn't ASCII.
    pub fn server(&self, hosts: &[&str]) -> Result<Server> {
        let key = Key::generate(KeyKind::P256)?;
        let name = Name::new().cn(hosts.first().context("at least one host name")?);
        let draft = Draft::new(
            name,
            &key,
            self.now - Duration::days(1),
            self.now + Duration::days(30),
        )
        .basic_constraints(false, None)
        .key_usage(Ku::DigitalSignature)
        .extended_key_usage(&[eku::SERVER_AUTH])
        .dns_names(hosts);
        let chain_pem = self.tls.issue(&draft)?.pem()? + &self.tls.certificate().pem()?;
        Ok(Server {
            chain_pem,
            key_pem: key.pkcs8_pem().to_owned(),
        })
    }

    /// The public CA's list, with [`Role::Revoked`] on it.
    ///
    /// # Errors
    /// Never with keys that this type made.
    pub fn public_crl(&self) -> Result<IssuedCrl> {
        self.public_crl_with(&[Role::Revoked])
    }

    /// The public CA's list with these on it.
    ///
    /// # Errors
    /// As [`DemoPki::public_crl`].
    pub fn public_crl_with(&self, revoked: &[Role]) -> Result<IssuedCrl> {
        let listed = revoked.iter().map(|role| &self.subject(*role).certificate);
        let since = self.now - Duration::days(3);
        listed
            .fold(self.crl(), |list, certificate| {
                list.revoke(certificate, since)
            })
            .issue(&self.public_ca)
    }

    /// The government CA's list, empty.
    ///
    /// # Errors
    /// As [`DemoPki::public_crl`].
    pub fn government_crl(&self) -> Result<IssuedCrl> {
        self.crl().issue(&self.government_ca)
    }

    /// The roots' lists, empty: national, then government.
    ///
    /// # Errors
    /// As [`DemoPki::public_crl`].
    pub fn root_crls(&self) -> Result<[IssuedCrl; 2]> {
        Ok([
            self.crl().issue(&self.national_root)?,
            self.crl().issue(&self.government_root)?,
        ])
    }

    fn crl(&self) -> CrlDraft {
        CrlDraft::new(
            self.now - Duration::days(1),
            Some(self.now + Duration::days(6)),
        )
    }
}

fn authority(name: &str, unit: &str) -> Name {
    Name::new().c("VN").o("Kyso Demo").ou(unit).cn(name)
}

fn tls_authority(key: Key, now: OffsetDateTime) -> Result<Authority> {
    let name = Name::new().o("Kyso Demo").cn("Kyso Demo TLS");
    let draft = Draft::new(
        name,
        &key,
        now - Duration::days(1),
        now + Duration::days(30),
    )
    .authority(Some(0))
    .permitted_dns(&["localhost", "test", "example"]);
    Authority::self_signed(&draft, key)
}

#[cfg(test)]
mod tests;
