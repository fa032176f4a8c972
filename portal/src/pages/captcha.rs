//! A code in a picture, and the same code in words for those who can't see it.
//!
//! A challenge is made wholly from its 32 random bytes, so that a store needs to keep only those. Keeping it
//! one-time, letting it expire and counting wrong answers is the store's business. What it is worth: it
//! slows a simple script down. The words are as easy for a machine as for a person, hence the counting.

mod draw;
mod glyph;
mod png;

use sha2::{Digest, Sha256};

use super::frame::Lang;
use super::text::Texts;

/// Letters and digits of an answer: none of them is taken for another one, by eye or by ear.
pub(crate) const ALPHABET: &[u8; 19] = b"ABEGHKLMNPRSTVX2479";

/// Letters of an answer.
pub const LENGTH: usize = 6;

/// One challenge.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// What has to be typed, upper case.
    pub answer: String,
    seed: [u8; 32],
}

/// The challenge that `seed` (32 random bytes) stands for.
#[must_use]
pub fn new_challenge(seed: [u8; 32]) -> Challenge {
    let mut stream = Stream::new(&seed, b"answer");
    let answer = (0..LENGTH)
        .filter_map(|_| ALPHABET.get(stream.below(ALPHABET.len())))
        .map(|letter| char::from(*letter))
        .collect();
    Challenge { answer, seed }
}

/// The challenge as a PNG, 240 × 80 pixels, grey.
#[must_use]
pub fn picture(challenge: &Challenge) -> Vec<u8> {
    let stream = Stream::new(&challenge.seed, b"picture");
    let canvas = draw::draw(&challenge.answer, stream);
    png::encode(&canvas)
}

/// The challenge in words: letters by example words, digits by small sums.
#[must_use]
pub fn spoken(challenge: &Challenge, lang: Lang) -> String {
    let mut stream = Stream::new(&challenge.seed, b"spoken");
    let pieces: Vec<String> = challenge
        .answer
        .chars()
        .map(|letter| piece(letter, lang, &mut stream))
        .collect();
    Texts::of(lang).fill("captcha.spoken", &[("pieces", &pieces.join("; "))])
}

fn piece(letter: char, lang: Lang, stream: &mut Stream) -> String {
    let texts = Texts::of(lang);
    let Some(digit) = letter.to_digit(10).and_then(|d| usize::try_from(d).ok()) else {
        let word = texts.get(&format!("captcha.word.{letter}"));
        return texts.fill("captcha.letter", &[("word", word)]);
    };
    let first = stream.below(digit.saturating_add(1));
    let number = |n: usize| texts.get(&format!("captcha.number.{n}"));
    texts.fill(
        "captcha.digit",
        &[
            ("first", number(first)),
            ("second", number(digit.saturating_sub(first))),
        ],
    )
}

/// Whether `typed` is the answer; case and spaces don't count. In a build with the feature `test`, `test` is one too.
#[must_use]
pub fn matches(answer: &str, typed: &str) -> bool {
    if typed.len() > 64 {
        return false;
    }
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if cfg!(feature = "test") && typed == "test" {
        return true;
    }
    !answer.is_empty() && typed.eq_ignore_ascii_case(answer)
}

/// Bytes that follow from the seed: SHA-256 over seed, use and counter.
struct Stream {
    seed: [u8; 32],
    purpose: &'static [u8],
    counter: u64,
    block: std::vec::IntoIter<u8>,
}

impl Stream {
    fn new(seed: &[u8; 32], purpose: &'static [u8]) -> Self {
        Self {
            seed: *seed,
            purpose,
            counter: 0,
            block: Vec::new().into_iter(),
        }
    }

    fn byte(&mut self) -> u8 {
        if let Some(byte) = self.block.next() {
            return byte;
        }
        let mut hash = Sha256::new();
        hash.update(b"kyso-captcha");
        hash.update(self.seed);
        hash.update(self.purpose);
        hash.update(self.counter.to_be_bytes());
        self.counter = self.counter.wrapping_add(1);
        self.block = hash.finalize().to_vec().into_iter();
        self.block.next().unwrap_or_default()
    }

    /// Below `limit` (1 to 256), each value as likely.
    fn below(&mut self, limit: usize) -> usize {
        let limit = limit.clamp(1, 256);
        let fair = 256 / limit * limit;
        loop {
            let byte = usize::from(self.byte());
            if byte < fair {
                return byte % limit;
            }
        }
    }

    /// Between `low` and `high`.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * f32::from(self.byte()) / 255.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(byte: u8) -> Challenge {
        new_challenge([byte; 32])
    }

    #[test]
    fn is_wholly_made_from_its_seed() {
        assert_eq!(challenge(1).answer, challenge(1).answer);
        assert_eq!(picture(&challenge(1)), picture(&challenge(1)));
        assert_ne!(challenge(1).answer, challenge(2).answer);
        assert_ne!(picture(&challenge(1)), picture(&challenge(2)));
    }

    #[test]
    fn answers_have_six_letters_of_the_alphabet_and_use_all_of_it() {
        let mut seen = std::collections::BTreeSet::new();
        for byte in 0..=255 {
            let answer = challenge(byte).answer;
            assert_eq!(answer.len(), LENGTH);
            seen.extend(answer.bytes());
        }
        assert!(
            seen.iter()
                .eq(std::collections::BTreeSet::from(*ALPHABET).iter())
        );
    }

    #[test]
    fn compares_without_case_and_spaces() {
        let check = |typed, expected| assert_eq!(matches("AB2KXT", typed), expected, "{typed}");
        check("AB2KXT", true);
        check("ab2kxt", true);
        check(" ab2 kxt ", true);
        check("ab2kx", false);
        check("", false);
        check(&"a".repeat(1000), false);
        assert!(!matches("", ""));
    }

    #[test]
    fn takes_test_in_a_test_build_only() {
        assert_eq!(matches("AB2KXT", "test"), cfg!(feature = "test"));
    }

    #[test]
    fn says_every_letter_in_words() {
        for byte in 0..=255 {
            for lang in [Lang::Vi, Lang::En] {
                let words = spoken(&challenge(byte), lang);
                assert!(!words.contains('⟦') && !words.contains('{'), "{words}");
                assert!(!words.contains(&challenge(byte).answer), "{words}");
            }
        }
    }

    #[test]
    fn the_words_begin_with_their_letter() {
        for letter in ALPHABET
            .iter()
            .map(|b| char::from(*b))
            .filter(char::is_ascii_alphabetic)
        {
            for lang in [Lang::Vi, Lang::En] {
                let word = Texts::of(lang).get(&format!("captcha.word.{letter}"));
                assert!(word.starts_with(letter), "{letter}: {word}");
            }
        }
    }
}
