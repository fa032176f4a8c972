//! The calls that belong to one session.

use std::ptr::null_mut;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_RSA_PKCS_PSS_PARAMS,
    CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_STATE, CK_ULONG, CK_USER_TYPE,
    CKF_RW_SESSION, CKF_SERIAL_SESSION, CKG_MGF1_SHA256, CKG_MGF1_SHA384, CKG_MGF1_SHA512,
    CKM_ECDSA, CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_RSA_X_509, CKM_SHA256, CKM_SHA384, CKM_SHA512,
};
use kyso_pkcs11::Hash;
use kyso_pkcs11::wire::Mechanism;

use super::{Failed, Raw, checked, function, length, of_pin};

/// A session, closed when it is dropped.
pub(crate) struct Session<'a> {
    raw: &'a Raw,
    handle: CK_SESSION_HANDLE,
}

/// What an object must have to be found.
pub(crate) enum Wanted<'a> {
    Number(CK_ATTRIBUTE_TYPE, CK_ULONG),
    Bytes(CK_ATTRIBUTE_TYPE, &'a [u8]),
}

impl Raw {
    /// `C_OpenSession`, for reading where `writing` is false.
    pub(crate) fn open_session(
        &self,
        slot: CK_SLOT_ID,
        writing: bool,
    ) -> Result<Session<'_>, Failed> {
        let call = function!(self, C_OpenSession)?;
        let flags = CKF_SERIAL_SESSION | if writing { CKF_RW_SESSION } else { 0 };
        let mut handle = 0;
        // SAFETY: no callback is given, and the handle's place is ours.
        checked("C_OpenSession", unsafe {
            call(slot, flags, null_mut(), None, &raw mut handle)
        })?;
        Ok(Session { raw: self, handle })
    }
}

