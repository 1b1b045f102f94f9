//! The stylesheet, the script and the icon: served under a name that changes with them.

/// One asset.
#[derive(Debug)]
pub struct Asset {
    /// Its file name.
    pub name: &'static str,
    /// What it is.
    pub text: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    version: u64,
}

/// The stylesheet of all pages.
pub const STYLE: Asset =
    Asset::new("style.css", include_str!("../../pages/assets/style.css"), "text/css; charset=utf-8");
/// The script of all pages.
pub const SCRIPT: Asset =
    Asset::new("guildpass.js", include_str!("../../pages/assets/guildpass.js"), "text/javascript; charset=utf-8");

/// The icon.
pub const ICON: Asset = Asset::new("icon.svg", include_str!("../../pages/assets/icon.svg"), "image/svg+xml");

/// A file that browsers and robots look for by its name.
#[derive(Debug)]
pub struct WellKnown {
    /// Where it is served.
    pub path: &'static str,
    /// What it is.
    pub content: Content,
    /// Its media type.
    pub content_type: &'static str,
}

/// What a file holds.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Text.
    Text(&'static str),
    /// Anything else.
    Bytes(&'static [u8]),
}

const WELL_KNOWN: [WellKnown; 2] = [
    WellKnown {
        path: "/favicon.ico",
        content: Content::Bytes(include_bytes!("../../pages/assets/favicon.ico")),
        content_type: "image/x-icon",
    },
    WellKnown {
        path: "/robots.txt",
        content: Content::Text(include_str!("../../pages/assets/robots.txt")),
        content_type: "text/plain; charset=utf-8",
    },
];

/// The file that is looked for under that path.
pub fn well_known(path: &str) -> Option<&'static WellKnown> {
    const { &WELL_KNOWN }.iter().find(|file| file.path == path)
}

impl Asset {
    const fn new(name: &'static str, text: &'static str, content_type: &'static str) -> Self {
        Self { name, text, content_type, version: fnv_1a(text.as_bytes()) }
    }

    /// Where it is served: never another text under the same path.
    pub fn path(&self) -> String {
        format!("/assets/{:016x}/{}", self.version, self.name)
    }
}

/// The asset of that version and name.
pub fn asset_of(version: &str, name: &str) -> Option<&'static Asset> {
    const ALL: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];
    ALL.into_iter().find(|asset| asset.name == name && format!("{:016x}", asset.version) == version)
}

/// The hash of Fowler, Noll and Vo: tells versions apart, and protects nothing.
const fn fnv_1a(bytes: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        #[expect(clippy::indexing_slicing, reason = "a const fn has no iterators, and the loop keeps within bounds")]
        let byte = bytes[at];
        hash = (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_served_under_its_own_version_alone() {
        let path = STYLE.path();
        let version = path.split('/').nth(2).unwrap();
        assert_eq!(asset_of(version, "style.css").unwrap().text, STYLE.text);
        assert!(asset_of(version, "guildpass.js").is_none() && asset_of("0000000000000000", "style.css").is_none());
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8, "the test vector of the hash's authors");
    }
}
