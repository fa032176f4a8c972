//! What lies between two states of the readers.

use super::Change;
use crate::wire::{ReaderState, Readers};

/// The changes from one state to the next, removals first.
pub(super) fn between(before: &Readers, after: &Readers) -> Vec<Change> {
    let mut changes = Vec::new();
    match (&before.0, &after.0) {
        (None, Some(_)) => changes.push(Change::ServiceFound),
        (Some(_), None) => changes.push(Change::ServiceLost),
        _ => {}
    }
    let (old, new) = (readers(before), readers(after));
    for reader in old {
        removed(reader, find(new, reader), &mut changes);
    }
    for reader in new {
        added(find(old, reader), reader, &mut changes);
    }
    changes
}

fn readers(state: &Readers) -> &[ReaderState] {
    state.0.as_deref().unwrap_or_default()
}

fn find<'a>(among: &'a [ReaderState], reader: &ReaderState) -> Option<&'a ReaderState> {
    among.iter().find(|other| other.name == reader.name)
}

fn removed(before: &ReaderState, after: Option<&ReaderState>, changes: &mut Vec<Change>) {
    let stayed = after.is_some_and(|after| after.card && after.changes == before.changes);
    if before.card && !stayed {
        changes.push(Change::CardRemoved(before.name.clone()));
    }
    if after.is_none() {
        changes.push(Change::ReaderRemoved(before.name.clone()));
    }
}

fn added(before: Option<&ReaderState>, after: &ReaderState, changes: &mut Vec<Change>) {
    if before.is_none() {
        changes.push(Change::ReaderAdded(after.name.clone()));
    }
    let was_there = before.is_some_and(|before| before.card && before.changes == after.changes);
    if after.card && !was_there {
        changes.push(Change::CardInserted(after.name.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type State<'a> = Option<&'a [(&'a str, bool, u32)]>;

    fn state(readers: State<'_>) -> Readers {
        let reader = |(name, card, changes): &(&str, bool, u32)| ReaderState {
            name: (*name).to_owned(),
            card: *card,
            changes: *changes,
        };
        Readers(readers.map(|readers| readers.iter().map(reader).collect()))
    }

    fn check(before: State<'_>, after: State<'_>, expected: &[&str]) {
        let told: Vec<_> = between(&state(before), &state(after))
            .iter()
            .map(|change| format!("{change:?}"))
            .collect();
        assert_eq!(told, expected);
    }

    const EMPTY: State<'_> = Some(&[("A", false, 4)]);
    const FULL: State<'_> = Some(&[("A", true, 5)]);

    #[test]
    fn a_card_comes_and_goes() {
        check(EMPTY, FULL, &["CardInserted(\"A\")"]);
        check(FULL, EMPTY, &["CardRemoved(\"A\")"]);
        check(FULL, FULL, &[]);
    }

    #[test]
    fn a_quick_change_of_cards_shows() {
        check(
            FULL,
            Some(&[("A", true, 7)]),
            &["CardRemoved(\"A\")", "CardInserted(\"A\")"],
        );
        check(EMPTY, Some(&[("A", false, 6)]), &[]);
    }

    #[test]
    fn a_token_is_a_reader_with_its_card() {
        check(
            Some(&[]),
            FULL,
            &["ReaderAdded(\"A\")", "CardInserted(\"A\")"],
        );
        check(
            FULL,
            Some(&[]),
            &["CardRemoved(\"A\")", "ReaderRemoved(\"A\")"],
        );
    }

    #[test]
    fn one_reader_leaves_the_other_alone() {
        check(
            Some(&[("A", true, 1), ("B", true, 1)]),
            Some(&[("B", true, 1)]),
            &["CardRemoved(\"A\")", "ReaderRemoved(\"A\")"],
        );
    }

    #[test]
    fn the_service_takes_its_readers_with_it() {
        check(
            FULL,
            None,
            &["ServiceLost", "CardRemoved(\"A\")", "ReaderRemoved(\"A\")"],
        );
        check(None, EMPTY, &["ServiceFound", "ReaderAdded(\"A\")"]);
    }
}
