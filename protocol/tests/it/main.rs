//! The protocol against vectors that other programs made, and against arbitrary bytes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod algorithms;
mod corpus;
mod policies;
mod properties;
mod vectors;
mod web_eid;
