//! Clients against a small server: which credentials they send, and when those are had anew.

use std::fs;
use std::path::Path;
use std::sync::Mutex as StdMutex;

use fleetui_base::clock::FrozenClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::credentials::PluginSettings;
use crate::targets::{TargetRequest, resolve};

/// A server that notes the Authorization header of each request, and where it does not say who asks, and answers 200.
async fn server() -> (String, Arc<StdMutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(StdMutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&notes)));
        }
    });
    (url, seen)
}

async fn serve(mut stream: TcpStream, notes: Arc<StdMutex<Vec<String>>>) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        request.extend_from_slice(&piece[..read]);
        if !request.ends_with(b"\r\n\r\n") {
            continue;
        }
        let text = String::from_utf8(std::mem::take(&mut request)).unwrap();
        let header = text
            .lines()
            .find_map(|line| line.strip_prefix("authorization: "))
            .unwrap_or("none");
        let mut note = header.to_owned();
        for line in text.lines().filter(|line| line.starts_with("impersonate-")) {
            note.push_str(" | ");
            note.push_str(line);
        }
        if !text
            .lines()
            .any(|line| line.starts_with("user-agent: fleetui/") && line.ends_with(')'))
        {
            note.push_str(" | nobody says who asks");
        }
        notes.lock().unwrap().push(note);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .await
            .unwrap();
    }
}

struct Setup {
    directory: tempfile::TempDir,
    clock: Arc<FrozenClock>,
    connector: Connector,
    seen: Arc<StdMutex<Vec<String>>>,
}

impl Setup {
    /// A connector for a context whose user is `user` (`DIR` is the directory of the kubeconfig).
    async fn new(user: &str) -> Self {
        Self::over(user, crate::Overrides::default()).await
    }

    async fn over(user: &str, overrides: crate::Overrides) -> Self {
        let (url, seen) = server().await;
        let directory = tempfile::tempdir().unwrap();
        write_kubeconfig(directory.path(), &url, user);
        let request = TargetRequest {
            kubeconfig: Some(directory.path().join("config")),
            overrides,
            ..TargetRequest::default()
        };
        let target = resolve(&request).unwrap().remove(0);
        let clock = FrozenClock::at("2026-11-23T10:00:00Z".parse().unwrap());
        let broker = Broker::new(clock.clone(), PluginSettings::default());
        let connector = Connector::new(&target, broker, clock.clone(), ConnectSettings::default());
        Self {
            directory,
            clock,
            connector,
            seen,
        }
    }

    async fn get(&self) -> u64 {
        let connected = self.connector.client().await.unwrap();
        let request = http::Request::get("/version").body(Vec::new()).unwrap();
        connected.client.request_text(request).await.unwrap();
        connected.generation
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }
}

fn write_kubeconfig(directory: &Path, url: &str, user: &str) {
    let user = user.replace("DIR", directory.to_str().unwrap());
    let text = format!(
        "current-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n\
         clusters: [{{name: a, cluster: {{server: '{url}'}}}}]\nusers:\n- name: a\n  user: {user}\n"
    );
    fs::write(directory.join("config"), text).unwrap();
}

/// Prints the token that is in the file `token`, good until the time in the file `until`.
const PLUGIN: &str = r#"
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sh
      args:
      - -c
      - |
        echo run >> DIR/runs
        printf '{"kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}' "$(cat DIR/token)" "$(cat DIR/until)"
"#;

#[tokio::test]
async fn a_plugin_runs_once_for_a_client_and_again_when_its_token_is_due() {
    let setup = Setup::new(PLUGIN).await;
    fs::write(setup.file("token"), "first").unwrap();
    fs::write(setup.file("until"), "2026-11-23T11:00:00Z").unwrap();
    let generation = setup.get().await;
    setup.clock.advance(Duration::from_mins(30));
    assert_eq!(setup.get().await, generation, "the same client");
    assert_eq!(setup.seen(), ["Bearer first", "Bearer first"]);
    let runs = || fs::read_to_string(setup.file("runs")).unwrap().lines().count();
    assert_eq!(runs(), 1);
    fs::write(setup.file("token"), "second").unwrap();
    fs::write(setup.file("until"), "2026-11-23T12:00:00Z").unwrap();
    setup.clock.advance(Duration::from_secs(29 * 60 + 30));
    assert!(setup.get().await > generation);
    assert_eq!(setup.seen(), ["Bearer second"]);
    assert_eq!(runs(), 2);
}

