//! Registration and login through the real programs, and what must not happen on the way.

use anyhow::{Context, Result};
use kyso_e2e::answer::{Rogue, return_address, word};
use kyso_e2e::kyso::{Kyso, SignIn};
use kyso_e2e::stage::Stage;
use kyso_e2e::story::{Teller, ask_to_register, ask_to_sign_in, problem_of, register, sign_in};
use kyso_protocol::{Link, ReturnCode};
use kyso_support::Role;

#[tokio::test]
async fn a_portal_killed_in_the_middle_of_a_registration_keeps_no_half_account() -> Result<()> {
    let stage = Stage::set()?;
    let (browser, mut teller) = (stage.browser()?, Teller::new(Vec::new()));
    for kill_after_the_return in [false, true] {
        let portal = stage.start_portal().await?;
        let waiting = ask_to_register(&browser, "citizen").await?;
        let rogue = Rogue::new(&stage)?;
        let link = waiting.deep_link()?;
        let answer = rogue.sign(&link, Role::Citizen, &stage.origin).await?;
        let reply = rogue.post(&link, answer).await?;
        let address = return_address(&Link::parse(&link)?, &reply).context("accepted")?;
        if kill_after_the_return {
            browser.come_back(&address).await?;
        }
        portal.kill().await?;

        let portal = stage.start_portal().await?;
        let outcome = sign_in(&stage, &stage.browser()?, Role::Citizen, &mut teller).await?;
        assert_eq!(
            outcome, "ACCOUNT-NONE",
            "killed after the return: {kill_after_the_return}"
        );
        portal.kill().await?;
    }
    let _portal = stage.start_portal().await?;
    assert_eq!(
        register(&stage, &browser, Role::Citizen, &mut teller).await?,
        "accepted"
    );
    assert_eq!(
        sign_in(&stage, &browser, Role::Citizen, &mut teller).await?,
        "accepted"
    );
    Ok(())
}

#[tokio::test]
async fn a_captured_ask_answered_by_a_stranger_does_nothing_without_a_click() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let mut teller = Teller::new(Vec::new());
    register(&stage, &stage.browser()?, Role::Citizen, &mut teller).await?;

    // Somebody saw the link of this browser's login and answers it with his own certificate.
    let victim = stage.browser()?;
    let link = ask_to_sign_in(&victim).await?.deep_link()?;
    let rogue = Rogue::new(&stage)?;
    let answer = rogue.sign(&link, Role::Citizen, &stage.origin).await?;
    let reply = rogue.post(&link, answer).await?;
    let address = return_address(&Link::parse(&link)?, &reply).context("accepted")?;
    let shown = victim.come_back(&address).await?;
    assert!(
        shown.says(stage.pki.subject(Role::Citizen).name),
        "the page names the person first"
    );
    assert!(shown.has_form("/login/confirm"));
    let account = victim.open("/account").await?;
    assert!(
        !account.path().starts_with("/account"),
        "no session without the click"
    );

    // The same with a registration.
    let link = ask_to_register(&victim, "business").await?.deep_link()?;
    let answer = rogue.sign(&link, Role::Business, &stage.origin).await?;
    let reply = rogue.post(&link, answer).await?;
    let address = return_address(&Link::parse(&link)?, &reply).context("accepted")?;
    let shown = victim.come_back(&address).await?;
    assert!(shown.has_form("/register/confirm"));
    let outcome = sign_in(&stage, &stage.browser()?, Role::Business, &mut teller).await?;
    assert_eq!(outcome, "ACCOUNT-NONE", "no account without the click");
    Ok(())
}

#[tokio::test]
async fn of_two_answers_at_once_one_wins() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let rogue = Rogue::new(&stage)?;
    let link = ask_to_register(&stage.browser()?, "citizen")
        .await?
        .deep_link()?;
    let answer = rogue.sign(&link, Role::Citizen, &stage.origin).await?;
    let (one, other) = tokio::join!(rogue.post(&link, answer.clone()), rogue.post(&link, answer));
    let mut words = [word(&one?), word(&other?)];
    words.sort();
    assert_eq!(words, ["ASK-USED", "accepted"]);
    Ok(())
}

#[tokio::test]
async fn a_wrong_pin_is_tried_once_and_only_where_the_certificate_is() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(spy) = kyso_e2e::spy::Spy::between(&stage)? else {
        return Ok(());
    };
    let link = ask_to_register(&stage.browser()?, "citizen")
        .await?
        .deep_link()?;
    let ended = Kyso::of(&stage, Role::Citizen)?
        .through(&spy)
        .sign_in(&link, &["000000"])
        .await?;
    assert_eq!(ended.outcome, SignIn::Problem("PIN-WRONG".to_owned()));
    assert_eq!(spy.count("C_Login")?, 1);
    assert!(
        !spy.log()?.contains("C_SignInit"),
        "nothing is signed without the PIN"
    );
    Ok(())
}

#[tokio::test]
async fn a_code_is_given_up_by_another_browser_and_to_nobody() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let (asking, other) = (stage.browser()?, stage.browser()?);
    let made_up = format!(
        "{}/.well-known/kyso/return#{}",
        stage.origin,
        ReturnCode::from_bytes([7; 32]).expose()
    );
    assert_eq!(problem_of(&other.come_back(&made_up).await?), "ASK-USED");

    let link = ask_to_register(&asking, "citizen").await?.deep_link()?;
    let rogue = Rogue::new(&stage)?;
    let reply = rogue
        .post(
            &link,
            rogue.sign(&link, Role::Citizen, &stage.origin).await?,
        )
        .await?;
    let address = return_address(&Link::parse(&link)?, &reply).context("accepted")?;
    assert_eq!(
        problem_of(&other.come_back(&address).await?),
        "BROWSER-OTHER"
    );
    assert_eq!(problem_of(&asking.come_back(&address).await?), "ASK-USED");
    Ok(())
}
