//! An OCSP responder (RFC 6960) that is not our own code: the `openssl` program, given files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::daemon::Daemon;
use crate::issue::{Authority, Issued};
use crate::key::Key;
use crate::program::openssl;

/// One responder for one CA: whom it knows, and with what it signs. Its clock is the machine's.
#[derive(Debug, Clone)]
pub struct OcspResponder {
    ca: String,
    signer: String,
    key: String,
    index: String,
    options: Vec<String>,
}

impl OcspResponder {
    /// A responder for the certificates of `ca`, which signs with `key`, certified as `signer`: the CA's own, or another.
    /// It knows nobody yet.
    ///
    /// # Errors
    /// Never for certificates that this crate issued.
    pub fn new(ca: &Authority, signer: &Issued, key: &Key) -> Result<Self> {
        Ok(Self {
            ca: ca.certificate().pem()?,
            signer: signer.pem()?,
            key: key.pkcs8_pem().to_owned(),
            index: String::new(),
            options: Vec::new(),
        })
    }

    /// Knows a certificate, and that it is good.
    #[must_use]
    pub fn good(mut self, certificate: &Issued) -> Self {
        let serial = serial(certificate);
        let _ = writeln!(
            self.index,
            "V\t491231235959Z\t\t{serial}\tunknown\t/CN={serial}"
        );
        self
    }

    /// Knows a certificate, and that it was revoked; `reason` as `openssl ca` writes it, such as `keyCompromise`.
    ///
    /// # Errors
    /// For a time that cannot be written.
    pub fn revoked(
        mut self,
        certificate: &Issued,
        at: OffsetDateTime,
        reason: &str,
    ) -> Result<Self> {
        let form = format_description!("[year repr:last_two][month][day][hour][minute][second]Z");
        let (at, serial) = (at.format(&form)?, serial(certificate));
        writeln!(
            self.index,
            "R\t491231235959Z\t{at},{reason}\t{serial}\tunknown\t/CN={serial}"
        )?;
        Ok(self)
    }

    /// Adds options of `openssl ocsp`, such as `-resp_key_id` or `-nmin 5`.
    #[must_use]
    pub fn with(mut self, options: &[&str]) -> Self {
        self.options
            .extend(options.iter().map(|one| (*one).to_owned()));
        self
    }

    /// Writes whom it knows into `folder`; a responder that serves from there knows it from its next answer on.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write_index(&self, folder: &Path) -> Result<()> {
        // A new file in the old one's place: the program looks whether it is still the same one.
        let fresh = folder.join("index.new");
        std::fs::write(&fresh, &self.index)?;
        Ok(std::fs::rename(fresh, folder.join("index"))?)
    }

    /// Serves from `folder`, where an index was written, at a port of this machine.
    ///
    /// # Errors
    /// If the program is missing.
    pub fn serve(&self, port: u16, folder: &Path) -> Result<Daemon> {
        let write = |name: &str, content: &str| -> Result<PathBuf> {
            let path = folder.join(name);
            std::fs::write(&path, content)?;
            Ok(path)
        };
        let mut command = Command::new("openssl");
        command
            .args([
                "ocsp",
                "-ignore_err",
                "-nmin",
                "60",
                "-port",
                &port.to_string(),
            ])
            .arg("-index")
            .arg(folder.join("index"))
            .arg("-CA")
            .arg(write("ca.pem", &self.ca)?)
            .arg("-rsigner")
            .arg(write("signer.pem", &self.signer)?)
            .arg("-rkey")
            .arg(write("key.pem", &self.key)?)
            .args(&self.options);
        Daemon::start(&mut command)
    }

    /// The DER of a request about certificates of the CA, named by this hash (such as `sha256`), without a nonce.
    ///
    /// # Errors
    /// If the program is missing, or ends with an error.
    pub fn request(&self, certificates: &[&Issued], hash: &str) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, content: &str| -> Result<String> {
            let path = folder.path().join(name);
            std::fs::write(&path, content)?;
            text(&path)
        };
        let request = folder.path().join("request");
        let (ca, hash, out) = (
            write("ca.pem", &self.ca)?,
            format!("-{hash}"),
            text(&request)?,
        );
        let mut paths = Vec::new();
        for (number, certificate) in certificates.iter().enumerate() {
            paths.push(write(&format!("{number}.pem"), &certificate.pem()?)?);
        }
        let mut arguments = vec!["ocsp", "-no_nonce", "-issuer", &ca, "-reqout", &out];
        for path in &paths {
            arguments.extend([hash.as_str(), "-cert", path]);
        }
        openssl(&arguments, &[])?;
        Ok(std::fs::read(request)?)
    }

    /// The DER of the response to the DER of a request.
    ///
    /// # Errors
    /// If the program is missing, or ends with an error.
    pub fn answer(&self, request: &[u8]) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir()?;
        let write = |name: &str, content: &[u8]| -> Result<String> {
            let path = folder.path().join(name);
            std::fs::write(&path, content)?;
            text(&path)
        };
        let answer = folder.path().join("answer");
        let paths = [
            ("-index", write("index", self.index.as_bytes())?),
            ("-CA", write("ca.pem", self.ca.as_bytes())?),
            ("-rsigner", write("signer.pem", self.signer.as_bytes())?),
            ("-rkey", write("key.pem", self.key.as_bytes())?),
            ("-reqin", write("request", request)?),
            ("-respout", text(&answer)?),
        ];
        let mut arguments = vec!["ocsp", "-noverify"];
        arguments.extend(paths.iter().flat_map(|(option, path)| [*option, path]));
        arguments.extend(self.options.iter().map(String::as_str));
        openssl(&arguments, &[])?;
        Ok(std::fs::read(answer)?)
    }
}

/// As the index has it: upper-case hex, whole bytes.
fn serial(certificate: &Issued) -> String {
    let digits = certificate.serial().iter();
    digits.map(|byte| format!("{byte:02X}")).collect()
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().context("a temporary path in UTF-8")?;
    Ok(text.to_owned())
}
