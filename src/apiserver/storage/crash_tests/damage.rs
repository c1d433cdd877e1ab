//! Bits that flip and files that are cut: a store is opened as it was, or it is not opened.

use super::*;

/// The files of a store in use, as a kill leaves them, and as a good end leaves them; and what is in them.
async fn used() -> [(Images, Content); 2] {
    let images = Images::new();
    let mut memory = Memory::new(HistoryLimits::default());
    let faults: SharedFaults = Arc::new(NoFaults);
    let database = Media::failing(&images.database, &Arc::new((-1).into()));
    let disk = Disk::open(database, Media::over(&images.acknowledged), &faults, &mut memory).unwrap();
    let store = Store::start(options(None, faults), memory, Some(Box::new(disk))).unwrap();
    let mut content = Content::default();
    let mut random = StdRng::seed_from_u64(3);
    for _ in 0..12 {
        store.commit(content.next_batch(&mut random)).await.unwrap();
    }
    let copy = |images: &Images| images.map(|image| Image::of(image.content()));
    let killed = copy(&images);
    store.close().await;
    [(killed, content.clone()), (copy(&images), content)]
}

/// Opens damaged files: they hold what they should, or they are refused as damaged.
fn judge(damaged: &Images, content: &Content, what: &str) -> bool {
    match damaged.read() {
        Ok(found) => {
            assert_eq!(found, *content, "{what}: served something else");
            false
        }
        Err(disk::DiskError::Damaged { .. }) => true,
        Err(error) => panic!("{what}: {error}"),
    }
}

#[tokio::test]
async fn a_flipped_bit_is_said_or_changes_nothing() {
    let mut random = StdRng::seed_from_u64(4);
    for (images, content) in used().await {
        let bits = images.database.content().len() * 8;
        // The bits of the database's header, and as many of the rest as there is time for.
        let some = (0..rounds(60)).map(|_| random.random_range(0..bits));
        let step = if thorough() { 1 } else { 11 };
        let mut said = 0;
        for bit in (0..320 * 8).step_by(step).chain(some) {
            let damaged = Images {
                database: Arc::new(images.database.with_flipped(bit)),
                acknowledged: Arc::new(Image::of(images.acknowledged.content())),
            };
            said += usize::from(judge(&damaged, &content, &format!("bit {bit}")));
        }
        assert!(said > 20, "only {said} flips were noticed");
    }
}

#[tokio::test]
async fn a_file_that_is_cut_or_empty_is_said() {
    for (images, content) in used().await {
        let length = images.database.content().len();
        for kept in (0..length).step_by(length / 23) {
            let damaged = Images {
                database: Arc::new(images.database.truncated(kept)),
                acknowledged: Arc::new(Image::of(images.acknowledged.content())),
            };
            judge(&damaged, &content, &format!("cut to {kept} bytes"));
        }
        for kept in [0, 1, 4096, 8191] {
            let damaged = Images {
                database: Arc::new(Image::of(images.database.content())),
                acknowledged: Arc::new(images.acknowledged.truncated(kept)),
            };
            assert!(judge(&damaged, &content, &format!("mark cut to {kept} bytes")));
        }
    }
}

#[tokio::test]
async fn an_old_copy_of_the_database_is_noticed() {
    let [(killed, _), (closed, content)] = used().await;
    let empty = Images::new();
    let mixed = Images {
        database: empty.database,
        acknowledged: Arc::new(Image::of(closed.acknowledged.content())),
    };
    let Err(disk::DiskError::Damaged { what, .. }) = mixed.read() else {
        panic!("an empty database was taken for the one that was acknowledged")
    };
    assert!(
        what.contains("everything up to revision 12 was acknowledged"),
        "{what}"
    );
    // The same revision with other records.
    let other = Images {
        database: killed.database,
        acknowledged: Arc::new(Image::default()),
    };
    let mark = acknowledged::Mark {
        revision: content.revision,
        digest: checksum::Digest(1),
    };
    acknowledged::Acknowledged::create(Media::over(&other.acknowledged), mark).unwrap();
    assert!(matches!(other.read(), Err(disk::DiskError::Damaged { .. })));
}

#[tokio::test]
async fn files_of_a_directory_that_are_missing_or_changed_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Store::open(options(Some(directory.path()), Arc::new(NoFaults)));
    let store = open().unwrap();
    store
        .commit(Content::default().next_batch(&mut StdRng::seed_from_u64(5)))
        .await
        .unwrap();
    store.close().await;
    for file in ["store.redb", "acknowledged", "format"] {
        let path = directory.path().join("store").join(file);
        let kept = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let refused = open().err().unwrap();
        assert!(
            matches!(&refused, OpenError::Damaged { file, .. } if *file == path),
            "{refused}"
        );
        let text = refused.to_string();
        assert!(
            text.contains("fleetui restore --data-dir NEW --from FILE"),
            "{text}"
        );
        std::fs::write(&path, kept).unwrap();
    }
    // A store of the time before this format, and one of a time to come.
    let path = directory.path().join("store/format");
    std::fs::write(&path, "fleetui-store 3\n").unwrap();
    assert!(matches!(open().err().unwrap(), OpenError::Format { found, .. } if found == "fleetui-store 3"));
    std::fs::write(&path, "fleetui-store 2\n").unwrap();
    open().unwrap().close().await;
    let old = tempfile::tempdir().unwrap();
    std::fs::write(old.path().join("format"), "fleetui-store 1\n").unwrap();
    let refused = Store::open(options(Some(old.path()), Arc::new(NoFaults)))
        .err()
        .unwrap();
    assert!(matches!(refused, OpenError::Format { .. }), "{refused}");
}
