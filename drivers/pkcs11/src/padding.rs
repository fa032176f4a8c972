//! What goes into `C_Sign`: RSA encodings made on our side, and the ways to try in turn.

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::error::SignError;
use crate::scheme::{Hash, Scheme};
use crate::wire::{Attempt, Mechanism, PublicValue};

/// The ways to have `digest` signed by `key`, best first.
///
/// # Errors
/// [`SignError::DigestForm`], [`SignError::KeyUnfit`], [`SignError::Randomness`].
pub(crate) fn attempts(
    scheme: Scheme,
    key: &PublicValue,
    digest: &[u8],
) -> Result<Vec<Attempt>, SignError> {
    if !scheme.takes(digest.len()) {
        return Err(SignError::DigestForm);
    }
    let of = |mechanism, input| Attempt { mechanism, input };
    match (scheme, key) {
        (Scheme::Ecdsa, PublicValue::Ec(_)) => Ok(vec![of(Mechanism::Ecdsa, digest.to_vec())]),
        (Scheme::RsaPkcs1(hash), PublicValue::Rsa(_)) => {
            Ok(vec![of(Mechanism::RsaPkcs, digest_info(hash, digest))])
        }
        (Scheme::RsaPss(hash), PublicValue::Rsa(modulus)) => {
            let mut salt = vec![0; hash.digest_len()];
            getrandom::fill(&mut salt).map_err(|_| SignError::Randomness)?;
            let block = emsa_pss(hash, digest, &salt, bits(modulus)).ok_or(SignError::KeyUnfit)?;
            Ok(vec![
                of(Mechanism::RsaPss(hash), digest.to_vec()),
                of(Mechanism::RsaRaw, padded_to(modulus.len(), &block)),
            ])
        }
        _ => Err(SignError::KeyUnfit),
    }
}

/// DER of `DigestInfo` (RFC 8017, 9.2, note 1).
fn digest_info(hash: Hash, digest: &[u8]) -> Vec<u8> {
    // 2.16.840.1.101.3.4.2.{1,2,3} with NULL parameters.
    let (kind, length) = match hash {
        Hash::Sha256 => (1, 32),
        Hash::Sha384 => (2, 48),
        Hash::Sha512 => (3, 64),
    };
    let mut info = vec![
        0x30,
        17 + length,
        0x30,
        13,
        0x06,
        9,
        0x60,
        0x86,
        0x48,
        0x01,
        0x65,
        0x03,
        0x04,
        0x02,
        kind,
    ];
    info.extend([0x05, 0, 0x04, length]);
    info.extend(digest);
    info
}

/// EMSA-PSS-ENCODE (RFC 8017, 9.1.1) of a digest for a modulus of `modulus_bits`; `None` where the key is too short.
fn emsa_pss(hash: Hash, digest: &[u8], salt: &[u8], modulus_bits: usize) -> Option<Vec<u8>> {
    let em_bits = modulus_bits.checked_sub(1)?;
    let em_len = em_bits.div_ceil(8);
    let db_len = em_len.checked_sub(hash.digest_len() + 1)?;
    let zeros = db_len.checked_sub(salt.len() + 1)?;
    let h = digest_of(hash, &[&[0; 8], digest, salt]);
    let mut block = vec![0; zeros];
    block.push(1);
    block.extend(salt);
    for (byte, mask) in block.iter_mut().zip(mgf1(hash, &h, db_len)) {
        *byte ^= mask;
    }
    if let Some(first) = block.first_mut() {
        *first &= 0xff_u8 >> (8 * em_len - em_bits);
    }
    block.extend(h);
    block.push(0xbc);
    Some(block)
}

/// MGF1 (RFC 8017, B.2.1).
fn mgf1(hash: Hash, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::new();
    let mut counter = 0_u32;
    while mask.len() < length {
        mask.extend(digest_of(hash, &[seed, &counter.to_be_bytes()]));
        counter += 1;
    }
    mask.truncate(length);
    mask
}

fn digest_of(hash: Hash, parts: &[&[u8]]) -> Vec<u8> {
    fn run<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
        let mut digest = D::new();
        parts.iter().for_each(|part| digest.update(part));
        digest.finalize().to_vec()
    }
    match hash {
        Hash::Sha256 => run::<Sha256>(parts),
        Hash::Sha384 => run::<Sha384>(parts),
        Hash::Sha512 => run::<Sha512>(parts),
    }
}

fn bits(modulus: &[u8]) -> usize {
    let zeros = modulus.first().map_or(0, |first| first.leading_zeros());
    (modulus.len() * 8).saturating_sub(zeros as usize)
}

