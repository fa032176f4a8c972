//! PEM or DER: the two ways in which certificates and CRLs lie in files.

use x509_parser::pem::Pem;

/// What was found in a file.
pub(crate) enum Blocks {
    /// No PEM armour: the bytes are DER.
    Der,
    /// The contents of the blocks with a wanted label, in order; blocks with other labels are left out.
    Pem(Vec<Vec<u8>>),
    /// PEM armour around something that is not base64.
    Broken,
}

/// Splits `bytes` into blocks whose label is one of `labels` (RFC 7468). The caller has checked the size.
pub(crate) fn blocks(bytes: &[u8], labels: &[&str]) -> Blocks {
    if !has_armour(bytes) {
        return Blocks::Der;
    }
    let mut found = Vec::new();
    for block in Pem::iter_from_buffer(bytes) {
        match block {
            Ok(block) if labels.contains(&block.label.as_str()) => found.push(block.contents),
            Ok(_) => {}
            Err(_) => return Blocks::Broken,
        }
    }
    Blocks::Pem(found)
}

fn has_armour(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"-----BEGIN ";
    // A DER certificate or CRL starts with SEQUENCE; its inside may hold any bytes, this mark included.
    bytes.first() != Some(&0x30) && bytes.windows(MARK.len()).any(|window| window == MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_der_for_der_even_with_a_mark_inside() {
        let bytes = b"\x30\x10-----BEGIN X-----";
        assert!(matches!(blocks(bytes, &["X"]), Blocks::Der));
    }

    #[test]
    fn leaves_out_blocks_of_other_kinds() {
        let text = b"# note\n-----BEGIN A-----\nAQ==\n-----END A-----\n-----BEGIN B-----\nAg==\n-----END B-----\n";
        match blocks(text, &["B"]) {
            Blocks::Pem(found) => assert_eq!(found, [[2]]),
            _ => panic!("not read as PEM"),
        }
    }

    #[test]
    fn refuses_armour_around_junk() {
        let text = b"-----BEGIN A-----\n*****\n-----END A-----\n";
        assert!(matches!(blocks(text, &["A"]), Blocks::Broken));
    }
}
