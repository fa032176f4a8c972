//! Whether a certificate's uses allow a login.

use crate::anchors::World;
use crate::certificate::Certificate;
use crate::error::UseError;

/// An extended key usage that lets a person sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptedUse {
    /// In dotted decimal.
    pub oid: &'static str,
    /// Why it is accepted.
    pub reason: &'static str,
    /// The world in which alone it is, if not in both.
    pub world: Option<World>,
}

/// Where a certificate has extended key usages, one of these must be among them.
pub const ACCEPTED_FOR_LOGIN: [AcceptedUse; 6] = [
    AcceptedUse {
        oid: "1.3.6.1.5.5.7.3.2",
        reason: "clientAuth: made for signing in",
        world: None,
    },
    AcceptedUse {
        oid: "1.3.6.1.5.5.7.3.4",
        reason: "emailProtection: personal profiles of public CAs have it and no clientAuth",
        world: None,
    },
    AcceptedUse {
        oid: "1.3.6.1.4.1.311.10.3.12",
        reason: "Microsoft document signing: stands with emailProtection in personal profiles",
        world: None,
    },
    AcceptedUse {
        oid: "1.3.6.1.5.5.7.3.36",
        reason: "documentSigning (RFC 9336): the successor of Microsoft's",
        world: None,
    },
    AcceptedUse {
        oid: "1.3.6.1.4.1.311.20.2.2",
        reason: "smart card logon: profiles of the government's CA",
        world: Some(World::Government),
    },
    AcceptedUse {
        oid: "2.5.29.37.0",
        reason: "anyExtendedKeyUsage: the CA sets no limit",
        world: None,
    },
];

/// OCSP signing and time stamping: the key of a machine, whatever else is claimed beside it.
const MACHINES: [&str; 2] = ["1.3.6.1.5.5.7.3.9", "1.3.6.1.5.5.7.3.8"];

/// What the certificate itself says, in whichever world.
pub(crate) fn login_use(cert: &Certificate) -> Result<(), UseError> {
    let uses = cert.uses();
    let Some(usage) = uses.key_usage else {
        return Err(UseError::NoKeyUsage);
    };
    if uses.ca || usage.key_cert_sign() {
        return Err(UseError::Ca);
    }
    if !usage.digital_signature() {
        return Err(UseError::NoDigitalSignature);
    }
    let Some(extended) = &uses.extended else {
        return Ok(());
    };
    let has = |oid: &str| extended.iter().any(|there| there == oid);
    if MACHINES.iter().any(|oid| has(oid)) {
        return Err(UseError::MachinePurpose);
    }
    if !ACCEPTED_FOR_LOGIN.iter().any(|accepted| has(accepted.oid)) {
        return Err(UseError::NoLoginPurpose);
    }
    Ok(())
}

/// What [`login_use`] could not know: in which world the path ends.
pub(crate) fn use_in_world(cert: &Certificate, world: World) -> Result<(), UseError> {
    let Some(extended) = &cert.uses().extended else {
        return Ok(());
    };
    let mut accepted = ACCEPTED_FOR_LOGIN.iter();
    let fits = |one: &AcceptedUse| {
        one.world.is_none_or(|only| only == world) && extended.iter().any(|oid| oid == one.oid)
    };
    if accepted.any(fits) {
        Ok(())
    } else {
        Err(UseError::NoLoginPurpose)
    }
}
