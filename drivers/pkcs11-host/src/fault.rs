//! What a failed call means, told once.

use cryptoki::error::{Error, Rv, RvError};
use cryptoki_sys::CK_RV;
use kyso_pkcs11::wire::{Cause, Fault};

/// A failed call of cryptoki's.
pub(crate) fn of(error: &Error) -> Fault {
    match error {
        Error::Pkcs11(code, function) => Fault {
            function: format!("C_{function:?}"),
            code: name(*code),
            cause: cause(*code),
        },
        other => Fault {
            function: "C_GetFunctionList".to_owned(),
            code: other.to_string(),
            cause: Cause::Other,
        },
    }
}

/// A return code of a call that was made without cryptoki.
pub(crate) fn of_code(function: &str, code: CK_RV) -> Fault {
    let (code, cause) = match Rv::from(code) {
        Rv::Ok => ("Ok".to_owned(), Cause::Other),
        Rv::Error(code) => (name(code), cause(code)),
    };
    Fault {
        function: function.to_owned(),
        code,
        cause,
    }
}

fn name(code: RvError) -> String {
    match code {
        RvError::VendorDefined(code) | RvError::UnknownErrorCode(code) => format!("{code:#x}"),
        known => format!("{known:?}"),
    }
}

fn cause(code: RvError) -> Cause {
    match code {
        RvError::PinIncorrect => Cause::PinIncorrect,
        RvError::PinLocked => Cause::PinLocked,
        RvError::PinExpired => Cause::PinExpired,
        RvError::PinInvalid | RvError::PinLenRange => Cause::PinForm,
        RvError::UserAlreadyLoggedIn
        | RvError::UserAnotherAlreadyLoggedIn
        | RvError::UserTooManyTypes
        | RvError::SessionExists
        | RvError::SessionCount
        | RvError::SessionReadWriteSoExists => Cause::InUse,
        RvError::TokenNotPresent => Cause::TokenAbsent,
        RvError::TokenNotRecognized => Cause::TokenUnrecognised,
        RvError::UserPinNotInitialized => Cause::TokenUninitialised,
        RvError::DeviceRemoved
        | RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::SlotIdInvalid => Cause::Removed,
        RvError::FunctionCanceled | RvError::Cancel | RvError::FunctionRejected => Cause::Cancelled,
        RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::FunctionNotSupported
        | RvError::KeyTypeInconsistent
        | RvError::KeyFunctionNotPermitted => Cause::Mechanism,
        _ => Cause::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki_sys::{CKR_DEVICE_REMOVED, CKR_PIN_INCORRECT};

    fn check(code: CK_RV, expected: (&str, Cause)) {
        let fault = of_code("C_Login", code);
        assert_eq!((fault.code.as_str(), fault.cause), expected);
    }

    #[test]
    fn codes_have_names_and_causes() {
        check(CKR_PIN_INCORRECT, ("PinIncorrect", Cause::PinIncorrect));
        check(CKR_DEVICE_REMOVED, ("DeviceRemoved", Cause::Removed));
        check(0x8000_0101, ("0x80000101", Cause::Other));
    }
}
