//! A grey picture as PNG (ISO/IEC 15948): four bits a pixel, deflate without compression.

use super::draw::{Canvas, HEIGHT, WIDTH};

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];

/// The picture's file.
pub(super) fn encode(canvas: &Canvas) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, b"IHDR", &header());
    chunk(&mut file, b"IDAT", &zlib(&scan_lines(canvas)));
    chunk(&mut file, b"IEND", &[]);
    file
}

/// Width, height, four bits a pixel, grey, deflate, no filter choice, not interlaced.
fn header() -> Vec<u8> {
    let side = |side: usize| u32::try_from(side).unwrap_or_default().to_be_bytes();
    [&side(WIDTH)[..], &side(HEIGHT)[..], &[4, 0, 0, 0, 0]].concat()
}

/// Each row: filter "none", then two pixels a byte.
fn scan_lines(canvas: &Canvas) -> Vec<u8> {
    let mut lines = Vec::new();
    for row in canvas.0.chunks(WIDTH) {
        lines.push(0);
        for pair in row.chunks(2) {
            let left = pair.first().copied().unwrap_or(255) >> 4;
            let right = pair.get(1).copied().unwrap_or(255) >> 4;
            lines.push(left << 4 | right);
        }
    }
    lines
}

/// RFC 1950 around stored blocks of RFC 1951.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(adler32(bytes).to_be_bytes());
    out
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    file.extend(
        u32::try_from(content.len())
            .unwrap_or_default()
            .to_be_bytes(),
    );
    let checked = [kind, content].concat();
    file.extend(&checked);
    file.extend(crc32(&checked).to_be_bytes());
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        // The check values of RFC 1950's and ISO 3309's algorithms.
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_white_picture_has_every_pixel() {
        let file = encode(&Canvas(vec![255; WIDTH * HEIGHT]));
        assert!(file.starts_with(&SIGNATURE));
        let expected = HEIGHT * (WIDTH / 2 + 1) + 2 + 5 + 4 + 8 + 3 * 12 + 13;
        assert_eq!(file.len(), expected);
    }
}