fn padded_to(length: usize, block: &[u8]) -> Vec<u8> {
    let mut padded = vec![0; length.saturating_sub(block.len())];
    padded.extend(block);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rsa(bytes: usize, first: u8) -> PublicValue {
        let mut modulus = vec![0x55; bytes];
        modulus[0] = first;
        PublicValue::Rsa(modulus)
    }

    fn check(
        scheme: Scheme,
        key: &PublicValue,
        digest: &[u8],
        expected: Result<&[Mechanism], SignError>,
    ) {
        let got = attempts(scheme, key, digest);
        let mechanisms = got.map(|list| {
            list.iter()
                .map(|attempt| attempt.mechanism)
                .collect::<Vec<_>>()
        });
        assert_eq!(mechanisms, expected.map(<[Mechanism]>::to_vec));
    }

    #[test]
    fn offers_the_mechanism_first_and_raw_rsa_after_it() {
        let pss = Scheme::RsaPss(Hash::Sha256);
        check(
            pss,
            &rsa(256, 0xb0),
            &[7; 32],
            Ok(&[Mechanism::RsaPss(Hash::Sha256), Mechanism::RsaRaw]),
        );
        check(
            Scheme::RsaPkcs1(Hash::Sha512),
            &rsa(256, 0xb0),
            &[7; 64],
            Ok(&[Mechanism::RsaPkcs]),
        );
        check(
            Scheme::Ecdsa,
            &PublicValue::Ec(vec![4; 65]),
            &[7; 32],
            Ok(&[Mechanism::Ecdsa]),
        );
    }

    #[test]
    fn refuses_what_does_not_fit() {
        check(
            Scheme::RsaPss(Hash::Sha384),
            &rsa(256, 0xb0),
            &[7; 32],
            Err(SignError::DigestForm),
        );
        check(
            Scheme::Ecdsa,
            &PublicValue::Ec(vec![4; 65]),
            &[7; 20],
            Err(SignError::DigestForm),
        );
        check(
            Scheme::Ecdsa,
            &rsa(256, 0xb0),
            &[7; 32],
            Err(SignError::KeyUnfit),
        );
        check(
            Scheme::RsaPkcs1(Hash::Sha256),
            &PublicValue::Ec(vec![4; 65]),
            &[7; 32],
            Err(SignError::KeyUnfit),
        );
        check(
            Scheme::RsaPss(Hash::Sha512),
            &rsa(128, 0xb0),
            &[7; 64],
            Err(SignError::KeyUnfit),
        );
    }

    /// EMSA-PSS-VERIFY (RFC 8017, 9.1.2), written apart from the encoder.
    fn verifies(hash: Hash, digest: &[u8], em: &[u8], em_bits: usize) -> bool {
        let (db, rest) = em.split_at(em.len() - hash.digest_len() - 1);
        let (h, trailer) = rest.split_at(hash.digest_len());
        let unused = 8 * em.len() - em_bits;
        if trailer != [0xbc] || db[0].checked_shr(8 - unused as u32).unwrap_or(0) != 0 {
            return false;
        }
        let mut db: Vec<u8> = db
            .iter()
            .zip(mgf1(hash, h, db.len()))
            .map(|(a, b)| a ^ b)
            .collect();
        db[0] &= 0xff >> unused;
        let salt_at = db.len() - hash.digest_len();
        let padding_is_right =
            db[..salt_at - 1].iter().all(|byte| *byte == 0) && db[salt_at - 1] == 1;
        padding_is_right && digest_of(hash, &[&[0; 8], digest, &db[salt_at..]]) == h
    }

    #[test]
    fn encodes_what_a_verifier_takes() {
        for (hash, modulus_bits) in [
            (Hash::Sha256, 2048),
            (Hash::Sha384, 2047),
            (Hash::Sha512, 2049),
            (Hash::Sha256, 3071),
        ] {
            let digest = vec![0x5a; hash.digest_len()];
            let salt = vec![0xa5; hash.digest_len()];
            let block = emsa_pss(hash, &digest, &salt, modulus_bits).unwrap();
            assert_eq!(block.len(), (modulus_bits - 1).div_ceil(8));
            assert!(
                verifies(hash, &digest, &block, modulus_bits - 1),
                "{modulus_bits}"
            );
            assert!(!verifies(
                hash,
                &vec![0x5b; hash.digest_len()],
                &block,
                modulus_bits - 1
            ));
        }
    }

    #[test]
    fn fills_the_raw_block_to_the_modulus() {
        let key = rsa(257, 0x01);
        let made = attempts(Scheme::RsaPss(Hash::Sha256), &key, &[7; 32]).unwrap();
        assert_eq!((made[1].input.len(), made[1].input[0]), (257, 0));
    }

    #[test]
    fn writes_digest_infos_as_the_standard_prints_them() {
        let printed = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
            0x01, 0x05, 0x00, 0x04, 0x20,
        ];
        assert_eq!(digest_info(Hash::Sha256, &[9; 32])[..19], printed);
        assert_eq!(digest_info(Hash::Sha512, &[9; 64])[1], 0x51);
    }
}
