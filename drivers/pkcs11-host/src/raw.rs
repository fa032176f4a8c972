//! The calls that cryptoki doesn't have: everything that is `unsafe` in this program.
//!
//! - `C_Login`, so that the PIN stays on its locked page instead of in a copy on the heap;
//! - `C_Sign` by itself, because an always-authenticate key needs a login between `C_SignInit` and it;
//! - `C_GetTokenInfo` as the module wrote it, because a token with a broken clock is still a token;
//! - `C_GetAttributeValue` into a buffer of ours, because some modules tell a length of 0 when asked for one;
//! - the parameter text of `C_Initialize`.
#![expect(unsafe_code, reason = "the module is a C library")]

use std::ffi::CString;
use std::path::Path;
use std::ptr::NonNull;

use cryptoki::context::{CInitializeArgs, CInitializeFlags};
use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_FUNCTION_LIST, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE,
    CK_SLOT_ID, CK_TOKEN_INFO, CK_ULONG, CK_USER_TYPE, CKR_FUNCTION_NOT_SUPPORTED, CKR_OK,
};

/// The module's own function list.
pub(crate) struct Raw {
    functions: CK_FUNCTION_LIST,
    /// Keeps the library loaded as long as its functions may be called.
    _library: cryptoki_sys::Pkcs11,
}

impl Raw {
    /// Loads a module without initialising it.
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        // SAFETY: loading runs the library's own constructors; that is what this process is for.
        let library =
            unsafe { cryptoki_sys::Pkcs11::new(path) }.map_err(|error| error.to_string())?;
        let Ok(get_list) = &library.C_GetFunctionList else {
            return Err("it has no C_GetFunctionList".to_owned());
        };
        let mut list = std::ptr::null_mut();
        // SAFETY: the function has the type that PKCS#11 gives it, and the pointer it writes to is ours.
        let code = unsafe { get_list(&raw mut list) };
        let list = NonNull::new(list)
            .filter(|_| code == CKR_OK)
            .ok_or_else(|| format!("C_GetFunctionList: {code:#x}"))?;
        // SAFETY: PKCS#11 lets the list stay valid while the library is loaded; it is copied here.
        let functions = unsafe { list.read() };
        Ok(Self {
            functions,
            _library: library,
        })
    }

    /// `C_GetTokenInfo`.
    pub(crate) fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, CK_RV> {
        let call = self
            .functions
            .C_GetTokenInfo
            .ok_or(CKR_FUNCTION_NOT_SUPPORTED)?;
        let mut info = CK_TOKEN_INFO::default();
        // SAFETY: `info` is a whole CK_TOKEN_INFO and outlives the call.
        checked(unsafe { call(slot, &raw mut info) })?;
        Ok(info)
    }

    /// `C_Login`; without a PIN the device asks for it.
    pub(crate) fn login(
        &self,
        session: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: Option<&[u8]>,
    ) -> Result<(), CK_RV> {
        let call = self.functions.C_Login.ok_or(CKR_FUNCTION_NOT_SUPPORTED)?;
        let start = pin.map_or(std::ptr::null_mut(), |pin| pin.as_ptr().cast_mut());
        let length = pin.map_or(0, <[u8]>::len) as CK_ULONG;
        // SAFETY: start and length are those of a slice that outlives the call; PKCS#11 only reads it.
        checked(unsafe { call(session, user, start, length) })
    }

    /// `C_Sign` after `C_SignInit`, with room for `capacity` bytes.
    pub(crate) fn sign(
        &self,
        session: CK_SESSION_HANDLE,
        input: &[u8],
        capacity: usize,
    ) -> Result<Vec<u8>, CK_RV> {
        let call = self.functions.C_Sign.ok_or(CKR_FUNCTION_NOT_SUPPORTED)?;
        let mut signature = vec![0_u8; capacity];
        let mut length = capacity as CK_ULONG;
        let (from, count) = (input.as_ptr().cast_mut(), input.len() as CK_ULONG);
        // SAFETY: both buffers outlive the call and their true lengths are given; PKCS#11 only reads the input.
        checked(unsafe {
            call(
                session,
                from,
                count,
                signature.as_mut_ptr(),
                &raw mut length,
            )
        })?;
        signature.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(signature)
    }

    /// One attribute of one object, at most `capacity` bytes of it.
    pub(crate) fn attribute(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
        capacity: usize,
    ) -> Result<Vec<u8>, CK_RV> {
        let call = self
            .functions
            .C_GetAttributeValue
            .ok_or(CKR_FUNCTION_NOT_SUPPORTED)?;
        let mut value = vec![0_u8; capacity];
        let mut attribute = CK_ATTRIBUTE {
            type_: kind,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: capacity as CK_ULONG,
        };
        // SAFETY: the template has one entry whose buffer and length are those of `value`, which outlives the call.
        checked(unsafe { call(session, object, &raw mut attribute, 1) })?;
        // CK_UNAVAILABLE_INFORMATION, and any other length that the buffer doesn't have, is no value.
        value.truncate(
            usize::try_from(attribute.ulValueLen)
                .ok()
                .filter(|length| *length <= capacity)
                .unwrap_or(0),
        );
        Ok(value)
    }
}

fn checked(code: CK_RV) -> Result<(), CK_RV> {
    if code == CKR_OK { Ok(()) } else { Err(code) }
}

/// Arguments of `C_Initialize`. The text, where there is one, is never freed: a module may keep its address.
pub(crate) fn initialize_args(reserved: Option<CString>) -> CInitializeArgs {
    let flags = CInitializeFlags::OS_LOCKING_OK;
    match reserved.and_then(|text| NonNull::new(text.into_raw())) {
        // SAFETY: the text ends in NUL and stays valid until the process ends.
        Some(text) => unsafe { CInitializeArgs::new_with_reserved(flags, text.cast()) },
        None => CInitializeArgs::new(flags),
    }
}
