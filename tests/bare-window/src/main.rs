//! `bare-window`: a window with next to nothing. `bare-window tray`: a tray icon and no window.

use tauri::tray::TrayIconBuilder;
use tauri::{RunEvent, WebviewUrl, WebviewWindowBuilder};

fn main() {
    let tray = std::env::args().nth(1).is_some_and(|word| word == "tray");
    let app = tauri::Builder::default().setup(move |app| {
        if tray {
            let icon = app.default_window_icon().cloned();
            TrayIconBuilder::new()
                .icon(icon.ok_or("no icon")?)
                .build(app)?;
        } else {
            WebviewWindowBuilder::new(app, "bare", WebviewUrl::default())
                .incognito(true)
                .on_document_title_changed(|window, title| drop(window.set_title(&title)))
                .build()?;
        }
        Ok(())
    });
    let app = app.build(tauri::generate_context!());
    app.expect("a web view").run(|_, event| {
        if let RunEvent::ExitRequested {
            api, code: None, ..
        } = event
        {
            api.prevent_exit();
        }
    });
}
