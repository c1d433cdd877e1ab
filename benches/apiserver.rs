//! The figures of the embedded management cluster: durable writes, lists, watches, start, memory. Prints what they were
//! taken on. All but those marked otherwise go over the real TLS socket of a `fleetui serve` in a process of its own, by
//! kube's client in this one: both share the machine's cores.
//!
//! `cargo bench --bench apiserver`

#[path = "apiserver/machines.rs"]
mod machines;
#[allow(dead_code, reason = "the bench of the console needs other parts of it")]
#[path = "fleet/measure.rs"]
mod measure;
#[allow(dead_code, reason = "the bench of the controllers needs other parts of it")]
#[path = "apiserver/served.rs"]
mod served;
#[path = "apiserver/starts.rs"]
mod starts;
#[path = "apiserver/watchers.rs"]
mod watchers;
#[path = "apiserver/writes.rs"]
mod writes;

use std::process::Command;
use std::time::Duration;

use measure::{print_figure, report_machine};
use served::Served;

/// The same allocator as the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long a server has nothing to do before its memory is looked at.
const IDLE: Duration = Duration::from_mins(1);

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    report_machine();
    let home = served::Home::new()?;
    report_device(&home);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        starts::measure().await?;
        let served = Served::start(home).await?;
        // What the start needed is given back meanwhile.
        tokio::time::sleep(IDLE).await;
        print_figure("idle memory, a minute after the start", &served.memory());
        writes::in_process().await?;
        writes::measure(&served).await?;
        watchers::measure(&served).await?;
        machines::measure(&served).await?;
        served.stop().await
    })
}

/// What the data directory lies on: a figure of durable writes is one of its device.
fn report_device(home: &served::Home) {
    let target = home.path().to_string_lossy().into_owned();
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let unknown = || "unknown".to_owned();
    let mount = run("findmnt", &["-no", "SOURCE,FSTYPE,OPTIONS", "--target", &target]);
    let source = run("findmnt", &["-no", "SOURCE", "--target", &target]).unwrap_or_else(unknown);
    let model = run("lsblk", &["-dno", "MODEL,SIZE", &source]);
    print_figure("data directory on", &mount.unwrap_or_else(unknown));
    print_figure("device", &format!("{source} {}", model.unwrap_or_else(unknown)));
}
