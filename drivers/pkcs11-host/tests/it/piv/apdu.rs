//! Commands of ISO 7816-4, and BER-TLV as far as PIV uses it.

/// One command: class, instruction, both parameters, data.
pub(crate) struct Command<'a> {
    pub(crate) chained: bool,
    pub(crate) ins: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    pub(crate) data: &'a [u8],
}

impl<'a> Command<'a> {
    /// Reads a short or extended command; `None` where the lengths don't fit.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, body) = bytes.split_first_chunk::<4>()?;
        let [class, ins, p1, p2] = *head;
        let data = match body {
            [] | [_] | [0, _, _] => &[][..],
            [0, high, low, rest @ ..] => {
                rest.get(..usize::from(u16::from_be_bytes([*high, *low])))?
            }
            [length, rest @ ..] => rest.get(..usize::from(*length))?,
        };
        Some(Self {
            chained: class & 0x10 != 0,
            ins,
            p1,
            p2,
            data,
        })
    }
}

/// A tag, a length, a value.
pub(crate) fn tlv(tag: &[u8], value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let coded = match length {
        0..=0x7f => vec![low],
        0x80..=0xff => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [tag, &coded, value].concat()
}

/// The value of the first member with this one-byte tag.
pub(crate) fn member(mut bytes: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let (tag, rest) = bytes.split_first()?;
        let (length, rest) = match rest {
            [0x81, low, rest @ ..] => (usize::from(*low), rest),
            [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            [low, rest @ ..] => (usize::from(*low), rest),
            [] => return None,
        };
        let (value, after) = rest.split_at_checked(length)?;
        if *tag == wanted {
            return Some(value);
        }
        bytes = after;
    }
}
