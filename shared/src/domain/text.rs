//! Which characters a person's text may have.

/// Controls, line separators and the characters that reorder, hide or join text invisibly: what makes one text look like another.
/// The two joiners that emoji and several scripts need are not among them.
pub fn is_deceptive(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Joiners, soft hyphen, fillers, variation selectors: allowed beside something that shows, not alone.
pub(super) fn is_invisible(char: char) -> bool {
    char.is_whitespace()
        || matches!(char,
            '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200C}' | '\u{200D}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Nothing deceptive, and something that shows.
pub(super) fn is_honest(text: &str) -> bool {
    !text.chars().any(is_deceptive) && !text.chars().all(is_invisible)
}

macro_rules! deceptive {
    () => {
        r"\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    };
}

macro_rules! invisible {
    () => {
        r" \u00a0\u00ad\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200d\u202f\u205f\u3000\u3164\ufe00-\ufe0f\uffa0"
    };
}

/// What [`is_honest`] says, as a pattern of the API reference. It knows nothing of what is invisible above U+FFFF: not every reader of
/// patterns can write such a range.
pub(super) const HONEST: &str =
    concat!("^[^", deceptive!(), "]*[^", deceptive!(), invisible!(), "][^", deceptive!(), "]*$");
