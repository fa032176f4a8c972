//! The signing helper's packages, by system.

use askama::Template;

use super::finish;
use super::frame::{Frame, Lang};

/// A system that packages are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
    /// Linux.
    Linux,
}

impl System {
    const ALL: [Self; 3] = [Self::Windows, Self::MacOs, Self::Linux];

    fn key(self) -> &'static str {
        match self {
            Self::Windows => "download.windows",
            Self::MacOs => "download.macos",
            Self::Linux => "download.linux",
        }
    }

    /// Its part of the page.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::MacOs => "macos",
            Self::Linux => "linux",
        }
    }
}

/// One package.
#[derive(Clone, Debug)]
pub struct PackageRow {
    /// The file's name: letters, digits and `._+~-`.
    pub name: String,
    /// Whose it is.
    pub system: System,
    /// Bytes.
    pub length: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// All packages.
#[derive(Clone, Debug)]
pub struct DownloadView {
    /// The visitor's system, if the browser says one that packages are for.
    pub here: Option<System>,
    /// By name.
    pub packages: Vec<PackageRow>,
}

#[derive(Template)]
#[template(path = "download.html")]
struct Download<'a> {
    f: &'a Frame,
    v: &'a DownloadView,
}

impl Download<'_> {
    /// The systems that there is something for, the visitor's first.
    fn systems(&self) -> Vec<System> {
        let there = |system: &System| self.of(system).next().is_some();
        let mut systems: Vec<_> = System::ALL.into_iter().filter(there).collect();
        systems.sort_by_key(|system| !self.here(system));
        systems
    }

    fn of(&self, system: &System) -> impl Iterator<Item = &PackageRow> {
        let rows = self.v.packages.iter();
        let system = *system;
        rows.filter(move |package| package.system == system)
    }

    fn here(&self, system: &System) -> bool {
        self.v.here == Some(*system)
    }

    fn title(&self, system: &System) -> &'static str {
        self.f.t(system.key())
    }

    fn size(&self, package: &PackageRow) -> String {
        size(package.length, self.f.lang)
    }
}

/// Megabytes with one decimal, at least 0.1.
fn size(bytes: u64, lang: Lang) -> String {
    let tenths = bytes.div_ceil(100_000).max(1);
    let point = match lang {
        Lang::Vi => ',',
        Lang::En => '.',
    };
    format!("{}{point}{} MB", tenths / 10, tenths % 10)
}

/// All packages of the signing helper.
#[must_use]
pub fn render_download(frame: &Frame, view: &DownloadView) -> String {
    finish(&Download { f: frame, v: view })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_and_written_as_the_language_does() {
        let check = |bytes, lang, expected| assert_eq!(size(bytes, lang), expected);
        check(0, Lang::En, "0.1 MB");
        check(12_300_000, Lang::En, "12.3 MB");
        check(12_300_001, Lang::Vi, "12,4 MB");
    }
}
