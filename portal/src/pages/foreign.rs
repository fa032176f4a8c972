//! What a certificate, a person or a directory wrote, as pages show it: isolated from the page's own text, and without
//! the characters that nobody sees. `<bdi>` alone is no fence: a name may bring the character that ends an isolation.

use std::fmt::{self, Display, Formatter};

use askama::filters::{Escaper as _, Html, HtmlSafe};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// A foreign value between `<bdi>` and `</bdi>`.
pub(super) struct Foreign<T>(pub(super) T);

impl<T: AsRef<str>> Display for Foreign<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("<bdi>")?;
        Html.write_escaped_str(&mut *f, &visible(self.0.as_ref()))?;
        f.write_str("</bdi>")
    }
}

impl<T: AsRef<str>> HtmlSafe for Foreign<T> {}

/// A sentence of ours with foreign values in it, as HTML.
pub(super) struct Sentence(pub(super) String);

impl Display for Sentence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Sentence {}

/// Words of ours within a [`Sentence`].
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::new();
    // Writing into a String doesn't fail.
    let _ = Html.write_escaped_str(&mut html, text);
    html
}

/// A foreign value within an attribute, where no element can isolate it: U+2068 and U+2069 do (UAX #9, 2.4).
pub(super) fn isolated(text: &str) -> String {
    format!("\u{2068}{}\u{2069}", visible(text))
}

/// The text with U+FFFD for every control, format, private or unassigned character and for line separators.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if is_visible(c) { c } else { '\u{fffd}' })
        .collect()
}

fn is_visible(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    !matches!(
        c.general_category(),
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_names_as_they_are_and_nothing_that_turns_a_line() {
        let check = |text: &str, shown: &str| assert_eq!(visible(text), shown, "{text:?}");
        check("CÔNG TY TNHH Hòa Bình & Con", "CÔNG TY TNHH Hòa Bình & Con");
        check("Hoa\u{300}", "Hoa\u{300}");
        check("شركة", "شركة");
        for hidden in [
            '\u{0}',
            '\u{7}',
            '\n',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200f}',
            '\u{2028}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{e000}',
            '\u{e0041}',
        ] {
            check(&format!("a{hidden}b"), "a\u{fffd}b");
        }
    }

    #[test]
    fn isolates_and_escapes() {
        assert_eq!(
            Foreign("<b>\u{202e}").to_string(),
            "<bdi>&#60;b&#62;\u{fffd}</bdi>"
        );
        assert_eq!(isolated("a\u{2069}"), "\u{2068}a\u{fffd}\u{2069}");
    }
}
