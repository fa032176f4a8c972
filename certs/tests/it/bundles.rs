//! Signed updates of the trust material, signed by a program that is not our own: `openssl`.

use kyso_certs::{Bundle, BundleError, BundleKey, Installed, TrustError};
use kyso_support::{Authority, Key, KeyKind, sign_detached};
use time::{Duration, OffsetDateTime};

use crate::world::{NOW, code, judged, parsed, person, root};

struct Made {
    root: Authority,
    key: Key,
    pinned: BundleKey,
}

fn made() -> Made {
    let key = Key::pooled(KeyKind::Ed25519, 0).unwrap();
    Made {
        root: root("Gốc", 0),
        pinned: BundleKey::from_bytes(key.public_key_der()).unwrap(),
        key,
    }
}

const TRUST: &str = "version = 1\n[[anchor]]\nworld = \"public\"\ncertificate = \"root.pem\"\n";

impl Made {
    fn text(&self, version: u64) -> String {
        let pem = self.root.certificate().pem().unwrap();
        format!(
            "format = \"kyso-trust-bundle-1\"\nversion = {version}\nissued = 2026-11-01T00:00:00Z\n\
             expires = 2026-12-01T00:00:00Z\ntrust = '''\n{TRUST}'''\n[files]\n\"root.pem\" = '''\n{pem}'''\n"
        )
    }

    fn open(
        &self,
        text: &str,
        at: OffsetDateTime,
        installed: Option<&Installed>,
    ) -> Result<Bundle, BundleError> {
        let signature = sign_detached(&self.key, text.as_bytes()).unwrap();
        let keys = [self.pinned.clone()];
        Bundle::open(text.as_bytes(), &signature, &keys, at, installed)
    }
}

#[test]
fn a_signed_bundle_becomes_a_store() {
    let made = made();
    let bundle = made.open(&made.text(3), NOW, None).unwrap();
    assert_eq!(bundle.installed().version, 3);
    assert_eq!(bundle.signer(), &made.pinned);
    let cert = parsed(&made.root.issue(&person()).unwrap());
    assert_eq!(code(&judged(&cert, &bundle.store().unwrap())), "accepted");
}

#[test]
fn takes_no_version_before_the_installed_one() {
    let made = made();
    let third = made.open(&made.text(3), NOW, None).unwrap().installed();
    let check = |text: &str, expected: Result<u64, BundleError>| {
        let opened = made.open(text, NOW, Some(&third));
        assert_eq!(opened.map(|bundle| bundle.installed().version), expected);
    };
    let refused = |found| BundleError::Rollback {
        found,
        installed: 3,
    };
    check(&made.text(4), Ok(4));
    check(&made.text(3), Ok(3));
    check(&made.text(2), Err(refused(2)));
    check(&(made.text(3) + "# another\n"), Err(refused(3)));
}

#[test]
fn takes_a_bundle_within_its_time_alone() {
    let made = made();
    let check = |at: OffsetDateTime, expected: Option<BundleError>| {
        assert_eq!(made.open(&made.text(1), at, None).err(), expected);
    };
    check(NOW, None);
    check(NOW - Duration::days(30), Some(BundleError::NotYet));
    check(NOW + Duration::days(30), Some(BundleError::Expired));
}

#[test]
fn reads_nothing_that_a_pinned_key_did_not_sign() {
    let made = made();
    let text = made.text(1);
    let signature = sign_detached(&made.key, text.as_bytes()).unwrap();
    let other = Key::pooled(KeyKind::Ed25519, 1).unwrap();
    let other = BundleKey::from_bytes(other.public_key_der()).unwrap();
    let open = |text: &str, signature: &[u8], keys: &[BundleKey]| {
        Bundle::open(text.as_bytes(), signature, keys, NOW, None).err()
    };
    let pinned = std::slice::from_ref(&made.pinned);
    assert_eq!(open(&text, &signature, pinned), None);
    let both = [other.clone(), made.pinned.clone()];
    assert_eq!(open(&text, &signature, &both), None);
    for (text, signature, keys) in [
        (text.clone() + " ", &signature[..], pinned),
        (text.clone(), &signature[..63], pinned),
        (text.clone(), &signature[..], &[other][..]),
        (text, &signature[..], &[]),
    ] {
        let refused = open(&text, signature, keys);
        assert_eq!(refused, Some(BundleError::Signature));
    }
}

#[test]
fn refuses_another_format_and_junk_by_their_own_errors() {
    let made = made();
    let refused = |text: &str| made.open(text, NOW, None).unwrap_err();
    let other = made.text(1).replace("bundle-1", "bundle-2");
    assert_eq!(refused(&other), BundleError::Format);
    assert_eq!(refused("version = 1"), BundleError::Format);
    for text in [
        made.text(1).replace("version = 1\nissued", "issued"),
        made.text(1).replace("[files]", "more = 1\n[files]"),
        "format =".to_owned(),
    ] {
        assert!(matches!(refused(&text), BundleError::Text(_)), "{text}");
    }
    let lost = made.text(1).replace("\"root.pem\" = ", "\"lost.pem\" = ");
    let store = made.open(&lost, NOW, None).unwrap().store();
    assert!(matches!(store, Err(TrustError::Certificate { .. })));
    assert_eq!(BundleKey::from_bytes(b"junk"), Err(BundleError::Key));
    let rsa = Key::pooled(KeyKind::P256, 0).unwrap();
    assert_eq!(
        BundleKey::from_bytes(rsa.public_key_der()),
        Err(BundleError::Key)
    );
}
