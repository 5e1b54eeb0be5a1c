//! What goes to the terminal. Frames are written by a thread of their own: a slow terminal makes the
//! loop skip frames, it never makes it wait.

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::Notify;

/// Collects a frame's bytes.
#[derive(Debug, Clone, Default)]
pub struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    /// The bytes since the last time.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Crossterm's backend, less what it would say again and again: a frame without a change is no byte.
#[derive(Debug)]
pub struct Quiet {
    inner: CrosstermBackend<Collected>,
    size: Size,
    cursor: Option<Position>,
    shown: Option<bool>,
}

impl Quiet {
    /// Writes into `collected`, for a terminal of this size.
    pub fn new(collected: Collected, size: (u16, u16)) -> Self {
        let inner = CrosstermBackend::new(collected);
        Self { inner, size: Size::new(size.0, size.1), cursor: None, shown: None }
    }

    /// The terminal has another size.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = Size::new(size.0, size.1);
    }
}

impl Backend for Quiet {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        // Drawing moves the cursor.
        self.cursor = None;
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.shown.replace(false) == Some(false) {
            return Ok(());
        }
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.shown.replace(true) == Some(true) {
            return Ok(());
        }
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.replace(position) == Some(position) {
            return Ok(());
        }
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.cursor = None;
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.cursor = None;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes frames to the terminal, one at a time.
#[derive(Debug)]
pub struct Writer {
    frames: Option<SyncSender<Vec<u8>>>,
    busy: Arc<AtomicBool>,
    failed: Arc<AtomicBool>,
    /// Told each time a frame has been written.
    pub idle: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start() -> Self {
        let (frames, receiver) = sync_channel::<Vec<u8>>(1);
        let busy = Arc::new(AtomicBool::new(false));
        let failed = Arc::new(AtomicBool::new(false));
        let idle = Arc::new(Notify::new());
        let thread = {
            let (busy, failed) = (Arc::clone(&busy), Arc::clone(&failed));
            let idle = Arc::clone(&idle);
            std::thread::spawn(move || {
                while let Ok(frame) = receiver.recv() {
                    if write_frame(&frame).is_err() {
                        failed.store(true, Ordering::Release);
                    }
                    busy.store(false, Ordering::Release);
                    idle.notify_one();
                }
            })
        };
        Self { frames: Some(frames), busy, failed, idle, thread: Some(thread) }
    }

    /// Whether the terminal takes nothing any more.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Whether the terminal is still taking the last frame.
    pub fn busy(&self) -> bool {
        self.busy.load(Ordering::Acquire)
    }

    /// Writes a frame; only while not [`Writer::busy`].
    pub fn write(&self, frame: Vec<u8>) {
        if frame.is_empty() {
            return;
        }
        self.busy.store(true, Ordering::Release);
        // It fails only when the thread is gone, as after the terminal was hung up.
        if let Some(frames) = &self.frames
            && frames.try_send(frame).is_err()
        {
            self.busy.store(false, Ordering::Release);
        }
    }

    /// Waits, not for long, until the last frame is written, and ends the thread.
    pub fn finish(mut self) {
        self.frames = None;
        let Some(thread) = self.thread.take() else { return };
        for _ in 0..50 {
            if thread.is_finished() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

/// Writes all of it, also where another program has left the terminal non-blocking.
fn write_frame(mut frame: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    while !frame.is_empty() {
        let count = again(|| out.write(frame))?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        frame = frame.get(count..).unwrap_or_default();
    }
    again(|| out.flush())
}

fn again<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match work() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::widgets::Paragraph;

    #[test]
    fn a_frame_without_a_change_is_no_byte() {
        let collected = Collected::default();
        let mut terminal = Terminal::new(Quiet::new(collected.clone(), (20, 5))).unwrap();
        let mut draw = |text: &'static str, cursor: bool| {
            let frame = |frame: &mut ratatui::Frame<'_>| {
                frame.render_widget(Paragraph::new(text), frame.area());
                if cursor {
                    frame.set_cursor_position((3, 1));
                }
            };
            terminal.draw(frame).unwrap();
            collected.take().len()
        };
        assert!(draw("one", false) > 0);
        assert_eq!(draw("one", false), 0);
        assert!(draw("one", true) > 0, "the cursor appears");
        assert_eq!(draw("one", true), 0);
        assert!(draw("two", true) > 0);
    }
}
