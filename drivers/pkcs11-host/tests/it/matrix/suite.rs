//! What every module must do, whoever made it.

use kyso_pkcs11::{Hash, KeyRef, Scheme, SignError, TokenReport, Tokens};
use kyso_support::{Key, KeyKind, Memory, missing, until};

use super::spy::{self, Log};
use super::stand::{Lock, RIGHT, Stand, WRONG};
use crate::rig::{listed, sign, verifies};

const PSS: Scheme = Scheme::RsaPss(Hash::Sha256);

/// What a check is given.
struct Subject<'a> {
    stand: &'a Stand,
    /// The module as people use it.
    plain: Tokens,
    /// The module behind the spy, and the spy's log.
    spied: Tokens,
    log: Log,
}

type Check = fn(&Subject<'_>);

/// In this order: the last one may leave the token locked.
const CHECKS: [Check; 10] = [
    lists_every_identity,
    shows_no_control_characters,
    signs_in_every_scheme,
    keeps_its_host_warm_without_the_pin,
    survives_its_hosts_death,
    is_logged_out_after_a_signature,
    asks_for_a_pin_where_none_came,
    tries_no_pin_for_another,
    spends_one_try_a_wrong_pin,
    locks_as_it_says,
];

/// Runs all checks and gives the module's line of the matrix.
pub(super) fn run(stand: &Stand) -> String {
    let folder = tempfile::tempdir().unwrap();
    let Some((spied, log)) = spy::between(&stand.spec, folder.path()) else {
        missing("pkcs11-spy.so of the package opensc");
        return String::new();
    };
    let subject = Subject {
        stand,
        plain: stand.tokens(stand.spec.clone()),
        spied: stand.tokens(spied),
        log,
    };
    CHECKS.iter().for_each(|check| check(&subject));
    subject.line()
}

impl Subject<'_> {
    /// The token under test; other slots of the module may hold others.
    fn token(&self, tokens: &Tokens) -> TokenReport {
        let all = listed(tokens);
        let ours = all.into_iter().find(|report| {
            report
                .certificates
                .iter()
                .any(|key| self.kind(key).is_some())
        });
        ours.unwrap_or_else(|| panic!("{}: {:?}", self.stand.name, tokens.list()))
    }

    fn keys(&self, tokens: &Tokens) -> Vec<KeyRef> {
        self.token(tokens).certificates
    }

    fn kind(&self, key: &KeyRef) -> Option<KeyKind> {
        let held = &self.stand.holdings;
        let holding = held
            .iter()
            .find(|holding| holding.certificate.der() == key.certificate_der)?;
        Some(holding.key.kind())
    }

    fn schemes(&self, key: &KeyRef) -> Vec<Scheme> {
        match self.kind(key).unwrap() {
            KeyKind::P256 => vec![Scheme::Ecdsa],
            _ => vec![
                Scheme::RsaPkcs1(Hash::Sha256),
                Scheme::RsaPkcs1(Hash::Sha512),
                PSS,
            ],
        }
    }

    /// A key to try PINs with, and how it signs.
    fn any(&self, tokens: &Tokens) -> (KeyRef, Scheme) {
        let key = self.keys(tokens).remove(0);
        let scheme = self.schemes(&key).remove(0);
        (key, scheme)
    }

    fn line(&self) -> String {
        let modules = self.plain.modules();
        let (info, slots) = modules[0].state.as_ref().unwrap();
        let has = |wanted: fn(KeyKind) -> bool| {
            let mut kinds = self.stand.holdings.iter().map(|holding| holding.key.kind());
            if kinds.any(wanted) { "yes" } else { "no" }
        };
        let is_rsa = |kind: KeyKind| kind != KeyKind::P256;
        let lock = match self.stand.lock {
            Lock::Never => "never".to_owned(),
            Lock::After(count) => format!("after {count}"),
        };
        let host = if self.stand.spec.quirks.keeps_pin {
            "ended"
        } else {
            "warm"
        };
        format!(
            "matrix: {:<13} PKCS#11 {:<5} slots {slots:<2} RSA {:<3} EC {:<3} PSS {:<16} locks {lock:<8} host {host:<5} {} checks\n",
            self.stand.name,
            info.cryptoki,
            has(is_rsa),
            has(|kind| kind == KeyKind::P256),
            self.pss(),
            CHECKS.len(),
        )
    }

    /// By which mechanism the module made its PSS signature. A token that is locked by now makes none any more, so that
    /// the checks before have left it in the log.
    fn pss(&self) -> &'static str {
        match self.log.mechanisms() {
            used if used.contains("CKM_RSA_PKCS_PSS") => "own",
            used if used.contains("CKM_RSA_X_509") => "by raw RSA",
            _ => "not made",
        }
    }
}

