//! The log of our programs.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// To standard error, only where `KYSO_LOG` names a level, and only what our own packages log: what others do with
/// addresses and messages is not in our hands.
pub fn start() {
    let Some(level) = std::env::var("KYSO_LOG")
        .ok()
        .and_then(|level| level.parse::<LevelFilter>().ok())
    else {
        return;
    };
    let own = ["kyso_agent", "kyso_certs", "kyso_pkcs11", "kyso_protocol"];
    let targets = Targets::new().with_targets(own.map(|package| (package, level)));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .init();
}
