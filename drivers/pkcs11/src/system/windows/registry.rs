//! Reading `HKEY_LOCAL_MACHINE`.

use windows_registry::LOCAL_MACHINE;

use crate::discovery::Registry;

/// The registry of this machine, as 64-bit programs see it.
pub(crate) struct LocalMachine;

impl Registry for LocalMachine {
    fn keys(&self, key: &str) -> Vec<String> {
        let names = LOCAL_MACHINE
            .open(key)
            .and_then(|opened| Ok(opened.keys()?.collect()));
        names.unwrap_or_default()
    }

    fn text(&self, key: &str, value: &str) -> Option<String> {
        LOCAL_MACHINE.open(key).ok()?.get_string(value).ok()
    }
}
