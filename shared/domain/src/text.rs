//! Texts that people write: which characters deceive the eye, and what is left of a text without them.

/// Controls, and characters that reorder, hide or join text, or show as nothing: what makes one text look like another.
///
/// Joiners and variation selectors are not among them: emoji and several scripts need them, where they belong ([`visible`]).
pub fn is_deceptive(char: char) -> bool {
    char.is_control()
        || is_blank(char)
        || matches!(char,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}' | '\u{200E}'
            | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E001F}'
            | '\u{E0080}'..='\u{E00FF}' | '\u{E01F0}'..='\u{E0FFF}')
}

/// Letters and symbols that are drawn as nothing, as wide as a space: fillers and empty patterns.
fn is_blank(char: char) -> bool {
    matches!(char, '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}' | '\u{16FE4}' | '\u{1D159}')
}

/// A text without control characters, cut before the character that would make it longer than `max_bytes`.
pub(super) fn bounded(text: &str, max_bytes: usize) -> String {
    let mut bounded: String = text.chars().filter(|char| !char.is_control()).collect();
    bounded.truncate(bounded.floor_char_boundary(max_bytes));
    bounded
}

/// A text as it may be shown: without what deceives the eye, with one space wherever there is any, and trimmed. Empty if nothing
/// of it is visible.
///
/// ```
/// use domain::visible;
///
/// assert_eq!(visible("Light\u{202E}house"), "Lighthouse");
/// assert_eq!(visible("👩\u{200D}🚀"), "👩\u{200D}🚀");
/// assert_eq!(visible("\u{3164}\u{200B}"), "");
/// ```
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for piece in Pieces::of(text) {
        match piece {
            Piece::Visible(piece) => visible.push_str(piece),
            Piece::Space(_) if !visible.is_empty() && !visible.ends_with(' ') => visible.push(' '),
            Piece::Space(_) | Piece::Nothing => {}
        }
    }
    visible.truncate(visible.trim_end().len());
    visible
}

/// The first of these texts of which something is visible, as it may be shown.
pub fn first_visible<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    texts.into_iter().map(visible).find(|text| !text.is_empty())
}

/// Nothing deceptive, joiners where they belong alone, and something that shows.
pub(super) fn is_honest(text: &str) -> bool {
    let is_fine = |piece| match piece {
        Piece::Visible(_) => true,
        Piece::Space(space) => !is_deceptive(space),
        Piece::Nothing => false,
    };
    Pieces::of(text).all(is_fine) && Pieces::of(text).any(|piece| matches!(piece, Piece::Visible(_)))
}

/// The flags that are written with tags: no other tag belongs anywhere.
const FLAGS: [&str; 3] = [
    "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "🏴\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// What a part of a text is to the eye.
enum Piece<'a> {
    Visible(&'a str),
    Space(char),
    Nothing,
}

/// A text, piece by piece.
struct Pieces<'a> {
    rest: &'a str,
    /// The last character that shows or belongs to one that does.
    before: Option<char>,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text, before: None }
    }

    /// Whether something joining belongs between its neighbours. The next one is what is seen next: what is stripped in between joins
    /// nothing.
    fn is_joined(&self, char: char) -> bool {
        let is_stripped = |char: char| is_deceptive(char) && !char.is_whitespace() && !is_blank(char);
        let after = self.rest.chars().find(|char| !is_stripped(*char));
        self.before.is_some_and(|before| belongs(before, char, after))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (piece, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        piece
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let char = self.rest.chars().next()?;
        if let Some(flag) = FLAGS.into_iter().find(|flag| self.rest.starts_with(flag)) {
            self.before = Some('\u{E007F}');
            return Some(Piece::Visible(self.take(flag.len())));
        }
        let piece = self.take(char.len_utf8());
        if char.is_whitespace() || is_blank(char) {
            self.before = None;
            return Some(Piece::Space(char));
        }
        if is_deceptive(char) || (is_joining(char) && !self.is_joined(char)) {
            return Some(Piece::Nothing);
        }
        self.before = Some(char);
        Some(Piece::Visible(piece))
    }
}

