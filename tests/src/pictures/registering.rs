//! From the answer to the account.

use anyhow::Result;
use kyso_support::Role;

use super::PEOPLE;
use super::walk::{PROBLEM, REGISTER, Walk};
use crate::kyso::Kyso;

const EMAIL: &str = "ke-toan@sao-mau.example";

pub(super) async fn all(walk: &Walk<'_>) -> Result<()> {
    wrong_codes(&walk.beside("wrong-codes").await?).await?;
    for (role, kind) in PEOPLE {
        // One browser each: the portal shows a browser's newest registration, and counts in seconds.
        let walk = &walk.beside(kind).await?;
        if role != Role::Citizen {
            walk.returned("/login", role, "form[action='/asks'] button")
                .await?;
            walk.wide(&format!("login-no-account-{kind}")).await?;
        }
        answered(walk, role, kind).await?;
        walk.both(&format!("register-confirm-{kind}")).await?;
        if role == Role::Business {
            faults(walk).await?;
        }
        if role != Role::Citizen {
            walk.browser.types("#captcha", "test").await?;
        }
        walk.press(REGISTER, ".card.good").await?;
        walk.wide(&format!("registered-{kind}")).await?;
        walk.returned(&ask(kind), role, "a.button[href^='/login']")
            .await?;
        walk.wide(&format!("register-exists-{kind}")).await?;
    }
    answered(walk, Role::PersonInOrganisation, "citizen").await?;
    walk.wide("register-confirm-person-in-organisation").await?;
    walk.press(REGISTER, ".card.good").await
}

fn ask(kind: &str) -> String {
    format!("/register/usb?subject={kind}")
}

/// The waiting page says that it was answered, and the return page leads on.
async fn answered(walk: &Walk<'_>, role: Role, kind: &str) -> Result<()> {
    let link = walk.ask(&ask(kind)).await?;
    let kyso = Kyso::of(walk.stage, role)?;
    let address = walk.signed(&link, &kyso, role).await?;
    if role == Role::Citizen {
        walk.seen("#status [data-when='ended']").await?;
        walk.wide("wait-ended").await?;
    }
    walk.browser.page.goto(&address).await?;
    walk.seen(REGISTER).await.map(drop)
}

/// Nothing typed, then no address, then the picture in words, then what is needed.
async fn faults(walk: &Walk<'_>) -> Result<()> {
    walk.press(REGISTER, PROBLEM).await?;
    walk.both("register-confirm-faults").await?;
    walk.browser.types("#email", "ke-toan").await?;
    walk.press(REGISTER, PROBLEM).await?;
    walk.wide("register-confirm-no-address").await?;
    walk.seen("#email").await?.clear().await?;
    walk.press("button[value='spoken']", "#captcha-words")
        .await?;
    walk.wide("register-confirm-spoken").await?;
    walk.browser.types("#email", EMAIL).await
}

/// One ask in which the picture was read wrong until the portal wants a rest.
async fn wrong_codes(walk: &Walk<'_>) -> Result<()> {
    answered(walk, Role::Business, "business").await?;
    walk.browser.types("#email", EMAIL).await?;
    for wrong in 1..=5 {
        walk.browser.types("#captcha", "wrong").await?;
        walk.press(REGISTER, "#captcha-fault").await?;
        // Each picture is gone with its code; the page comes anew.
        if wrong == 5 {
            walk.wide("register-confirm-too-many").await?;
        }
    }
    Ok(())
}
