//! `fleetui serve` as a process: what it acknowledged survives its death, and it ends well when it is asked to.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt as _;
use kube::Client;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
    PostParams, WatchParams,
};
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::running::Running;

/// The longest that starting, ending or one answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Objects that are created while the server dies.
const OBJECTS: usize = 1000;
/// Requests that are under way at a time.
const AT_ONCE: usize = 200;

/// A data directory, and how a server over it is started.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn kubeconfig(&self) -> PathBuf {
        self.0.path().join("kubeconfig")
    }

    fn spawn(&self) -> Running {
        let data = self.0.path().join("data");
        let kubeconfig = self.kubeconfig();
        self.spawn_with(&[
            "--data-dir".as_ref(),
            data.as_ref(),
            "--write-kubeconfig".as_ref(),
            kubeconfig.as_ref(),
        ])
    }

    fn spawn_with(&self, arguments: &[&OsStr]) -> Running {
        let serve: [&OsStr; 2] = ["serve".as_ref(), "--no-controllers".as_ref()];
        Running::start(self.0.path(), &[&serve, arguments].concat())
    }

    /// Starts a server and waits until it serves.
    async fn start(&self) -> Running {
        let mut server = self.spawn();
        server.hear("serving https://127.0.0.1:").await;
        server
    }

    async fn client(&self) -> Client {
        let file = Kubeconfig::read_from(self.kubeconfig()).unwrap();
        let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
            .await
            .unwrap();
        // A create that is tried again could be acknowledged for what an earlier attempt did.
        config.default_retry = false;
        Client::try_from(config).unwrap()
    }
}

fn config_map_resource() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "ConfigMap"))
}

fn config_maps(client: Client) -> Api<DynamicObject> {
    Api::namespaced_with(client, "default", &config_map_resource())
}

fn config_map(name: &str) -> DynamicObject {
    DynamicObject::new(name, &config_map_resource()).data(json!({"data": {"name": name.repeat(50)}}))
}

fn revision(object: &DynamicObject) -> u64 {
    object
        .metadata
        .resource_version
        .as_deref()
        .unwrap()
        .parse()
        .unwrap()
}

/// Creates objects until the server, killed after `survivors` answers, answers no more. Returns what it acknowledged.
async fn create_until_death(home: &Home, round: usize, survivors: usize) -> BTreeMap<String, DynamicObject> {
    let mut server = home.start().await;
    let api = config_maps(home.client().await);
    let creations = (0..OBJECTS).map(|number| {
        let api = api.clone();
        async move {
            api.create(
                &PostParams::default(),
                &config_map(&format!("round-{round}-{number}")),
            )
            .await
        }
    });
    let mut answers = futures::stream::iter(creations).buffer_unordered(AT_ONCE);
    let mut acknowledged = BTreeMap::new();
    while let Some(answer) = tokio::time::timeout(PATIENCE, answers.next())
        .await
        .expect("a request hangs")
    {
        match answer {
            Ok(object) => {
                acknowledged.insert(object.metadata.name.clone().unwrap(), object);
            }
            Err(error) => assert!(acknowledged.len() >= survivors, "before the kill: {error}"),
        }
        if acknowledged.len() == survivors {
            // SIGKILL: nothing is flushed, nobody is told.
            server.process.start_kill().unwrap();
        }
    }
    assert!(
        acknowledged.len() >= survivors && acknowledged.len() < OBJECTS,
        "{} acknowledged",
        acknowledged.len()
    );
    assert!(!server.ended().await.success());
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let home = Home::new();
    let mut acknowledged = BTreeMap::new();
    for (round, survivors) in [10, 400, 777].into_iter().enumerate() {
        let newest = acknowledged.values().map(revision).max().unwrap_or(0);
        let created = create_until_death(&home, round, survivors).await;
        let oldest = created.values().map(revision).min().unwrap();
        assert!(oldest > newest, "revisions went back from {newest} to {oldest}");
        acknowledged.extend(created);

        let server = home.start().await;
        let list = config_maps(home.client().await)
            .list(&ListParams::default())
            .await
            .unwrap();
        let at: u64 = list.metadata.resource_version.unwrap().parse().unwrap();
        let newest = acknowledged.values().map(revision).max().unwrap();
        assert!(at >= newest, "the revision went back from {newest} to {at}");
        let stored: BTreeMap<_, _> = list
            .items
            .into_iter()
            .map(|object| (object.metadata.name.clone().unwrap(), object))
            .collect();
        for (name, object) in &acknowledged {
            let kept = stored
                .get(name)
                .unwrap_or_else(|| panic!("{name} was acknowledged and is gone"));
            assert_eq!(kept.metadata.uid, object.metadata.uid, "{name}");
            assert_eq!(revision(kept), revision(object), "{name}");
            assert_eq!(kept.data, object.data, "{name}");
        }
        server.terminate().await;
    }
}

