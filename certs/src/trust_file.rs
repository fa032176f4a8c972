//! The trust file: which anchors there are, and what each issuing CA may speak for.
//!
//! ```toml
//! version = 1
//!
//! [[anchor]]
//! world = "public"
//! certificate = "national-root.pem"
//!
//! [[ca]]
//! name = "Mẫu CA"
//! certificate = "sample-ca.pem"
//! world = "public"
//! methods = ["usb"]
//! kinds = ["citizen", "business"]
//! schemes = ["CCCD", "CMND", "MST"]
//! person-in-organisation = true
//! policies = ["1.3.6.1.4.1.32473.1"]
//! ocsp-responders = ["sample-ca-ocsp.pem"]
//!
//! [policy]
//! name = "Sở Mẫu 2026"
//! rsa-bits = 3072
//! curves = ["P-256", "P-384"]
//! pkcs1 = false
//! uses.government = ["1.3.6.1.4.1.311.20.2.2"]
//! disallowed = ["1.3.6.1.4.1.32473.9"]
//!
//! [paths]
//! accepted = ["1.3.6.1.4.1.32473.1"]
//! explicit = true
//! ```
//!
//! An anchor must be a CA's certificate. `policies` may be left out; where it stands, a certificate of the CA counts only if
//! it names one of them itself. `ocsp-responders` are believed about the CA's certificates whoever certified them. `[policy]`
//! is an administrator's own, whose demands come on top of the named policies' ([`crate::OwnPolicy`]); `[paths]` are the
//! inputs of path validation ([`crate::PathPolicies`]). Both may be left out.

use serde::Deserialize;

use crate::anchors::{CaEntry, Method, TrustStoreBuilder, World};
use crate::certificate::Certificate;
use crate::error::TrustError;
use crate::identity_key::SubjectKind;
use crate::own_policy::OwnPolicy;
use crate::path_policies::PathPolicies;
use crate::policy::is_oid;
use crate::subject::Scheme;

/// Largest trust file, in bytes.
const MAX_TEXT: usize = 1024 * 1024;
/// Longest name of a CA, in bytes.
const MAX_NAME: usize = 256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: i64,
    #[serde(default)]
    anchor: Vec<Anchor>,
    #[serde(default)]
    ca: Vec<Ca>,
    policy: Option<OwnPolicy>,
    #[serde(default)]
    paths: PathPolicies,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Anchor {
    world: World,
    certificate: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Ca {
    name: String,
    certificate: String,
    world: World,
    methods: Vec<Method>,
    kinds: Vec<SubjectKind>,
    schemes: Vec<Scheme>,
    #[serde(default)]
    person_in_organisation: bool,
    #[serde(default)]
    policies: Vec<String>,
    #[serde(default)]
    ocsp_responders: Vec<String>,
}

type Read<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

/// # Errors
/// A [`TrustError`] that names the entry, or the line for text that is not the TOML asked for.
pub(crate) fn builder(text: &str, read: Read<'_>) -> Result<TrustStoreBuilder, TrustError> {
    if text.len() > MAX_TEXT {
        return Err(TrustError::FileTooLarge { limit: MAX_TEXT });
    }
    let file: File = toml::from_str(text).map_err(|error| TrustError::File(error.to_string()))?;
    if file.version != 1 {
        return Err(TrustError::Version(file.version));
    }
    let mut builder = TrustStoreBuilder::default().path_policies(file.paths);
    if let Some(policy) = file.policy {
        builder = builder.own_policy(policy)?;
    }
    for anchor in &file.anchor {
        for certificate in certificates(&anchor.certificate, read)? {
            let uses = certificate.uses();
            // Version 1 has no extensions to say with that it is a CA's.
            if uses.version3 && !uses.issues() {
                return Err(TrustError::NotCa(anchor.certificate.clone()));
            }
            builder = builder.anchor(Some(anchor.world), certificate);
        }
    }
    for ca in file.ca {
        let responders = ca.ocsp_responders.clone();
        let entry = entry(ca, read)?;
        for name in &responders {
            for responder in certificates(name, read)? {
                builder = builder.responder(&entry.certificate, responder);
            }
        }
        builder = builder.ca(entry);
    }
    Ok(builder)
}

fn entry(ca: Ca, read: Read<'_>) -> Result<CaEntry, TrustError> {
    let refused = |reason| TrustError::Ca {
        name: ca.name.clone(),
        reason,
    };
    let mut found = certificates(&ca.certificate, read)?;
    let certificate = found.pop().ok_or_else(|| refused("no certificate"))?;
    if !found.is_empty() {
        return Err(refused("its file has more than one certificate"));
    }
    if ca.name.trim().is_empty() || ca.name.len() > MAX_NAME {
        return Err(refused("its name is empty or too long"));
    }
    if ca.methods.is_empty() || ca.kinds.is_empty() {
        return Err(refused("no methods or no kinds: it could speak for nobody"));
    }
    if !ca.policies.iter().all(|policy| is_oid(policy)) {
        return Err(refused("a policy is not an OID in dotted decimal"));
    }
    Ok(CaEntry {
        name: ca.name,
        certificate,
        world: ca.world,
        methods: ca.methods,
        kinds: ca.kinds,
        schemes: ca.schemes,
        person_in_organisation: ca.person_in_organisation,
        policies: ca.policies,
    })
}

fn certificates(name: &str, read: Read<'_>) -> Result<Vec<Certificate>, TrustError> {
    let refused = |reason| TrustError::Certificate {
        name: name.to_owned(),
        reason,
    };
    let bytes = read(name).map_err(refused)?;
    Certificate::all_from_bytes(&bytes).map_err(|error| refused(error.to_string()))
}
