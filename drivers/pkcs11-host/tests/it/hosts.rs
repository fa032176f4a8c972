use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kyso_faulty_module::{Fault, Misdeed};
use kyso_pkcs11::{DriverError, KeyRef, Scheme, SignError, Tokens};
use kyso_support::KeyKind;

use crate::rig::{
    PIN, Rig, faulty, leaving_badly, only_key, planned, short, sign, telling, tokens, verifies,
    wait_for,
};

fn kill(signal: &str, pid: u32) {
    let killed = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(killed.unwrap().success());
}

/// Waits until the process is in that state of `/proc/<pid>/stat`, or gone.
fn until_state(pid: u32, state: char) {
    let wanted = format!(") {state} ");
    while std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.contains(&wanted))
    {
        std::thread::yield_now();
    }
}

/// Has the module misbehave no more, and signs.
fn signs_again(tokens: &Tokens, key: &KeyRef, event: &Path) {
    std::fs::remove_file(event).unwrap();
    let signature = sign(tokens, key, Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(key, Scheme::Ecdsa, &signature));
}

#[test]
fn a_host_that_died_between_calls_is_replaced() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let key = only_key(&tokens);
    let before = tokens.hosts()[0].pid;
    kill("-KILL", before);
    until_state(before, 'Z');
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
    assert_ne!(tokens.hosts()[0].pid, before);
}

#[test]
fn a_host_killed_in_the_middle_of_a_signature_is_told_and_replaced() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let (module, event) = telling(&rig, "C_Sign", Misdeed::Hang);
    let tokens = tokens(vec![module]);
    let key = only_key(&tokens);
    let pid = tokens.hosts()[0].pid;
    let signed = std::thread::scope(|scope| {
        let signing = scope.spawn(|| sign(&tokens, &key, Scheme::Ecdsa, PIN));
        wait_for(&event);
        kill("-KILL", pid);
        signing.join().unwrap()
    });
    assert_eq!(
        signed,
        Err(DriverError::ModuleDied {
            signal: Some(9),
            status: None
        }
        .into())
    );
    signs_again(&tokens, &key, &event);
    assert_ne!(tokens.hosts()[0].pid, pid);
}

#[test]
fn a_module_that_crashes_in_a_signature_is_told_with_its_signal() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let (module, event) = telling(&rig, "C_Sign", Misdeed::Abort);
    let tokens = tokens(vec![module]);
    let key = only_key(&tokens);
    let signed = std::thread::scope(|scope| {
        let signing = scope.spawn(|| sign(&tokens, &key, Scheme::Ecdsa, PIN));
        wait_for(&event);
        signing.join().unwrap()
    });
    assert_eq!(
        signed,
        Err(DriverError::ModuleDied {
            signal: Some(6),
            status: None
        }
        .into())
    );
    signs_again(&tokens, &key, &event);
}

#[test]
fn a_module_that_crashes_is_told_at_once_though_it_left_a_process_behind() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let faults = [("C_OpenSession", Misdeed::Fork), ("C_Sign", Misdeed::Abort)];
    let tokens = tokens(vec![faulty(&rig, &faults)]);
    let key = only_key(&tokens);
    let begun = Instant::now();
    let signed = sign(&tokens, &key, Scheme::Ecdsa, PIN);
    let (signal, status) = (Some(6), None);
    assert_eq!(
        signed,
        Err(DriverError::ModuleDied { signal, status }.into())
    );
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_cancelled_signature_ends_at_once_and_the_token_stays_usable() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let (module, event) = telling(&rig, "C_Sign", Misdeed::Hang);
    let tokens = tokens(vec![module]);
    let key = only_key(&tokens);
    let begun = Instant::now();
    let signed = std::thread::scope(|scope| {
        let signing = scope.spawn(|| sign(&tokens, &key, Scheme::Ecdsa, PIN));
        wait_for(&event);
        tokens.cancel();
        signing.join().unwrap()
    });
    assert_eq!(signed, Err(SignError::Cancelled));
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    signs_again(&tokens, &key, &event);
}

#[test]
fn a_cancellation_ends_a_module_that_does_not_even_start() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let key = only_key(&tokens(vec![faulty(&rig, &[])]));
    let (module, event) = telling(&rig, "C_Initialize", Misdeed::Hang);
    let tokens = tokens(vec![module]);
    let signed = std::thread::scope(|scope| {
        let signing = scope.spawn(|| sign(&tokens, &key, Scheme::Ecdsa, PIN));
        wait_for(&event);
        tokens.cancel();
        signing.join().unwrap()
    });
    assert_eq!(signed, Err(SignError::Cancelled));
    signs_again(&tokens, &key, &event);
}

#[test]
fn a_cancellation_without_a_signature_spoils_none() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let key = only_key(&tokens);
    let pid = tokens.hosts()[0].pid;
    tokens.cancel();
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
    tokens.cancel();
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
    assert_eq!(tokens.hosts()[0].pid, pid);
}

