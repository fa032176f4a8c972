//! The words, in Vietnamese and English, as `text/{vi,en}.json` has them: flat keys, whole sentences, `{name}` filled in.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kyso_certs::SubjectKind;
pub use kyso_protocol::Language;
use time::macros::offset;
use time::{OffsetDateTime, UtcOffset};

/// The zone in which every time is shown.
pub(crate) const ZONE: UtcOffset = offset!(+7);

type Table = BTreeMap<String, String>;

/// One language's words.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    language: Language,
    table: &'static Table,
}

impl Text {
    /// The words of a language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        static VI: OnceLock<Table> = OnceLock::new();
        static EN: OnceLock<Table> = OnceLock::new();
        let table = match language {
            Language::Vi => VI.get_or_init(|| read(include_str!("../text/vi.json"))),
            Language::En => EN.get_or_init(|| read(include_str!("../text/en.json"))),
        };
        Self { language, table }
    }

    /// The words of the language that was set, else of the locale's.
    #[must_use]
    pub fn chosen(set: Option<Language>) -> Self {
        let locale = || language_of_locale(sys_locale::get_locale().as_deref());
        Self::of(set.unwrap_or_else(locale))
    }

    /// The language.
    #[must_use]
    pub fn language(self) -> Language {
        self.language
    }

    /// The sentence behind a key; the key itself if there is none, so that a mistake is seen and stops nothing.
    #[must_use]
    pub fn get(self, key: &str) -> &str {
        self.find(key).unwrap_or(key)
    }

    /// The sentence behind a key, where there is one.
    #[must_use]
    pub fn find(self, key: &str) -> Option<&'static str> {
        self.table.get(key).map(String::as_str)
    }

    /// The sentence behind a key with its `{name}`s filled in. What is filled in is never searched for names.
    #[must_use]
    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.get(key);
        let mut filled = String::with_capacity(rest.len() + 32);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            let value = values.iter().find(|(known, _)| *known == name);
            filled.push_str(value.map_or("…", |(_, value)| value));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    /// A fixed phrase of our own libraries or of the system in this language, part by part between colons; what is none (a
    /// path, a key's size) stays as it is.
    #[must_use]
    pub fn phrase(self, english: &str) -> String {
        if let Some(words) = self.find(&format!("reason.{}", without_number(english))) {
            return words.to_owned();
        }
        if let Some((key, kind)) = of_a_number(english) {
            return self.fill(key, &[("kind", kind)]);
        }
        match english.split_once(": ") {
            Some((head, rest)) => {
                let head = self.find(&format!("reason.{head}")).unwrap_or(head);
                format!("{head}: {}", self.phrase(rest))
            }
            None => english.to_owned(),
        }
    }

    /// A kind of subject, as a word inside a sentence.
    #[must_use]
    pub fn subject(self, kind: SubjectKind) -> &'static str {
        let key = subject_key(kind);
        self.find(key).unwrap_or(key)
    }
}

/// What the system says, without the number that it adds.
fn without_number(english: &str) -> &str {
    english
        .split_once(" (os error ")
        .filter(|(_, number)| number.find(')') == Some(number.len().saturating_sub(1)))
        .map_or(english, |(words, _)| words)
}

/// A phrase about one kind of number, such as `CCCD`.
fn of_a_number(english: &str) -> Option<(&'static str, &str)> {
    let malformed = english.strip_suffix(" does not have the form of its kind");
    let two = || english.strip_prefix("two different numbers of the kind ");
    malformed
        .map(|kind| ("reason.malformed", kind))
        .or_else(|| two().map(|kind| ("reason.two-numbers", kind)))
        .filter(|(_, kind)| !kind.contains(' '))
}

/// The key of a subject's word.
pub(crate) fn subject_key(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Citizen => "word.citizen",
        SubjectKind::Business => "word.business",
        SubjectKind::Agency => "word.agency",
    }
}

/// `dd/mm/yyyy` in Asia/Ho_Chi_Minh.
#[must_use]
pub fn date(at: OffsetDateTime) -> String {
    let at = at.to_offset(ZONE);
    format!(
        "{:02}/{:02}/{:04}",
        at.day(),
        u8::from(at.month()),
        at.year()
    )
}

