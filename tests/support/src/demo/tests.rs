use std::path::Path;

use time::macros::datetime;

use super::*;
use crate::program::{openssl, run};

const NOW: OffsetDateTime = datetime!(2026-11-21 07:00 UTC);

struct Written {
    pki: DemoPki,
    files: Files,
    folder: tempfile::TempDir,
}

fn written() -> Written {
    let pki = DemoPki::new(NOW).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = pki
        .write(folder.path(), &["quocgia.localhost", "localhost"])
        .unwrap();
    Written { pki, files, folder }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl Written {
    /// `openssl verify` of one role's certificate at [`NOW`], under one world's root and CA.
    fn verify(&self, role: Role, world: &str, more: &[&str]) -> Result<String> {
        let at = NOW.unix_timestamp().to_string();
        let (root, ca) = match world {
            "public" => (
                "anchors/public/national-root.pem",
                "intermediates/public-ca.pem",
            ),
            _ => (
                "anchors/government/government-root.pem",
                "intermediates/government-ca.pem",
            ),
        };
        let (root, ca) = (self.folder.path().join(root), self.folder.path().join(ca));
        let leaf = self.files.certificate(role);
        let fixed = [
            "verify",
            "-x509_strict",
            "-attime",
            &at,
            "-CAfile",
            text(&root),
            "-untrusted",
            text(&ca),
        ];
        let arguments = [&fixed[..], more, &[text(&leaf)]].concat();
        Ok(String::from_utf8_lossy(&openssl(&arguments, &[])?).into_owned())
    }
}

#[test]
fn openssl_accepts_each_chain_in_its_own_world_only() {
    let written = written();
    for (role, world) in [
        (Role::Citizen, "public"),
        (Role::Business, "public"),
        (Role::PersonInOrganisation, "public"),
        (Role::Revoked, "public"),
        (Role::Agency, "government"),
    ] {
        written.verify(role, world, &[]).unwrap();
        let other = if world == "public" {
            "government"
        } else {
            "public"
        };
        assert!(
            written.verify(role, other, &[]).is_err(),
            "{role:?} in {other}"
        );
    }
}

#[test]
fn openssl_refuses_the_expired_and_the_unknown_by_their_own_reasons() {
    let written = written();
    let refused = |role| written.verify(role, "public", &[]).unwrap_err().to_string();
    assert!(refused(Role::Expired).contains("certificate has expired"));
    assert!(refused(Role::UnknownCa).contains("unable to get local issuer certificate"));
}

#[test]
fn openssl_finds_the_revoked_one_on_the_published_list_and_no_other() {
    let written = written();
    let list = written.folder.path().join("list.pem");
    std::fs::write(&list, written.pki.public_crl().unwrap().pem().unwrap()).unwrap();
    let options = ["-crl_check", "-CRLfile", text(&list)];
    written.verify(Role::Citizen, "public", &options).unwrap();
    let refused = written
        .verify(Role::Revoked, "public", &options)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("certificate revoked"), "{refused}");
}

#[test]
fn openssl_verifies_every_list_against_its_issuer() {
    let written = written();
    for (list, issuer, form) in [
        ("public-ca.crl", "trust/public-ca.pem", "DER"),
        ("government-ca.crl", "trust/government-ca.pem", "DER"),
        ("national-root.crl", "trust/national-root.pem", "PEM"),
        ("government-root.crl", "trust/government-root.pem", "PEM"),
    ] {
        let (path, issuer) = (
            written.files.crls.join(list),
            written.folder.path().join(issuer),
        );
        openssl(
            &[
                "crl",
                "-in",
                text(&path),
                "-inform",
                form,
                "-CAfile",
                text(&issuer),
                "-noout",
            ],
            &[],
        )
        .unwrap_or_else(|error| panic!("{list}: {error}"));
    }
}

#[test]
fn the_person_in_an_organisation_has_two_uids_and_the_agency_two_units() {
    let written = written();
    let subject = |role| {
        let leaf = written.files.certificate(role);
        let out = openssl(
            &[
                "x509",
                "-in",
                text(&leaf),
                "-noout",
                "-subject",
                "-nameopt",
                "sep_multiline,utf8",
            ],
            &[],
        );
        String::from_utf8(out.unwrap()).unwrap()
    };
    let person = subject(Role::PersonInOrganisation);
    assert_eq!(person.matches("UID=").count(), 2, "{person}");
    let agency = subject(Role::Agency);
    assert_eq!(agency.matches("OU=").count(), 2, "{agency}");
    assert_eq!(agency.matches("UID=").count(), 0, "{agency}");
    let business = subject(Role::Business);
    assert!(business.contains("SAO MẪU, CHI NHÁNH MỘT"), "{business}");
}

#[test]
fn openssl_accepts_the_server_certificate_for_its_hosts_only() {
    let written = written();
    let at = NOW.unix_timestamp().to_string();
    let verify = |host: &str| {
        let (authority, chain) = (&written.files.tls_authority, &written.files.tls_chain);
        let arguments = [
            "verify",
            "-x509_strict",
            "-attime",
            &at,
            "-purpose",
            "sslserver",
            "-verify_hostname",
            host,
        ];
        openssl(
            &[&arguments[..], &["-CAfile", text(authority), text(chain)]].concat(),
            &[],
        )
    };
    verify("quocgia.localhost").unwrap();
    assert!(verify("other.localhost").is_err());
}

#[test]
fn the_tls_authority_cannot_speak_for_a_public_host() {
    let written = written();
    let server = written.pki.server(&["dichvucong.example.com.vn"]).unwrap();
    let chain = written.folder.path().join("outside.pem");
    std::fs::write(&chain, server.chain_pem).unwrap();
    let at = NOW.unix_timestamp().to_string();
    let arguments = [
        "verify",
        "-attime",
        &at,
        "-CAfile",
        text(&written.files.tls_authority),
        text(&chain),
    ];
    let refused = openssl(&arguments, &[]).unwrap_err().to_string();
    assert!(refused.contains("permitted subtree violation"), "{refused}");
}

#[test]
fn keys_are_readable_by_the_owner_only() {
    let written = written();
    let modes = run(
        "find",
        &[text(&written.files.keys), "-type", "f", "-printf", "%m\n"],
        &[],
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(modes).unwrap(),
        "600\n".repeat(Role::ALL.len())
    );
}

#[test]
fn the_trust_file_names_only_files_beside_it() {
    let written = written();
    let trust = std::fs::read_to_string(&written.files.trust_file).unwrap();
    let named: Vec<_> = trust
        .lines()
        .filter_map(|line| line.strip_prefix("certificate = "))
        .collect();
    assert_eq!(named.len(), 4, "{trust}");
    for name in named {
        let path = written
            .files
            .trust_file
            .with_file_name(name.trim_matches('"'));
        assert!(path.is_file(), "{}", path.display());
    }
}
