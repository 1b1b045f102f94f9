//! Where Discord serves pictures: avatars of users and icons of guilds.

use super::{GuildId, UserId};

const CDN: &str = "https://cdn.discordapp.com";

/// Width and height of a picture in pixels; Discord serves these and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImageSize {
    /// 16 pixels.
    Px16 = 16,
    /// 32 pixels.
    Px32 = 32,
    /// 64 pixels.
    Px64 = 64,
    /// 128 pixels.
    Px128 = 128,
    /// 256 pixels.
    Px256 = 256,
    /// 512 pixels.
    Px512 = 512,
    /// 1024 pixels.
    Px1024 = 1024,
    /// 2048 pixels.
    Px2048 = 2048,
    /// 4096 pixels.
    Px4096 = 4096,
}

impl ImageSize {
    /// All of them, ascending.
    pub const ALL: [Self; 9] = [
        Self::Px16,
        Self::Px32,
        Self::Px64,
        Self::Px128,
        Self::Px256,
        Self::Px512,
        Self::Px1024,
        Self::Px2048,
        Self::Px4096,
    ];

    /// The size of that many pixels, if Discord serves it.
    pub fn from_pixels(pixels: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.pixels() == pixels)
    }

    /// Its pixels.
    pub const fn pixels(self) -> u16 {
        self as u16
    }
}

/// The URL of a user's avatar, or of the default one that Discord shows instead, which has one size. There are five default avatars
/// for old names, which have a discriminator, and six for unique names.
///
/// ```
/// use domain::{ImageSize, UserId, avatar_url};
///
/// let anna = UserId::new(158_908_186_768_937_126);
/// assert_eq!(
///     avatar_url(anna, Some("a_8342729096ea3675442027381ff50dfe"), None, Some(ImageSize::Px64)),
///     "https://cdn.discordapp.com/avatars/158908186768937126/a_8342729096ea3675442027381ff50dfe.gif?size=64",
/// );
/// assert_eq!(avatar_url(anna, None, None, Some(ImageSize::Px64)), "https://cdn.discordapp.com/embed/avatars/1.png");
/// assert_eq!(avatar_url(anna, None, Some(1234), None), "https://cdn.discordapp.com/embed/avatars/4.png");
/// ```
pub fn avatar_url(user: UserId, avatar: Option<&str>, discriminator: Option<u16>, size: Option<ImageSize>) -> String {
    match avatar.filter(|hash| is_image_hash(hash)) {
        Some(hash) => picture("avatars", user.get(), hash, size),
        None => {
            let index = discriminator.map_or((user.get() >> 22) % 6, |number| u64::from(number % 5));
            format!("{CDN}/embed/avatars/{index}.png")
        }
    }
}

/// The URL of a guild's icon; `None` when it has none.
///
/// ```
/// use domain::{GuildId, icon_url};
///
/// let guild = GuildId::new(272_120_529_715_212_344);
/// assert_eq!(
///     icon_url(guild, Some("f78426a064bc9dd24847519259bc42af"), None).as_deref(),
///     Some("https://cdn.discordapp.com/icons/272120529715212344/f78426a064bc9dd24847519259bc42af.png"),
/// );
/// assert_eq!(icon_url(guild, None, None), None);
/// ```
pub fn icon_url(guild: GuildId, icon: Option<&str>, size: Option<ImageSize>) -> Option<String> {
    icon.filter(|hash| is_image_hash(hash)).map(|hash| picture("icons", guild.get(), hash, size))
}

/// Animated pictures are named `a_…`.
fn picture(kind: &str, id: u64, hash: &str, size: Option<ImageSize>) -> String {
    let extension = if hash.starts_with("a_") { "gif" } else { "png" };
    let query = size.map(|size| format!("?size={}", size.pixels())).unwrap_or_default();
    format!("{CDN}/{kind}/{id}/{hash}.{extension}{query}")
}

/// Discord's hashes have 32 digits, after `a_` if the picture is animated. Bounded here in case they become longer.
const MAX_HASH_BYTES: usize = 64;

/// Whether a text from outside is the hash of a picture: what may stand in a URL, and may be kept.
pub(super) fn is_image_hash(text: &str) -> bool {
    let digits = text.strip_prefix("a_").unwrap_or(text);
    (1..=MAX_HASH_BYTES).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: UserId = UserId::new(80_351_110_224_678_912);
    const GUILD: GuildId = GuildId::new(197_038_439_483_310_086);

    #[test]
    fn a_size_is_a_power_of_two_that_discord_serves() {
        let served: Vec<_> = (0..=u16::MAX).filter(|pixels| ImageSize::from_pixels(*pixels).is_some()).collect();
        assert_eq!(served, [16, 32, 64, 128, 256, 512, 1024, 2048, 4096]);
    }

    #[test]
    fn animated_pictures_are_gifs() {
        let still = avatar_url(USER, Some("8342729096ea3675442027381ff50dfe"), Some(1234), None);
        assert_eq!(still, "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png");
        let moving = icon_url(GUILD, Some("a_f78426a064bc9dd24847519259bc42af"), Some(ImageSize::Px4096));
        assert_eq!(
            moving.unwrap(),
            "https://cdn.discordapp.com/icons/197038439483310086/a_f78426a064bc9dd24847519259bc42af.gif?size=4096"
        );
    }

    #[test]
    fn a_default_avatar_goes_by_the_id_and_has_one_size() {
        for (id, index) in [(1, 0), (1 << 22, 1), (5 << 22, 5), (6 << 22, 0), (u64::MAX, ((1_u64 << 42) - 1) % 6)] {
            let url = format!("https://cdn.discordapp.com/embed/avatars/{index}.png");
            assert_eq!(avatar_url(UserId::new(id), None, None, None), url);
            assert_eq!(avatar_url(UserId::new(id), None, None, Some(ImageSize::Px16)), url);
        }
    }

    #[test]
    fn the_default_avatar_of_an_old_name_goes_by_the_discriminator() {
        for (discriminator, index) in [(1, 1), (5, 0), (1234, 4), (1337, 2), (9999, 4)] {
            let url = format!("https://cdn.discordapp.com/embed/avatars/{index}.png");
            assert_eq!(avatar_url(USER, None, Some(discriminator), None), url);
        }
    }

    #[test]
    fn only_a_hash_reaches_a_url() {
        for hash in [
            "",
            "../embed",
            "a/b",
            "a?size=1",
            "a.png",
            "a#b",
            "a b",
            "ä",
            "a%2e",
            "a\n",
            "\"onerror",
            "a_",
            "_a",
            "a__b",
            &"f".repeat(65),
        ] {
            assert_eq!(avatar_url(USER, Some(hash), None, None), avatar_url(USER, None, None, None), "{hash:?}");
            assert_eq!(icon_url(GUILD, Some(hash), None), None, "{hash:?}");
        }
    }
}
