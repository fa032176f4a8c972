//! A token that is pulled out in the middle of a sign-in, with the real programs and a card in a virtual reader.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use kyso_e2e::kyso::Kyso;
use kyso_e2e::process::program;
use kyso_e2e::stage::Stage;
use kyso_e2e::story::ask_to_register;
use kyso_pkcs11::{Change, Watch, Watched};
use kyso_support::{Card, CardKey, InsertedCard, PATIENCE, PulledAt, Role, VirtualReader};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

pub(super) const PIN: &str = "246810";
/// What the program shows when it wants the PIN.
const QUESTION: &str = "PIN";

/// The stage with a reader instead of the soft tokens.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) reader: VirtualReader,
    settings: PathBuf,
}

impl Scene {
    /// `None` (said aloud) where this machine can't have a virtual reader.
    pub(super) fn set() -> Result<Option<Self>> {
        let Some(reader) = VirtualReader::start()? else {
            return Ok(None);
        };
        let stage = Stage::set()?;
        let settings = stage.path().join("kyso-card.toml");
        stage.write_agent_with(&settings, reader.module(), "")?;
        Ok(Some(Self {
            stage,
            reader,
            settings,
        }))
    }

    /// The citizen's key on a card.
    pub(super) fn card(&self) -> Card {
        let subject = self.stage.pki.subject(Role::Citizen);
        let held = CardKey {
            reference: 0x9a,
            key: subject.key.clone(),
            certificate: subject.certificate.clone(),
        };
        Card::new(PIN, vec![held])
    }

    /// Puts the card in and waits until the reader has noticed.
    pub(super) fn insert(&self, card: Card) -> Result<InsertedCard> {
        let (_watch, happenings) = Watch::start(Watched {
            host_program: program("kyso-pkcs11-host")?,
            environment: self.reader.environment(),
            modules: Vec::new(),
            clock: SystemTime::now,
        });
        let inserted = self.reader.insert(card)?;
        loop {
            let next = happenings.recv_timeout(PATIENCE);
            if let Change::CardInserted(_) = next.context("the card is not noticed")?.change {
                return Ok(inserted);
            }
        }
    }

    fn command(&self) -> Result<Command> {
        let mut command = Kyso::of(&self.stage, Role::Citizen)?.command()?;
        command
            .env("KYSO_CONFIG", &self.settings)
            .envs(self.reader.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }

    /// Answers an ask until the program wants the PIN.
    async fn sign_in(&self) -> Result<Asking> {
        let waiting = ask_to_register(&self.stage.browser()?, "citizen").await?;
        let link = waiting.deep_link()?;
        let mut command = self.command()?;
        command.args(["--json", "sign-in", &link, "--yes", "--print-return"]);
        let mut child = command.args(["--pin-fd", "0"]).spawn()?;
        let mut before = String::new();
        let mut shown = BufReader::new(child.stderr.take().context("a pipe")?).lines();
        while let Some(line) = shown.next_line().await? {
            if line.contains(QUESTION) {
                // The rest is taken, too, so that the program never waits for its reader.
                tokio::spawn(async move { while let Ok(Some(_)) = shown.next_line().await {} });
                return Ok(Asking(child));
            }
            before += &line;
        }
        anyhow::bail!("no PIN was asked for: {before}")
    }
}

/// A `kyso` that waits for the PIN.
struct Asking(Child);

impl Asking {
    async fn give_pin(&mut self) -> Result<()> {
        let to = self.0.stdin.as_mut().context("a pipe")?;
        Ok(to.write_all(format!("{PIN}\n").as_bytes()).await?)
    }

    /// The code of the problem that it ends with.
    async fn ends_with(mut self) -> Result<String> {
        let mut said = String::new();
        let from = self.0.stdout.as_mut().context("a pipe")?;
        from.read_to_string(&mut said).await?;
        ensure!(!self.0.wait().await?.success(), "{said}");
        let value: serde_json::Value = serde_json::from_str(said.trim())?;
        let code = value.get("code").and_then(serde_json::Value::as_str);
        Ok(code.with_context(|| said.clone())?.to_owned())
    }
}

#[tokio::test]
async fn a_token_pulled_while_the_pin_is_typed_ends_the_login() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let _portal = scene.stage.start_portal().await?;
    let card = scene.card();
    let pins = card.pins_shown();
    let inserted = scene.insert(card)?;
    let asking = scene.sign_in().await?;
    inserted.pull()?;
    assert_eq!(asking.ends_with().await?, "TOKEN-ABSENT");
    assert_eq!(pins.count(), 0);
    Ok(())
}

async fn check_pulled(at: PulledAt, pins_shown: u32) -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let _portal = scene.stage.start_portal().await?;
    let mut card = scene.card();
    card.pull_at(at);
    let pins = card.pins_shown();
    let _inserted = scene.insert(card)?;
    let mut asking = scene.sign_in().await?;
    asking.give_pin().await?;
    assert_eq!(asking.ends_with().await?, "TOKEN-ABSENT");
    assert_eq!(pins.count(), pins_shown);
    Ok(())
}

#[tokio::test]
async fn a_token_pulled_in_the_middle_of_its_pin_ends_the_login() -> Result<()> {
    check_pulled(PulledAt::Pin, 0).await
}

#[tokio::test]
async fn a_token_pulled_in_the_middle_of_its_signature_ends_the_login() -> Result<()> {
    check_pulled(PulledAt::Signature, 1).await
}

#[tokio::test]
async fn a_watched_token_is_told_to_come_and_to_go() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let mut child = scene
        .command()?
        .args(["tokens", "--watch", "--json"])
        .spawn()?;
    let mut told = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    let mut wait = async |event: &str| -> Result<serde_json::Value> {
        while let Some(line) = told.next_line().await? {
            let value: serde_json::Value = serde_json::from_str(&line)?;
            if value.get("event").is_some_and(|told| told == event) {
                return Ok(value);
            }
        }
        anyhow::bail!("{event} was not told")
    };
    wait("reader-added").await?;
    let inserted = scene.reader.insert(scene.card())?;
    let value = wait("card-inserted").await?;
    assert_eq!(value.get("reader"), Some(&VirtualReader::NAME.into()));
    let value = wait("module-changed").await?;
    let name = value.pointer("/tokens/0/certificates/0/name");
    let expected = scene.stage.pki.subject(Role::Citizen).name;
    assert_eq!(name.and_then(serde_json::Value::as_str), Some(expected));
    inserted.pull()?;
    wait("card-removed").await?;
    let value = wait("module-changed").await?;
    assert_eq!(value.pointer("/tokens/0"), None);
    let pid = child
        .id()
        .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
    rustix::process::kill_process(pid.context("running")?, rustix::process::Signal::INT)?;
    ensure!(child.wait().await?.success(), "Ctrl+C is no failure");
    Ok(())
}
