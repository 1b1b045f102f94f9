//! What apps ask by their own token.

mod checks;
mod cursors;
mod deauthorize;
mod self_;
