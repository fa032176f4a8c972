//! Certificates that no CA should issue and answers that no agent sends, by the hand of somebody who has the keys.

use anyhow::{Context as _, Result, ensure};
use kyso_protocol::{
    Algorithm, Answer, AskId, DeviceKey, DeviceProof, Link, Nonce, Origin, Outcome, Refusal, Token,
};
use kyso_support::{Algorithm as Signing, Draft, Key, KeyKind, Ku, Name, Role, eku, sign_softly};
use time::{Duration, OffsetDateTime};

use super::walk::{PROBLEM, Walk};
use crate::answer::{Rogue, return_address, word};
use crate::stage::Stage;

/// From when to when a certificate is valid, in days from now; what it says; what the portal says of it.
type Odd = (i64, fn(Draft) -> Draft, &'static str);

const ODD: [Odd; 3] = [
    (1, Draft::subscriber, "CERT-NOT-YET-VALID"),
    (-1, for_servers, "CERT-WRONG-USE"),
    (-1, signed_with_sha1, "CERT-WEAK"),
];

pub(super) async fn all(walk: &Walk<'_>) -> Result<()> {
    for (from, dress, code) in ODD {
        let holder = Holder::new(walk.stage, from, dress)?;
        let link = walk.ask("/login").await?;
        ends_at_once(
            walk,
            &link,
            &holder.outcome(walk.stage, &link, None).await?,
            code,
        )
        .await?;
    }
    device(walk).await?;
    malformed(walk).await?;
    no_renewal(walk).await
}

fn for_servers(draft: Draft) -> Draft {
    draft
        .basic_constraints(false, None)
        .key_usage(Ku::DigitalSignature)
        .extended_key_usage(&[eku::SERVER_AUTH])
}

fn signed_with_sha1(draft: Draft) -> Draft {
    draft.subscriber().signed_with(Signing::RS1)
}

/// Somebody with the numbers of [`Role::Citizen`] and a certificate of their own.
struct Holder {
    key: Key,
    certificate: Vec<u8>,
}

impl Holder {
    fn new(stage: &Stage, from: i64, dress: fn(Draft) -> Draft) -> Result<Self> {
        let key = Key::generate(KeyKind::P256)?;
        let citizen = stage.pki.subject(Role::Citizen);
        let (scheme, number) = citizen.numbers.first().context("a citizen's number")?;
        let name = Name::new()
            .c("VN")
            .cn(citizen.name)
            .uid(&format!("{scheme}:{number}"));
        let from = OffsetDateTime::now_utc() + Duration::days(from);
        let draft = Draft::new(name, &key, from, from + Duration::days(365));
        // No responder knows it; the list does, since it isn't on it.
        let list = format!("{}/public-ca.crl", stage.publisher.addresses().lists);
        let draft = dress(draft).crl_at(&list);
        Ok(Self {
            certificate: stage.pki.public_ca.issue(&draft)?.der().to_vec(),
            key,
        })
    }

    /// The right signature over an ask's statement.
    async fn outcome(
        &self,
        stage: &Stage,
        link: &str,
        device: Option<DeviceProof>,
    ) -> Result<Outcome> {
        let statement = Rogue::new(stage)?.statement(link).await?;
        let nonce = Nonce::of_statement(&statement);
        let algorithm = Algorithm::ES256;
        let message = nonce.message(algorithm, &stage.origin);
        let signature = sign_softly(&self.key, algorithm.as_str(), &message)?;
        let token = Token::new(self.certificate.clone(), algorithm, signature, None);
        Ok(Outcome::Token(token, device))
    }
}

fn answer(link: &str, outcome: &Outcome) -> Result<String> {
    let ask = Link::parse(link)?.ask();
    let outcome = outcome.clone();
    Ok(Answer { ask, outcome }.to_json())
}

/// The portal refuses it, and the waiting page shows why.
async fn ends_at_once(walk: &Walk<'_>, link: &str, outcome: &Outcome, code: &str) -> Result<()> {
    let reply = Rogue::new(walk.stage)?
        .post(link, answer(link, outcome)?)
        .await?;
    ensure!(word(&reply) == code, "{code}: {}", word(&reply));
    walk.seen(PROBLEM).await?;
    walk.wide(&format!("problem-{}", code.to_lowercase())).await
}

/// A device that vouches with a signature that isn't one.
async fn device(walk: &Walk<'_>) -> Result<()> {
    let holder = Holder::new(walk.stage, -1, Draft::subscriber)?;
    let link = walk.ask("/login").await?;
    let point = Key::generate(KeyKind::P256)?.public_key_der().to_vec();
    let proof = DeviceProof::new(DeviceKey::from_spki(&point)?, vec![1; 64]);
    let outcome = holder.outcome(walk.stage, &link, Some(proof)).await?;
    ends_at_once(walk, &link, &outcome, "DEVICE-INVALID").await
}

/// Answers of which the portal takes a few before it gives the ask up.
async fn malformed(walk: &Walk<'_>) -> Result<()> {
    let (stage, rogue) = (walk.stage, Rogue::new(walk.stage)?);
    let citizen = stage.pki.subject(Role::Citizen).certificate.der().to_vec();
    let token = |certificate: &[u8]| {
        let token = Token::new(certificate.to_vec(), Algorithm::ES256, vec![1; 64], None);
        Outcome::Token(token, None)
    };

    let link = walk.ask("/login").await?;
    let elsewhere = Origin::parse("https://portal.example")?;
    let signed = rogue.sign(&link, Role::Citizen, &elsewhere).await?;
    ends_at_last(walk, &link, &signed, "SIGNATURE-INVALID").await?;
    let link = walk.ask("/login").await?;
    ends_at_last(walk, &link, "{}", "TOKEN-INVALID").await?;
    let link = walk.ask("/login").await?;
    let other = Answer {
        ask: AskId::parse("AAAAAAAAAAAAAAAAAAAAAA")?,
        outcome: Outcome::Refusal(Refusal::Failed),
    };
    ends_at_last(walk, &link, &other.to_json(), "ASK-INVALID").await?;
    let link = walk.ask("/login").await?;
    let rsa_as_ecdsa = answer(&link, &token(&citizen))?;
    ends_at_last(walk, &link, &rsa_as_ecdsa, "KEY-INVALID").await?;
    let link = walk.ask("/login").await?;
    let unreadable = answer(&link, &token(&[0x30, 0x00]))?;
    ends_at_last(walk, &link, &unreadable, "CERT-UNREADABLE").await
}

/// The portal refuses it again and again until the ask is over, and the waiting page shows why.
async fn ends_at_last(walk: &Walk<'_>, link: &str, answer: &str, code: &str) -> Result<()> {
    let rogue = Rogue::new(walk.stage)?;
    for _ in 0..kyso_protocol::limits::FAILED_ANSWERS_MAX {
        let said = word(&rogue.post(link, answer.to_owned()).await?);
        ensure!(said == code, "{code}: {said}");
    }
    walk.seen(PROBLEM).await?;
    walk.wide(&format!("problem-{}", code.to_lowercase())).await
}

/// A new certificate of somebody whose registered ones were all revoked.
async fn no_renewal(walk: &Walk<'_>) -> Result<()> {
    let (publisher, pki) = (&walk.stage.publisher, &walk.stage.pki);
    let revoked = [
        Role::Revoked,
        Role::Newcomer,
        Role::Citizen,
        Role::RenewedCitizen,
    ];
    publisher.know(pki, &revoked)?;
    let holder = Holder::new(walk.stage, -1, Draft::subscriber)?;
    let link = walk.ask("/login").await?;
    let outcome = holder.outcome(walk.stage, &link, None).await?;
    let reply = Rogue::new(walk.stage)?
        .post(&link, answer(&link, &outcome)?)
        .await?;
    let address = return_address(&Link::parse(&link)?, &reply);
    let address = address.with_context(|| word(&reply))?;
    walk.browser.page.goto(&address).await?;
    walk.seen(PROBLEM).await?;
    walk.wide("problem-renewal-revoked").await
}