#[tokio::test]
async fn a_token_file_is_read_again_and_its_line_break_is_no_part_of_it() {
    let setup = Setup::new("{tokenFile: DIR/token}").await;
    fs::write(setup.file("token"), "first\n").unwrap();
    let generation = setup.get().await;
    setup.clock.advance(Duration::from_secs(61));
    assert_eq!(
        setup.get().await,
        generation,
        "nothing changed, so the client stays"
    );
    fs::write(setup.file("token"), "second\n").unwrap();
    setup.clock.advance(Duration::from_secs(61));
    setup.get().await;
    assert_eq!(setup.seen(), ["Bearer first", "Bearer first", "Bearer second"]);
}

#[tokio::test]
async fn renewing_reads_the_kubeconfig_again() {
    let setup = Setup::new("{token: first}").await;
    let generation = setup.get().await;
    let text = fs::read_to_string(setup.file("config")).unwrap();
    fs::write(setup.file("config"), text.replace("first", "second")).unwrap();
    setup.connector.refused(generation).await;
    assert_eq!(setup.get().await, generation);
    setup.connector.renew().await;
    assert!(setup.get().await > generation);
    assert_eq!(setup.seen(), ["Bearer first", "Bearer first", "Bearer second"]);
    fs::write(setup.file("config"), "[").unwrap();
    setup.connector.renew().await;
    setup.get().await;
    assert_eq!(
        setup.seen(),
        ["Bearer second"],
        "a file that is broken by now takes nothing away"
    );
}

