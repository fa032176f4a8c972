//! What a failed call means, told once.

use cryptoki_sys::*;
use kyso_pkcs11::wire::{Cause, Fault};

use crate::raw::Failed;

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Self {
        fault(failed)
    }
}

/// The call, by names that a vendor's support understands.
pub(crate) fn fault(failed: Failed) -> Fault {
    Fault {
        function: failed.function.to_owned(),
        code: name(failed.code),
        cause: cause(failed.code),
    }
}

fn cause(code: CK_RV) -> Cause {
    match code {
        CKR_PIN_INCORRECT => Cause::PinIncorrect,
        CKR_PIN_LOCKED => Cause::PinLocked,
        CKR_PIN_EXPIRED => Cause::PinExpired,
        CKR_PIN_INVALID | CKR_PIN_LEN_RANGE | CKR_PIN_TOO_WEAK => Cause::PinForm,
        CKR_USER_ALREADY_LOGGED_IN
        | CKR_USER_ANOTHER_ALREADY_LOGGED_IN
        | CKR_USER_TOO_MANY_TYPES
        | CKR_SESSION_EXISTS
        | CKR_SESSION_COUNT
        | CKR_SESSION_READ_WRITE_SO_EXISTS => Cause::InUse,
        CKR_TOKEN_NOT_PRESENT => Cause::TokenAbsent,
        CKR_TOKEN_NOT_RECOGNIZED => Cause::TokenUnrecognised,
        CKR_USER_PIN_NOT_INITIALIZED => Cause::TokenUninitialised,
        CKR_DEVICE_REMOVED
        | CKR_SESSION_HANDLE_INVALID
        | CKR_SESSION_CLOSED
        | CKR_SLOT_ID_INVALID => Cause::Removed,
        CKR_FUNCTION_CANCELED | CKR_CANCEL | CKR_FUNCTION_REJECTED => Cause::Cancelled,
        CKR_MECHANISM_INVALID
        | CKR_MECHANISM_PARAM_INVALID
        | CKR_FUNCTION_NOT_SUPPORTED
        | CKR_KEY_TYPE_INCONSISTENT
        | CKR_KEY_FUNCTION_NOT_PERMITTED => Cause::Mechanism,
        CKR_TOKEN_WRITE_PROTECTED | CKR_SESSION_READ_ONLY => Cause::ReadOnly,
        _ => Cause::Other,
    }
}

/// A code's name in PKCS#11; its number where it has none here, as with vendors' own.
macro_rules! names {
    ($($code:ident)*) => {
        fn name(code: CK_RV) -> String {
            match code {
                $($code => stringify!($code).to_owned(),)*
                other => format!("{other:#x}"),
            }
        }
    };
}

names! {
    CKR_CANCEL CKR_HOST_MEMORY CKR_SLOT_ID_INVALID CKR_GENERAL_ERROR CKR_FUNCTION_FAILED CKR_ARGUMENTS_BAD
    CKR_NEED_TO_CREATE_THREADS CKR_CANT_LOCK CKR_ATTRIBUTE_READ_ONLY CKR_ATTRIBUTE_SENSITIVE
    CKR_ATTRIBUTE_TYPE_INVALID CKR_ATTRIBUTE_VALUE_INVALID CKR_ACTION_PROHIBITED CKR_DATA_INVALID
    CKR_DATA_LEN_RANGE CKR_DEVICE_ERROR CKR_DEVICE_MEMORY CKR_DEVICE_REMOVED CKR_FUNCTION_CANCELED
    CKR_FUNCTION_NOT_PARALLEL CKR_FUNCTION_NOT_SUPPORTED CKR_KEY_HANDLE_INVALID CKR_KEY_SIZE_RANGE
    CKR_KEY_TYPE_INCONSISTENT CKR_KEY_FUNCTION_NOT_PERMITTED CKR_MECHANISM_INVALID CKR_MECHANISM_PARAM_INVALID
    CKR_OBJECT_HANDLE_INVALID CKR_OPERATION_ACTIVE CKR_OPERATION_NOT_INITIALIZED CKR_PIN_INCORRECT CKR_PIN_INVALID
    CKR_PIN_LEN_RANGE CKR_PIN_EXPIRED CKR_PIN_LOCKED CKR_SESSION_CLOSED CKR_SESSION_COUNT CKR_SESSION_HANDLE_INVALID
    CKR_SESSION_PARALLEL_NOT_SUPPORTED CKR_SESSION_READ_ONLY CKR_SESSION_EXISTS CKR_SESSION_READ_ONLY_EXISTS
    CKR_SESSION_READ_WRITE_SO_EXISTS CKR_TEMPLATE_INCOMPLETE CKR_TEMPLATE_INCONSISTENT CKR_TOKEN_NOT_PRESENT
    CKR_TOKEN_NOT_RECOGNIZED CKR_TOKEN_WRITE_PROTECTED CKR_USER_ALREADY_LOGGED_IN CKR_USER_NOT_LOGGED_IN
    CKR_USER_PIN_NOT_INITIALIZED CKR_USER_TYPE_INVALID CKR_USER_ANOTHER_ALREADY_LOGGED_IN CKR_USER_TOO_MANY_TYPES
    CKR_RANDOM_NO_RNG CKR_CURVE_NOT_SUPPORTED CKR_BUFFER_TOO_SMALL CKR_INFORMATION_SENSITIVE
    CKR_CRYPTOKI_NOT_INITIALIZED CKR_CRYPTOKI_ALREADY_INITIALIZED CKR_MUTEX_BAD CKR_MUTEX_NOT_LOCKED
    CKR_EXCEEDED_MAX_ITERATIONS CKR_FIPS_SELF_TEST_FAILED CKR_LIBRARY_LOAD_FAILED CKR_PIN_TOO_WEAK
    CKR_PUBLIC_KEY_INVALID CKR_FUNCTION_REJECTED CKR_TOKEN_RESOURCE_EXCEEDED CKR_OPERATION_CANCEL_FAILED
    CKR_KEY_EXHAUSTED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: CK_RV, expected: (&str, Cause)) {
        let function = "C_Login";
        let fault = fault(Failed { function, code });
        assert_eq!(
            (fault.function.as_str(), fault.code.as_str(), fault.cause),
            (function, expected.0, expected.1)
        );
    }

    #[test]
    fn codes_have_names_and_causes() {
        check(
            CKR_PIN_INCORRECT,
            ("CKR_PIN_INCORRECT", Cause::PinIncorrect),
        );
        check(CKR_DEVICE_REMOVED, ("CKR_DEVICE_REMOVED", Cause::Removed));
        check(
            CKR_TOKEN_WRITE_PROTECTED,
            ("CKR_TOKEN_WRITE_PROTECTED", Cause::ReadOnly),
        );
        check(0x8000_0101, ("0x80000101", Cause::Other));
    }
}
