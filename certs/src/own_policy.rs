//! An administrator's own policy: demands on top of the named ones, never exceptions from them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::anchors::World;
use crate::certificate::Certificate;
use crate::error::{CertError, UseError};
use crate::key::{Curve, PublicKey};
use crate::policy::{below, is_oid};

const RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;
/// Longest name, in bytes.
const MAX_NAME: usize = 256;

/// What an administrator demands of certificates for a login, as the trust file has it under `[policy]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnPolicy {
    /// The name by which verdicts and logs call it.
    pub name: String,
    /// Fewest bits of an RSA key: 2048, which every policy demands, to 8192.
    #[serde(default = "least")]
    pub rsa_bits: u32,
    /// Curves that are taken; empty takes all three.
    #[serde(default)]
    pub curves: Vec<Curve>,
    /// Whether a login may be signed with RSA and PKCS#1 v1.5.
    #[serde(default = "yes")]
    pub pkcs1: bool,
    /// For a world that is named here: extended key usages in dotted decimal, one of which a certificate must have.
    #[serde(default)]
    pub uses: BTreeMap<World, Vec<String>>,
    /// Certificate policies in dotted decimal that are not taken: each one and all below it.
    #[serde(default)]
    pub disallowed: Vec<String>,
}

fn least() -> u32 {
    *RSA_BITS.start()
}

fn yes() -> bool {
    true
}

impl OwnPolicy {
    /// # Errors
    /// What in it says something that cannot be.
    pub(crate) fn check_itself(&self) -> Result<(), &'static str> {
        if self.name.trim().is_empty() || self.name.len() > MAX_NAME {
            return Err("its name is empty or too long");
        }
        if !RSA_BITS.contains(&self.rsa_bits) {
            return Err("rsa-bits is not from 2048 to 8192");
        }
        if self.uses.values().any(Vec::is_empty) {
            return Err("a world without any use could sign in nobody");
        }
        let oids = self.uses.values().flatten().chain(&self.disallowed);
        if !oids.into_iter().all(|oid| is_oid(oid)) {
            return Err("a use or policy is not an OID in dotted decimal");
        }
        Ok(())
    }

    /// # Errors
    /// The first demand that the certificate does not meet: key, policies.
    pub(crate) fn check(&self, cert: &Certificate) -> Result<(), CertError> {
        let key = cert.public_key();
        let weak = |why: &str| {
            let (key, name) = (key.describe(), &self.name);
            Err(CertError::Weak(format!("{key}: {why} \"{name}\" takes")))
        };
        match key {
            PublicKey::Rsa { .. } if key.bits() < self.rsa_bits => {
                return weak("shorter than the policy");
            }
            PublicKey::Ec { curve, .. }
                if !self.curves.is_empty() && !self.curves.contains(curve) =>
            {
                return weak("none of the curves that the policy");
            }
            _ => {}
        }
        let disallowed = |policy: &&String| self.disallowed.iter().any(|d| below(policy, d));
        match cert.policies().iter().find(disallowed) {
            Some(policy) => Err(CertError::DisallowedPolicy(policy.clone())),
            None => Ok(()),
        }
    }

    /// # Errors
    /// [`UseError::NoLoginPurpose`] for a certificate of this world without any of the uses demanded there.
    pub(crate) fn check_uses(&self, cert: &Certificate, world: World) -> Result<(), CertError> {
        let Some(demanded) = self.uses.get(&world) else {
            return Ok(());
        };
        let has = cert.uses().extended.iter().flatten();
        if has.into_iter().any(|oid| demanded.contains(oid)) {
            return Ok(());
        }
        Err(UseError::NoLoginPurpose.into())
    }
}
