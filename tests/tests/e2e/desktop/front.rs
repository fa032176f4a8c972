//! A window that is wanted comes before the others, or says that it couldn't.

use anyhow::Result;
use kyso_screens::ToWindow;
use kyso_support::until;

use super::{Scene, consent, pin};

#[tokio::test]
async fn a_covered_window_comes_to_the_front_with_the_focus() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    for token in [None, Some("portal-17-desk_TIME1".to_owned())] {
        let (mut wanted, window) = scene.open(consent()).await?;
        window.page.seen("#agree").await?;
        let (above, other) = scene.open(pin()).await?;
        other.page.seen("#pin").await?;
        let is_in_front = |process| scene.display.process_in_front() == process;
        until("the window that opened last", || {
            is_in_front(above.process())
        })?;
        wanted.order(&ToWindow::Front { token })?;
        until("the window that is wanted", || {
            is_in_front(wanted.process())
        })?;
    }
    Ok(())
}
