//! The window is as dark as the desktop.

use std::collections::HashMap;

use anyhow::Result;
use kyso_e2e::desktop::{PlayedAgent, Window, Windows};
use zbus::zvariant::{OwnedValue, Value};

use super::{Scene, consent};

const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

const DARK: u32 = 1;
const LIGHT: u32 = 2;

/// Waits until the page is as dark as it should be, or for as long as a script may run.
const WEARS: &str = "const [dark, done] = arguments;
    const media = matchMedia('(prefers-color-scheme: dark)');
    const tell = () => media.matches === dark && done(getComputedStyle(document.documentElement).backgroundColor);
    media.addEventListener('change', tell);
    tell();";

/// A desktop that knows what the person has chosen (XDG Desktop Portal).
struct Settings(u32);

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    fn read(&self, namespace: &str, key: &str) -> zbus::fdo::Result<OwnedValue> {
        if (namespace, key) != (NAMESPACE, KEY) {
            return Err(zbus::fdo::Error::Failed("no such setting".into()));
        }
        // In two boxes, as the interface's first version has it.
        let value = Value::Value(Box::new(Value::U32(self.0)));
        value
            .try_to_owned()
            .map_err(|_| zbus::fdo::Error::Failed("no value".into()))
    }

    fn read_all(&self, _namespaces: Vec<String>) -> HashMap<String, HashMap<String, OwnedValue>> {
        HashMap::new()
    }
}

async fn wears(window: &Window, dark: bool) -> Result<()> {
    let ground = window.page.execute_async(WEARS, vec![dark.into()]).await?;
    let expected = if dark {
        "rgb(19, 23, 23)"
    } else {
        "rgb(245, 246, 246)"
    };
    assert_eq!(ground.json(), expected);
    Ok(())
}

#[tokio::test]
async fn it_is_dark_where_the_desktop_is_and_changes_with_it() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let desktop = zbus::connection::Builder::address(scene.display.bus())?
        .name("org.freedesktop.portal.Desktop")?
        .serve_at(PATH, Settings(DARK))?
        .build()
        .await?;
    let (_agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    wears(&window, true).await?;
    for (scheme, dark) in [(LIGHT, false), (DARK, true), (0, false)] {
        let changed = (NAMESPACE, KEY, Value::U32(scheme));
        desktop
            .emit_signal(None::<&str>, PATH, SETTINGS, "SettingChanged", &changed)
            .await?;
        wears(&window, dark).await?;
    }
    Ok(())
}

#[tokio::test]
async fn it_is_dark_where_gtks_theme_is_and_light_where_nobody_tells() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    for (theme, dark) in [("Adwaita", false), ("Adwaita:dark", true)] {
        let windows = Windows::on(&scene.display)?;
        let mut variables = windows.variables();
        variables.push(("GTK_THEME", theme.into()));
        let mut agent = PlayedAgent::start(variables)?;
        agent.show(consent())?;
        let window = windows.next().await?;
        window.page.seen("#agree").await?;
        wears(&window, dark).await?;
    }
    Ok(())
}
