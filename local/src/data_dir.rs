//! What survives a restart: the tables, the stand-in's grants, the sealing key. Readable by their owner alone.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder cannot be used to keep data.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be used to keep data", path.display())]
pub(crate) struct Unusable {
    path: PathBuf,
    source: std::io::Error,
}

const TABLES: &str = "dynamodb.sqlite";

/// A folder that holds a service's data.
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// Makes the folder if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, Unusable> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| Unusable { path: path.to_owned(), source })?;
        Ok(Self(path.to_owned()))
    }

    /// The embedded engine's file of a folder, if it is there.
    pub(crate) fn tables_in(path: &Path) -> Option<PathBuf> {
        let path = path.join(TABLES);
        path.is_file().then_some(path)
    }

    /// The embedded engine's file, made if it is not there: SQLite gives the files beside it the same mode.
    pub(crate) fn tables(&self) -> Result<PathBuf, Unusable> {
        let path = self.0.join(TABLES);
        match own_file(&path) {
            Err(source) if source.kind() != ErrorKind::AlreadyExists => Err(Unusable { path, source }),
            _ => Ok(path),
        }
    }

    /// The stand-in's grants.
    pub(crate) fn grants(&self) -> PathBuf {
        self.0.join("discord.json")
    }

    /// The text of the sealing key, made of `random` when there is none yet.
    pub(crate) fn sealing_key(&self, random: [u8; 32]) -> Result<String, Unusable> {
        let path = self.0.join("sealing-key");
        match std::fs::read_to_string(&path) {
            // An empty one is of a start that broke off: nothing was ever sealed with it.
            Ok(text) if !text.is_empty() => Ok(text),
            Ok(_) => {
                std::fs::remove_file(&path).map_err(|source| Unusable { path, source })?;
                self.sealing_key(random)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let text = key_text(random);
                let written = own_file(&path).and_then(|mut file| file.write_all(text.as_bytes()));
                written.map_err(|source| Unusable { path, source })?;
                Ok(text)
            }
            Err(source) => Err(Unusable { path, source }),
        }
    }
}

/// A new file that its owner alone can read.
fn own_file(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// A sealing key's text, made of random bytes.
pub(crate) fn key_text(random: [u8; 32]) -> String {
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
