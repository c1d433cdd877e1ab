//! Files that a program was still writing, or had lent, when it was killed: they have its number in their names, so that whoever
//! comes next can take them away once it is gone.

use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// Takes away the files of a directory in whose names `process` finds the number of a process that is gone. Blocks on the disk.
pub fn sweep(directory: &Path, process: impl Fn(&str) -> Option<u32>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(&process);
        if process.is_none_or(runs) {
            continue;
        }
        if let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::debug!(%error, file = %entry.path().display(), "what a killed program left stays");
        }
    }
}

/// The number of the process that was writing a file, as it stands behind the name that the file gets once it is whole and that
/// ends in one of these.
pub fn half_written(name: &str, endings: &[&str]) -> Option<u32> {
    let (whole, process) = name.rsplit_once('.')?;
    let is_ours = endings.iter().any(|ending| whole.ends_with(ending));
    process.parse().ok().filter(|_| is_ours)
}

/// Whether there is a process of that number; it may be anybody's.
fn runs(process: u32) -> bool {
    match i32::try_from(process) {
        // Others are groups of processes, or none.
        Ok(process) if process > 0 => kill(Pid::from_raw(process), None) != Err(Errno::ESRCH),
        Ok(_) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_left_goes_once_it_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let (theirs, ours) = (child.id(), std::process::id());
        let names = [
            format!("a.json.{theirs}"),
            format!("a.json.{ours}"),
            format!("a.yaml.{theirs}"),
            "a.json".to_owned(),
            "a.json.x".to_owned(),
        ];
        for name in &names {
            std::fs::write(directory.path().join(name), "x").unwrap();
        }
        let left = || {
            sweep(directory.path(), |name| half_written(name, &[".json"]));
            names
                .iter()
                .filter(|name| directory.path().join(name).exists())
                .collect::<Vec<_>>()
        };
        assert_eq!(left(), names.iter().collect::<Vec<_>>(), "it runs");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(
            left(),
            names.iter().skip(1).collect::<Vec<_>>(),
            "its own alone, of those that are meant"
        );
        sweep(Path::new("/no/such/directory"), |_| Some(theirs));
    }
}
