//! A management cluster as a process of its own, whose clusters come up and end in real time; it outlives the consoles over it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Terminal;
use crate::program::Home;
use crate::running::Running;

/// Simulated hosts and machines are twenty times as fast as usual.
const PACE: &str = "5";

/// As backups have it: a machine that is deleted is drained when this is gone from it.
const HOOK: &str = "pre-drain.delete.hook.machine.cluster.x-k8s.io/backup";

/// The management cluster.
pub(super) struct Served {
    server: Running,
    home: Home,
    pub(super) kubeconfig: PathBuf,
}

impl Served {
    pub(super) async fn start(hosts: &str) -> Self {
        let home = Home::new();
        let kubeconfig = home.path().join("kubeconfig");
        let arguments = [
            "serve",
            "--simulated-hosts",
            hosts,
            "--pace",
            PACE,
            "--write-kubeconfig",
        ];
        let mut arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        arguments.push(kubeconfig.as_ref());
        let mut server = Running::start(home.path(), &arguments);
        server.hear("serving https://").await;
        Self {
            server,
            home,
            kubeconfig,
        }
    }

    /// Runs a command against it, which must end well; gives what it prints.
    pub(super) async fn run(&self, arguments: &[&str]) -> String {
        let variables = [("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.7")];
        let common = ["--kubeconfig", self.kubeconfig.to_str().unwrap()];
        let ended = self
            .home
            .run_with(&variables, &[arguments, &common].concat())
            .await;
        assert_eq!(
            ended.code,
            Some(0),
            "{arguments:?}: {}{}",
            ended.printed,
            ended.said
        );
        ended.printed
    }

    /// Makes a cluster with one control plane machine and so many workers.
    pub(super) async fn create(&self, name: &str, infrastructure: &str, version: &str, workers: &str) {
        let written = self
            .run(&[
                "generate",
                "cluster",
                name,
                "-i",
                infrastructure,
                "--kubernetes-version",
                version,
                "--control-plane-machine-count",
                "1",
                "--worker-machine-count",
                workers,
            ])
            .await;
        let file = self.home.write(&format!("{name}.yaml"), written);
        self.run(&["apply", "-f", file.to_str().unwrap(), "--yes"]).await;
    }

    /// The name of the only machine whose name begins so, of those that the filter leaves.
    pub(super) async fn machine(&self, filter: &str, prefix: &str) -> String {
        let listed = self
            .run(&["get", "machines", "-o", "name", "--filter", filter])
            .await;
        let names = listed.lines().filter_map(|line| line.rsplit('/').next());
        let mut alike = names.filter(|name| name.starts_with(prefix));
        let (Some(name), None) = (alike.next(), alike.next()) else {
            panic!("not one {prefix}: {listed}");
        };
        name.to_owned()
    }

    /// A machine that is deleted is not drained before it is let go.
    pub(super) async fn hold(&self, machine: &str) {
        self.annotate(machine, &format!("\n  annotations:\n    {HOOK}: \"\""))
            .await;
    }

    /// Its deletion goes on.
    pub(super) async fn let_go(&self, machine: &str) {
        self.annotate(machine, "").await;
    }

    async fn annotate(&self, machine: &str, annotations: &str) {
        let head = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Machine\nmetadata:";
        let object = format!("{head}\n  name: {machine}\n  namespace: default{annotations}\n");
        let file = self.home.write("held.yaml", object);
        self.run(&["apply", "-f", file.to_str().unwrap(), "--yes"]).await;
    }

    /// A console over it, of a person with a home of their own.
    pub(super) fn console(&self, user: &str) -> Terminal {
        let arguments = ["--kubeconfig", self.kubeconfig.to_str().unwrap()];
        Terminal::start_with(&arguments, 160, 48, &[("USER", user), ("SHELL", "/bin/sh")])
    }

    /// A command at a terminal, of a person with a home of their own.
    pub(super) fn terminal(&self, arguments: &[&str]) -> Terminal {
        let common = ["--kubeconfig", self.kubeconfig.to_str().unwrap()];
        Terminal::start_with(&[&common, arguments].concat(), 120, 30, &[("SHELL", "/bin/sh")])
    }

    /// Runs a command with this directory for the states of programs, which must end well.
    pub(super) async fn run_in(&self, states: &Path, arguments: &[&str]) {
        let variables = [("XDG_STATE_HOME", states.to_str().unwrap())];
        let common = ["--kubeconfig", self.kubeconfig.to_str().unwrap()];
        let ended = self
            .home
            .run_with(&variables, &[&common, arguments].concat())
            .await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    }

    pub(super) async fn stop(self) {
        self.server.terminate().await;
    }
}
