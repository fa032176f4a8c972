//! What no log may hold, after everything that the demonstration does.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use kyso_e2e::refusals;
use kyso_e2e::stage::Stage;
use kyso_e2e::story::{Teller, main_line};
use kyso_support::Role;

#[tokio::test]
async fn no_log_of_a_whole_demonstration_holds_a_secret_or_a_number() -> Result<()> {
    let mut stage = Stage::set()?;
    stage.logs_everything = true;
    stage.tie_agency().await?;
    let portal = stage.start_portal().await?;
    let mut teller = Teller::new(Vec::new());
    main_line(&stage, &mut teller).await?;
    refusals::all(&stage, &mut teller).await?;
    assert!(teller.steps.iter().all(kyso_e2e::summary::Step::holds));
    portal.kill().await?;

    let log = std::fs::read_to_string(stage.log("portal"))?
        + std::fs::read_to_string(stage.log("kyso"))?.as_str();
    assert!(log.contains("answer"), "the programs log at all");
    let forbidden = forbidden(&stage)?;
    assert!(forbidden.len() > 40);
    for secret in forbidden {
        assert!(!log.contains(&secret), "a log holds {secret}");
    }
    Ok(())
}

/// Every PIN, every number of a certificate, and everything secret that went through a browser or an agent.
fn forbidden(stage: &Stage) -> Result<BTreeSet<String>> {
    let mut forbidden: BTreeSet<String> = stage.seen().into_iter().collect();
    for role in Role::ALL {
        forbidden.insert(stage.token(role)?.pin().to_owned());
        let subject = stage.pki.subject(role);
        forbidden.extend(
            subject
                .numbers
                .iter()
                .map(|(_, number)| (*number).to_owned()),
        );
    }
    anyhow::ensure!(!stage.seen().is_empty(), "nothing secret was seen");
    forbidden
        .iter()
        .all(|secret| secret.len() >= 6)
        .then_some(forbidden)
        .context("too short to search for")
}
