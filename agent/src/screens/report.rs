//! What support needs to know of a failure: codes and numbers of our own, no name, no number of a person, no path. In
//! English, for whoever reads it.

use std::fmt::Write as _;

use crate::problem::Problem;

/// A few lines of text.
pub(super) fn of(problem: &Problem) -> String {
    let mut report = format!(
        "Kyso {}\nsystem: {} {}\ncode: {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        problem.code.as_str(),
    );
    for (name, value) in problem.for_support() {
        // Writing to a text can't fail.
        let _ = writeln!(report, "{name}: {value}");
    }
    report
}
