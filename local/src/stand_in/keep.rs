//! The file that the grants are kept in.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::Error;
use super::grants::Grants;

/// What the file holds; nothing if there is none.
pub(crate) fn read(path: &Path) -> Result<Grants, Error> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|source| Error::Damaged { path: path.into(), source }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Grants::default()),
        Err(source) => Err(Error::Read { path: path.into(), source }),
    }
}

/// Writes beside the file and renames, so that a crash leaves the old or the new one, never half of it.
pub(crate) fn write(path: &Path, grants: &Grants) -> Result<(), Error> {
    let beside = path.with_added_extension("tmp");
    let written = serde_json::to_vec(grants)
        .map_err(std::io::Error::from)
        .and_then(|text| write_private(&beside, &text))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| Error::Write { path: path.into(), source })
}

/// Readable by its owner only: the file holds live tokens. A leftover of an earlier crash is replaced, not reused.
fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
