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

/// What a script does to reach further; gives what came of it, and what the content policy refused.
const REACH: &str = "const done = arguments[arguments.length - 1];
    const refused = [];
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
    const put = (tag, set) => document.body.appendChild(Object.assign(document.createElement(tag), set));
    put('script', { textContent: 'window.ran = true' });
    put('iframe', { src: 'https://portal.example/' });
    let evaluated = true;
    try { Function('return 1')(); } catch { evaluated = false; }
    const fetched = await fetch('http://127.0.0.1:9/').then(() => true, () => false);
    const image = new Image();
    await new Promise((settled) => { image.onerror = settled; image.src = 'http://127.0.0.1:9/'; });
    put('style', { textContent: '.by-element { color: rgb(1, 2, 3) }' });
    put('p', { className: 'by-element' });
    put('p', { className: 'by-attribute' }).setAttribute('style', 'color: rgb(1, 2, 3)');
    const dressed = ['.by-element', '.by-attribute'].some((put) =>
        getComputedStyle(document.querySelector(put)).color === 'rgb(1, 2, 3)');
    put('form', { action: 'http://127.0.0.1:9/', method: 'post' }).submit();
    await new Promise((later) => setTimeout(later));
    done({ ran: window.ran === true, evaluated, fetched, dressed, refused });";

#[tokio::test]
async fn neither_scripts_nor_styles_nor_the_network_nor_other_pages_are_reached() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (_agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    let script = format!("(async (...arguments) => {{ {REACH} }})(...arguments)");
    let said = window
        .page
        .execute_async(script, Vec::<Value>::new())
        .await?;
    let said = said.json();
    for reached in ["ran", "evaluated", "fetched", "dressed"] {
        assert_eq!(said[reached], Value::Bool(false), "{reached}: {said}");
    }
    let refused = said["refused"].to_string();
    for directive in [
        "script-src-elem",
        "\"script-src\"",
        "frame-src",
        "connect-src",
        "img-src",
        "style-src-elem",
        "style-src-attr",
        "form-action",
    ] {
        assert!(refused.contains(directive), "{directive}: {said}");
    }
    for address in ["file:///etc/hostname", "data:text/html,hello"] {
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
