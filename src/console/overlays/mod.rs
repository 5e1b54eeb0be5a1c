//! Layers that lie over a screen.

pub mod ask;
pub mod copy;
pub mod export;
pub mod help;
pub mod palette;
pub mod quit;
pub mod sync;
pub mod theme;

use super::keymap::Context;

/// Whether these are the keys of an overlay: they count only while it is there.
pub fn is_overlay(context: &Context) -> bool {
    let overlays = [
        &ask::CONTEXT,
        &copy::CONTEXT,
        &export::CONTEXT,
        &help::CONTEXT,
        &palette::CONTEXT,
        &quit::CONTEXT,
        &sync::CONTEXT,
        &theme::CONTEXT,
    ];
    overlays.iter().any(|overlay| overlay.name == context.name)
}
