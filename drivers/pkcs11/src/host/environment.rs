//! What a host sees of our environment: what modules need to find their configuration, their daemon and the person's
//! language, and nothing else. A variable that has the loader bring other code in, or a module write what it is told, is
//! not among it.

use std::ffi::OsString;

/// Names that are passed; a `*` at the end stands for any ending.
const PASSED: &[&str] = &[
    // The person and the machine.
    "HOME",
    "USER",
    "LOGNAME",
    #[cfg(unix)]
    "PATH",
    "TMPDIR",
    "TZ",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "XDG_*",
    // Windows of a module's own.
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    // Card readers.
    "PCSCLITE_CSOCK_NAME",
    "PCSCLITE_FILTER_IGNORE_READER_NAMES",
    "PCSCLITE_FILTER_EXTEND_READER_NAMES",
    // Modules' configuration.
    "SOFTHSM2_CONF",
    "OPENSC_CONF",
    "OPENSC_DRIVER",
    "P11_KIT_SERVER_ADDRESS",
    "P11_KIT_CONFIG_FILE",
    "KRYOPTIC_CONF",
    "NSS_LIB_PARAMS",
    "TPM2_PKCS11_STORE",
    "TPM2_PKCS11_TCTI",
    "TPM2_PKCS11_BACKEND",
    "TSS2_FAPICONF",
    // Windows. Not its PATH: libraries are looked for there.
    "SystemRoot",
    "SystemDrive",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "TEMP",
    "TMP",
];

/// Those of these variables that a host gets.
pub(crate) fn passed(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    all.filter(|(name, _)| name.to_str().is_some_and(is_passed))
}

fn is_passed(name: &str) -> bool {
    PASSED.iter().any(|passed| match passed.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        // Windows tells names apart by their letters alone.
        None if cfg!(windows) => name.eq_ignore_ascii_case(passed),
        None => name == *passed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_what_modules_need_and_nothing_that_changes_what_they_are() {
        for name in [
            "HOME",
            "LC_ALL",
            "XDG_RUNTIME_DIR",
            "SOFTHSM2_CONF",
            "PCSCLITE_CSOCK_NAME",
        ] {
            assert!(is_passed(name), "{name}");
        }
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "PKCS11SPY",
            "OPENSC_DEBUG",
            "KYSO_LOG",
            "HOMEPAGE",
            "SSH_AUTH_SOCK",
        ] {
            assert!(!is_passed(name), "{name}");
        }
    }
}
