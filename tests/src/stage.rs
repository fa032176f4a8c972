//! Everything that a sign-in needs, in one temporary folder: PKI, soft tokens, a portal, an agent's settings.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use kyso_protocol::Origin;
use kyso_support::{DemoPki, Files, Publisher, Role, SoftToken};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::process::Command;

use crate::browser::{Browser, client};
use crate::process::{Running, program};

/// The portal's host; programs resolve it to loopback themselves.
pub const HOST: &str = "quocgia.localhost";

/// The code of the agency's unit in the directory of units.
pub const UNIT: &str = "000.00.99.Z01";

/// A stage with the portal's files laid out and nothing running yet.
pub struct Stage {
    folder: TempDir,
    /// Authorities and people.
    pub pki: DemoPki,
    /// Where the CAs publish what they revoked.
    pub publisher: Publisher,
    /// The PKI as files.
    pub files: Files,
    /// The portal's origin.
    pub origin: Origin,
    /// Where the portal listens.
    pub address: SocketAddr,
    /// Whether every program logs all that it can.
    pub logs_everything: bool,
    /// How long the portal uses fetched evidence of revocation again; it always asks anew unless this is changed.
    pub evidence_reuse_minutes: u32,
    seen: Seen,
    tokens: Vec<(Role, SoftToken)>,
}

/// Secrets that went through browsers and agents; no log may hold them.
pub type Seen = Arc<Mutex<BTreeSet<String>>>;

