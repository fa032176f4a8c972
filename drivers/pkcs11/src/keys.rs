//! Which certificates on a token can be offered: those whose key is there, or may be there behind the PIN.

use crate::public_key::PublicValue;
use crate::report::{KeyRef, Omission, TokenReport};
use crate::wire::{Certificate, Key, Listed};

const UNREADABLE: &str = "its key is of a kind that cannot be used here";
const KEYLESS: &str = "its private key is not on the token";

/// The token as it is told to the person.
pub(crate) fn report(module: &str, listed: Listed) -> TokenReport {
    let Listed {
        token,
        certificates,
        keys,
    } = listed;
    let mut report = TokenReport {
        token,
        certificates: Vec::new(),
        omitted: Vec::new(),
        certificates_after_pin: false,
    };
    for certificate in certificates {
        match presence(&certificate, &keys) {
            Ok(key_seen) => {
                let key = offered(module, &report, certificate, key_seen);
                report.certificates.push(key);
            }
            Err(why) => report.omitted.push(Omission {
                label: certificate.label,
                why,
            }),
        }
    }
    report
}

fn offered(module: &str, report: &TokenReport, certificate: Certificate, key_seen: bool) -> KeyRef {
    KeyRef {
        module: module.to_owned(),
        token_label: report.token.label.clone(),
        token_serial: report.token.serial.clone(),
        id: certificate.id,
        label: certificate.label,
        certificate_der: certificate.der,
        key_seen,
    }
}

/// Whether the certificate's key is seen; an error where keys are seen and none of them is this one's. Where the token
/// shows no key at all before the PIN, only signing can tell.
fn presence(certificate: &Certificate, keys: &[Key]) -> Result<bool, &'static str> {
    let value = PublicValue::of_certificate(&certificate.der).ok_or(UNREADABLE)?;
    let same_id = |key: &Key| !key.id.is_empty() && key.id == certificate.id;
    let belongs = |key: &Key| {
        key.value
            .as_ref()
            .map_or_else(|| same_id(key), |known| *known == value)
    };
    match keys {
        [] => Ok(false),
        keys if keys.iter().any(belongs) => Ok(true),
        _ => Err(KEYLESS),
    }
}