#[test]
fn a_stopped_host_is_a_timeout_within_its_deadline_and_usable_again() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![short(rig.module())]);
    let key = only_key(&tokens);
    let pid = tokens.hosts()[0].pid;
    kill("-STOP", pid);
    until_state(pid, 'T');
    let begun = Instant::now();
    let signed = sign(&tokens, &key, Scheme::Ecdsa, PIN);
    assert_eq!(
        signed,
        Err(DriverError::ModuleTimeout { seconds: 1 }.into())
    );
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    let signature = sign(&tokens, &key, Scheme::Ecdsa, PIN).unwrap();
    assert!(verifies(&key, Scheme::Ecdsa, &signature));
}

#[test]
fn a_slot_that_hangs_or_crashes_hides_no_other() {
    for what in [Misdeed::Hang, Misdeed::Abort] {
        let Some(mut rig) = Rig::with_key(KeyKind::P256) else {
            return;
        };
        rig.add_token("thẻ thứ hai", KeyKind::P256);
        rig.add_token("thẻ ba", KeyKind::P256);
        let fault = Fault {
            slot: Some(1),
            ..Fault::at("C_GetTokenInfo", what)
        };
        let tokens = tokens(vec![short(planned(&rig, |plan| plan.faults = vec![fault]))]);
        let reports = tokens.list();
        let failed = reports.iter().filter(|slot| {
            let error = slot.token.as_ref().err();
            matches!(
                error,
                Some(DriverError::ModuleTimeout { .. } | DriverError::ModuleDied { .. })
            )
        });
        assert_eq!(failed.count(), 1, "{reports:?}");
        assert_eq!(
            reports.iter().filter(|slot| slot.token.is_ok()).count(),
            2,
            "{reports:?}"
        );
    }
}

#[test]
fn a_module_that_prints_and_reads_does_not_disturb_the_pipe() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![faulty(&rig, &[("C_GetSlotList", Misdeed::Print)])]);
    let key = only_key(&tokens);
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
}

#[test]
fn hosts_end_with_the_library() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let _ = only_key(&tokens);
    let pid = tokens.hosts()[0].pid;
    drop(tokens);
    until_state(pid, 'Z');
}

#[test]
fn hosts_outlive_the_thread_that_first_asked() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let key = std::thread::scope(|scope| scope.spawn(|| only_key(&tokens)).join().unwrap());
    let pid = tokens.hosts()[0].pid;
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
    assert_eq!(tokens.hosts()[0].pid, pid);
}

#[test]
fn a_host_is_not_dumpable_and_writes_no_core() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = rig.open();
    let _ = only_key(&tokens);
    let process = format!("/proc/{}", tokens.hosts()[0].pid);
    let limits = std::fs::read_to_string(format!("{process}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    // What isn't dumpable belongs to root in /proc, whoever runs it.
    let owner = std::os::unix::fs::MetadataExt::uid(
        &std::fs::metadata(format!("{process}/environ")).unwrap(),
    );
    assert_eq!(owner, 0);
}

#[test]
fn a_token_removed_in_the_middle_is_told() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![faulty(&rig, &[("C_Sign", Misdeed::Remove)])]);
    assert_eq!(
        sign(&tokens, &only_key(&tokens), Scheme::Ecdsa, PIN),
        Err(SignError::TokenRemoved)
    );
}

#[test]
fn what_the_module_did_stays_done_though_it_fails_to_leave_the_token() {
    for function in ["C_Logout", "C_CloseSession"] {
        for what in [Misdeed::Abort, Misdeed::Exit(0), Misdeed::Hang] {
            let Some(rig) = Rig::with_key(KeyKind::P256) else {
                return;
            };
            let tokens = tokens(vec![leaving_badly(&rig, function, &what)]);
            let key = only_key(&tokens);
            let signature = sign(&tokens, &key, Scheme::Ecdsa, PIN);
            let signature =
                signature.unwrap_or_else(|error| panic!("{function}, {what:?}: {error}"));
            assert!(verifies(&key, Scheme::Ecdsa, &signature));
            assert_eq!(tokens.hosts(), [], "{function}, {what:?}");
            assert_eq!(rig.record().count("C_Login"), 1);
        }
    }
}

#[test]
fn a_wrong_pin_is_told_though_the_module_fails_to_leave_the_token() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let tokens = tokens(vec![leaving_badly(&rig, "C_CloseSession", &Misdeed::Abort)]);
    let key = only_key(&tokens);
    let refused = sign(&tokens, &key, Scheme::Ecdsa, "111111");
    assert!(
        matches!(refused, Err(SignError::PinWrong { .. })),
        "{refused:?}"
    );
    assert_eq!(rig.record().count("C_Login"), 1);
}
