//! Every page of the portal as a picture, met by the road that a person takes to it: the browser asks, the real `kyso`
//! signs, the person presses. Where no road leads, `drawn` says so.
//!
//! Not here: the window's screens, which the page's own project draws from its fixtures.

mod account;
mod album;
mod drawn;
mod ends;
mod odd;
mod open;
mod registering;
mod sentences;
mod troubles;
mod waiting;
mod walk;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};
use kyso_portal::pages::{Lang, paths};
use kyso_support::Role;

use crate::stage::Stage;
use album::Album;
use walk::Walk;

/// Addresses that only take what a page posts, or give no page.
const NO_PAGES: [&str; 12] = [
    paths::ASKS,
    paths::LANGUAGE,
    paths::LOGIN_RENEW,
    paths::LOGIN_REFUSE,
    paths::SIGN_OUT,
    paths::END_SESSION,
    paths::END_OTHERS,
    paths::LINK_DEVICE,
    paths::UNLINK_DEVICE,
    paths::STATIC,
    paths::HEALTH,
    // Its pages lie below it.
    "/wait/<id>/state",
];

/// Draws all pages in `lang` into `folder`, as `NAME.LANGUAGE.THEME.png`, and many as `NAME.LANGUAGE.light.phone.png` too.
/// Gives how many pictures there are.
///
/// # Errors
/// A page can't be reached, is wider than the screen of a desk or of a phone, or was left out; no page says one of the
/// sentences about problems.
pub async fn draw(lang: Lang, folder: &Path) -> Result<usize> {
    let mut stage = Stage::set()?;
    let album = Album::new(folder, lang)?;
    open::keep_packages(&stage)?;
    let portal = stage.start_portal().await?;
    let walk = Walk::begin(&stage, &album, "own").await?;
    open::all(&walk).await?;
    waiting::all(&walk).await?;
    troubles::before_the_unit_is_tied(&walk).await?;
    stage.tie_agency().await?;
    registering::all(&walk).await?;
    account::all(&walk).await?;
    troubles::all(&walk).await?;
    odd::all(&walk).await?;
    drawn::all(&walk).await?;
    drop(walk);
    portal.kill().await?;
    ends::all(&mut stage, &album).await?;
    ensure!(
        album.left_out(&NO_PAGES).is_empty(),
        "these pages were not drawn: {:?}",
        album.left_out(&NO_PAGES)
    );
    ensure!(
        album.unsaid().is_empty(),
        "no page said these: {:?}",
        album.unsaid()
    );
    Ok(album.count())
}

/// Everybody of the story who gets an account, and as what.
const PEOPLE: [(Role, &str); 3] = [
    (Role::Citizen, "citizen"),
    (Role::Business, "business"),
    (Role::Agency, "agency"),
];

/// The addresses of [`paths::ALL`] that give a page and are not among `seen`.
fn missing(seen: &BTreeSet<String>, no_pages: &[&str]) -> Vec<&'static str> {
    let is_seen = |path: &str| seen.iter().any(|one| one == path);
    let has_page = |path: &&str| !no_pages.contains(path);
    let mut left: Vec<_> = paths::ALL.into_iter().filter(has_page).collect();
    left.retain(|path| !is_seen(path));
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_which_addresses_with_a_page_nobody_looked_at() {
        let seen = |left_out: &[&str]| {
            let all = paths::ALL.into_iter().map(str::to_owned);
            all.filter(|path| !left_out.contains(&path.as_str()))
                .collect()
        };
        assert_eq!(missing(&seen(&[]), &NO_PAGES), [""; 0]);
        assert_eq!(missing(&seen(&[paths::ASKS]), &NO_PAGES), [""; 0]);
        assert_eq!(
            missing(&seen(&[paths::ACCOUNT, paths::TERMS]), &NO_PAGES),
            [paths::ACCOUNT, paths::TERMS]
        );
    }
}
