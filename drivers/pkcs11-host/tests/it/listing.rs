use std::path::PathBuf;

use kyso_pkcs11::{DriverError, ModuleSpec, Source, Unfit};
use kyso_support::{Key, KeyKind};

use crate::rig::{Rig, draft, listed, only_key, tokens};

#[test]
fn lists_certificates_without_a_pin() {
    let Some(rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    let tokens = rig.open();
    let found = listed(&tokens);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].token.label, "thẻ thử");
    assert!(found[0].token.login_required && !found[0].token.protected_path);
    assert_eq!(found[0].token.pin_min, 4);
    let key = only_key(&tokens);
    assert_eq!(
        (key.module.as_str(), key.label.as_str(), &key.id[..]),
        ("soft", "sign", &[1][..])
    );
    assert_eq!(key.token_serial, found[0].token.serial);
}

#[test]
fn an_uninitialised_slot_hides_no_token() {
    let Some(mut rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    rig.add_token("thẻ hai", KeyKind::P256);
    let tokens = rig.open();
    let reports = tokens.list();
    let bare = |error: &DriverError| *error == DriverError::TokenUninitialised;
    assert_eq!(
        reports
            .iter()
            .filter(|slot| slot.token.as_ref().is_err_and(bare))
            .count(),
        1
    );
    assert_eq!(listed(&tokens).len(), 2);
}

#[test]
fn a_broken_module_hides_no_other() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let text = rig.folder.path().join("text.so");
    std::fs::write(&text, "no library at all, only a text").unwrap();
    let libc = PathBuf::from("/lib/x86_64-linux-gnu/libm.so.6");
    let tokens = tokens(vec![
        ModuleSpec::configured("text", &text),
        ModuleSpec::configured("gone", "/nowhere/module.so"),
        ModuleSpec::configured("libm", &libc),
        rig.module(),
    ]);
    assert_eq!(listed(&tokens).len(), 1);
    let problem = |name: &str| {
        tokens
            .modules()
            .into_iter()
            .find(|module| module.name == name)
            .unwrap()
            .state
            .err()
    };
    assert_eq!(
        problem("text"),
        Some(DriverError::ModuleUnfit {
            path: text.clone(),
            why: Unfit::NotALibrary
        })
    );
    assert_eq!(
        problem("gone"),
        Some(DriverError::ModuleMissing {
            path: "/nowhere/module.so".into()
        })
    );
    assert!(
        !libc.exists()
            || matches!(
                problem("libm"),
                Some(DriverError::ModuleUnfit {
                    why: Unfit::NotAModule,
                    ..
                })
            )
    );
    assert_eq!(problem("soft"), None);
}

#[test]
fn a_certificate_without_its_key_is_not_offered() {
    let Some(rig) = Rig::with_key(KeyKind::Rsa(2048)) else {
        return;
    };
    let stranger = Key::pooled(KeyKind::P256, 7).unwrap();
    let certificate = rig
        .authority
        .issue(&draft("không khóa", &stranger))
        .unwrap();
    rig.tokens[0]
        .import_certificate(9, "keyless", &certificate)
        .unwrap();
    let tokens = rig.open();
    assert_eq!(only_key(&tokens).label, "sign");
    let omitted = &listed(&tokens)[0].omitted;
    assert_eq!(
        omitted
            .iter()
            .map(|omission| omission.label.as_str())
            .collect::<Vec<_>>(),
        ["keyless"]
    );
}

#[test]
fn modules_say_what_they_are() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let modules = rig.open().modules();
    let (info, slots) = modules[0].state.as_ref().unwrap();
    assert_eq!((info.manufacturer.as_str(), *slots), ("SoftHSM", 2));
}

#[test]
fn a_host_of_no_such_name_is_told() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let config = kyso_pkcs11::Config {
        host_program: "/nowhere/host".into(),
        modules: vec![rig.module()],
    };
    let reports = kyso_pkcs11::Tokens::new(config).list();
    assert!(
        matches!(reports[0].token, Err(DriverError::HostStart { .. })),
        "{reports:?}"
    );
}

#[test]
fn a_program_that_is_no_host_is_told() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let config = kyso_pkcs11::Config {
        host_program: "/bin/uname".into(),
        modules: vec![rig.module()],
    };
    let reports = kyso_pkcs11::Tokens::new(config).list();
    assert!(
        matches!(
            reports[0].token,
            Err(DriverError::HostVersion {
                ours: kyso_pkcs11::wire::VERSION,
                ..
            })
        ),
        "{reports:?}"
    );
}

#[test]
fn a_module_that_wants_a_parameter_text_gets_it() {
    let path = PathBuf::from("/usr/lib/x86_64-linux-gnu/libsoftokn3.so");
    if !path.is_file() {
        return kyso_support::missing("libsoftokn3.so of the package libnss3");
    }
    let bare = ModuleSpec::configured("bare", &path);
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "configdir='sql:{}' certPrefix='' keyPrefix='' secmod='secmod.db'",
        folder.path().display()
    );
    let told = ModuleSpec {
        reserved: Some(text),
        ..ModuleSpec::configured("told", &path)
    };
    let states: Vec<_> = tokens(vec![bare, told])
        .modules()
        .into_iter()
        .map(|module| module.state)
        .collect();
    assert!(
        matches!(&states[0], Err(DriverError::ModuleFailed { function, .. }) if function == "C_Initialize"),
        "{states:?}"
    );
    assert!(
        matches!(&states[1], Ok((info, 2)) if info.manufacturer.contains("Mozilla")),
        "{states:?}"
    );
}

#[test]
fn the_built_in_catalogue_finds_what_is_installed() {
    let Some(rig) = Rig::with_key(KeyKind::P256) else {
        return;
    };
    let catalogue = kyso_pkcs11::Catalogue::built_in().unwrap();
    let found = kyso_pkcs11::find(Vec::new(), &catalogue, kyso_pkcs11::System::here());
    let name = "SoftHSM2 (libsofthsm2.so)";
    assert_eq!(
        found.iter().filter(|spec| spec.name == name).count(),
        1,
        "{found:?}"
    );
    let mut module = found.into_iter().find(|spec| spec.name == name).unwrap();
    let p11_kit = PathBuf::from("/usr/share/p11-kit/modules/softhsm2.module");
    if p11_kit.is_file() {
        assert_eq!(module.source, Source::P11Kit(p11_kit));
    }
    module.environment = rig.module().environment;
    assert_eq!(only_key(&tokens(vec![module])).module, name);
}
