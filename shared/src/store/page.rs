//! Pages of lists that may be long.

/// Which page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many entries at most.
    pub limit: usize,
    /// Where the page before ended; `None` for the first.
    pub after: Option<String>,
}

/// One page of a list. It can hold fewer entries than there was room for: what has no effect any more is left out.
#[derive(Debug)]
pub struct Paged<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Where the next page begins; `None` when there is none.
    pub next: Option<String>,
    /// How many items were stepped over because they cannot be read.
    pub poison: usize,
}
