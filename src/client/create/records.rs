//! Where creations are written down while they are under way: a file for each, whole or as it was before, for its owner's eyes
//! alone, as templates may hold secrets. What is finished has none.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fleetui_base::ObjectKey;
use fleetui_connect::leftovers;
use fleetui_fleet::create::Creation;
use tokio::sync::watch;

use crate::private::{for_its_owner, make_directory, on_disk};
use crate::watcher::encoded;

/// What is longer was not written by us.
const LONGEST: u64 = 64 << 20;
/// Their folder in the directory of what the program keeps.
const FOLDER: &str = "creations";
/// How the files end.
const ENDING: &str = "creation.json";

/// The records. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Creations(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    /// Counts what is written down here, so that who watches learns of it.
    revision: watch::Sender<u64>,
}

#[derive(Debug)]
enum Place {
    Memory(Mutex<BTreeMap<String, Creation>>),
    Directory(PathBuf),
    None(String),
}

impl Default for Creations {
    fn default() -> Self {
        Self::in_memory()
    }
}

impl Creations {
    /// In files of a folder of this directory, which is that of what the program keeps.
    pub fn below(directory: &Path) -> Self {
        Self::at(directory.join(FOLDER))
    }

    /// In files of this directory.
    pub fn at(directory: PathBuf) -> Self {
        Self::with(Place::Directory(directory))
    }

    /// Nowhere but in memory: for tests, and where what is created goes with the program.
    pub fn in_memory() -> Self {
        Self::with(Place::Memory(Mutex::default()))
    }

    /// Nowhere, which forbids to create anything: why.
    pub fn none(why: impl Into<String>) -> Self {
        Self::with(Place::None(why.into()))
    }

    fn with(place: Place) -> Self {
        Self(Arc::new(Inner {
            place,
            revision: watch::channel(0).0,
        }))
    }

    /// Writes a creation down as it stands.
    pub(super) async fn keep(&self, creation: &Creation) -> io::Result<()> {
        let stem = stem(&creation.cluster);
        let kept = match &self.0.place {
            Place::None(why) => Err(io::Error::new(io::ErrorKind::NotFound, why.clone())),
            Place::Memory(all) => {
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.insert(stem, creation.clone());
                Ok(())
            }
            Place::Directory(directory) => {
                let path = file(directory, &stem);
                let text = serde_json::to_vec(creation)?;
                on_disk(move || write(&path, &text)).await?
            }
        };
        self.0.revision.send_modify(|revision| *revision += 1);
        kept
    }

    /// The creation of a cluster that is written down; what cannot be read is told in the log and is none.
    pub(super) async fn find(&self, cluster: &ObjectKey) -> Option<Creation> {
        let stem = stem(cluster);
        let found = match &self.0.place {
            Place::None(_) => None,
            Place::Memory(all) => {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.get(&stem).cloned()
            }
            Place::Directory(directory) => {
                let path = file(directory, &stem);
                on_disk(move || read(&path)).await.ok().flatten()
            }
        };
        // Long names could share a file.
        found.filter(|creation| creation.cluster == *cluster && creation.is_readable())
    }

    /// All that are written down, the oldest first.
    pub async fn all(&self) -> Vec<Creation> {
        let mut all = match &self.0.place {
            Place::None(_) => Vec::new(),
            Place::Memory(all) => {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.values().cloned().collect()
            }
            Place::Directory(directory) => {
                let directory = directory.clone();
                on_disk(move || read_all(&directory)).await.unwrap_or_default()
            }
        };
        all.retain(Creation::is_readable);
        all.sort_by_key(|creation| creation.begun);
        all
    }

    /// Takes the record of a creation away, as nothing of it is left to be done.
    pub(super) async fn forget(&self, cluster: &ObjectKey) {
        let stem = stem(cluster);
        match &self.0.place {
            Place::None(_) => {}
            Place::Memory(all) => {
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.remove(&stem);
            }
            Place::Directory(directory) => {
                let (path, directory) = (file(directory, &stem), directory.clone());
                let removed = on_disk(move || {
                    sweep(&directory);
                    std::fs::remove_file(path)
                })
                .await;
                if let Ok(Err(error)) = removed
                    && error.kind() != io::ErrorKind::NotFound
                {
                    tracing::warn!(%error, "the record of a creation that is over cannot be taken away");
                }
            }
        }
        self.0.revision.send_modify(|revision| *revision += 1);
    }

    /// Waits until something was written down since the revision that was seen; gives the one of now.
    pub(super) async fn changed_since(&self, seen: u64) -> u64 {
        let mut revision = self.0.revision.subscribe();
        // The sender lives as long as this does.
        match revision.wait_for(|revision| *revision > seen).await {
            Ok(revision) => *revision,
            Err(_) => seen,
        }
    }
}

