//! The portal's configuration: one TOML file of flat keys, each of which the environment may override.
//!
//! The key `tls-key` is overridden by `KYSO_PORTAL_TLS_KEY`. Relative paths in the file are taken from the file's own
//! folder. Everything is checked before the portal listens, and every error names its field.

mod fields;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use fields::Fields;
use kyso_certs::{PolicyName, RevocationRule};
use kyso_protocol::Origin;
use time::Duration as Span;

use crate::evidence::{EvidenceRules, Hosts};
use crate::proxies::Proxies;
use crate::trust::{BundleFiles, TrustSource};

/// Every key that the file and the environment may hold.
const KEYS: [&str; 30] = [
    "origin",
    "listen",
    "tls-certificate",
    "tls-key",
    "database",
    "trust",
    "trust-bundle",
    "trust-bundle-keys",
    "crls",
    "revocation",
    "evidence-max-age-hours",
    "evidence-reuse-minutes",
    "private-evidence-hosts",
    "units",
    "downloads",
    "name",
    "logo-text",
    "tagline",
    "hotline",
    "demonstration",
    "policy",
    "ask-seconds",
    "asks-per-browser",
    "session-idle-minutes",
    "session-hours",
    "requests-per-minute",
    "asks-per-minute",
    "answers-per-minute",
    "trusted-proxies",
    "log",
];

/// A validated configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The origin under which browsers and agents reach the portal.
    pub origin: Origin,
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// PEM file: the TLS certificate, then its intermediates.
    pub tls_certificate: PathBuf,
    /// PEM file: the TLS certificate's private key.
    pub tls_key: PathBuf,
    /// The SQLite database; created if missing.
    pub database: PathBuf,
    /// Whom the portal believes: a trust file, or a signed bundle.
    pub(crate) trust: TrustSource,
    /// A folder of certificate revocation lists (PEM or DER), if revocation is to be judged.
    pub crls: Option<PathBuf>,
    /// How revocation is judged, and where evidence may be fetched from.
    pub(crate) evidence: EvidenceRules,
    /// The directory of units: a CSV file, if agencies are to register.
    pub units: Option<PathBuf>,
    /// A folder of the signing helper's packages, if the portal is to serve them.
    pub downloads: Option<PathBuf>,
    /// What the pages say of the portal.
    pub face: Face,
    /// The named policy for certificates and algorithms.
    pub policy: PolicyName,
    /// How long an ask lives; at most five minutes.
    pub ask_life: Duration,
    /// Open asks that one browser may have; one more ends the oldest.
    pub asks_per_browser: u32,
    /// A session ends after this long without a request.
    pub session_idle: Duration,
    /// A session ends after this long whatever happens.
    pub session_life: Duration,
    /// What one address may do in a minute.
    pub rates: Rates,
    /// The reverse proxies whose `X-Forwarded-For` is believed; none unless named.
    pub trusted_proxies: Proxies,
    /// A filter in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
}

/// The words and marks by which a portal introduces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The portal's name; `None` takes the sample's name in the reader's language.
    pub name: Option<String>,
    /// The letters that stand where a logo would.
    pub logo_text: String,
    /// The tag line; `None` takes the sample's in the reader's language.
    pub tagline: Option<String>,
    /// The hot line's number, if there is one.
    pub hotline: Option<String>,
    /// Whether every page carries the banner that forbids real data.
    pub demonstration: bool,
}

/// Requests that one address may make in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of any kind.
    pub requests: u32,
    /// That make an ask.
    pub asks: u32,
    /// That answer an ask or present a return code.
    pub answers: u32,
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("configuration file {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The file isn't TOML.
    #[error("configuration file {path} is not TOML: {reason}")]
    Syntax {
        /// The file.
        path: String,
        /// Where and why.
        reason: String,
    },
    /// A key that the portal doesn't know.
    #[error("{field}: no such field; the fields are {known}")]
    Unknown {
        /// The key as written.
        field: String,
        /// The keys that exist.
        known: String,
    },
    /// A field without a default is absent.
    #[error("{field}: missing; set it in the file or as {variable}")]
    Missing {
        /// The key.
        field: &'static str,
        /// The environment variable that would set it.
        variable: String,
    },
    /// A field's value can't be taken.
    #[error("{field}: {reason}")]
    Invalid {
        /// The key.
        field: &'static str,
        /// What is wrong with the value.
        reason: String,
    },
}

