//! Pages that anybody can open.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use super::walk::Walk;
use crate::stage::Stage;

/// Packages as a portal offers them, and how long they are, in bytes.
const PACKAGES: [(&str, u64); 2] = [
    ("kyso_0.1.0_amd64.deb", 5_312_408),
    ("kyso-0.1.0-1.x86_64.rpm", 6_884_113),
];

/// The portal shall offer packages; its folder is empty at first.
pub(super) fn keep_packages(stage: &Stage) -> Result<()> {
    fs::create_dir(stage.path().join("packages"))?;
    let mut config = fs::OpenOptions::new()
        .append(true)
        .open(stage.portal_config())?;
    Ok(writeln!(config, "\ndownloads = \"packages\"")?)
}

/// Old enough that nobody can be writing them any more.
fn put_packages(stage: &Stage) -> Result<()> {
    for (name, length) in PACKAGES {
        let file = File::create(stage.path().join("packages").join(name))?;
        file.set_len(length)?;
        file.set_modified(SystemTime::now() - Duration::from_secs(3600))?;
    }
    Ok(())
}

pub(super) async fn all(walk: &Walk<'_>) -> Result<()> {
    walk.go("/").await?;
    walk.both("home").await?;
    for name in ["terms", "policy"] {
        walk.go(&format!("/{name}")).await?;
        walk.wide(name).await?;
    }
    for topic in ["register", "sign-in"] {
        walk.go(&format!("/help/{topic}")).await?;
        walk.wide(&format!("help-{topic}")).await?;
    }
    walk.go("/register").await?;
    walk.both("register").await?;
    for kind in ["citizen", "business", "agency"] {
        walk.go(&format!("/register/usb?subject={kind}")).await?;
        walk.wide(&format!("register-usb-{kind}")).await?;
    }
    walk.go("/login").await?;
    walk.both("login").await?;
    led_elsewhere(walk).await?;
    downloads(walk).await
}

/// Who may not see a page yet is led to another one, which says why.
async fn led_elsewhere(walk: &Walk<'_>) -> Result<()> {
    for (path, name) in [
        ("/account", "login-first"),
        ("/login/confirm", "login-ask-expired"),
        ("/register/confirm", "register-ask-expired"),
        ("/.well-known/kyso/return", "return-without-code"),
    ] {
        walk.go(path).await?;
        walk.seen("main").await?;
        if path.ends_with("return") {
            walk.seen("#no-code").await?;
        }
        walk.wide(name).await?;
    }
    Ok(())
}

async fn downloads(walk: &Walk<'_>) -> Result<()> {
    walk.go("/download").await?;
    walk.wide("download-empty").await?;
    put_packages(walk.stage)?;
    walk.go("/download").await?;
    walk.seen(".packages").await?;
    walk.both("download").await
}
