//! Functions about sessions, logins, objects and signatures.
#![expect(
    unsafe_code,
    reason = "it is a C library; who calls it keeps PKCS#11's own rules about pointers"
)]

use std::ffi::c_void;

use cryptoki_sys::*;

use super::arguments::{bytes, entries, give_bytes, refused, told_length};
use super::{Place, answer};
use crate::key::{Hash, How};
use crate::misdeed;
use crate::module;
use crate::plan::Misdeed;

pub(super) unsafe extern "C" fn open_session(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _application: *mut c_void,
    _notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    answer("C_OpenSession", &Place::Slot(slot), |_| {
        let opened = module::lock().open(slot, flags)?;
        // SAFETY: the caller gives a place for the handle.
        unsafe { *session = opened };
        Ok(())
    })
}

pub(super) unsafe extern "C" fn close_session(session: CK_SESSION_HANDLE) -> CK_RV {
    answer("C_CloseSession", &Place::Session(session), |_| {
        module::lock().close(session)
    })
}

pub(super) unsafe extern "C" fn get_session_info(
    session: CK_SESSION_HANDLE,
    info: *mut CK_SESSION_INFO,
) -> CK_RV {
    answer("C_GetSessionInfo", &Place::Session(session), |due| {
        let mut told = module::lock().session_info(session)?;
        let lie = |misdeed: &Misdeed| match misdeed {
            Misdeed::SessionState(state) => Some(*state as CK_STATE),
            _ => None,
        };
        told.state = due.find(lie).unwrap_or(told.state);
        // SAFETY: the caller gives a whole CK_SESSION_INFO.
        unsafe { *info = told };
        Ok(())
    })
}

pub(super) unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    answer("C_Login", &Place::Session(session), |due| {
        // SAFETY: the caller gives null or so many bytes.
        let pin = unsafe { bytes(pin, length) };
        if due.has(&Misdeed::KeepPin) {
            std::mem::forget(pin.map(<[u8]>::to_vec));
        }
        module::lock().login(session, user, pin)
    })
}

pub(super) unsafe extern "C" fn logout(session: CK_SESSION_HANDLE) -> CK_RV {
    answer("C_Logout", &Place::Session(session), |_| {
        module::lock().logout(session)
    })
}

pub(super) unsafe extern "C" fn set_pin(
    session: CK_SESSION_HANDLE,
    old: *mut CK_UTF8CHAR,
    old_length: CK_ULONG,
    new: *mut CK_UTF8CHAR,
    new_length: CK_ULONG,
) -> CK_RV {
    answer("C_SetPIN", &Place::Session(session), |_| {
        // SAFETY: the caller gives null or so many bytes, twice.
        let (old, new) = unsafe { (bytes(old, old_length), bytes(new, new_length)) };
        module::lock().set_pin(session, old, new.ok_or(CKR_ARGUMENTS_BAD)?)
    })
}

pub(super) unsafe extern "C" fn find_objects_init(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    answer("C_FindObjectsInit", &Place::Session(session), |due| {
        if due.has(&Misdeed::Silent) && !module::lock().is_logged_in(session) {
            misdeed::forever();
        }
        // SAFETY: the caller gives so many attributes, each with a buffer of its length.
        let wanted = unsafe { entries(template, count) }.iter().map(|entry| {
            // SAFETY: as above.
            let value = unsafe { bytes(entry.pValue.cast(), entry.ulValueLen) };
            (entry.type_, value.unwrap_or_default().to_vec())
        });
        module::lock().find_init(session, &wanted.collect::<Vec<_>>())
    })
}

pub(super) unsafe extern "C" fn find_objects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    most: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    answer("C_FindObjects", &Place::Session(session), |due| {
        let mut found = module::lock().find(session, usize::try_from(most).unwrap_or_default())?;
        if due.has(&Misdeed::Endless) {
            found.resize(usize::try_from(most).unwrap_or_default(), 1);
        }
        for (at, object) in found.iter().enumerate() {
            // SAFETY: the caller gives room for `most` handles, and there are no more.
            unsafe { objects.add(at).write(*object) };
        }
        // SAFETY: the caller gives a place for the number.
        unsafe { *count = told_length(due, false).unwrap_or(found.len() as CK_ULONG) };
        Ok(())
    })
}