impl Config {
    /// Reads the file at `path` and the variables that `environment` yields, then validates the whole.
    ///
    /// # Errors
    /// The first field found wrong, by its name.
    pub fn load(
        path: &Path,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File {
            path: shown.clone(),
            reason: error.to_string(),
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::from_text(&text, &shown, folder, environment)
    }

    /// As [`Config::load`], from text; `folder` is where relative paths begin.
    ///
    /// # Errors
    /// The first field found wrong, by its name.
    pub fn from_text(
        text: &str,
        shown: &str,
        folder: &Path,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let fields = Fields::read(text, shown, folder, &KEYS, environment)?;
        let config = Self {
            origin: fields.parsed("origin", |text| {
                Origin::parse(text).map_err(|error| error.to_string())
            })?,
            listen: fields.parsed("listen", |text| {
                text.parse()
                    .map_err(|_| "write an address and a port, as 127.0.0.1:8443".to_owned())
            })?,
            tls_certificate: fields.file("tls-certificate")?,
            tls_key: fields.file("tls-key")?,
            database: fields.path("database")?,
            trust: trust(&fields)?,
            crls: fields.optional_folder("crls")?,
            evidence: evidence(&fields)?,
            units: fields.optional_file("units")?,
            downloads: fields.optional_folder("downloads")?,
            face: face(&fields)?,
            policy: fields.parsed_or("policy", PolicyName::Interoperable, |text| {
                text.parse()
                    .map_err(|_| "write interoperable or circular-15-2025".to_owned())
            })?,
            ask_life: seconds(fields.number("ask-seconds", 300, 30..=300)?),
            asks_per_browser: fields.number("asks-per-browser", 5, 1..=100)?,
            session_idle: seconds(60 * fields.number("session-idle-minutes", 30, 1..=1440)?),
            session_life: seconds(3600 * fields.number("session-hours", 8, 1..=720)?),
            rates: Rates {
                requests: fields.number("requests-per-minute", 600, 1..=1_000_000)?,
                asks: fields.number("asks-per-minute", 20, 1..=1_000_000)?,
                answers: fields.number("answers-per-minute", 30, 1..=1_000_000)?,
            },
            trusted_proxies: fields.listed("trusted-proxies", |entries| {
                Proxies::parse(entries.iter().map(String::as_str))
                    .map_err(|error| error.to_string())
            })?,
            log: fields.text("log")?.unwrap_or_else(|| "info".to_owned()),
        };
        Ok(config)
    }
}

fn trust(fields: &Fields) -> Result<TrustSource, ConfigError> {
    let keys = fields.files("trust-bundle-keys")?;
    let wrong = |field, reason: &str| {
        Err(ConfigError::Invalid {
            field,
            reason: reason.to_owned(),
        })
    };
    match (
        fields.text("trust")?,
        fields.optional_place("trust-bundle")?,
    ) {
        (Some(_), Some(_)) => wrong("trust-bundle", "write either this or trust"),
        (_, None) if !keys.is_empty() => wrong("trust-bundle-keys", "there is no trust-bundle"),
        (None, Some(_)) if keys.is_empty() => {
            wrong("trust-bundle-keys", "missing; nobody could sign a bundle")
        }
        (None, Some(place)) => Ok(TrustSource::Bundle(BundleFiles::new(&place, keys))),
        (_, None) => Ok(TrustSource::File(fields.file("trust")?)),
    }
}

fn evidence(fields: &Fields) -> Result<EvidenceRules, ConfigError> {
    let hours = fields.number("evidence-max-age-hours", 0, 0..=8760)?;
    Ok(EvidenceRules {
        rule: fields.parsed_or("revocation", RevocationRule::HardFail, str::parse)?,
        max_age: (hours > 0).then(|| Span::hours(hours.into())),
        reuse: Span::minutes(
            fields
                .number("evidence-reuse-minutes", 10, 0..=1440)?
                .into(),
        ),
        hosts: fields.listed("private-evidence-hosts", |entries| {
            Hosts::parse(entries.iter().map(String::as_str))
        })?,
    })
}

fn face(fields: &Fields) -> Result<Face, ConfigError> {
    Ok(Face {
        name: fields.line("name", 120)?,
        logo_text: fields
            .line("logo-text", 8)?
            .unwrap_or_else(|| "MẪU".to_owned()),
        tagline: fields.line("tagline", 200)?,
        hotline: fields.line("hotline", 40)?,
        demonstration: fields.flag("demonstration", true)?,
    })
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        origin = "https://quocgia.localhost:8443"
        listen = "127.0.0.1:8443"
        tls-certificate = "here"
        tls-key = "here"
        database = "portal.sqlite"
        trust = "here"
    "#;

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("here"), "x").unwrap();
        Config::from_text(text, "portal.toml", folder.path(), |name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn check(text: &str, variables: &[(&str, &str)], field: &str) {
        let error = load(text, variables).unwrap_err().to_string();
        assert!(
            error.starts_with(field),
            "{error} should begin with {field}"
        );
    }

    #[test]
    fn takes_a_whole_file_and_fills_in_the_defaults() {
        let config = load(WHOLE, &[]).unwrap();
        assert_eq!(config.origin.as_str(), "https://quocgia.localhost:8443");
        assert!(config.face.demonstration);
        assert_eq!(config.ask_life, Duration::from_secs(300));
        assert!(config.database.is_absolute());
    }

    #[test]
    fn lets_the_environment_win() {
        let config = load(
            WHOLE,
            &[
                ("KYSO_PORTAL_LISTEN", "127.0.0.1:9000"),
                ("KYSO_PORTAL_DEMONSTRATION", "false"),
                ("KYSO_PORTAL_ASKS_PER_MINUTE", "7"),
            ],
        )
        .unwrap();
        assert_eq!(config.listen.port(), 9000);
        assert!(!config.face.demonstration);
        assert_eq!(config.rates.asks, 7);
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        check("", &[], "origin: missing");
        check(&WHOLE.replace("https:", "http:"), &[], "origin: ");
        check(&WHOLE.replace("127.0.0.1:8443", "here"), &[], "listen: ");
        check(&format!("{WHOLE}\nask-seconds = 301"), &[], "ask-seconds: ");
        check(
            &format!("{WHOLE}\nasksecond = 1"),
            &[],
            "asksecond: no such field",
        );
        check(
            &format!("{WHOLE}\ndemonstration = 1"),
            &[],
            "demonstration: ",
        );
        check(&format!("{WHOLE}\ncrls = \"absent\""), &[], "crls: ");
        check(
            &WHOLE.replace("trust = \"here\"", "trust = \"gone\""),
            &[],
            "trust: ",
        );
        check(
            &format!("{WHOLE}\ntrust-bundle = \"here\"\ntrust-bundle-keys = [\"here\"]"),
            &[],
            "trust-bundle: write either",
        );
        check(
            &WHOLE.replace("trust =", "trust-bundle ="),
            &[],
            "trust-bundle-keys: missing",
        );
        check(
            &format!("{WHOLE}\ntrust-bundle-keys = [\"here\"]"),
            &[],
            "trust-bundle-keys: there is no trust-bundle",
        );
        check(
            WHOLE,
            &[("KYSO_PORTAL_TRUST_BUNDLE_KEYS", "here, gone")],
            "trust-bundle-keys: there is no file",
        );
        check(
            &format!("{WHOLE}\ntrusted-proxies = \"10.0.0.1\""),
            &[],
            "trusted-proxies: write a list",
        );
        check(
            &format!("{WHOLE}\ntrusted-proxies = [\"0.0.0.0/0\"]"),
            &[],
            "trusted-proxies: 0.0.0.0/0 holds every address",
        );
        check(
            WHOLE,
            &[("KYSO_PORTAL_TRUSTED_PROXIES", "10.0.0.1, proxy")],
            "trusted-proxies: ",
        );
        check(
            WHOLE,
            &[("KYSO_PORTAL_SESSION_HOURS", "many")],
            "session-hours: ",
        );
    }
}