impl Session<'_> {
    /// `C_GetSessionInfo`: the session's state.
    pub(crate) fn state(&self) -> Result<CK_STATE, Failed> {
        let call = function!(self.raw, C_GetSessionInfo)?;
        let mut info = CK_SESSION_INFO::default();
        // SAFETY: `info` is a whole CK_SESSION_INFO and outlives the call.
        checked("C_GetSessionInfo", unsafe {
            call(self.handle, &raw mut info)
        })?;
        Ok(info.state)
    }

    /// `C_Login`, from the page where the PIN lies; without a PIN the device asks for it.
    pub(crate) fn login(&self, user: CK_USER_TYPE, pin: Option<&[u8]>) -> Result<(), Failed> {
        let call = function!(self.raw, C_Login)?;
        let (start, length) = of_pin(pin);
        // SAFETY: start and length are those of a slice that outlives the call; PKCS#11 only reads it.
        checked("C_Login", unsafe { call(self.handle, user, start, length) })
    }

    /// `C_Logout`.
    pub(crate) fn logout(&self) -> Result<(), Failed> {
        let call = function!(self.raw, C_Logout)?;
        // SAFETY: a handle is a number; a wrong one is an error.
        checked("C_Logout", unsafe { call(self.handle) })
    }

    /// `C_SetPIN`; without PINs the device asks for both.
    pub(crate) fn set_pin(&self, pins: Option<(&[u8], &[u8])>) -> Result<(), Failed> {
        let call = function!(self.raw, C_SetPIN)?;
        let (old, old_length) = of_pin(pins.map(|(old, _)| old));
        let (new, new_length) = of_pin(pins.map(|(_, new)| new));
        // SAFETY: both starts and lengths are those of slices that outlive the call; PKCS#11 only reads them.
        checked("C_SetPIN", unsafe {
            call(self.handle, old, old_length, new, new_length)
        })
    }

    /// `C_FindObjects` until it has no more, or `most` are found.
    pub(crate) fn find(
        &self,
        wanted: &[Wanted<'_>],
        most: usize,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, Failed> {
        let begin = function!(self.raw, C_FindObjectsInit)?;
        let end = function!(self.raw, C_FindObjectsFinal)?;
        let mut template: Vec<CK_ATTRIBUTE> = wanted.iter().map(Wanted::attribute).collect();
        // SAFETY: each entry's pointer and length are those of a value in `wanted`, which outlives the call.
        checked("C_FindObjectsInit", unsafe {
            begin(
                self.handle,
                template.as_mut_ptr(),
                template.len() as CK_ULONG,
            )
        })?;
        let found = self.found(most);
        // SAFETY: a handle is a number; a wrong one is an error.
        let _ = checked("C_FindObjectsFinal", unsafe { end(self.handle) });
        found
    }

    fn found(&self, most: usize) -> Result<Vec<CK_OBJECT_HANDLE>, Failed> {
        let call = function!(self.raw, C_FindObjects)?;
        let mut found = Vec::new();
        let mut some: [CK_OBJECT_HANDLE; 16] = [0; 16];
        while found.len() < most {
            let mut count = 0;
            // SAFETY: the list has room for as many handles as is said, and outlives the call.
            checked("C_FindObjects", unsafe {
                call(
                    self.handle,
                    some.as_mut_ptr(),
                    some.len() as CK_ULONG,
                    &raw mut count,
                )
            })?;
            if count == 0 {
                break;
            }
            found.extend(some.iter().take(length(count)));
        }
        found.truncate(most);
        Ok(found)
    }

    /// One attribute of one object, at most `capacity` bytes of it, read in one step: some modules tell a length of 0
    /// when asked for one.
    pub(crate) fn attribute(
        &self,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
        capacity: usize,
    ) -> Result<Vec<u8>, Failed> {
        let call = function!(self.raw, C_GetAttributeValue)?;
        let mut value = vec![0_u8; capacity];
        let mut attribute = CK_ATTRIBUTE {
            type_: kind,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: capacity as CK_ULONG,
        };
        // SAFETY: the template has one entry whose buffer and length are those of `value`, which outlives the call.
        checked("C_GetAttributeValue", unsafe {
            call(self.handle, object, &raw mut attribute, 1)
        })?;
        // CK_UNAVAILABLE_INFORMATION, and any other length that the buffer doesn't have, is no value.
        let told = length(attribute.ulValueLen);
        value.truncate(if told <= capacity { told } else { 0 });
        Ok(value)
    }

    /// `C_SignInit`.
    pub(crate) fn sign_init(&self, how: Mechanism, key: CK_OBJECT_HANDLE) -> Result<(), Failed> {
        let call = function!(self.raw, C_SignInit)?;
        let mut pss = pss(how);
        let mut mechanism = CK_MECHANISM {
            mechanism: kind(how),
            pParameter: null_mut(),
            ulParameterLen: 0,
        };
        if let Some(parameters) = &mut pss {
            mechanism.pParameter = std::ptr::from_mut(parameters).cast();
            mechanism.ulParameterLen = size_of::<CK_RSA_PKCS_PSS_PARAMS>() as CK_ULONG;
        }
        // SAFETY: the mechanism and the parameters that it points to, with their true size, outlive the call.
        checked("C_SignInit", unsafe {
            call(self.handle, &raw mut mechanism, key)
        })
    }

    /// `C_Sign` after `C_SignInit`, with room for `capacity` bytes.
    pub(crate) fn sign(&self, input: &[u8], capacity: usize) -> Result<Vec<u8>, Failed> {
        let call = function!(self.raw, C_Sign)?;
        let mut signature = vec![0_u8; capacity];
        let mut told = capacity as CK_ULONG;
        let (from, count) = (input.as_ptr().cast_mut(), input.len() as CK_ULONG);
        // SAFETY: both buffers outlive the call and their true lengths are given; PKCS#11 only reads the input.
        checked("C_Sign", unsafe {
            call(
                self.handle,
                from,
                count,
                signature.as_mut_ptr(),
                &raw mut told,
            )
        })?;
        signature.truncate(length(told));
        Ok(signature)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.raw.functions.C_CloseSession {
            // SAFETY: a handle is a number; a wrong one is an error, of which nothing follows.
            let _ = unsafe { call(self.handle) };
        }
    }
}

impl Wanted<'_> {
    /// An entry of a template that is only read; it points into this value.
    fn attribute(&self) -> CK_ATTRIBUTE {
        match self {
            Self::Number(kind, number) => CK_ATTRIBUTE {
                type_: *kind,
                pValue: std::ptr::from_ref(number).cast_mut().cast(),
                ulValueLen: size_of::<CK_ULONG>() as CK_ULONG,
            },
            Self::Bytes(kind, bytes) => CK_ATTRIBUTE {
                type_: *kind,
                pValue: bytes.as_ptr().cast_mut().cast(),
                ulValueLen: bytes.len() as CK_ULONG,
            },
        }
    }
}

fn kind(how: Mechanism) -> cryptoki_sys::CK_MECHANISM_TYPE {
    match how {
        Mechanism::RsaPkcs => CKM_RSA_PKCS,
        Mechanism::RsaPss(_) => CKM_RSA_PKCS_PSS,
        Mechanism::RsaRaw => CKM_RSA_X_509,
        Mechanism::Ecdsa => CKM_ECDSA,
    }
}

/// Parameters of RSASSA-PSS: the same hash inside, a salt as long as the hash.
fn pss(how: Mechanism) -> Option<CK_RSA_PKCS_PSS_PARAMS> {
    let Mechanism::RsaPss(hash) = how else {
        return None;
    };
    let (kind, mgf) = match hash {
        Hash::Sha256 => (CKM_SHA256, CKG_MGF1_SHA256),
        Hash::Sha384 => (CKM_SHA384, CKG_MGF1_SHA384),
        Hash::Sha512 => (CKM_SHA512, CKG_MGF1_SHA512),
    };
    Some(CK_RSA_PKCS_PSS_PARAMS {
        hashAlg: kind,
        mgf,
        sLen: hash.digest_len() as CK_ULONG,
    })
}
