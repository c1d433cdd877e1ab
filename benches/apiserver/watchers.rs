//! One change, told to a thousand watchers.

use std::pin::pin;
use std::sync::Arc;

use futures::AsyncBufReadExt as _;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::sync::mpsc;

use super::Result;
use super::measure::{Samples, Stopwatch};
use super::served::Served;

const WATCHERS: usize = 1000;
const CHANGES: usize = 20;

pub(crate) async fn measure(served: &Served) -> Result<()> {
    let client = served.home.client(false).await?;
    let stopwatch = Arc::new(Stopwatch::start());
    let (told, mut tellings) = mpsc::channel(WATCHERS);
    let path = "/api/v1/namespaces/default/secrets?watch=true&resourceVersion=0&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
    for _ in 0..WATCHERS {
        let request = http::Request::get(path).body(Vec::new())?;
        let lines = client.request_stream(request).await?;
        let (told, stopwatch) = (told.clone(), Arc::clone(&stopwatch));
        tokio::spawn(async move {
            let mut lines = pin!(lines);
            let mut line = Vec::new();
            while lines
                .read_until(b'\n', &mut line)
                .await
                .is_ok_and(|read| read > 0)
            {
                line.clear();
                if told.send(stopwatch.elapsed()).await.is_err() {
                    return;
                }
            }
        });
    }
    // The bookmark behind what was there.
    for _ in 0..WATCHERS {
        tellings.recv().await;
    }
    let api: Api<Secret> = Api::namespaced(client, "default");
    let mut samples = Samples::new("one change to 1,000 watchers over TLS, until each has it");
    for change in 0..CHANGES {
        let object = Secret {
            metadata: ObjectMeta {
                name: Some(format!("change-{change}")),
                ..ObjectMeta::default()
            },
            ..Secret::default()
        };
        let begun = stopwatch.elapsed();
        api.create(&PostParams::default(), &object).await?;
        for _ in 0..WATCHERS {
            if let Some(at) = tellings.recv().await {
                samples.add(at.saturating_sub(begun));
            }
        }
    }
    samples.print();
    Ok(())
}
