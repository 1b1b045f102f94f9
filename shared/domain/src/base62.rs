//! Numbers as fixed-width base62 text: digits, then upper case, then lower case, most significant first.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Appends the lowest `width` base62 digits of `value`. Eleven hold any `u64`, twenty-two any `u128`.
pub(super) fn push(text: &mut String, mut value: u128, width: usize) {
    let start = text.len();
    for _ in 0..width {
        let digit = usize::try_from(value % 62).unwrap_or_default();
        text.insert(start, ALPHABET.get(digit).copied().map_or('0', char::from));
        value /= 62;
    }
}

/// Reads what [`push`] wrote; `None` for any other character and for a number above `u128::MAX`.
pub(super) fn read(text: &str) -> Option<u128> {
    text.bytes().try_fold(0_u128, |value, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte.checked_sub(b'0')?,
            b'A'..=b'Z' => byte.checked_sub(b'A')?.checked_add(10)?,
            b'a'..=b'z' => byte.checked_sub(b'a')?.checked_add(36)?,
            _ => return None,
        };
        value.checked_mul(62)?.checked_add(u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: u128, width: usize) -> String {
        let mut text = String::new();
        push(&mut text, value, width);
        text
    }

    #[test]
    fn the_largest_numbers_come_back() {
        assert_eq!(read(&text(u64::MAX.into(), 11)), Some(u64::MAX.into()));
        assert_eq!(read(&text(u128::MAX, 22)), Some(u128::MAX));
        assert_eq!(text(0, 3), "000");
        assert_eq!(text(61 * 62 + 10, 3), "0zA");
    }

    #[test]
    fn nothing_else_is_read() {
        assert_eq!(read("zzzzzzzzzzzzzzzzzzzzzz"), None, "above u128");
        assert_eq!(read("a-b"), None);
        assert_eq!(read("ä"), None);
    }
}
