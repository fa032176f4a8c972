//! Reading objects: certificates, and the public half of keys.

use cryptoki_sys::{
    CK_ATTRIBUTE_TYPE, CK_OBJECT_CLASS, CK_OBJECT_HANDLE, CK_RV, CK_ULONG, CKA_ALWAYS_AUTHENTICATE,
    CKA_CERTIFICATE_TYPE, CKA_CLASS, CKA_EC_POINT, CKA_ID, CKA_KEY_TYPE, CKA_LABEL, CKA_MODULUS,
    CKA_VALUE, CKC_X_509, CKK_EC, CKK_RSA, CKO_CERTIFICATE, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY,
    CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL,
};
use kyso_pkcs11::wire::{Certificate, Key, PublicValue, trimmed};

use crate::module::text;
use crate::raw::{Failed, Session, Wanted};

/// Most objects of a kind that are looked at.
const MAX_OBJECTS: usize = 64;
/// Longest certificate.
const MAX_CERTIFICATE: usize = 16 * 1024;
/// Longest of the other values: a modulus of 16384 bits, an identifier, a label.
const MAX_VALUE: usize = 2048;

/// What says that an object has no such value, or none that could be a certificate's.
const VALUELESS: [CK_RV; 3] = [
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_BUFFER_TOO_SMALL,
];

/// The objects that a session shows.
pub(crate) struct Objects<'a>(pub(crate) &'a Session<'a>);

impl Objects<'_> {
    /// All X.509 certificates that can be read; where none can, the reason.
    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>, Failed> {
        let wanted = [
            Wanted::Number(CKA_CLASS, CKO_CERTIFICATE),
            Wanted::Number(CKA_CERTIFICATE_TYPE, CKC_X_509),
        ];
        let (mut read, mut failed) = (Vec::new(), None);
        for object in self.0.find(&wanted, MAX_OBJECTS)? {
            match self.certificate(object) {
                Ok(certificate) => read.extend(certificate),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) if read.is_empty() => Err(error),
            _ => Ok(read),
        }
    }

    /// All private and public keys that are visible now.
    pub(crate) fn keys(&self) -> Result<Vec<Key>, Failed> {
        let mut found = self.all(CKO_PRIVATE_KEY)?;
        found.extend(self.all(CKO_PUBLIC_KEY)?);
        Ok(found
            .into_iter()
            .map(|object| Key {
                id: self.value(object, CKA_ID),
                value: self.public(object),
            })
            .collect())
    }

    /// The private key of a certificate: the one of its `CKA_ID` if that doesn't turn out to be another key, else the
    /// one with its public half, told by itself or by a public key object beside it.
    pub(crate) fn private_key(
        &self,
        id: &[u8],
        key: &PublicValue,
    ) -> Result<Option<CK_OBJECT_HANDLE>, Failed> {
        let is_other =
            |object: &CK_OBJECT_HANDLE| self.public(*object).is_some_and(|told| &told != key);
        let named = self.private_keys_named(id)?;
        if let Some(found) = named.into_iter().find(|object| !is_other(object)) {
            return Ok(Some(found));
        }
        let is_it = |object: &CK_OBJECT_HANDLE| self.public(*object).as_ref() == Some(key);
        let all = self.all(CKO_PRIVATE_KEY)?;
        if let Some(found) = all.into_iter().find(is_it) {
            return Ok(Some(found));
        }
        let twins = self.all(CKO_PUBLIC_KEY)?;
        let Some(twin) = twins.into_iter().find(is_it) else {
            return Ok(None);
        };
        let named = self.private_keys_named(&self.value(twin, CKA_ID))?;
        Ok(named.into_iter().find(|object| !is_other(object)))
    }

    fn private_keys_named(&self, id: &[u8]) -> Result<Vec<CK_OBJECT_HANDLE>, Failed> {
        if id.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = [
            Wanted::Number(CKA_CLASS, CKO_PRIVATE_KEY),
            Wanted::Bytes(CKA_ID, id),
        ];
        self.0.find(&wanted, MAX_OBJECTS)
    }

    /// `CKA_ALWAYS_AUTHENTICATE`; a module that doesn't know the attribute has no such keys.
    pub(crate) fn always_authenticates(&self, key: CK_OBJECT_HANDLE) -> bool {
        self.value(key, CKA_ALWAYS_AUTHENTICATE)
            .first()
            .is_some_and(|byte| *byte != 0)
    }

    fn all(&self, class: CK_OBJECT_CLASS) -> Result<Vec<CK_OBJECT_HANDLE>, Failed> {
        self.0
            .find(&[Wanted::Number(CKA_CLASS, class)], MAX_OBJECTS)
    }

    /// A certificate; nothing where the object shows no value, or one longer than any certificate.
    fn certificate(&self, object: CK_OBJECT_HANDLE) -> Result<Option<Certificate>, Failed> {
        let der = match self.0.attribute(object, CKA_VALUE, MAX_CERTIFICATE) {
            Err(error) if !VALUELESS.contains(&error.code) => return Err(error),
            der => der.unwrap_or_default(),
        };
        if der.is_empty() {
            return Ok(None);
        }
        Ok(Some(Certificate {
            id: self.value(object, CKA_ID),
            label: text(&self.value(object, CKA_LABEL)),
            der,
        }))
    }

    fn public(&self, key: CK_OBJECT_HANDLE) -> Option<PublicValue> {
        match self.number(key, CKA_KEY_TYPE)? {
            CKK_RSA => {
                let modulus = self.value(key, CKA_MODULUS);
                (!modulus.is_empty()).then(|| PublicValue::Rsa(trimmed(&modulus).to_vec()))
            }
            CKK_EC => point(&self.value(key, CKA_EC_POINT)).map(PublicValue::Ec),
            _ => None,
        }
    }

    fn number(&self, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE) -> Option<CK_ULONG> {
        let bytes = self.value(object, kind);
        Some(CK_ULONG::from_ne_bytes(bytes.try_into().ok()?))
    }

    fn value(&self, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE) -> Vec<u8> {
        self.read(object, kind, MAX_VALUE)
    }

    /// A value, or nothing where the object has none or doesn't show it.
    fn read(&self, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE, capacity: usize) -> Vec<u8> {
        self.0.attribute(object, kind, capacity).unwrap_or_default()
    }
}

/// The point inside `CKA_EC_POINT`: a DER OCTET STRING by the standard, the bare point with some modules.
fn point(value: &[u8]) -> Option<Vec<u8>> {
    let bare = match value {
        [0x04, length, point @ ..] if usize::from(*length) == point.len() && *length < 0x80 => {
            point
        }
        [0x04, 0x81, length, point @ ..] if usize::from(*length) == point.len() => point,
        other => other,
    };
    (bare.first() == Some(&4)).then(|| bare.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_points_with_and_without_their_wrapping() {
        let bare = [&[4][..], &[7; 64]].concat();
        assert_eq!(point(&[&[4, 65][..], &bare].concat()), Some(bare.clone()));
        assert_eq!(point(&bare), Some(bare));
        let long = [&[4][..], &[7; 132]].concat();
        assert_eq!(point(&[&[4, 0x81, 133][..], &long].concat()), Some(long));
    }

    #[test]
    fn finds_no_point_in_other_values() {
        assert_eq!(point(&[]), None);
        assert_eq!(point(&[2, 1, 0]), None);
    }
}
