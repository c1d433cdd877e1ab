//! Plugins that are a few lines of shell: how often they run, what they see, what is made of their answers.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use fleetui_base::clock::FrozenClock;
use kube::config::{Cluster, ExecConfig, ExecInteractiveMode};

use super::*;

/// A plugin that is a few lines of shell. `$RUNS` is a file that counts its runs, one line each.
struct Shell {
    directory: tempfile::TempDir,
    exec: ExecConfig,
}

impl Shell {
    fn new(script: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut shell = Self {
            directory,
            exec: ExecConfig::default(),
        };
        shell.exec.command = Some("sh".to_owned());
        shell.exec.args = Some(vec!["-c".to_owned(), format!("echo run >> \"$RUNS\"; {script}")]);
        let variable = |name: &str, path: PathBuf| {
            HashMap::from([
                ("name".to_owned(), name.to_owned()),
                ("value".to_owned(), path.to_str().unwrap().to_owned()),
            ])
        };
        shell.exec.env = Some(vec![
            variable("RUNS", shell.file("runs")),
            variable("NOTES", shell.file("notes")),
        ]);
        shell
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn plugin(&self) -> Plugin {
        Plugin::of(&self.exec, &Cluster::default()).unwrap()
    }

    fn runs(&self) -> usize {
        lines(&self.file("runs")).len()
    }
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn prints(status: &str) -> String {
    format!(
        r#"printf %s '{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{status}}}'"#
    )
}

fn broker(timeout: Duration) -> (Arc<FrozenClock>, Arc<Broker>) {
    let clock = FrozenClock::at("2026-11-23T10:00:00Z".parse().unwrap());
    let settings = PluginSettings {
        timeout,
        ..PluginSettings::default()
    };
    (clock.clone(), Broker::new(clock, settings))
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn anchor_24_fifty_who_need_it_run_it_once() {
    let shell = Shell::new(&format!("sleep 0.1; {}", prints(r#"{"token":" abc\n"}"#)));
    let (_clock, broker) = broker(LONG);
    let plugin = shell.plugin();
    let asked = (0..50).map(|_| broker.credential(&plugin));
    for credential in futures::future::join_all(asked).await {
        assert_eq!(credential.unwrap().token, Some(Secret::new("abc".to_owned())));
    }
    assert_eq!(shell.runs(), 1);
}

#[tokio::test]
async fn anchor_23_it_has_no_terminal_and_is_told_so() {
    let script = format!(
        "for n in 0 1 2; do if [ -t $n ]; then echo tty >> \"$NOTES\"; fi; done; \
         read line && echo \"read $line\" >> \"$NOTES\"; echo \"$KUBERNETES_EXEC_INFO\" >> \"$NOTES\"; {}",
        prints(r#"{"token":"abc"}"#)
    );
    let shell = Shell::new(&script);
    let (_clock, broker) = broker(LONG);
    broker.credential(&shell.plugin()).await.unwrap();
    let notes = lines(&shell.file("notes"));
    assert_eq!(notes.len(), 1, "{notes:?}");
    let told: serde_json::Value = serde_json::from_str(&notes[0]).unwrap();
    assert_eq!(told["kind"], "ExecCredential");
    assert_eq!(told["spec"]["interactive"], false);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn anchor_17_22_it_has_a_session_of_its_own_and_so_no_terminal_to_open() {
    let script = format!(
        "if (: > /dev/tty) 2> /dev/null; then echo terminal >> \"$NOTES\"; fi; \
         cut -d ' ' -f 6 /proc/self/stat >> \"$NOTES\"; {}",
        prints(r#"{"token":"abc"}"#)
    );
    let shell = Shell::new(&script);
    let (_clock, broker) = broker(LONG);
    broker.credential(&shell.plugin()).await.unwrap();
    let ours = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ours = ours.split(' ').nth(5).unwrap();
    let notes = lines(&shell.file("notes"));
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_ne!(notes[0], ours, "its session is not ours");
}

#[tokio::test]
async fn anchor_16_one_that_hangs_is_ended_and_quoted() {
    let shell = Shell::new("echo 'Opening the browser...' >&2; exec sleep 60");
    let (_clock, broker) = broker(Duration::from_millis(500));
    let error = broker.credential(&shell.plugin()).await.unwrap_err();
    let CredentialError::TimedOut { words, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(words, "Opening the browser...");
}

#[tokio::test]
async fn anchor_18_25_one_that_fails_is_quoted_and_left_alone_for_a_while() {
    let shell =
        Shell::new("head -c 100000 /dev/zero | tr '\\0' x >&2; echo 'SSO session has expired' >&2; exit 255");
    let (clock, broker) = broker(LONG);
    let plugin = shell.plugin();
    let error = broker.credential(&plugin).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.ends_with("SSO session has expired") && message.contains("255"),
        "{message}"
    );
    assert!(message.len() < 2000, "bounded: {}", message.len());
    assert_eq!(
        broker.credential(&plugin).await.unwrap_err(),
        error,
        "its failure is the answer"
    );
    assert_eq!(shell.runs(), 1);
    clock.advance(Duration::from_secs(6));
    broker.credential(&plugin).await.unwrap_err();
    assert_eq!(shell.runs(), 2);
    // The second pause is twice as long.
    clock.advance(Duration::from_secs(6));
    broker.credential(&plugin).await.unwrap_err();
    assert_eq!(shell.runs(), 2);
    broker.forget(&plugin).await;
    broker.credential(&plugin).await.unwrap_err();
    assert_eq!(shell.runs(), 3, "the user asked for a new attempt");
}

#[tokio::test]
async fn a_credential_is_kept_until_shortly_before_it_ends() {
    let shell = Shell::new(&prints(
        r#"{"token":"abc","expirationTimestamp":"2026-11-23T11:00:00Z"}"#,
    ));
    let (clock, broker) = broker(LONG);
    let plugin = shell.plugin();
    broker.credential(&plugin).await.unwrap();
    clock.advance(Duration::from_mins(58));
    broker.credential(&plugin).await.unwrap();
    assert_eq!(shell.runs(), 1);
    clock.advance(Duration::from_secs(61));
    broker.credential(&plugin).await.unwrap();
    assert_eq!(shell.runs(), 2);
}

#[tokio::test]
async fn a_renewal_that_fails_early_takes_nothing_away() {
    let good = prints(r#"{"token":"abc","expirationTimestamp":"2026-11-23T11:00:00Z"}"#);
    let shell = Shell::new(&format!("if [ -e \"$NOTES\" ]; then exit 1; fi; {good}"));
    let (clock, broker) = broker(LONG);
    let plugin = shell.plugin();
    broker.credential(&plugin).await.unwrap();
    fs::write(shell.file("notes"), "from now on it fails").unwrap();
    clock.advance(Duration::from_secs(59 * 60 + 30));
    broker
        .credential(&plugin)
        .await
        .expect("the old one serves for another half minute");
    assert_eq!(shell.runs(), 2);
    clock.advance(Duration::from_secs(31));
    broker.credential(&plugin).await.expect_err("now it has ended");
}

#[tokio::test]
async fn a_refused_credential_is_asked_for_again_but_not_without_end() {
    let shell = Shell::new(&prints(r#"{"token":"abc"}"#));
    let (clock, broker) = broker(LONG);
    let plugin = shell.plugin();
    let credential = broker.credential(&plugin).await.unwrap();
    for _ in 0..20 {
        broker.refused(&plugin, &credential).await;
        broker.credential(&plugin).await.unwrap();
    }
    assert_eq!(shell.runs(), 1, "a young one is not asked for again");
    clock.advance(Duration::from_secs(31));
    broker.refused(&plugin, &credential).await;
    let newer = broker.credential(&plugin).await.unwrap();
    assert_eq!(shell.runs(), 2);
    clock.advance(Duration::from_secs(31));
    broker.refused(&plugin, &credential).await;
    broker.credential(&plugin).await.unwrap();
    assert_eq!(
        shell.runs(),
        2,
        "a refusal of an old one says nothing about a newer"
    );
    assert!(!Arc::ptr_eq(&credential, &newer));
}

#[tokio::test]
async fn what_is_no_credential_is_said_without_repeating_it() {
    let cases = [
        ("echo secret-but-not-json", "line 1"),
        (r#"echo '{"kind":"Pod"}'"#, "not ExecCredential"),
        (r#"echo '{"kind":"ExecCredential"}'"#, "no status"),
        (&prints("{}"), "neither a token"),
        (
            &prints(r#"{"clientCertificateData":"c"}"#),
            "together or not at all",
        ),
        (
            &prints(r#"{"token":"secret","expirationTimestamp":"tomorrow"}"#),
            "RFC 3339",
        ),
    ];
    for (script, what) in cases {
        let (_clock, broker) = broker(LONG);
        let message = broker
            .credential(&Shell::new(script).plugin())
            .await
            .unwrap_err()
            .to_string();
        assert!(message.contains(what) && !message.contains("secret"), "{message}");
    }
}

#[tokio::test]
async fn a_certificate_is_a_credential_too() {
    let shell = Shell::new(&prints(
        r#"{"clientCertificateData":"cert","clientKeyData":"key"}"#,
    ));
    let (_clock, broker) = broker(LONG);
    let credential = broker.credential(&shell.plugin()).await.unwrap();
    assert_eq!(
        credential.certificate,
        Some(("cert".to_owned(), Secret::new("key".to_owned())))
    );
}

#[tokio::test]
async fn a_plugin_that_is_not_there_is_told_with_its_hint() {
    let mut shell = Shell::new("");
    shell.exec.command = Some("no-such-plugin-anywhere".to_owned());
    shell.exec.install_hint = Some("install it with: get it".to_owned());
    let (_clock, broker) = broker(LONG);
    let message = broker.credential(&shell.plugin()).await.unwrap_err().to_string();
    assert_eq!(
        message,
        "credential plugin no-such-plugin-anywhere is not installed; install it with: get it"
    );
}

#[tokio::test]
async fn anchor_25_a_plugin_that_wants_to_talk_is_run_for_a_person_alone() {
    let mut shell = Shell::new(&prints(r#"{"token":"abc"}"#));
    shell.exec.interactive_mode = Some(ExecInteractiveMode::Always);
    let plugin = shell.plugin();
    let (_clock, broker) = broker(LONG);
    let refused = broker.credential(&plugin).await.unwrap_err();
    let command = "sh".to_owned();
    assert_eq!(refused, CredentialError::Interactive { command });
    assert_eq!(shell.runs(), 0);
    broker.turn(&plugin).await.log_in(LONG).await.unwrap();
    let credential = broker.credential(&plugin).await.unwrap();
    assert_eq!(credential.token, Some(Secret::new("abc".to_owned())));
    assert_eq!(shell.runs(), 1);
}

#[tokio::test]
async fn anchor_26_who_logs_in_is_talked_to_and_what_comes_of_it_is_for_all() {
    let script = format!(
        "echo \"$KUBERNETES_EXEC_INFO\" >> \"$NOTES\"; [ -e \"$NOTES.in\" ] || exit 7; {}",
        prints(r#"{"token":"abc","expirationTimestamp":"2026-11-23T11:00:00Z"}"#)
    );
    let mut shell = Shell::new(&script);
    shell.exec.provide_cluster_info = true;
    let cluster = Cluster {
        server: Some("https://a".to_owned()),
        ..Cluster::default()
    };
    let plugin = Plugin::of(&shell.exec, &cluster).unwrap();
    let (_clock, broker) = broker(LONG);
    assert!(broker.credential(&plugin).await.is_err());
    let failed = broker.turn(&plugin).await.log_in(LONG).await.unwrap_err();
    assert!(failed.to_string().contains("exit status: 7"), "{failed}");
    std::fs::write(shell.file("notes.in"), "").unwrap();
    let left_alone = broker.credential(&plugin).await.unwrap_err();
    assert!(left_alone.to_string().contains("exit status: 7"));
    broker.turn(&plugin).await.log_in(LONG).await.unwrap();
    broker.credential(&plugin).await.unwrap();
    let told: Vec<serde_json::Value> = lines(&shell.file("notes"))
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let interactive: Vec<_> = told.iter().map(|told| &told["spec"]["interactive"]).collect();
    assert_eq!(interactive, [false, true, true]);
    assert_eq!(told[2]["spec"]["cluster"]["server"], "https://a");
}

#[tokio::test]
async fn anchor_24_two_accounts_are_two_runs_and_two_credentials() {
    let mut shell = Shell::new(&prints(r#"{"token":"'"$ACCOUNT"'"}"#));
    let plugin = |shell: &mut Shell, account: &str| {
        let variable = [("name", "ACCOUNT"), ("value", account)];
        let variable = variable.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut exec = shell.exec.clone();
        exec.env.as_mut().unwrap().push(HashMap::from(variable));
        Plugin::of(&exec, &Cluster::default()).unwrap()
    };
    let (one, other) = (plugin(&mut shell, "one"), plugin(&mut shell, "other"));
    let (_clock, broker) = broker(LONG);
    let (one, other) = tokio::join!(broker.credential(&one), broker.credential(&other));
    assert_eq!(one.unwrap().token, Some(Secret::new("one".to_owned())));
    assert_eq!(other.unwrap().token, Some(Secret::new("other".to_owned())));
    assert_eq!(shell.runs(), 2);
}

#[tokio::test]
async fn who_logs_in_waits_for_a_run_in_the_background_and_may_stop_waiting() {
    let shell = Shell::new(&format!(
        "while [ ! -e \"$NOTES.in\" ]; do sleep 0.01; done; {}",
        prints(r#"{"token":"abc"}"#)
    ));
    let plugin = shell.plugin();
    let (_clock, broker) = broker(LONG);
    let background = {
        let (broker, plugin) = (Arc::clone(&broker), plugin.clone());
        tokio::spawn(async move { broker.credential(&plugin).await })
    };
    while shell.runs() == 0 {
        tokio::task::yield_now().await;
    }
    let turn = broker.turn(&plugin);
    let mut turn = std::pin::pin!(turn);
    assert!(futures::poll!(&mut turn).is_pending());
    std::fs::write(shell.file("notes.in"), "").unwrap();
    let turn = turn.await;
    background.await.unwrap().unwrap();
    turn.log_in(LONG).await.unwrap();
    assert_eq!(shell.runs(), 2);
}
