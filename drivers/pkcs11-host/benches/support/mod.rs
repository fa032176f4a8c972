//! Shared by the two benches: a soft token, and the same signature in this process and through the host.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use cryptoki_sys::{CK_OBJECT_HANDLE, CKA_CLASS, CKO_PRIVATE_KEY, CKU_USER};
use kyso_pkcs11::wire::Mechanism;
use kyso_pkcs11::{Config, KeyRef, ModuleSpec, Pin, Scheme, Tokens};
use kyso_support::{Authority, Draft, Key, KeyKind, Name, SoftToken, module_path};
use time::macros::datetime;

use crate::raw::{Failed, Raw, Session, Wanted};

const INSIDE: &str = "KYSO_BENCH_INSIDE";
const PIN: &str = "246810";
const DIGEST: [u8; 32] = [0x5a; 32];
const WARM_UP: usize = 50;

/// Medians of one `C_SignInit` and `C_Sign`.
pub(crate) struct Medians {
    pub(crate) raw: Duration,
    pub(crate) through_host: Duration,
}

/// Runs `measured` with a soft token's configuration in the environment, where SoftHSM2 looks for it. This program
/// starts itself again for that: a process can't safely change its own environment.
pub(crate) fn with_token(kind: KeyKind, measured: impl FnOnce() -> Result<()>) -> Result<()> {
    if std::env::var_os(INSIDE).is_some() {
        return measured();
    }
    let folder = tempfile::tempdir()?;
    let token = soft_token(&folder, kind)?;
    let mut again = Command::new(std::env::current_exe()?);
    again
        .env(INSIDE, "1")
        .env("SOFTHSM2_CONF", token.configuration());
    ensure!(again.status()?.success(), "the measuring process failed");
    Ok(())
}

/// Both ways in turn, so that a noisy moment meets both.
pub(crate) fn measure(how: Scheme, mechanism: Mechanism, rounds: usize) -> Result<Medians> {
    let tokens = open_tokens()?;
    let key = only_key(&tokens)?;
    let pin = Pin::new(PIN.as_bytes())?;
    let mut host = tokens.bench(&key, how, &DIGEST, &pin)?;
    let module = Raw::load(&module_path()?).map_err(anyhow::Error::msg)?;
    let (session, object) = raw_session(&module)?;
    let input = raw_input(how);
    let (mut raw, mut through_host) = (Vec::new(), Vec::new());
    for round in 0..rounds + WARM_UP {
        let direct = timed(|| {
            session.sign_init(mechanism, object).map_err(failed)?;
            session.sign(&input, 2048).map_err(failed)
        })?;
        let piped = timed(|| Ok(host.sign()?))?;
        if round >= WARM_UP {
            raw.push(direct);
            through_host.push(piped);
        }
    }
    Ok(Medians {
        raw: median(raw)?,
        through_host: median(through_host)?,
    })
}

fn timed(sign: impl FnOnce() -> Result<Vec<u8>>) -> Result<Duration> {
    let begun = Instant::now();
    std::hint::black_box(sign()?);
    Ok(begun.elapsed())
}

fn median(mut all: Vec<Duration>) -> Result<Duration> {
    all.sort_unstable();
    all.get(all.len() / 2).copied().context("no rounds")
}

/// What `C_Sign` gets: as the host gets it.
fn raw_input(how: Scheme) -> Vec<u8> {
    match how {
        Scheme::RsaPkcs1(_) => {
            let head = [
                0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                0x01, 0x05, 0x00, 0x04, 0x20,
            ];
            [&head[..], &DIGEST].concat()
        }
        Scheme::RsaPss(_) | Scheme::Ecdsa => DIGEST.to_vec(),
    }
}

fn soft_token(folder: &tempfile::TempDir, kind: KeyKind) -> Result<SoftToken> {
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
    let token = SoftToken::create(folder.path(), "đo", PIN)?;
    let key = Key::pooled(kind, 1)?;
    let certificate =
        root.issue(&Draft::new(Name::new().cn("Lá đo"), &key, from, to).subscriber())?;
    token.import(1, "sign", &key, &certificate)?;
    Ok(token)
}

fn open_tokens() -> Result<Tokens> {
    let host_program = PathBuf::from(env!("CARGO_BIN_EXE_kyso-pkcs11-host"));
    let modules = vec![ModuleSpec::configured("soft", module_path()?)];
    Ok(Tokens::new(Config {
        host_program,
        modules,
    }))
}

fn only_key(tokens: &Tokens) -> Result<KeyRef> {
    let reports = tokens.list();
    let found = reports
        .iter()
        .filter_map(|slot| slot.token.as_ref().ok())
        .find_map(|token| token.certificates.first());
    found
        .cloned()
        .with_context(|| format!("no key is listed: {reports:?}"))
}

/// The module in this process.
fn raw_session(module: &Raw) -> Result<(Session<'_>, CK_OBJECT_HANDLE)> {
    module.initialize(None).map_err(failed)?;
    let slots = module.slots(true, 16).map_err(failed)?;
    for slot in slots {
        let session = module.open_session(slot, false).map_err(failed)?;
        if session.login(CKU_USER, Some(PIN.as_bytes())).is_err() {
            continue;
        }
        let wanted = [Wanted::Number(CKA_CLASS, CKO_PRIVATE_KEY)];
        if let Some(key) = session.find(&wanted, 1).map_err(failed)?.first() {
            return Ok((session, *key));
        }
    }
    bail!("no private key on the soft token")
}

fn failed(failed: Failed) -> anyhow::Error {
    anyhow!("{}: {:#x}", failed.function, failed.code)
}
