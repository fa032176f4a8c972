//! Which signatures of a login a policy takes: the circular's, the interoperable one's and an administrator's own.

use kyso_certs::{Certificate, PolicyName, Settings, TrustStore};
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{Algorithm, CheckError, Nonce, Origin, Token};
use kyso_support::{Authority, Draft, Key, KeyKind, Name, sign_softly};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
const OWN: &str = "version = 1\n[[anchor]]\nworld = \"public\"\ncertificate = \"ca\"\n";

/// What a check says of a token made with this key and algorithm: the rules of the circular that it does not meet.
fn told(
    kind: KeyKind,
    algorithm: Algorithm,
    policy: PolicyName,
    own: &str,
) -> Result<Vec<String>, CheckError> {
    let (from, to) = (NOW - Duration::DAY, NOW + Duration::DAY);
    let ca = Key::pooled(KeyKind::P256, 0).unwrap();
    let ca = Authority::root(Name::new().cn("CA Mẫu"), ca, from, to).unwrap();
    let key = Key::pooled(kind, 1).unwrap();
    let name = Name::new().cn("NGUYỄN VĂN MẪU").uid("CCCD:099085000001");
    let issued = ca
        .issue(&Draft::new(name, &key, from, to).subscriber())
        .unwrap();
    let read = |_: &str| Ok(ca.certificate().der().to_vec());
    let trust = TrustStore::from_trust_file(&format!("{OWN}{own}"), &mut { read }).unwrap();
    let origin = Origin::parse("https://portal.example").unwrap();
    let nonce = Nonce::of_statement(b"{}");
    let message = nonce.message(algorithm, &origin);
    let signature = sign_softly(&key, algorithm.as_str(), &message).unwrap();
    let token = Token::new(issued.der().to_vec(), algorithm, signature, None);
    let expected = Expected {
        origin: &origin,
        nonce: &nonce,
        algorithms: &[algorithm],
    };
    let possession = check::possession(&token, &expected).unwrap();
    assert_eq!(
        possession.certificate(),
        &Certificate::from_der(issued.der()).unwrap()
    );
    let settings = Settings {
        policy,
        ..Settings::default()
    };
    check::certificate(&possession, &trust, &[], NOW, &settings).map(|found| found.deviations)
}

const RSA: KeyKind = KeyKind::Rsa(2048);

#[test]
fn the_circular_takes_pss_and_elliptic_curves_alone() {
    let circular = |kind, algorithm| told(kind, algorithm, PolicyName::Circular15_2025, "");
    assert_eq!(circular(RSA, Algorithm::PS256), Ok(Vec::new()));
    assert_eq!(circular(KeyKind::P256, Algorithm::ES256), Ok(Vec::new()));
    for algorithm in [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512] {
        assert_eq!(circular(RSA, algorithm), Err(CheckError::AlgorithmPolicy));
    }
}

#[test]
fn the_interoperable_policy_takes_pkcs1_and_says_so() {
    let interoperable = |algorithm| told(RSA, algorithm, PolicyName::Interoperable, "");
    assert_eq!(interoperable(Algorithm::PS256), Ok(Vec::new()));
    let pss = "rsa-with-pss".to_owned();
    assert_eq!(interoperable(Algorithm::RS256), Ok(vec![pss]));
}

#[test]
fn an_administrators_own_policy_may_refuse_pkcs1() {
    let own = |algorithm, policy: &str| {
        let policy = format!("[policy]\nname = \"Mẫu\"\n{policy}\n");
        told(RSA, algorithm, PolicyName::Interoperable, &policy)
    };
    assert!(own(Algorithm::RS256, "").is_ok());
    assert!(own(Algorithm::PS256, "pkcs1 = false").is_ok());
    assert_eq!(
        own(Algorithm::RS256, "pkcs1 = false"),
        Err(CheckError::AlgorithmPolicy)
    );
}
