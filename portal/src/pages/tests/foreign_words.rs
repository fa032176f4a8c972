//! What others wrote is a word on every page and nothing else.

use std::collections::BTreeMap;

use super::{
    LANGUAGES, every_page,
    markup::{tags, words},
    samples::pages,
};

#[test]
fn a_hostile_word_stays_a_word_everywhere() {
    let hostile = "\"'><script>alert(1)</script><b onclick=x>&amp;";
    for lang in LANGUAGES {
        let tame: BTreeMap<_, _> = pages(lang, None).into_iter().collect();
        for (name, page) in pages(lang, Some(hostile)) {
            assert!(
                !page.contains("<script>") && !page.contains("<b "),
                "{name}"
            );
            let shape = |page: &str| -> Vec<String> {
                tags(page).into_iter().map(|tag| tag.name).collect()
            };
            assert_eq!(shape(&page), shape(&tame[&name]), "{name}");
        }
    }
}

/// Overrides the direction, ends an isolation that it didn't begin, rings, breaks the line.
const TURNING: &str = "\u{202e}\u{2069}\u{2069}\u{200f}\u{7}ZZZZ\n\u{2029}\u{2067}";

#[test]
fn a_foreign_word_stands_apart_and_cannot_turn_the_text_around_it() {
    for lang in LANGUAGES {
        for (name, page) in pages(lang, Some(TURNING)) {
            let hidden = |c: &char| matches!(c, '\u{7}' | '\u{200f}' | '\u{2029}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert_eq!(words(&page).chars().find(hidden), None, "{name}");
            for piece in page.split('<').filter(|piece| piece.contains("ZZ")) {
                let (tag, words) = piece.split_once('>').unwrap();
                if words.contains("ZZ") {
                    assert_eq!(tag, "bdi", "{name}: {words}");
                }
            }
            for (key, value) in tags(&page).into_iter().flat_map(|tag| tag.attributes) {
                let read_aloud =
                    ["aria-label", "alt", "title", "placeholder"].contains(&key.as_str());
                if read_aloud && value.contains("ZZ") {
                    let mut pieces = value.split('\u{2068}');
                    assert!(!pieces.next().unwrap().contains("ZZ"), "{name}: {value:?}");
                    for piece in pieces {
                        let (inside, ours) = piece.split_once('\u{2069}').unwrap();
                        let turning = |text: &str| text.contains(|c| hidden(&c));
                        assert!(!turning(inside) && !turning(ours), "{name}: {value:?}");
                        assert!(!ours.contains("ZZ"), "{name}: {value:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_names_somebody_is_isolated_by_markup() {
    let whole: BTreeMap<_, _> = every_page().into_iter().collect();
    let check = |page: &str, word: &str| {
        assert!(
            whole[page].contains(&format!("<bdi>{word}</bdi>")),
            "{page}: {word}"
        );
    };
    check("login-confirm-citizen.vi", "ĐẶNG THỊ ỔN MẪU");
    check("renew-citizen.en", "CA mẫu");
    check("account-citizen.vi", "Đặng Thị Ổn Mẫu");
    check("account-agency.en", "Số 1 đường Thử Nghiệm, Tỉnh Mẫu");
    check("exists-business-false.en", "0109900001");
    check("problem-CERT-REVOKED-any.vi", "CA mẫu");
    check("sign-ins.vi", "Firefox, Linux");
}
