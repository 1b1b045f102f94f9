//! The Discord client against the stand-in, method by method, and against servers that answer what the stand-in never would.

#[cfg(test)]
mod add_member;
#[cfg(test)]
mod authorization;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod discord;
#[cfg(test)]
mod guilds;
#[cfg(test)]
mod misbehaves;
#[cfg(test)]
mod tokens;
