//! The program itself in a terminal: when it shows what, how much it writes, what it uses.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::Result;
use super::management::Management;
use super::measure::{Samples, Stopwatch, print_figure};

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pieces that may wait for whoever looks at them.
const WAITING: usize = 1024;
/// The size of the terminal for keys.
const SIZE: (u16, u16) = (120, 40);
/// Keys that are timed.
const KEYS: usize = 400;
/// How long an idle console is looked at.
const IDLE: Duration = Duration::from_mins(1);
/// What a console has still to do after its first frame.
const SETTLES: Duration = Duration::from_secs(5);

/// A `fleetui` in a terminal of its own.
pub(crate) struct Program {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    pieces: Receiver<Vec<u8>>,
    terminal: vt100::Parser,
    started: Stopwatch,
    /// Bytes that it has written.
    bytes: usize,
    _master: Box<dyn MasterPty + Send>,
}

impl Program {
    /// Starts the console over all management clusters.
    pub(crate) fn start(management: &Management, (columns, rows): (u16, u16)) -> Result<Self> {
        let pair = native_pty_system().openpty(PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        })?;
        let home = management.directory();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fleetui"));
        command.args(["--kubeconfig", &management.kubeconfig().to_string_lossy()]);
        for context in management.contexts() {
            command.args(["--context", &context]);
        }
        command.cwd(home);
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LANG", "C.UTF-8"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", home);
        command.env("XDG_CONFIG_HOME", home.join("config"));
        command.env("XDG_STATE_HOME", home.join("state"));
        command.env_remove("NO_COLOR");
        let started = Stopwatch::start();
        let child = pair.slave.spawn_command(command)?;
        let mut reader = pair.master.try_clone_reader()?;
        let (sender, pieces) = sync_channel(WAITING);
        std::thread::spawn(move || {
            let mut buffer = vec![0_u8; 1 << 16];
            while let Ok(count) = reader.read(&mut buffer) {
                let piece = buffer.get(..count).unwrap_or_default().to_vec();
                if count == 0 || sender.send(piece).is_err() {
                    return;
                }
            }
        });
        let side = |cells: u16| NonZeroU16::new(cells).ok_or("no cells");
        Ok(Self {
            child,
            writer: pair.master.take_writer()?,
            pieces,
            terminal: vt100::Parser::new(side(rows)?, side(columns)?, 0),
            started,
            bytes: 0,
            _master: pair.master,
        })
    }

    /// Waits until `holds` is true of the screen; the time since the start.
    pub(crate) fn until(&mut self, holds: impl Fn(&vt100::Screen) -> bool) -> Result<Duration> {
        while !holds(self.terminal.screen()) {
            let piece = self.pieces.recv_timeout(PATIENCE);
            let piece = piece.map_err(|_| {
                format!(
                    "waited in vain; the screen was:\n{}",
                    self.terminal.screen().contents()
                )
            })?;
            self.take(&piece);
        }
        Ok(self.started.elapsed())
    }

    /// Takes what comes in this time.
    fn rest(&mut self, rest: Duration) {
        let begun = Stopwatch::start();
        while let Some(left) = rest.checked_sub(begun.elapsed()) {
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.take(&piece),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn take(&mut self, piece: &[u8]) {
        self.bytes += piece.len();
        self.terminal.process(piece);
    }

    /// Ends it as ctrl-c does.
    pub(crate) fn end(mut self) {
        let _ = self.writer.write_all(b"\x03");
        let _ = self.writer.flush();
        while self.pieces.recv_timeout(PATIENCE).is_ok() {}
        let _ = self.child.wait();
    }

    /// What tells of the row under the cursor.
    fn about(&self) -> Vec<String> {
        let (rows, columns) = self.terminal.screen().size();
        let lines = self.terminal.screen().rows(0, columns.get());
        lines
            .skip(usize::from(rows.get().saturating_sub(ABOUT)))
            .collect()
    }

    /// Presses a key that moves the cursor, and gives the time until the terminal shows that.
    fn moves(&mut self, key: &str) -> Result<Duration> {
        let before = self.about();
        let pressed = Stopwatch::start();
        self.writer.write_all(key.as_bytes())?;
        self.writer.flush()?;
        while self.about() == before {
            let piece = self.pieces.recv_timeout(PATIENCE)?;
            self.take(&piece);
        }
        Ok(pressed.elapsed())
    }

    /// A number of `/proc/PID/stat`, by its place behind the name.
    fn stat(&self, index: usize) -> u64 {
        let id = self.child.process_id().unwrap_or_default();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let behind = stat.rsplit(')').next().unwrap_or_default();
        let mut numbers = behind.split_whitespace();
        numbers.nth(index).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Ticks of processor time that it has used; a hundred of them are a second.
    fn ticks(&self) -> u64 {
        self.stat(11) + self.stat(12)
    }
}

/// Lines at the bottom that tell of the row under the cursor.
const ABOUT: u16 = 3;
/// Changes of machines in a second.
const A_SECOND: usize = 1_000;

/// Measures keys in a quiet fleet and while events stream in; with `idle`, what a console costs with which nothing happens.
pub(crate) fn measure(management: &Management, idle: bool) -> Result<()> {
    let machines = management.machines;
    let complete = format!("{machines} machines");
    let mut program = Program::start(management, SIZE)?;
    program.until(|screen| screen.contents().contains(&complete))?;
    program.rest(SETTLES);
    if idle {
        let (bytes, ticks) = (program.bytes, program.ticks());
        program.rest(IDLE);
        let seconds = IDLE.as_secs();
        let ticks = program.ticks() - ticks;
        #[allow(clippy::cast_precision_loss, reason = "a share to be read by people")]
        let share = ticks as f64 / seconds as f64;
        print_figure(
            &format!("an idle minute over {machines} machines"),
            &format!(
                "{} bytes, {share:.2} % of a core ({ticks} ticks)",
                program.bytes - bytes
            ),
        );
    }
    let pages = program.stat(21);
    print_figure(
        &format!("the program over {machines} machines"),
        &format!("{} MiB resident", pages * 4096 / (1 << 20)),
    );
    keys(
        &mut program,
        &format!("key to terminal, {machines} machines, nothing else happens"),
    )?;
    let (stream, told) = management.stream(A_SECOND);
    program.rest(SETTLES);
    let count = |told: &std::sync::atomic::AtomicUsize| told.load(std::sync::atomic::Ordering::Relaxed);
    let (begun, before, ticks, bytes) = (Stopwatch::start(), count(&told), program.ticks(), program.bytes);
    keys(
        &mut program,
        &format!("key to terminal, {machines} machines, while events stream in"),
    )?;
    let seconds = begun.elapsed().as_secs_f64();
    stream.abort();
    #[allow(clippy::cast_precision_loss, reason = "rates to be read by people")]
    print_figure(
        "events, processor and bytes meanwhile",
        &format!(
            "{:.0} events/s  {:.0} % of a core  {:.1} KiB/s",
            (count(&told) - before) as f64 / seconds,
            (program.ticks() - ticks) as f64 / seconds,
            (program.bytes - bytes) as f64 / seconds / 1024.0
        ),
    );
    program.end();
    Ok(())
}

/// Moves the cursor down, at moments that have no rhythm in common with the console's.
fn keys(program: &mut Program, name: &str) -> Result<()> {
    program.moves("G")?;
    program.moves("g")?;
    // Every machine of the first management cluster has a row.
    program.writer.write_all(b"*")?;
    program.writer.flush()?;
    program.rest(SETTLES);
    let mut samples = Samples::new("");
    for index in 0..KEYS {
        samples.add(program.moves("j")?);
        program.rest(Duration::from_millis(u64::try_from(index * 37 % 53).unwrap_or(0)));
    }
    print_figure(name, &samples.figure());
    Ok(())
}