fn lists_every_identity(subject: &Subject<'_>) {
    let token = subject.token(&subject.plain);
    if let Some(label) = subject.stand.label {
        assert_eq!(token.token.label, label);
    }
    assert!(token.token.login_required && !token.token.protected_path);
    assert_eq!(token.certificates.len(), subject.stand.holdings.len());
    for holding in &subject.stand.holdings {
        let mut all = token.certificates.iter();
        assert!(
            all.any(|key| key.certificate_der == holding.certificate.der()),
            "{} is missing",
            holding.label
        );
    }
}

fn shows_no_control_characters(subject: &Subject<'_>) {
    let report = subject.token(&subject.plain);
    let token = &report.token;
    let texts = [
        &token.label,
        &token.serial,
        &token.model,
        &token.manufacturer,
    ];
    let labels = report.certificates.iter().map(|key| &key.label);
    for text in texts.into_iter().chain(labels) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}

fn signs_in_every_scheme(subject: &Subject<'_>) {
    for key in subject.keys(&subject.plain) {
        for how in subject.schemes(&key) {
            let signature = sign(&subject.plain, &key, how, RIGHT).unwrap();
            assert!(verifies(&key, how, &signature), "{how:?}");
            let mut forged = signature;
            forged[40] ^= 1;
            assert!(!verifies(&key, how, &forged), "{how:?}");
        }
    }
}

fn keeps_its_host_warm_without_the_pin(subject: &Subject<'_>) {
    let (key, how) = subject.any(&subject.plain);
    let before = subject.plain.hosts();
    assert_eq!(before.len(), 1);
    sign(&subject.plain, &key, how, RIGHT).unwrap();
    if subject.stand.spec.quirks.keeps_pin {
        assert_eq!(subject.plain.hosts(), []);
        return;
    }
    sign(&subject.plain, &key, how, RIGHT).unwrap();
    assert_eq!(subject.plain.hosts(), before);
    match Memory::of(before[0].pid) {
        Ok(memory) => assert!(
            !memory.holds(RIGHT.as_bytes()),
            "{} keeps the PIN",
            subject.stand.name
        ),
        Err(error) => missing(&format!("root, to read a host's memory: {error}")),
    }
}

fn survives_its_hosts_death(subject: &Subject<'_>) {
    let (key, how) = subject.any(&subject.plain);
    let before = subject.plain.hosts()[0].pid;
    kill(before);
    let signature = sign(&subject.plain, &key, how, RIGHT).unwrap();
    assert!(verifies(&key, how, &signature));
    assert!(subject.plain.hosts().iter().all(|host| host.pid != before));
}

fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let process = format!("/proc/{}", pid.as_raw_nonzero());
    // Its parent can tell once all its threads are gone.
    until("the host to die", || {
        let threads = std::fs::read_dir(format!("{process}/task")).map_or(0, Iterator::count);
        let status = std::fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
        threads <= 1 && !status.contains(") S ") && !status.contains(") R ")
    })
    .unwrap();
}

