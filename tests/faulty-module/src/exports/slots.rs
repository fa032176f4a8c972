//! Functions about slots and the tokens in them.
#![expect(
    unsafe_code,
    reason = "it is a C library; who calls it keeps PKCS#11's own rules about pointers"
)]

use cryptoki_sys::*;

use super::arguments::{give_list, padded, refused};
use super::{Place, answer};
use crate::module::{self, PIN_LENGTHS};
use crate::plan::Misdeed;

pub(super) unsafe extern "C" fn get_slot_list(
    present: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    answer("C_GetSlotList", &Place::Nowhere, |due| {
        let all = module::lock().slots(present != CK_FALSE)?;
        // SAFETY: the caller gives a list of so many entries, or none, and a place for their number.
        unsafe { give_list(&all, slots, count, due) }
    })
}

pub(super) unsafe extern "C" fn get_slot_info(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    answer("C_GetSlotInfo", &Place::Slot(slot), |_| {
        let present = match module::lock().slot(slot) {
            Ok(_) => CKF_TOKEN_PRESENT,
            Err(CKR_TOKEN_NOT_PRESENT) => 0,
            Err(code) => return Err(code),
        };
        let told = CK_SLOT_INFO {
            slotDescription: padded(b"Slot"),
            manufacturerID: padded(b"Kyso"),
            flags: CKF_REMOVABLE_DEVICE | present,
            ..CK_SLOT_INFO::default()
        };
        // SAFETY: the caller gives a whole CK_SLOT_INFO.
        unsafe { *info = told };
        Ok(())
    })
}

pub(super) unsafe extern "C" fn get_token_info(
    slot: CK_SLOT_ID,
    info: *mut CK_TOKEN_INFO,
) -> CK_RV {
    answer("C_GetTokenInfo", &Place::Slot(slot), |due| {
        let mut told = token_info(module::lock().slot(slot)?);
        let flags = |misdeed: &Misdeed| match misdeed {
            Misdeed::Flags(flags) => Some(*flags as CK_FLAGS),
            _ => None,
        };
        told.flags |= due.find(flags).unwrap_or(0);
        if due.has(&Misdeed::BrokenClock) {
            told.flags |= CKF_CLOCK_ON_TOKEN;
            told.utcTime = [0xff; 16];
        }
        // SAFETY: the caller gives a whole CK_TOKEN_INFO.
        unsafe { *info = told };
        Ok(())
    })
}

fn token_info(slot: &module::Slot) -> CK_TOKEN_INFO {
    CK_TOKEN_INFO {
        label: padded(&slot.token.label.0),
        manufacturerID: padded(b"Kyso"),
        model: padded(b"faulty"),
        serialNumber: padded(slot.token.serial.as_bytes()),
        flags: slot.flags(),
        ulMaxPinLen: PIN_LENGTHS.1 as CK_ULONG,
        ulMinPinLen: PIN_LENGTHS.0 as CK_ULONG,
        utcTime: padded(b""),
        ..CK_TOKEN_INFO::default()
    }
}

const MECHANISMS: [CK_MECHANISM_TYPE; 4] =
    [CKM_RSA_PKCS, CKM_RSA_X_509, CKM_RSA_PKCS_PSS, CKM_ECDSA];

pub(super) unsafe extern "C" fn get_mechanism_list(
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    answer("C_GetMechanismList", &Place::Slot(slot), |due| {
        module::lock().slot(slot)?;
        let known: Vec<_> = MECHANISMS
            .into_iter()
            .filter(|kind| !refused(due, *kind))
            .collect();
        // SAFETY: the caller gives a list of so many entries, or none, and a place for their number.
        unsafe { give_list(&known, list, count, due) }
    })
}

pub(super) unsafe extern "C" fn get_mechanism_info(
    slot: CK_SLOT_ID,
    kind: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    answer("C_GetMechanismInfo", &Place::Slot(slot), |due| {
        module::lock().slot(slot)?;
        if !MECHANISMS.contains(&kind) || refused(due, kind) {
            return Err(CKR_MECHANISM_INVALID);
        }
        let (least, most) = if kind == CKM_ECDSA {
            (256, 256)
        } else {
            (2048, 4096)
        };
        let told = CK_MECHANISM_INFO {
            ulMinKeySize: least,
            ulMaxKeySize: most,
            flags: CKF_SIGN,
        };
        // SAFETY: the caller gives a whole CK_MECHANISM_INFO.
        unsafe { *info = told };
        Ok(())
    })
}
