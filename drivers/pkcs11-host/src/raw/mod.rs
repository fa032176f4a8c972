//! The module's functions: everything that is `unsafe` in this program, but for the descriptors that it inherits.
//!
//! They come from `C_GetFunctionList`, which every module has. `C_GetInterface` is not looked for: there are modules in
//! which it fails, and modules where the loader finds it in a library that they depend on. A length that a module tells is
//! never believed beyond the buffer that it was given, and no list is read longer than its caller wants.
#![expect(unsafe_code, reason = "the module is a C library")]

mod session;

use std::ffi::CString;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::ptr::{NonNull, null_mut};

use cryptoki_sys::{
    CK_BBOOL, CK_C_INITIALIZE_ARGS, CK_FUNCTION_LIST, CK_INFO, CK_MECHANISM_TYPE, CK_RV,
    CK_SLOT_ID, CK_TOKEN_INFO, CK_ULONG, CKF_OS_LOCKING_OK, CKR_ARGUMENTS_BAD, CKR_CANT_LOCK,
    CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_NEED_TO_CREATE_THREADS, CKR_OK,
};

pub(crate) use session::{Session, Wanted};

/// A call that the module answered with anything but `CKR_OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) function: &'static str,
    pub(crate) code: CK_RV,
}

/// The module's own function list.
pub(crate) struct Raw {
    functions: CK_FUNCTION_LIST,
    /// Keeps the library loaded, and is never unloaded: a library's farewell may hang or crash.
    _library: ManuallyDrop<cryptoki_sys::Pkcs11>,
}

/// A function of the list; [`Failed`] where the module has none.
macro_rules! function {
    ($raw:expr, $name:ident) => {
        $raw.functions.$name.ok_or($crate::raw::Failed {
            function: stringify!($name),
            code: cryptoki_sys::CKR_FUNCTION_NOT_SUPPORTED,
        })
    };
}
use function;

impl Raw {
    /// Loads a module without initialising it.
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        // SAFETY: loading runs the library's own constructors; that is what this process is for.
        let library =
            unsafe { cryptoki_sys::Pkcs11::new(path) }.map_err(|error| error.to_string())?;
        let Ok(get_list) = &library.C_GetFunctionList else {
            return Err("it has no C_GetFunctionList".to_owned());
        };
        let mut list = null_mut();
        // SAFETY: the function has the type that PKCS#11 gives it, and the pointer it writes to is ours.
        let code = unsafe { get_list(&raw mut list) };
        let list = NonNull::new(list)
            .filter(|_| code == CKR_OK)
            .ok_or_else(|| format!("C_GetFunctionList: {code:#x}"))?;
        // SAFETY: PKCS#11 lets the list stay valid while the library is loaded; it is copied here.
        let functions = unsafe { list.read() };
        Ok(Self {
            functions,
            _library: ManuallyDrop::new(library),
        })
    }

    /// `C_Initialize`; without arguments where the module refuses the system's locks. The text is never freed: a module
    /// may keep its address.
    pub(crate) fn initialize(&self, reserved: Option<CString>) -> Result<(), Failed> {
        let call = function!(self, C_Initialize)?;
        let text = reserved.map_or(null_mut(), CString::into_raw);
        let mut arguments = CK_C_INITIALIZE_ARGS {
            flags: CKF_OS_LOCKING_OK,
            pReserved: text.cast(),
            ..CK_C_INITIALIZE_ARGS::default()
        };
        // SAFETY: the arguments outlive the call, and the text ends in NUL and stays valid until the process ends.
        let first = checked("C_Initialize", unsafe { call((&raw mut arguments).cast()) });
        match first.map_err(|failed| failed.code) {
            Err(CKR_CRYPTOKI_ALREADY_INITIALIZED) => Ok(()),
            Err(CKR_CANT_LOCK | CKR_NEED_TO_CREATE_THREADS | CKR_ARGUMENTS_BAD)
                if text.is_null() =>
            {
                // SAFETY: PKCS#11 takes NULL for "one thread", which is what this process has.
                checked("C_Initialize", unsafe { call(null_mut()) }).or(first)
            }
            _ => first,
        }
    }

    /// `C_GetInfo`.
    pub(crate) fn info(&self) -> Result<CK_INFO, Failed> {
        let call = function!(self, C_GetInfo)?;
        let mut info = CK_INFO::default();
        // SAFETY: `info` is a whole CK_INFO and outlives the call.
        checked("C_GetInfo", unsafe { call(&raw mut info) })?;
        Ok(info)
    }

    /// `C_GetSlotList`: all slots, or those with a token; an error where there are more than `most`.
    pub(crate) fn slots(&self, with_token: bool, most: usize) -> Result<Vec<CK_SLOT_ID>, Failed> {
        let call = function!(self, C_GetSlotList)?;
        let present = CK_BBOOL::from(with_token);
        let mut count = 0;
        // A module looks for new readers when it is asked for the number; the number itself may be any.
        // SAFETY: NULL asks for the number, whose place is ours.
        checked("C_GetSlotList", unsafe {
            call(present, null_mut(), &raw mut count)
        })?;
        let mut slots: Vec<CK_SLOT_ID> = vec![0; most];
        count = most as CK_ULONG;
        // SAFETY: the list has room for `count` numbers and outlives the call.
        checked("C_GetSlotList", unsafe {
            call(present, slots.as_mut_ptr(), &raw mut count)
        })?;
        slots.truncate(length(count));
        Ok(slots)
    }

    /// `C_GetTokenInfo`, as the module wrote it: a token with a broken clock is still a token.
    pub(crate) fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, Failed> {
        let call = function!(self, C_GetTokenInfo)?;
        let mut info = CK_TOKEN_INFO::default();
        // SAFETY: `info` is a whole CK_TOKEN_INFO and outlives the call.
        checked("C_GetTokenInfo", unsafe { call(slot, &raw mut info) })?;
        Ok(info)
    }

    /// `C_GetMechanismList`; an error where there are more than `most`.
    pub(crate) fn mechanisms(
        &self,
        slot: CK_SLOT_ID,
        most: usize,
    ) -> Result<Vec<CK_MECHANISM_TYPE>, Failed> {
        let call = function!(self, C_GetMechanismList)?;
        let mut kinds: Vec<CK_MECHANISM_TYPE> = vec![0; most];
        let mut count = most as CK_ULONG;
        // SAFETY: the list has room for `count` numbers and outlives the call.
        checked("C_GetMechanismList", unsafe {
            call(slot, kinds.as_mut_ptr(), &raw mut count)
        })?;
        kinds.truncate(length(count));
        Ok(kinds)
    }
}

/// Start and length of a PIN for the calls that only read it; NULL has the device ask.
fn of_pin(pin: Option<&[u8]>) -> (*mut u8, CK_ULONG) {
    pin.map_or((null_mut(), 0), |pin| {
        (pin.as_ptr().cast_mut(), pin.len() as CK_ULONG)
    })
}

fn checked(function: &'static str, code: CK_RV) -> Result<(), Failed> {
    if code == CKR_OK {
        Ok(())
    } else {
        Err(Failed { function, code })
    }
}

/// A length that a module tells; what no memory holds is as long as can be, and shortens nothing.
fn length(told: CK_ULONG) -> usize {
    usize::try_from(told).unwrap_or(usize::MAX)
}
