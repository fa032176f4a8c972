//! The program ends with its window, its page, or its agent, and says why it can't begin.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use kyso_e2e::desktop::PlayedAgent;
use kyso_e2e::display::System;
use kyso_e2e::process::program;
use kyso_screens::ToWindow;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::interval;

use super::{Scene, consent};

#[tokio::test]
async fn it_ends_when_the_agent_says_so_or_is_gone() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    for agent_dies in [false, true] {
        let (mut agent, window) = scene.open(consent()).await?;
        window.page.seen("#agree").await?;
        if agent_dies {
            agent.hang_up()?;
        } else {
            agent.order(&ToWindow::Close)?;
        }
        assert_eq!(agent.ended().await?.code(), Some(0));
    }
    Ok(())
}

async fn check_closed(system: System) -> Result<()> {
    let Some(scene) = Scene::on(system)? else {
        return Ok(());
    };
    let (mut agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    scene.display.wait_for(&window.page.title().await?)?;
    // On a busy machine the window manager drops keys while it still looks at a new window.
    let mut keys = interval(Duration::from_secs(2));
    let closing = async {
        loop {
            keys.tick().await;
            scene.display.press(&["alt+F4"])?;
        }
    };
    tokio::select! {
        failed = closing => failed,
        heard = agent.hears_the_end() => heard,
    }?;
    assert_eq!(agent.ended().await?.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn an_agent_hears_that_its_window_was_closed() -> Result<()> {
    check_closed(System::X).await
}

#[tokio::test]
async fn an_agent_hears_that_its_window_was_closed_on_wayland() -> Result<()> {
    check_closed(System::Wayland).await
}

#[tokio::test]
async fn a_window_whose_page_died_ends() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (mut agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    let page = agent.process_of("WebKitWebProces")?;
    kill_process(Pid::from_raw(page.cast_signed()).unwrap(), Signal::KILL)?;
    agent.hears_the_end().await?;
    assert_eq!(agent.ended().await?.code(), Some(1));
    Ok(())
}

#[tokio::test]
async fn without_a_display_it_says_so() -> Result<()> {
    let mut agent = PlayedAgent::start(vec![("DISPLAY", ":404".into())])?;
    assert_eq!(agent.ended().await?.code(), Some(69));
    Ok(())
}

#[test]
fn without_an_agent_it_shows_nothing() -> Result<()> {
    let mut alone = Command::new(program("kyso-desktop")?);
    let ended = alone.stdin(Stdio::null()).status()?;
    assert_eq!(ended.code(), Some(2));
    Ok(())
}
