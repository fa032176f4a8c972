//! What the agent sends is what the person sees, and what the person does is what the agent hears.

use anyhow::{Result, bail};
use kyso_screens::{Act, FromWindow, Language};

use super::{Scene, consent, pin};

#[tokio::test]
async fn a_screen_is_shown_and_an_act_names_it() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (mut agent, window) = scene.open(consent()).await?;
    window.page.says("congdan.example").await?;
    window.page.says("4821").await?;
    window.page.press("#agree").await?;
    assert_eq!(agent.hears_act(1).await?, Act::Agree);

    agent.speak(Language::En);
    let second = agent.show(consent())?;
    window.page.says("Requesting site").await?;
    window.page.press("#refuse").await?;
    assert_eq!(agent.hears_act(second).await?, Act::Refuse);
    scene.display.wait_for(&window.page.title().await?)
}

#[tokio::test]
async fn a_pin_comes_in_its_own_frame() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (mut agent, window) = scene.open(pin()).await?;
    window.page.says("Token Một").await?;
    window.page.types("#pin", "73914628").await?;
    window.page.press("#sign").await?;
    let FromWindow::Pin { number, pin } = agent.hears().await? else {
        bail!("not a PIN")
    };
    assert_eq!((number, pin.as_slice()), (1, b"73914628".as_slice()));
    Ok(())
}

#[tokio::test]
async fn nothing_is_written_to_the_home() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    agent.hang_up()?;
    window.gone().await?;
    let mut found = Vec::new();
    files_below(scene.folder.path(), &mut found)?;
    // The window manager's own log, and what the session's programs share in the folder for sockets.
    found.retain(|file| !file.contains("/runtime/") && !file.contains("openbox"));
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

fn files_below(folder: &std::path::Path, found: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files_below(&entry.path(), found)?;
        } else {
            found.push(entry.path().display().to_string());
        }
    }
    Ok(())
}
