//! What every page has around its content: names, language, account menu.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use kyso_certs::{Revocation, SubjectKind};

use super::foreign::{Foreign, Sentence};
use super::text::{Part, Texts};

/// Language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Vietnamese, where nothing else was chosen.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// `vi` or `en`, as `<html lang>` and the forms write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// Best of an `Accept-Language` header (RFC 9110, 12.5.4): whichever of the two it names first; else Vietnamese.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        header
            .split(',')
            .take(16)
            .filter_map(|range| {
                range
                    .trim()
                    .split([';', '-'])
                    .next()
                    .and_then(|tag| tag.to_ascii_lowercase().parse().ok())
            })
            .next()
            .unwrap_or_default()
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(text: &str) -> Result<Self, UnknownLang> {
        match text {
            "vi" => Ok(Self::Vi),
            "en" => Ok(Self::En),
            _ => Err(UnknownLang),
        }
    }
}

/// A language that the pages don't speak.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("neither vi nor en")]
pub struct UnknownLang;

/// A configured sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Named {
    /// The sentence in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// How the operator's portal presents itself: from configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The portal's name.
    pub name: Named,
    /// The line under the name.
    pub tagline: Named,
    /// Hot line as it is to be read, if there is one.
    pub hotline: Option<String>,
    /// Text in the logo's place, one to four letters.
    pub logo: String,
    /// Demonstration data are in use: the banner says so.
    pub demonstration: bool,
    /// The signing helper can be had at [`super::paths::DOWNLOAD`].
    pub download: bool,
}

impl Default for Look {
    fn default() -> Self {
        let both = |key| Named {
            vi: Texts::of(Lang::Vi).get(key).to_owned(),
            en: Texts::of(Lang::En).get(key).to_owned(),
        };
        Self {
            name: both("frame.sample-name"),
            tagline: both("frame.sample-tagline"),
            hotline: None,
            logo: String::from("mẫu"),
            demonstration: true,
            download: false,
        }
    }
}

/// Around every page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The portal's face.
    pub look: Arc<Look>,
    /// Language of this page.
    pub lang: Lang,
    /// Path and query under which GET shows this page (the language switch comes back here); [`super::paths::HOME`] where none does.
    pub path: String,
    /// Name of the signed-in account, if one is.
    pub person: Option<String>,
}

impl Frame {
    /// A sentence.
    pub(super) fn t(&self, key: &str) -> &'static str {
        Texts::of(self.lang).get(key)
    }

    /// What others wrote, isolated from the words around it.
    pub(super) fn theirs<T: AsRef<str>>(&self, value: T) -> Foreign<T> {
        Foreign(value)
    }

    /// A sentence beside ones with places.
    pub(super) fn said(&self, key: &str) -> Sentence {
        Texts::of(self.lang).fill_html(key, &[])
    }

    /// A sentence with one place filled in.
    pub(super) fn fill(&self, key: &str, name: &str, value: impl Display) -> Sentence {
        Texts::of(self.lang).fill_html(key, &[(name, &value.to_string())])
    }

    /// A sentence for an attribute with one place filled in.
    pub(super) fn label(&self, key: &str, name: &str, value: impl Display) -> String {
        Texts::of(self.lang).fill_label(key, &[(name, &value.to_string())])
    }

    /// What is known of a certificate's revocation.
    pub(super) fn revocation(&self, revocation: &Revocation) -> &'static str {
        self.t(match revocation {
            Revocation::Good => "certificate.good",
            Revocation::NotChecked | Revocation::Unknown => "certificate.not-checked",
        })
    }

    /// A sentence cut at its links, each of which names its target.
    pub(super) fn parts(&self, key: &str) -> Vec<Part<'static>> {
        Texts::of(self.lang).parts(key)
    }

    /// "Công dân", "Doanh nghiệp", "Cơ quan nhà nước".
    pub(super) fn subject(&self, kind: &SubjectKind) -> &'static str {
        self.t(match kind {
            SubjectKind::Citizen => "subject.citizen",
            SubjectKind::Business => "subject.business",
            SubjectKind::Agency => "subject.agency",
        })
    }

    /// The portal's name.
    pub(super) fn name(&self) -> &str {
        self.look.name.get(self.lang)
    }

    /// The line under it.
    pub(super) fn tagline(&self) -> &str {
        self.look.tagline.get(self.lang)
    }

    /// The build takes the captcha answer `test`, and says so.
    pub(super) fn test_build(&self) -> bool {
        cfg!(feature = "test")
    }
}
