//! Numbers, texts and lists as bytes. Every length is checked against what is there before anything is allocated.

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A frame above the limit.
    #[error("a message is too long")]
    TooLong,
    /// The bytes end before the message does.
    #[error("a message is cut off")]
    Cut,
    /// Bytes are left over.
    #[error("a message has bytes behind its end")]
    Trailing,
    /// A tag that no message has.
    #[error("a message has an unknown kind")]
    Unknown,
    /// A text that is no UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// An answer to another question.
    #[error("an answer does not fit its question")]
    Unexpected,
}

/// What crosses the pipe.
pub(super) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError>;
}

pub(super) fn encode<T: Wire>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    value.put(&mut out);
    out
}

pub(super) fn decode<T: Wire>(bytes: &[u8]) -> Result<T, WireError> {
    let mut reader = Reader(bytes);
    let value = T::take(&mut reader)?;
    if reader.0.is_empty() {
        Ok(value)
    } else {
        Err(WireError::Trailing)
    }
}

/// What is left of a message.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(WireError::Cut)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (head, tail) = self.0.split_first_chunk().ok_or(WireError::Cut)?;
        self.0 = tail;
        Ok(*head)
    }

    pub(super) fn get<T: Wire>(&mut self) -> Result<T, WireError> {
        T::take(self)
    }
}

impl Wire for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.array::<1>().map(|[byte]| byte)
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        match from.get::<u8>()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireError::Unknown),
        }
    }
}

impl Wire for u32 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.array().map(Self::from_le_bytes)
    }
}

impl Wire for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.array().map(Self::from_le_bytes)
    }
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    // A frame is far shorter than this; an impossible length makes a frame that the other end refuses.
    u32::try_from(length).unwrap_or(u32::MAX).put(out);
}

fn take_length(from: &mut Reader<'_>) -> Result<usize, WireError> {
    usize::try_from(from.get::<u32>()?).map_err(|_| WireError::TooLong)
}

impl Wire for Vec<u8> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let length = take_length(from)?;
        from.bytes(length).map(<[u8]>::to_vec)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Self::from_utf8(from.get()?).map_err(|_| WireError::Text)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        if from.get()? {
            from.get().map(Some)
        } else {
            Ok(None)
        }
    }
}

/// A list of things other than bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T: Wire> Wire for List<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(&self.0, out);
    }
    fn take(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let length = take_length(from)?;
        // Every member takes a byte at least, so that a short message can't announce a long list.
        if length > from.0.len() {
            return Err(WireError::Cut);
        }
        let mut list = Vec::new();
        for _ in 0..length {
            list.push(from.get()?);
        }
        Ok(Self(list))
    }
}

pub(super) fn put_list<T: Wire>(list: &[T], out: &mut Vec<u8>) {
    put_length(list.len(), out);
    for member in list {
        member.put(out);
    }
}
