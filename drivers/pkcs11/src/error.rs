//! What can go wrong, one variant a cause that someone can act on.

use std::path::PathBuf;

use crate::examine::Architecture;
use crate::report::PinState;
use crate::wire::WireError;

/// Why a file is no module that this process's hosts could load.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not a library at all.
    #[error("not a library")]
    NotALibrary,
    /// A library that doesn't export `C_GetFunctionList`.
    #[error("a library, but no PKCS#11 module")]
    NotAModule,
    /// A library of another operating system.
    #[error("a library of another system")]
    OtherSystem,
    /// Built for another machine: a 32-bit module beside a 64-bit program, for instance.
    #[error("built for another kind of machine ({theirs}) than this program ({ours})")]
    OtherMachine {
        /// What the file was built for.
        theirs: Architecture,
        /// What this program was built for.
        ours: Architecture,
    },
    /// The file can't be read by this user.
    #[error("not readable")]
    Unreadable,
    /// Others than an administrator could have put it there.
    #[error("not safe to load: {} {why}", path.display())]
    Insecure {
        /// The file, or the folder above it.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Replaced by another file between its examination and its loading.
    #[error("not the file that was examined")]
    Changed,
}

/// What a module, its host or a slot did instead of answering.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// No such file, or no module of that name is configured.
    #[error("the module {} is not there", path.display())]
    ModuleMissing {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The file is there and cannot be a module for this machine.
    #[error("{} is {why}", path.display())]
    ModuleUnfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: Unfit,
    },
    /// The system's loader refused the file, or it has no `C_GetFunctionList`.
    #[error("the module does not load: {why}")]
    ModuleLoad {
        /// The loader's own words.
        why: String,
    },
    /// A call of the module failed.
    #[error("{function} failed: {code}")]
    ModuleFailed {
        /// The PKCS#11 function, as `C_Initialize`.
        function: String,
        /// The return code's name.
        code: String,
    },
    /// The host ended in the middle of a call.
    #[error("the module's process ended (signal {signal:?}, status {status:?})")]
    ModuleDied {
        /// The signal that ended it.
        signal: Option<i32>,
        /// Its exit status, where no signal ended it.
        status: Option<i32>,
    },
    /// No answer before the deadline; the host was killed.
    #[error("the module did not answer within {seconds} s")]
    ModuleTimeout {
        /// The deadline that passed, rounded up.
        seconds: u64,
    },
    /// Another call held the module until this one's deadline.
    #[error("the module is busy with another call")]
    ModuleBusy,
    /// `kyso-pkcs11-host` could not be started.
    #[error("the module's process cannot be started: {why}")]
    HostStart {
        /// The system's own words.
        why: String,
    },
    /// The host program belongs to another release.
    #[error("the host program speaks version {theirs}, this program {ours}")]
    HostVersion {
        /// What this library speaks.
        ours: u32,
        /// What the host said.
        theirs: u32,
    },
    /// The host said something that is no message.
    #[error("the module's process answered nonsense: {0}")]
    Wire(#[from] WireError),
    /// Nothing is in this slot.
    #[error("no token is in the slot")]
    TokenAbsent,
    /// The token was never initialised, or has no user PIN.
    #[error("the token is not initialised")]
    TokenUninitialised,
    /// The module sees a token that it doesn't know.
    #[error("the module does not know this token")]
    TokenUnrecognised,
}

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The module, its host or the slot failed as a whole.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// One try was spent.
    #[error("the PIN is wrong")]
    PinWrong {
        /// The flags as the token reports them after the try; `None` where they could not be read again.
        state: Option<PinState>,
    },
    /// No try is left; nothing was tried, or this try was the last.
    #[error("the PIN is locked")]
    PinLocked,
    /// The token can't hold a PIN of that length or alphabet. No try was spent where the length told.
    #[error("a PIN of this token has {min} to {max} characters")]
    PinForm {
        /// Fewest bytes.
        min: u32,
        /// Most bytes; 0 where the token doesn't say.
        max: u32,
    },
    /// The token wants its PIN changed before it signs.
    #[error("the PIN must be changed before it can be used")]
    PinMustChange,
    /// The token asks for a PIN, none was given, and it has no PIN pad.
    #[error("the token asks for its PIN")]
    PinNeeded,
    /// No token holds this certificate now.
    #[error("no token with this certificate is connected")]
    TokenAbsent,
    /// Several tokens have the label and serial number of the one that was meant. Nothing was tried.
    #[error("several tokens with the same name and number are connected")]
    TokensAlike,
    /// The token has no serial number, so that another one could be in its place. Nothing was tried.
    #[error("the token has no serial number by which it could be known again")]
    TokenUnnamed,
    /// The token went away in the middle.
    #[error("the token was removed")]
    TokenRemoved,
    /// Another program or user holds the token.
    #[error("the token is in use by another program")]
    TokenBusy,
    /// The token holds the certificate without its private key.
    #[error("the token does not hold the certificate's private key")]
    KeyAbsent,
    /// The certificate's key can't do what was asked.
    #[error("the certificate's key does not fit the signature that was asked for")]
    KeyUnfit,
    /// The digest isn't as long as the named hash.
    #[error("the digest has the wrong length")]
    DigestForm,
    /// The person cancelled, here or on the PIN pad.
    #[error("cancelled")]
    Cancelled,
    /// The token offers no mechanism for this signature.
    #[error("the token cannot make this kind of signature")]
    MechanismMissing,
    /// The module returned a signature of an impossible length.
    #[error("the token returned {got} bytes where {want} were due")]
    SignatureForm {
        /// Bytes returned.
        got: usize,
        /// Bytes that the key makes.
        want: usize,
    },
    /// The system gave no random bytes for the salt.
    #[error("the system gave no random bytes")]
    Randomness,
}