fn is_logged_out_after_a_signature(subject: &Subject<'_>) {
    for key in subject.keys(&subject.spied) {
        for how in subject.schemes(&key) {
            let count = || subject.log.calls("C_Logout");
            let before = count();
            let signature = sign(&subject.spied, &key, how, RIGHT).unwrap();
            assert!(verifies(&key, how, &signature));
            assert_eq!(count() - before, 1);
        }
    }
    // A session that was still logged in would have been logged out before the next login, one time more than this.
    assert_eq!(
        subject.log.calls("C_OpenSession"),
        subject.log.calls("C_CloseSession")
    );
}

fn asks_for_a_pin_where_none_came(subject: &Subject<'_>) {
    let (key, how) = subject.any(&subject.spied);
    let before = subject.log.calls("C_Login");
    let unasked = subject.spied.sign(&key, &[(how, &[0x5a; 32])], None);
    assert_eq!(unasked, Err(SignError::PinNeeded));
    assert_eq!(subject.log.calls("C_Login"), before);
}

fn tries_no_pin_for_another(subject: &Subject<'_>) {
    let (key, how) = subject.any(&subject.spied);
    let before = subject.log.calls("C_Login");
    let other_token = KeyRef {
        token_serial: "no such serial".to_owned(),
        ..key.clone()
    };
    let other_certificate = KeyRef {
        certificate_der: stranger(subject.kind(&key).unwrap()),
        ..key
    };
    for absent in [other_token, other_certificate] {
        let refused = sign(&subject.spied, &absent, how, RIGHT);
        assert_eq!(refused, Err(SignError::TokenAbsent));
    }
    assert_eq!(subject.log.calls("C_Login"), before);
}

/// A certificate that no token here holds.
fn stranger(kind: KeyKind) -> Vec<u8> {
    let (from, to) = crate::rig::validity();
    let name = || kyso_support::Name::new().cn("Người lạ");
    let root = Key::pooled(KeyKind::P256, 0).unwrap();
    let root = kyso_support::Authority::root(name(), root, from, to).unwrap();
    let key = Key::pooled(kind, 6).unwrap();
    root.issue(&crate::rig::draft("Người lạ", &key))
        .unwrap()
        .der()
        .to_vec()
}

fn spends_one_try_a_wrong_pin(subject: &Subject<'_>) {
    let (key, how) = subject.any(&subject.spied);
    let (logins, signs) = (subject.log.calls("C_Login"), subject.log.calls("C_Sign"));
    let wrong = sign(&subject.spied, &key, how, WRONG);
    assert!(
        matches!(wrong, Err(SignError::PinWrong { .. })),
        "{wrong:?}"
    );
    assert_eq!(subject.log.calls("C_Login"), logins + 1);
    assert_eq!(subject.log.calls("C_Sign"), signs);
    let right = sign(&subject.spied, &key, how, RIGHT).unwrap();
    assert!(verifies(&key, how, &right));
    assert_eq!(subject.log.calls("C_Login"), logins + 2);
}

fn locks_as_it_says(subject: &Subject<'_>) {
    let (key, how) = subject.any(&subject.plain);
    let tries = match subject.stand.lock {
        Lock::Never => 4,
        Lock::After(count) => count - 1,
    };
    for _ in 0..tries {
        let wrong = sign(&subject.plain, &key, how, WRONG);
        assert!(
            matches!(wrong, Err(SignError::PinWrong { .. })),
            "{wrong:?}"
        );
    }
    let (last, after) = (
        sign(&subject.plain, &key, how, WRONG),
        sign(&subject.plain, &key, how, RIGHT),
    );
    if subject.stand.lock == Lock::Never {
        assert!(matches!(last, Err(SignError::PinWrong { .. })), "{last:?}");
        assert!(after.is_ok(), "{after:?}");
    } else {
        assert_eq!(
            (last, after),
            (Err(SignError::PinLocked), Err(SignError::PinLocked))
        );
    }
}
