//! Texts that others write, as pages show them: stripped of what deceives the eye, and isolated from the texts around them.

use std::fmt;

use askama::filters::{Escaper, Html, HtmlSafe};

use crate::domain::{Profile, UserId, first_visible, visible};

/// A text by others (Discord, a user, the owner of an app), as an element shows it: `{{ app.name }}`. Attributes and the title, which
/// hold no markup, take [`Shown::isolated`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// The first of `texts` of which something is visible; else `unnamed`, a text of ours.
    pub fn first<'a>(texts: impl IntoIterator<Item = &'a str>, unnamed: &str) -> Self {
        Self(first_visible(texts).unwrap_or_else(|| unnamed.to_owned()))
    }

    /// The name that a user shows, else their unique one, else their id.
    pub fn name_of(profile: &Profile) -> Self {
        let id = profile.id.to_string();
        Self::first([profile.global_name.as_deref().unwrap_or_default(), &profile.username], &id)
    }

    /// The text alone: for values of controls.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The text for an attribute or the title: isolated where it holds letters that are written from right to left.
    pub fn isolated(&self) -> Isolated<'_> {
        Isolated(&self.0)
    }

    /// What stands for a picture.
    pub fn letter(&self) -> String {
        self.0.chars().next().map_or_else(|| "?".to_owned(), |letter| letter.to_uppercase().collect())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<bdi>")?;
        Html.write_escaped_str(&mut *f, &self.0)?;
        f.write_str("</bdi>")
    }
}

impl HtmlSafe for Shown {}

/// A text for attributes: between U+2068 and U+2069 where its direction may not be ours.
#[derive(Clone, Copy, Debug)]
pub struct Isolated<'a>(&'a str);

impl fmt::Display for Isolated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, after] = if self.0.chars().any(is_right_to_left) { ["&#8296;", "&#8297;"] } else { [""; 2] };
        f.write_str(before)?;
        Html.write_escaped_str(&mut *f, self.0)?;
        f.write_str(after)
    }
}

impl HtmlSafe for Isolated<'_> {}

fn is_right_to_left(char: char) -> bool {
    matches!(char,
        '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}')
}

/// A value that a form sends back as it is: what no page shows of it is written as character references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchanged(pub String);

impl fmt::Display for Unchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            ' '..='~' => Html.write_escaped_char(&mut *f, char),
            _ => write!(f, "&#{};", u32::from(char)),
        })
    }
}

impl HtmlSafe for Unchanged {}

/// A user, as pages name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName {
    /// Their name.
    pub name: Shown,
    /// Their unique name and id, to tell them from others of that name.
    pub exact: Shown,
}

impl UserName {
    /// A user by the profile that is kept of them; one of whom none is kept has left.
    pub fn of(user_id: UserId, profile: Option<&Profile>) -> Self {
        let Some(profile) = profile else {
            let name = Shown(format!("a user who left (id {user_id})"));
            return Self { exact: name.clone(), name };
        };
        let username = visible(&profile.username);
        Self { name: Shown::name_of(profile), exact: Shown(format!("@{username}, id {user_id}")) }
    }

    /// A user by their unique name, which nobody else can take.
    pub fn unique(user_id: UserId, profile: Option<&Profile>) -> Self {
        let of = Self::of(user_id, profile);
        let username = profile.map(|profile| visible(&profile.username)).filter(|username| !username.is_empty());
        let name = username.map_or(of.name, |username| Shown(format!("@{username}")));
        Self { name, exact: of.exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(global_name: Option<&str>, username: &str) -> Profile {
        let (id, global_name) = (UserId::new(7), global_name.map(str::to_owned));
        Profile { id, username: username.to_owned(), global_name, avatar: None, discriminator: None, email: None }
    }

    #[test]
    fn a_text_of_others_is_escaped_stripped_and_isolated() {
        let shown = Shown::first(["<b>\u{202E}\"x\""], "Unnamed");
        assert_eq!(shown.to_string(), "<bdi>&#60;b&#62;&#34;x&#34;</bdi>");
        assert_eq!(shown.isolated().to_string(), "&#60;b&#62;&#34;x&#34;");
        let hebrew = Shown::first(["שלום"], "Unnamed");
        assert_eq!(hebrew.isolated().to_string(), "&#8296;שלום&#8297;");
        assert_eq!(Shown::first(["", "\u{3164}"], "Unnamed").text(), "Unnamed");
        assert_eq!(Unchanged("a\u{202E}\"".into()).to_string(), "a&#8238;&#34;");
    }

    #[test]
    fn a_user_is_called_by_the_first_name_that_shows() {
        for (global_name, username, called) in [
            (Some("Anna"), "anna.lindqvist", "Anna"),
            (Some("\u{3164}"), "anna.lindqvist", "anna.lindqvist"),
            (Some(""), "anna.lindqvist", "anna.lindqvist"),
            (None, "anna.lindqvist", "anna.lindqvist"),
            (Some("\u{200B}"), "\u{2800}", "7"),
        ] {
            assert_eq!(Shown::name_of(&profile(global_name, username)).text(), called);
        }
        let left = UserName::of(UserId::new(7), None);
        assert_eq!(left.name.text(), "a user who left (id 7)");
        let anna = UserName::unique(UserId::new(7), Some(&profile(Some("Anna"), "anna.lindqvist")));
        assert_eq!((anna.name.text(), anna.exact.text()), ("@anna.lindqvist", "@anna.lindqvist, id 7"));
    }
}
