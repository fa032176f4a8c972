//! What a relying party demands of the certificate policies along a path (RFC 5280, 6.1.1, (c) to (f)).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The policy inputs of path validation. The default accepts any policy and demands none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PathPolicies {
    /// Policies in dotted decimal, one of which the path must be valid for where a policy is demanded; empty accepts any.
    pub accepted: BTreeSet<String>,
    /// Whether the path must be valid for a policy, also where no CA on it demands that.
    pub explicit: bool,
    /// Whether no CA may declare one policy to mean another.
    pub inhibit_mapping: bool,
    /// Whether `anyPolicy` stands for no policy.
    pub inhibit_any: bool,
}
