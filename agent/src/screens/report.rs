//! What support needs to know of a failure: codes and numbers of our own, no name, no number of a person, no path. In
//! English, for whoever reads it.

use std::fmt::Write as _;

use crate::problem::Problem;

/// A few lines of text.
pub(super) fn of(problem: &Problem) -> String {
    let mut report = format!(
        "Kyso {}\nsystem: {} {}\ncode: {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        problem.code.as_str(),
    );
    for (name, value) in problem.for_support() {
        let name = if name == "code" { "portal" } else { name };
        // Writing to a text can't fail.
        let _ = writeln!(report, "{name}: {value}");
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::deep_link::PortalError;
    use crate::problem::Failure;
    use crate::settings::SettingsError;
    use kyso_pkcs11::{DriverError, SignError};

    #[test]
    fn it_says_what_support_needs_and_nothing_about_anybody() {
        let check = |failure: Failure, expected: &[&str]| {
            let report = of(&Problem::from(&failure));
            let lines: Vec<_> = report.lines().skip(2).collect();
            assert_eq!(lines, expected);
        };
        let driver = |error| Failure::Driver {
            module: "Driver của Thử".into(),
            error,
        };
        let failed = DriverError::ModuleFailed {
            function: "C_Login".into(),
            code: "CKR_GENERAL_ERROR".into(),
        };
        let expected = ["code: DRIVER-FAILED", "detail: C_Login: CKR_GENERAL_ERROR"];
        check(driver(failed), &expected);
        let load = DriverError::ModuleLoad {
            why: "/home/nguyen.van.thu/a.so: cannot open".into(),
        };
        check(driver(load), &["code: DRIVER-BROKEN"]);
        let slow = DriverError::ModuleTimeout { seconds: 5 };
        check(driver(slow), &["code: MODULE-TIMEOUT", "n: 5"]);
        let settings = SettingsError::at("module[0].path", "/home/nguyen.van.thu/a.so");
        check(Failure::Settings(settings), &["code: SETTINGS-INVALID"]);
        let portal = Failure::Portal {
            host: "nguyen-van-thu.example".into(),
            error: PortalError::TimedOut,
        };
        check(portal, &["code: PORTAL-UNREACHABLE"]);
        let refused = Failure::Refused {
            code: "DEVICE-INVALID".into(),
            certificate: None,
            wanted: None,
        };
        check(refused, &["code: PORTAL-REFUSED", "portal: DEVICE-INVALID"]);
        let locked = Failure::Sign {
            module: "M".into(),
            ca: "CA Thử".into(),
            error: SignError::PinLocked,
        };
        check(locked, &["code: PIN-LOCKED"]);
    }
}
