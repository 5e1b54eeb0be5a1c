//! What is the same on every screen: line 1, the sentence, the run and the notice, the keys.

use super::app::App;
use super::keymap::{Verb, chain};
use super::screen::{Mode, Screen};
use super::shared::Shared;
use super::theme::Role;
use crate::text;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The least size in which a screen can be read.
const LEAST: (u16, u16) = (40, 10);

/// The area between line 1 and the last three.
pub fn body(size: (u16, u16)) -> Rect {
    Rect { x: 0, y: 1, width: size.0, height: size.1.saturating_sub(4) }
}

/// Draws everything.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, app.shared.look.style(Role::Text));
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return draw_too_small(frame, &app.shared);
    }
    let body = body((area.width, area.height));
    let mut header = true;
    for layer in app.seen() {
        if header {
            draw_header(frame, layer, &app.shared);
            header = false;
        }
        layer.draw(frame, body, &app.shared);
    }
    draw_sentence(frame, app);
    draw_status(frame, &app.shared);
    draw_keys(frame, app.top(), &app.shared);
}

fn draw_too_small(frame: &mut Frame<'_>, shared: &Shared) {
    let area = frame.area();
    let told = format!(
        "Bindery needs {}x{}; this window has {}x{}. Nothing is lost: make it larger.",
        LEAST.0, LEAST.1, area.width, area.height
    );
    for (y, line) in (area.y..area.bottom()).zip(text::wrap(&told, area.width.into())) {
        frame.buffer_mut().set_stringn(
            0,
            y,
            line,
            area.width.into(),
            shared.look.style(Role::Text),
        );
    }
}

fn draw_header(frame: &mut Frame<'_>, layer: &dyn Screen, shared: &Shared) {
    let mut header = layer.header(shared);
    if shared.demo {
        let demo = Span::styled("demo  ", shared.look.style(Role::Accent));
        header.left.spans.insert(0, demo);
    }
    let area = Rect { height: 1, ..frame.area() };
    split(frame, area, shared, &header.left, &header.right);
}

/// Draws one line to the left and one to the right; where both don't fit, the left one is cut.
pub fn split(
    frame: &mut Frame<'_>,
    area: Rect,
    shared: &Shared,
    left: &Line<'_>,
    right: &Line<'_>,
) {
    let area = area.intersection(frame.area());
    if area.is_empty() {
        return;
    }
    let right_width = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    let room = area.width.saturating_sub(right_width + u16::from(right_width > 0));
    let buf = frame.buffer_mut();
    let (_, _) = buf.set_line(area.x, area.y, left, room);
    if left.width() > usize::from(room) && room > 0 {
        let cut = shared.look.glyphs.cut;
        buf.set_stringn(area.x + room - 1, area.y, cut, 1, shared.look.style(Role::Muted));
    }
    buf.set_line(area.right() - right_width, area.y, right, right_width);
}

fn row(frame: &Frame<'_>, from_bottom: u16) -> Rect {
    let area = frame.area();
    Rect { y: area.bottom().saturating_sub(from_bottom), height: 1, ..area }
}

fn draw_sentence(frame: &mut Frame<'_>, app: &App) {
    let area = row(frame, 3);
    let line = app.top().sentence(&app.shared);
    split(frame, area, &app.shared, &line, &Line::default());
}

/// The runs under way to the left, what was said last to the right.
fn draw_status(frame: &mut Frame<'_>, shared: &Shared) {
    let area = row(frame, 2);
    let runs: Vec<String> = shared.active_runs().map(|run| run.live.line()).collect();
    let runs = runs.join("  ");
    let notice = shared.notice.as_ref().map(|notice| {
        let role = if notice.warning { Role::Danger } else { Role::Notice };
        (text::clean(&notice.text), shared.look.style(role))
    });
    let run = Line::styled(runs.clone(), shared.look.style(Role::Working));
    let Some((told, style)) = notice else {
        return split(frame, area, shared, &run, &Line::default());
    };
    // A notice alone begins at the left; beside a run it gets what the run leaves.
    if runs.is_empty() {
        return split(frame, area, shared, &Line::styled(told, style), &Line::default());
    }
    let left = text::width(&runs).min(usize::from(area.width) * 3 / 5);
    let room = usize::from(area.width).saturating_sub(left + 2);
    let told = text::truncate(&told, room, shared.look.glyphs.cut);
    split(frame, area, shared, &run, &Line::styled(told, style));
}

