//! Over many made-up values.

use proptest::prelude::*;
use shared::domain::{
    Lifetime, Name, Presented, SessionId, SessionType, Token, UserId, expiry_after, first_visible, is_deceptive,
    visible,
};
use shared::http;
use shared::pages::{AccountPage, Frame, GuildChoice, ManagedGuilds, Room, Shown, Viewer};

use crate::world::has_markup_in_attributes;

/// Any characters, most of them such as deceive, join or need joining.
fn odd_text() -> impl Strategy<Value = String> {
    const ODD: &str = "a \n\0\u{1b}\u{85}\u{AD}\u{34F}\u{61C}\u{115F}\u{17B4}\u{180B}\u{180E}\u{200B}\u{200C}\u{200D}\u{200E}\u{2028}\
                       \u{202E}\u{2066}\u{2069}\u{206A}\u{2800}\u{3164}\u{FE0F}\u{FEFF}\u{FFA0}\u{FFF9}\u{1D173}\u{E0001}\u{E0067}\
                       \u{E007F}\u{E0100}👩🚀🏴ی辻1\u{20E3}<&\"'";
    let odd = proptest::sample::select(ODD.chars().collect::<Vec<_>>());
    proptest::collection::vec(prop_oneof![3 => odd, 1 => any::<char>()], 0..24).prop_map(String::from_iter)
}

fn account_page(text: &str) -> AccountPage {
    let shown = || Shown::first([text], "Unnamed");
    let picture = || "https://cdn.example/a.png".to_owned();
    AccountPage {
        frame: Frame::of(Viewer { name: shown(), avatar_url: picture() }, Room::Account),
        user_id: text.to_owned(),
        username: shown(),
        name: shown(),
        avatar_url: picture(),
        is_banned: false,
        guilds: ManagedGuilds::Known(vec![GuildChoice { id: "1".into(), name: shown(), icon_url: None }]),
        apps: vec![],
        is_first: true,
        next: None,
    }
}

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
    fn what_is_visible_of_a_text_deceives_nobody(text in odd_text()) {
        let shown = visible(&text);
        prop_assert!(!shown.chars().any(|char| is_deceptive(char) || (char.is_whitespace() && char != ' ')), "{shown:?}");
        prop_assert_eq!(visible(&shown), shown.clone(), "there is nothing left to strip");
        prop_assert_eq!(shown.trim(), &shown);
        prop_assert_eq!(first_visible([text.as_str()]).is_none(), shown.is_empty());
    }

    #[test]
    fn a_page_holds_no_deceiving_character_whatever_it_is_given(text in odd_text()) {
        let page = http::page(http::StatusCode::OK, &account_page(&text)).unwrap();
        let html = std::str::from_utf8(page.body()).unwrap();
        prop_assert!(!html.chars().any(|char| char != '\n' && is_deceptive(char)), "{html:?}");
        prop_assert!(!has_markup_in_attributes(html), "{html:?}");
    }

    #[test]
    fn a_name_that_is_taken_is_short_trimmed_and_visible(text in prop_oneof![".{0,80}", odd_text()]) {
        if let Ok(name) = Name::try_from(text) {
            let name = name.as_str();
            prop_assert!((1..=64).contains(&name.chars().count()));
            prop_assert_eq!(name.trim(), name);
            prop_assert!(!name.chars().any(is_deceptive));
            prop_assert!(Name::try_from(name.to_owned()).is_ok());
        }
    }
}
