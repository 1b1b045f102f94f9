//! `/sessions`

mod create;
mod current;
mod delete;
mod delete_all;
mod list;
mod sign_ins;
