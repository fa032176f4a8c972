//! Style sheet, scripts and icon, from memory.

/// One file under `/static/`.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Media type, for `Content-Type`; send `X-Content-Type-Options: nosniff` with it.
    pub content_type: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

/// The file under `/static/<name>`; `name` is what follows `/static/`.
#[must_use]
pub fn asset(name: &str) -> Option<Asset> {
    let (content_type, bytes): (_, &[u8]) = match name {
        "style.css" => (
            "text/css; charset=utf-8",
            include_bytes!("../../static/style.css"),
        ),
        "wait.js" => (
            "text/javascript; charset=utf-8",
            include_bytes!("../../static/wait.js"),
        ),
        "return.js" => (
            "text/javascript; charset=utf-8",
            include_bytes!("../../static/return.js"),
        ),
        "icon.svg" => ("image/svg+xml", include_bytes!("../../static/icon.svg")),
        _ => return None,
    };
    Some(Asset {
        content_type,
        bytes,
    })
}
