//! The program is killed in the middle of a creation, with a request on its way: what it has made is known to the next one, which
//! goes on with it or takes it back.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use fleetui_base::ManagementCluster;
use fleetui_fleet::create::{CreateDraft, Form, Variables, built_in};
use tokio::process::Command;

use super::commands::there;
use crate::embedded::Embedded;
use crate::front::Front;
use crate::program::{Ended, Home, kubeconfig};

/// Objects of a simulated cluster.
const ALL: usize = 7;
const PATIENCE: Duration = Duration::from_mins(1);
/// The directory of the state in the program's home.
const STATE: &str = ".local/state/fleetui";
const ANSWERS: &str = "--from simulated --kubernetes-version v1.33.4";

struct Stage {
    server: Embedded,
    home: Home,
    front: Front,
    kubeconfig: PathBuf,
}

impl Stage {
    async fn set() -> Self {
        let server = Embedded::as_served().await;
        let home = Home::new();
        let front = Front::start(server.client()).await;
        let kubeconfig = home.write("config", kubeconfig(&["here"], &front.url));
        Self {
            server,
            home,
            front,
            kubeconfig,
        }
    }

    /// Begins to create a cluster, and kills the program with the write of this number on its way, from 1; says whether that
    /// arrives all the same.
    async fn killed(&mut self, name: &str, number: usize, arrives: bool) {
        let words = format!("create cluster {name} {ANSWERS} --yes");
        let mut process = Command::new(env!("CARGO_BIN_EXE_fleetui"))
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(words.split_whitespace())
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut writes = 0;
        let last = loop {
            let arrival = tokio::time::timeout(PATIENCE, self.front.arrivals.recv()).await;
            let arrival = arrival.expect("the writes come").unwrap();
            writes += usize::from(arrival.is_write());
            if writes == number {
                break arrival;
            }
            arrival.let_through();
        };
        // SIGKILL, which no program notices.
        process.kill().await.unwrap();
        if arrives {
            last.let_through();
            let coming = async {
                while there(&self.server, name).await < number {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(PATIENCE, coming).await.expect("it arrives");
        }
    }

    /// Leaves a draft of the console behind, and what a killed program was writing.
    fn draft(&self, name: &str) {
        let mut form = Form::new(
            built_in("simulated").unwrap(),
            ManagementCluster::new("here"),
            &Variables::default(),
        )
        .unwrap();
        form.answer("CLUSTER_NAME", name);
        let draft = CreateDraft {
            id: name.to_owned(),
            ..CreateDraft::of(&form, None, jiff::Timestamp::UNIX_EPOCH)
        };
        let file = format!("{STATE}/drafts/simulated_{name}.create.json");
        self.home.write(&file, serde_json::to_vec(&draft).unwrap());
        let mut gone = std::process::Command::new("true").spawn().unwrap();
        gone.wait().unwrap();
        let half = format!(
            "{STATE}/creations/here_default_{name}.creation.json.{}",
            gone.id()
        );
        self.home.write(&half, "{");
    }

    /// The files that are in a folder of the state.
    fn left(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.home.path().join(STATE).join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.collect()
    }

    /// Runs `fleetui create cluster` with these words, and lets everything through.
    async fn create(&mut self, words: &str) -> Ended {
        let mut arguments = vec![
            "--kubeconfig",
            self.kubeconfig.to_str().unwrap(),
            "create",
            "cluster",
        ];
        arguments.extend(words.split_whitespace());
        let (home, arrivals) = (&self.home, &mut self.front.arrivals);
        let letting = async {
            while let Some(arrival) = arrivals.recv().await {
                arrival.let_through();
            }
        };
        tokio::select! {
            ended = home.run(&arguments) => ended,
            () = letting => panic!("the front has ended"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_program_has_made_is_gone_on_with_or_taken_back() {
    let mut stage = Stage::set().await;
    for (number, arrives, resumes) in [
        (1, true, true),
        (3, false, false),
        (4, true, false),
        (6, true, true),
        (7, false, true),
    ] {
        let name = format!("k{number}");
        stage.draft(&name);
        stage.killed(&name, number, arrives).await;
        let made = number - 1 + usize::from(arrives);
        assert_eq!(there(&stage.server, &name).await, made, "{name}");
        let again = stage.create(&format!("{name} {ANSWERS} --yes")).await;
        assert_eq!(again.code, Some(3), "{name}: {again:?}");
        let (way, left) = if resumes {
            ("--resume", ALL)
        } else {
            ("--clean-up", 0)
        };
        let ended = stage.create(&format!("{name} {way} --yes")).await;
        assert_eq!(ended.code, Some(0), "{name} {way}: {ended:?}");
        assert_eq!(there(&stage.server, &name).await, left, "{name} {way}");
        assert_eq!(stage.left("creations"), Vec::<String>::new(), "{name} {way}");
        let drafts = stage
            .left("drafts")
            .iter()
            .filter(|file| file.contains(&name))
            .count();
        assert_eq!(
            drafts,
            usize::from(!resumes),
            "{name}: what is taken back may be begun again"
        );
        // There is nothing more to be done about it.
        let over = stage.create(&format!("{name} {way} --yes")).await;
        assert_eq!(over.code, Some(1), "{name} {way}: {over:?}");
    }
    stage.server.stop().await;
}
