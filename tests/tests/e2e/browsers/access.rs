//! The portal's pages under axe, in real Chromium, light and dark.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use kyso_e2e::driven::{Driven, Kind};
use kyso_e2e::kyso::Kyso;
use kyso_e2e::stage::Stage;
use kyso_support::{Keyring, Role};
use serde_json::{Value, json};

use super::{answered, answered_by, fill_in, sign_out};

const ROLE: Role = Role::Citizen;
const REGISTER: &str =
    "form[action^='/register/confirm'] button[value='register']:not([aria-hidden])";
const CONFIRM_LOGIN: &str = "form[action^='/login/confirm'] button";

/// Where `./dev` puts it, for the window's page.
const AXE: &str = "../ui/node_modules/axe-core/axe.min.js";
/// Gives the rules that a part of the page breaks, or that can't be judged, each with the elements; a single character
/// or sign must be as well to read as a word.
const LOOK: &str = "const [part, done] = arguments;
    const checks = { 'color-contrast': { options: { ignoreLength: true, ignoreUnicode: false } } };
    axe.run(part, { resultTypes: ['violations', 'incomplete'], checks }).then(
        ({ violations, incomplete }) => done([...violations, ...incomplete].map(
            ({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | '))),
        (why) => done([String(why)]));";
const PAGE: &str = "html";
/// With the menu, which lies over what is below.
const HEADER: &str = "header";
/// A browser follows links of our scheme to whatever the machine has for it: here the press leads nowhere.
const NOWHERE: &str = "for (const link of document.querySelectorAll('#open, #reopen a'))
    link.addEventListener('click', event => event.preventDefault());";

/// A browser whose pages are looked at.
struct Looker<'a> {
    stage: &'a Stage,
    browser: Driven,
    axe: String,
    /// The pages that were.
    seen: BTreeSet<String>,
    /// What is wrong, and where.
    faults: BTreeMap<String, Vec<String>>,
}

impl<'a> Looker<'a> {
    /// None where something is missing, which is told or, where it must be there, a failure.
    async fn start(stage: &'a Stage) -> Result<Option<Self>> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
        let Ok(axe) = fs::read_to_string(file) else {
            kyso_support::missing("axe-core (`./dev ui` brings it)");
            return Ok(None);
        };
        let browser = Driven::start(Kind::Chromium, stage, "asking").await?;
        Ok(browser.map(|browser| Self {
            stage,
            browser,
            axe,
            seen: BTreeSet::new(),
            faults: BTreeMap::new(),
        }))
    }

    async fn go(&self, path: &str) -> Result<()> {
        let address = format!("{}{path}", self.stage.origin);
        Ok(self.browser.page.goto(address).await?)
    }

    /// Looks at what is shown, in both themes.
    async fn look(&mut self, name: &str) -> Result<()> {
        self.look_at(PAGE, name).await
    }

    /// The same for a part of it.
    async fn look_at(&mut self, part: &str, name: &str) -> Result<()> {
        self.browser.seen("main h1").await?;
        for theme in ["light", "dark"] {
            let features = json!({"features": [
                {"name": "prefers-color-scheme", "value": theme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]});
            let devtools = self.browser.page.cdp();
            devtools
                .send_raw("Emulation.setEmulatedMedia", features)
                .await?;
            for fault in self.faults_in(part).await? {
                let places = self.faults.entry(fault).or_default();
                places.push(format!("{name} ({theme})"));
            }
        }
        ensure!(self.seen.insert(name.to_owned()), "{name} was seen before");
        Ok(())
    }

    async fn faults_in(&self, part: &str) -> Result<Vec<String>> {
        let page = &self.browser.page;
        page.execute(&self.axe, Vec::<Value>::new()).await?;
        let found = page.execute_async(LOOK, vec![part.into()]).await?;
        Ok(found.convert()?)
    }

    async fn open(&mut self, path: &str) -> Result<()> {
        self.go(path).await?;
        self.look(path).await
    }

    /// From a page that asks to the one that the browser comes back to.
    async fn returned(&self, path: &str, kyso: Option<&Kyso<'_>>) -> Result<()> {
        self.go(path).await?;
        let address = match kyso {
            Some(kyso) => answered_by(&self.browser, self.stage, ROLE, kyso).await?,
            None => answered(&self.browser, self.stage, ROLE).await?,
        };
        Ok(self.browser.page.goto(&address).await?)
    }
}

async fn open_to_all(looker: &mut Looker<'_>) -> Result<()> {
    for path in [
        "/",
        "/login",
        "/register",
        "/register/usb?subject=citizen",
        "/register/usb?subject=business",
        "/terms",
        "/policy",
        "/help/register",
        "/help/sign-in",
        "/download",
        "/nowhere",
    ] {
        looker.open(path).await?;
    }
    Ok(())
}

async fn waiting(looker: &mut Looker<'_>) -> Result<()> {
    looker.go("/login").await?;
    looker.browser.press("form[action^='/asks'] button").await?;
    let stands = async |browser: &Driven, part: &str| {
        let part = format!("#status [data-when='{part}']");
        browser.seen(&part).await.map(drop)
    };
    stands(&looker.browser, "ready").await?;
    looker.look("wait").await?;
    looker.browser.page.execute(NOWHERE, Vec::new()).await?;
    looker.browser.press("#open").await?;
    stands(&looker.browser, "silent").await?;
    looker.look("wait, silent").await?;
    looker.go("/.well-known/kyso/return").await?;
    looker.browser.seen("#no-code").await?;
    looker.look("return without a code").await
}

async fn an_account(looker: &mut Looker<'_>, kyso: &Kyso<'_>) -> Result<()> {
    looker.returned("/login", Some(kyso)).await?;
    looker
        .browser
        .seen(".card.warning, form[action^='/asks'] button")
        .await?;
    looker.look("no account").await?;
    looker
        .returned("/register/usb?subject=citizen", Some(kyso))
        .await?;
    looker.browser.seen(REGISTER).await?;
    looker.look("register/confirm").await?;
    looker.browser.press(REGISTER).await?;
    looker.browser.says("Đăng ký thành công!").await?;
    looker.look("registered").await?;
    looker.returned("/login", Some(kyso)).await?;
    looker.browser.seen(CONFIRM_LOGIN).await?;
    looker.look("login/confirm").await?;
    looker.browser.press(CONFIRM_LOGIN).await?;
    looker.browser.seen("header details summary").await?;
    for path in [
        "/account",
        "/account/methods",
        "/account/sign-ins",
        "/services/sample",
    ] {
        looker.open(path).await?;
    }
    looker.browser.press("header details summary").await?;
    looker.look_at(HEADER, "menu").await?;
    looker.go("/account").await?;
    sign_out(&looker.browser, looker.stage).await
}

async fn a_business(looker: &mut Looker<'_>) -> Result<()> {
    let stage = looker.stage;
    looker.go("/register/usb?subject=business").await?;
    let address = answered(&looker.browser, stage, Role::Business).await?;
    looker.browser.page.goto(&address).await?;
    looker.browser.seen(REGISTER).await?;
    looker.look("register/confirm of a business").await?;
    looker.browser.press(REGISTER).await?;
    looker.browser.seen(".card.warning").await?;
    looker.look("register/confirm with faults").await?;
    fill_in(&looker.browser, Role::Business).await?;
    looker.browser.press(REGISTER).await?;
    looker.browser.says("Đăng ký thành công!").await
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_the_portals_pages() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(keyring) = Keyring::start()? else {
        return Ok(());
    };
    let Some(mut looker) = Looker::start(&stage).await? else {
        return Ok(());
    };
    let kyso = Kyso::of(&stage, ROLE)?.with_keychain_at(keyring.address());
    open_to_all(&mut looker).await?;
    waiting(&mut looker).await?;
    an_account(&mut looker, &kyso).await?;
    a_business(&mut looker).await?;
    assert!(looker.faults.is_empty(), "{:#?}", looker.faults);

    // What it would find is found.
    let spoil = "document.querySelector('main').append(document.createElement('button'))";
    looker.browser.page.execute(spoil, Vec::new()).await?;
    let faults = looker.faults_in(PAGE).await?;
    let found = faults.first().context("a button without a name")?;
    assert!(found.contains("button-name"), "{faults:?}");
    looker.browser.quit().await
}
