//! What is trusted, in words and as JSON.

use std::path::PathBuf;

use kyso_certs::{Bundle, CaEntry, Certificate, OwnPolicy, TrustStore, World};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::draw::fingerprint;
use crate::cli::style::{Style, Tone, table};
use crate::text::{Text, date};
use crate::view::{days_left, printable};

/// Trust material as it was read, and when it is looked at.
pub(super) struct Shown {
    pub(super) sources: Vec<PathBuf>,
    pub(super) store: TrustStore,
    pub(super) bundle: Option<Bundle>,
    pub(super) at: OffsetDateTime,
}

impl Shown {
    fn sources(&self) -> Vec<String> {
        let paths = self.sources.iter();
        paths.map(|path| path.display().to_string()).collect()
    }

    /// What has ended, or does so within 30 days: the name, and when.
    fn endings(&self) -> Vec<(String, OffsetDateTime)> {
        let anchors = self.store.anchors();
        let anchors = anchors.map(|(anchor, _)| (name(anchor), anchor));
        let cas = self.store.cas().iter();
        let cas = cas.map(|ca| (ca.name.as_str(), &ca.certificate));
        let ending = |(_, certificate): &(&str, &Certificate)| {
            certificate.not_after() < self.at || days_left(certificate, self.at).is_some()
        };
        anchors
            .chain(cas)
            .filter(ending)
            .map(|(name, certificate)| (name.to_owned(), certificate.not_after()))
            .collect()
    }
}

fn name(certificate: &Certificate) -> &str {
    certificate.subject().display_name()
}

pub(super) fn in_json(shown: &Shown) -> Value {
    let anchors = shown.store.anchors().map(|(anchor, worlds)| {
        json!({
            "name": name(anchor),
            "worlds": worlds,
            "sha-256": fingerprint(anchor),
            "until": rfc3339(anchor.not_after()),
        })
    });
    let ending = shown.endings().into_iter();
    let ending = ending.map(|(name, end)| json!({"name": name, "until": rfc3339(end)}));
    json!({
        "verdict": "accepted",
        "code": "ACCEPTED",
        "reason": "",
        "sources": shown.sources(),
        "bundle": shown.bundle.as_ref().map(bundle_in_json),
        "anchors": anchors.collect::<Vec<_>>(),
        "cas": shown.store.cas().iter().map(ca_in_json).collect::<Vec<_>>(),
        "policy": shown.store.own_policy().map(policy_in_json),
        "ending": ending.collect::<Vec<_>>(),
    })
}

fn bundle_in_json(bundle: &Bundle) -> Value {
    let installed = bundle.installed();
    let digest = installed.digest.iter().map(|byte| format!("{byte:02x}"));
    json!({
        "version": installed.version,
        "sha-256": digest.collect::<String>(),
        "signer": bundle.signer().id(),
        "issued": rfc3339(bundle.issued()),
        "expires": rfc3339(bundle.expires()),
    })
}

fn ca_in_json(ca: &CaEntry) -> Value {
    json!({
        "name": ca.name,
        "certificate": name(&ca.certificate),
        "sha-256": fingerprint(&ca.certificate),
        "until": rfc3339(ca.certificate.not_after()),
        "world": ca.world,
        "methods": ca.methods,
        "kinds": ca.kinds,
        "schemes": ca.schemes,
        "person-in-organisation": ca.person_in_organisation,
        "policies": ca.policies,
    })
}

fn policy_in_json(policy: &OwnPolicy) -> Value {
    json!({
        "name": policy.name,
        "rsa-bits": policy.rsa_bits,
        "curves": curves(policy),
        "pkcs1": policy.pkcs1,
        "uses": policy.uses,
        "disallowed": policy.disallowed,
    })
}

fn curves(policy: &OwnPolicy) -> Vec<String> {
    let curves = policy.curves.iter();
    curves.map(|curve| format!("P-{}", curve.bits())).collect()
}

fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.format(&Rfc3339).ok()
}

