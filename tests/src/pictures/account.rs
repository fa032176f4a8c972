//! From the sign-in to the account's own pages.

use anyhow::{Context as _, Result};
use kyso_support::{Keyring, Role};

use super::PEOPLE;
use super::walk::{ACCOUNT_MENU, CONFIRM_LOGIN, Walk};
use crate::kyso::Kyso;

const SIGN_INS: &str = "/account/sign-ins";
/// Where the history has come to its end.
const BEFORE_ALL: &str = "/account/sign-ins?before=0";
/// The device that waits, as the form names it that links it.
const WAITING: &str =
    "return document.querySelector(\"form[action='/account/devices/link'] [name=device]\").value";
/// What a page has no button for.
const LINK_ALL_THE_SAME: &str = "const form = document.createElement('form');
    form.method = 'post'; form.action = '/account/devices/link';
    form.append(Object.assign(document.createElement('input'), {name: 'device', value: arguments[0]}));
    document.body.append(form); document.documentElement.dataset.left = ''; form.submit()";

pub(super) async fn all(walk: &Walk<'_>) -> Result<()> {
    signing_in(walk).await?;
    for (role, kind) in PEOPLE {
        enter(walk, role, kind).await?;
        walk.go("/account").await?;
        walk.both(&format!("account-{kind}")).await?;
        if role == Role::Agency {
            walk.go(SIGN_INS).await?;
            walk.wide("sign-ins-no-devices").await?;
            break;
        }
        walk.sign_out().await?;
    }
    walk.sign_out().await?;
    walk.wide("home-signed-out").await?;
    walk.returned("/login", Role::PersonInOrganisation, CONFIRM_LOGIN)
        .await?;
    walk.wide("login-confirm-person-in-organisation").await?;
    devices(walk).await?;
    renewal(walk).await
}

/// The page before the session opens; the same with somebody else signed in; a certificate without an account.
async fn signing_in(walk: &Walk<'_>) -> Result<()> {
    let stranger = walk.beside("stranger").await?;
    stranger
        .returned("/login", Role::Newcomer, "form[action='/asks'] button")
        .await?;
    stranger.wide("login-no-account").await?;
    walk.returned("/login", Role::Citizen, CONFIRM_LOGIN)
        .await?;
    walk.both("login-confirm").await?;
    walk.press(CONFIRM_LOGIN, ACCOUNT_MENU).await?;
    walk.go("/").await?;
    walk.both("home-signed-in").await?;
    walk.browser.press(ACCOUNT_MENU).await?;
    walk.both("home-menu").await?;
    walk.go("/services/sample").await?;
    walk.wide("service").await?;
    walk.returned("/login", Role::Business, CONFIRM_LOGIN)
        .await?;
    walk.wide("login-confirm-instead").await?;
    walk.press("form[action='/login/refuse'] button", ".note")
        .await?;
    walk.wide("login-refused").await?;
    walk.sign_out().await
}

/// Signs in; a browser that knows the account isn't asked.
async fn enter(walk: &Walk<'_>, role: Role, kind: &str) -> Result<()> {
    let either = format!("{CONFIRM_LOGIN}, {ACCOUNT_MENU}");
    walk.returned("/login", role, &either).await?;
    if role != Role::Citizen {
        walk.wide(&format!("login-confirm-{kind}")).await?;
        walk.press(CONFIRM_LOGIN, ACCOUNT_MENU).await?;
    }
    Ok(())
}

/// One computer's device is linked by itself; another one's waits until the first links it.
async fn devices(walk: &Walk<'_>) -> Result<()> {
    let role = Role::Citizen;
    let (own, new) = (keyring()?, keyring()?);
    let known = Kyso::of(walk.stage, role)?.with_keychain_at(own.address());
    walk.returned_by("/login", &known, role, ACCOUNT_MENU)
        .await?;
    walk.go("/account/methods").await?;
    walk.wide("methods").await?;
    walk.go(SIGN_INS).await?;
    walk.both("sign-ins").await?;
    walk.go(BEFORE_ALL).await?;
    walk.wide("sign-ins-no-more").await?;

    let other = walk.beside("new-computer").await?;
    let strange = Kyso::of(walk.stage, role)?.with_keychain_at(new.address());
    other
        .returned_by("/login", &strange, role, CONFIRM_LOGIN)
        .await?;
    other.press(CONFIRM_LOGIN, ACCOUNT_MENU).await?;
    other.go("/account").await?;
    other.both("account-new-device").await?;
    other.go(SIGN_INS).await?;
    other.wide("sign-ins-new-device").await?;

    walk.go(SIGN_INS).await?;
    walk.wide("sign-ins-device-waits").await?;
    let device = walk.browser.page.execute(WAITING, Vec::new()).await?;
    let device = vec![device.json().clone()];
    other
        .browser
        .page
        .execute(LINK_ALL_THE_SAME, device)
        .await?;
    other.seen("html:not([data-left]) .note[role]").await?;
    other.wide("sign-ins-not-allowed").await?;
    walk.press("form[action='/account/devices/link'] button", ".note[role]")
        .await?;
    walk.wide("sign-ins-device-linked").await?;
    walk.press(
        "form[action='/account/devices/unlink'] button",
        ".note[role]",
    )
    .await?;
    walk.wide("sign-ins-device-unlinked").await?;
    walk.sign_out().await
}

fn keyring() -> Result<Keyring> {
    Keyring::start()?.context("pictures take gnome-keyring and dbus-daemon")
}

/// The CA has issued a new certificate, and revokes the old one.
async fn renewal(walk: &Walk<'_>) -> Result<()> {
    walk.returned("/login", Role::RenewedCitizen, "#renew")
        .await?;
    walk.both("renew").await?;
    walk.press("#renew", ACCOUNT_MENU).await?;
    walk.go("/account/methods").await?;
    walk.wide("methods-renewed").await
}
