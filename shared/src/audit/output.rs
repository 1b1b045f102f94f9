//! Where an audit writes to: a bucket, or a folder of this machine.

use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;

use crate::config::AuditConfig;
use crate::domain::AuditName;

/// Writing one file takes no longer.
pub(super) const WRITE_LIMIT: Duration = Duration::from_secs(15);
const ATTEMPT_LIMIT: Duration = Duration::from_secs(6);

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the audit cannot write {file}")]
pub struct OutputError {
    file: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Where the files go. Writing one again replaces it.
pub(crate) enum Output {
    Bucket { client: aws_sdk_s3::Client, name: String },
    Folder(PathBuf),
}

impl Output {
    pub(crate) fn new(config: &AuditConfig, aws: &SdkConfig) -> Self {
        match config {
            AuditConfig::Folder(folder) => Self::Folder(folder.clone()),
            AuditConfig::Bucket(name) => {
                let limits =
                    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_LIMIT).operation_timeout(WRITE_LIMIT);
                let config = aws_sdk_s3::config::Builder::from(aws).timeout_config(limits.build());
                Self::Bucket { client: aws_sdk_s3::Client::from_conf(config.build()), name: name.clone() }
            }
        }
    }

    /// Writes a file of an audit.
    pub(super) async fn write(&self, audit: &AuditName, file: &str, content: Vec<u8>) -> Result<(), OutputError> {
        let file = format!("sessions/{audit}/{file}");
        let written = match self {
            Self::Folder(folder) => write_file(&folder.join(&file), &content).map_err(Into::into),
            Self::Bucket { client, name } => {
                let put = client.put_object().bucket(name).key(&file).content_type("application/json");
                put.body(ByteStream::from(content)).send().await.map(drop).map_err(Into::into)
            }
        };
        written.map_err(|source| OutputError { file, source })
    }
}

/// Whole or not at all, and readable by its owner alone. Blocks: only the command for one machine writes into a folder.
fn write_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let unfinished = path.with_extension("unfinished");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(content)?;
    std::fs::rename(unfinished, path)
}
