//! The C functions: arguments in, one call of the soft token, what the faults make of it out.
#![expect(
    unsafe_code,
    reason = "it is a C library; who calls it keeps PKCS#11's own rules about pointers"
)]

mod arguments;
mod sessions;
mod slots;

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use cryptoki_sys::*;

use crate::misdeed::{self, Due};
use crate::module;
use crate::plan::Misdeed;
use arguments::padded;

/// Where a call has a slot.
enum Place {
    Nowhere,
    Slot(CK_SLOT_ID),
    Session(CK_SESSION_HANDLE),
}

fn answer(
    function: &'static str,
    place: &Place,
    act: impl FnOnce(&Due) -> Result<(), CK_RV>,
) -> CK_RV {
    let slot = match place {
        Place::Nowhere => None,
        Place::Slot(slot) => usize::try_from(*slot).ok(),
        Place::Session(session) => module::lock().slot_of(*session),
    };
    let code_after = |misdeed: &Misdeed| match misdeed {
        Misdeed::CodeAfter(code) => Some(*code as CK_RV),
        _ => None,
    };
    let done = misdeed::begin(function, slot).and_then(|due| {
        act(&due)?;
        due.find(code_after).map_or(Ok(()), Err)
    });
    done.err().unwrap_or(CKR_OK)
}

static LIST: CK_FUNCTION_LIST_3_0 = list();

const fn list() -> CK_FUNCTION_LIST_3_0 {
    // SAFETY: a list of null pointers is a valid one: every entry is an option of a function.
    let mut list: CK_FUNCTION_LIST_3_0 = unsafe { std::mem::zeroed() };
    list.version = CK_VERSION { major: 3, minor: 0 };
    list.C_Initialize = Some(initialize);
    list.C_Finalize = Some(finalize);
    list.C_GetInfo = Some(get_info);
    list.C_GetFunctionList = Some(get_function_list);
    list.C_GetInterface = Some(get_interface);
    list.C_GetSlotList = Some(slots::get_slot_list);
    list.C_GetSlotInfo = Some(slots::get_slot_info);
    list.C_GetTokenInfo = Some(slots::get_token_info);
    list.C_GetMechanismList = Some(slots::get_mechanism_list);
    list.C_GetMechanismInfo = Some(slots::get_mechanism_info);
    list.C_OpenSession = Some(sessions::open_session);
    list.C_CloseSession = Some(sessions::close_session);
    list.C_GetSessionInfo = Some(sessions::get_session_info);
    list.C_Login = Some(sessions::login);
    list.C_Logout = Some(sessions::logout);
    list.C_SetPIN = Some(sessions::set_pin);
    list.C_FindObjectsInit = Some(sessions::find_objects_init);
    list.C_FindObjects = Some(sessions::find_objects);
    list.C_FindObjectsFinal = Some(sessions::find_objects_final);
    list.C_GetAttributeValue = Some(sessions::get_attribute_value);
    list.C_SignInit = Some(sessions::sign_init);
    list.C_Sign = Some(sessions::sign);
    list
}

/// # Safety
/// As PKCS#11 says: `list` is a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    // SAFETY: the caller's own argument.
    unsafe { get_function_list(list) }
}

unsafe extern "C" fn get_function_list(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    answer("C_GetFunctionList", &Place::Nowhere, |_| {
        // The list of 2.40 is the beginning of 3.0's, and says its own version.
        let mut older: CK_FUNCTION_LIST = CK_FUNCTION_LIST::default();
        // SAFETY: the shorter structure's fields are the longer one's first (PKCS#11 3.0, 5.4.2).
        unsafe { std::ptr::copy_nonoverlapping((&raw const LIST).cast(), &raw mut older, 1) };
        older.version = CK_VERSION {
            major: 2,
            minor: 40,
        };
        // SAFETY: the caller gives a place for the pointer; the list is never freed, since callers keep its address.
        unsafe { *list = Box::leak(Box::new(older)) };
        Ok(())
    })
}

/// # Safety
/// As PKCS#11 says: `interface` is a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetInterface(
    name: *mut CK_UTF8CHAR,
    version: *mut CK_VERSION,
    interface: *mut *mut CK_INTERFACE,
    flags: CK_FLAGS,
) -> CK_RV {
    // SAFETY: the caller's own arguments.
    unsafe { get_interface(name, version, interface, flags) }
}

unsafe extern "C" fn get_interface(
    _name: *mut CK_UTF8CHAR,
    _version: *mut CK_VERSION,
    interface: *mut *mut CK_INTERFACE,
    _flags: CK_FLAGS,
) -> CK_RV {
    answer("C_GetInterface", &Place::Nowhere, |_| {
        let ours = CK_INTERFACE {
            pInterfaceName: c"PKCS 11".as_ptr().cast_mut().cast(),
            pFunctionList: (&raw const LIST).cast_mut().cast(),
            flags: 0,
        };
        // SAFETY: the caller gives a place for the pointer; the interface is never freed, since callers keep it.
        unsafe { *interface = Box::leak(Box::new(ours)) };
        Ok(())
    })
}

unsafe extern "C" fn initialize(arguments: *mut c_void) -> CK_RV {
    // SAFETY: PKCS#11 gives null or a whole CK_C_INITIALIZE_ARGS.
    let arguments = unsafe { arguments.cast::<CK_C_INITIALIZE_ARGS>().as_ref() };
    let text = arguments
        .map(|arguments| arguments.pReserved)
        .filter(|text| !text.is_null());
    // SAFETY: the parameter text ends in NUL, as every module's that takes one.
    let text = text.map(|text| unsafe { CStr::from_ptr(text.cast()) });
    let file = text.map(|text| PathBuf::from(OsStr::from_bytes(text.to_bytes())));
    let tokens = misdeed::tokens(file);
    answer("C_Initialize", &Place::Nowhere, |_| {
        module::lock().initialise(tokens.ok_or(CKR_ARGUMENTS_BAD)?)
    })
}

unsafe extern "C" fn finalize(_: *mut c_void) -> CK_RV {
    answer("C_Finalize", &Place::Nowhere, |_| {
        module::lock().finalise();
        Ok(())
    })
}

unsafe extern "C" fn get_info(info: *mut CK_INFO) -> CK_RV {
    answer("C_GetInfo", &Place::Nowhere, |_| {
        let told = CK_INFO {
            cryptokiVersion: CK_VERSION { major: 3, minor: 0 },
            manufacturerID: padded(b"Kyso"),
            flags: 0,
            libraryDescription: padded(b"Misbehaves on command"),
            libraryVersion: CK_VERSION { major: 1, minor: 0 },
        };
        // SAFETY: the caller gives a whole CK_INFO.
        unsafe { *info = told };
        Ok(())
    })
}
