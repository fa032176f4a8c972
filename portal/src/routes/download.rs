//! The signing helper's packages.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::header,
    response::IntoResponse as _,
};
use tokio_util::io::ReaderStream;

use crate::{
    downloads::{Package, SUMS, hex},
    pages::{self, DownloadView, PackageRow, paths},
    portal::Portal,
    reply::{Reply, Trouble, page},
    visitor::Visitor,
};

/// The page with all packages.
pub(super) async fn shown(State(portal): State<Arc<Portal>>, visitor: Visitor) -> Reply {
    if !portal.downloads.is_configured() {
        return Err(Trouble::NOT_FOUND);
    }
    let listed = portal.downloads.list(portal.ambient.now()).await;
    let view = DownloadView {
        here: visitor.place.system,
        packages: listed.into_iter().map(row).collect(),
    };
    let frame = visitor.frame_at(&portal, paths::DOWNLOAD);
    page(pages::render_download(&frame, &view))
}

fn row(Package { file, sha256 }: Package) -> PackageRow {
    PackageRow {
        sha256: hex(&sha256),
        name: file.name,
        system: file.system,
        length: file.length,
    }
}

/// One package, or the list of all with their SHA-256.
pub(super) async fn file(State(portal): State<Arc<Portal>>, Path(name): Path<String>) -> Reply {
    if name == SUMS && portal.downloads.is_configured() {
        let listed = portal.downloads.list(portal.ambient.now()).await;
        let line = |package: &Package| format!("{}  {}\n", hex(&package.sha256), package.file.name);
        let sums: String = listed.iter().map(line).collect();
        return Ok(sums.into_response());
    }
    let found = portal.downloads.open(&name, portal.ambient.now()).await;
    let (Package { file, .. }, opened) = found.ok_or(Trouble::NOT_FOUND)?;
    let headers = [
        (header::CONTENT_TYPE, file.content_type.to_owned()),
        (header::CONTENT_LENGTH, file.length.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.name),
        ),
    ];
    let body = Body::from_stream(ReaderStream::with_capacity(opened, 1 << 16));
    Ok((headers, body).into_response())
}
