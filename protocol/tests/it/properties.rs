//! Nothing that a stranger sends makes a parser panic, and what is taken is written back as it was.

use kyso_certs::SubjectKind;
use kyso_protocol::{
    Algorithm, Answer, AnswerReply, AskId, Language, Link, Nonce, Origin, Purpose, Statement,
    StatementText, Token,
};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

fn origins() -> impl Strategy<Value = Origin> {
    (
        "[a-z][a-z0-9]{0,8}(\\.[a-z]{2,8}){1,3}",
        proptest::option::of(1024u16..),
    )
        .prop_map(|(host, port)| match port {
            Some(port) => format!("https://{host}:{port}"),
            None => format!("https://{host}"),
        })
        .prop_filter_map("an origin", |text| Origin::parse(&text).ok())
}

fn purposes() -> impl Strategy<Value = (Purpose, Option<SubjectKind>, Option<StatementText>)> {
    let kind = prop_oneof![
        Just(SubjectKind::Citizen),
        Just(SubjectKind::Business),
        Just(SubjectKind::Agency)
    ];
    let text = "[a-zA-ZăâđêôơưĂÂĐÊÔƠƯ ,.0-9]{1,200}".prop_filter_map("a text", |value| {
        StatementText::new(Language::Vi, &value).ok()
    });
    prop_oneof![
        Just((Purpose::Login, None, None)),
        kind.clone()
            .prop_map(|kind| (Purpose::Register, Some(kind), None)),
        kind.clone()
            .prop_map(|kind| (Purpose::AddMethod, Some(kind), None)),
        (kind, text).prop_map(|(kind, text)| (Purpose::Confirm, Some(kind), Some(text))),
    ]
}

prop_compose! {
    fn statements()(
        portal in origins(),
        (purpose, subject, text) in purposes(),
        ask in any::<[u8; 16]>(),
        challenge in any::<[u8; 32]>(),
        browser in any::<[u8; 32]>(),
        issued in 0i64..4_000_000_000,
        life in 1i64..=300,
        algorithms in proptest::sample::subsequence(Algorithm::ALL.to_vec(), 1..=9),
    ) -> Statement {
        let issued = OffsetDateTime::from_unix_timestamp(issued).unwrap();
        let expires = issued + Duration::seconds(life);
        Statement { portal, purpose, ask: AskId::from_bytes(ask), challenge, browser, issued, expires, subject, algorithms, text }
    }
}

proptest! {
    #[test]
    fn a_statement_that_is_written_is_read_back(statement in statements()) {
        match statement.to_bytes() {
            Ok(bytes) => {
                prop_assert_eq!(Statement::parse(bytes.as_slice()).unwrap(), statement);
                prop_assert!(bytes.nonce() == Nonce::of_statement(bytes.as_slice()));
            }
            Err(error) => prop_assert!(error.to_string().contains("bytes, allowed"), "{}", error),
        }
    }

    #[test]
    fn one_changed_byte_is_another_nonce_or_no_statement(statement in statements(), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let bytes = statement.to_bytes();
        prop_assume!(bytes.is_ok());
        let bytes = bytes.unwrap();
        let mut changed = bytes.as_slice().to_vec();
        changed[at.index(bytes.as_slice().len())] ^= flip;
        prop_assert!(Nonce::of_statement(&changed) != bytes.nonce());
        drop(Statement::parse(&changed));
    }

    #[test]
    fn a_link_that_is_written_is_read_back(origin in origins(), ask in any::<[u8; 16]>()) {
        let link = Link::new(origin, AskId::from_bytes(ask));
        prop_assert_eq!(Link::parse(&link.to_string()).unwrap(), link);
    }

    #[test]
    fn a_link_with_anything_added_is_refused_or_another(origin in origins(), ask in any::<[u8; 16]>(), tail in "[ -~]{1,20}") {
        let link = Link::new(origin, AskId::from_bytes(ask));
        let longer = format!("{link}{tail}");
        prop_assert!(Link::parse(&longer).is_err());
    }

    #[test]
    fn a_token_that_is_written_is_read_back(certificate in prop::collection::vec(any::<u8>(), 60..2000), signature in prop::collection::vec(any::<u8>(), 1..512)) {
        let token = Token::new(certificate, Algorithm::ES256, signature, Some("https://kyso.example/releases/1".to_owned()));
        let text = token.to_value().to_string();
        prop_assert!(Token::parse(text.as_bytes()).unwrap() == token);
    }

    #[test]
    fn arbitrary_bytes_are_refused_quietly(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        prop_assert!(Statement::parse(&bytes).is_err());
        prop_assert!(Token::parse(&bytes).is_err());
        prop_assert!(Answer::parse(&bytes).is_err());
        prop_assert!(AnswerReply::parse(&bytes).is_err());
        prop_assert!(Link::parse(&String::from_utf8_lossy(&bytes)).is_err());
    }
}
