//! The demonstration's PKI as files in one folder, as an operator would lay them out.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{DemoPki, Role};
use crate::trust_file::{CaRow, trust_file};

/// Where [`DemoPki::write`] put everything.
#[derive(Clone, Debug)]
pub struct Files {
    /// `trust/trust.toml`, with the certificates that it names beside it.
    pub trust_file: PathBuf,
    /// `anchors/{public,government}/*.pem`: the roots, for `--trust`.
    pub anchors: PathBuf,
    /// `intermediates/*.pem`: the issuing CAs, for `--intermediates`.
    pub intermediates: PathBuf,
    /// `crl/*.crl`: the issuing CAs' lists in DER, the roots' in PEM.
    pub crls: PathBuf,
    /// `certificates/<word>.pem` and `.der`, one pair a role.
    pub certificates: PathBuf,
    /// `keys/<word>.pem`: PKCS#8, readable by the owner only.
    pub keys: PathBuf,
    /// `tls/authority.pem`: what a browser must trust to see the portal.
    pub tls_authority: PathBuf,
    /// `tls/chain.pem`: the server's certificate and its authority's.
    pub tls_chain: PathBuf,
    /// `tls/key.pem`: PKCS#8, readable by the owner only.
    pub tls_key: PathBuf,
}

impl Files {
    fn under(folder: &Path) -> Self {
        Self {
            trust_file: folder.join("trust/trust.toml"),
            anchors: folder.join("anchors"),
            intermediates: folder.join("intermediates"),
            crls: folder.join("crl"),
            certificates: folder.join("certificates"),
            keys: folder.join("keys"),
            tls_authority: folder.join("tls/authority.pem"),
            tls_chain: folder.join("tls/chain.pem"),
            tls_key: folder.join("tls/key.pem"),
        }
    }

    /// The certificate of `role`, PEM.
    #[must_use]
    pub fn certificate(&self, role: Role) -> PathBuf {
        self.certificates.join(format!("{}.pem", role.word()))
    }
}

impl DemoPki {
    /// Writes everything under `folder`, with a TLS certificate for `hosts`.
    ///
    /// # Errors
    /// If the folder can't be written, or as [`DemoPki::server`].
    pub fn write(&self, folder: &Path, hosts: &[&str]) -> Result<Files> {
        let files = Files::under(folder);
        self.write_trust(&files)?;
        self.write_crls(&files)?;
        self.write_subjects(&files)?;
        let server = self.server(hosts)?;
        write(&files.tls_authority, self.tls.certificate().pem()?)?;
        write(&files.tls_chain, server.chain_pem)?;
        write_secret(&files.tls_key, &server.key_pem)?;
        Ok(files)
    }

    fn write_trust(&self, files: &Files) -> Result<()> {
        let trust = files.trust_file.with_file_name("");
        for (name, authority, world, is_root) in [
            ("national-root.pem", &self.national_root, "public", true),
            ("public-ca.pem", &self.public_ca, "public", false),
            (
                "government-root.pem",
                &self.government_root,
                "government",
                true,
            ),
            (
                "government-ca.pem",
                &self.government_ca,
                "government",
                false,
            ),
        ] {
            let pem = authority.certificate().pem()?;
            write(&trust.join(name), &pem)?;
            let folder = if is_root {
                files.anchors.join(world)
            } else {
                files.intermediates.clone()
            };
            write(&folder.join(name), &pem)?;
        }
        write(&files.trust_file, demo_trust_file())
    }

    fn write_crls(&self, files: &Files) -> Result<()> {
        let [national, government] = self.root_crls()?;
        write(&files.crls.join("public-ca.crl"), self.public_crl()?.der())?;
        write(
            &files.crls.join("government-ca.crl"),
            self.government_crl()?.der(),
        )?;
        write(&files.crls.join("national-root.crl"), national.pem()?)?;
        write(&files.crls.join("government-root.crl"), government.pem()?)
    }

    fn write_subjects(&self, files: &Files) -> Result<()> {
        for subject in self.subjects() {
            let pem = files.certificate(subject.role);
            write(&pem, subject.certificate.pem()?)?;
            write(&pem.with_extension("der"), subject.certificate.der())?;
            write_secret(
                &files.keys.join(format!("{}.pem", subject.role.word())),
                subject.key.pkcs8_pem(),
            )?;
        }
        Ok(())
    }
}

fn demo_trust_file() -> String {
    trust_file(
        &[
            ("public", "national-root.pem"),
            ("government", "government-root.pem"),
        ],
        &[
            CaRow {
                name: "Kyso Demo CA",
                certificate: "public-ca.pem",
                world: "public",
                kinds: &["citizen", "business"],
                schemes: &["CCCD", "CMND", "HC", "MST"],
                person_in_organisation: true,
            },
            CaRow {
                name: "Kyso Demo Government CA",
                certificate: "government-ca.pem",
                world: "government",
                kinds: &["agency"],
                schemes: &[],
                person_in_organisation: false,
            },
        ],
    )
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    make_parent(path)?;
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// As [`write()`], mode 0600 from the start.
fn write_secret(path: &Path, content: &str) -> Result<()> {
    make_parent(path)?;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(file.write_all(content.as_bytes())?)
}

fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().context("a path inside a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))
}
