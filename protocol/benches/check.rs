//! `check-vs-raw-verify`: a whole check of a token, path cached, against the raw signature verifications in it.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use kyso_certs::{
    CaEntry, CertPurpose, Certificate, Method, PolicyName, Settings, SubjectKind, TrustStore,
    World, WorldChoice,
};
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{Algorithm, Nonce, Origin, Token};
use kyso_support::{DemoPki, Role, sign_softly};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use time::OffsetDateTime;

const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bench = Bench::new()?;
    // Warm: the store may keep what it learned of a path.
    bench.whole()?;
    let (mut whole, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        whole.push(timed(|| bench.whole())?);
        raw.push(timed(|| bench.raw())?);
    }
    let ratio = median(&mut whole).as_secs_f64() / median(&mut raw).as_secs_f64();
    writeln!(std::io::stdout(), "check-vs-raw-verify {ratio:.2} ratio")?;
    Ok(())
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

struct Bench {
    trust: TrustStore,
    settings: Settings,
    at: OffsetDateTime,
    origin: Origin,
    nonce: Nonce,
    token: String,
    leaf_key: kyso_certs::PublicKey,
    issuer_key: kyso_certs::PublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
    signed_part: Vec<u8>,
    certificate_signature: Vec<u8>,
}

impl Bench {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let at = OffsetDateTime::now_utc();
        let pki = DemoPki::new(at)?;
        let person = pki.subject(Role::Citizen);
        let origin = Origin::parse("https://portal.example")?;
        let nonce = Nonce::of_statement(b"{}");
        let message = nonce.message(Algorithm::PS256, &origin);
        let signature = sign_softly(&person.key, "PS256", &message)?;
        let leaf = Certificate::from_der(person.certificate.der())?;
        let issuer = Certificate::from_der(pki.public_ca.certificate().der())?;
        let (signed_part, certificate_signature) = parts(leaf.der()).ok_or("no certificate")?;
        Ok(Self {
            trust: trust(&pki, issuer.clone())?,
            settings: Settings {
                world: WorldChoice::Public,
                policy: PolicyName::Interoperable,
                purpose: CertPurpose::Login,
                disallowed_policies: Vec::new(),
            },
            at,
            token: Token::new(
                leaf.der().to_vec(),
                Algorithm::PS256,
                signature.clone(),
                None,
            )
            .to_value()
            .to_string(),
            origin,
            nonce,
            leaf_key: leaf.public_key().clone(),
            issuer_key: issuer.public_key().clone(),
            message,
            signature,
            signed_part,
            certificate_signature,
        })
    }

    fn whole(&self) -> Outcome {
        let token = Token::parse(self.token.as_bytes())?;
        let expected = Expected {
            origin: &self.origin,
            nonce: &self.nonce,
            algorithms: &[Algorithm::PS256],
        };
        let possession = check::possession(&token, &expected)?;
        let accepted = check::certificate(&possession, &self.trust, &[], self.at, &self.settings)?;
        black_box(check::holder(
            &accepted.verified,
            &self.trust,
            SubjectKind::Citizen,
            Method::Usb,
        )?);
        Ok(())
    }

    /// The token's signature and the certificate's: those above it are the cached path's.
    fn raw(&self) -> Outcome {
        let token =
            rsa(&self.leaf_key)?.verify(&RSA_PSS_2048_8192_SHA256, &self.message, &self.signature);
        token.map_err(|_| "the token's signature")?;
        let certificate = rsa(&self.issuer_key)?.verify(
            &RSA_PKCS1_2048_8192_SHA256,
            &self.signed_part,
            &self.certificate_signature,
        );
        certificate.map_err(|_| "the certificate's signature")?;
        Ok(())
    }
}

fn trust(pki: &DemoPki, issuer: Certificate) -> Result<TrustStore, Box<dyn std::error::Error>> {
    let root = Certificate::from_der(pki.national_root.certificate().der())?;
    let ca = CaEntry {
        name: "CA".to_owned(),
        certificate: issuer,
        world: World::Public,
        methods: vec![Method::Usb],
        kinds: vec![SubjectKind::Citizen],
        schemes: vec![kyso_certs::Scheme::Cccd],
        person_in_organisation: false,
        policies: Vec::new(),
    };
    Ok(TrustStore::builder()
        .anchor(Some(World::Public), root)
        .ca(ca)
        .build()?)
}

fn rsa(key: &kyso_certs::PublicKey) -> Result<RsaPublicKeyComponents<&[u8]>, &'static str> {
    match key {
        kyso_certs::PublicKey::Rsa {
            modulus, exponent, ..
        } => Ok(RsaPublicKeyComponents {
            n: modulus,
            e: exponent,
        }),
        _ => Err("the demonstration's keys are RSA"),
    }
}

/// A certificate's signed part and signature (RFC 5280, section 4.1).
fn parts(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (whole, _) = value(der)?;
    let (_, after) = value(whole)?;
    let signed = whole.get(..whole.len() - after.len())?.to_vec();
    let (_, after) = value(after)?;
    let (bits, _) = value(after)?;
    Some((signed, bits.get(1..)?.to_vec()))
}

/// The content of the first DER value, and what follows it.
fn value(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, header) = match *der.get(1)? {
        0x82 => (
            usize::from(u16::from_be_bytes([*der.get(2)?, *der.get(3)?])),
            4,
        ),
        0x81 => (usize::from(*der.get(2)?), 3),
        short => (usize::from(short), 2),
    };
    Some((
        der.get(header..header + length)?,
        der.get(header + length..)?,
    ))
}

fn timed(run: impl FnOnce() -> Outcome) -> Result<Duration, Box<dyn std::error::Error>> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
