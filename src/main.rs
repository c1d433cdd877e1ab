//! The `fleetui` binary: the allocator, the report of a crash, and then `cli`.

mod cli;

/// Gives memory back after a management cluster is closed, and is the only usable one on musl.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    if let Err(report) = color_eyre::install() {
        // A second installation is a bug, but no reason not to run.
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("fleetui: {report:#}\n"));
    }
    cli::main()
}
