//! The signing helper's packages: what is served is what was put there, and nothing beside it.

use std::{fs::File, io::Write as _, path::Path};

use axum::{body::Body, http::Request};
use kyso_portal::pages::paths;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::{
    browser::{Browser, Seen},
    world::{NOW, World},
};

const DEB: &str = "kyso_0.1.0_amd64.deb";

/// A portal that serves a folder with these files, each holding its own name.
async fn serving(names: &[&str]) -> (TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        put(folder.path(), name, name, NOW - Duration::hours(1));
    }
    let world = World::with(&format!("downloads = '{}'", folder.path().display())).await;
    (folder, world)
}

/// Writes a file that was changed last at that time.
fn put(folder: &Path, name: &str, text: &str, at: OffsetDateTime) {
    let mut file = File::create(folder.join(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_modified(at.into()).unwrap();
}

async fn get(world: &World, path: &str) -> Seen {
    Browser::new().get(world, path).await
}

fn sum(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn packages_are_shown_with_their_hash_and_served_as_they_are() {
    let (_folder, world) = serving(&[DEB, "Kyso-0.1.0.msi"]).await;
    let page = get(&world, paths::DOWNLOAD).await;
    assert_eq!(page.status, 200);
    for shown in [DEB, &sum(DEB.as_bytes()), "For Windows", "0.1 MB"] {
        assert!(page.text.contains(shown), "{shown}: {}", page.text);
    }
    // The visitor's system comes first.
    let place = |text: &str| page.text.find(text).unwrap();
    assert!(place("id=\"linux\"") < place("id=\"windows\""));
    let file = get(&world, &format!("/download/{DEB}")).await;
    assert_eq!((file.status, file.text.as_str()), (200, DEB));
    for (name, value) in [
        ("content-type", "application/vnd.debian.binary-package"),
        ("content-length", &DEB.len().to_string()),
        (
            "content-disposition",
            &format!("attachment; filename=\"{DEB}\""),
        ),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(file.header(name), value, "{name}");
    }
    let sums = get(&world, "/download/SHA256SUMS").await.text;
    let line = |name: &str| format!("{}  {name}\n", sum(name.as_bytes()));
    assert_eq!(sums, line("Kyso-0.1.0.msi") + &line(DEB));
}

#[tokio::test]
async fn nothing_else_in_or_around_the_folder_is_served() {
    let (folder, world) = serving(&[DEB, ".hidden.deb", "notes.txt", "a b.deb"]).await;
    let inside = |name: &str| folder.path().join(name);
    std::fs::create_dir(inside("folder.deb")).unwrap();
    std::fs::write(inside("folder.deb/inner.deb"), "x").unwrap();
    std::os::unix::fs::symlink(world.database(), inside("link.deb")).unwrap();
    for name in [
        ".hidden.deb",
        "notes.txt",
        "a%20b.deb",
        "folder.deb",
        "folder.deb/inner.deb",
        "folder.deb%2Finner.deb",
        "link.deb",
        "gone.deb",
        "..%2Fportal.sqlite",
        "%2e%2e/portal.sqlite",
        "..",
        "%00.deb",
        "KYSO_0.1.0_AMD64.DEB",
        "",
    ] {
        let request = Request::get(format!("/download/{name}")).body(Body::empty());
        let response = world.send(request.unwrap()).await;
        assert_eq!(response.status(), 404, "{name}");
    }
    let page = get(&world, paths::DOWNLOAD).await.text;
    assert_eq!(page.matches("download>").count(), 1, "{page}");
}

#[tokio::test]
async fn a_package_that_changed_has_another_hash() {
    let (folder, world) = serving(&[DEB]).await;
    let shown = async || get(&world, paths::DOWNLOAD).await.text;
    assert!(shown().await.contains(&sum(DEB.as_bytes())));
    put(
        folder.path(),
        DEB,
        "a newer one",
        NOW - Duration::minutes(1),
    );
    let page = shown().await;
    assert!(page.contains(&sum(b"a newer one")) && !page.contains(&sum(DEB.as_bytes())));
    let file = get(&world, &format!("/download/{DEB}")).await;
    assert_eq!(file.text, "a newer one");
    std::fs::remove_file(folder.path().join(DEB)).unwrap();
    assert!(shown().await.contains("There are no packages yet."));
}

#[tokio::test]
async fn a_package_that_is_still_being_written_is_not_served_yet() {
    let (folder, world) = serving(&[]).await;
    put(folder.path(), DEB, "the first half", NOW);
    let file = format!("/download/{DEB}");
    let is_there = async |text: &str| {
        let found = get(&world, &file).await;
        let sums = get(&world, "/download/SHA256SUMS").await.text;
        let page = get(&world, paths::DOWNLOAD).await.text;
        let there = found.status == 200;
        assert_eq!(sums.contains(&sum(text.as_bytes())), there);
        assert_eq!(page.contains(&sum(text.as_bytes())), there);
        there
    };
    assert!(!is_there("the first half").await);
    world.later(Duration::seconds(4));
    assert!(!is_there("the first half").await);
    put(
        folder.path(),
        DEB,
        "both halves",
        NOW + Duration::seconds(4),
    );
    world.later(Duration::seconds(4));
    assert!(!is_there("both halves").await);
    world.later(Duration::seconds(1));
    assert!(is_there("both halves").await);
}

#[tokio::test]
async fn where_nothing_is_configured_nothing_leads_there() {
    let world = World::new().await;
    for path in [paths::DOWNLOAD, "/download/SHA256SUMS", "/download/a.deb"] {
        assert_eq!(get(&world, path).await.status, 404, "{path}");
    }
    for path in [paths::LOGIN, "/register/usb?subject=citizen"] {
        assert!(
            !get(&world, path).await.text.contains("/download"),
            "{path}"
        );
    }
    let (_folder, world) = serving(&[]).await;
    for path in [paths::LOGIN, "/register/usb?subject=citizen"] {
        assert!(get(&world, path).await.text.contains("/download"), "{path}");
    }
}

#[tokio::test]
async fn the_waiting_page_offers_what_there_is_for_the_visitors_system() {
    let check = async |names: &[&str], offered: bool| {
        let (_folder, world) = serving(names).await;
        let mut browser = Browser::new();
        let ask = browser.ask(&world, &[("purpose", "login")]).await;
        let page = browser.get(&world, &format!("/wait/{ask}")).await.text;
        assert_eq!(
            page.contains("href=\"/download#linux\""),
            offered,
            "{names:?}"
        );
        assert!(page.contains("No answer from Kyso.") && page.contains("Open Kyso again"));
    };
    check(&[DEB], true).await;
    check(&["Kyso-0.1.0.msi"], false).await;
    check(&[], false).await;
}
