//! Opening files that are their owner's alone.

use rustix::fs::OFlags;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;

/// A file opened with these is made with mode 0600, and no symbolic link in its place is followed:
/// whoever could put one there would choose what is written to.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // The flag is a small positive number on every system.
    let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    options.mode(0o600).custom_flags(no_link);
    options
}
