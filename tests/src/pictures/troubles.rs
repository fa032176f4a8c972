//! What ends a sign-in, and what the pages say of it.

use anyhow::{Result, ensure};
use kyso_protocol::{Answer, Link, Outcome, Refusal};
use kyso_support::Role;
use serde_json::{Value, json};

use super::walk::{ACCOUNT_MENU, CONFIRM_LOGIN, PROBLEM, REGISTER, Walk};
use crate::answer::Rogue;

/// Whose certificate the portal won't have, asked as what, under which code.
const REFUSED: [(Role, &str, &str); 7] = [
    (Role::Expired, "citizen", "CERT-EXPIRED"),
    (Role::Revoked, "citizen", "CERT-REVOKED"),
    (Role::UnknownCa, "citizen", "CERT-UNTRUSTED"),
    (Role::UnknownCa, "agency", "CERT-UNTRUSTED"),
    (Role::Business, "citizen", "CERT-WRONG-SUBJECT"),
    (Role::Citizen, "business", "CERT-WRONG-SUBJECT"),
    (Role::Citizen, "agency", "CERT-WRONG-SUBJECT"),
];

/// More in a form than the portal reads.
const TOO_LONG: &str = "const field = document.createElement('input');
    field.type = 'hidden'; field.name = 'next'; field.value = '/'.padEnd(9000, 'a');
    document.querySelector(\"form[action='/asks']\").append(field)";

/// The words in which an agent declines.
const DECLINED: [(Refusal, &str); 4] = [
    (Refusal::Cancelled, "cancelled"),
    (Refusal::NoIdentity, "no-identity"),
    (Refusal::Refused, "refused"),
    (Refusal::Failed, "failed"),
];

pub(super) async fn before_the_unit_is_tied(walk: &Walk<'_>) -> Result<()> {
    refused(walk, Role::Agency, "agency", "UNIT-UNKNOWN").await
}

pub(super) async fn all(walk: &Walk<'_>) -> Result<()> {
    for (role, kind, code) in REFUSED {
        refused(walk, role, kind, code).await?;
    }
    for (refusal, name) in DECLINED {
        let link = walk.ask("/login").await?;
        let answer = Answer {
            ask: Link::parse(&link)?.ask(),
            outcome: Outcome::Refusal(refusal),
        };
        Rogue::new(walk.stage)?
            .post(&link, answer.to_json())
            .await?;
        walk.seen(PROBLEM).await?;
        walk.wide(&format!("problem-{name}")).await?;
    }
    other_browser(walk).await?;
    revoked_at_the_click(walk).await?;
    bad_requests(walk).await
}

/// The waiting page learns that it is over, and shows why.
async fn refused(walk: &Walk<'_>, role: Role, kind: &str, code: &str) -> Result<()> {
    let link = walk.ask(&format!("/register/usb?subject={kind}")).await?;
    let said = Rogue::new(walk.stage)?.answer(&link, role).await?;
    ensure!(said == code, "{} is refused with {said}", role.word());
    walk.seen(PROBLEM).await?;
    let name = code.to_lowercase();
    walk.wide(&format!("problem-{name}-{kind}")).await
}

/// A code that comes in another browser, and again in the one that asked.
async fn other_browser(walk: &Walk<'_>) -> Result<()> {
    let other = walk.beside("another").await?;
    for (path, name) in [
        ("/login", "sign-in"),
        ("/register/usb?subject=citizen", "register"),
    ] {
        let link = walk.ask(path).await?;
        let kyso = crate::kyso::Kyso::of(walk.stage, Role::Newcomer)?;
        let address = walk.signed(&link, &kyso, Role::Newcomer).await?;
        // From the return page to itself no browser loads anything.
        other.go("/").await?;
        other.browser.page.goto(&address).await?;
        other.seen(PROBLEM).await?;
        other.wide(&format!("other-browser-{name}")).await?;
        walk.browser.page.goto(&address).await?;
        walk.seen(PROBLEM).await?;
        if name == "sign-in" {
            walk.both("problem-ask-used").await?;
        }
    }
    Ok(())
}

/// Good when it answered, and revoked before the person pressed.
async fn revoked_at_the_click(walk: &Walk<'_>) -> Result<()> {
    let role = Role::Newcomer;
    walk.returned("/register/usb?subject=citizen", role, REGISTER)
        .await?;
    let (publisher, pki) = (&walk.stage.publisher, &walk.stage.pki);
    publisher.know(pki, &[Role::Revoked, role, Role::Citizen])?;
    walk.press(REGISTER, PROBLEM).await?;
    walk.wide("problem-revoked-at-the-click").await?;
    // The account's old certificate too: the portal hears of it when somebody tries it.
    let other = walk.beside("with-the-old-one").await?;
    let link = other.ask("/login").await?;
    let said = Rogue::new(walk.stage)?.answer(&link, Role::Citizen).await?;
    ensure!(said == "CERT-REVOKED", "a revoked certificate: {said}");
    walk.go("/account/methods").await?;
    walk.wide("methods-revoked").await
}

/// What only a program or a broken page sends.
async fn bad_requests(walk: &Walk<'_>) -> Result<()> {
    walk.go("/nowhere").await?;
    walk.seen(PROBLEM).await?;
    walk.both("error-404").await?;
    walk.go("/login").await?;
    let other_purpose = "document.querySelector('[name=purpose]').value = 'else'";
    walk.browser.page.execute(other_purpose, Vec::new()).await?;
    walk.press("form[action='/asks'] button", PROBLEM).await?;
    walk.wide("error-400").await?;
    walk.go("/asks").await?;
    walk.seen(PROBLEM).await?;
    walk.wide("error-405").await?;
    walk.go("/login").await?;
    walk.browser.page.execute(TOO_LONG, Vec::new()).await?;
    walk.press("form[action='/asks'] button", PROBLEM).await?;
    walk.wide("error-413").await?;
    walk.browser.page.goto("about:blank").await?;
    // From a foreign page no cookie comes along, and so no choice of a language.
    prefers(walk, json!({"Accept-Language": walk.lang().as_str()})).await?;
    let foreign = format!(
        "const form = document.createElement('form');
        form.method = 'post'; form.action = '{}/sign-out'; document.body.append(form); form.submit()",
        walk.stage.origin
    );
    walk.browser.page.execute(foreign, Vec::new()).await?;
    walk.seen(PROBLEM).await?;
    walk.wide("error-403").await?;
    prefers(walk, json!({})).await
}

async fn prefers(walk: &Walk<'_>, headers: Value) -> Result<()> {
    let devtools = walk.browser.page.cdp();
    devtools.send_raw("Network.enable", json!({})).await?;
    let headers = json!({"headers": headers});
    devtools
        .send_raw("Network.setExtraHTTPHeaders", headers)
        .await
        .map(drop)?;
    Ok(())
}

/// Whoever asks too often, and then the page of a request that ran out.
pub(super) async fn in_a_hurry(walk: &Walk<'_>) -> Result<()> {
    walk.ask("/login").await?;
    let waiting = walk.browser.page.current_url().await?.to_string();
    let (button, either) = ("form[action='/asks'] button", ".card.warning, #open");
    // A new minute may have begun between two.
    for _ in 0..2 {
        walk.go("/login").await?;
        walk.press(button, either).await?;
        if walk.browser.place().await?.starts_with("/asks") {
            break;
        }
    }
    walk.seen(PROBLEM).await?;
    walk.wide("error-429").await?;
    walk.browser.page.goto(&waiting).await?;
    // The page says it by itself when the portal does.
    let begun = std::time::Instant::now();
    while walk.seen(PROBLEM).await.is_err() {
        ensure!(begun.elapsed().as_secs() < 90, "the ask doesn't run out");
    }
    walk.wide("problem-ask-expired").await
}

/// Nobody can say whether a certificate was revoked: registered and signed in all the same.
pub(super) async fn unchecked(walk: &Walk<'_>) -> Result<()> {
    let role = Role::Citizen;
    let path = "/register/usb?subject=citizen";
    walk.returned(path, role, REGISTER).await?;
    walk.wide("register-confirm-unchecked").await?;
    walk.press(REGISTER, ".card.good").await?;
    walk.returned("/login", role, CONFIRM_LOGIN).await?;
    walk.wide("login-confirm-unchecked").await?;
    walk.press(CONFIRM_LOGIN, ACCOUNT_MENU).await?;
    walk.go("/account").await?;
    walk.wide("account-unchecked").await
}

/// The same where nobody is let in unchecked.
pub(super) async fn unknown(walk: &Walk<'_>) -> Result<()> {
    refused(walk, Role::Newcomer, "citizen", "REVOCATION-UNKNOWN").await
}
