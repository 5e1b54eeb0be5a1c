//! Another file in the place of the state: prepared beside it, then moved in, whatever stops us midway.
//!
//! The new file is written as `replacing/part.db`. Renamed to `replacing/new.db` it is complete, and
//! from then on the next start finishes what a crash has cut short: the old files go into `replacing`,
//! the new one takes their place, and the folder gets a name that stays. Nothing is deleted.

use super::error::{StoreError, from_io};
use super::{STATE_FILE, files};
use jiff::Timestamp;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const STAGE: &str = "replacing";
const PART: &str = "part.db";
const NEW: &str = "new.db";

/// The state file and what SQLite keeps beside it.
pub(super) const FILES: [&str; 3] = [STATE_FILE, "state.db-wal", "state.db-shm"];

/// The place for the new file: an empty one, its owner's alone. The state must be locked to others.
pub(super) fn stage(dir: &Path) -> Result<PathBuf, StoreError> {
    let stage = dir.join(STAGE);
    files::prepare_folder(&stage)?;
    let part = stage.join(PART);
    clear(&stage)?;
    files::prepare_file(&part)?;
    Ok(part)
}

/// Puts the staged file in the state's place; says where the files before it lie.
pub(super) fn put_in_place(dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    let stage = dir.join(STAGE);
    let part = stage.join(PART);
    let file = File::open(&part).map_err(|error| from_io(&part, error))?;
    file.sync_all().map_err(|error| from_io(&part, error))?;
    rename(&part, &stage.join(NEW))?;
    sync(&stage)?;
    finish(dir)
}

/// Finishes a replacement that was decided on; nothing is done where there is none.
pub(super) fn finish(dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    let stage = dir.join(STAGE);
    if !exists(&stage)? {
        return Ok(None);
    }
    if exists(&stage.join(NEW))? {
        for name in FILES {
            if exists(&dir.join(name))? {
                rename(&dir.join(name), &stage.join(name))?;
            }
        }
        sync(&stage)?;
        rename(&stage.join(NEW), &dir.join(STATE_FILE))?;
        sync(dir)?;
    }
    clear(&stage)?;
    let mut kept = FILES.iter().map(|name| exists(&stage.join(name)));
    if !kept.try_fold(false, |any, here| Ok::<_, StoreError>(any | here?))? {
        // There was none before, or nothing was decided on.
        fs::remove_dir(&stage).map_err(|error| from_io(&stage, error))?;
        return Ok(None);
    }
    let kept = free_name(dir)?;
    rename(&stage, &kept)?;
    sync(dir)?;
    Ok(Some(kept))
}

/// A replacement that a crash has cut short, and that the next start finishes.
pub(super) fn cut_short(dir: &Path) -> Option<PathBuf> {
    let stage = dir.join(STAGE);
    stage.is_dir().then_some(stage)
}

/// Takes away a file that was not completed, and what SQLite keeps beside it.
fn clear(stage: &Path) -> Result<(), StoreError> {
    let of_part = ["", "-journal", "-wal", "-shm"];
    of_part.iter().try_for_each(|end| remove(&stage.join(format!("{PART}{end}"))))
}

fn free_name(dir: &Path) -> Result<PathBuf, StoreError> {
    let name = format!("set-aside-{}", stamp(Timestamp::now()));
    for number in 1.. {
        let name = if number == 1 { name.clone() } else { format!("{name}-{number}") };
        if !exists(&dir.join(&name))? {
            return Ok(dir.join(name));
        }
    }
    Ok(dir.join(name))
}

/// A time as a part of a file's name.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H%M%SZ").to_string()
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|error| from_io(path, error))
}

fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|error| from_io(from, error))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(from_io(path, error)),
        _ => Ok(()),
    }
}

/// A folder's entries reach the disk, so that no crash can turn their order round.
pub(super) fn sync(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| from_io(folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    /// A crash after each single step, then the next start.
    #[test]
    fn a_replacement_survives_a_crash_at_every_step() {
        for done in 0..=6 {
            let guard = tempfile::tempdir().unwrap();
            let dir = guard.path();
            for name in FILES {
                fs::write(dir.join(name), name).unwrap();
            }
            fs::create_dir(dir.join(STAGE)).unwrap();
            let stage = |name: &str| dir.join(STAGE).join(name);
            fs::write(stage(PART), "new").unwrap();
            let steps: [(PathBuf, PathBuf); 6] = [
                (stage(PART), stage(NEW)),
                (dir.join(FILES[0]), stage(FILES[0])),
                (dir.join(FILES[1]), stage(FILES[1])),
                (dir.join(FILES[2]), stage(FILES[2])),
                (stage(NEW), dir.join(STATE_FILE)),
                (dir.join(STAGE), dir.join("set-aside-x")),
            ];
            for (from, to) in &steps[..done] {
                fs::rename(from, to).unwrap();
            }
            let aside = finish(dir).unwrap();
            assert!(!dir.join(STAGE).exists(), "{done}");
            let here = content(&dir.join(STATE_FILE));
            if done == 0 {
                assert_eq!((here.as_str(), aside), ("state.db", None), "nothing was decided on");
                assert_eq!(content(&dir.join(FILES[1])), FILES[1]);
                continue;
            }
            assert_eq!(here, "new", "{done}");
            assert!(!dir.join(FILES[1]).exists(), "{done}: the old log must not meet the new file");
            let aside = aside.unwrap_or_else(|| dir.join("set-aside-x"));
            for name in FILES {
                assert_eq!(content(&aside.join(name)), name, "{done}");
            }
        }
    }
    /// Whichever of the files were there before, none of them keeps the folder from opening again.
    #[test]
    fn any_of_the_files_may_be_missing_before() {
        for there in 0..1 << FILES.len() {
            let guard = tempfile::tempdir().unwrap();
            let dir = guard.path();
            let before: Vec<&str> =
                (0..FILES.len()).filter(|at| there & (1 << at) != 0).map(|at| FILES[at]).collect();
            for name in &before {
                fs::write(dir.join(name), name).unwrap();
            }
            fs::create_dir(dir.join(STAGE)).unwrap();
            fs::write(dir.join(STAGE).join(PART), "new").unwrap();
            let aside = put_in_place(dir).unwrap();
            assert_eq!(aside.is_some(), !before.is_empty(), "{before:?}");
            for name in before {
                assert_eq!(content(&aside.as_ref().unwrap().join(name)), name);
            }
            assert_eq!(content(&dir.join(STATE_FILE)), "new");
            assert_eq!((cut_short(dir), finish(dir).unwrap()), (None, None));
        }
    }
}
