//! The demonstration's other half: what must not work, and why it doesn't.

use std::io::Write;

use anyhow::{Context, Result};
use kyso_protocol::{AnswerReply, Link, Origin, Purpose, SubjectKind};
use kyso_support::Role;

use crate::answer::{Rogue, other_statement, return_address, word};
use crate::browser::Browser;
use crate::kyso::{Kyso, SignIn};
use crate::stage::Stage;
use crate::story::{
    Teller, ask_to_register, ask_to_sign_in, finish_sign_in, problem_of, register, sign_out,
};

/// Every refusal, in the order of the check. The four of the main line are registered already.
///
/// # Errors
/// If anything else happens than what a step can tell.
pub async fn all<W: Write>(stage: &Stage, teller: &mut Teller<W>) -> Result<()> {
    certificates(stage, teller).await?;
    answers(stage, teller).await?;
    browsers(stage, teller).await?;
    pins(stage, teller).await
}

/// What the agent would not sign, sent all the same, and what only the portal can know.
async fn certificates<W: Write>(stage: &Stage, teller: &mut Teller<W>) -> Result<()> {
    teller.chapter("Certificates that open nothing")?;
    for (role, step, code) in [
        (Role::Expired, "expired", "CERT-EXPIRED"),
        (Role::Revoked, "revoked", "CERT-REVOKED"),
        (Role::UnknownCa, "unknown-ca", "CERT-UNTRUSTED"),
    ] {
        let outcome = register(stage, &stage.browser()?, role, teller).await?;
        teller.step("citizen", step, code, &outcome)?;
        let waiting = ask_to_register(&stage.browser()?, "citizen").await?;
        let outcome = Rogue::new(stage)?
            .answer(&waiting.deep_link()?, role)
            .await?;
        teller.step("citizen", rogue_step(role), code, &outcome)?;
    }
    wrong_kind(stage, teller).await?;
    let outcome = register(stage, &stage.browser()?, Role::Citizen, teller).await?;
    teller.step("citizen", "second-registration", "ACCOUNT-EXISTS", &outcome)
}

fn rogue_step(role: Role) -> &'static str {
    match role {
        Role::Expired => "expired-without-agent",
        Role::Revoked => "revoked-without-agent",
        _ => "unknown-ca-without-agent",
    }
}

async fn wrong_kind<W: Write>(stage: &Stage, teller: &mut Teller<W>) -> Result<()> {
    let browser = stage.browser()?;
    let link = ask_to_register(&browser, "citizen").await?.deep_link()?;
    let agent = Kyso::of(stage, Role::Business)?
        .sign_in(&link, &[stage.token(Role::Business)?.pin()])
        .await?;
    teller.step(
        "business",
        "wrong-kind",
        "CERT-WRONG-SUBJECT",
        &problem(&agent.outcome),
    )?;
    let link = ask_to_register(&browser, "citizen").await?.deep_link()?;
    let outcome = Rogue::new(stage)?.answer(&link, Role::Business).await?;
    teller.step(
        "business",
        "wrong-kind-without-agent",
        "CERT-WRONG-SUBJECT",
        &outcome,
    )
}

/// Answers that belong to something else.
async fn answers<W: Write>(stage: &Stage, teller: &mut Teller<W>) -> Result<()> {
    teller.chapter("Answers that were made for something else")?;
    let (browser, rogue) = (stage.browser()?, Rogue::new(stage)?);

    let link = ask_to_sign_in(&browser).await?.deep_link()?;
    let elsewhere = Origin::parse("https://portal.example")?;
    let outcome = word(
        &rogue
            .post(&link, rogue.sign(&link, Role::Citizen, &elsewhere).await?)
            .await?,
    );
    teller.step(
        "citizen",
        "answer-for-another-origin",
        "SIGNATURE-INVALID",
        &outcome,
    )?;

    let other = ask_to_sign_in(&browser).await?.deep_link()?;
    let (here, there) = (
        Link::parse(&link)?.ask().to_string(),
        Link::parse(&other)?.ask().to_string(),
    );
    let moved = rogue
        .sign(&other, Role::Citizen, &stage.origin)
        .await?
        .replace(&there, &here);
    let outcome = word(&rogue.post(&link, moved).await?);
    teller.step(
        "citizen",
        "answer-for-another-ask",
        "SIGNATURE-INVALID",
        &outcome,
    )?;

    another_purpose(stage, &rogue, &other, teller).await?;

    let answer = rogue.sign(&link, Role::Citizen, &stage.origin).await?;
    let outcome = word(&rogue.post(&link, answer.clone()).await?);
    teller.step(
        "citizen",
        "right-answer-after-two-wrong",
        "accepted",
        &outcome,
    )?;
    let outcome = word(&rogue.post(&link, answer).await?);
    teller.step("citizen", "replayed-answer", "ASK-USED", &outcome)
}

