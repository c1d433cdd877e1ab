//! The binary in a real pseudo terminal, seen through a terminal emulator, driven by keys.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

#[cfg(target_os = "linux")]
mod editing;
mod life;
#[cfg(target_os = "linux")]
mod login;
mod served;
mod walking;
mod walkthrough;
mod walkthrough_create;
mod walkthrough_eks;
mod walkthrough_end;
mod walkthrough_many;
mod way_in;

/// How long anything that the screen is expected to show may take. Generous: a slow machine is not a failure.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often it is looked at what no byte tells of.
#[cfg(target_os = "linux")]
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What the emulator has seen so far.
struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

/// A program on a screen of its own.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    home: tempfile::TempDir,
}

impl Terminal {
    /// Starts `fleetui` with `arguments` on a screen of `columns` x `rows`, with a home of its own.
    fn start(arguments: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(arguments, columns, rows, &[])
    }

    fn start_with(arguments: &[&str], columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system()
            .openpty(PtySize {
                rows,
                cols: columns,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fleetui"));
        command.args(arguments);
        command.cwd(home.path());
        command.env("HOME", home.path());
        command.env("XDG_CONFIG_HOME", home.path().join("config"));
        command.env("XDG_STATE_HOME", home.path().join("state"));
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("KUBECONFIG");
        command.env_remove("NO_COLOR");
        // What a crash says is to be seen as a person sees it.
        command.env_remove("RUST_BACKTRACE");
        command.env_remove("RUST_LIB_BACKTRACE");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let size = |cells: u16| NonZeroU16::new(cells).unwrap();
        let parser = vt100::Parser::new(size(rows), size(columns), 0);
        let seen = Arc::new((
            Mutex::new(Seen {
                parser,
                raw: Vec::new(),
                ended: false,
            }),
            Condvar::new(),
        ));
        let reader = pair.master.try_clone_reader().unwrap();
        read_into(reader, Arc::clone(&seen));
        let writer = pair.master.take_writer().unwrap();
        Self {
            child,
            master: pair.master,
            writer,
            seen,
            home,
        }
    }

    /// The home that the program was given.
    fn home(&self) -> &Path {
        self.home.path()
    }

    /// The screen as text.
    fn screen(&self) -> String {
        self.seen.0.lock().unwrap().parser.screen().contents()
    }

    /// All bytes that came from the program.
    fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().raw.clone()
    }

    /// Waits until `holds` is true of the screen; panics with the last screen when patience ends.
    fn wait_until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let (lock, changed) = &*self.seen;
        let guard = lock.lock().unwrap();
        let (guard, timeout) = changed
            .wait_timeout_while(guard, PATIENCE, |seen| {
                !holds(&seen.parser.screen().contents()) && !seen.ended
            })
            .unwrap();
        let screen = guard.parser.screen().contents();
        assert!(
            !timeout.timed_out() && holds(&screen),
            "waited for {what}; the screen was:\n{screen}"
        );
        screen
    }

    /// Waits until something is so that no byte of the program tells of; looks at it again and again.
    #[cfg(target_os = "linux")]
    fn wait_for_state(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let (lock, changed) = &*self.seen;
        let mut guard = lock.lock().unwrap();
        let looks = PATIENCE.as_millis() / LOOK_EVERY.as_millis();
        for _ in 0..looks {
            if holds(guard.parser.screen()) {
                return;
            }
            guard = changed.wait_timeout(guard, LOOK_EVERY).unwrap().0;
        }
        panic!(
            "waited for {what}; the screen was:\n{}",
            guard.parser.screen().contents()
        );
    }

    /// Waits until the screen shows `text`.
    fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Types.
    fn keys(&mut self, bytes: &str) {
        self.writer.write_all(bytes.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    fn resize(&self, columns: u16, rows: u16) {
        let size = |cells: u16| NonZeroU16::new(cells).unwrap();
        self.seen
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(size(rows), size(columns));
        self.master
            .resize(PtySize {
                rows,
                cols: columns,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
    }

    /// Sends a signal by its name, `TERM`.
    fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        let status = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Waits for the end and gives the exit status.
    fn end(&mut self) -> u32 {
        let (lock, changed) = &*self.seen;
        let guard = lock.lock().unwrap();
        let (guard, timeout) = changed
            .wait_timeout_while(guard, PATIENCE, |seen| !seen.ended)
            .unwrap();
        let screen = guard.parser.screen().contents();
        drop(guard);
        assert!(
            !timeout.timed_out(),
            "the program did not end; the screen was:\n{screen}"
        );
        self.child.wait().unwrap().exit_code()
    }

    /// Whether the terminal is as it was found: main screen, cursor shown, no mouse, no bracketed paste.
    fn assert_whole(&self) {
        let guard = self.seen.0.lock().unwrap();
        let screen = guard.parser.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is still taken"
        );
        drop(guard);
        let termios = self.master.get_termios().unwrap();
        let local = format!("{:?}", termios.local_flags);
        assert!(
            local.contains("ICANON") && local.contains("ECHO"),
            "still in raw mode: {local}"
        );
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn read_into(mut reader: Box<dyn Read + Send>, seen: Arc<(Mutex<Seen>, Condvar)>) {
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 16 * 1024];
        loop {
            let count = reader.read(&mut buffer).unwrap_or(0);
            let (lock, changed) = &*seen;
            let mut guard = lock.lock().unwrap();
            if count == 0 {
                guard.ended = true;
                changed.notify_all();
                return;
            }
            guard.parser.process(&buffer[..count]);
            guard.raw.extend_from_slice(&buffer[..count]);
            changed.notify_all();
        }
    });
}
