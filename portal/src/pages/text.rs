//! The words, both languages, loaded once from `text/{vi,en}.json`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::foreign::{Foreign, Sentence, escaped, isolated};
use super::frame::Lang;

const VI: &str = include_str!("../../text/vi.json");
const EN: &str = include_str!("../../text/en.json");

/// Shown in place of a sentence that isn't there; tests look for it.
pub(super) const MISSING: &str = "⟦?⟧";

/// One language's sentences, by flat key.
#[derive(Debug)]
pub struct Texts(BTreeMap<String, String>);

/// A piece of a sentence with links in it: `[label](target)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Words.
    Words(&'a str),
    /// A link: its words and the name of its target.
    Link(&'a str, &'a str),
}

impl Texts {
    /// The sentences of one language.
    #[must_use]
    pub fn of(lang: Lang) -> &'static Self {
        static LOADED: OnceLock<[Texts; 2]> = OnceLock::new();
        let [vi, en] = LOADED.get_or_init(|| [Self::load(VI), Self::load(EN)]);
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    fn load(json: &str) -> Self {
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    /// The sentence under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.find(key).unwrap_or(MISSING)
    }

    /// The sentence under `key`, if there is one.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The sentence under `key` with its places `{name}` filled in; places that aren't named stay.
    /// Values are put in as they are and never looked through for places.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.filled(key, values, str::to_owned, str::to_owned)
    }

    /// As [`Texts::fill`], as HTML, with values that others wrote.
    pub(super) fn fill_html(&self, key: &str, values: &[(&str, &str)]) -> Sentence {
        Sentence(self.filled(key, values, escaped, |value| Foreign(value).to_string()))
    }

    /// As [`Texts::fill`], for an attribute, with values that others wrote.
    pub(super) fn fill_label(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.filled(key, values, str::to_owned, isolated)
    }

    fn filled(
        &self,
        key: &str,
        values: &[(&str, &str)],
        ours: fn(&str) -> String,
        theirs: fn(&str) -> String,
    ) -> String {
        let mut out = String::new();
        let mut rest = self.get(key);
        while let Some((before, name, after)) = next_place(rest) {
            out.push_str(&ours(before));
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => out.push_str(&theirs(value)),
                None => out.extend(["{", name, "}"]),
            }
            rest = after;
        }
        out.push_str(&ours(rest));
        out
    }

    pub(super) fn parts(&self, key: &str) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        let mut rest = self.get(key);
        while let Some((before, label, target, after)) = next_link(rest) {
            parts.extend([Part::Words(before), Part::Link(label, target)]);
            rest = after;
        }
        parts.push(Part::Words(rest));
        parts
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (label, rest) = rest.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    Some((before, label, target, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(value: &str) -> Texts {
        Texts(BTreeMap::from([("k".to_owned(), value.to_owned())]))
    }

    #[test]
    fn fills_places_once_and_leaves_unknown_ones() {
        let check = |text, values: &[(&str, &str)], expected| {
            assert_eq!(texts(text).fill("k", values), expected);
        };
        check("a {x} b", &[("x", "1")], "a 1 b");
        check("{x}{y}", &[("x", "{y}"), ("y", "2")], "{y}2");
        check("{x}", &[], "{x}");
        check("no place {", &[("x", "1")], "no place {");
    }

    #[test]
    fn cuts_a_sentence_at_its_links() {
        assert_eq!(
            texts("read [the terms](terms).").parts("k"),
            [
                Part::Words("read "),
                Part::Link("the terms", "terms"),
                Part::Words(".")
            ]
        );
    }

    #[test]
    fn shows_a_missing_sentence() {
        assert_eq!(texts("x").get("absent"), MISSING);
    }
}