/// The person agreed to sign in; nobody makes a registration of that, nor the other way about.
async fn another_purpose<W: Write>(
    stage: &Stage,
    rogue: &Rogue<'_>,
    link: &str,
    teller: &mut Teller<W>,
) -> Result<()> {
    let agreed = other_statement(&rogue.statement(link).await?, |statement| {
        statement.purpose = Purpose::Register;
        statement.subject = Some(SubjectKind::Citizen);
    })?;
    let answer = rogue.sign_statement(link, Role::Citizen, &stage.origin, agreed.as_slice())?;
    let outcome = word(&rogue.post(link, answer).await?);
    teller.step(
        "citizen",
        "answer-for-another-purpose",
        "SIGNATURE-INVALID",
        &outcome,
    )
}

/// A code in a browser that did not ask.
async fn browsers<W: Write>(stage: &Stage, teller: &mut Teller<W>) -> Result<()> {
    teller.chapter("Another browser")?;
    let (asking, other) = (stage.browser()?, stage.browser()?);
    let link = ask_to_sign_in(&asking).await?.deep_link()?;
    let reply = answer_softly(stage, &link).await?;
    let address =
        return_address(&Link::parse(&link)?, &reply).context("an accepted answer has a code")?;
    teller.step(
        "citizen",
        "code-in-another-browser",
        "BROWSER-OTHER",
        &problem_of(&other.come_back(&address).await?),
    )?;
    let again = asking.come_back(&address).await?;
    let outcome = finish_sign_in(&asking, again).await?;
    teller.step(
        "citizen",
        "code-used-up-by-another-browser",
        "ASK-USED",
        &outcome,
    )
}

async fn answer_softly(stage: &Stage, link: &str) -> Result<AnswerReply> {
    let rogue = Rogue::new(stage)?;
    let answer = rogue.sign(link, Role::Citizen, &stage.origin).await?;
    rogue.post(link, answer).await
}

/// One wrong PIN costs one try, and the right one then opens the session.
async fn pins<W: Write>(stage: &Stage, teller: &mut Teller<W>) -> Result<()> {
    teller.chapter("A wrong PIN, then the right one")?;
    let browser = stage.browser()?;
    let link = ask_to_sign_in(&browser).await?.deep_link()?;
    let alone = Kyso::of(stage, Role::Citizen)?
        .sign_in(&link, &["000000"])
        .await?;
    teller.step(
        "citizen",
        "wrong-pin",
        "PIN-WRONG",
        &problem(&alone.outcome),
    )?;
    let outcome = sign_in_with(
        stage,
        &browser,
        &["000000", stage.token(Role::Citizen)?.pin()],
    )
    .await?;
    teller.step("citizen", "wrong-pin-then-right", "accepted", &outcome)
}

async fn sign_in_with(stage: &Stage, browser: &Browser, pins: &[&str]) -> Result<String> {
    let link = ask_to_sign_in(browser).await?.deep_link()?;
    let ended = Kyso::of(stage, Role::Citizen)?.sign_in(&link, pins).await?;
    match ended.outcome {
        SignIn::Problem(code) => Ok(code),
        SignIn::Accepted(address) => {
            let page = browser.come_back(&address).await?;
            let outcome = finish_sign_in(browser, page).await?;
            if outcome == "accepted" {
                sign_out(browser).await?;
            }
            Ok(outcome)
        }
    }
}

fn problem(outcome: &SignIn) -> String {
    match outcome {
        SignIn::Accepted(_) => "accepted".to_owned(),
        SignIn::Problem(code) => code.clone(),
    }
}
