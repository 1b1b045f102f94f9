//! What is kept between two commands: one token for each service, in a file that its owner alone can read.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Variables;
use domain::{Presented, SessionId, Token};
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::origin::Origin;

/// A session's token, and where it came from.
#[derive(Clone)]
pub(super) struct Credential {
    token: Arc<Token>,
    session_id: SessionId,
    source: Source,
}

/// Where a credential came from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// `GUILDPASS_TOKEN`.
    Environment,
    /// The standard input.
    Input,
    /// The file.
    Kept,
}

/// The text is no credential of a user.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum NoCredential {
    #[error("is not a guildpass token")]
    Malformed,
    #[error("is an app's token; use a session or API token of a user")]
    OfAnApp,
}

impl Credential {
    /// What the environment gives.
    pub(super) fn given(text: &str) -> Result<Self, Failure> {
        Self::parse(text, Source::Environment).map_err(|error| Failure::Usage(format!("GUILDPASS_TOKEN {error}.")))
    }

    /// What somebody hands in.
    pub(super) fn typed(text: &str) -> Result<Self, NoCredential> {
        Self::parse(text, Source::Input)
    }

    /// What is kept, or is to be.
    pub(super) fn to_keep(text: &str) -> Result<Self, NoCredential> {
        Self::parse(text, Source::Kept)
    }

    /// Nothing but a token leaves this machine: what looks like none is refused here.
    fn parse(text: &str, source: Source) -> Result<Self, NoCredential> {
        match Presented::parse(text) {
            Ok(Presented::Session { session_id, .. }) => {
                Ok(Self { token: Arc::new(Token::new(text.to_owned())), session_id, source })
            }
            Ok(Presented::App { .. }) => Err(NoCredential::OfAnApp),
            Err(_) => Err(NoCredential::Malformed),
        }
    }

    pub(super) fn reveal(&self) -> &str {
        self.token.reveal()
    }

    pub(super) fn session_id(&self) -> SessionId {
        self.session_id
    }

    pub(super) fn source(&self) -> Source {
        self.source
    }
}

/// The kept credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("Cannot find the credentials folder: set XDG_CONFIG_HOME or HOME.")]
    Nowhere,
    #[error(
        "{path} can be read by others (mode {mode:o}) and was not used. Run `chmod 600 {path}`. \
         If others may have read it, revoke your sessions.",
        path = path.display()
    )]
    OpenToOthers { path: PathBuf, mode: u32 },
    #[error("{} is not a credentials file. Delete it and sign in again.", .0.display())]
    Malformed(PathBuf),
    #[error("{} cannot be used", path.display())]
    Failed { path: PathBuf, source: std::io::Error },
}

/// Tokens by the origin that they are of.
type Entries = BTreeMap<String, Entry>;

#[derive(Serialize, Deserialize)]
struct Entry {
    token: String,
}

/// The file of kept credentials.
pub(super) struct Credentials {
    folder: PathBuf,
}

impl Credentials {
    /// `guildpass/credentials.json` in the user's folder for such, as the XDG base directories say.
    pub(super) fn of_this_user(variables: &Variables) -> Result<Self, Unusable> {
        let absolute = |name| variables.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let configuration = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
        Ok(Self { folder: configuration.ok_or(Unusable::Nowhere)?.join("guildpass") })
    }

    /// The one of that service.
    pub(super) fn of(&self, origin: &Origin) -> Result<Option<Credential>, Unusable> {
        let mut entries = self.read()?;
        let Some(entry) = entries.remove(&origin.to_string()) else { return Ok(None) };
        Credential::to_keep(&entry.token).map(Some).map_err(|_| Unusable::Malformed(self.file()))
    }

    /// Whether one could be kept: asked before somebody signs in for nothing.
    pub(super) fn require_writable(&self) -> Result<(), Unusable> {
        let _lock = self.lock()?;
        self.read().map(drop)
    }

    /// Keeps one for that service, in place of an older one.
    pub(super) fn keep(&self, origin: &Origin, credential: &Credential) -> Result<(), Unusable> {
        let token = credential.reveal().to_owned();
        self.change(|entries| drop(entries.insert(origin.to_string(), Entry { token })))
    }

    /// Forgets the one of that service.
    pub(super) fn forget(&self, origin: &Origin) -> Result<(), Unusable> {
        self.change(|entries| drop(entries.remove(&origin.to_string())))
    }

    /// One changes it at a time, and it is always whole: a new file takes the place of the old one.
    fn change(&self, change: impl FnOnce(&mut Entries)) -> Result<(), Unusable> {
        let _lock = self.lock()?;
        let mut entries = self.read()?;
        change(&mut entries);
        let text = serde_json::to_string_pretty(&entries).map_err(|_| Unusable::Malformed(self.file()))?;
        let new = self.folder.join("credentials.json.new");
        let written = write_anew(&new, &text).and_then(|()| std::fs::rename(&new, self.file()));
        written.map_err(|source| Unusable::Failed { path: self.file(), source })
    }

    fn read(&self) -> Result<Entries, Unusable> {
        let path = self.file();
        match read_own(&path) {
            Ok((mode, _)) if mode & 0o077 != 0 => Err(Unusable::OpenToOthers { path, mode }),
            Ok((_, text)) => serde_json::from_str(&text).map_err(|_| Unusable::Malformed(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Entries::new()),
            Err(source) => Err(Unusable::Failed { path, source }),
        }
    }

    fn lock(&self) -> Result<File, Unusable> {
        let path = self.folder.join("credentials.lock");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        let locked = made.and_then(|()| {
            let file = File::options().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            file.lock().map(|()| file)
        });
        locked.map_err(|source| Unusable::Failed { path, source })
    }

    fn file(&self) -> PathBuf {
        self.folder.join("credentials.json")
    }
}

/// A file's mode and text; both of the file that was opened, whatever its name means a moment later.
fn read_own(path: &Path) -> std::io::Result<(u32, String)> {
    let mut file = File::open(path)?;
    let mode = file.metadata()?.mode() & 0o777;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((mode, text))
}

fn write_anew(path: &Path, text: &str) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        // Left by a command that was killed.
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
