//! Permissions: what an app can be authorized for. The operator writes the catalogue; nothing that is not in it has any effect.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// The type of subject that a permission applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A guild. Granted by a user who can manage it.
    Guild,
    /// A user. Granted by the user.
    User,
}

impl SubjectKind {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guild => "guild",
            Self::User => "user",
        }
    }
}

/// The text names no kind of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be guild or user")]
pub struct UnknownSubject;

impl FromStr for SubjectKind {
    type Err = UnknownSubject;

    fn from_str(text: &str) -> Result<Self, UnknownSubject> {
        [Self::Guild, Self::User].into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownSubject)
    }
}

/// A permission's name: `UPPER_SNAKE`, at most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from, extend("pattern" = "^[A-Z][A-Z0-9_]{0,63}$", "examples" = ["VIEW_CASES", "READ_PROFILE"]))]
pub struct PermissionName(String);

impl PermissionName {
    const MOST_CHARS: usize = 64;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PermissionName {
    type Error = MalformedCatalogue;

    fn try_from(name: String) -> Result<Self, MalformedCatalogue> {
        let is_upper_snake = name.starts_with(|char: char| char.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if is_upper_snake && name.len() <= Self::MOST_CHARS {
            return Ok(Self(name));
        }
        Err(MalformedCatalogue(format!("`{name}` is not a name in UPPER_SNAKE of at most 64 characters")))
    }
}

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(!deny_unknown_fields)]
pub struct Permission {
    /// Name for programs.
    pub name: PermissionName,
    /// What the permission allows, for the user who grants it: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200), example = &"See the cases of this server")]
    pub description: String,
    /// What the permission applies to.
    pub subject: SubjectKind,
}

/// Everything that an app can be authorized for, in the operator's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue(Vec<Permission>);

/// The text is no catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedCatalogue(String);

/// The names make no set of permissions that could be granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitPermissions {
    /// Not one.
    #[error("must have at least one permission")]
    Empty,
    /// Not in the catalogue.
    #[error("has an unknown permission: GET /permissions lists them")]
    Unknown,
    /// About something else.
    #[error("has a permission that does not apply to this subject: {0}")]
    OtherSubject(PermissionName),
    /// More than once.
    #[error("has a permission twice: {0}")]
    Twice(PermissionName),
}

impl Catalogue {
    const MOST_ENTRIES: usize = 100;
    const MOST_DESCRIBED: usize = 200;

    /// Its entries.
    pub fn entries(&self) -> &[Permission] {
        &self.0
    }

    /// The set that these names make, about subjects of that kind.
    pub fn choose(&self, kind: SubjectKind, names: &[String]) -> Result<Permissions, UnfitPermissions> {
        if names.is_empty() {
            return Err(UnfitPermissions::Empty);
        }
        let mut chosen = Vec::new();
        for name in names {
            let entry = self.0.iter().find(|entry| entry.name.as_str() == name).ok_or(UnfitPermissions::Unknown)?;
            if entry.subject != kind {
                return Err(UnfitPermissions::OtherSubject(entry.name.clone()));
            }
            if chosen.contains(&entry.name) {
                return Err(UnfitPermissions::Twice(entry.name.clone()));
            }
            chosen.push(entry.name.clone());
        }
        Ok(self.effective(kind, &Permissions(chosen)))
    }

    /// What of a granted set still has effect, in the catalogue's order: what the operator has taken out has none.
    pub fn effective(&self, kind: SubjectKind, granted: &Permissions) -> Permissions {
        let of_kind = self.0.iter().filter(|entry| entry.subject == kind).map(|entry| &entry.name);
        Permissions(of_kind.filter(|name| granted.contain(name)).cloned().collect())
    }

    fn checked(entries: Vec<Permission>) -> Result<Self, MalformedCatalogue> {
        if entries.len() > Self::MOST_ENTRIES {
            return Err(MalformedCatalogue(format!("has more than {} permissions", Self::MOST_ENTRIES)));
        }
        for (place, Permission { name, description, .. }) in entries.iter().enumerate() {
            if entries.iter().take(place).any(|entry| entry.name == *name) {
                return Err(MalformedCatalogue(format!("has {name} twice")));
            }
            let fits = !description.trim().is_empty()
                && description.chars().count() <= Self::MOST_DESCRIBED
                && !description.chars().any(text::is_deceptive);
            if !fits {
                return Err(MalformedCatalogue(format!(
                    "describes {name} with other than 1 to 200 visible characters"
                )));
            }
        }
        Ok(Self(entries))
    }
}

impl FromStr for Catalogue {
    type Err = MalformedCatalogue;

    /// Reads a JSON list of `{"name", "description", "subject": "guild" | "user"}`.
    fn from_str(text: &str) -> Result<Self, MalformedCatalogue> {
        Self::checked(serde_json::from_str(text).map_err(|problem| MalformedCatalogue(problem.to_string()))?)
    }
}

