//! The demonstration's main line: four people register and sign in, each by the road that a browser would take.

use std::io::Write;

use anyhow::{Context, Result};
use kyso_support::Role;

use crate::browser::{Browser, Page};
use crate::kyso::{Kyso, SignIn};
use crate::stage::Stage;
use crate::summary::Step;

/// Tells the story and keeps the steps.
pub struct Teller<W> {
    out: W,
    /// The steps so far.
    pub steps: Vec<Step>,
}

impl<W: Write> Teller<W> {
    /// Begins a story.
    pub fn new(out: W) -> Self {
        Self {
            out,
            steps: Vec::new(),
        }
    }

    /// A heading.
    ///
    /// # Errors
    /// If nothing can be written.
    pub fn chapter(&mut self, words: &str) -> Result<()> {
        Ok(writeln!(self.out, "\n{words}")?)
    }

    /// A sentence under a heading.
    ///
    /// # Errors
    /// If nothing can be written.
    pub fn say(&mut self, words: &str) -> Result<()> {
        Ok(writeln!(self.out, "    {words}")?)
    }

    /// Several lines under a heading, as another program printed them.
    ///
    /// # Errors
    /// If nothing can be written.
    pub fn quote(&mut self, who: &str, lines: &str) -> Result<()> {
        self.say(&format!("{who}:"))?;
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            writeln!(self.out, "      │ {line}")?;
        }
        Ok(())
    }

    /// A step with its outcome.
    ///
    /// # Errors
    /// If nothing can be written.
    pub fn step(
        &mut self,
        subject: &'static str,
        step: &'static str,
        expected: &'static str,
        outcome: &str,
    ) -> Result<()> {
        let step = Step {
            subject,
            method: "usb",
            step,
            expected,
            outcome: outcome.to_owned(),
        };
        let mark = if step.holds() { "✓" } else { "✗" };
        writeln!(
            self.out,
            "  {mark} {subject}, {}: {}",
            step.step, step.outcome
        )?;
        if !step.holds() {
            writeln!(self.out, "    expected: {expected}")?;
        }
        self.steps.push(step);
        Ok(())
    }
}

/// The kind of account that a role opens.
#[must_use]
pub fn kind(role: Role) -> &'static str {
    match role {
        Role::Business => "business",
        Role::Agency => "agency",
        _ => "citizen",
    }
}

/// What a role is called in the summary.
#[must_use]
pub fn subject(role: Role) -> &'static str {
    match role {
        Role::Business => "business",
        Role::Agency => "agency",
        Role::PersonInOrganisation => "person-in-organisation",
        _ => "citizen",
    }
}

/// Begins a registration in `browser`; the waiting page.
///
/// # Errors
/// If the portal's pages do not lead there.
pub async fn ask_to_register(browser: &Browser, kind: &str) -> Result<Page> {
    let page = browser
        .open(&format!("/register/usb?subject={kind}"))
        .await?;
    browser.submit(&page, "/asks", &[]).await
}

/// Begins a login in `browser`; the waiting page.
///
/// # Errors
/// If the portal's pages do not lead there.
pub async fn ask_to_sign_in(browser: &Browser) -> Result<Page> {
    let page = browser.open("/login").await?;
    browser.submit(&page, "/asks", &[]).await
}

/// Registers and signs in the four, each in a browser of their own.
///
/// # Errors
/// If anything else happens than what a step can tell.
pub async fn main_line<W: Write>(stage: &Stage, teller: &mut Teller<W>) -> Result<()> {
    for role in [
        Role::Citizen,
        Role::Business,
        Role::PersonInOrganisation,
        Role::Agency,
    ] {
        let browser = stage.browser()?;
        teller.chapter(&format!(
            "{}: {}",
            subject(role),
            stage.pki.subject(role).name
        ))?;
        let outcome = register(stage, &browser, role, teller).await?;
        teller.step(subject(role), "register", "accepted", &outcome)?;
        let outcome = sign_in(stage, &browser, role, teller).await?;
        teller.step(subject(role), "login", "accepted", &outcome)?;
    }
    Ok(())
}

