//! A trust file, revocation lists and certificates of one test's own.

use std::{fs, path::PathBuf};

use kyso_support::{Authority, CrlDraft, Draft, Issued, Key, KeyKind, Name};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::{
    agent::Signer,
    world::{NOW, World, pki},
};

/// The citizen of the demonstration.
pub(crate) const CITIZEN: (&str, &str) = ("CCCD:099185000123", "NGUYỄN VĂN MINH HỌA");

/// Trusts the demonstration's CAs and one more, whose name in the trust file the test chooses.
pub(crate) struct Office {
    folder: TempDir,
    pub(crate) other: Authority,
}

/// A certificate with its key.
pub(crate) struct Card {
    pub(crate) certificate: Issued,
    pub(crate) signer: Signer,
}

impl Office {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (pki, files) = pki();
        let trust = files.trust_file.parent().unwrap();
        for entry in fs::read_dir(trust).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let name = Name::new().c("VN").o("Kyso Demo").cn("Kyso Other CA");
        let key = Key::generate(KeyKind::P256).unwrap();
        let (from, to) = (NOW - Duration::days(3000), NOW + Duration::days(3000));
        let other = pki.national_root.subordinate(name, key, from, to).unwrap();
        let pem = other.certificate().pem().unwrap();
        fs::write(folder.path().join("other-ca.pem"), pem).unwrap();
        fs::create_dir(folder.path().join("crl")).unwrap();
        let office = Self { folder, other };
        office.name_the_other("Kyso Other CA");
        office
    }

    pub(crate) fn trust_file(&self) -> PathBuf {
        self.folder.path().join("trust.toml")
    }

    /// Gives the other CA's entry that name.
    pub(crate) fn name_the_other(&self, name: &str) {
        let (_, files) = pki();
        let known = fs::read_to_string(&files.trust_file).unwrap();
        let more = format!(
            "\n[[ca]]\nname = \"{name}\"\ncertificate = \"other-ca.pem\"\nworld = \"public\"\nmethods = [\"usb\"]\n\
             kinds = [\"citizen\", \"business\"]\nschemes = [\"CCCD\", \"MST\"]\n"
        );
        fs::write(self.trust_file(), known + &more).unwrap();
    }

    /// A portal with this trust file and no lists.
    pub(crate) async fn world(&self) -> World {
        World::trusting(&self.trust_file(), "").await
    }

    /// A portal with this trust file and this folder of lists, empty at first.
    pub(crate) async fn world_with_lists(&self) -> World {
        let more = format!("crls = '{}'", self.folder.path().join("crl").display());
        World::trusting(&self.trust_file(), &more).await
    }

    /// Has the public CA publish a list for a week, on which these stand.
    pub(crate) fn publish(&self, revoked: &[&Issued], at: OffsetDateTime) {
        let (pki, _) = pki();
        let draft = CrlDraft::new(at - Duration::hours(1), Some(at + Duration::days(7)));
        let since = at - Duration::minutes(30);
        let draft = revoked
            .iter()
            .fold(draft, |draft, card| draft.revoke(card, since));
        let list = draft.issue(&pki.public_ca).unwrap();
        // Whatever the clock of the file system, another length is another file.
        let name = format!("public-{}-{}.crl", at.unix_timestamp(), revoked.len());
        for entry in fs::read_dir(self.folder.path().join("crl")).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::write(self.folder.path().join("crl").join(name), list.der()).unwrap();
    }

    /// Puts something among the lists that is none.
    pub(crate) fn spoil(&self) {
        fs::write(self.folder.path().join("crl/spoiled.crl"), "x").unwrap();
    }

    /// A citizen's certificate of the public CA for that long from now on.
    pub(crate) fn card(&self, who: (&str, &str), life: Duration) -> Card {
        issue(&pki().0.public_ca, who, life)
    }

    /// A new certificate of the demonstration's agency, under the names that are tied to its unit.
    pub(crate) fn card_of_the_agency(&self, life: Duration) -> Card {
        let name = Name::new()
            .c("VN")
            .st("Tỉnh Mẫu")
            .o("ỦY BAN NHÂN DÂN TỈNH MẪU")
            .ou("Khối cơ quan chuyên môn")
            .ou("Văn phòng")
            .cn("SỞ MẪU VÀ THỬ NGHIỆM");
        issue_to(&pki().0.government_ca, name, life)
    }

    /// The same of the other CA.
    pub(crate) fn card_of_the_other(&self, who: (&str, &str), life: Duration) -> Card {
        issue(&self.other, who, life)
    }
}

fn issue(authority: &Authority, (uid, name): (&str, &str), life: Duration) -> Card {
    let name = Name::new().c("VN").st("Tỉnh Mẫu").cn(name).uid(uid);
    issue_to(authority, name, life)
}

fn issue_to(authority: &Authority, name: Name, life: Duration) -> Card {
    let key = Key::generate(KeyKind::P256).unwrap();
    let draft = Draft::new(name, &key, NOW - Duration::days(1), NOW + life).subscriber();
    let certificate = authority.issue(&draft).unwrap();
    let signer = Signer::new(&certificate, key);
    Card {
        certificate,
        signer,
    }
}
