//! The whole suite, one binary.

mod stand_in;
