//! Over many made-up values.

use proptest::prelude::*;
use shared::domain::{Lifetime, Name, Presented, SessionId, SessionType, Token, UserId, expiry_after};

proptest! {
    #[test]
    fn a_token_tells_whose_it_is_and_nothing_else_does(user in 1_u64.., id: [u8; 10], secret: [u8; 32], kind in 0_usize..3) {
        let session = SessionId::new(Default::default(), id);
        let token = Token::for_session(SessionType::ALL[kind], UserId::new(user), session, secret);
        let Ok(Presented::Session { user_id, session_id, hash }) = Presented::parse(token.reveal()) else { panic!("no session") };
        prop_assert_eq!((user_id, session_id), (UserId::new(user), session));
        prop_assert!(hash.is(&token.hash()));
    }

    #[test]
    fn any_change_of_a_token_is_noticed(secret: [u8; 32], place in 0_usize..75, to in "[0-9A-Za-z_]") {
        let token = Token::for_session(SessionType::Login, UserId::new(1), SessionId::new(Default::default(), [0; 10]), secret);
        let mut changed = token.reveal().to_owned();
        changed.replace_range(place..=place, &to);
        prop_assume!(changed != token.reveal());
        prop_assert!(Presented::parse(&changed).is_err());
    }

    #[test]
    fn no_text_makes_parsing_fail_otherwise_than_by_saying_so(text in ".*") {
        prop_assert!(Presented::parse(&text).is_err());
    }

    #[test]
    fn an_expiry_is_later_and_never_after_9999(now in 0_i64..4_102_444_800, seconds in 1_u64..=9_223_372_036_854_775) {
        let now = chrono::DateTime::from_timestamp(now, 0).unwrap();
        let expiry = expiry_after(now, Lifetime::try_from(seconds).unwrap());
        prop_assert!(expiry > now && expiry.timestamp() <= 253_402_300_799);
    }

    #[test]
    fn a_name_that_is_taken_is_short_trimmed_and_visible(text in ".{0,80}") {
        if let Ok(name) = Name::try_from(text) {
            let name = name.as_str();
            prop_assert!((1..=64).contains(&name.chars().count()));
            prop_assert_eq!(name.trim(), name);
            prop_assert!(!name.chars().any(char::is_control));
            prop_assert!(Name::try_from(name.to_owned()).is_ok());
        }
    }
}
