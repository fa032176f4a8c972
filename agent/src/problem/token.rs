//! What drivers, tokens and PINs do wrong, as the person sees it.

use kyso_pkcs11::{DriverError, PinChangeError, PinError, SignError, Unfit};

use super::{Code, NewPinFault, Problem, Value, inside};

pub(super) fn driver(module: &str, error: &DriverError) -> Problem {
    match error {
        DriverError::ModuleMissing { .. } => Problem::new(Code::DriverMissing).plain("ca", module),
        DriverError::ModuleUnfit {
            why: Unfit::OtherMachine { theirs, ours },
            ..
        } => {
            let (found, wanted) = if (theirs.bits(), ours.bits()) == (Some(32), Some(64)) {
                ("word.32-bit", "word.64-bit")
            } else {
                ("word.other-machine", "word.this-machine")
            };
            Problem::new(Code::DriverWrongKind)
                .plain("ca", module)
                .with("found", Value::Word(found))
                .with("wanted", Value::Word(wanted))
        }
        DriverError::ModuleDied { .. } => Problem::new(Code::ModuleDied).plain("ca", module),
        DriverError::ModuleTimeout { seconds } => Problem::new(Code::ModuleTimeout)
            .plain("ca", module)
            .plain("n", seconds),
        DriverError::ModuleBusy => Problem::new(Code::TokenBusy),
        DriverError::TokenAbsent => Problem::new(Code::TokenAbsent),
        DriverError::ModuleUnfit {
            why: Unfit::Insecure { path, why },
            ..
        } => broken(
            module,
            &format!("not safe to load: {}: {why}", path.display()),
        ),
        DriverError::ModuleUnfit { why, .. } => broken(module, why),
        DriverError::ModuleLoad { why } => broken(module, why),
        DriverError::HostStart { .. } => inside(&"the program for drivers cannot be started"),
        DriverError::HostVersion { .. } => inside(&"the program for drivers is of another release"),
        DriverError::TokenUninitialised => {
            Problem::new(Code::TokenEmpty).with("ca", Value::Word("word.ca-token"))
        }
        DriverError::TokenUnrecognised => Problem::new(Code::TokenUnknown).plain("ca", module),
        DriverError::ModuleFailed { function, code } => {
            driver_failed(module).plain("detail", format!("{function}: {code}"))
        }
        DriverError::Wire(_) => {
            let detail = Value::Phrase("the module's process answered nonsense".into());
            driver_failed(module).with("detail", detail)
        }
    }
}

/// A file that can't be loaded.
fn broken(module: &str, why: &dyn std::fmt::Display) -> Problem {
    Problem::new(Code::DriverBroken)
        .plain("ca", module)
        .with("detail", Value::Phrase(why.to_string()))
}

fn driver_failed(module: &str) -> Problem {
    Problem::new(Code::DriverFailed).plain("ca", module)
}

pub(super) fn sign(module: &str, ca: &str, error: &SignError) -> Problem {
    match error {
        SignError::Driver(error) => driver(module, error),
        SignError::PinWrong { state } if state.is_some_and(|state| state.final_try) => {
            Problem::new(Code::PinWrong).variant("last").plain("n", 1)
        }
        SignError::PinWrong { .. } => {
            Problem::new(Code::PinWrong).with("n", Value::Word("word.few"))
        }
        SignError::PinLocked => Problem::new(Code::PinLocked).with("ca", issuer(ca)),
        SignError::PinForm { min, max } => pin_form(*min, *max),
        SignError::PinMustChange => Problem::new(Code::PinMustChange),
        SignError::TokenAbsent => Problem::new(Code::TokenAbsent),
        SignError::TokensAlike => Problem::new(Code::TokenSeveral),
        SignError::TokenUnnamed => Problem::new(Code::TokenUnable).with("ca", issuer(ca)),
        SignError::TokenRemoved => Problem::new(Code::TokenRemoved),
        SignError::TokenBusy => Problem::new(Code::TokenBusy),
        SignError::Cancelled => Problem::new(Code::Cancelled),
        SignError::KeyAbsent => Problem::new(Code::KeyAbsent).with("ca", issuer(ca)),
        SignError::MechanismMissing => Problem::new(Code::TokenUnable).with("ca", issuer(ca)),
        SignError::SignatureForm { .. } => Problem::new(Code::SignatureInvalid),
        SignError::PinNeeded
        | SignError::KeyUnfit
        | SignError::DigestForm
        | SignError::Randomness => inside(error),
    }
}

pub(super) fn new_pin(fault: NewPinFault) -> Problem {
    match fault {
        NewPinFault::Length { min, max } => Problem::new(Code::PinNewForm)
            .plain("min", min)
            .plain("max", max),
        NewPinFault::Differs => Problem::new(Code::PinNewDiffers),
        NewPinFault::Same => Problem::new(Code::PinNewSame),
    }
}

pub(super) fn pin_change(module: &str, ca: &str, error: &PinChangeError) -> Problem {
    let as_signing = |error| sign(module, ca, &error);
    match error {
        PinChangeError::Driver(
            DriverError::ModuleDied { .. }
            | DriverError::ModuleTimeout { .. }
            | DriverError::ModuleFailed { .. }
            | DriverError::Wire(_),
        ) => Problem::new(Code::PinUncertain).plain("ca", module),
        PinChangeError::Driver(error) => driver(module, error),
        PinChangeError::PinWrong { state } => as_signing(SignError::PinWrong { state: *state }),
        PinChangeError::PinLocked => as_signing(SignError::PinLocked),
        PinChangeError::OldPinForm { min, max } => pin_form(*min, *max),
        PinChangeError::NewPinForm { min, max } => Problem {
            code: Code::PinNewForm,
            ..pin_form(*min, *max)
        },
        PinChangeError::NewPinRefused => Problem::new(Code::PinNewRefused),
        PinChangeError::TokenAbsent => Problem::new(Code::TokenAbsent),
        PinChangeError::TokensAlike => Problem::new(Code::TokenSeveral),
        PinChangeError::TokenRemoved => Problem::new(Code::PinUncertain).plain("ca", module),
        PinChangeError::TokenBusy => Problem::new(Code::TokenBusy),
        PinChangeError::Cancelled => Problem::new(Code::Cancelled),
        PinChangeError::ReadOnly | PinChangeError::TokenUnnamed => {
            Problem::new(Code::PinElsewhere).with("ca", issuer(ca))
        }
        PinChangeError::PinNeeded => inside(error),
    }
}

/// Who issued the certificate; without one, whoever handed out the token.
pub(super) fn issuer(ca: &str) -> Value {
    if ca.is_empty() {
        Value::Word("word.ca-token")
    } else {
        Value::Plain(ca.to_owned())
    }
}

fn pin_form(min: u32, max: u32) -> Problem {
    let max = if max == 0 {
        kyso_pkcs11::Pin::MAX.to_string()
    } else {
        max.to_string()
    };
    Problem::new(Code::PinForm)
        .plain("min", min)
        .plain("max", max)
}

pub(super) fn pin(error: PinError) -> Problem {
    match error {
        PinError::Empty | PinError::TooLong => pin_form(1, 0),
        PinError::Memory => inside(&error),
        PinError::Unreadable => Problem::new(Code::Cancelled),
    }
}
