//! Files that are nobody else's business, and a disk that keeps nobody waiting.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::time::Duration;

/// A disk that takes longer does not answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Does something with files where a slow disk keeps nobody waiting.
///
/// # Errors
/// The disk does not answer in time, or the work has panicked.
pub(crate) async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    match tokio::time::timeout(LIMIT, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(io::Error::other(error)),
        Err(_elapsed) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the disk does not answer within {} s", LIMIT.as_secs()),
        )),
    }
}

/// The same options, by which a new file can be read and written by its owner alone.
pub(crate) fn for_its_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a directory that its owner alone can look into, with those above it.
pub(crate) fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}