/// What is done to an object, once to each.
#[derive(Clone, Copy, PartialEq)]
enum Done {
    Changed,
    Deleted,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_and_deletions_that_were_acknowledged_are_there_after_a_kill() {
    const COUNT: usize = 400;
    // The others are changed.
    let is_deleted = |number: usize| number.is_multiple_of(3);
    let home = Home::new();
    let mut server = home.start().await;
    let api = config_maps(home.client().await);
    let create = |number: usize| {
        let api = api.clone();
        async move {
            let object = config_map(&format!("o{number}"));
            api.create(&PostParams::default(), &object).await.unwrap()
        }
    };
    let made: Vec<DynamicObject> = futures::stream::iter((0..COUNT).map(create))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let act = |number: usize| {
        let api = api.clone();
        async move {
            let name = format!("o{number}");
            if is_deleted(number) {
                let gone = api.delete(&name, &DeleteParams::default()).await;
                gone.map(|_| (number, Done::Deleted))
            } else {
                let patch = Patch::Merge(json!({"data": {"changed": "yes"}}));
                let changed = api.patch(&name, &PatchParams::default(), &patch).await;
                changed.map(|_| (number, Done::Changed))
            }
        }
    };
    let mut answers = futures::stream::iter((0..COUNT).map(act)).buffer_unordered(AT_ONCE);
    let mut acknowledged = BTreeMap::new();
    while let Some(answer) = tokio::time::timeout(PATIENCE, answers.next())
        .await
        .expect("a request hangs")
    {
        match answer {
            Ok((number, done)) => drop(acknowledged.insert(number, done)),
            Err(error) => assert!(acknowledged.len() >= COUNT / 4, "before the kill: {error}"),
        }
        if acknowledged.len() == COUNT / 4 {
            server.process.start_kill().unwrap();
        }
    }
    assert!(acknowledged.len() < COUNT, "it was not killed in between");
    assert!(!server.ended().await.success());

    let server = home.start().await;
    let list = config_maps(home.client().await)
        .list(&ListParams::default())
        .await
        .unwrap();
    let stored: BTreeMap<_, _> = list
        .items
        .iter()
        .map(|object| (object.metadata.name.as_deref().unwrap(), object))
        .collect();
    for (number, before) in made.iter().enumerate() {
        let now = stored.get(format!("o{number}").as_str());
        let changed = now.is_some_and(|now| now.data["data"]["changed"] == "yes");
        match acknowledged.get(&number) {
            Some(Done::Deleted) => assert!(now.is_none(), "o{number} was deleted"),
            Some(Done::Changed) => assert!(changed, "o{number} was changed"),
            // Not answered: done or not, and never a part of it.
            None if is_deleted(number) => assert!(now.is_none_or(|now| **now == *before)),
            None => assert!(changed || now.is_some_and(|now| **now == *before)),
        }
    }
    server.terminate().await;
}

#[tokio::test]
async fn a_kubeconfig_file_stays_good_over_a_restart() {
    let home = Home::new();
    let server = home.start().await;
    let first = home.client().await;
    let written = std::fs::read(home.kubeconfig()).unwrap();
    server.terminate().await;
    let server = home.start().await;
    assert_eq!(
        std::fs::read(home.kubeconfig()).unwrap(),
        written,
        "address, authority and certificate are the same"
    );
    assert!(config_maps(first).list(&ListParams::default()).await.is_ok());
    let address = server_of(&home);
    server.terminate().await;

    // Somebody else has the port now: the server takes another one and says so.
    let _other = tokio::net::TcpListener::bind(address.trim_start_matches("https://"))
        .await
        .unwrap();
    let mut server = home.spawn();
    server.hear("is taken").await;
    server.hear("serving https://127.0.0.1:").await;
    assert_ne!(server_of(&home), address);
    assert!(
        config_maps(home.client().await)
            .list(&ListParams::default())
            .await
            .is_ok()
    );
    server.terminate().await;
}

/// The address in the kubeconfig.
fn server_of(home: &Home) -> String {
    let file = Kubeconfig::read_from(home.kubeconfig()).unwrap();
    file.clusters[0].cluster.as_ref().unwrap().server.clone().unwrap()
}

#[tokio::test]
async fn the_end_closes_watches_and_says_so() {
    let home = Home::new();
    let mut server = home.start().await;
    let api = config_maps(home.client().await);
    let mut watch = api.watch(&WatchParams::default(), "0").await.unwrap().boxed();
    api.create(&PostParams::default(), &config_map("seen"))
        .await
        .unwrap();
    // What every namespace has from the start comes first.
    let seen = async {
        loop {
            let event = watch.next().await.unwrap().unwrap();
            if matches!(event, kube::core::WatchEvent::Added(object) if object.metadata.name.as_deref() == Some("seen"))
            {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap();
    let id = server.process.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-HUP", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    server.hear("SIGHUP, ending").await;
    // The stream ends; it is not broken off.
    assert!(
        tokio::time::timeout(PATIENCE, watch.next())
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn two_servers_never_share_a_data_directory() {
    let home = Home::new();
    let first = home.start().await;
    let mut second = home.spawn();
    let holder = first.process.id().unwrap();
    second
        .hear(&format!("in use by another process (number {holder})"))
        .await;
    assert_eq!(second.ended().await.code(), Some(1));
    assert!(
        config_maps(home.client().await)
            .list(&ListParams::default())
            .await
            .is_ok(),
        "the first one still serves"
    );
    first.terminate().await;
}

/// Runs `fleetui` to its end: exit status and what it said on stdout and stderr.
async fn fleetui(home: &Home, arguments: &[&OsStr]) -> (Option<i32>, String) {
    let running = Command::new(env!("CARGO_BIN_EXE_fleetui"))
        .args(arguments)
        .env("HOME", home.0.path())
        .output();
    let output = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_backup_is_of_the_directory_that_is_named() {
    let (home, other) = (Home::new(), Home::new());
    let (server, another) = (home.start().await, other.start().await);
    let (data, output) = (home.0.path().join("data"), home.0.path().join("saved"));
    let mut readonly = home.kubeconfig().into_os_string();
    readonly.push(".readonly");
    for (kubeconfig, expected) in [
        (other.kubeconfig().into_os_string(), "leads to another server"),
        (readonly, "name the administrator's kubeconfig"),
        (home.0.path().join("none").into_os_string(), "there is no"),
    ] {
        let arguments: [&OsStr; 7] = [
            "backup".as_ref(),
            "--kubeconfig".as_ref(),
            &kubeconfig,
            "--data-dir".as_ref(),
            data.as_ref(),
            "--output".as_ref(),
            output.as_ref(),
        ];
        let (code, said) = fleetui(&home, &arguments).await;
        assert!(code == Some(1) && said.contains(expected), "{said}");
        assert!(!said.contains("Status {") && !output.exists(), "{said}");
    }
    server.terminate().await;
    another.terminate().await;
}

#[tokio::test]
async fn a_store_is_saved_while_it_serves_and_when_it_does_not() {
    let home = Home::new();
    let path = |name: &str| home.0.path().join(name);
    let (data, online, offline) = (path("data"), path("online"), path("offline"));
    let save = async |file: &PathBuf| {
        let kubeconfig = home.kubeconfig();
        let arguments: [&OsStr; 7] = [
            "backup".as_ref(),
            "--kubeconfig".as_ref(),
            kubeconfig.as_ref(),
            "--data-dir".as_ref(),
            data.as_ref(),
            "--output".as_ref(),
            file.as_ref(),
        ];
        fleetui(&home, &arguments).await
    };
    let server = home.start().await;
    let api = config_maps(home.client().await);
    let made = api
        .create(&PostParams::default(), &config_map("kept"))
        .await
        .unwrap();
    let (code, said) = save(&online).await;
    assert_eq!(code, Some(0), "{said}");
    server.terminate().await;
    let audit = std::fs::read_to_string(data.join("audit/audit.log")).unwrap();
    let saved = audit.lines().find(|line| line.contains("/debug/backup")).unwrap();
    assert!(saved.contains("\"userAgent\":\"fleetui/"), "{saved}");
    let (code, said) = save(&offline).await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = save(&offline).await;
    assert!(code == Some(1) && said.contains("is there already"), "{said}");

    for file in [&online, &offline] {
        let permissions = std::fs::metadata(file).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
        let new = Home::new();
        let into = new.0.path().join("data");
        let arguments: [&OsStr; 5] = [
            "restore".as_ref(),
            "--data-dir".as_ref(),
            into.as_ref(),
            "--from".as_ref(),
            file.as_ref(),
        ];
        let (code, said) = fleetui(&new, &arguments).await;
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = fleetui(&new, &arguments).await;
        assert!(code == Some(1) && said.contains("is not empty"), "{said}");
        let server = new.start().await;
        let api = config_maps(new.client().await);
        let kept = api.get("kept").await.unwrap();
        assert_eq!((&kept.metadata.uid, &kept.data), (&made.metadata.uid, &made.data));
        let next = api
            .create(&PostParams::default(), &config_map("next"))
            .await
            .unwrap();
        assert!(
            revision(&next) > revision(&made) + 1_000_000,
            "{}",
            revision(&next)
        );
        server.terminate().await;
    }
}

#[tokio::test]
async fn a_damaged_store_is_not_served() {
    let home = Home::new();
    home.start().await.terminate().await;
    let file = home.0.path().join("data/store/store.redb");
    let mut bytes = std::fs::read(&file).unwrap();
    for byte in bytes.iter_mut().skip(4096) {
        *byte ^= 0x10;
    }
    std::fs::write(&file, bytes).unwrap();
    let mut server = home.spawn();
    server.hear("store.redb is damaged").await;
    assert_eq!(server.ended().await.code(), Some(1));
}

#[tokio::test]
async fn a_reader_that_is_gone_does_not_end_the_server() {
    let home = Home::new();
    let Running { mut process, said } = home.spawn();
    drop(said);
    let written = async {
        while !home.kubeconfig().exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, written)
        .await
        .expect("no kubeconfig is written");
    assert!(
        config_maps(home.client().await)
            .list(&ListParams::default())
            .await
            .is_ok()
    );
    let id = process.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    let ended = tokio::time::timeout(PATIENCE, process.wait())
        .await
        .expect("the server does not end")
        .unwrap();
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test]
async fn what_cannot_be_served_is_refused_with_a_reason() {
    let home = Home::new();
    let kubeconfig = home.kubeconfig();
    let refused: [(&[&OsStr], &str); 2] = [
        (&[], "--write-kubeconfig"),
        (
            &[
                "--listen".as_ref(),
                "0.0.0.0:0".as_ref(),
                "--write-kubeconfig".as_ref(),
                kubeconfig.as_ref(),
            ],
            "0.0.0.0:0 is not a loopback address",
        ),
    ];
    for (arguments, reason) in refused {
        let mut server = home.spawn_with(arguments);
        server.hear(reason).await;
        assert_eq!(server.ended().await.code(), Some(1));
    }
    assert!(!kubeconfig.exists());
}
