//! `sign-in-vs-c-sign`: a whole warm sign-in, from the portal's ask to its yes, less what the token itself took.
//!
//! Portal and host are processes of their own; the agent's controller runs in this one, with hosts that are warm. The
//! token's own time is from the PIN's entry to the signature, our check of it included.

use std::io::Write as _;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kyso_agent::controller::{Begin, Controller, Ended};
use kyso_agent::drivers::Drivers;
use kyso_agent::login::{Act, Intent};
use kyso_agent::settings::Settings;
use kyso_agent::shell::{Intents, Returned, Shell};
use kyso_agent::view::{Shown, View};
use kyso_e2e::browser::Browser;
use kyso_e2e::process::program;
use kyso_e2e::stage::Stage;
use kyso_pkcs11::Pin;
use kyso_protocol::{Link, Origin};
use kyso_support::Role;

const ROUNDS: usize = 60;

/// The part that signs runs in a process whose environment has the token from its start on.
fn main() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    match std::env::var("KYSO_BENCH_ORIGIN") {
        Ok(origin) => runtime.block_on(inside(&Origin::parse(&origin)?)),
        Err(_) => runtime.block_on(outside()),
    }
}

async fn outside() -> Result<()> {
    let mut stage = Stage::set()?;
    // Warm: what the CA said a moment ago is not asked again.
    stage.evidence_reuse_minutes = 10;
    let _portal = stage.start_portal().await?;
    let token = stage.token(Role::Citizen)?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .env("SOFTHSM2_CONF", token.configuration())
        .env("KYSO_BENCH_ORIGIN", stage.origin.as_str())
        .env("KYSO_BENCH_SETTINGS", stage.agent_config())
        .env("KYSO_BENCH_AUTHORITY", &stage.files.tls_authority)
        .env("KYSO_BENCH_PIN", token.pin());
    let status = tokio::task::spawn_blocking(move || command.status()).await??;
    anyhow::ensure!(status.success(), "the signing part failed");
    Ok(())
}

async fn inside(origin: &Origin) -> Result<()> {
    let variable = |name: &str| std::env::var(name).with_context(|| name.to_owned());
    let authority = std::fs::read_to_string(variable("KYSO_BENCH_AUTHORITY")?)?;
    let address = ([127, 0, 0, 1], origin.port()).into();
    let browser = Browser::new(origin, address, &authority, Arc::default())?;
    let mut settings = Settings::read(variable("KYSO_BENCH_SETTINGS")?.as_ref())?;
    settings.host_program = Some(program("kyso-pkcs11-host")?);
    let drivers = Arc::new(Drivers::find(&settings)?);
    let pin = variable("KYSO_BENCH_PIN")?;
    let runtime = tempfile::tempdir()?;
    let mut above = Vec::new();
    for round in 0..=ROUNDS {
        let shell = Quick::new(&pin);
        let token_time = Arc::clone(&shell.token_time);
        let accepted = Arc::clone(&shell.accepted);
        let page = browser.open("/login").await?;
        let begun = Instant::now();
        let waiting = browser.submit(&page, "/asks", &[]).await?;
        let link = Link::parse(&waiting.deep_link()?)?;
        // Another session each time: one may fetch six times a minute.
        let settings = Arc::new(Settings {
            runtime_folder: Some(runtime.path().join(round.to_string())),
            ..settings.clone()
        });
        let controller = Controller::new(shell, settings, Arc::clone(&drivers));
        match controller
            .run(Begin::Link(link), std::future::pending())
            .await
        {
            Ended::Accepted(_) => {}
            Ended::Tried => bail!("nothing was to be tried"),
            Ended::Failed(failure) => bail!("{failure:?}"),
        }
        // The answer is accepted then; what is written down afterwards keeps nobody waiting.
        let accepted = accepted.lock().ok().and_then(|at| *at);
        let whole = accepted.context("never accepted")?.duration_since(begun);
        let token = token_time.lock().map(|time| *time).unwrap_or_default();
        // The first round starts the host.
        if round > 0 {
            above.push(whole.saturating_sub(token));
        }
    }
    above.sort_unstable();
    let median = above.get(above.len() / 2).copied().unwrap_or_default();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "sign-in-vs-c-sign {:.2} ms",
        median.as_secs_f64() * 1000.0
    )?;
    Ok(())
}

/// A person who agrees at once, takes the first certificate and knows the PIN.
struct Quick {
    pin: String,
    signing: Option<Instant>,
    token_time: Arc<Mutex<Duration>>,
    accepted: Arc<Mutex<Option<Instant>>>,
}

impl Quick {
    fn new(pin: &str) -> Self {
        Self {
            pin: pin.to_owned(),
            signing: None,
            token_time: Arc::default(),
            accepted: Arc::default(),
        }
    }

    fn act(&mut self, view: &View) -> Option<Act> {
        match view {
            View::Consent(_) => Some(Act::Agree),
            View::Choose(choose) if !choose.searching => Some(Act::Choose(0)),
            View::Pin(_) => Pin::new(self.pin.as_bytes()).ok().map(Act::Enter),
            View::Signing { .. } => {
                self.signing = Some(Instant::now());
                None
            }
            View::Posting { .. } => {
                let taken = self
                    .signing
                    .map(|since| since.elapsed())
                    .unwrap_or_default();
                if let Ok(mut time) = self.token_time.lock() {
                    *time = taken;
                }
                None
            }
            View::Done { .. } => {
                if let Ok(mut accepted) = self.accepted.lock() {
                    *accepted = Some(Instant::now());
                }
                None
            }
            _ => None,
        }
    }
}

impl Shell for Quick {
    fn show(&mut self, shown: &Shown, intents: &Intents) {
        if let Some(act) = self.act(&shown.view) {
            // A full queue would end in the login's own time-out.
            drop(intents.try_send(Intent {
                login: shown.login,
                view: shown.number,
                act,
            }));
        }
    }

    fn return_to(&mut self, _: &str, _: bool) -> Returned {
        Returned::Opened
    }
}
