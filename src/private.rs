//! Opening files that are their owner's alone, and files that somebody may have swapped for another kind.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A file opened with these is made with mode 0600, and no symbolic link in its place is followed:
/// whoever could put one there would choose what is written to.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // The flag is a small positive number on every system.
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    options.mode(0o600).custom_flags(no_link);
    options
}

/// Opens a plain file to read it, and nothing else: the opening of a pipe would wait for its writer,
/// and no signal could end that.
pub fn open_plain(path: &Path) -> io::Result<File> {
    // The flag is a small positive number on every system.
    let no_wait = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(no_wait).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is no plain file")),
    }
}

/// Whether a file's owner is neither us nor the superuser, and so can change it under our feet.
pub fn of_another(owner: u32) -> bool {
    can_meddle(owner, rustix::process::geteuid().as_raw())
}

fn can_meddle(owner: u32, me: u32) -> bool {
    owner != me && owner != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open_plain(&pipe).unwrap_err().to_string().contains("no plain file"));
    }

    #[test]
    fn only_we_and_the_superuser_may_own_what_steers_us() {
        for (owner, me, meddles) in [
            (1000, 1000, false),
            (0, 1000, false),
            (0, 0, false),
            (1001, 1000, true),
            (1000, 0, true),
        ] {
            assert_eq!(can_meddle(owner, me), meddles, "{owner} {me}");
        }
    }
}
