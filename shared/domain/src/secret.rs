//! Secrets: types that redact in `Debug`, cannot be cloned, serialized or displayed, are wiped when dropped,
//! and have one method that gives them up.

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(zeroize::Zeroizing<String>);

        impl $name {
            /// Takes the secret in.
            pub fn new(text: String) -> Self {
                Self(zeroize::Zeroizing::new(text))
            }

            /// Gives the secret up: to the one who must have it, never to a log or an error.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}
pub(super) use secret;

secret! {
    /// Discord's access token of one user: opaque, lives 7 days.
    AccessToken
}

secret! {
    /// Discord's refresh token of one user: opaque, dead after its first use.
    RefreshToken
}

secret! {
    /// The client secret of our application at Discord.
    ClientSecret
}

secret! {
    /// The token of our application's bot.
    BotToken
}
