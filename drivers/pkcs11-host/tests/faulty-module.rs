//! A PKCS#11 module that stands in front of another one and misbehaves as vendors' modules do. For tests.
//!
//! `FAULTY_BEHIND` names the real module, `FAULTY` the faults, separated by commas. `FAULTY_EVENT` is a named pipe that
//! gets one byte when a fault begins in a signature, and without which none does; `FAULTY_PIN` is what somebody types on the PIN pad.
#![expect(unsafe_code, reason = "it is a C library")]
#![expect(clippy::unwrap_used, reason = "misbehaving is its job")]

use std::fs::File;
use std::io::Write;
use std::sync::OnceLock;

use cryptoki_sys::*;

static REAL: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
static OURS: OnceLock<Shown> = OnceLock::new();

/// The list whose address callers keep; they only read it.
struct Shown(CK_FUNCTION_LIST);

fn real() -> &'static CK_FUNCTION_LIST {
    REAL.get_or_init(|| {
        let path = std::env::var_os("FAULTY_BEHIND").unwrap();
        // SAFETY: the real module is a well-behaved library.
        let library = Box::leak(Box::new(unsafe { Pkcs11::new(path) }.unwrap()));
        let mut list = std::ptr::null_mut();
        // SAFETY: the pointer that is written to is ours, and what it points to stays valid: the library is leaked.
        unsafe {
            library.C_GetFunctionList.as_ref().unwrap()(&raw mut list);
            *list
        }
    })
}

fn has(fault: &str) -> bool {
    std::env::var("FAULTY").is_ok_and(|all| all.split(',').any(|one| one == fault))
}

/// Tells that a fault begins; false where nobody listens any more.
fn event() -> bool {
    let pipe = std::env::var_os("FAULTY_EVENT").map(|path| File::options().write(true).open(path));
    match pipe {
        Some(Ok(mut pipe)) => pipe.write_all(b"!").is_ok(),
        _ => false,
    }
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// # Safety
/// As PKCS#11 says: `list` is a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    let ours = OURS.get_or_init(|| {
        Shown(CK_FUNCTION_LIST {
            C_GetSlotList: Some(get_slot_list),
            C_GetTokenInfo: Some(get_token_info),
            C_OpenSession: Some(open_session),
            C_Login: Some(login),
            C_GetAttributeValue: Some(get_attribute_value),
            C_SignInit: Some(sign_init),
            C_Sign: Some(sign),
            ..*real()
        })
    });
    // SAFETY: the caller gives a place for the pointer.
    unsafe { *list = (&raw const ours.0).cast_mut() };
    CKR_OK
}

unsafe extern "C" fn get_slot_list(
    present: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    if has("prints") {
        let mut stdout = std::io::stdout();
        stdout
            .write_all(b"\x05\x00\x00\x00noise on stdout\n")
            .unwrap();
        stdout.flush().unwrap();
        let mut swallowed = String::new();
        std::io::stdin().read_line(&mut swallowed).unwrap();
    }
    // SAFETY: the caller's own arguments.
    unsafe { real().C_GetSlotList.unwrap()(present, slots, count) }
}

unsafe extern "C" fn get_token_info(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    // SAFETY: the caller's own arguments.
    let code = unsafe { real().C_GetTokenInfo.unwrap()(slot, info) };
    // SAFETY: the caller gives a whole CK_TOKEN_INFO.
    let info = unsafe { &mut *info };
    let flags = [
        ("pin-pad", CKF_PROTECTED_AUTHENTICATION_PATH),
        ("locked", CKF_USER_PIN_LOCKED),
        ("final-try", CKF_USER_PIN_FINAL_TRY),
        ("broken-clock", CKF_CLOCK_ON_TOKEN),
    ];
    for (_, flag) in flags.iter().filter(|(fault, _)| has(fault)) {
        info.flags |= flag;
        info.utcTime = [0xff; 16];
    }
    if info.label.starts_with(b"hangs") {
        hang();
    }
    if info.label.starts_with(b"crashes") {
        std::process::abort();
    }
    code
}

unsafe extern "C" fn open_session(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: *mut std::ffi::c_void,
    notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    // SAFETY: the caller's own arguments.
    let code = unsafe { real().C_OpenSession.unwrap()(slot, flags, application, notify, session) };
    if has("login-of-another") {
        // SAFETY: the handle was written by the call above.
        unsafe { typed(*session, CKU_USER) };
    }
    code
}

unsafe fn typed(session: CK_SESSION_HANDLE, user: CK_USER_TYPE) -> CK_RV {
    let mut pin = std::env::var("FAULTY_PIN").unwrap().into_bytes();
    // SAFETY: start and length are those of `pin`.
    unsafe { real().C_Login.unwrap()(session, user, pin.as_mut_ptr(), pin.len() as CK_ULONG) }
}

unsafe extern "C" fn login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    length: CK_ULONG,
) -> CK_RV {
    if has("cancels") {
        return CKR_FUNCTION_CANCELED;
    }
    if pin.is_null() {
        // SAFETY: the caller's own session.
        return unsafe { typed(session, user) };
    }
    // SAFETY: the caller's own arguments.
    unsafe { real().C_Login.unwrap()(session, user, pin, length) }
}

unsafe extern "C" fn get_attribute_value(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    // SAFETY: the caller gives at least one entry.
    let first = unsafe { &mut *template };
    if has("tells-no-lengths") && first.pValue.is_null() {
        first.ulValueLen = 0;
        return CKR_OK;
    }
    // SAFETY: the caller's own arguments.
    unsafe { real().C_GetAttributeValue.unwrap()(session, object, template, count) }
}

unsafe extern "C" fn sign_init(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the caller gives a whole CK_MECHANISM.
    let kind = unsafe { (*mechanism).mechanism };
    let refused = [
        ("no-pss", CKM_RSA_PKCS_PSS),
        ("no-raw", CKM_RSA_X_509),
        ("no-ecdsa", CKM_ECDSA),
    ];
    if refused
        .iter()
        .any(|(fault, refused)| has(fault) && *refused == kind)
    {
        return CKR_MECHANISM_INVALID;
    }
    // SAFETY: the caller's own arguments.
    unsafe { real().C_SignInit.unwrap()(session, mechanism, key) }
}

unsafe extern "C" fn sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_length: CK_ULONG,
    signature: *mut CK_BYTE,
    length: *mut CK_ULONG,
) -> CK_RV {
    if has("hangs-in-sign") && event() {
        hang();
    }
    if has("crashes-in-sign") && event() {
        std::process::abort();
    }
    if has("removed-in-sign") {
        return CKR_DEVICE_REMOVED;
    }
    // SAFETY: the caller's own arguments.
    let code = unsafe { real().C_Sign.unwrap()(session, data, data_length, signature, length) };
    if has("short-signature") {
        // SAFETY: the caller gives a place for the length.
        unsafe { *length = 7 };
    }
    code
}
