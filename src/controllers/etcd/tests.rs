//! Against real members, where the program `etcd` is on this machine: three of them on loopback, with TLS.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleetui_base::Clock as _;
use fleetui_base::clock::SystemClock;
use fleetui_pki::{Authority, Validity};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use rustls::ClientConfig;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::client::Client;
use super::credentials;
use crate::workloads::{DialEtcd, DialledEtcd};

const LIMIT: Duration = Duration::from_secs(10);
/// The longest that a test waits for one thing; only what is broken takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// Members of one etcd, which end with it.
pub(crate) struct RealEtcd {
    members: Mutex<BTreeMap<String, Running>>,
    tls: Arc<ClientConfig>,
    _directory: TempDir,
}

struct Running {
    process: Child,
    address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl RealEtcd {
    /// Starts members of these names and waits until they answer; nothing where there is no such program, which is told.
    pub(crate) async fn start(authority: &Authority, names: &[&str]) -> Option<Self> {
        let there = Command::new("etcd")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if !there.is_ok_and(|status| status.success()) {
            println!("SKIPPED: there is no program etcd on this machine (Debian: etcd-server)");
            return None;
        }
        let directory = TempDir::new().expect("a directory");
        // All ports are taken before the first of them is given back.
        let free: Vec<_> = names.iter().map(|_| [listener(), listener()]).collect();
        let addresses: Vec<[SocketAddr; 2]> = free
            .iter()
            .map(|pair| {
                pair.each_ref()
                    .map(|listener| listener.local_addr().expect("an address"))
            })
            .collect();
        drop(free);
        let together: Vec<String> = names
            .iter()
            .zip(&addresses)
            .map(|(name, [_, peer])| format!("{name}=http://{peer}"))
            .collect();
        let members = names.iter().zip(&addresses).map(|(name, [client, peer])| {
            let process = spawn(
                directory.path(),
                authority,
                name,
                &[*client, *peer],
                &together.join(","),
            );
            let running = Running {
                process,
                address: *client,
            };
            ((*name).to_owned(), running)
        });
        let started = Self {
            members: Mutex::new(members.collect()),
            tls: tls(authority),
            _directory: directory,
        };
        for name in names {
            started.wait_for(name).await;
        }
        Some(started)
    }

    /// Asks until the member answers, and knows of a leader and that all others have started.
    async fn wait_for(&self, name: &str) {
        let answers = async {
            let mut turns = tokio::time::interval(Duration::from_millis(100));
            loop {
                turns.tick().await;
                match self.told_by(name).await {
                    Ok((names, leader))
                        if !leader.is_empty() && names.iter().all(|name| !name.is_empty()) =>
                    {
                        return;
                    }
                    Ok(_) | Err(_) => {}
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, answers).await;
        assert!(waited.is_ok(), "member {name} does not start");
    }

    /// With which a client is let in.
    pub(super) fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }

    pub(super) async fn client(&self, name: &str) -> Result<Client, String> {
        Client::connect(self, name, &self.tls, LIMIT).await
    }

    /// The names of the members, and of the one that leads, as this one says.
    pub(crate) async fn told_by(&self, name: &str) -> Result<(Vec<String>, String), String> {
        let mut client = self.client(name).await?;
        let members = client.members().await?;
        let leader = members.iter().find(|member| member.id == client.leader);
        let leader = leader.map(|member| member.name.clone()).unwrap_or_default();
        let mut names: Vec<String> = members.into_iter().map(|member| member.name).collect();
        names.sort();
        Ok((names, leader))
    }

    /// Ends a member at once.
    pub(crate) fn kill(&self, name: &str) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.remove(name).expect("it runs");
    }
}

impl DialEtcd for RealEtcd {
    fn dial<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Result<DialledEtcd, String>> {
        async move {
            let address = {
                let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
                members.get(node).map(|running| running.address)
            };
            let address = address.ok_or_else(|| format!("there is no Pod etcd-{node}"))?;
            let stream = TcpStream::connect(address)
                .await
                .map_err(|error| error.to_string())?;
            Ok(DialledEtcd {
                stream: Box::new(stream),
                end: None,
            })
        }
        .boxed()
    }
}

fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port")
}

fn tls(authority: &Authority) -> Arc<ClientConfig> {
    let client = authority.issue_client("test", None, Validity::days(SystemClock.now(), 1));
    let client = client.expect("a certificate");
    Arc::new(credentials::config(authority.certificate_pem(), &client).expect("TLS"))
}

