//! One signature against one public key. Hashing and arithmetic are the libraries'; the encodings are ours to refuse.

use kyso_certs::{Curve, PssHash, PublicKey};
use p521::ecdsa::signature::Verifier as _;
use ring::signature as r;

use crate::limits::RSA_BITS;
use crate::{Algorithm, CheckError};

const P256_ORDER: [u8; 32] =
    hex32(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const P384_ORDER: [u8; 48] = hex(
    b"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
);
const P521_ORDER: [u8; 66] = hex(
    b"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
);

/// Verifies `signature` over `message` (not yet hashed) with a certificate's key.
pub(crate) fn verify(
    key: &PublicKey,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), CheckError> {
    match key {
        PublicKey::Rsa {
            modulus,
            exponent,
            pss,
        } => {
            let verification = rsa_verification(algorithm, pss.as_ref())?;
            check_rsa_key(key, exponent)?;
            check_length(signature, modulus.len())?;
            r::RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(verification, message, signature)
            .map_err(|_| CheckError::Signature)
        }
        PublicKey::Ec { curve, point } => {
            verify_ecdsa(*curve, point, algorithm, message, signature)
        }
        PublicKey::Other { .. } => Err(CheckError::Key("neither RSA nor ECDSA")),
    }
}

fn rsa_verification(
    algorithm: Algorithm,
    pss: Option<&PssHash>,
) -> Result<&'static r::RsaParameters, CheckError> {
    use Algorithm as A;
    let own = |hash: &PssHash| match hash {
        PssHash::Any => true,
        PssHash::Sha256 => algorithm == A::PS256,
        PssHash::Sha384 => algorithm == A::PS384,
        PssHash::Sha512 => algorithm == A::PS512,
    };
    let is_pss = matches!(algorithm, A::PS256 | A::PS384 | A::PS512);
    if pss.is_some_and(|hash| !is_pss || !own(hash)) {
        return Err(CheckError::AlgorithmKey);
    }
    Ok(match algorithm {
        A::RS256 => &r::RSA_PKCS1_2048_8192_SHA256,
        A::RS384 => &r::RSA_PKCS1_2048_8192_SHA384,
        A::RS512 => &r::RSA_PKCS1_2048_8192_SHA512,
        A::PS256 => &r::RSA_PSS_2048_8192_SHA256,
        A::PS384 => &r::RSA_PSS_2048_8192_SHA384,
        A::PS512 => &r::RSA_PSS_2048_8192_SHA512,
        A::ES256 | A::ES384 | A::ES512 => return Err(CheckError::AlgorithmKey),
    })
}

fn check_rsa_key(key: &PublicKey, exponent: &[u8]) -> Result<(), CheckError> {
    if !RSA_BITS.contains(&key.bits()) {
        return Err(CheckError::Key("an RSA modulus has 2048 to 8192 bits"));
    }
    let e = exponent.iter().fold(0u64, |e, byte| {
        e.saturating_mul(256).saturating_add(u64::from(*byte))
    });
    if e % 2 == 1 && (65_537..1 << 32).contains(&e) {
        Ok(())
    } else {
        Err(CheckError::Key(
            "an RSA exponent is odd and 65537 or more, below 2^32",
        ))
    }
}

/// Verifies an ES256 signature, `r‖s`, over `message` (not yet hashed) with an uncompressed point of P-256.
pub(crate) fn verify_es256(
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CheckError> {
    verify_ecdsa(Curve::P256, point, Algorithm::ES256, message, signature)
}

fn verify_ecdsa(
    curve: Curve,
    point: &[u8],
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), CheckError> {
    let order: &[u8] = match (curve, algorithm) {
        (Curve::P256, Algorithm::ES256) => &P256_ORDER,
        (Curve::P384, Algorithm::ES384) => &P384_ORDER,
        (Curve::P521, Algorithm::ES512) => &P521_ORDER,
        _ => return Err(CheckError::AlgorithmKey),
    };
    check_rs(signature, order)?;
    let outcome = match curve {
        Curve::P256 => ring_ecdsa(&r::ECDSA_P256_SHA256_FIXED, point, message, signature),
        Curve::P384 => ring_ecdsa(&r::ECDSA_P384_SHA384_FIXED, point, message, signature),
        Curve::P521 => p521_ecdsa(point, message, signature),
    };
    outcome.ok_or(CheckError::Signature)
}

fn ring_ecdsa(
    algorithm: &'static r::EcdsaVerificationAlgorithm,
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    r::UnparsedPublicKey::new(algorithm, point)
        .verify(message, signature)
        .ok()
}

fn p521_ecdsa(point: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let signature = p521::ecdsa::Signature::from_slice(signature).ok()?;
    key.verify(message, &signature).ok()
}

fn check_length(signature: &[u8], expected: usize) -> Result<(), CheckError> {
    let found = signature.len();
    if found == expected {
        Ok(())
    } else {
        Err(CheckError::SignatureLength { found, expected })
    }
}

/// `r‖s`, each exactly as long as the order, `0 < r, s < n`. High `s` is taken: tokens make it.
fn check_rs(signature: &[u8], order: &[u8]) -> Result<(), CheckError> {
    if signature.len() != 2 * order.len() && is_der_pair(signature) {
        return Err(CheckError::SignatureDer);
    }
    check_length(signature, 2 * order.len())?;
    let in_range = |number: &[u8]| number < order && number.iter().any(|byte| *byte != 0);
    let (r, s) = signature.split_at(order.len());
    if in_range(r) && in_range(s) {
        Ok(())
    } else {
        Err(CheckError::SignatureRange)
    }
}

/// Whether the bytes look like `SEQUENCE { INTEGER, INTEGER }` (RFC 3279, section 2.2.3).
fn is_der_pair(bytes: &[u8]) -> bool {
    let content = match bytes {
        [0x30, 0x81, length, content @ ..] | [0x30, length, content @ ..]
            if usize::from(*length) == content.len() =>
        {
            content
        }
        _ => return false,
    };
    content.first() == Some(&0x02)
}

const fn hex32(text: &[u8; 64]) -> [u8; 32] {
    hex(text)
}

/// Only for the constants above: a length that does not fit does not compile.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, where out of bounds is an error"
)]
const fn hex<const N: usize, const M: usize>(text: &[u8; M]) -> [u8; N] {
    assert!(M == 2 * N);
    let mut bytes = [0; N];
    let mut i = 0;
    while i < N {
        bytes[i] = digit(text[2 * i]) * 16 + digit(text[2 * i + 1]);
        i += 1;
    }
    bytes
}

const fn digit(c: u8) -> u8 {
    if c.is_ascii_digit() {
        c - b'0'
    } else {
        c - b'a' + 10
    }
}
