//! Whatever an object, a server or a kubeconfig says: nothing of it steers the terminal, on no screen.

use fleetui_connect::Target;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::embedded::{Embedded, frame};
use crate::frame::without_styles;
use crate::program::{Home, kubeconfig};

/// An escape sequence, a C1 control, a direction override, a line of its own, something invisible and a bell.
const TAIL: &str = "\u{1b}[31m\u{9b}2J\u{202e}\nINJECTED\u{200b}\u{7}\u{1b}]0;title\u{7}";

/// More combining characters than any script has.
const FLOOD: usize = 10_000;

/// The most code points that the frame may have for one cell: those of a base character that the sanitiser leaves, and a sign of
/// what it has cut.
const MOST_PER_CELL: usize = 9;

/// Text that names the place it stands in, followed by what would steer a terminal.
fn hostile(place: &str) -> String {
    format!("{place}{TAIL}")
}

/// Nothing but text and the ends of lines, and no more of it than there are cells.
fn assert_harmless(text: &str, size: (u16, u16), case: &str) {
    let steers = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character,
                '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let found: Vec<char> = text.chars().filter(|character| steers(*character)).collect();
    assert!(found.is_empty(), "{case}: {found:?} in\n{text}");
    assert_eq!(text.lines().count(), usize::from(size.1), "{case}:\n{text}");
    let cells = usize::from(size.0) * usize::from(size.1);
    assert!(text.chars().count() <= cells * MOST_PER_CELL, "{case}");
    for line in text.lines() {
        let flooded = line.chars().filter(|character| *character == '\u{301}').count();
        assert!(flooded <= usize::from(size.0) * MOST_PER_CELL, "{case}: {line}");
    }
}

/// Both forms of the frame, without and with colours.
async fn looked_at(targets: Vec<Target>, keys: &str, size: (u16, u16)) -> String {
    let frame = frame(targets, keys, size).await;
    let plain = frame.plain();
    assert_harmless(&plain, size, &format!("plain, {keys:?}"));
    assert_harmless(&without_styles(&frame.ansi()), size, &format!("ansi, {keys:?}"));
    plain
}

fn condition(kind: &str, place: &str) -> Value {
    json!({
        "type": kind, "status": "False", "reason": hostile(&format!("{place}reason")),
        "message": hostile(&format!("{place}message")), "lastTransitionTime": "2026-06-01T11:00:00Z",
    })
}

fn object(kind: &str, name: &str, spec: &Value) -> Value {
    let group = if kind == "KubeadmControlPlane" {
        "controlplane."
    } else {
        ""
    };
    json!({
        "apiVersion": format!("{group}cluster.x-k8s.io/v1beta2"),
        "kind": kind,
        "metadata": {
            "name": name, "namespace": "default",
            "labels": {"cluster.x-k8s.io/cluster-name": "c1"},
            "annotations": {"note": hostile("annotation")},
        },
        "spec": spec,
    })
}

/// A cluster that says hostile things wherever the API lets it.
async fn hostile_cluster() -> Embedded {
    let embedded = Embedded::with_any_objects().await;
    let reference = |place: &str| json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": hostile(place)});
    let spec = json!({"infrastructureRef": reference("reference"), "topology": {
        "classRef": {"name": hostile("class")}, "version": hostile("topology"),
    }});
    let status = json!({"phase": hostile("clusterphase"), "conditions": [condition("Available", "cluster")]});
    embedded
        .create_with_status(&object("Cluster", "c1", &spec), status)
        .await;

    let spec =
        json!({"clusterName": "c1", "replicas": 1, "template": {"spec": {"version": hostile("wish")}}});
    let flood = format!("flood a{} end", "\u{301}".repeat(FLOOD));
    let flooded = json!({"type": "Available", "status": "False", "reason": "Flood", "message": flood, "lastTransitionTime": "2026-06-01T11:00:00Z"});
    let status = json!({"phase": hostile("poolphase"), "replicas": 1, "conditions": [flooded]});
    let deployment = embedded
        .create_with_status(&object("MachineDeployment", "md1", &spec), status)
        .await;

    let mut machine = object(
        "Machine",
        "ma1",
        &json!({"clusterName": "c1", "version": hostile("v"), "providerID": hostile("provider")}),
    );
    machine["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment", "name": "md1",
        "uid": deployment["metadata"]["uid"], "controller": true,
    }]);
    let mut odd = condition("Ready", "machine");
    odd["type"] = json!(hostile("Type"));
    let status = json!({
        "phase": hostile("machinephase"), "nodeRef": {"name": hostile("node")},
        "conditions": [condition("Ready", "machine"), odd],
        "failureReason": hostile("failure"), "failureMessage": hostile("failed"),
        "versionOfNothing": {hostile("key"): hostile("value")},
    });
    embedded.create_with_status(&machine, status).await;

    let provider = json!({
        "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Provider",
        "metadata": {"name": "cluster-api", "namespace": "default"},
        "providerName": hostile("providername"), "version": hostile("providerversion"),
    });
    embedded.create(&provider).await;
    embedded
}

/// Fields whose text tries to steer the terminal.
const HOSTILE_PLACES: [&str; 19] = [
    "mgmt",
    "server",
    "clusterphase",
    "clusterreason",
    "clustermessage",
    "reference",
    "topology",
    "wish",
    "node",
    "provider",
    "machinereason",
    "machinemessage",
    "Type",
    "providerversion",
    "annotation",
    "class",
    "failed",
    "key",
    "value",
];

