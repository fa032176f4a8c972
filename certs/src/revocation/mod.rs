//! Evidence of revocation: it is given, never fetched.

mod crl;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crl::Crl;

/// What is known about the certificate's revocation; revoked and unknown are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Revocation {
    /// A fresh list that covers it does not name it.
    Good,
    /// No evidence about it was given.
    NotChecked,
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::NotChecked => "not-checked",
        })
    }
}