pub(super) unsafe extern "C" fn find_objects_final(session: CK_SESSION_HANDLE) -> CK_RV {
    answer("C_FindObjectsFinal", &Place::Session(session), |_| {
        module::lock().find_final(session)
    })
}

pub(super) unsafe extern "C" fn get_attribute_value(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    answer("C_GetAttributeValue", &Place::Session(session), |due| {
        // SAFETY: the caller gives so many attributes, each with a buffer of its length or none.
        let entries = unsafe { entries(template, count) };
        let kinds: Vec<_> = entries.iter().map(|entry| entry.type_).collect();
        let mut values = module::lock().attributes(session, object, &kinds)?;
        let confirms = kinds.iter().zip(&mut values);
        confirms
            .filter(|(kind, _)| due.has(&Misdeed::Confirm) && **kind == CKA_ALWAYS_AUTHENTICATE)
            .filter_map(|(_, value)| value.as_mut())
            .for_each(|value| *value = vec![CK_TRUE]);
        let mut code = Ok(());
        for (entry, value) in entries.iter_mut().zip(values) {
            let given = match value {
                // SAFETY: as above.
                Some(value) => unsafe {
                    give_bytes(
                        &due.spoil(value),
                        entry.pValue.cast(),
                        &raw mut entry.ulValueLen,
                        due,
                    )
                },
                None => Err(CKR_ATTRIBUTE_TYPE_INVALID),
            };
            if given.is_err() {
                entry.ulValueLen = CK_UNAVAILABLE_INFORMATION;
                code = given;
            }
        }
        code
    })
}

pub(super) unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    answer("C_SignInit", &Place::Session(session), |due| {
        // SAFETY: the caller gives a whole CK_MECHANISM.
        let mechanism = unsafe { mechanism.as_ref() }.ok_or(CKR_ARGUMENTS_BAD)?;
        if refused(due, mechanism.mechanism) {
            return Err(CKR_MECHANISM_INVALID);
        }
        // SAFETY: PSS's parameters are where the mechanism says.
        let how = unsafe { how(mechanism) }?;
        module::lock().sign_init(session, how, key, due.has(&Misdeed::Confirm))
    })
}

pub(super) unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    answer("C_Sign", &Place::Session(session), |due| {
        // SAFETY: the caller gives so many bytes.
        let input = unsafe { bytes(data, data_length) }.unwrap_or_default();
        let by_other = due.has(&Misdeed::OtherKey);
        let signed = module::lock().sign(session, input, by_other)?;
        // SAFETY: the caller gives null or a buffer of `*length` bytes, and a place for the length.
        unsafe { give_bytes(&due.spoil(signed), signature, length, due)? };
        if !signature.is_null() {
            module::lock().sign_final(session);
        }
        Ok(())
    })
}

unsafe fn how(mechanism: &CK_MECHANISM) -> Result<How, CK_RV> {
    match mechanism.mechanism {
        CKM_RSA_PKCS => Ok(How::Pkcs1),
        CKM_RSA_X_509 => Ok(How::Raw),
        CKM_ECDSA => Ok(How::Ecdsa),
        CKM_RSA_PKCS_PSS => {
            // SAFETY: the caller gives CK_RSA_PKCS_PSS_PARAMS with this mechanism.
            let given = unsafe {
                mechanism
                    .pParameter
                    .cast::<CK_RSA_PKCS_PSS_PARAMS>()
                    .as_ref()
            };
            match given.map(|given| given.hashAlg) {
                Some(CKM_SHA256) => Ok(How::Pss(Hash::Sha256)),
                Some(CKM_SHA384) => Ok(How::Pss(Hash::Sha384)),
                Some(CKM_SHA512) => Ok(How::Pss(Hash::Sha512)),
                _ => Err(CKR_MECHANISM_PARAM_INVALID),
            }
        }
        _ => Err(CKR_MECHANISM_INVALID),
    }
}