impl Stage {
    /// Makes PKI, tokens and configuration.
    ///
    /// # Errors
    /// If a program that it needs is missing; the text names it.
    pub fn set() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("kyso-demo-").tempdir()?;
        let mut publisher = Publisher::at(&folder.path().join("published"))?;
        let pki = DemoPki::publishing(OffsetDateTime::now_utc(), publisher.addresses())?;
        publisher.start(&pki)?;
        let files = pki.write(&folder.path().join("pki"), &[HOST])?;
        let address = free_address()?;
        let origin = Origin::parse(&format!("https://{HOST}:{}", address.port()))?;
        let mut stage = Self {
            folder,
            pki,
            publisher,
            files,
            origin,
            address,
            logs_everything: false,
            evidence_reuse_minutes: 0,
            seen: Seen::default(),
            tokens: Vec::new(),
        };
        stage.make_tokens()?;
        stage.write_portal()?;
        stage.write_agent()?;
        Ok(stage)
    }

    /// The folder that everything lies in.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The secrets that went through browsers and agents so far.
    #[must_use]
    pub fn seen(&self) -> BTreeSet<String> {
        self.seen
            .lock()
            .map(|seen| seen.clone())
            .unwrap_or_default()
    }

    /// Takes down a secret.
    pub fn saw(&self, secret: &str) {
        note(&self.seen, secret);
    }

    /// Keeps the folder when the stage is dropped.
    pub fn keep(&mut self) {
        self.folder.disable_cleanup(true);
    }

    /// The token of `role`.
    ///
    /// # Errors
    /// Never for a role of [`Role::ALL`].
    pub fn token(&self, role: Role) -> Result<&SoftToken> {
        let found = self.tokens.iter().find(|(owner, _)| *owner == role);
        found
            .map(|(_, token)| token)
            .with_context(|| format!("no token for {}", role.word()))
    }

    /// The portal's configuration.
    #[must_use]
    pub fn portal_config(&self) -> PathBuf {
        self.path().join("portal.toml")
    }

    /// The agent's settings.
    #[must_use]
    pub fn agent_config(&self) -> PathBuf {
        self.path().join("kyso.toml")
    }

    /// Where a program's output goes.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.path().join(format!("{name}.log"))
    }

    /// Starts the portal and returns once it answers.
    ///
    /// # Errors
    /// If it ends at once; the text has the end of its log.
    pub async fn start_portal(&self) -> Result<Running> {
        let mut command = Command::new(program("kyso-portal")?);
        command
            .arg("serve")
            .arg("--config")
            .arg(self.portal_config())
            .env(
                "KYSO_PORTAL_EVIDENCE_REUSE_MINUTES",
                self.evidence_reuse_minutes.to_string(),
            );
        if self.logs_everything {
            command.env("KYSO_PORTAL_LOG", "trace");
        }
        let mut running = Running::start(&mut command, &self.log("portal"))?;
        let authority = fs::read_to_string(&self.files.tls_authority)?;
        let health = client(&self.origin, self.address, &authority)?.build()?;
        loop {
            if health
                .get(format!("{}/healthz", self.origin))
                .send()
                .await
                .is_ok_and(|reply| reply.status().is_success())
            {
                return Ok(running);
            }
            if let Some(status) = running.ended()? {
                bail!(
                    "the portal ended ({status}): {}",
                    fs::read_to_string(self.log("portal"))?
                );
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// An administrator's step: ties the agency's certificate to its unit.
    ///
    /// # Errors
    /// If the portal's program refuses.
    pub async fn tie_agency(&self) -> Result<()> {
        let certificate = self.files.certificate(Role::Agency);
        let output = Command::new(program("kyso-portal")?)
            .arg("tie-unit")
            .arg("--config")
            .arg(self.portal_config())
            .arg("--certificate")
            .arg(certificate)
            .args(["--unit", UNIT])
            .output()
            .await?;
        anyhow::ensure!(
            output.status.success(),
            "tie-unit: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// A fresh browser profile.
    ///
    /// # Errors
    /// If the TLS authority cannot be read.
    pub fn browser(&self) -> Result<Browser> {
        Browser::new(
            &self.origin,
            self.address,
            &fs::read_to_string(&self.files.tls_authority)?,
            Arc::clone(&self.seen),
        )
    }

    /// One token a person, each in a SoftHSM2 of its own, so that only that person's token is plugged in.
    fn make_tokens(&mut self) -> Result<()> {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            let subject = self.pki.subject(role);
            let pin = format!("{:06}", 271_828 + 1009 * index);
            let token = SoftToken::create(
                &self.path().join("tokens").join(role.word()),
                role.word(),
                &pin,
            )?;
            token.import(1, "key", &subject.key, &subject.certificate)?;
            self.tokens.push((role, token));
        }
        Ok(())
    }

    fn write_portal(&self) -> Result<()> {
        let units = format!(
            "code,name,governing unit,address\n{UNIT},Sở Mẫu và Thử nghiệm,Ủy ban nhân dân tỉnh Mẫu,\"1 Đường Mẫu, Tỉnh Mẫu\"\n"
        );
        fs::write(self.path().join("units.csv"), units)?;
        let quoted = |path: &Path| format!("{:?}", path.display().to_string());
        let config = format!(
            "origin = \"{}\"\nlisten = \"{}\"\ntls-certificate = {}\ntls-key = {}\ndatabase = \"portal.sqlite\"\n\
             trust = {}\nprivate-evidence-hosts = [\"127.0.0.1\"]\nunits = \"units.csv\"\ndemonstration = true\n\
             asks-per-minute = 1000\nanswers-per-minute = 1000\nrequests-per-minute = 10000\n",
            self.origin,
            self.address,
            quoted(&self.files.tls_chain),
            quoted(&self.files.tls_key),
            quoted(&self.files.trust_file),
        );
        Ok(fs::write(self.portal_config(), config)?)
    }

    fn write_agent(&self) -> Result<()> {
        self.write_agent_with(&self.agent_config(), &kyso_support::module_path()?, "")
    }

    /// Writes the settings of an agent that was never used: it keeps its state beside them.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_settings_of_a_new_computer(&self, file: &Path) -> Result<()> {
        let state = file.with_file_name("kyso-state");
        self.write_settings(file, &state, &kyso_support::module_path()?, "")
    }

    /// Writes an agent's settings with another module, and lines that belong to it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_agent_with(&self, file: &Path, module: &Path, more: &str) -> Result<()> {
        self.write_settings(file, &self.path().join("state"), module, more)
    }

    fn write_settings(&self, file: &Path, state: &Path, module: &Path, more: &str) -> Result<()> {
        let config = format!(
            "state-folder = {:?}\nonly-these-modules = true\n\n[[module]]\nname = \"SoftHSM2\"\npath = {:?}\n{more}\n\
             [[portal]]\norigin = \"{}\"\ntls-root = {:?}\n",
            state.display().to_string(),
            module.display().to_string(),
            self.origin,
            self.files.tls_authority.display().to_string(),
        );
        Ok(fs::write(file, config)?)
    }
}

/// A port that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Takes down a secret.
pub(crate) fn note(seen: &Seen, secret: &str) {
    if let Ok(mut seen) = seen.lock() {
        seen.insert(secret.to_owned());
    }
}
