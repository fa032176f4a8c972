//! What a test does when the machine lacks what it needs.

use std::io::Write;

/// Set by `./dev test`, which installs everything: there, a test that can't run is a failure.
const MUST_RUN: &str = "KYSO_TESTS_MUST_RUN";

/// Says that a test can't run, and why; the test then returns.
///
/// # Panics
/// Where the environment has `KYSO_TESTS_MUST_RUN`.
pub fn missing(what: &str) {
    assert!(std::env::var_os(MUST_RUN).is_none(), "missing: {what}");
    skipped(what);
}

/// Says that a test doesn't run, where that is nobody's failure.
pub(crate) fn skipped(what: &str) {
    // Not by `eprintln`, which the test harness keeps to itself when a test passes.
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}
