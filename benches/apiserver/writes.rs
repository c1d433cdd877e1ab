//! Durable writes: each is on the disk when it is answered.

use std::collections::BTreeMap;
use std::time::Duration;

use fleetui_apiserver::{ApiServer, LogicalCluster};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::time::Instant;

use super::Result;
use super::measure::{Samples, print_figure};
use super::served::{Home, Served};

/// Writes of each run.
const WRITES: usize = 20_000;
/// Writes a second of the run that has a pace.
const PACE: u32 = 5_000;
/// Writers of that run.
const PACED_WRITERS: u32 = 64;

/// An object of about half a kilobyte.
fn config_map(name: String) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([("key".to_owned(), "x".repeat(256))])),
        ..ConfigMap::default()
    }
}

/// Over the socket.
pub(crate) async fn measure(served: &Served) -> Result<()> {
    for writers in [1, 8, 64] {
        let client = served.home.client(false).await?;
        run(&client, writers, "durable creates over TLS").await?;
    }
    paced(&served.home.client(false).await?).await
}

/// As many writes as are wanted and no more, each measured from when it was due: one that had to wait for those before it
/// took longer.
async fn paced(client: &Client) -> Result<()> {
    let every = Duration::from_secs(1) * PACED_WRITERS / PACE;
    let each = WRITES / PACED_WRITERS as usize;
    let running = (0..PACED_WRITERS).map(|writer| {
        let api: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
        // They are due one after another, not all at once.
        let start = Instant::now() + every * writer / PACED_WRITERS;
        tokio::spawn(async move {
            let mut samples = Samples::new("");
            let mut due = start;
            for index in 0..each {
                tokio::time::sleep_until(due).await;
                let object = config_map(format!("paced-{writer}-{index}"));
                api.create(&PostParams::default(), &object).await?;
                samples.add(due.elapsed());
                due += every;
            }
            Result::Ok(samples)
        })
    });
    let mut all = Samples::new("");
    for samples in futures::future::try_join_all(running).await? {
        all.join(samples?);
    }
    print_figure(
        &format!("durable creates over TLS at a pace of {PACE}/s, {PACED_WRITERS} writers"),
        &all.figure(),
    );
    Ok(())
}

/// In this process, without a socket: what the server itself can do.
pub(crate) async fn in_process() -> Result<()> {
    let home = Home::new()?;
    let server = ApiServer::builder().data_dir(home.path()).build().await?;
    for writers in [1, 8, 64] {
        let client = server.client(&LogicalCluster::root());
        run(&client, writers, "durable creates in process").await?;
    }
    server.shutdown().await;
    Ok(())
}

async fn run(client: &Client, writers: usize, what: &str) -> Result<()> {
    // One writer alone waits for the disk each time.
    let each = WRITES / if writers == 1 { 10 } else { writers };
    let mut whole = Samples::new("");
    let durations = whole
        .time_async(async {
            let running = (0..writers).map(|writer| {
                let api: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
                tokio::spawn(async move {
                    let mut samples = Samples::new("");
                    for index in 0..each {
                        let object = config_map(format!("w{writers}-{writer}-{index}"));
                        samples
                            .time_async(api.create(&PostParams::default(), &object))
                            .await?;
                    }
                    Result::Ok(samples)
                })
            });
            futures::future::try_join_all(running).await
        })
        .await?;
    let mut all = Samples::new("");
    for samples in durations {
        all.join(samples?);
    }
    let rate = whole.per_second(writers * each);
    print_figure(
        &format!("{what}, {writers} writers"),
        &format!("{rate:.0}/s  {}", all.figure()),
    );
    Ok(())
}
