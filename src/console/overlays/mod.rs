//! Layers that lie over a screen.

pub mod ask;
pub mod copy;
pub mod export;
pub mod help;
pub mod notices;
pub mod palette;
mod question;
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

/// The box of an overlay and the last three lines, without the screen around: a change of home is no
/// change of an overlay.
#[cfg(test)]
fn boxed(drawn: &str) -> String {
    let lines: Vec<&str> = drawn.lines().collect();
    let place = |sign: char| {
        let at = |line: &&str| line.chars().position(|c| c == sign);
        lines.iter().enumerate().find_map(|(y, line)| Some((y, at(line)?)))
    };
    let (Some((top, left)), Some((_, right)), Some((bottom, _))) =
        (place('╭'), place('╮'), place('╰'))
    else {
        return drawn.to_owned();
    };
    let cut = |line: &&str| line.chars().take(right + 1).skip(left).collect::<String>();
    let body = lines[top..=bottom].iter().map(cut);
    let end = lines[lines.len() - 3..].iter().map(|line| (*line).to_owned());
    let place = format!("column {}, row {}\n", left + 1, top + 1);
    place + &body.chain(end).collect::<Vec<_>>().join("\n")
}
