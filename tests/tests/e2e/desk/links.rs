//! Links that are none: whatever a page puts behind the scheme, nothing is opened or fetched, and the agent stays.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use anyhow::{Context as _, Result};
use kyso_e2e::desk::{Desk, same_digits};
use kyso_e2e::display::Display;
use kyso_e2e::driven::{Driven, Kind};
use kyso_e2e::resident::Computer;
use kyso_e2e::stage::Stage;
use kyso_support::Role;
use tokio::process::Command;

use super::tells;
use crate::desktop::notices::Notices;

const ID: &str = "AAECAwQFBgcICQoLDA0ODw";
/// Puts a link onto the page.
const PUT: &str = "
    const link = document.getElementById('put') ?? document.createElement('a');
    link.id = link.textContent = 'put';
    link.setAttribute('href', arguments[0]);
    document.querySelector('main').prepend(link);
";

/// What can't be an ask. Much of it holds the link of one, so that whatever took a part for the whole would show it; a
/// shell would make the file `trap`.
fn junk(good: &str, trap: &Path) -> Vec<String> {
    let trap = trap.display();
    let behind = good.strip_prefix("kyso:1/").unwrap_or_default();
    let around = [
        "?ask=1&ask=2",
        "#AAECAwQFBgcICQoLDA0ODw",
        "/",
        "%20--hidden",
        "%0A--hidden",
        "%22",
        "%27",
        "%2",
        "%u",
        "%F",
        "%%",
        "%i %c %k",
        " --hidden",
        " --version",
        "\" --hidden \"",
        "' --hidden '",
        "\\ --hidden",
        "\\",
        "é",
        "\u{202e}",
    ];
    let mut junk: Vec<String> = around.map(|more| format!("{good}{more}")).into();
    junk.extend([
        "kyso:junk".to_owned(),
        "kyso:".to_owned(),
        "kyso:-".to_owned(),
        "kyso:--help".to_owned(),
        "kyso:-h".to_owned(),
        "kyso: --hidden".to_owned(),
        "kyso:%2D%2Dhelp".to_owned(),
        format!("{good} {good}"),
        format!("{good}/{good}"),
        format!("{good};touch {trap}"),
        format!("{good}$(touch {trap})"),
        format!("{good}`touch {trap}`"),
        format!("{good}|touch {trap}"),
        format!("kyso:1/{}", "a".repeat(64 * 1024)),
        format!("kyso:2/{behind}"),
        format!("kyso://1/{behind}"),
        format!("kyso:1/../{behind}"),
        format!("kyso:1/user@{behind}"),
        format!("kyso:1/127.0.0.1/{ID}"),
    ]);
    junk
}

fn short(link: &str) -> String {
    link.chars().take(120).collect()
}

/// Presses a link on the portal's page by the pointer: WebDriver's own press waits for a new page, which never comes.
async fn press(browser: &Driven, link: &str) -> Result<()> {
    browser.page.execute(PUT, vec![link.into()]).await?;
    let put = browser.seen("#put").await?;
    let pointer = browser.page.action_chain().click_element(&put);
    Ok(pointer.perform().await?)
}

/// Six a minute are said: forgets those that were.
fn a_minute_later(desk: &Desk<'_>) -> Result<()> {
    let runtime = desk.computer.surface.folder("XDG_RUNTIME_DIR");
    let said = runtime.context("it is set")?.join("kyso/refusals");
    Ok(std::fs::remove_file(said)?)
}

/// Presses what is no link; the agent says so, once, and does nothing else.
async fn refused(desk: &Desk<'_>, notices: &mut Notices, link: &str) -> Result<()> {
    press(&desk.browser, link).await?;
    let said = notices.next().await;
    let said = said.with_context(|| short(link))?;
    assert!(said.contains("LINK-INVALID"), "{said}: {}", short(link));
    a_minute_later(desk)
}

async fn in_a_page(kind: Kind) -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let mut notices = Notices::on(&display).await?;
    let Some(desk) = Desk::set(&stage, &display, kind, Role::Citizen).await? else {
        return Ok(());
    };
    let digits = desk.waits("/register/usb?subject=citizen").await?;
    let good = desk.browser.seen("#open").await?.attr("href").await?;
    let (good, trap) = (good.context("a link")?, stage.path().join("trap"));

    refused(&desk, &mut notices, "kyso:junk").await?;
    assert!(
        !desk.computer.agent_answers().await?,
        "junk starts no agent"
    );
    let _agent = desk.computer.start_agent().await?;
    for link in junk(&good, &trap) {
        refused(&desk, &mut notices, &link).await?;
        assert_eq!(tells(&desk, "window").await?, false, "{}", short(&link));
    }
    assert!(!trap.exists(), "a shell has read a link");
    nothing_was_fetched(&desk.browser).await?;
    of_another_origin(&desk).await?;

    desk.browser.press("#open").await?;
    let window = desk.window().await?;
    same_digits(&window, &digits).await?;
    desk.computer.quit_agent().await
}

/// The portal knows of nobody who came for the ask that was in the links.
async fn nothing_was_fetched(browser: &Driven) -> Result<()> {
    browser.page.refresh().await?;
    let ready = browser.seen("#status [data-when='ready']").await;
    ready.map(drop)
}

/// An ask at somebody who is no portal of ours, on this very computer: nobody comes there.
async fn of_another_origin(desk: &Desk<'_>) -> Result<()> {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    other.set_nonblocking(true)?;
    let host = desk.stage.origin.as_str();
    let host = host.rsplit_once(':').context("a port")?.0;
    let host = host.replace("https://", "");
    let link = format!("kyso:1/{host}:{}/{ID}", other.local_addr()?.port());
    press(&desk.browser, &link).await?;
    let window = desk.window().await?;
    let code = window.page.seen("#problem-code").await?.text().await?;
    assert!(code.contains("ORIGIN-REFUSED"), "{code}");
    let came = other.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(came, Err(std::io::ErrorKind::WouldBlock));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn junk_in_a_page_goes_through_chromium_as_one_word_and_opens_nothing() -> Result<()> {
    in_a_page(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn junk_in_a_page_goes_through_firefox_as_one_word_and_opens_nothing() -> Result<()> {
    in_a_page(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_link_of_ours_opens_no_window_and_ends_no_agent() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let computer = Computer::of(&stage, &display, Role::Citizen, Vec::new())?;
    let _agent = computer.start_agent().await?;
    let host = stage.origin.as_str().replace("https://", "");
    let trap = stage.path().join("trap");
    for link in junk(&format!("kyso:1/{host}/{ID}"), &trap) {
        let opened = Command::new("xdg-open")
            .arg(&link)
            .envs(computer.surface.variables())
            .output()
            .await?;
        assert!(!opened.status.success(), "{}", short(&link));
        assert!(!display.front().contains("Kyso"), "{}", short(&link));
        assert!(computer.agent_answers().await?, "{}", short(&link));
    }
    assert!(!trap.exists(), "a shell has read a link");
    computer.quit_agent().await
}
