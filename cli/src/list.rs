//! Lists: all of their pages, filtered and cut as the flags say.

use std::num::NonZeroUsize;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::api::SignedIn;
use super::failure::Failure;
use super::output::Output;

/// A service that never comes to an end is not one of ours.
const MAX_PAGES: usize = 1000;

/// Flags of every list.
#[derive(clap::Args, Clone, Default)]
pub(super) struct ListFlags {
    /// Maximum number of entries to show
    #[arg(long, value_name = "COUNT")]
    limit: Option<NonZeroUsize>,

    /// Show only entries whose name contains this text (case-insensitive)
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
}

impl ListFlags {
    /// What is set here, and what `others` set beside it.
    pub(super) fn or(self, others: Self) -> Self {
        Self { limit: self.limit.or(others.limit), name: self.name.or(others.name) }
    }

    /// They stand before a subcommand that lists nothing.
    pub(super) fn require_unset(&self) -> Result<(), Failure> {
        match (self.limit, &self.name) {
            (None, None) => Ok(()),
            _ => Err(Failure::Usage("--limit and --name can only be used with lists.".to_owned())),
        }
    }

    fn keep(&self, name: Option<&Value>) -> bool {
        let contains = |wanted: &String| {
            let name = name.and_then(Value::as_str).unwrap_or_default();
            name.to_lowercase().contains(&wanted.to_lowercase())
        };
        self.name.as_ref().is_none_or(contains)
    }
}

/// A list of the API's: where it is, and which parts of it are meant.
pub(super) struct List<'a> {
    /// Its path.
    pub(super) path: &'a str,
    /// Parameters of every request for it.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// The field of the answer that holds the entries.
    pub(super) field: &'static str,
    /// Where an entry's name is, as a JSON pointer.
    pub(super) name: &'static str,
}

/// The entries that were asked for.
pub(super) struct Listing {
    entries: Vec<Value>,
    /// The first page, without its entries.
    document: Value,
    field: &'static str,
    /// The answer to the character, if it is the whole list and all of it was asked for.
    unchanged: Option<String>,
    was_cut: bool,
}

impl List<'_> {
    /// Fetches every page until there are as many entries as `flags` ask for. `keep` is asked about each.
    pub(super) async fn fetch(
        &self,
        me: &SignedIn<'_>,
        flags: &ListFlags,
        keep: impl Fn(&Value) -> bool,
    ) -> Result<Listing, Failure> {
        let limit = flags.limit.map_or(usize::MAX, NonZeroUsize::get);
        let mut listing =
            Listing { entries: vec![], document: Value::Null, field: self.field, unchanged: None, was_cut: false };
        let mut cursor: Option<String> = None;
        for page in 0..MAX_PAGES {
            let query = self.query.iter().copied().chain(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let answer = me.get_with(self.path, query).await?;
            let mut document: Value = answer.read()?;
            let entries = document.get_mut(self.field).and_then(Value::as_array_mut).map(std::mem::take);
            let entries = entries.ok_or_else(|| me.not_guildpass(&format!("its response has no `{}`", self.field)))?;
            let count = entries.len();
            listing
                .entries
                .extend(entries.into_iter().filter(|entry| flags.keep(entry.pointer(self.name)) && keep(entry)));
            cursor = document.get("next").and_then(Value::as_str).map(str::to_owned);
            if page == 0 {
                let is_whole = cursor.is_none() && listing.entries.len() == count && count <= limit;
                listing.unchanged = is_whole.then_some(answer.text);
                listing.document = document;
            }
            if listing.entries.len() > limit || cursor.is_none() {
                listing.was_cut = listing.entries.len() > limit;
                listing.entries.truncate(limit);
                return Ok(listing);
            }
        }
        Err(me.not_guildpass("its list does not end"))
    }
}

impl Listing {
    /// Prints it: as JSON for a program, as what `show` makes of its entries for people.
    pub(super) fn print<T: DeserializeOwned>(
        self,
        me: &SignedIn<'_>,
        output: &Output,
        show: impl FnOnce(&[T]) -> String,
    ) -> Result<(), Failure> {
        if output.is_json() {
            output.print(&self.into_json());
            return Ok(());
        }
        let was_cut = self.was_cut;
        let entries: Vec<T> = serde_json::from_value(Value::Array(self.entries))
            .map_err(|error| me.not_guildpass(&format!("it returned an unexpected response ({error})")))?;
        output.print(&show(&entries));
        if was_cut {
            output.note("There are more entries. Increase --limit to see them.");
        }
        Ok(())
    }

    /// A field of the first page.
    pub(super) fn get(&self, field: &str) -> Option<&Value> {
        self.document.get(field)
    }

    fn into_json(self) -> String {
        let Self { entries, mut document, field, unchanged, .. } = self;
        if let Some(text) = unchanged {
            return text;
        }
        if let Some(fields) = document.as_object_mut() {
            fields.insert(field.to_owned(), Value::Array(entries));
            // Every page is in it.
            fields.entry("next").and_modify(|next| *next = Value::Null);
        }
        document.to_string()
    }
}
