//! Timing of single runs with percentiles, and the machine that it was done on.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// Durations of one thing that is done again and again.
pub(crate) struct Samples {
    name: &'static str,
    durations: Vec<Duration>,
}

impl Samples {
    /// No samples yet of what is called `name`.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            durations: Vec::new(),
        }
    }

    /// Does it once and notes how long it took.
    #[allow(clippy::disallowed_methods, reason = "a benchmark measures the real time")]
    pub(crate) fn time<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = run();
        self.durations.push(start.elapsed());
        std::hint::black_box(result)
    }

    /// Prints the median, the 99th percentile and the longest.
    pub(crate) fn print(&mut self) {
        self.durations.sort();
        let at = |share: f64| {
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a rank among at most some thousand samples"
            )]
            let rank = ((self.durations.len() as f64 * share).ceil() as usize).saturating_sub(1);
            self.durations.get(rank).copied().unwrap_or_default()
        };
        let figure = if self.durations.len() == 1 {
            format!("{:.2?}", at(1.0))
        } else {
            format!(
                "p50 {:.2?}  p99 {:.2?}  max {:.2?}  n {}",
                at(0.5),
                at(0.99),
                at(1.0),
                self.durations.len()
            )
        };
        print_figure(self.name, &figure);
    }
}

/// Prints one figure.
pub(crate) fn print_figure(name: &str, figure: &str) {
    let _ = writeln!(std::io::stdout(), "{name:<58} {figure}");
}

/// Prints processor, cores and profile.
pub(crate) fn report_machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name\t: "))
        .unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    print_figure("measured on", &format!("{model}, {cores} cores, {profile} build"));
}

/// Resident memory of this process.
pub(crate) fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0);
    pages * 4096
}