fn stem(cluster: &ObjectKey) -> String {
    let parts = [
        cluster.management_cluster.as_str(),
        &cluster.object.namespace,
        &cluster.object.name,
    ];
    let stem = parts.map(encoded).join("_");
    // File systems end at 255; what tells names apart stands at the end.
    let skip = stem.chars().count().saturating_sub(200);
    stem.chars().skip(skip).collect()
}

fn file(directory: &Path, stem: &str) -> PathBuf {
    directory.join(format!("{stem}.{ENDING}"))
}

/// Takes away what programs that were killed were writing.
fn sweep(directory: &Path) {
    leftovers::sweep(directory, |name| leftovers::half_written(name, &[ENDING]));
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        make_directory(directory)?;
        sweep(directory);
    }
    let mut half = path.as_os_str().to_owned();
    half.push(format!(".{}", std::process::id()));
    let half = PathBuf::from(half);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut file = for_its_owner(&mut options).open(&half)?;
    file.write_all(text)?;
    file.sync_data()?;
    drop(file);
    std::fs::rename(half, path)
}

fn read(path: &Path) -> Option<Creation> {
    let is_short = std::fs::metadata(path).ok()?.len() <= LONGEST;
    let text = is_short.then(|| std::fs::read(path).ok())??;
    match serde_json::from_slice(&text) {
        Ok(creation) => Some(creation),
        Err(error) => {
            tracing::warn!(%error, file = %path.display(), "the record of a creation cannot be read");
            None
        }
    }
}

fn read_all(directory: &Path) -> Vec<Creation> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let records = paths.filter(|path| path.to_string_lossy().ends_with(ENDING));
    records.filter_map(|path| read(&path)).collect()
}

#[cfg(test)]
mod tests {
    use fleetui_base::ManagementCluster;
    use fleetui_fleet::create::{Form, ItemState, Variables, built_in};
    use jiff::Timestamp;

    use super::*;

    fn creation(management_cluster: &str, name: &str) -> Creation {
        let mut known = Variables::default();
        known.set("CLUSTER_NAME", Some(name.to_owned()));
        known.set("KUBERNETES_VERSION", Some("v1.33.4".to_owned()));
        let flavour = built_in("simulated").unwrap();
        let form = Form::new(flavour, ManagementCluster::new(management_cluster), &known).unwrap();
        let objects = form.objects().unwrap();
        Creation::new(&form, objects, (name, "https://a"), Timestamp::UNIX_EPOCH)
    }

    #[tokio::test]
    async fn records_are_found_by_their_cluster_and_go_when_they_are_done_with() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| Creations::at(directory.path().join(name));
        for records in [at("creations"), Creations::in_memory()] {
            let (mut one, other) = (creation("../a/b", "x"), creation("b", "x"));
            assert_eq!(records.find(&one.cluster).await, None);
            records.keep(&one).await.unwrap();
            records.keep(&other).await.unwrap();
            one.items[0].state = ItemState::Created("u".into());
            records.keep(&one).await.unwrap();
            assert_eq!(records.find(&one.cluster).await, Some(one.clone()));
            assert_eq!(records.all().await.len(), 2);
            records.forget(&one.cluster).await;
            assert_eq!(records.find(&one.cluster).await, None);
            assert_eq!(records.all().await, [other]);
        }
        let none = Creations::none("no place");
        assert!(none.keep(&creation("a", "x")).await.is_err());
    }

    #[tokio::test]
    async fn what_a_killed_program_was_writing_goes_with_the_next_write_and_with_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let records = Creations::at(directory.path().to_owned());
        let mut gone = std::process::Command::new("true").spawn().unwrap();
        gone.wait().unwrap();
        let (one, other) = (creation("a", "x"), creation("a", "y"));
        let half = |creation: &Creation, process: u32| {
            let path = file(directory.path(), &stem(&creation.cluster));
            PathBuf::from(format!("{}.{process}", path.display()))
        };
        let (left, own) = (half(&other, gone.id()), half(&other, std::process::id()));
        let write = || [&left, &own].map(|path| std::fs::write(path, "{").unwrap());
        write();
        records.keep(&one).await.unwrap();
        assert!(!left.exists() && own.exists(), "what is being written stays");
        write();
        records.forget(&one.cluster).await;
        assert!(!left.exists() && own.exists());
    }

    #[tokio::test]
    async fn who_watches_learns_of_every_change() {
        let records = Creations::in_memory();
        let seen = records.changed_since(0);
        tokio::pin!(seen);
        assert!(futures::poll!(&mut seen).is_pending());
        records.keep(&creation("a", "x")).await.unwrap();
        assert_eq!(seen.await, 1);
        assert_eq!(
            records.changed_since(0).await,
            1,
            "what was missed is told at once"
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_reads_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let creation = creation("a", "x");
        Creations::at(directory.path().to_owned())
            .keep(&creation)
            .await
            .unwrap();
        let file = file(directory.path(), &stem(&creation.cluster));
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
