//! From a host's death to the next correct signature, against a first start: milliseconds, and the one divided by the
//! other. The module is the tests' own soft token with RSA-2048.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kyso_faulty_module::{Class, Object, PLAN, Plan, Token, module_file};
use kyso_pkcs11::{Config, Hash, KeyRef, ModuleSpec, Pin, Scheme, Tokens};
use kyso_support::{Authority, Draft, Key, KeyKind, Name, sign_softly};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use sha2::{Digest as _, Sha256};
use time::macros::datetime;

const PIN: &str = "246810";
const MESSAGE: &[u8] = b"the same each time";
const ROUNDS: usize = 60;

#[expect(clippy::print_stdout, reason = "the measurement is the output")]
fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let key = Key::generate(KeyKind::Rsa(2048))?;
    let config = planned(&folder, &key)?;
    let right = sign_softly(&key, "RS256", MESSAGE)?;
    let (mut starts, mut recoveries) = (Vec::new(), Vec::new());
    let known = only_key(&Tokens::new(config.clone()))?;
    for _ in 0..ROUNDS {
        // Turn by turn, so that a busy moment meets both.
        let tokens = Tokens::new(config.clone());
        starts.push(timed(&tokens, &known, &right)?);
        kill(&tokens)?;
        recoveries.push(timed(&tokens, &known, &right)?);
    }
    let [start, recovery] = [median(starts), median(recoveries)];
    println!("recover-after-crash {recovery:.2} ms");
    println!("recover-after-crash-vs-start {:.3} ratio", recovery / start);
    Ok(())
}

fn planned(folder: &tempfile::TempDir, key: &Key) -> Result<Config> {
    let (from, to) = (
        datetime!(2026-01-01 00:00 UTC),
        datetime!(2036-01-01 00:00 UTC),
    );
    let root = Authority::root(
        Name::new().cn("Gốc đo"),
        Key::pooled(KeyKind::P256, 0)?,
        from,
        to,
    )?;
    let certificate =
        root.issue(&Draft::new(Name::new().cn("Lá đo"), key, from, to).subscriber())?;
    let object = |class, value: &[u8]| Object {
        class,
        id: [1][..].into(),
        label: "sign".into(),
        value: value.into(),
    };
    let token = Token {
        label: "đo".into(),
        serial: "1".to_owned(),
        pin: PIN.to_owned(),
        tries: 3,
        pin_pad: false,
        logged_in: false,
        objects: vec![
            object(Class::PrivateKey, key.pkcs8_der()),
            object(Class::Certificate, certificate.der()),
        ],
    };
    let plan = Plan {
        record: folder.path().join("record"),
        tokens: vec![token],
        ..Plan::default()
    };
    let file = folder.path().join("plan.toml");
    plan.write(&file)?;
    let module = ModuleSpec {
        environment: vec![(PLAN.to_owned(), file.into_os_string())],
        ..ModuleSpec::configured("soft", module_file()?)
    };
    Ok(Config {
        host_program: PathBuf::from(env!("CARGO_BIN_EXE_kyso-pkcs11-host")),
        modules: vec![module],
    })
}

fn only_key(tokens: &Tokens) -> Result<KeyRef> {
    let keys = tokens.list().into_iter().filter_map(|slot| slot.token.ok());
    keys.flat_map(|token| token.certificates)
        .next()
        .context("no key is listed")
}

/// Milliseconds until the signature is there, and right.
fn timed(tokens: &Tokens, key: &KeyRef, right: &[u8]) -> Result<f64> {
    let (digest, pin) = (Sha256::digest(MESSAGE), Pin::new(PIN.as_bytes())?);
    let begun = Instant::now();
    let signature = tokens.sign(key, &[(Scheme::RsaPkcs1(Hash::Sha256), &digest)], Some(pin))?;
    let took: Duration = begun.elapsed();
    ensure!(signature.bytes == right, "a wrong signature");
    Ok(took.as_secs_f64() * 1000.0)
}

/// Kills the host and waits until it is dead.
fn kill(tokens: &Tokens) -> Result<()> {
    let host = tokens.hosts().into_iter().next().context("no host runs")?;
    let pid = Pid::from_raw(i32::try_from(host.pid)?).context("a process number")?;
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    pidfd_send_signal(&handle, Signal::KILL)?;
    poll(&mut [PollFd::new(&handle, PollFlags::IN)], None)?;
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
