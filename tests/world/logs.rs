//! Every line that the suite logs, at every level that our own code and the libraries below it have.

use std::io::Write;
use std::sync::{Mutex, Once, PoisonError};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// From now on every line is kept. Answers where those begin that are written from now on.
pub(super) fn capture() -> usize {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter = "debug,hyper=info,hyper_util=info,aws=info,aws_smithy=info,aws_sdk_dynamodb=info,reqwest=info";
        tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).with_writer(|| Lines).init();
    });
    LINES.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// Whether any line from `since` on holds one of the texts: a world's secrets are not older than the world.
pub(super) fn contain_any(texts: &[String], since: usize) -> bool {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner)[since..].to_vec();
    let lines = String::from_utf8(lines).unwrap();
    texts.iter().any(|text| lines.contains(text.as_str()))
}

/// The lines that hold that text.
pub(crate) fn logged_lines(text: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&lines).lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

/// Whether a text holds anything of the form of a token.
pub(crate) fn contains_secret(text: &str) -> bool {
    ["gpl_", "gpm_", "gpa_", "gpx_"].iter().any(|prefix| {
        text.match_indices(prefix)
            .any(|(start, _)| text[start + 4..].bytes().take_while(u8::is_ascii_alphanumeric).count() >= 40)
    })
}
