//! What a program's own name of itself says of the device, in a word or three.

/// In this order: those that name others too come first.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];
const MOST_CHARS: usize = 32;

/// A name that is too long ends in an ellipsis: that it goes on is to be seen.
fn shortened(name: &str) -> String {
    if name.chars().nth(MOST_CHARS).is_none() {
        return name.to_owned();
    }
    name.chars().take(MOST_CHARS - 1).chain(['…']).collect()
}

/// `Firefox on Linux`, `curl`: a guess, for people to tell their devices apart, and nothing to rely on.
pub fn device(user_agent: &str) -> String {
    let found = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    let product = user_agent.split(['/', ' ', '(']).find(|word| !word.is_empty()).unwrap_or("Unknown");
    if product != "Mozilla" {
        return shortened(product);
    }
    match (found(&BROWSERS).unwrap_or("A browser"), found(&SYSTEMS)) {
        (browser, Some(system)) => format!("{browser} on {system}"),
        (browser, None) => browser.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_called_as_people_call_them() {
        for (user_agent, called) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPad",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            ("Mozilla/5.0", "A browser"),
            ("curl/8.14.1", "curl"),
            ("python-requests/2.32.5", "python-requests"),
            ("DiscordBot (https://example.com, 1.0)", "DiscordBot"),
            ("/", "Unknown"),
            (&"ü".repeat(32), &"ü".repeat(32)),
            (&"ü".repeat(256), &format!("{}…", "ü".repeat(31))),
        ] {
            assert_eq!(device(user_agent), called, "{user_agent}");
        }
    }
}
