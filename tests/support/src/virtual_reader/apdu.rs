//! Commands of ISO 7816-4, and BER-TLV as far as PIV uses it.

/// One command: class, instruction, both parameters, data.
pub(super) struct Command<'a> {
    pub(super) chained: bool,
    pub(super) ins: u8,
    pub(super) p1: u8,
    pub(super) p2: u8,
    pub(super) data: &'a [u8],
}

impl<'a> Command<'a> {
    /// Reads a short or extended command; `None` where the lengths don't fit.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
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
pub(super) fn tlv(tag: &[u8], value: &[u8]) -> Vec<u8> {
    // Nothing on a card is longer than two bytes of length say.
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let [high, low] = length.to_be_bytes();
    let coded = match length {
        0..=0x7f => vec![low],
        0x80..=0xff => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [tag, &coded, value].concat()
}

/// The value of the first member with this one-byte tag.
pub(super) fn member(mut bytes: &[u8], wanted: u8) -> Option<&[u8]> {
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
