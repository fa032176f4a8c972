//! What a vendor's module does differently, as data: a row of `modules.toml` names its quirks.

use std::time::Duration;

use serde::Deserialize;

/// How a module is treated. What is done for every module, because it harms none, is no quirk: sessions that only read,
/// attributes read in one step, a process that is killed and never unloads its library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// It may answer no question about certificates before the PIN, or wait for a window of its own. The token is shown,
    /// its certificates come after the PIN; see [`crate::Tokens::unlock`].
    pub log_in_first: bool,
    /// It keeps the PIN in memory: its process ends after whatever took one.
    pub keeps_pin: bool,
}

/// How long a module that has [`Quirks::log_in_first`] may take to show a token's certificates before the PIN.
pub(crate) const SILENCE: Duration = Duration::from_secs(4);

/// A quirk as a row names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Quirk {
    LogInFirst,
    KeepsPin,
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<T: IntoIterator<Item = Quirk>>(named: T) -> Self {
        let mut quirks = Self::default();
        for quirk in named {
            match quirk {
                Quirk::LogInFirst => quirks.log_in_first = true,
                Quirk::KeepsPin => quirks.keeps_pin = true,
            }
        }
        quirks
    }
}