/// Why the PIN was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinChangeError {
    /// The module, its host or the slot failed as a whole. Whether the PIN was changed is then not known.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The old PIN is wrong; one try was spent.
    #[error("the old PIN is wrong")]
    PinWrong {
        /// The flags as the token reports them after the try; `None` where they could not be read again.
        state: Option<PinState>,
    },
    /// No try is left; nothing was tried, or this try was the last.
    #[error("the PIN is locked")]
    PinLocked,
    /// The old PIN can't be one of this token. Nothing was tried.
    #[error("a PIN of this token has {min} to {max} characters")]
    OldPinForm {
        /// Fewest bytes.
        min: u32,
        /// Most bytes; 0 where the token doesn't say.
        max: u32,
    },
    /// The new PIN is too short or too long. Nothing was tried.
    #[error("a new PIN of this token has {min} to {max} characters")]
    NewPinForm {
        /// Fewest bytes.
        min: u32,
        /// Most bytes; 0 where the token doesn't say.
        max: u32,
    },
    /// The token refuses the new PIN for its letters, its weakness or because it was used before.
    #[error("the token does not take the new PIN")]
    NewPinRefused,
    /// The device was to ask for the PINs, and can't.
    #[error("the token has no keypad")]
    PinNeeded,
    /// No token of that label and serial number is connected.
    #[error("the token is not connected")]
    TokenAbsent,
    /// Several tokens have the label and serial number of the one that was meant. Nothing was tried.
    #[error("several tokens with the same name and number are connected")]
    TokensAlike,
    /// The token has no serial number, so that another one could be in its place. Nothing was tried.
    #[error("the token has no serial number by which it could be known again")]
    TokenUnnamed,
    /// The token went away in the middle.
    #[error("the token was removed")]
    TokenRemoved,
    /// Another program or user holds the token.
    #[error("the token is in use by another program")]
    TokenBusy,
    /// The person cancelled, here or on the keypad.
    #[error("cancelled")]
    Cancelled,
    /// This token's PIN can't be changed by programs like this one.
    #[error("the token's PIN can only be changed with its vendor's own program")]
    ReadOnly,
}

/// Why bytes are no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Nothing was typed.
    #[error("the PIN is empty")]
    Empty,
    /// Longer than any token takes.
    #[error("the PIN is longer than {} bytes", crate::Pin::MAX)]
    TooLong,
    /// No memory that stays out of swap could be had.
    #[error("no locked memory for the PIN")]
    Memory,
    /// The reader that held it failed.
    #[error("the PIN could not be read")]
    Unreadable,
}
