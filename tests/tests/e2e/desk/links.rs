//! Links that are none: whatever a page puts behind the scheme, nothing opens, and the agent stays.

use anyhow::Result;
use kyso_e2e::display::Display;
use kyso_e2e::resident::Computer;
use kyso_e2e::stage::Stage;
use kyso_support::Role;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_link_of_ours_opens_no_window_and_ends_no_agent() -> Result<()> {
    let stage = Stage::set()?;
    let Some(display) = Display::start(stage.path())? else {
        return Ok(());
    };
    let computer = Computer::of(&stage, &display, Role::Citizen, Vec::new())?;
    let _agent = computer.start_agent().await?;
    let good = format!(
        "kyso:1/{}/AAECAwQFBgcICQoLDA0ODw",
        stage.origin.as_str().replace("https://", "")
    );
    for link in [
        "kyso:junk".to_owned(),
        "kyso:".to_owned(),
        format!("{good}?ask=1&ask=2"),
        format!("{good}#AAECAwQFBgcICQoLDA0ODw"),
        format!("{good}/{good}"),
        format!("kyso:1/{}", "a".repeat(64 * 1024)),
        format!("kyso:2/{}", &good[7..]),
        "kyso:1/user@portal.example/AAECAwQFBgcICQoLDA0ODw".to_owned(),
        "kyso:1/127.0.0.1/AAECAwQFBgcICQoLDA0ODw".to_owned(),
    ] {
        let opened = Command::new("xdg-open")
            .arg(&link)
            .envs(computer.surface.variables())
            .output()
            .await?;
        let short: String = link.chars().take(60).collect();
        assert!(!opened.status.success(), "{short}");
        assert!(!display.front().contains("Kyso"), "{short} opened a window");
        assert!(computer.agent_answers().await?, "{short} ended the agent");
    }
    computer.quit_agent().await
}
