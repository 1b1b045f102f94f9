//! The embedded engine's file, checked before the engine opens it: the engine makes its tables in any database that it is given.

use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

const SMALLEST_PAGE: u64 = 512;
/// What has to be escaped of a path: all but what separates its parts.
const IN_A_URI: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/');

/// The file cannot be used, and was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidDatabase {
    #[error(
        "{} is not a database of guildpass. Move it away, or choose another folder with --data-dir. The file was not changed.",
        .0.display()
    )]
    Foreign(PathBuf),
    #[error(
        "{} is damaged ({problem}). Put a copy of it back, or move the folder away to start with no data. The file was not changed.",
        path.display()
    )]
    Damaged { path: PathBuf, problem: String },
    #[error("{} cannot be read", path.display())]
    Unreadable { path: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
}

/// Whether the file holds the engine's tables. One that is missing or empty holds none: the engine makes them there.
pub(crate) fn holds_tables(path: &Path) -> Result<bool, InvalidDatabase> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(InvalidDatabase::Unreadable { path: path.to_owned(), source: error.into() }),
        Ok(file) if !file.is_file() => return Err(InvalidDatabase::Foreign(path.to_owned())),
        Ok(file) if file.len() == 0 => return Ok(false),
        // SQLite takes one that is smaller than a page can be for an empty database.
        Ok(file) if file.len() < SMALLEST_PAGE => return Err(InvalidDatabase::Foreign(path.to_owned())),
        Ok(_) => {}
    }
    check(path).map_err(|error| invalid(path, error))?
}

fn check(path: &Path) -> rusqlite::Result<Result<bool, InvalidDatabase>> {
    let database = open_to_read(path)?;
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0));
    if count("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(Ok(false));
    }
    if count("SELECT count(*) FROM sqlite_schema WHERE name = '_tables'")? == 0 {
        return Ok(Err(InvalidDatabase::Foreign(path.to_owned())));
    }
    let tables = count("SELECT count(*) FROM _tables")?;
    if tables > 0 && count("SELECT count(*) FROM _tables WHERE table_name = 'users'")? == 0 {
        return Ok(Err(InvalidDatabase::Foreign(path.to_owned())));
    }
    match database.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?.as_str() {
        "ok" => Ok(Ok(tables > 0)),
        problem => Ok(Err(InvalidDatabase::Damaged { path: path.to_owned(), problem: problem.to_owned() })),
    }
}

/// Changes nothing: without a log beside it, in which writes may wait, none is made either.
fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    }
    let path = percent_encode(path.as_os_str().as_bytes(), IN_A_URI);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)
}

fn invalid(path: &Path, error: rusqlite::Error) -> InvalidDatabase {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => InvalidDatabase::Foreign(path),
        Some(ErrorCode::DatabaseCorrupt) => InvalidDatabase::Damaged { path, problem: error.to_string() },
        _ => InvalidDatabase::Unreadable { path, source: error.into() },
    }
}
