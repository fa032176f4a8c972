mod codec;
mod file;
mod form;
mod frame;
mod message;
mod readers;

pub use crate::public_key::{PublicValue, trimmed};
pub use codec::WireError;
pub use file::{path_of_bytes, path_to_bytes};
pub use frame::{MAX_FRAME, read_frame, read_length, write_frame};
pub use message::{
    Attempt, Cause, Certificate, Fault, FileIdentity, Key, Listed, Mechanism, Refusal, Reply,
    Request, SignRequest, TokenName, VERSION,
};
pub use readers::{READERS_ARGUMENT, ReaderState, Readers};
