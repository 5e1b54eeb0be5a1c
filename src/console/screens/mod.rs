//! The screens, one module each: its state, its keys, its drawing.
//!
//! A new screen is a module that implements [`crate::console::screen::Screen`], and a row in
//! [`contexts`] for its keys. Whatever opens it pushes it.

pub mod bind;
pub mod device;
pub mod devices;
pub mod history;
pub mod log;
pub mod picker;
pub mod plan;
pub mod policies;
pub mod policy;
pub mod proposals;
pub mod run;
pub mod undo;

use super::keymap::{self, Context};
use super::screen::Screen;
use super::{overlays, wizard};

/// Every place with keys, in the order in which help and palette show them.
pub fn contexts() -> impl Iterator<Item = &'static Context> {
    [
        &policies::CONTEXT,
        &policy::CONTEXT,
        &policy::UNLINK_CONTEXT,
        &picker::CONTEXT,
        &proposals::CONTEXT,
        &plan::CONTEXT,
        &run::CONTEXT,
        &run::WITHHELD_CONTEXT,
        &devices::CONTEXT,
        &device::CONTEXT,
        &bind::CONTEXT,
        &history::CONTEXT,
        &history::CHANGES,
        &undo::CONTEXT,
        &log::CONTEXT,
        &log::LINE,
        &wizard::keys::FIELDS,
        &wizard::keys::CHOOSE,
        &wizard::keys::RULES,
        &wizard::keys::CONDITION,
        &wizard::keys::REVIEW,
        &wizard::keys::QUESTION,
        &overlays::ask::CONTEXT,
        &overlays::sync::CONTEXT,
        &overlays::copy::CONTEXT,
        &overlays::export::CONTEXT,
        &overlays::help::CONTEXT,
        &overlays::notices::CONTEXT,
        &overlays::palette::CONTEXT,
        &overlays::quit::CONTEXT,
        &overlays::theme::CONTEXT,
        &keymap::LIST,
        &keymap::GLOBAL,
    ]
    .into_iter()
}

/// The four places one can always go to, in the order of [`super::app::Tab`].
pub fn tabs() -> Vec<Box<dyn Screen>> {
    vec![
        Box::new(policies::Policies::new()),
        Box::new(devices::Devices::new()),
        Box::new(history::History::new()),
        Box::new(log::LogView::new()),
    ]
}
