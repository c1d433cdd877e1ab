//! Devices that stop to answer at any call, and what a power cut leaves of them.

use std::sync::atomic::AtomicI64;

use super::*;

/// Writes batches until the device fails at its `good_calls`-th call. Answers with the contents after every batch, and how
/// many batches were acknowledged; none where the device never failed.
async fn write_until_failure(
    images: &Images,
    start: &Content,
    good_calls: i64,
    seed: u64,
) -> Option<(Vec<Content>, usize)> {
    let good_calls = Arc::new(AtomicI64::new(good_calls));
    let mut memory = Memory::new(HistoryLimits::default());
    let faults: SharedFaults = Arc::new(NoFaults);
    let opened = Disk::open(
        Media::failing(&images.database, &good_calls),
        Box::new(Media::failing(&images.acknowledged, &good_calls)),
        &faults,
        &mut memory,
    );
    let mut contents = vec![start.clone()];
    let disk = match opened {
        Ok(disk) => disk,
        Err(disk::DiskError::Files(_)) => return Some((contents, 0)),
        Err(error) => panic!("a device that fails is no damage: {error}"),
    };
    let store = Store::start(options(None, faults), memory, Some(Box::new(disk))).unwrap();
    let mut random = StdRng::seed_from_u64(seed);
    let mut content = start.clone();
    for acknowledged in 0..12 {
        let batch = content.next_batch(&mut random);
        contents.push(content.clone());
        match store.commit(batch).await {
            Ok(commit) => assert_eq!(commit.revision, content.revision),
            Err(CommitError::Failed(_)) => {
                // It fails for good, and what is read is what was acknowledged last.
                assert!(!store.is_open());
                let again = store.commit(Batch::one(key("a"), Precondition::Absent, Change::Keep));
                assert!(matches!(
                    again.await,
                    Err(CommitError::Failed(_) | CommitError::Closed)
                ));
                assert_eq!(store.read(Content::of), contents[acknowledged]);
                store.close().await;
                return Some((contents, acknowledged));
            }
            Err(error) => panic!("{error}"),
        }
    }
    store.close().await;
    None
}

#[tokio::test]
async fn a_device_that_fails_at_any_call_loses_nothing_that_was_acknowledged() {
    let mut random = StdRng::seed_from_u64(1);
    // Without much time, some of the calls.
    let step = if thorough() { 1 } else { 7 };
    for round in 0..rounds(2) {
        for good_calls in (0..).step_by(step) {
            // A store with something in it, closed well.
            let images = Images::new();
            let mut start = images.read().unwrap();
            if round % 2 == 1 {
                write_until_failure(&images, &start, -1, round).await;
                start = images.read().unwrap();
            }
            let Some((contents, acknowledged)) =
                write_until_failure(&images, &start, good_calls, 7 + round).await
            else {
                break;
            };
            for _ in 0..2 {
                let left = images.map(|image| image.after_power_cut(&mut random));
                let found = left.read().unwrap_or_else(|error| {
                    panic!("after {good_calls} calls, {acknowledged} acknowledged: {error}")
                });
                let may_be = &contents[acknowledged..(acknowledged + 2).min(contents.len())];
                assert!(
                    may_be.contains(&found),
                    "after {good_calls} calls, {acknowledged} acknowledged: {found:?} is none of {may_be:?}"
                );
                // What was seen once stays, also over the next cut.
                let again = left.map(|image| image.after_power_cut(&mut random));
                assert_eq!(again.read().unwrap(), found);
            }
        }
    }
}

#[tokio::test]
async fn writers_at_once_are_each_kept_whole() {
    let mut random = StdRng::seed_from_u64(2);
    for round in 0..rounds(20) {
        let images = Images::new();
        let good_calls = Arc::new(AtomicI64::new(random.random_range(20..200)));
        let mut memory = Memory::new(HistoryLimits::default());
        let faults: SharedFaults = Arc::new(NoFaults);
        let disk = Disk::open(
            Media::failing(&images.database, &good_calls),
            Box::new(Media::failing(&images.acknowledged, &good_calls)),
            &faults,
            &mut memory,
        );
        let Ok(disk) = disk else { continue };
        let store = Store::start(options(None, faults), memory, Some(Box::new(disk))).unwrap();
        // Each writer writes three objects at a time, over and over.
        let writers = (0..8_u64).map(async |writer| {
            let (mut last, mut at) = (None, None);
            for value in 0..20_u64 {
                let mut batch = Batch::default();
                for part in 0..3 {
                    let name = format!("w{writer}-{part}");
                    let precondition = at.map_or(Precondition::Absent, Precondition::At);
                    let object = json!({"metadata": {"name": name}, "value": value});
                    batch.add(
                        key(&name),
                        precondition,
                        Change::Put(Draft::encode(&object).unwrap()),
                    );
                }
                match store.commit(batch).await {
                    Ok(commit) => (last, at) = (Some(value), Some(commit.revision)),
                    Err(_) => break,
                }
            }
            last
        });
        let acknowledged = futures::future::join_all(writers).await;
        let newest = store.revision();
        store.close().await;
        let left = images.map(|image| image.after_power_cut(&mut random));
        let found = left.read().unwrap();
        assert!(
            found.revision >= newest,
            "round {round}: from {newest} to {}",
            found.revision
        );
        for (writer, last) in acknowledged.into_iter().enumerate() {
            let values: Vec<Option<u64>> = (0..3)
                .map(|part| {
                    found
                        .objects
                        .get(&format!("w{writer}-{part}"))
                        .map(|(value, _)| *value)
                })
                .collect();
            assert!(
                values.iter().all(|value| *value == values[0]),
                "round {round}: a part of a batch: {values:?}"
            );
            let next = last.map_or(0, |last| last + 1);
            assert!(
                values[0] == last || values[0] == Some(next),
                "round {round}: {last:?} was acknowledged, and {:?} is there",
                values[0]
            );
        }
    }
}
