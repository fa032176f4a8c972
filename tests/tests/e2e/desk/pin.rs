//! The PIN that was typed into the window: nothing of ours that lives on holds it.

use anyhow::{Context as _, Result};
use kyso_e2e::desk::Desk;
use kyso_e2e::display::Display;
use kyso_e2e::driven::Kind;
use kyso_e2e::stage::Stage;
use kyso_support::{Memory, Role, missing};

use crate::faults::processes::children;

#[tokio::test(flavor = "multi_thread")]
async fn no_process_of_ours_holds_the_pin_once_the_window_has_closed() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        missing("root, which alone reads the memory of processes that hide it");
        return Ok(());
    }
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let Some(desk) = Desk::set(&stage, &display, Kind::Chromium, Role::Citizen).await? else {
        return Ok(());
    };
    let agent = desk.computer.start_agent().await?;
    let agent = agent.id().context("the agent runs")?;
    let pin = desk.pin()?;

    let tabs = desk.tabs().await?;
    desk.ask("/register/usb?subject=citizen").await?;
    let window = desk.window().await?;
    for step in ["#agree", "#row-0", "#ok"] {
        window.page.press(step).await?;
    }
    window.page.types("#pin", &pin).await?;
    // Proves the search: the field holds it now.
    assert!(
        holders(agent, &pin)?
            .iter()
            .any(|process| *process != agent),
        "the window's processes were not read"
    );
    window.page.press("#sign").await?;
    desk.follow(tabs).await?;
    window.gone().await?;

    assert_eq!(holders(agent, &pin)?, [0_u32; 0]);
    let (below, origin) = (family(agent).len(), stage.origin.as_str());
    assert!(below > 1, "the token's host stays warm");
    assert!(
        Memory::of(agent)?.holds(origin.as_bytes()),
        "the agent's memory was not read"
    );
    desk.computer.quit_agent().await
}

/// Processes of ours in whose memory it stands, as bytes or as the web view's wide characters.
fn holders(agent: u32, pin: &str) -> Result<Vec<u32>> {
    let wide: Vec<u8> = pin.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut holders = Vec::new();
    for process in family(agent) {
        // One that ends meanwhile holds nothing.
        let Ok(memory) = Memory::of(process) else {
            anyhow::ensure!(!runs(process), "the memory of {process} can't be read");
            continue;
        };
        if memory.holds(pin.as_bytes()) || memory.holds(&wide) {
            holders.push(process);
        }
    }
    Ok(holders)
}

fn runs(process: u32) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"));
    maps.is_ok_and(|maps| !maps.is_empty())
}

/// A process and all that it has started, and what these have.
fn family(process: u32) -> Vec<u32> {
    let below = children(process).into_iter().flat_map(family);
    std::iter::once(process).chain(below).collect()
}
