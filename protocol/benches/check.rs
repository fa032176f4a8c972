//! A whole check of a token against the raw signature verifications that it contains, by the same library.
//!
//! `check-vs-raw-verify`: a certificate that the store has not seen, under a CA whose path it remembers; two
//! signatures, the token's and the certificate's. `known-check-vs-raw-verify`: a certificate that it has seen; one.
//! `verify-vs-raw`: as the first, with lists of both CAs above, read before, that must clear each certificate.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use kyso_certs::{
    CaEntry, CertPurpose, Certificate, Crl, Evidence, Method, PolicyName, RevocationRule,
    RevocationSettings, Settings, SubjectKind, TrustStore, World, WorldChoice,
};
use kyso_protocol::check::{self, Expected};
use kyso_protocol::{Algorithm, Nonce, Origin, Token};
use kyso_support::{Authority, CrlDraft, DemoPki, Draft, Name, Role, sign_softly};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use time::OffsetDateTime;

const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bench = Bench::new()?;
    let known = bench.person(0)?;
    bench.whole(&known)?;
    bench.judged(&known, bench.evidence())?;
    let [mut fresh, mut two, mut again, mut one, mut cleared] = [const { Vec::new() }; 5];
    for round in 1..=ROUNDS {
        let person = bench.person(round)?;
        fresh.push(timed(|| bench.whole(&person))?);
        two.push(timed(|| {
            bench
                .raw_token(&person)
                .and_then(|()| bench.raw_certificate(&person))
        })?);
        again.push(timed(|| bench.whole(&known))?);
        let another = bench.person(ROUNDS + round)?;
        cleared.push(timed(|| bench.judged(&another, bench.evidence()))?);
        one.push(timed(|| bench.raw_token(&known))?);
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "check-vs-raw-verify {:.2} ratio",
        ratio(&mut fresh, &mut two)
    )?;
    writeln!(
        out,
        "verify-vs-raw {:.2} ratio",
        ratio(&mut cleared, &mut two)
    )?;
    writeln!(
        out,
        "known-check-vs-raw-verify {:.2} ratio",
        ratio(&mut again, &mut one)
    )?;
    Ok(())
}

fn ratio(whole: &mut [Duration], raw: &mut [Duration]) -> f64 {
    median(whole).as_secs_f64() / median(raw).as_secs_f64()
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

struct Bench {
    pki: DemoPki,
    trust: TrustStore,
    settings: Settings,
    at: OffsetDateTime,
    origin: Origin,
    nonce: Nonce,
    message: Vec<u8>,
    signature: Vec<u8>,
    issuer_key: kyso_certs::PublicKey,
    lists: Vec<Crl>,
}

/// One certificate of the same key, and a token made with it.
struct Person {
    token: String,
    key: kyso_certs::PublicKey,
    signed_part: Vec<u8>,
    certificate_signature: Vec<u8>,
}

impl Bench {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let at = OffsetDateTime::now_utc();
        let pki = DemoPki::new(at)?;
        let origin = Origin::parse("https://portal.example")?;
        let nonce = Nonce::of_statement(b"{}");
        let message = nonce.message(Algorithm::PS256, &origin);
        let signature = sign_softly(&pki.subject(Role::Citizen).key, "PS256", &message)?;
        let issuer = Certificate::from_der(pki.public_ca.certificate().der())?;
        let day = time::Duration::DAY;
        let list = |of: &Authority| CrlDraft::new(at - day, Some(at + day)).issue(of);
        let lists = [list(&pki.national_root)?, list(&pki.public_ca)?];
        let lists = lists.map(|list| Crl::all_from_bytes(list.der()));
        Ok(Self {
            trust: trust(&pki, issuer.clone())?,
            settings: Settings {
                world: WorldChoice::Public,
                policy: PolicyName::Interoperable,
                purpose: CertPurpose::Login,
                disallowed_policies: Vec::new(),
            },
            pki,
            at,
            origin,
            nonce,
            message,
            signature,
            issuer_key: issuer.public_key().clone(),
            lists: lists.into_iter().flatten().flatten().collect(),
        })
    }

    fn person(&self, number: usize) -> Result<Person, Box<dyn std::error::Error>> {
        let name = Name::new()
            .c("VN")
            .cn("NGUYỄN VĂN ĐO")
            .uid(&format!("CCCD:0990850{number:05}"));
        let (from, to) = (self.at - time::Duration::DAY, self.at + time::Duration::DAY);
        let draft = Draft::new(name, &self.pki.subject(Role::Citizen).key, from, to).subscriber();
        let certificate = Certificate::from_der(self.pki.public_ca.issue(&draft)?.der())?;
        let (signed_part, certificate_signature) =
            parts(certificate.der()).ok_or("no certificate")?;
        let token = Token::new(
            certificate.der().to_vec(),
            Algorithm::PS256,
            self.signature.clone(),
            None,
        );
        Ok(Person {
            token: token.to_value().to_string(),
            key: certificate.public_key().clone(),
            signed_part,
            certificate_signature,
        })
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            crls: &self.lists,
            settings: RevocationSettings {
                rule: RevocationRule::HardFail,
                ..RevocationSettings::default()
            },
            ..Evidence::default()
        }
    }

    fn whole(&self, person: &Person) -> Outcome {
        self.judged(person, Evidence::default())
    }

    fn judged(&self, person: &Person, evidence: Evidence<'_>) -> Outcome {
        let token = Token::parse(person.token.as_bytes())?;
        let expected = Expected {
            origin: &self.origin,
            nonce: &self.nonce,
            algorithms: &[Algorithm::PS256],
        };
        let possession = check::possession(&token, &expected)?;
        let accepted =
            check::certificate(&possession, &self.trust, evidence, self.at, &self.settings)?;
        black_box(check::holder(
            &accepted.verified,
            &self.trust,
            SubjectKind::Citizen,
            Method::Usb,
        )?);
        Ok(())
    }

    fn raw_token(&self, person: &Person) -> Outcome {
        let outcome =
            rsa(&person.key)?.verify(&RSA_PSS_2048_8192_SHA256, &self.message, &self.signature);
        Ok(outcome.map_err(|_| "the token's signature")?)
    }

    fn raw_certificate(&self, person: &Person) -> Outcome {
        let key = rsa(&self.issuer_key)?;
        let outcome = key.verify(
            &RSA_PKCS1_2048_8192_SHA256,
            &person.signed_part,
            &person.certificate_signature,
        );
        Ok(outcome.map_err(|_| "the certificate's signature")?)
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
