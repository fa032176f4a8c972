//! The real window by its keyboard alone, with keys that come from the display.

use anyhow::{Result, ensure};
use kyso_e2e::desktop::Window;
use kyso_e2e::display::Display;
use kyso_e2e::stage::Stage;
use kyso_screens::{Act, Failed, Language, Problem, Screen, TextShown};
use kyso_support::Role;
use serde_json::Value;

use super::flows::Desk;
use super::{Scene, consent, pin};

/// More than any screen has places.
const PLACES: usize = 20;
/// More than any text is long.
const PAGES: usize = 6;

const FOCUSED: &str = "return document.activeElement.id";
const FACTOR: &str = "return devicePixelRatio * outerWidth / innerWidth";
const IS_ALIVE: &str = "return !document.getElementById('agree').disabled";
/// A person who looks at the page for two frames: by then it knows what is in sight.
const LOOKS: &str = "const done = arguments[0];
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));";

async fn told<T: serde::de::DeserializeOwned>(window: &Window, script: &str) -> Result<T> {
    let said = window.page.execute(script, Vec::<Value>::new()).await?;
    Ok(said.convert()?)
}

/// Goes through the places of the screen, one after the other, until this one has the focus.
async fn tab_to(display: &Display, window: &Window, place: &str) -> Result<()> {
    let mut met = Vec::new();
    for _ in 0..PLACES {
        let focused: String = told(window, FOCUSED).await?;
        if focused == place {
            return Ok(());
        }
        met.push(focused);
        display.press(&["Tab"])?;
    }
    anyhow::bail!("{place} is not among {met:?}")
}

/// Goes to a button and presses it, as soon as it answers presses.
async fn press(display: &Display, window: &Window, button: &str) -> Result<()> {
    window.page.seen(&format!("#{button}:enabled")).await?;
    tab_to(display, window, button).await?;
    display.press(&["Return"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_done_by_keys_alone() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let desk = Desk::set(&stage, &display).await?;
    desk.asks().await?;
    let window = desk.window().await?;
    display.wait_for(&window.page.title().await?)?;
    press(&display, &window, "agree").await?;

    window.page.seen("#row-0").await?;
    tab_to(&display, &window, "row-0").await?;
    display.press(&["space"])?;
    press(&display, &window, "ok").await?;

    window.page.seen("#pin:not([readonly])").await?;
    let focused: String = told(&window, FOCUSED).await?;
    assert_eq!(
        focused, "pin",
        "the PIN is typed without looking for its field"
    );
    display.write(stage.token(Role::Citizen)?.pin())?;
    display.press(&["Return"])?;
    assert!(desk.is_back().await?, "the portal has the answer");
    window.gone().await?;
    desk.computer.quit_agent().await
}

fn with_a_text() -> Screen {
    let lines: Vec<_> = (1..=12)
        .map(|line| format!("Điều {line}: Ễ Ặ Ổ, đăng ký phương thức xác thực"))
        .collect();
    let Screen::Consent(mut consent) = consent() else {
        unreachable!("a consent")
    };
    consent.text = Some(TextShown {
        language: Language::Vi,
        value: lines.join("\n"),
    });
    Screen::Consent(consent)
}

/// Reads a text to its end with the window this much larger, in fifths.
async fn reads(scene: &Scene, larger: u32) -> Result<()> {
    let (mut agent, window) = scene.open(with_a_text()).await?;
    let display = &scene.display;
    window
        .page
        .seen("main:not(:has([data-waits~=time]))")
        .await?;
    display.wait_for(&window.page.title().await?)?;
    for _ in 0..larger {
        display.press(&["ctrl+plus"])?;
    }
    window
        .page
        .execute_async(LOOKS, Vec::<Value>::new())
        .await?;
    let factor: f64 = told(&window, FACTOR).await?;
    let expected = 1.0 + f64::from(larger) / 5.0;
    assert!((factor - expected).abs() < 0.02, "{factor} for {expected}");

    assert!(!told::<bool>(&window, IS_ALIVE).await?, "nothing was read");
    tab_to(display, &window, "text").await?;
    let mut pressed = 0;
    display.press(&["End"])?;
    window
        .page
        .execute_async(LOOKS, Vec::<Value>::new())
        .await?;
    while !told::<bool>(&window, IS_ALIVE).await? {
        pressed += 1;
        ensure!(pressed <= PAGES, "the end is never in sight at {expected}");
        display.press(&["Page_Down"])?;
        window
            .page
            .execute_async(LOOKS, Vec::<Value>::new())
            .await?;
    }
    press(display, &window, "agree").await?;
    assert_eq!(agent.hears_act(1).await?, Act::Agree);
    Ok(())
}

#[tokio::test]
async fn a_text_is_read_to_its_end_by_keys_and_then_agreed_to() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    reads(&scene, 0).await
}

#[tokio::test]
async fn a_text_is_read_to_its_end_by_keys_at_twice_the_size() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    reads(&scene, 5).await
}

const REPORT: &str = "Kyso 0.1.0\nTOKEN-ABSENT: Ễ Ặ Ổ\nLinux";
/// Where whatever is pasted comes to light.
const FIELD: &str = "const field = document.createElement('textarea');
    field.id = 'pasted';
    document.body.append(field);
    field.focus();";
/// Tells what was pasted as soon as it is there.
const PASTED: &str = "const done = arguments[0], field = document.getElementById('pasted');
    const tell = () => field.value && done(field.value);
    field.addEventListener('input', tell);
    tell();";

#[tokio::test]
async fn a_copied_report_can_be_pasted_in_another_program() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (other, page) = scene.open(pin()).await?;
    page.page.seen("#pin:not([readonly])").await?;
    let failed = Screen::Failed(Failed {
        problem: Problem {
            code: "TOKEN-ABSENT".into(),
            happened: "Không thấy USB ký số.".into(),
            remedy: "Cắm USB ký số.".into(),
        },
        report: REPORT.into(),
        again: false,
    });
    let (_agent, window) = scene.open(failed).await?;
    scene.display.wait_for(&window.page.title().await?)?;
    press(&scene.display, &window, "copy").await?;
    window.page.seen("#copied:not(:empty)").await?;

    scene.display.turn_to(other.process().expect("a window"))?;
    page.page.execute(FIELD, Vec::<Value>::new()).await?;
    scene.display.press(&["ctrl+v"])?;
    let pasted = page.page.execute_async(PASTED, Vec::<Value>::new()).await?;
    assert_eq!(pasted.json(), REPORT);
    Ok(())
}
