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

    /// The same of what has to be waited for.
    #[allow(clippy::disallowed_methods, reason = "a benchmark measures the real time")]
    pub(crate) async fn time_async<T>(&mut self, run: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let result = run.await;
        self.durations.push(start.elapsed());
        result
    }

    /// Notes a duration that was measured otherwise.
    pub(crate) fn add(&mut self, duration: Duration) {
        self.durations.push(duration);
    }

    /// Takes in those of another.
    pub(crate) fn join(&mut self, other: Self) {
        self.durations.extend(other.durations);
    }

    /// How many of `count` things were done in a second, all samples together.
    #[allow(clippy::cast_precision_loss, reason = "a rate to be read by people")]
    pub(crate) fn per_second(&self, count: usize) -> f64 {
        let whole: Duration = self.durations.iter().sum();
        count as f64 / whole.as_secs_f64()
    }

    /// The median.
    pub(crate) fn median(&self) -> Duration {
        let mut durations = self.durations.clone();
        durations.sort();
        durations.get(durations.len() / 2).copied().unwrap_or_default()
    }

    /// Prints the median, the 99th percentile and the longest.
    pub(crate) fn print(&mut self) {
        let figure = self.figure();
        print_figure(self.name, &figure);
    }

    /// The median, the 99th percentile and the longest.
    pub(crate) fn figure(&mut self) -> String {
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
        if self.durations.len() == 1 {
            format!("{:.2?}", at(1.0))
        } else {
            format!(
                "p50 {:.2?}  p99 {:.2?}  max {:.2?}  n {}",
                at(0.5),
                at(0.99),
                at(1.0),
                self.durations.len()
            )
        }
    }
}

/// Tells the time since it was started.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[allow(clippy::disallowed_methods, reason = "a benchmark measures the real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
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