/// The names of granted permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("uniqueItems" = true))]
pub struct Permissions(Vec<PermissionName>);

impl Permissions {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one is among them.
    pub fn contain(&self, name: &PermissionName) -> bool {
        self.0.contains(name)
    }

    /// Whether one of that name is among them.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|other| other == name)
    }

    /// Those of them that a list with commas names, each once; `None` if it names another.
    pub fn subset(&self, list: &str) -> Option<Self> {
        let names: Vec<_> = list.split(',').filter(|_| !list.is_empty()).collect();
        let chosen: Vec<_> = self.0.iter().filter(|name| names.contains(&name.as_str())).cloned().collect();
        (chosen.len() == names.len()).then_some(Self(chosen))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(PermissionName::as_str)
    }

    /// As they were kept; what is no name is left out, as it has no effect.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().filter_map(|name| PermissionName::try_from(name.to_owned()).ok()).collect())
    }
}

impl fmt::Display for PermissionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOGUE: &str = r#"[
        {"name": "READ", "description": "Read", "subject": "guild"},
        {"name": "WRITE", "description": "Write", "subject": "guild"},
        {"name": "NAME", "description": "Name", "subject": "user"}
    ]"#;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_choice_is_known_about_the_subject_and_said_once() {
        let catalogue: Catalogue = CATALOGUE.parse().unwrap();
        let choose = |kind, chosen: &[&str]| catalogue.choose(kind, &names(chosen));
        let chosen = choose(SubjectKind::Guild, &["WRITE", "READ"]).unwrap();
        assert_eq!(chosen.names().collect::<Vec<_>>(), ["READ", "WRITE"], "in the catalogue's order");
        assert_eq!(choose(SubjectKind::Guild, &[]), Err(UnfitPermissions::Empty));
        assert_eq!(choose(SubjectKind::Guild, &["read"]), Err(UnfitPermissions::Unknown));
        assert!(matches!(choose(SubjectKind::Guild, &["NAME"]), Err(UnfitPermissions::OtherSubject(_))));
        assert!(matches!(choose(SubjectKind::Guild, &["READ", "READ"]), Err(UnfitPermissions::Twice(_))));
    }

    #[test]
    fn a_subset_names_what_is_there_each_once() {
        let all = Permissions::from_names(["READ", "WRITE"]);
        for (list, subset) in [
            ("", Some(&[][..])),
            ("WRITE", Some(&["WRITE"])),
            ("WRITE,READ", Some(&["READ", "WRITE"])),
            ("READ,READ", None),
            ("READ,", None),
            ("FLY", None),
            ("read", None),
        ] {
            let subset = subset.map(|names| Permissions::from_names(names.iter().copied()));
            assert_eq!(all.subset(list), subset, "{list:?}");
        }
    }

    #[test]
    fn what_is_taken_out_of_the_catalogue_has_no_effect() {
        let catalogue: Catalogue = CATALOGUE.parse().unwrap();
        let granted = Permissions::from_names(["READ", "GONE", "NAME"]);
        assert_eq!(catalogue.effective(SubjectKind::Guild, &granted), Permissions::from_names(["READ"]));
        assert!(catalogue.effective(SubjectKind::User, &Permissions::from_names(["READ"])).is_empty());
    }

    #[test]
    fn a_catalogue_is_checked_as_a_whole() {
        assert_eq!("[]".parse::<Catalogue>().unwrap().entries(), []);
        let entry = |name: &str, description: &str| {
            format!(r#"{{"name": "{name}", "description": "{description}", "subject": "guild"}}"#)
        };
        let long = "x".repeat(201);
        for (text, said) in [
            ("{}".to_owned(), "expected a sequence"),
            ("[".to_owned(), "EOF"),
            (format!("[{}]", entry("read", "d")), "`read` is not a name in UPPER_SNAKE"),
            (format!("[{}]", entry(&"X".repeat(65), "d")), "is not a name in UPPER_SNAKE"),
            (format!("[{}]", entry("_X", "d")), "is not a name in UPPER_SNAKE"),
            (format!("[{0},{0}]", entry("READ", "d")), "has READ twice"),
            (format!("[{}]", entry("READ", " ")), "describes READ"),
            (format!("[{}]", entry("READ", &long)), "describes READ"),
            (format!("[{}]", entry("READ", "a\u{202E}b")), "describes READ"),
            (r#"[{"name": "READ", "description": "d", "subject": "app"}]"#.to_owned(), "unknown variant `app`"),
            (r#"[{"name": "READ", "description": "d", "subject": "user", "x": 1}]"#.to_owned(), "unknown field `x`"),
        ] {
            let problem = text.parse::<Catalogue>().unwrap_err().to_string();
            assert!(problem.contains(said), "{problem}");
        }
        let many: Vec<_> = (0..101).map(|number| entry(&format!("P{number}"), "d")).collect();
        assert!(format!("[{}]", many.join(",")).parse::<Catalogue>().is_err());
    }
}
