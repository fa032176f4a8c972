//! The objects of a token and their attributes.

use cryptoki_sys::{
    CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_FALSE, CK_TRUE, CK_ULONG, CKA_ALWAYS_AUTHENTICATE,
    CKA_CERTIFICATE_TYPE, CKA_CLASS, CKA_EC_PARAMS, CKA_EC_POINT, CKA_ID, CKA_KEY_TYPE, CKA_LABEL,
    CKA_MODULUS, CKA_PRIVATE, CKA_PUBLIC_EXPONENT, CKA_SIGN, CKA_TOKEN, CKA_VALUE, CKC_X_509,
    CKK_EC, CKK_RSA, CKO_CERTIFICATE, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY,
};

use crate::key::Key;
use crate::plan::{Class, Object};

/// `prime256v1` (RFC 5480, 2.1.1.1) as a DER object identifier.
const P256: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// An object with its key read.
pub(crate) struct Held {
    object: Object,
    pub(crate) key: Option<Key>,
}

impl Held {
    pub(crate) fn of(object: Object) -> Self {
        let key = match object.class {
            Class::Certificate => None,
            Class::PrivateKey | Class::PublicKey => Key::from_pkcs8(&object.value.0),
        };
        Self { object, key }
    }

    /// Shown only after the PIN.
    pub(crate) fn is_private(&self) -> bool {
        self.object.class == Class::PrivateKey
    }

    /// The value of an attribute, as PKCS#11 encodes it; nothing for one that the object doesn't have.
    pub(crate) fn attribute(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<Vec<u8>> {
        let class = self.object.class;
        match kind {
            CKA_CLASS => Some(number(match class {
                Class::Certificate => CKO_CERTIFICATE,
                Class::PrivateKey => CKO_PRIVATE_KEY,
                Class::PublicKey => CKO_PUBLIC_KEY,
            })),
            CKA_TOKEN => Some(truth(true)),
            CKA_PRIVATE => Some(truth(self.is_private())),
            CKA_ID => Some(self.object.id.0.clone()),
            CKA_LABEL => Some(self.object.label.0.clone()),
            CKA_CERTIFICATE_TYPE if class == Class::Certificate => Some(number(CKC_X_509)),
            CKA_VALUE if class == Class::Certificate => Some(self.object.value.0.clone()),
            CKA_SIGN | CKA_ALWAYS_AUTHENTICATE if self.is_private() => {
                Some(truth(kind == CKA_SIGN))
            }
            _ => self.key.as_ref().and_then(|key| of_key(key, kind)),
        }
    }

    /// Whether it has all of these attributes with these values.
    pub(crate) fn matches(&self, wanted: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)]) -> bool {
        wanted
            .iter()
            .all(|(kind, value)| self.attribute(*kind).as_ref() == Some(value))
    }
}

fn of_key(key: &Key, kind: CK_ATTRIBUTE_TYPE) -> Option<Vec<u8>> {
    match (key, kind) {
        (Key::Rsa(_), CKA_KEY_TYPE) => Some(number(CKK_RSA)),
        (Key::Rsa(rsa), CKA_MODULUS) => Some(rsa.modulus.to_bytes_be()),
        (Key::Rsa(rsa), CKA_PUBLIC_EXPONENT) => Some(rsa.exponent.to_bytes_be()),
        (Key::P256(_), CKA_KEY_TYPE) => Some(number(CKK_EC)),
        (Key::P256(_), CKA_EC_PARAMS) => Some(P256.to_vec()),
        (Key::P256(_), CKA_EC_POINT) => {
            let point = key.point()?;
            Some([&[4, u8::try_from(point.len()).ok()?][..], &point].concat())
        }
        _ => None,
    }
}

fn number(value: CK_ULONG) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

fn truth(value: bool) -> Vec<u8> {
    let value: CK_BBOOL = if value { CK_TRUE } else { CK_FALSE };
    vec![value]
}
