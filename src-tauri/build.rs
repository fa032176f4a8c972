//! Embeds what `ui` builds, and makes our own commands ones that a window must be granted.

use std::path::Path;

use tauri_build::{AppManifest, Attributes};

fn main() {
    assert!(
        Path::new("../ui/dist/index.html").exists(),
        "ui/dist is missing: `./dev ui` builds it (npm ci && npm run build in ui/)"
    );
    let commands = AppManifest::new().commands(&["view", "act", "drawn", "enter_pin"]);
    if let Err(error) = tauri_build::try_build(Attributes::new().app_manifest(commands)) {
        panic!("{error:#}");
    }
}
