//! `--keep`: what a visitor can try while the stage stands.

use std::io::Write;

use anyhow::Result;
use kyso_support::Role;

use crate::process::program;
use crate::stage::{HOST, Stage};

/// Says what to try, and waits for Ctrl-C.
///
/// # Errors
/// If nothing can be written.
pub async fn until_interrupted(stage: &mut Stage, out: &mut impl Write) -> Result<()> {
    stage.keep();
    // A visitor finds everybody's certificate good again.
    stage.publisher.stop();
    stage.publisher.start(&stage.pki)?;
    writeln!(
        out,
        "\nThe portal stays up. The four have accounts; {} has none yet and can register. One token is plugged in at a\n\
         time; in a shell, one of:",
        stage.pki.subject(Role::Newcomer).name
    )?;
    for role in [Role::Newcomer, Role::Citizen, Role::Business, Role::Agency] {
        let token = stage.token(role)?;
        writeln!(
            out,
            "  export SOFTHSM2_CONF={}    # {}, PIN {}",
            token.configuration().display(),
            stage.pki.subject(role).name,
            token.pin()
        )?;
    }
    writeln!(out, "and then:")?;
    writeln!(
        out,
        "  export KYSO_CONFIG={}",
        stage.agent_config().display()
    )?;
    writeln!(
        out,
        "  export PATH={}:$PATH",
        program("kyso")?.with_file_name("").display()
    )?;
    writeln!(out, "  kyso tokens")?;
    writeln!(out, "  kyso doctor --portal {}", stage.origin)?;
    writeln!(
        out,
        "  kyso sign-in 'kyso:1/{HOST}:{}/…'    # the link of a waiting page",
        stage.address.port()
    )?;
    writeln!(
        out,
        "A browser with a throw-away profile that trusts the demonstration's TLS authority (certutil is in\nDebian's libnss3-tools; as root Chromium wants --no-sandbox too):"
    )?;
    for line in browser_commands(stage) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "Ctrl-C ends the portal and removes the folder.")?;
    tokio::signal::ctrl_c().await?;
    std::fs::remove_dir_all(stage.path())?;
    Ok(())
}

/// NSS's certutil puts the authority into a profile of its own; nothing of the person's is touched.
fn browser_commands(stage: &Stage) -> Vec<String> {
    let authority = stage.files.tls_authority.display();
    let chromium = stage.path().join("chromium");
    let firefox = stage.path().join("firefox");
    let nss = chromium.join(".pki/nssdb");
    vec![
        format!(
            "mkdir -p {nss} && certutil -N --empty-password -d sql:{nss} && certutil -A -n demo -t C,, -i {authority} -d sql:{nss} && HOME={home} chromium --user-data-dir={home}/profile --no-first-run {origin}",
            nss = nss.display(),
            home = chromium.display(),
            origin = stage.origin
        ),
        format!(
            "mkdir -p {home} && certutil -N --empty-password -d sql:{home} && certutil -A -n demo -t C,, -i {authority} -d sql:{home} && firefox --no-remote --profile {home} {origin}",
            home = firefox.display(),
            origin = stage.origin
        ),
    ]
}
