use std::process::Command;

use kyso_pkcs11::Scheme;
use kyso_support::KeyKind;

use crate::rig::{PIN, Rig, only_key, sign};

fn kill(signal: &str, pid: u32) {
    assert!(
        Command::new("kill")
            .args([signal, &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
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
    while std::fs::read_to_string(format!("/proc/{before}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z "))
    {
        std::thread::yield_now();
    }
    assert!(sign(&tokens, &key, Scheme::Ecdsa, PIN).is_ok());
    assert_ne!(tokens.hosts()[0].pid, before);
}