/// One registration to its end; the outcome in one word.
///
/// # Errors
/// If a page is missing on the way.
pub async fn register<W: Write>(
    stage: &Stage,
    browser: &Browser,
    role: Role,
    teller: &mut Teller<W>,
) -> Result<String> {
    let waiting = ask_to_register(browser, kind(role)).await?;
    let shown = match answer(stage, role, &waiting, teller).await? {
        SignIn::Problem(code) => return Ok(code),
        SignIn::Accepted(address) => browser.come_back(&address).await?,
    };
    teller.say(&format!("the portal's page: {}", excerpt(&shown)))?;
    let email = if role == Role::Business {
        "ke-toan@sao-mau.example"
    } else {
        ""
    };
    let typed = [("email", email), ("captcha", "test"), ("do", "register")];
    if !shown.has_form("/register/confirm") {
        return Ok(problem_of(&shown));
    }
    let done = browser.submit(&shown, "/register/confirm", &typed).await?;
    let outcome = problem_of(&done);
    Ok(if outcome == "registered" {
        "accepted".to_owned()
    } else {
        outcome
    })
}

/// The agent's part, with the person's own PIN, and what it shows the person.
async fn answer<W: Write>(
    stage: &Stage,
    role: Role,
    waiting: &Page,
    teller: &mut Teller<W>,
) -> Result<SignIn> {
    let pin = stage.token(role)?.pin();
    let ended = Kyso::of(stage, role)?
        .sign_in(&waiting.deep_link()?, &[pin])
        .await?;
    if !stage.logs_everything {
        teller.quote("kyso shows", &ended.words)?;
    }
    Ok(ended.outcome)
}

/// One login to the account page, and signed out again; the outcome in one word.
///
/// # Errors
/// If a page is missing on the way.
pub async fn sign_in<W: Write>(
    stage: &Stage,
    browser: &Browser,
    role: Role,
    teller: &mut Teller<W>,
) -> Result<String> {
    let waiting = ask_to_sign_in(browser).await?;
    let page = match answer(stage, role, &waiting, teller).await? {
        SignIn::Problem(code) => return Ok(code),
        SignIn::Accepted(address) => browser.come_back(&address).await?,
    };
    let outcome = finish_sign_in(browser, page).await?;
    if outcome == "accepted" {
        let account = browser.open("/account").await?;
        teller.say(&format!("the account page: {}", excerpt(&account)))?;
        sign_out(browser).await?;
    }
    Ok(outcome)
}

/// Presses what the return page offers, and looks whether the account opens.
///
/// # Errors
/// If the portal does not answer.
pub async fn finish_sign_in(browser: &Browser, page: Page) -> Result<String> {
    let mut page = page;
    for form in ["/login/renew", "/login/confirm"] {
        if page.has_form(form) {
            page = browser.submit(&page, form, &[]).await?;
        }
    }
    let account = browser.open("/account").await?;
    if account.status == 200 && account.path().starts_with("/account") {
        Ok("accepted".to_owned())
    } else {
        Ok(problem_of(&page))
    }
}

/// Signs out of the account page.
///
/// # Errors
/// If there is no way to.
pub async fn sign_out(browser: &Browser) -> Result<()> {
    let account = browser.open("/account").await?;
    browser
        .submit(&account, "/sign-out", &[])
        .await
        .map(drop)
        .context("signing out")
}

/// How the portal says that a step ended: a problem's code, or the status of a page that says nothing.
#[must_use]
pub fn problem_of(page: &Page) -> String {
    page.outcome()
        .map_or_else(|| format!("HTTP {}", page.status), str::to_owned)
}

fn excerpt(page: &Page) -> String {
    page.text().chars().take(300).collect()
}
