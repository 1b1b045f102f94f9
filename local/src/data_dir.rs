//! What survives a restart: the tables, the stand-in's grants, the sealing key. Readable by their owner alone, and used by one
//! service at a time.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::database_file::{InvalidDatabase, holds_tables};

/// A folder cannot be used to keep data. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("{} cannot be used to keep data", path.display())]
    Failed { path: PathBuf, source: std::io::Error },
    #[error(
        "{} is in use by another guildpass. End that one, or choose another folder with --data-dir (--memory needs none).",
        .0.display()
    )]
    InUse(PathBuf),
    #[error(transparent)]
    Database(#[from] InvalidDatabase),
    #[error(
        "{} is missing, empty or damaged, and {} holds data that was sealed with it. Put a copy of the key back, or move the folder away to start with no data. Nothing was changed.",
        key.display(), tables.display()
    )]
    KeyLost { key: PathBuf, tables: PathBuf },
    #[error(
        "{} does not hold a sealing key. Put a copy of the key back, or delete the file to have a new one made. Nothing was changed.",
        .0.display()
    )]
    InvalidKey(PathBuf),
}

const TABLES: &str = "dynamodb.sqlite";
const KEY_BYTES: usize = 32;

/// A folder that holds a service's data, locked for as long as this lives.
pub(crate) struct DataDir {
    path: PathBuf,
    has_tables: bool,
    /// Unlocked by the system when the process ends, however it ends.
    _lock: File,
}

impl DataDir {
    /// Makes the folder if it is not there, and refuses one that another service uses, or whose database is not ours to use.
    pub(crate) fn open(path: &Path) -> Result<Self, Unusable> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| Unusable::Failed { path: path.to_owned(), source })?;
        let lock = lock(path)?;
        let has_tables = holds_tables(&path.join(TABLES))?;
        Ok(Self { path: path.to_owned(), has_tables, _lock: lock })
    }

    /// The embedded engine's file of a folder, if it is there. A service may be using it.
    pub(crate) fn tables_in(path: &Path) -> Result<Option<PathBuf>, InvalidDatabase> {
        let path = path.join(TABLES);
        Ok(holds_tables(&path)?.then_some(path))
    }

    /// The embedded engine's file, made if it is not there: SQLite gives the files beside it the same mode.
    pub(crate) fn tables(&self) -> Result<PathBuf, Unusable> {
        let path = self.path.join(TABLES);
        match own_file(&path) {
            Err(source) if source.kind() != ErrorKind::AlreadyExists => Err(Unusable::Failed { path, source }),
            _ => Ok(path),
        }
    }

    /// The stand-in's grants.
    pub(crate) fn grants(&self) -> PathBuf {
        self.path.join("discord.json")
    }

    /// The text of the sealing key. Made of `random` when there is none yet, and no data that an earlier one has sealed.
    pub(crate) fn sealing_key(&self, random: [u8; KEY_BYTES]) -> Result<String, Unusable> {
        let path = self.path.join("sealing-key");
        match std::fs::read(&path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) if is_key(&text) => Ok(text),
                // Of a start that broke off.
                Ok(text) if text.is_empty() => self.new_sealing_key(path, random),
                _ if self.has_tables => Err(self.key_lost(path)),
                _ => Err(Unusable::InvalidKey(path)),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => self.new_sealing_key(path, random),
            Err(source) => Err(Unusable::Failed { path, source }),
        }
    }

    /// Whole, or not there: it takes its name when it is written.
    fn new_sealing_key(&self, path: PathBuf, random: [u8; KEY_BYTES]) -> Result<String, Unusable> {
        if self.has_tables {
            return Err(self.key_lost(path));
        }
        let (text, beside) = (key_text(random), path.with_added_extension("new"));
        let written = remove_leftover(&beside)
            .and_then(|()| own_file(&beside))
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&beside, &path));
        written.map_err(|source| Unusable::Failed { path, source })?;
        Ok(text)
    }

    fn key_lost(&self, key: PathBuf) -> Unusable {
        Unusable::KeyLost { key, tables: self.path.join(TABLES) }
    }
}

fn lock(folder: &Path) -> Result<File, Unusable> {
    let path = folder.join("lock");
    let opened = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = opened.map_err(|source| Unusable::Failed { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Unusable::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(Unusable::Failed { path, source }),
    }
}

/// A new file that its owner alone can read.
fn own_file(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// What a start left behind that broke off.
fn remove_leftover(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_key(text: &str) -> bool {
    text.len() == 2 * KEY_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A sealing key's text, made of random bytes.
pub(crate) fn key_text(random: [u8; KEY_BYTES]) -> String {
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