#[tokio::test]
async fn objects_steer_no_screen() {
    let embedded = hostile_cluster().await;
    let target = || {
        let mut target = embedded.target(&hostile("mgmt"));
        target.server = hostile("server");
        vec![target]
    };
    let mut seen = String::new();
    // Every line of the tree with its pane and the line under it; then what opens from there.
    let places = [
        "",
        "j",
        "j j",
        "j j j",
        "j j j j",
        "j j j j j",
        "j j j j j j",
        "G",
    ];
    for place in places {
        let tree = looked_at(target(), place, (200, 60)).await;
        // What comes from an object never begins a line of its own.
        assert!(
            !tree.lines().any(|line| line.trim_start().starts_with("INJECTED")),
            "{tree}"
        );
        seen += &tree;
    }
    for screen in [
        "enter",
        "y",
        "c",
        "s",
        "u",
        "u tab",
        "ctrl-z",
        "M",
        ": c t x space m tab",
        "?",
        "/ m g m t",
        ": m a c h i n e s enter",
        ": c l u s t e r s enter o y",
        ": m d enter",
        ": i n f r a enter",
        ": h o s t s enter",
        "!",
        "! enter",
        "w",
        "t",
        ": c t x enter",
    ] {
        for place in ["j", "j j", "G"] {
            seen += &looked_at(target(), &format!("{place} {screen}"), (200, 60)).await;
        }
    }
    for size in [(80, 24), (50, 10), (120, 40), (1, 1)] {
        seen += &looked_at(target(), "G", size).await;
    }
    // It was all there to be seen, with its controls made visible.
    for place in HOSTILE_PLACES {
        let visible = [
            format!("{place}␛[31m"),
            format!("{place}\\e[31m"),
            format!("{place}\\x1b[31m"),
            format!("{place}\\u001b[31m"),
        ];
        assert!(
            visible.iter().any(|visible| seen.contains(visible)),
            "{place} was on no screen"
        );
    }
    assert!(seen.contains("<U+202E>") && seen.contains("<U+009B>"));
    embedded.stop().await;
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_shown_as_such_and_hides_nothing() {
    let embedded = Embedded::with_any_objects().await;
    embedded.create(&object("Cluster", "c1", &json!({}))).await;
    let spec =
        json!({"clusterName": "c1", "replicas": "three", "template": {"spec": {"version": ["v1.33.4"]}}});
    let status =
        json!({"phase": 7, "conditions": ["Available", {"status": "True"}], "replicas": {"many": true}});
    embedded
        .create_with_status(&object("MachineDeployment", "md-broken", &spec), status)
        .await;
    let good = json!({"clusterName": "c1", "replicas": 2, "template": {"spec": {"version": "v1.33.4"}}});
    embedded
        .create(&object("MachineDeployment", "md-good", &good))
        .await;

    let plain = looked_at(vec![embedded.target("mgmt")], "/ b r o k e n enter G", (200, 60)).await;
    assert!(plain.contains("md-broken"), "{plain}");
    assert!(plain.contains("unreadable"), "{plain}");
    for path in ["spec.replicas", "status.phase", "status.conditions"] {
        assert!(plain.contains(path), "{path} is not told:\n{plain}");
    }
    let plain = looked_at(vec![embedded.target("mgmt")], "", (200, 60)).await;
    let good = plain.lines().find(|line| line.contains("md-good")).unwrap();
    assert!(good.contains("v1.33.4"), "{plain}");
    embedded.stop().await;
}

/// A server that refuses everything with these words.
async fn refusing(words: String) -> (tokio::task::JoinHandle<()>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403, "message": words});
    let body = status.to_string();
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let serving = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 8192];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    (serving, url)
}

#[tokio::test]
async fn kubeconfigs_and_servers_steer_no_terminal() {
    let (serving, server) = refusing(hostile("forbidden")).await;
    let home = Home::new();
    let name = hostile("context");
    home.write(".kube/config", kubeconfig(&[&name], &server));
    for (size, arguments) in [
        ((160, 40), &[][..]),
        ((160, 40), &["--ansi"]),
        ((80, 24), &["--ascii"]),
    ] {
        let (columns, rows) = size;
        let size_argument = format!("{columns}x{rows}");
        let ended = home
            .run(&[&["frame", "--size", &size_argument], arguments].concat())
            .await;
        assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""), "{ended:?}");
        let text = without_styles(&ended.printed);
        assert_harmless(&text, size, &format!("{arguments:?}"));
        // Where there is nothing but ASCII, pictures of controls are no more than something that was there.
        let escape = if text.is_ascii() { '?' } else { '␛' };
        assert_eq!(text.is_ascii(), arguments.contains(&"--ascii"), "{text}");
        assert!(text.contains(&format!("context{escape}[31m")), "{text}");
        assert!(text.contains(&format!("forbidden{escape}[31m")), "{text}");
    }
    // And where it never settles, what is said of it neither.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    home.write(".kube/config", kubeconfig(&[&name], &silent));
    let ended = home.run(&["frame", "--timeout", "1"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.said.contains("context␛[31m"), "{}", ended.said);
    assert!(
        !ended.said.trim_end().contains(char::is_control) || ended.said.lines().count() > 1,
        "{}",
        ended.said
    );
    assert!(
        !ended.said.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']),
        "{:?}",
        ended.said
    );
    serving.abort();
}
