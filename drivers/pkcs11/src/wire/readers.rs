//! What the process that watches the card readers says, each time anything has changed.

use super::codec::List;
use super::codec::{Reader, Wire, WireError, decode, encode, put_list};

/// The argument that makes the host program watch readers instead of loading a module.
pub const READERS_ARGUMENT: &str = "readers";

/// All readers as PC/SC tells of them; `None` where its service doesn't answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers(pub Option<Vec<ReaderState>>);

/// One card reader; a USB token is a reader with its card inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderState {
    /// The name that PC/SC gives it.
    pub name: String,
    /// Whether a card is in it.
    pub card: bool,
    /// Counts insertions and removals, so that a quick change of cards shows.
    pub changes: u32,
}

impl Readers {
    /// The message as bytes of one frame.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// # Errors
    /// [`WireError`] for anything but exactly one message.
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        decode(bytes)
    }
}

impl Wire for Readers {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.is_some().put(out);
        if let Some(readers) = &self.0 {
            put_list(readers, out);
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(from.get::<Option<List<_>>>()?.map(|list| list.0)))
    }
}

impl Wire for ReaderState {
    fn put(&self, out: &mut Vec<u8>) {
        self.name.put(out);
        self.card.put(out);
        self.changes.put(out);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            name: from.get()?,
            card: from.get()?,
            changes: from.get()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(name: &str) -> ReaderState {
        ReaderState {
            name: name.to_owned(),
            card: true,
            changes: 7,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for readers in [
            Readers(None),
            Readers(Some(Vec::new())),
            Readers(Some(vec![reader("Đầu đọc 00 00"), reader("")])),
        ] {
            assert_eq!(Readers::parse(&readers.to_bytes()), Ok(readers));
        }
    }

    #[test]
    fn nothing_else_is_read() {
        let bytes = Readers(Some(vec![reader("x")])).to_bytes();
        for length in 0..bytes.len() {
            assert!(Readers::parse(&bytes[..length]).is_err(), "{length}");
        }
        assert_eq!(
            Readers::parse(&[&bytes[..], &[0]].concat()),
            Err(WireError::Trailing)
        );
    }
}
