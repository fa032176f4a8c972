//! What the window's program says of itself: that a screen stands, and that it doesn't understand an agent of another
//! version.

use anyhow::Result;
use kyso_screens::{ToWindow, ends};
use serde_json::Value;

use super::{Scene, consent, pin};

#[tokio::test]
async fn a_window_that_does_not_understand_the_agent_says_so() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let json = br#"{"order":"show","number":2,"language":"vi","screen":{"screen":"a-newer-one"}}"#;
    let length = u32::try_from(json.len())?.to_le_bytes();
    let newer = [[1].as_slice(), &length, json].concat();
    let unknown = [9, 0, 0, 0, 0];
    for bytes in [newer.as_slice(), &unknown] {
        let (mut agent, window) = scene.open(consent()).await?;
        window.page.seen("#agree").await?;
        agent.raw(bytes)?;
        agent.hears_the_end().await?;
        assert_eq!(
            agent.ended().await?.code(),
            Some(ends::NOT_UNDERSTOOD.into())
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_screen_that_stands_is_told_and_told_again_where_the_agent_asks() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (mut agent, window) = scene.open(consent()).await?;
    assert_eq!(agent.hears_drawn().await?, 1);
    window.page.seen("#agree").await?;
    let second = agent.show(pin())?;
    assert_eq!(agent.hears_drawn().await?, second);
    window.page.types("#pin", "739").await?;
    agent.order(&ToWindow::Front { token: None })?;
    assert_eq!(agent.hears_drawn().await?, second);
    let typed = window.page.execute(
        "return document.getElementById('pin').value",
        Vec::<Value>::new(),
    );
    assert_eq!(typed.await?.json(), "739");
    Ok(())
}