#[tokio::test]
async fn what_cannot_be_built_is_said() {
    let cases = [
        (
            "{client-certificate: DIR/missing.pem, client-key: DIR/missing.pem}",
            "client-certificate or client-key of the user: No such file",
        ),
        (
            "{client-certificate-data: '!!', client-key-data: '!!'}",
            "config: client-certificate or client-key of the user: Invalid symbol",
        ),
        (
            "{auth-provider: {name: gcp, config: {cmd-path: /bin/true}}}",
            "auth-provider gcp is gone",
        ),
        ("{tokenFile: DIR/missing}", "token file"),
        ("{exec: {command: no-such-plugin-anywhere}}", "is not installed"),
    ];
    for (user, what) in cases {
        let setup = Setup::new(user).await;
        let Err(error) = setup.connector.client().await else {
            panic!("{user} was built")
        };
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[tokio::test]
async fn a_kubeconfig_that_comes_later_is_found() {
    let (url, _seen) = server().await;
    let directory = tempfile::tempdir().unwrap();
    let fleet = directory.path().join("fleet.yaml");
    let config = directory.path().join("config");
    write_kubeconfig(directory.path(), &url, "{token: first}");
    let entries = "managementClusters:\n- {context: a, kubeconfig: config}\n- {context: a, alias: b, kubeconfig: later}\n";
    fs::write(&fleet, entries).unwrap();
    let request = TargetRequest {
        fleet_file: Some(fleet),
        ..TargetRequest::default()
    };
    let target = resolve(&request).unwrap().remove(1);
    let clock = FrozenClock::at("2026-11-23T10:00:00Z".parse().unwrap());
    let broker = Broker::new(clock.clone(), PluginSettings::default());
    let connector = Connector::new(&target, broker, clock, ConnectSettings::default());
    let Err(error) = connector.client().await else {
        panic!("there is no kubeconfig yet")
    };
    assert!(error.to_string().contains("later"), "{error}");
    fs::copy(config, directory.path().join("later")).unwrap();
    connector.client().await.unwrap();
}

#[tokio::test]
async fn who_takes_a_connection_and_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let text = format!(
        "{{current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}], \
         clusters: [{{name: k, cluster: {{server: \"{server}\"}}}}], users: [{{name: u, user: {{token: abc}}}}]}}"
    );
    let settings = ConnectSettings {
        answer_timeout: Duration::from_millis(50),
        ..ConnectSettings::default()
    };
    let text = fleetui_base::redact::Secret::new(text);
    let client = crate::stored::client(&text, Arc::default(), &settings)
        .await
        .unwrap();
    let pods: kube::Api<k8s_openapi::api::core::v1::Pod> = kube::Api::all(client);
    let params = kube::api::WatchParams::default();
    let watch = pods.watch(&params, "0");
    let answer = tokio::time::timeout(Duration::from_mins(1), watch).await;
    assert!(answer.expect("it does not wait for ever").is_err());
}

#[tokio::test]
async fn anchor_56_who_acts_for_another_does_so_in_every_request_and_after_renewing() {
    let overrides = crate::Overrides {
        acting_as: Some("jane".to_owned()),
        groups: vec!["ops".to_owned(), "dev".to_owned()],
        ..crate::Overrides::default()
    };
    let acting = " | impersonate-user: jane | impersonate-group: ops | impersonate-group: dev";
    let setup = Setup::over("{token: first}", overrides.clone()).await;
    setup.get().await;
    let text = fs::read_to_string(setup.file("config")).unwrap();
    fs::write(setup.file("config"), text.replace("first", "second")).unwrap();
    setup.connector.renew().await;
    setup.get().await;
    let expected = ["first", "second"].map(|token| format!("Bearer {token}{acting}"));
    assert_eq!(setup.seen(), expected);
    // With what a plugin gives it is no different, nor for nobody in particular.
    let setup = Setup::over(PLUGIN, overrides.clone()).await;
    fs::write(setup.file("token"), "given").unwrap();
    fs::write(setup.file("until"), "2026-11-23T11:00:00Z").unwrap();
    setup.get().await;
    assert_eq!(setup.seen(), [format!("Bearer given{acting}")]);
    let setup = Setup::over("{}", overrides).await;
    setup.get().await;
    assert_eq!(setup.seen(), [format!("none{acting}")]);
}

#[tokio::test]
async fn anchor_07_another_current_context_outside_changes_nothing_here() {
    let setup = Setup::new("{token: ours}").await;
    setup.get().await;
    let (elsewhere, seen_elsewhere) = server().await;
    let text = fs::read_to_string(setup.file("config")).unwrap();
    let more = text
        .replace("current-context: a", "current-context: b")
        .replace(
            "contexts: [",
            "contexts: [{name: b, context: {cluster: b, user: b}}, ",
        )
        .replace(
            "clusters: [",
            &format!("clusters: [{{name: b, cluster: {{server: '{elsewhere}'}}}}, "),
        );
    fs::write(
        setup.file("config"),
        format!("{more}- name: b\n  user: {{token: theirs}}\n"),
    )
    .unwrap();
    setup.connector.renew().await;
    setup.get().await;
    assert_eq!(setup.seen(), ["Bearer ours", "Bearer ours"]);
    assert_eq!(seen_elsewhere.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn who_logs_in_has_a_client_and_who_has_no_plugin_is_told() {
    let setup =
        Setup::new(&PLUGIN.replace("command: sh", "command: sh\n      interactiveMode: Always")).await;
    fs::write(setup.file("token"), "given").unwrap();
    fs::write(setup.file("until"), "2026-11-23T11:00:00Z").unwrap();
    assert!(
        setup.connector.client().await.is_err(),
        "there is nobody to talk to"
    );
    let turn = setup.connector.turn().await.unwrap();
    setup
        .connector
        .log_in(turn, Duration::from_secs(20))
        .await
        .unwrap();
    setup.get().await;
    assert_eq!(setup.seen(), ["Bearer given"]);
    let setup = Setup::new("{token: first}").await;
    let error = setup.connector.turn().await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "there is no credential plugin to log in with (credentials: token)"
    );
}
