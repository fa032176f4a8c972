//! What a page that turned bad could not do: call what it wasn't granted, load or open anything else, keep the pipe.

use std::fs;

use anyhow::Result;
use kyso_e2e::page::Page;
use serde_json::Value;

use super::{Scene, consent};

/// Calls a command as a page does, and gives `granted` or why it isn't.
async fn call(page: &Page, command: &str) -> Result<String> {
    let script = "const done = arguments[arguments.length - 1];
        window.__TAURI_INTERNALS__.invoke(arguments[0], {}).then(() => done('granted'), (why) => done(String(why)));";
    let said = page.execute_async(script, vec![command.into()]).await?;
    Ok(said.json().as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn only_our_four_commands_are_granted() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (_agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    assert_eq!(call(&window.page, "view").await?, "granted");
    for command in [
        "plugin:webview|create_webview_window",
        "plugin:window|set_title",
        "plugin:window|close",
        "plugin:event|emit",
        "plugin:app|version",
        "plugin:path|resolve_directory",
        "plugin:shell|open",
        "evaluate",
    ] {
        let said = call(&window.page, command).await?;
        assert!(
            said.contains("not allowed") || said.contains("not found"),
            "{command}: {said}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn neither_scripts_nor_the_network_nor_other_pages_are_reached() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (_agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    let script = "const done = arguments[arguments.length - 1];
        const refused = [];
        document.addEventListener('securitypolicyviolation', (event) => refused.push(event.violatedDirective));
        const inline = document.createElement('script');
        inline.textContent = 'window.ran = true';
        document.body.append(inline);
        const frame = document.createElement('iframe');
        frame.src = 'https://portal.example/';
        document.body.append(frame);
        let evaluated = true;
        try { Function('return 1')(); } catch { evaluated = false; }
        const opened = window.open('https://portal.example/') !== null;
        const fetched = await fetch('http://127.0.0.1:9/').then(() => true, () => false);
        const image = new Image();
        await new Promise((settled) => { image.onerror = settled; image.src = 'http://127.0.0.1:9/'; });
        done({ ran: window.ran === true, evaluated, opened, fetched, refused });";
    let script = format!("(async (...arguments) => {{ {script} }})(...arguments)");
    let said = window
        .page
        .execute_async(script, Vec::<Value>::new())
        .await?;
    let said = said.json();
    for reached in ["ran", "evaluated", "opened", "fetched"] {
        assert_eq!(said[reached], Value::Bool(false), "{reached}: {said}");
    }
    let refused = said["refused"].to_string();
    for directive in ["script-src", "frame-src", "connect-src", "img-src"] {
        assert!(refused.contains(directive), "{directive}: {said}");
    }

    let elsewhere = [
        "https://portal.example/",
        "file:///etc/hostname",
        "data:text/html,hello",
    ];
    for address in elsewhere {
        let leave = "window.location.href = arguments[0];";
        window.page.execute(leave, vec![address.into()]).await?;
        assert_eq!(call(&window.page, "view").await?, "granted", "{address}");
        assert_eq!(
            window.page.current_url().await?.scheme(),
            "tauri",
            "{address}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_web_views_processes_do_not_hold_the_pipe() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    let pipe = format!("socket:[{}]", agent.their_end());
    for name in ["WebKitWebProces", "WebKitNetworkPr"] {
        let process = agent.process_of(name)?;
        for descriptor in fs::read_dir(format!("/proc/{process}/fd"))? {
            // One that was closed meanwhile holds nothing.
            let target = fs::read_link(descriptor?.path()).unwrap_or_default();
            assert_ne!(target.to_string_lossy(), pipe, "{name}");
        }
    }
    Ok(())
}
