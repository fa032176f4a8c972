//! A PIN: kept on one locked page, wiped, never shown, copied or written anywhere but into the host's pipe.

use std::io::Read;

use crate::error::PinError;
use crate::memory::LockedPage;

/// What the person typed. Has no `Debug`, `Clone` or `Serialize`; its page is out of swap and core files and is wiped
/// on drop.
pub struct Pin(LockedPage);

impl Pin {
    /// Most bytes of a PIN; no token takes as many.
    pub const MAX: usize = 255;

    /// Takes a PIN as the bytes that the token shall see (UTF-8 where it has letters). The caller wipes its own copy.
    ///
    /// # Errors
    /// [`PinError::Empty`], [`PinError::TooLong`], or [`PinError::Memory`] where no page can be locked.
    pub fn new(bytes: &[u8]) -> Result<Self, PinError> {
        match bytes.len() {
            0 => return Err(PinError::Empty),
            1..=Self::MAX => {}
            _ => return Err(PinError::TooLong),
        }
        let mut page = LockedPage::new().map_err(|_| PinError::Memory)?;
        page.fill(bytes);
        Ok(Self(page))
    }

    /// Reads one line (or what there is until the end) straight into the locked page. A trailing `\n` or `\r\n` is not
    /// part of the PIN. Nothing behind the line is read.
    ///
    /// # Errors
    /// As [`Pin::new`], and [`PinError::Unreadable`].
    pub fn read_line(reader: &mut impl Read) -> Result<Self, PinError> {
        let mut page = LockedPage::new().map_err(|_| PinError::Memory)?;
        while let Some(slot) = page.spare().get_mut(..1) {
            match reader.read(slot) {
                Ok(0) => break,
                Ok(_) if slot == b"\n" => {
                    wipe(slot);
                    break;
                }
                Ok(_) => page.grow(1),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(PinError::Unreadable),
            }
            if page.bytes().len() > Self::MAX + 1 {
                return Err(PinError::TooLong);
            }
        }
        if page.bytes().last() == Some(&b'\r') {
            page.shrink(1);
        }
        Self::of_page(page)
    }

    /// Reads exactly `length` bytes straight into the locked page, as the host does from its pipe.
    ///
    /// # Errors
    /// As [`Pin::read_line`].
    pub fn read_exact(reader: &mut impl Read, length: usize) -> Result<Self, PinError> {
        if length > Self::MAX {
            return Err(PinError::TooLong);
        }
        let mut page = LockedPage::new().map_err(|_| PinError::Memory)?;
        let room = page.spare().get_mut(..length).ok_or(PinError::TooLong)?;
        reader.read_exact(room).map_err(|_| PinError::Unreadable)?;
        page.grow(length);
        Self::of_page(page)
    }

    /// The bytes, for the pipe and for `C_Login` only.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.bytes()
    }

    fn of_page(page: LockedPage) -> Result<Self, PinError> {
        match page.bytes().len() {
            0 => Err(PinError::Empty),
            1..=Self::MAX => Ok(Self(page)),
            _ => Err(PinError::TooLong),
        }
    }
}

fn wipe(bytes: &mut [u8]) {
    zeroize::Zeroize::zeroize(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(input: &[u8]) -> Result<Vec<u8>, PinError> {
        Pin::read_line(&mut &*input).map(|pin| pin.expose().to_vec())
    }

    #[test]
    fn keeps_what_was_typed() {
        assert_eq!(Pin::new(b"1234").unwrap().expose(), b"1234");
    }

    #[test]
    fn refuses_nothing_and_too_much() {
        assert_eq!(Pin::new(b"").err(), Some(PinError::Empty));
        assert_eq!(Pin::new(&[b'1'; 256]).err(), Some(PinError::TooLong));
        assert_eq!(Pin::new(&[b'1'; 255]).err(), None);
    }

    #[test]
    fn reads_one_line_and_leaves_the_rest() {
        let mut input: &[u8] = b"1234\r\nnext";
        assert_eq!(Pin::read_line(&mut input).unwrap().expose(), b"1234");
        assert_eq!(input, b"next");
    }

    #[test]
    fn refuses_lines_that_are_no_pin() {
        assert_eq!(line(b"\n"), Err(PinError::Empty));
        assert_eq!(line(b""), Err(PinError::Empty));
        assert_eq!(line(&[b'1'; 70_000]), Err(PinError::TooLong));
        assert_eq!(line(b"12345678"), Ok(b"12345678".to_vec()));
    }

    #[test]
    fn refuses_a_length_that_no_pin_has() {
        assert_eq!(
            Pin::read_exact(&mut &[0_u8; 9000][..], 9000).err(),
            Some(PinError::TooLong)
        );
        assert_eq!(
            Pin::read_exact(&mut &b"12"[..], 4).err(),
            Some(PinError::Unreadable)
        );
    }
}
