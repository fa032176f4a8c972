//! The text of a `confirm` ask: shown framed, so it must not be able to mislead by its characters.

use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::StatementError;
use crate::limits::{TEXT_BYTES_MAX, TEXT_CHARS_MAX, TEXT_LINES_MAX};

/// The language of a text, for the reader's voice and fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl Language {
    /// The language's tag (BCP 47).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// At most 600 characters, 1400 bytes and 12 lines in NFC; no control but newline, no bidi or zero-width character,
/// nothing private or unassigned. Never markup, never a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementText {
    language: Language,
    value: String,
}

impl StatementText {
    /// Takes a text that keeps all the rules.
    ///
    /// # Errors
    /// [`StatementError::Text`] names the rule that is broken.
    pub fn new(language: Language, value: &str) -> Result<Self, StatementError> {
        check(value).map_err(StatementError::Text)?;
        Ok(Self {
            language,
            value: value.to_owned(),
        })
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

fn check(value: &str) -> Result<(), &'static str> {
    if value.len() > TEXT_BYTES_MAX {
        return Err("more than 1400 bytes");
    }
    if value.is_empty() {
        return Err("empty");
    }
    if value.chars().count() > TEXT_CHARS_MAX {
        return Err("more than 600 characters");
    }
    if value.split('\n').count() > TEXT_LINES_MAX {
        return Err("more than 12 lines");
    }
    if !value.chars().all(is_plain) {
        return Err("a character that is not shown as itself");
    }
    if is_nfc(value) {
        Ok(())
    } else {
        Err("not in NFC")
    }
}

/// Shown as itself: no control, format, private, unassigned or separator other than a blank, and not one of the
/// letters and marks that Unicode calls default-ignorable.
fn is_plain(c: char) -> bool {
    use GeneralCategory as G;
    let invisible = matches!(c,
        '\u{034F}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}');
    let misleading = matches!(
        c.general_category(),
        G::Control
            | G::Format
            | G::PrivateUse
            | G::Unassigned
            | G::Surrogate
            | G::LineSeparator
            | G::ParagraphSeparator
    );
    c == '\n' || !(invisible || misleading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_only_characters_that_are_shown_as_themselves() {
        let check = |value: &str, good: bool| {
            assert_eq!(
                StatementText::new(Language::Vi, value).is_ok(),
                good,
                "{value:?}"
            );
        };
        check("Thêm USB ký số vào tài khoản.\nỄ Ặ Ổ – “ạ”", true);
        check("", false);
        check("tab\there", false);
        check("\u{202E}gnohp", false);
        check("a\u{200B}b", false);
        check("a\u{00AD}b", false);
        check("a\u{2028}b", false);
        check("\u{E000}", false);
        check("\u{0378}", false);
        check("\u{3164}", false);
        check("e\u{0302}", false);
        check(&"a".repeat(600), true);
        check(&"a".repeat(601), false);
        check(&"ễ".repeat(467), false);
        check(&"a\n".repeat(12), false);
    }
}