/// One member as kubeadm would run it, but that members speak with each other in the clear.
fn spawn(
    directory: &Path,
    authority: &Authority,
    name: &str,
    [client, peer]: &[SocketAddr; 2],
    together: &str,
) -> Child {
    let names = [name.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = authority.issue_server(name, &names, Validity::days(SystemClock.now(), 1));
    let server = server.expect("a certificate");
    let write = |what: &str, text: &str| {
        let path = directory.join(format!("{name}.{what}"));
        std::fs::write(&path, text).expect("written");
        path
    };
    let log = std::fs::File::create(directory.join(format!("{name}.log"))).expect("a file");
    Command::new("etcd")
        .args(["--name", name, "--data-dir"])
        .arg(directory.join(name))
        .args(["--listen-client-urls", &format!("https://{client}")])
        .args(["--advertise-client-urls", &format!("https://{client}")])
        .args(["--listen-peer-urls", &format!("http://{peer}")])
        .args(["--initial-advertise-peer-urls", &format!("http://{peer}")])
        .args(["--initial-cluster", together])
        .arg("--cert-file")
        .arg(write("crt", &server.certificate_pem))
        .arg("--key-file")
        .arg(write("key", server.key_pem.reveal()))
        .arg("--trusted-ca-file")
        .arg(write("ca", authority.certificate_pem()))
        .arg("--client-cert-auth")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("it is there")
}

fn authority() -> Authority {
    Authority::generate("etcd-ca", Validity::days(SystemClock.now(), 1)).expect("an authority")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_members_tell_hand_on_and_leave() {
    let authority = authority();
    let Some(etcd) = RealEtcd::start(&authority, &["a", "b", "c"]).await else {
        return;
    };
    let (names, leader) = etcd.told_by("a").await.expect("an answer");
    assert_eq!(names, ["a", "b", "c"]);
    let mut client = etcd.client(&leader).await.expect("a connection");
    assert_eq!(client.alarms().await.expect("an answer"), []);
    let members = client.members().await.expect("an answer");
    assert!(members.iter().all(super::Member::votes), "{members:?}");
    let other = members
        .iter()
        .find(|member| member.name != leader)
        .expect("there are three")
        .clone();
    client.move_leader(other.id).await.expect("it is moved");
    let (_, leads) = etcd.told_by(&other.name).await.expect("an answer");
    assert_eq!(leads, other.name);
    let refused = client.move_leader(other.id).await.unwrap_err();
    assert_eq!(refused, "etcdserver: not leader");

    let refused = client.remove(1).await.unwrap_err();
    assert_eq!(refused, "etcdserver: member not found");
    let left = members
        .iter()
        .find(|member| member.name == leader)
        .expect("it is in");
    let mut client = etcd.client(&other.name).await.expect("a connection");
    // Members that have only just met are no quorum that could spare one.
    let removed = async {
        let mut turns = tokio::time::interval(Duration::from_millis(200));
        loop {
            turns.tick().await;
            match client.remove(left.id).await {
                Err(why) if why == "etcdserver: unhealthy cluster" => {}
                answer => return answer,
            }
        }
    };
    let removed = tokio::time::timeout(PATIENCE, removed).await;
    removed.expect("they have met").expect("it is out");
    let (names, _) = etcd.told_by(&other.name).await.expect("an answer");
    assert!(names.len() == 2 && !names.contains(&leader), "{names:?}");

    // Two members that do not hear each other do not know who is in.
    let third = names
        .iter()
        .find(|name| **name != other.name)
        .expect("two are left");
    etcd.kill(third);
    let silent = client.remove(1).await.unwrap_err();
    assert!(!silent.is_empty(), "{silent}");
}

/// Every node is that one.
struct Always(RealEtcd);
impl DialEtcd for Always {
    fn dial<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<DialledEtcd, String>> {
        self.0.dial("a")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_vouched_for_is_not_spoken_with() {
    let own = authority();
    let Some(etcd) = RealEtcd::start(&own, &["a"]).await else {
        return;
    };
    let (etcd, own) = (Always(etcd), tls(&own));
    let connect = async |node: &'static str, tls: &Arc<ClientConfig>| {
        Client::connect(&etcd, node, tls, LIMIT).await.map(drop)
    };
    assert_eq!(connect("a", &own).await, Ok(()));
    let other_node = connect("b", &own).await.unwrap_err();
    assert!(other_node.contains("not valid for name \"b\""), "{other_node}");
    let stranger = connect("a", &tls(&authority())).await.unwrap_err();
    assert!(stranger.contains("invalid peer certificate"), "{stranger}");
    assert!(
        connect("no name", &own)
            .await
            .unwrap_err()
            .contains("node's name")
    );
}

/// Somebody who takes connections and says nothing does not hold anybody up; what goes wrong is told in words, whether the stream ends with it or not.
#[tokio::test]
async fn silence_has_an_end() {
    struct Silence;
    impl DialEtcd for Silence {
        fn dial<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Result<DialledEtcd, String>> {
            let (stream, other) = tokio::io::duplex(64);
            let words = "the port is closed".to_owned();
            let end = match node {
                "mute" => async move {
                    let _held = other;
                    futures::future::pending().await
                }
                .boxed(),
                "refused" => async move {
                    let _held = other;
                    tokio::task::yield_now().await;
                    Some(words)
                }
                .boxed(),
                _ => {
                    drop(other);
                    async move {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        Some(words)
                    }
                    .boxed()
                }
            };
            futures::future::ready(Ok(DialledEtcd {
                stream: Box::new(stream),
                end: Some(end),
            }))
            .boxed()
        }
    }
    let tls = tls(&authority());
    let connect = async |node: &'static str, limit| {
        Client::connect(&Silence, node, &tls, Duration::from_millis(limit))
            .await
            .map(drop)
    };
    assert_eq!(connect("mute", 50).await.unwrap_err(), "no answer within 0.05 s");
    assert_eq!(
        connect("refused", 10_000).await.unwrap_err(),
        "the port is closed"
    );
    assert_eq!(connect("closed", 10_000).await.unwrap_err(), "the port is closed");
}