/// The keys that count now, the most important first, as many as fit; or the question.
fn draw_keys(frame: &mut Frame<'_>, layer: &dyn Screen, shared: &Shared) {
    let area = row(frame, 1);
    if let Some(question) = layer.question(shared) {
        return split(frame, area, shared, &question, &Line::default());
    }
    if let Some(hint) = layer.typing_hint().filter(|_| layer.mode() == Mode::Text) {
        let hint = Line::styled(hint, shared.look.style(Role::Muted));
        return split(frame, area, shared, &hint, &Line::default());
    }
    let fixed = [Verb::Help, Verb::Palette];
    let typing = layer.mode() == Mode::Text;
    let usable = fixed.into_iter().filter(|verb| !typing && layer.can(*verb, shared));
    let right = hints(layer, shared, &usable.collect::<Vec<_>>(), 30);
    let room = usize::from(area.width).saturating_sub(right.width() + 2);
    let left = hints(layer, shared, &offered(layer, shared, &fixed), room);
    split(frame, area, shared, &left, &right);
}

/// The verbs with a hint that do something now.
fn offered(layer: &dyn Screen, shared: &Shared, without: &[Verb]) -> Vec<Verb> {
    let typing = layer.mode() == Mode::Text;
    let mut verbs = Vec::new();
    for binding in chain(layer.context()).flat_map(|context| context.bindings) {
        let key = shared.keymap.key_for(layer.context(), binding.verb);
        let usable = key.is_some_and(|key| !typing || key.typed().is_none());
        let known = verbs.contains(&binding.verb) || without.contains(&binding.verb);
        if usable && !known && !binding.hint.is_empty() && layer.can(binding.verb, shared) {
            verbs.push(binding.verb);
        }
    }
    verbs
}

fn hints(layer: &dyn Screen, shared: &Shared, verbs: &[Verb], room: usize) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for verb in verbs {
        let Some(key) = shared.keymap.key_for(layer.context(), *verb) else { continue };
        let hint = chain(layer.context())
            .flat_map(|context| context.bindings)
            .find(|binding| binding.verb == *verb)
            .map_or("", |binding| binding.hint);
        let (key, hint) = (key.label(), format!(" {hint}  "));
        let width = text::width(&key) + text::width(&hint);
        if used + width > room + 2 {
            break;
        }
        used += width;
        spans.push(Span::styled(key, shared.look.style(Role::Key)));
        spans.push(Span::styled(hint, shared.look.style(Role::Muted)));
    }
    // The last two spaces would be cut where the line just fits.
    if let Some(last) = spans.last_mut() {
        *last = Span::styled(last.content.trim_end().to_owned(), last.style);
    }
    Line::from(spans)
}

/// Escape sequences that lay hyperlinks over the addresses that the screen shows, where the terminal
/// draws them.
pub fn hyperlinks(app: &App, drawn: &Buffer) -> Vec<u8> {
    if !app.shared.look.hyperlinks {
        return Vec::new();
    }
    let mut bytes = Vec::new();
    for url in app.top().hyperlinks(&app.shared) {
        let url = text::clean(&url);
        if !is_page(&url) {
            continue;
        }
        let Some((x, y)) = find(drawn, &url) else { continue };
        let sequence = format!(
            "\x1b7\x1b[{};{}H\x1b[4m\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\\x1b8",
            y + 1,
            x + 1
        );
        bytes.extend(sequence.into_bytes());
    }
    bytes
}

/// Whether it can only lead to IT Glue's app: a link is clicked because of where it is shown.
fn is_page(url: &str) -> bool {
    let plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let ours = url.host_str().is_some_and(|host| host.ends_with(".itglue.com"));
    plain
        && ours
        && url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
}

/// Where a text of one-column characters stands.
fn find(drawn: &Buffer, wanted: &str) -> Option<(u16, u16)> {
    let area = drawn.area;
    let count = u16::try_from(wanted.chars().count()).ok()?;
    let mut places = (area.y..area.bottom()).flat_map(|y| {
        (area.x..area.right().saturating_sub(count.saturating_sub(1))).map(move |x| (x, y))
    });
    places.find(|(x, y)| {
        let mut cells = (*x..).map(|x| drawn.cell((x, *y)).map_or("", |cell| cell.symbol()));
        wanted.chars().all(|c| {
            let mut buffer = [0; 4];
            cells.next() == Some(&*c.encode_utf8(&mut buffer))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hyperlink_leads_to_it_glue_or_nowhere() {
        for good in ["https://acme.itglue.com/1/configurations/2", "https://acme.eu.itglue.com/1"] {
            assert!(is_page(good), "{good}");
        }
        for bad in [
            "https://evil.example/1",
            "https://acme.itglue.com.evil.example/1",
            "https://acme.itglue.com@evil.example/1",
            "https://ana:pw@acme.itglue.com/1",
            "http://acme.itglue.com/1",
            "javascript:acme.itglue.com",
            "https://acme.itglue.com/\u{202e}",
            "https://acme.itglue.com/\u{7}",
            "",
        ] {
            assert!(!is_page(bad), "{bad}");
        }
    }
}
