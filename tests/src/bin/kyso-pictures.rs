//! `./dev screenshots`: draws every page of the portal.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use kyso_e2e::pictures::draw;
use kyso_portal::pages::Lang;

/// Walks through the portal with Chromium and draws each page, in both languages and both themes.
#[derive(Parser)]
struct Arguments {
    /// Where the pictures go.
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    for lang in [Lang::Vi, Lang::En] {
        let count = draw(lang, &arguments.folder).await?;
        writeln!(std::io::stdout(), "{}: {count} pictures", lang.as_str())?;
    }
    Ok(())
}
