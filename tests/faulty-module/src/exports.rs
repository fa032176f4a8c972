//! The C functions: arguments in, one call of the soft token, what the faults make of it out.
#![expect(
    unsafe_code,
    reason = "it is a C library; who calls it keeps PKCS#11's own rules about pointers"
)]

use std::ffi::{CStr, OsStr, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::slice;

use cryptoki_sys::*;

use crate::key::{Hash, How};
use crate::misdeed::{self, Due};
use crate::module::{self, PIN_LENGTHS};
use crate::plan::Misdeed;

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
    list.C_GetSlotList = Some(get_slot_list);
    list.C_GetSlotInfo = Some(get_slot_info);
    list.C_GetTokenInfo = Some(get_token_info);
    list.C_GetMechanismList = Some(get_mechanism_list);
    list.C_GetMechanismInfo = Some(get_mechanism_info);
    list.C_OpenSession = Some(open_session);
    list.C_CloseSession = Some(close_session);
    list.C_GetSessionInfo = Some(get_session_info);
    list.C_Login = Some(login);
    list.C_Logout = Some(logout);
    list.C_SetPIN = Some(set_pin);
    list.C_FindObjectsInit = Some(find_objects_init);
    list.C_FindObjects = Some(find_objects);
    list.C_FindObjectsFinal = Some(find_objects_final);
    list.C_GetAttributeValue = Some(get_attribute_value);
    list.C_SignInit = Some(sign_init);
    list.C_Sign = Some(sign);
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

unsafe extern "C" fn get_slot_list(
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

unsafe extern "C" fn get_slot_info(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
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

unsafe extern "C" fn get_token_info(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
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

unsafe extern "C" fn get_mechanism_list(
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

unsafe extern "C" fn get_mechanism_info(
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

unsafe extern "C" fn open_session(
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

unsafe extern "C" fn close_session(session: CK_SESSION_HANDLE) -> CK_RV {
    answer("C_CloseSession", &Place::Session(session), |_| {
        module::lock().close(session)
    })
}

unsafe extern "C" fn get_session_info(
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

unsafe extern "C" fn login(
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

unsafe extern "C" fn logout(session: CK_SESSION_HANDLE) -> CK_RV {
    answer("C_Logout", &Place::Session(session), |_| {
        module::lock().logout(session)
    })
}

unsafe extern "C" fn set_pin(
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

unsafe extern "C" fn find_objects_init(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    answer("C_FindObjectsInit", &Place::Session(session), |_| {
        // SAFETY: the caller gives so many attributes, each with a buffer of its length.
        let wanted = unsafe { entries(template, count) }.iter().map(|entry| {
            // SAFETY: as above.
            let value = unsafe { bytes(entry.pValue.cast(), entry.ulValueLen) };
            (entry.type_, value.unwrap_or_default().to_vec())
        });
        module::lock().find_init(session, &wanted.collect::<Vec<_>>())
    })
}

unsafe extern "C" fn find_objects(
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

unsafe extern "C" fn find_objects_final(session: CK_SESSION_HANDLE) -> CK_RV {
    answer("C_FindObjectsFinal", &Place::Session(session), |_| {
        module::lock().find_final(session)
    })
}

unsafe extern "C" fn get_attribute_value(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    answer("C_GetAttributeValue", &Place::Session(session), |due| {
        // SAFETY: the caller gives so many attributes, each with a buffer of its length or none.
        let entries = unsafe { entries(template, count) };
        let kinds: Vec<_> = entries.iter().map(|entry| entry.type_).collect();
        let values = module::lock().attributes(session, object, &kinds)?;
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

unsafe extern "C" fn sign_init(
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
        module::lock().sign_init(session, how, key)
    })
}

unsafe extern "C" fn sign(
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

fn refused(due: &Due, kind: CK_MECHANISM_TYPE) -> bool {
    due.find(|misdeed| (*misdeed == Misdeed::Refuse(kind)).then_some(()))
        .is_some()
}

/// The length that a fault tells, whatever there is.
fn told_length(due: &Due, probes: bool) -> Option<CK_ULONG> {
    due.find(|misdeed| match misdeed {
        Misdeed::Length(length) => Some(*length as CK_ULONG),
        Misdeed::ProbeLength(length) if probes => Some(*length as CK_ULONG),
        _ => None,
    })
}

/// Gives bytes as PKCS#11 does: the length alone where there is no buffer.
unsafe fn give_bytes(
    given: &[u8],
    to: *mut CK_BYTE,
    length: *mut CK_ULONG,
    due: &Due,
) -> Result<(), CK_RV> {
    // SAFETY: as the caller says, `length` is a place with the buffer's length in it.
    let room = unsafe { *length };
    let told = told_length(due, to.is_null());
    // SAFETY: as above.
    unsafe { *length = told.unwrap_or(given.len() as CK_ULONG) };
    if to.is_null() {
        return Ok(());
    }
    if room < given.len() as CK_ULONG {
        return Err(CKR_BUFFER_TOO_SMALL);
    }
    // SAFETY: there is room for so many bytes.
    unsafe { to.copy_from_nonoverlapping(given.as_ptr(), given.len()) };
    Ok(())
}

/// Gives numbers as PKCS#11 does, or too many for any buffer.
unsafe fn give_list(
    given: &[CK_ULONG],
    to: *mut CK_ULONG,
    count: *mut CK_ULONG,
    due: &Due,
) -> Result<(), CK_RV> {
    // SAFETY: as the caller says, `count` is a place with the buffer's length in it.
    let room = unsafe { *count };
    let told = told_length(due, to.is_null());
    let endless = due
        .has(&Misdeed::Endless)
        .then_some(if to.is_null() { 1 } else { room + 1 });
    // SAFETY: as above.
    unsafe { *count = told.or(endless).unwrap_or(given.len() as CK_ULONG) };
    if to.is_null() {
        return Ok(());
    }
    if endless.is_some() || room < given.len() as CK_ULONG {
        return Err(CKR_BUFFER_TOO_SMALL);
    }
    // SAFETY: there is room for so many numbers.
    unsafe { to.copy_from_nonoverlapping(given.as_ptr(), given.len()) };
    Ok(())
}

unsafe fn bytes<'a>(start: *const u8, length: CK_ULONG) -> Option<&'a [u8]> {
    let length = usize::try_from(length).ok()?;
    // SAFETY: as the caller says, so many bytes stand there.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, length) })
}

unsafe fn entries<'a>(start: *mut CK_ATTRIBUTE, count: CK_ULONG) -> &'a mut [CK_ATTRIBUTE] {
    let count = usize::try_from(count).unwrap_or_default();
    if start.is_null() {
        return &mut [];
    }
    // SAFETY: as the caller says, so many attributes stand there, and nobody else uses them meanwhile.
    unsafe { slice::from_raw_parts_mut(start, count) }
}

/// Text padded with blanks; what doesn't fit is cut.
fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    let mut all = [b' '; N];
    for (to, from) in all.iter_mut().zip(text) {
        *to = *from;
    }
    all
}
