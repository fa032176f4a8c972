//! Frames: a length as four little-endian bytes, then that many bytes. A PIN is a frame of its own.

use std::io::{Read, Write};

use super::WireError;

/// Longest frame that is read. The fullest slot that a host lists fits.
pub const MAX_FRAME: usize = 1 << 21;

/// Length that a frame's header announces.
///
/// # Errors
/// [`WireError::TooLong`] above [`MAX_FRAME`], before anything is allocated.
pub fn read_length(header: [u8; 4]) -> Result<usize, WireError> {
    match usize::try_from(u32::from_le_bytes(header)) {
        Ok(length) if length <= MAX_FRAME => Ok(length),
        _ => Err(WireError::TooLong),
    }
}

/// Reads one frame; `None` at an end that lies between two frames.
///
/// # Errors
/// [`WireError::TooLong`], or [`WireError::Cut`] where the stream ends inside a frame.
pub fn read_frame(from: &mut impl Read) -> Result<Option<Vec<u8>>, WireError> {
    let mut header = [0; 4];
    match from.read(&mut header[..1]) {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        Err(_) => return Err(WireError::Cut),
    }
    from.read_exact(&mut header[1..])
        .map_err(|_| WireError::Cut)?;
    let mut body = vec![0; read_length(header)?];
    from.read_exact(&mut body).map_err(|_| WireError::Cut)?;
    Ok(Some(body))
}

/// Writes one frame in one piece.
///
/// # Errors
/// [`WireError::TooLong`], or [`WireError::Cut`] where the other end is gone.
pub fn write_frame(to: &mut impl Write, body: &[u8]) -> Result<(), WireError> {
    let length = u32::try_from(body.len()).map_err(|_| WireError::TooLong)?;
    if body.len() > MAX_FRAME {
        return Err(WireError::TooLong);
    }
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(body);
    to.write_all(&frame)
        .and_then(|()| to.flush())
        .map_err(|_| WireError::Cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carries_what_it_was_given() {
        let mut stream = Vec::new();
        write_frame(&mut stream, b"one").unwrap();
        write_frame(&mut stream, b"").unwrap();
        let mut from = &stream[..];
        assert_eq!(read_frame(&mut from), Ok(Some(b"one".to_vec())));
        assert_eq!(read_frame(&mut from), Ok(Some(Vec::new())));
        assert_eq!(read_frame(&mut from), Ok(None));
    }

    #[test]
    fn refuses_a_length_before_it_allocates() {
        assert_eq!(read_frame(&mut &[0xff; 4][..]), Err(WireError::TooLong));
        let over = u32::try_from(MAX_FRAME + 1).unwrap();
        assert_eq!(read_length(over.to_le_bytes()), Err(WireError::TooLong));
        assert_eq!(
            write_frame(&mut Vec::new(), &vec![0; MAX_FRAME + 1]),
            Err(WireError::TooLong)
        );
    }

    #[test]
    fn tells_an_end_inside_a_frame_from_one_between_frames() {
        assert_eq!(read_frame(&mut &[3, 0, 0, 0, 1][..]), Err(WireError::Cut));
        assert_eq!(read_frame(&mut &[3, 0][..]), Err(WireError::Cut));
    }
}
