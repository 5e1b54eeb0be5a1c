//! What must hold of `--set`.

use super::Switches;
use crate::commands::output::line;
use crate::fuzz::{assert_visible, lossy};

pub(crate) fn switch(bytes: &[u8]) {
    let mut switches = Switches::default();
    if let Err(told) = switches.set(&lossy(bytes)) {
        assert_visible(&line(&told));
    }
}