/// Joiners, variation selectors and tags: invisible by themselves, and part of what stands before them.
fn is_joining(char: char) -> bool {
    matches!(char,
        '\u{180B}'..='\u{180F}' | '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0020}'..='\u{E007F}'
        | '\u{E0100}'..='\u{E01EF}')
}

/// Whether something joining changes what is seen, after `before` and in front of `after`.
fn belongs(before: char, char: char, after: Option<char>) -> bool {
    match char {
        '\u{200C}' | '\u{200D}' if has_joiners(before) => {
            after.is_some_and(|after| has_joiners(after) && !is_joining(after))
                || (char == '\u{200D}' && is_virama(before))
        }
        '\u{200D}' => (is_symbol(before) || before == '\u{FE0F}') && after.is_some_and(is_symbol),
        '\u{FE0E}' | '\u{FE0F}' => is_symbol(before) || (is_keycap(before) && after == Some('\u{20E3}')),
        '\u{FE00}'..='\u{FE02}' | '\u{E0100}'..='\u{E01EF}' => is_ideograph(before),
        '\u{180B}'..='\u{180D}' | '\u{180F}' => matches!(before, '\u{1820}'..='\u{18AA}'),
        _ => false,
    }
}

/// Symbols that emoji are made of.
fn is_symbol(char: char) -> bool {
    matches!(char,
        '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2100}'..='\u{27FF}' | '\u{2900}'..='\u{2BFF}' | '\u{3030}'
        | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

fn is_keycap(char: char) -> bool {
    char.is_ascii_digit() || matches!(char, '#' | '*')
}

fn is_ideograph(char: char) -> bool {
    matches!(char,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Arabic, Syriac, N'Ko, the scripts of India and South East Asia, Mongolian: letters there look different with a joiner beside them.
fn has_joiners(char: char) -> bool {
    matches!(char,
        '\u{0620}'..='\u{109F}' | '\u{1780}'..='\u{18AA}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{11000}'..='\u{11FFF}' | '\u{1E900}'..='\u{1E95F}')
}

/// Takes the vowel off the letter before it; with a joiner it does so at the end of a word, too.
fn is_virama(char: char) -> bool {
    matches!(
        char,
        '\u{094D}'
            | '\u{09CD}'
            | '\u{0A4D}'
            | '\u{0ACD}'
            | '\u{0B4D}'
            | '\u{0BCD}'
            | '\u{0C4D}'
            | '\u{0CCD}'
            | '\u{0D4D}'
            | '\u{0DCA}'
    )
}

macro_rules! deceptive {
    () => {
        concat!(
            r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e",
            r"\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
        )
    };
}

macro_rules! joining {
    () => {
        r"\u180b-\u180f\u200c\u200d\ufe00-\ufe0f"
    };
}

macro_rules! spaces {
    () => {
        r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
    };
}

/// What may stand before something joining: symbols and the scripts that know it, and a few more.
macro_rules! joined {
    () => {
        concat!(
            r"[^\u0000-\u00a8\u00aa-\u00ad\u00af-\u061f",
            deceptive!(),
            joining!(),
            spaces!(),
            "][",
            joining!(),
            "]+"
        )
    };
}

macro_rules! any_of_it {
    () => {
        concat!("(?:[^", deceptive!(), joining!(), "]|", joined!(), r"|[0-9#*]\ufe0f\u20e3)*")
    };
}

/// About what [`is_honest`] says, as a pattern of the API reference. It is generous about where joiners belong, and knows nothing of what
/// is deceptive above U+FFFF: not every reader of patterns can write such a range.
pub(super) const HONEST: &str =
    concat!("^", any_of_it!(), "(?:[^", deceptive!(), joining!(), spaces!(), "]|", joined!(), ")", any_of_it!(), "$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceiving_characters_are_stripped() {
        for (text, shown) in [
            ("Light\u{202E}house", "Lighthouse"),
            ("a\u{2066}b\u{2069}c\u{061C}d\u{200E}e\u{FEFF}f\u{00AD}g\u{034F}h", "abcdefgh"),
            ("a\0b\u{1b}[2Jc\u{9b}d", "ab[2Jcd"),
            ("one\ntwo\u{2028}three\tfour", "one two three four"),
            ("Anna\u{3164}Admin", "Anna Admin"),
            ("  a\u{00A0}\u{3000}  b\u{2800} ", "a b"),
            ("Ad\u{200D}min\u{200C}\u{FE0F}", "Admin"),
            ("a\u{E0041}\u{E0042}\u{E007F}b\u{E0100}\u{180B}", "ab"),
            ("\u{1D173}x\u{1BCA0}\u{FFF9}\u{206A}", "x"),
            ("ی\u{200C}\u{17B4}", "ی"),
            ("ی\u{200C}\u{180B}", "ی"),
            ("می\u{200C}\u{180E}خ", "می\u{200C}خ"),
            ("👩\u{200D}\u{200B}🚀", "👩\u{200D}🚀"),
            ("👩\u{200D}\u{200D}🚀 ❤\u{FE0F}\u{FE0F}\u{200D}", "👩\u{200D}🚀 ❤\u{FE0F}"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    /// Every text of four of these.
    #[test]
    fn what_is_left_has_nothing_more_to_strip() {
        const SOME: [char; 16] = [
            'a',
            '1',
            ' ',
            '\u{3164}',
            '\u{200B}',
            '\u{200C}',
            '\u{200D}',
            '\u{FE0F}',
            '\u{20E3}',
            'ی',
            '\u{17B4}',
            '\u{180B}',
            'ᠠ',
            '\u{094D}',
            '👩',
            '\u{E007F}',
        ];
        for number in 0..SOME.len().pow(4) {
            let text: String = (0..4).map(|place| SOME[number / SOME.len().pow(place) % SOME.len()]).collect();
            let shown = visible(&text);
            assert_eq!(visible(&shown), shown, "{text:?}");
            assert_eq!(is_honest(&shown), !shown.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn emoji_and_scripts_keep_their_joiners() {
        for text in [
            "👩\u{200D}🚀",
            "👨\u{200D}👩\u{200D}👧",
            "❤\u{FE0F}\u{200D}🔥",
            "🏳\u{FE0F}\u{200D}🌈",
            "👋🏽",
            "1\u{FE0F}\u{20E3}",
            FLAGS[0],
            "🏃🏽\u{200D}♀\u{FE0F}\u{200D}➡\u{FE0F}",
            "می\u{200C}خواهم",
            "क्\u{200D}ष",
            "ന്\u{200D}",
            "辻\u{E0100}",
            "ᠠ\u{180B}",
            "שלום",
            "Zoë ✨ 한국어 日本語",
        ] {
            assert_eq!(visible(text), text);
            assert!(is_honest(text), "{text:?}");
        }
    }

    #[test]
    fn a_text_that_shows_nothing_gives_way() {
        for nothing in
            ["", " ", "\u{3164}", "\u{200B}", "\u{2800}\u{2800}", "\u{200D}\u{FE0F}", "\u{115F}\u{1160}", "\u{E0041}"]
        {
            assert_eq!(first_visible([nothing, "anna.lindqvist"]).as_deref(), Some("anna.lindqvist"), "{nothing:?}");
            assert!(!is_honest(nothing), "{nothing:?}");
        }
        assert_eq!(first_visible(["\u{202E}", ""]), None);
    }

    #[test]
    fn a_bounded_text_ends_between_characters() {
        assert_eq!(bounded("Zoë", 3), "Zo");
        assert_eq!(bounded("Zoë", 4), "Zoë");
        assert_eq!(bounded("a\0b\u{9f}c\n", 3), "abc");
        assert_eq!(bounded("😀😀", 7), "😀");
        assert_eq!(bounded("", 0), "");
    }
}
