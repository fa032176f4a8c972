//! A PKCS#11 module that misbehaves as it is told: for tests of whoever must survive vendors' modules.
//!
//! Without faults it is a correct soft token: RSA (PKCS#1 v1.5, PSS, raw) and P-256, several tokens, PIN tries that are
//! counted, a PIN pad. Tokens, keys and faults stand in a [`Plan`], a file that the environment variable [`PLAN`] names,
//! else the one beside the module with `.toml` behind its name, else the parameter text of `C_Initialize`. A record is
//! kept of every call, by which tests count PIN tries.
//!
//! Tests depend on this crate as a library: Cargo then builds the module, and [`module_file`] finds it.

mod exports;
mod key;
mod misdeed;
mod module;
mod objects;
mod place;
mod plan;
mod record;

pub use exports::{C_GetFunctionList, C_GetInterface};
pub use place::{module_file, without_symbol};
pub use plan::{Bytes, Class, Fault, Misdeed, Object, PLAN, Plan, Token, hashed_pin};
pub use record::Record;

/// Return codes, flags and states of PKCS#11, for plans.
pub mod codes {
    pub use cryptoki_sys::{
        CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED, CKF_USER_PIN_TO_BE_CHANGED, CKM_ECDSA,
        CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_RSA_X_509, CKR_ARGUMENTS_BAD, CKR_DEVICE_ERROR,
        CKR_DEVICE_MEMORY, CKR_DEVICE_REMOVED, CKR_FUNCTION_CANCELED, CKR_FUNCTION_FAILED,
        CKR_FUNCTION_NOT_SUPPORTED, CKR_FUNCTION_REJECTED, CKR_GENERAL_ERROR, CKR_HOST_MEMORY,
        CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID, CKR_MECHANISM_INVALID,
        CKR_PIN_EXPIRED, CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_PIN_LOCKED,
        CKR_SESSION_COUNT, CKR_SESSION_HANDLE_INVALID, CKR_TOKEN_NOT_PRESENT,
        CKR_TOKEN_NOT_RECOGNIZED, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
        CKR_USER_NOT_LOGGED_IN, CKR_USER_PIN_NOT_INITIALIZED, CKS_RO_PUBLIC_SESSION,
        CKS_RO_USER_FUNCTIONS,
    };
}
