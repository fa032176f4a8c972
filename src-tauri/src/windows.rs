//! The one window.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gtk::gdk::WindowState;
use gtk::prelude::{DisplayExtManual as _, GtkWindowExt as _, WidgetExt as _};
use kyso_screens::{Act, Shown};
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Emitter as _, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
};
use webkit2gtk::WebViewExt as _;

use crate::pipe::Agent;
use crate::process;

const LABEL: &str = "kyso";
/// Nothing can listen there. The web view connects early to where a link or a page points, whatever the content policy
/// and the navigation say; all that goes by this proxy instead, and no name is looked up.
const NOWHERE: &str = "http://127.0.0.1:0";
/// A window system that gives the focus has done so by then.
const FOCUS_COMES_WITHIN: Duration = Duration::from_secs(1);

/// What is shown now. The page asks for it when it has loaded, since an event may be over by then.
#[derive(Default)]
pub(crate) struct Board(Mutex<Option<Shown>>);

impl Board {
    /// The screen.
    pub(crate) fn shown(&self) -> Option<Shown> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn put(&self, shown: &Shown) {
        let shown = Some(Shown::clone(shown));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}

/// Shows a screen instead of what was shown; the first one opens the window.
///
/// # Errors
/// If there can't be a window.
pub(crate) fn show(app: &AppHandle, shown: &Shown) -> tauri::Result<()> {
    app.state::<Board>().put(shown);
    match app.get_webview_window(LABEL) {
        Some(window) => window.emit("shown", shown),
        None => open(app),
    }
}

/// Brings the window before the others, with the focus, as far as the system allows; `token` is what it gave for that. The
/// page says once more what it shows.
///
/// # Errors
/// If the program is ending.
pub(crate) fn front(app: &AppHandle, token: Option<String>) -> tauri::Result<()> {
    let Some(window) = app.get_webview_window(LABEL) else {
        return Ok(());
    };
    if let Some(shown) = app.state::<Board>().shown() {
        window.emit("shown", shown)?;
    }
    // A token that isn't plain characters is nobody's, and GTK takes no zero byte.
    let token = token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
    app.run_on_main_thread(move || {
        let Ok(window) = window.gtk_window() else {
            return;
        };
        window.deiconify();
        if let Some(token) = token {
            window.set_startup_id(&token);
        }
        window.present();
    })?;
    tell_if_behind(app);
    Ok(())
}

/// Says so where the system has kept the focus from the window.
fn tell_if_behind(app: &AppHandle) {
    let app = AppHandle::clone(app);
    std::thread::spawn(move || {
        std::thread::sleep(FOCUS_COMES_WITHIN);
        let looked = AppHandle::clone(&app);
        // A program that is ending has nothing to say.
        app.run_on_main_thread(move || look(&looked)).ok();
    });
}

fn look(app: &AppHandle) {
    let shown = app.state::<Board>().shown();
    if let (Some(shown), Some(window)) = (shown, app.get_webview_window(LABEL))
        && !is_focused(&window)
    {
        // An agent that is gone ends this process by itself.
        app.state::<Agent>().act(shown.number, Act::NotInFront).ok();
    }
}

/// Under Wayland GTK calls a window active only where there is a keyboard, and under X its state says focused where the
/// window manager says nothing.
fn is_focused(window: &WebviewWindow) -> bool {
    let Ok(window) = window.gtk_window() else {
        return true;
    };
    let shown = window
        .window()
        .filter(|_| window.display().backend().is_wayland());
    window.is_active() || shown.is_some_and(|shown| shown.state().contains(WindowState::FOCUSED))
}

fn open(app: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Kyso")
        .inner_size(560.0, 720.0)
        .min_inner_size(360.0, 420.0)
        .center()
        // Tauri makes a lasting store beside the fleeting one; here it finds no folder for it.
        .data_directory("/dev/null".into())
        // WebDriver doesn't reach a fleeting web view.
        .incognito(!process::is_automated())
        .devtools(false)
        .zoom_hotkeys_enabled(true)
        .disable_drag_drop_handler()
        .proxy_url(Url::parse(NOWHERE).map_err(tauri::Error::InvalidUrl)?)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_document_title_changed(|window, title| drop(window.set_title(&title)))
        .build()?;
    end_with_its_page(&window)?;
    tell_if_behind(app);
    Ok(())
}

/// The page that is built in, and nothing else.
fn is_ours(url: &Url) -> bool {
    url.scheme() == "tauri" && url.host_str() == Some("localhost")
}

/// A page that died leaves an empty window, which nobody can answer: better none. And the web view's own menu has
/// nothing that belongs here.
fn end_with_its_page(window: &WebviewWindow) -> tauri::Result<()> {
    let app = AppHandle::clone(window.app_handle());
    window.with_webview(move |view| {
        let view = view.inner();
        view.connect_web_process_terminated(move |_, _| app.exit(1));
        view.connect_context_menu(|_, _, _, _| true);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_built_in_page_is_ours() {
        let check = |url: &str, ours: bool| {
            assert_eq!(is_ours(&url.parse().expect("a URL")), ours, "{url}");
        };
        check("tauri://localhost", true);
        check("tauri://localhost/index.html#pin", true);
        check("tauri://localhost.example/", false);
        check("https://portal.example/", false);
        check("http://tauri.localhost/", false);
        check("file:///etc/passwd", false);
        check("data:text/html,hello", false);
        check("about:blank", false);
        check("javascript:alert(1)", false);
    }
}