/// `dd/mm/yyyy HH:mm:ss` in Asia/Ho_Chi_Minh.
#[must_use]
pub fn moment(at: OffsetDateTime) -> String {
    format!("{} {}", date(at), time_of_day(at))
}

/// `HH:mm:ss` in Asia/Ho_Chi_Minh.
#[must_use]
pub fn time_of_day(at: OffsetDateTime) -> String {
    let at = at.to_offset(ZONE);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// The language of a locale's name (`en_US.UTF-8`, `vi-VN`); Vietnamese unless it says English.
#[must_use]
pub fn language_of_locale(locale: Option<&str>) -> Language {
    let english = locale.is_some_and(|name| {
        name.split(['-', '_', '.'])
            .next()
            .is_some_and(|tag| tag.eq_ignore_ascii_case("en"))
    });
    if english { Language::En } else { Language::Vi }
}

fn read(json: &str) -> Table {
    // The files are part of the program; a test reads both, and a key that is missing shows as itself.
    serde_json::from_str(json).unwrap_or_default()
}

/// The `{name}`s of a sentence, in order, each once.
#[cfg(test)]
pub(crate) fn placeholders(sentence: &str) -> std::collections::BTreeSet<String> {
    let names = sentence
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn both_languages_have_the_same_keys_and_placeholders() {
        let (vi, en) = (Text::of(Language::Vi), Text::of(Language::En));
        assert!(vi.table.len() > 150, "the Vietnamese file was not read");
        assert_eq!(
            vi.table.keys().collect::<Vec<_>>(),
            en.table.keys().collect::<Vec<_>>()
        );
        for (key, sentence) in vi.table {
            assert_eq!(
                placeholders(sentence),
                placeholders(&en.table[key]),
                "{key}"
            );
            assert!(
                !sentence.trim().is_empty() && !en.table[key].trim().is_empty(),
                "{key}"
            );
        }
    }

    #[test]
    fn what_the_system_says_is_told_in_the_persons_language() {
        let check = |said: &str, told: &str| {
            assert_eq!(Text::of(Language::Vi).phrase(said), told);
        };
        let denied = std::io::Error::from_raw_os_error(13).to_string();
        check(&denied, "không có quyền");
        check("/a: Permission denied (os error 13)", "/a: không có quyền");
        check("Odd (os error 999)", "Odd (os error 999)");
        check("Odd (os error 13): b", "Odd (os error 13): b");
    }

    #[test]
    fn every_text_is_in_composed_form_and_calls_the_program_by_its_name() {
        for table in [Text::of(Language::Vi).table, Text::of(Language::En).table] {
            for (key, sentence) in table {
                // Combining marks appear only in decomposed text.
                assert!(
                    !sentence
                        .chars()
                        .any(|c| ('\u{300}'..='\u{36f}').contains(&c)),
                    "{key}"
                );
                assert!(
                    !sentence.replace("KYSO_CONFIG", "").contains("KYSO"),
                    "{key}"
                );
            }
        }
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_is_not_filled_again() {
        let text = Text::of(Language::En);
        let filled = text.fill(
            "problem.ORIGIN-MISMATCH.happened",
            &[("claimed", "{origin}"), ("origin", "B")],
        );
        assert_eq!(filled, "The request claims {origin} but came from B.");
        assert_eq!(text.fill("pin.tries", &[]), "… tries left.");
    }

    #[test]
    fn dates_are_those_of_ho_chi_minh_city() {
        assert_eq!(date(datetime!(2026-11-20 17:00:00 UTC)), "21/11/2026");
        assert_eq!(date(datetime!(2026-11-20 16:59:59 UTC)), "20/11/2026");
        assert_eq!(
            moment(datetime!(2026-11-20 17:04:05 UTC)),
            "21/11/2026 00:04:05"
        );
    }

    #[test]
    fn the_language_is_vietnamese_unless_the_locale_says_english() {
        let check = |locale: Option<&str>, expected| {
            assert_eq!(language_of_locale(locale), expected, "{locale:?}");
        };
        check(Some("en_US.UTF-8"), Language::En);
        check(Some("en"), Language::En);
        check(Some("vi-VN"), Language::Vi);
        check(Some("eng"), Language::Vi);
        check(Some("C"), Language::Vi);
        check(None, Language::Vi);
    }
}
