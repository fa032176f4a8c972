//! The real agent on a computer with a keychain: its device is linked with the account, and missed where another one
//! signs in.

use anyhow::Result;
use kyso_e2e::driven::{Driven, Kind};
use kyso_e2e::kyso::Kyso;
use kyso_e2e::stage::Stage;
use kyso_support::{Keyring, Role};

use super::{answered, answered_by, sign_out};

const ROLE: Role = Role::Citizen;

/// What the page of linked devices says, and how many buttons there unlink one.
async fn devices(browser: &Driven, stage: &Stage) -> Result<(String, usize)> {
    let page = format!("{}/account/sign-ins", stage.origin);
    browser.page.goto(page).await?;
    let words = browser.seen("#devices").await?.text().await?;
    let unlink = thirtyfour::By::Css("form[action='/account/devices/unlink']");
    Ok((words, browser.page.find_all(unlink).await?.len()))
}

#[tokio::test]
async fn a_computers_device_is_linked_and_missed_on_another_computer() -> Result<()> {
    let stage = Stage::set()?;
    let _portal = stage.start_portal().await?;
    let Some(keyring) = Keyring::start()? else {
        return Ok(());
    };
    let Some(browser) = Driven::start(Kind::Chromium, &stage, "asking").await? else {
        return Ok(());
    };
    let own = Kyso::of(&stage, ROLE)?.with_keychain_at(keyring.address());
    let go = async |path: &str| browser.page.goto(format!("{}{path}", stage.origin)).await;

    go("/register/usb?subject=citizen").await?;
    let address = answered_by(&browser, &stage, ROLE, &own).await?;
    browser.page.goto(&address).await?;
    browser
        .press("form[action^='/register/confirm'] button[value='register']:not([aria-hidden])")
        .await?;
    browser.says("Đăng ký thành công!").await?;

    go("/login").await?;
    let address = answered_by(&browser, &stage, ROLE, &own).await?;
    browser.page.goto(&address).await?;
    browser
        .press("form[action^='/login/confirm'] button")
        .await?;
    browser.seen("header details summary").await?;
    let (words, unlink) = devices(&browser, &stage).await?;
    assert!(words.contains("Liên kết lúc"), "{words}");
    assert_eq!(unlink, 1, "{words}");
    sign_out(&browser, &stage).await?;

    // Another computer: its agent has no keychain and vouches for nothing.
    go("/login").await?;
    let address = answered(&browser, &stage, ROLE).await?;
    browser.page.goto(&address).await?;
    browser.seen("header details summary").await?;
    let (words, unlink) = devices(&browser, &stage).await?;
    assert!(words.contains("Liên kết lúc"), "{words}");
    assert_eq!(unlink, 0, "{words}");
    go("/account").await?;
    browser.says("từ một thiết bị chưa liên kết").await?;
    browser
        .says("không thể thêm phương thức xác thực, xác nhận hoặc đổi thông tin liên hệ")
        .await?;
    browser.quit().await
}