/// One block for each thing that is trusted, and the warnings last.
pub(super) fn for_people(shown: &Shown, text: Text) -> String {
    let words = Words(text);
    let sources = shown.sources();
    let head = sources.iter().map(|path| words.row("trust.source", path));
    let mut blocks = vec![head.collect()];
    blocks.extend(shown.bundle.as_ref().map(|bundle| words.bundle(bundle)));
    blocks.extend(
        shown
            .store
            .anchors()
            .map(|(anchor, worlds)| words.anchor(anchor, &worlds)),
    );
    blocks.extend(shown.store.cas().iter().map(|ca| words.ca(ca)));
    blocks.extend(shown.store.own_policy().map(|policy| words.policy(policy)));
    let mut parts: Vec<String> = blocks.iter().map(|rows| table(rows)).collect();
    let warnings: Vec<_> = shown
        .endings()
        .iter()
        .map(|(name, end)| words.warning(name, *end, shown.at))
        .collect();
    if !warnings.is_empty() {
        parts.push(warnings.join("\n"));
    }
    parts.join("\n\n")
}

type Rows = Vec<Vec<String>>;

struct Words(Text);

impl Words {
    fn row(&self, key: &str, value: &str) -> Vec<String> {
        vec![format!("{}:", self.0.get(key)), printable(value)]
    }

    fn world(&self, world: World) -> &str {
        self.0.get(match world {
            World::Public => "verify.world.public",
            World::Government => "verify.world.government",
        })
    }

    fn bundle(&self, bundle: &Bundle) -> Rows {
        let version = bundle.installed().version.to_string();
        vec![
            self.row("trust.version", &version),
            self.row("trust.signer", &bundle.signer().id()),
            self.row("trust.issued", &date(bundle.issued())),
            self.row("trust.expires", &date(bundle.expires())),
        ]
    }

    fn anchor(&self, anchor: &Certificate, worlds: &[World]) -> Rows {
        let worlds: Vec<_> = worlds.iter().map(|world| self.world(*world)).collect();
        let mut rows = vec![
            self.row("trust.anchor", name(anchor)),
            self.row("verify.world", &worlds.join(", ")),
        ];
        rows.extend(self.certificate(anchor));
        rows
    }

    fn certificate(&self, certificate: &Certificate) -> Rows {
        vec![
            self.row("trust.fingerprint", &fingerprint(certificate)),
            self.row("trust.until", &date(certificate.not_after())),
        ]
    }

    fn ca(&self, ca: &CaEntry) -> Rows {
        let kinds: Vec<_> = ca.kinds.iter().map(|kind| self.0.subject(*kind)).collect();
        let methods = ca.methods.iter();
        let methods: Vec<_> = methods
            .map(|method| self.0.get(&format!("trust.method.{method}")).to_owned())
            .collect();
        let schemes: Vec<_> = ca.schemes.iter().map(ToString::to_string).collect();
        let within = if ca.person_in_organisation {
            "trust.yes"
        } else {
            "trust.no"
        };
        let mut rows = vec![
            self.row("trust.ca", &ca.name),
            self.row("trust.certificate", name(&ca.certificate)),
            self.row("verify.world", self.world(ca.world)),
            self.row("trust.methods", &methods.join(", ")),
            self.row("trust.kinds", &kinds.join(", ")),
            self.row("trust.schemes", or_dash(&schemes.join(", "))),
            self.row("trust.person-in-organisation", self.0.get(within)),
        ];
        if !ca.policies.is_empty() {
            rows.push(self.row("trust.policies", &ca.policies.join(", ")));
        }
        rows.extend(self.certificate(&ca.certificate));
        rows
    }

    fn policy(&self, policy: &OwnPolicy) -> Rows {
        let pkcs1 = if policy.pkcs1 {
            "trust.yes"
        } else {
            "trust.no"
        };
        let curves = curves(policy);
        let mut rows = vec![
            self.row("trust.policy", &policy.name),
            self.row("trust.rsa-bits", &policy.rsa_bits.to_string()),
            self.row("trust.pkcs1", self.0.get(pkcs1)),
        ];
        let uses = policy.uses.iter();
        let uses = uses.map(|(world, uses)| {
            let uses = format!("{}: {}", self.world(*world), uses.join(", "));
            self.row("trust.uses", &uses)
        });
        let lists = [
            ("trust.curves", &curves),
            ("trust.disallowed", &policy.disallowed),
        ];
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        rows.extend(lists.map(|(key, list)| self.row(key, &list.join(", "))));
        rows.extend(uses);
        rows
    }

    fn warning(&self, name: &str, end: OffsetDateTime, at: OffsetDateTime) -> String {
        let key = if end < at {
            "trust.ended"
        } else {
            "trust.ends"
        };
        let line = self
            .0
            .fill(key, &[("name", &printable(name)), ("date", &date(end))]);
        Style::of_output().paint(Tone::Warning, &line)
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
