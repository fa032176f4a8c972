//! What becomes of an account's certificate: the CA renews it, revokes it while its owner is registered, and the portal
//! hears of it by the CA's responder or, where that is down, by its list.

use std::io::Write;

use anyhow::Result;
use kyso_support::Role;

use crate::stage::Stage;
use crate::story::{Teller, sign_in, subject};

/// The people of the main line are registered. Afterwards the public CA's responder is down.
///
/// # Errors
/// If anything else happens than what a step can tell.
pub async fn all<W: Write>(stage: &mut Stage, teller: &mut Teller<W>) -> Result<()> {
    teller.chapter("A renewed certificate")?;
    login(stage, teller, Role::RenewedCitizen, "renewal", "accepted").await?;

    teller.chapter("Revoked while registered: the CA's responder says so")?;
    login(
        stage,
        teller,
        Role::Citizen,
        "before-revocation",
        "accepted",
    )
    .await?;
    let revoked = [Role::Revoked, Role::Citizen];
    stage.publisher.know(&stage.pki, &revoked)?;
    login(
        stage,
        teller,
        Role::Citizen,
        "revoked-by-responder",
        "CERT-REVOKED",
    )
    .await?;

    teller.chapter("The responder is down: the CA's list says so")?;
    stage.publisher.stop_responder();
    let revoked = [Role::Revoked, Role::Citizen, Role::Business];
    stage.publisher.publish(&stage.pki, &revoked)?;
    login(
        stage,
        teller,
        Role::Business,
        "revoked-by-list",
        "CERT-REVOKED",
    )
    .await?;
    login(
        stage,
        teller,
        Role::PersonInOrganisation,
        "responder-down",
        "accepted",
    )
    .await
}

async fn login<W: Write>(
    stage: &Stage,
    teller: &mut Teller<W>,
    role: Role,
    step: &'static str,
    expected: &'static str,
) -> Result<()> {
    let outcome = sign_in(stage, &stage.browser()?, role, teller).await?;
    teller.step(subject(role), step, expected, &outcome)
}
