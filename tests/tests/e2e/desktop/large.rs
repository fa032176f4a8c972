//! On a display that shows everything twice as large, nothing is cut off and every button can be pressed.

use anyhow::Result;
use kyso_e2e::desktop::{PlayedAgent, Window, Windows};
use kyso_screens::Screen;

use super::{Scene, consent, pin};

const FACTOR: &str = "return devicePixelRatio * outerWidth / innerWidth";
/// What sticks out sideways, and the buttons that aren't in sight, at once or after scrolling to them.
const OUT_OF_SIGHT: &str = "
    const [scrolls] = arguments, page = document.documentElement;
    const out = page.scrollWidth > page.clientWidth ? ['the page'] : [];
    for (const button of document.querySelectorAll('main button')) {
        if (scrolls) button.scrollIntoView({ block: 'nearest' });
        const { left, top, right, bottom } = button.getBoundingClientRect();
        const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
        const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        if (!inside || !button.contains(above)) out.push(button.id);
    }
    return out;
";

/// Larger by what.
#[derive(Debug, Clone, Copy)]
enum Larger {
    /// The display, as on a screen with small dots: the window grows with what is in it.
    Display,
    /// The texts alone, as the person has set: the window is half as wide for them.
    Texts,
}

impl Larger {
    fn variable(self) -> &'static str {
        match self {
            Self::Display => "GDK_SCALE",
            Self::Texts => "GDK_DPI_SCALE",
        }
    }
}

async fn shown(scene: &Scene, larger: Larger, screen: Screen) -> Result<(PlayedAgent, Window)> {
    let windows = Windows::on(&scene.display)?;
    let mut variables = windows.variables();
    variables.push((larger.variable(), "2".into()));
    let mut agent = PlayedAgent::start(variables)?;
    agent.show(screen)?;
    let window = windows.next().await?;
    agent.hears_drawn().await?;
    Ok((agent, window))
}

async fn check(scene: &Scene, larger: Larger, screen: Screen) -> Result<()> {
    let (_agent, window) = shown(scene, larger, screen).await?;
    let factor = window.page.execute(FACTOR, Vec::new()).await?;
    assert_eq!(factor.json(), &2, "{larger:?}");
    let scrolls = matches!(larger, Larger::Texts);
    let out = window
        .page
        .execute(OUT_OF_SIGHT, vec![scrolls.into()])
        .await?;
    assert_eq!(out.convert::<Vec<String>>()?, [""; 0], "{larger:?}");
    Ok(())
}

#[tokio::test]
async fn at_twice_the_size_nothing_is_cut_off_and_every_button_is_in_sight() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    for larger in [Larger::Display, Larger::Texts] {
        for screen in [consent(), pin()] {
            check(&scene, larger, screen).await?;
        }
    }
    Ok(())
}
