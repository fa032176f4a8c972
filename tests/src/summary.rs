//! What happened, a line a step.

use serde::Serialize;

/// One step of the demonstration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Whose certificate, by the kind of account: `citizen`, `business`, `person-in-organisation`, `agency`.
    pub subject: &'static str,
    /// `usb`.
    pub method: &'static str,
    /// `register`, `login`, or the name of a refusal.
    pub step: &'static str,
    /// `accepted`, or the refusal's code.
    pub expected: &'static str,
    /// The same, as it came.
    pub outcome: String,
}

impl Step {
    /// Whether it came as expected.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.expected == self.outcome
    }
}

/// JSON, a line a step.
///
/// # Errors
/// None in practice: the members are texts.
pub fn to_json_lines(steps: &[Step]) -> serde_json::Result<String> {
    steps
        .iter()
        .map(|step| serde_json::to_string(step).map(|line| line + "\n"))
        .collect()
}
