//! A page that turned bad takes each way out that a page has, and a person's own click is on it: nobody is reached, and no
//! window opens.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kyso_e2e::desktop::{PlayedAgent, Window};
use kyso_e2e::display::Display;
use thirtyfour::By;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::{Scene, consent};

/// What leads to the address, by a name: each lays something over the whole page, which is then clicked.
const WAYS: [(&str, &str); 14] = [
    ("a link", "lay('a', { href: to })"),
    (
        "a link to a new window",
        "lay('a', { href: to, target: '_blank' })",
    ),
    (
        "a link to a window with a name",
        "lay('a', { href: to, target: 'other', rel: 'opener' })",
    ),
    (
        "a download",
        "lay('a', { href: to, download: 'kyso.html' })",
    ),
    ("a ping", "lay('a', { href: '#', ping: to })"),
    ("a form", "form({ action: to, method: 'post' })"),
    (
        "a form to a new window",
        "form({ action: to, target: '_blank' })",
    ),
    (
        "a new window",
        "lay('button').onclick = () => window.open(to)",
    ),
    (
        "a new window without a name for it",
        "lay('button').onclick = () => window.open(to, '_blank', 'noopener,popup')",
    ),
    (
        "another place",
        "lay('button').onclick = () => location.assign(to)",
    ),
    (
        "another place instead",
        "lay('button').onclick = () => location.replace(to)",
    ),
    (
        "an early connection",
        "lay('button').onclick = () => put(document.head, 'link', { rel: 'preconnect', href: to })",
    ),
    (
        "an early page",
        "lay('button').onclick = () => put(document.head, 'link', { rel: 'prefetch', href: to })",
    ),
    (
        "a refresh",
        "lay('button').onclick = () => put(document.head, 'meta', { httpEquiv: 'refresh', content: '0;url=' + to })",
    ),
];

const PUT: &str = "const [to] = arguments;
    document.getElementById('way')?.remove();
    delete window.clicked;
    document.onclick = () => { window.clicked = true };
    const put = (where, tag, set) => where.appendChild(Object.assign(document.createElement(tag), set));
    const over = { position: 'fixed', inset: '0', zIndex: '9', background: 'white' };
    const dress = (way) => { Object.assign(way.style, over); return way; };
    const lay = (tag, set) => dress(put(document.body, tag, { id: 'way', textContent: 'way', ...set }));
    const form = (set) => {
        const made = put(document.body, 'form', { id: 'way', ...set });
        return dress(put(made, 'button', { type: 'submit', textContent: 'way' }));
    };
";
/// A web view that goes somewhere has connected by then.
const QUIET: Duration = Duration::from_millis(700);

/// How many windows of the program a person sees.
fn windows(display: &Display, agent: &PlayedAgent) -> Result<usize> {
    let process = agent.process().context("the window has ended")?.to_string();
    let mut search = Command::new("xdotool");
    search.args(["search", "--onlyvisible", "--pid", &process]);
    let found = search.envs(display.variables()).output()?;
    Ok(String::from_utf8(found.stdout)?.lines().count())
}

/// Takes a way out, and stays where it was.
async fn takes(window: &Window, way: &str, to: SocketAddr) -> Result<()> {
    let script = format!("{PUT} {way}");
    let to = format!("http://{to}/");
    window.page.execute(script, vec![to.into()]).await?;
    let found = window.page.find(By::Css("#way:not(form), #way button"));
    found.await?.click().await?;
    sleep(QUIET).await;
    let clicked = window.page.execute("return window.clicked", Vec::new());
    ensure!(clicked.await?.convert::<bool>()?, "nothing was clicked");
    let place = window.page.current_url().await?;
    ensure!(place.scheme() == "tauri", "{place} is shown");
    Ok(())
}

#[tokio::test]
async fn no_way_that_a_page_has_leads_out_of_it() -> Result<()> {
    let Some(scene) = Scene::set()? else {
        return Ok(());
    };
    let (agent, window) = scene.open(consent()).await?;
    window.page.seen("#agree").await?;
    let outside = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = outside.local_addr()?;
    assert_eq!(windows(&scene.display, &agent)?, 1);
    let mut left = Vec::new();
    for (name, way) in WAYS {
        let taken = takes(&window, way, address);
        let came = tokio::select! {
            biased;
            came = outside.accept() => came.map(|_| true)?,
            taken = taken => taken.with_context(|| format!("{name}, after {left:?}")).map(|()| false)?,
        };
        left.extend(came.then_some(name));
        assert_eq!(windows(&scene.display, &agent)?, 1, "{name}");
    }
    assert_eq!(left, [""; 0]);
    let (came, _) = tokio::join!(outside.accept(), TcpStream::connect(address));
    came.context("whoever comes would be heard").map(drop)
}
