//! The evidence for one judgement while it is being gathered.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use kyso_certs::Wanted;

use super::{
    Gathered,
    kept::{About, Found, Piece},
};

/// What a request brought, not yet judged.
pub(super) struct Fetched {
    pub(super) about: About,
    /// The place in the path of the certificate that it was asked for, the subscriber's first.
    pub(super) place: usize,
    pub(super) bytes: Vec<u8>,
    pub(super) piece: Piece,
}

/// What is wanted, what there is, and where it is from.
pub(super) struct Pile {
    pub(super) wanted: Vec<Wanted>,
    pub(super) kept: Vec<Found>,
    pub(super) fetched: Vec<Fetched>,
    listed: Gathered,
}

impl Pile {
    pub(super) fn new(listed: Gathered, wanted: Vec<Wanted>, kept: Vec<Found>) -> Self {
        Self {
            wanted,
            kept,
            fetched: Vec::new(),
            listed,
        }
    }

    /// Without what is kept and would have to be asked for anew.
    pub(super) fn current(&self) -> Gathered {
        self.with(|kept| kept.is_fresh)
    }

    pub(super) fn whole(&self) -> Gathered {
        self.with(|_| true)
    }

    fn with(&self, counts: impl Fn(&Found) -> bool) -> Gathered {
        let mut gathered = self.listed.clone();
        let kept = self.kept.iter().filter(|kept| counts(kept));
        let pieces = kept.map(|kept| &kept.piece);
        for piece in pieces.chain(self.fetched.iter().map(|one| &one.piece)) {
            take(&mut gathered, piece.clone());
        }
        gathered
    }

    /// The places of what is kept about one of these, the last first.
    pub(super) fn about(&self, these: &[About]) -> impl Iterator<Item = usize> + use<> {
        let places = self.kept.iter().enumerate().rev();
        let found = places.filter(|(_, kept)| these.contains(&kept.about));
        found
            .map(|(place, _)| place)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// The lists that were asked for in one look through all certificates.
#[derive(Default)]
pub(crate) struct Asked(Mutex<HashSet<About>>);

impl Asked {
    /// Whether the lists of the certificate at `place` are to be asked for: no fresh one is at hand, and one of them was
    /// not asked for yet. They are taken for asked from now on.
    pub(super) fn wants(&self, pile: &Pile, place: usize) -> bool {
        let Some(wanted) = pile.wanted.get(place) else {
            return false;
        };
        let lists: Vec<_> = wanted.crl.iter().map(|one| About::address(one)).collect();
        let mut at_hand = pile.kept.iter().filter(|kept| kept.is_fresh);
        if at_hand.any(|kept| lists.contains(&kept.about)) {
            return false;
        }
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = lists.into_iter().filter(|list| asked.insert(*list));
        first.count() > 0
    }
}

/// All that can be kept about a certificate.
pub(super) fn abouts(wanted: &Wanted) -> impl Iterator<Item = About> + '_ {
    let own = About::Certificate(wanted.certificate.fingerprint());
    let lists = wanted.crl.iter().map(|address| About::address(address));
    std::iter::once(own).chain(lists)
}

pub(super) fn take(gathered: &mut Gathered, piece: Piece) {
    match piece {
        Piece::Ocsp(answer) => gathered.ocsp.push(answer),
        Piece::Crl(lists) => gathered.crls.extend(lists),
    }
}
