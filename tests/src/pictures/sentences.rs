//! Which sentences about problems were drawn, so that no code is left without a picture.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use kyso_portal::pages::{Lang, Texts};

/// The portal's own sentences; another test of it holds both languages to the same keys.
const SENTENCES: &str = include_str!("../../../portal/text/vi.json");
/// What a problem page says, and the line with its code.
pub(super) const SAID: &str = "return [...document.querySelectorAll('.card.warning')].map(card =>
    ['.lead', '.small'].map(part => card.querySelector(part)?.textContent ?? ''))[0] ?? null";

/// The keys of all sentences that say what the problem is.
///
/// # Errors
/// The file isn't read.
pub(super) fn keys() -> Result<Vec<String>> {
    let all: BTreeMap<String, String> =
        serde_json::from_str(SENTENCES).context("the portal's sentences")?;
    let is_problem = |key: &String| key.starts_with("problem.") && key.ends_with(".what");
    Ok(all.into_keys().filter(is_problem).collect())
}

/// The key of the sentence that a page says with that line for the code: one that says the very same, else one with
/// places that it fills.
pub(super) fn key_of(keys: &[String], lang: Lang, (what, line): (&str, &str)) -> Option<String> {
    let texts = Texts::of(lang);
    let of_its_code = keys.iter().filter(|key| {
        let code = key.split('.').nth(1).unwrap_or_default();
        code == "OTHER" || texts.fill("problem.code", &[("code", code)]) == line
    });
    let says = |fits: fn(&str, &str) -> bool| {
        let mut own = of_its_code.clone();
        own.find(|key| fits(texts.get(key), what)).cloned()
    };
    says(|sentence, what| sentence == what).or_else(|| says(is_filled))
}

/// Whether `said` is `sentence` with something in each of its places `{name}`.
fn is_filled(sentence: &str, said: &str) -> bool {
    let Some((before, rest)) = sentence.split_once('{') else {
        return sentence == said;
    };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let Some(said) = said.strip_prefix(before) else {
        return false;
    };
    let ends = said.char_indices().skip(1).map(|(at, _)| at);
    ends.chain([said.len()])
        .filter_map(|at| said.get(at..))
        .any(|rest| is_filled(after, rest))
}

/// The keys that no page said.
pub(super) fn unsaid(keys: Vec<String>, said: &BTreeSet<String>) -> Vec<String> {
    keys.into_iter().filter(|key| !said.contains(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_each_sentence_by_what_a_page_says() {
        let keys = keys().unwrap();
        let check = |what: &str, code: &str, expected: Option<&str>| {
            let line = format!("Code: {code}");
            let key = key_of(&keys, Lang::En, (what, &line));
            assert_eq!(key.as_deref(), expected, "{what}");
        };
        let dated = "The certificate expired on 01/02/2026.";
        check(dated, "CERT-EXPIRED", Some("problem.CERT-EXPIRED.what"));
        check(
            "The certificate has expired.",
            "CERT-EXPIRED",
            Some("problem.CERT-EXPIRED.bare.what"),
        );
        check("The certificate expired on .", "CERT-EXPIRED", None);
        check(dated, "CERT-REVOKED", None);
        check(
            "The portal could not do this.",
            "CERT-ODD",
            Some("problem.OTHER.what"),
        );
    }

    #[test]
    fn tells_which_sentences_nobody_read() {
        let keys = keys().unwrap();
        let read: BTreeSet<_> = keys.iter().skip(1).cloned().collect();
        assert_eq!(unsaid(keys.clone(), &read), keys.get(..1).unwrap());
    }
}
