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
