//! The walkthrough's hosts and the cluster on them, by commands alone.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use crate::program::{Ended, Home};
use crate::running::Running;

const PATIENCE: Duration = Duration::from_mins(3);

struct Person {
    home: Home,
    kubeconfig: PathBuf,
}

impl Person {
    async fn run(&self, words: &str) -> Ended {
        let mut arguments = vec!["--kubeconfig", self.kubeconfig.to_str().unwrap()];
        arguments.extend(words.split_whitespace());
        self.home.run(&arguments).await
    }

    /// Runs a command until what it prints is as it should be.
    async fn until(&self, words: &str, holds: impl Fn(&str) -> bool) -> String {
        let trying = async {
            loop {
                let ended = self.run(words).await;
                if ended.code == Some(0) && holds(&ended.printed) {
                    return ended.printed;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(PATIENCE, trying)
            .await
            .unwrap_or_else(|_| panic!("{words} never prints what it should"))
    }
}

fn lines(printed: &str, word: &str) -> usize {
    printed.lines().filter(|line| line.contains(word)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_and_a_cluster_on_them_by_commands_alone() {
    let home = Home::new();
    let kubeconfig = home.path().join("kubeconfig");
    let arguments = [
        "serve",
        "--simulated-hosts",
        "6",
        "--pace",
        "5",
        "--write-kubeconfig",
    ];
    let mut arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    arguments.push(kubeconfig.as_ref());
    let mut server = Running::start(home.path(), &arguments);
    server.hear("serving https://").await;
    let person = Person { home, kubeconfig };
    person
        .until("get hosts", |printed| lines(printed, "Free") == 6)
        .await;

    let answers = "--from byoh --kubernetes-version v1.31.2 --worker-machine-count 1";
    let taken = person
        .run(&format!(
            "create cluster byoh-cluster {answers} --set CONTROL_PLANE_ENDPOINT_IP=192.0.2.11 --yes"
        ))
        .await;
    assert_eq!(taken.code, Some(3), "{taken:?}");
    assert!(
        taken
            .said
            .contains("CONTROL_PLANE_ENDPOINT_IP: 192.0.2.11 is the address of host"),
        "{taken:?}"
    );
    let created = person
        .run(&format!(
            "create cluster byoh-cluster {answers} --set CONTROL_PLANE_ENDPOINT_IP=192.0.2.7 --yes"
        ))
        .await;
    assert_eq!(created.code, Some(0), "{created:?}");
    assert!(created.printed.contains("creates 9 objects"), "{created:?}");
    person
        .until("get machines", |printed| lines(printed, "Running") == 2)
        .await;
    person
        .until("get hosts", |printed| lines(printed, "Free") == 4)
        .await;
    let described = person.run("describe cluster byoh-cluster").await;
    assert!(described.printed.contains("byoh-cluster-md-0"), "{described:?}");
    let kubeconfig = person.run("get kubeconfig byoh-cluster").await;
    assert!(kubeconfig.printed.contains("current-context"), "{kubeconfig:?}");
    // The same address is no second cluster's.
    let second = person
        .run(&format!(
            "create cluster other {answers} --set CONTROL_PLANE_ENDPOINT_IP=192.0.2.7 --yes"
        ))
        .await;
    assert_eq!(second.code, Some(3), "{second:?}");
    assert!(
        second
            .said
            .contains("192.0.2.7 is the address of the Cluster default/byoh-cluster"),
        "{second:?}"
    );
    server.terminate().await;
}
