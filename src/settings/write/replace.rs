//! Replacing a file in one step: whoever reads it sees the old text or the new, never half of one.

use super::WriteError;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// More links in a row are taken for a circle.
const MOST_LINKS: usize = 40;

/// Writes the file anew with mode 0600, its folder made with 0700 where it is missing. A symbolic link
/// stays, and what it points to is replaced.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), WriteError> {
    target(path)
        .and_then(|target| write_private(&target, text.as_bytes()))
        .map_err(|source| WriteError::Io { path: path.to_owned(), source })
}

/// Writes a file that is its owner's alone, in one step. A symbolic link in its place is replaced, not
/// followed.
///
/// # Errors
/// What the system says.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Made with mode 0600, and removed again if anything below fails.
    let mut file =
        tempfile::Builder::new().prefix(".bindery-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// The file that a path means in the end, there or not.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let to = match fs::read_link(&path) {
            Ok(to) => to,
            // Not a link, or nothing there.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                return Ok(path);
            }
            Err(error) => return Err(error),
        };
        path = match path.parent() {
            Some(folder) => folder.join(to),
            None => to,
        };
    }
    Err(io::Error::other("too many symbolic links"))
}
