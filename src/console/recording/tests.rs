//! What is recorded gives the same frames, and holds neither secrets nor anything that steers a terminal.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::chord::sequence;
use crate::document::Document;
use crate::effect::{Action, Answer, Outcome};
use crate::msg::Mouse;
use crate::runtime::Frame;
use crate::sample::{objects, options, session, updates};
use fleetui_fleet::session::Connection;
use fleetui_fleet::timeline::{Flip, Whose};

/// A console that is recorded, and what was seen of it.
struct Recorded {
    app: App,
    text: String,
    frames: Vec<String>,
}

impl Recorded {
    fn begin(files: &UserFiles) -> Self {
        let mut options = options((100, 30));
        let said = files.read().unwrap();
        (options.themes, options.keymaps) = (said.themes, said.keymaps);
        options.decide(Basis {
            config: said.config,
            ..Basis::default()
        });
        options.files = files.clone();
        let text = beginning(&options);
        let mut app = App::new(options).unwrap();
        app.begin();
        Self {
            app,
            text,
            frames: Vec::new(),
        }
    }

    fn message(&mut self, message: Msg) -> Vec<Effect> {
        self.text.push_str(&line(&self.app, &message));
        update(&mut self.app, message)
    }

    fn keys(&mut self, keys: &str) -> Vec<Effect> {
        let keys = sequence(keys).unwrap().into_iter();
        keys.flat_map(|key| self.message(Msg::Key(key))).collect()
    }

    fn draw(&mut self) {
        self.text.push_str(&drawn());
        self.frames.push(Frame::of(&self.app).ansi());
        self.app.drawn();
    }
}

/// The frames of a recording.
fn frames(text: &str) -> Vec<String> {
    let mut replay = Replay::new(text).unwrap();
    let mut frames = Vec::new();
    while let Some(event) = replay.next_event().unwrap() {
        if matches!(event, Event::Drawn) {
            frames.push(Frame::of(replay.app()).ansi());
        }
        replay.take(event);
    }
    frames
}

fn later(seconds: i64) -> Msg {
    Msg::Tick(crate::sample::now() + jiff::SignedDuration::from_secs(seconds))
}

#[test]
fn a_recording_gives_the_same_frames_again() {
    let files = UserFiles {
        config: Some(UserFile {
            path: "/home/alice/.config/fleetui/config.yaml".to_owned(),
            text: Ok("theme: mine\nmouse: true\n".to_owned()),
        }),
        themes: vec![UserFile {
            path: "/home/alice/.config/fleetui/themes/mine.yaml".to_owned(),
            text: Ok("inherits: light\nroles:\n  failed: {fg: \"#123456\"}\n".to_owned()),
        }],
        keymaps: Vec::new(),
    };
    let mut recorded = Recorded::begin(&files);
    recorded.draw();
    recorded.message(later(0));
    recorded.message(Msg::Fleet(updates()));
    recorded.draw();
    recorded.keys("j j");
    recorded.draw();
    recorded.message(Msg::Resize(140, 40));
    recorded.message(Msg::Mouse(Mouse::Press(8, 4)));
    recorded.draw();
    let asked = recorded.keys("y");
    let id = asked
        .iter()
        .find(|effect| matches!(effect.action, Action::Ask(_)))
        .unwrap()
        .id;
    let object =
        json!({"kind": "Cluster", "metadata": {"name": "x"}, "status": {"message": "\u{1b}[2J \u{202e} 東"}});
    let answer = Answer::Object(Arc::new(Document::new(object)));
    recorded.message(Msg::Outcome(Outcome { id, answer }));
    recorded.draw();
    recorded.keys("q / p a y");
    recorded.message(Msg::Paste("ments".to_owned()));
    recorded.message(later(75));
    recorded.draw();
    recorded.message(Msg::Reload(Arc::new(UserFiles::default())));
    recorded.message(Msg::Stop);
    recorded.draw();
    assert_eq!(frames(&recorded.text), recorded.frames);
    let distinct: std::collections::HashSet<_> = recorded.frames.iter().collect();
    assert!(distinct.len() > 6, "only {} frames differ", distinct.len());
    assert!(!recorded.text.contains("alice"), "where a home is was recorded");
}

#[test]
fn nothing_secret_and_nothing_that_steers_a_terminal_is_recorded() {
    let mut recorded = Recorded::begin(&UserFiles::default());
    // On the clipboard, and pasted where it means nothing.
    recorded.message(Msg::Paste("SENSITIVE".to_owned()));
    // What a plugin said on its way out.
    let how = "exec plugin: token=SENSITIVE refused for https://me:SENSITIVE@sso.example/".to_owned();
    recorded.message(Msg::Fleet(vec![session(
        "mgmt-taipei",
        Connection::AuthNeeded { how },
    )]));
    // What stands in objects: secrets in messages, and escapes in every text.
    let mut cluster = crate::sample::cluster(
        "hostile",
        &[("79q9d", "node-4")],
        Some("Bearer SENSITIVE \u{1b}]52;c;eA==\u{7}"),
    );
    for object in &mut cluster {
        object["metadata"]["labels"]["evil"] = json!("\u{9b}2J\u{202e}\u{7f}\u{2028}");
    }
    recorded.message(Msg::Fleet(vec![objects("mgmt-taipei", &cluster)]));
    let secret = json!({"kind": "Secret", "data": {"value": "SENSITIVE"}, "stringData": {"a": "SENSITIVE"}});
    let asked = recorded.keys("j y");
    let id = asked
        .iter()
        .find(|effect| matches!(effect.action, Action::Ask(_)))
        .unwrap()
        .id;
    let answer = Answer::Object(Arc::new(Document::new(secret)));
    recorded.message(Msg::Outcome(Outcome { id, answer }));
    recorded.draw();
    assert!(!recorded.text.contains("SENSITIVE"), "{}", recorded.text);
    assert!(recorded.text.contains("hostile"));
    let strange: Vec<char> = recorded
        .text
        .chars()
        .filter(|c| !matches!(c, ' '..='~' | '\n'))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(frames(&recorded.text).len(), 1);
}

#[test]
fn of_what_earlier_starts_saw_a_recording_has_the_latest_without_secrets_and_gives_the_same_frames() {
    let cluster = crate::sample::key("mgmt-taipei", crate::sample::CORE, "Cluster", "byoh-cluster");
    let seen = |minutes: usize, uid: &str, text: &str| Flip {
        at: crate::sample::now() - jiff::SignedDuration::from_mins(i64::try_from(minutes).unwrap()),
        whose: Whose {
            management_cluster: cluster.management_cluster.clone(),
            group: cluster.kind.group.as_ref().into(),
            kind: cluster.kind.kind.as_ref().into(),
            namespace: cluster.object.namespace.clone(),
            name: uid.trim_start_matches("uid-Cluster-").into(),
            uid: uid.into(),
        },
        what: "Available".into(),
        from: "True".into(),
        to: "False".into(),
        reason: "NotAvailable".into(),
        text: text.into(),
        good: false,
    };
    // As the journal gives them: the oldest first.
    let mut story: Vec<Flip> = (1..=MOST_REMEMBERED + 5)
        .rev()
        .map(|minutes| {
            seen(
                minutes,
                "uid-Cluster-byoh-cluster",
                &format!("seen {minutes} ago"),
            )
        })
        .collect();
    story.push(seen(0, "uid-Cluster-other", "refused for token=SENSITIVE"));
    let mut recorded = Recorded::begin(&UserFiles::default());
    recorded.message(later(0));
    recorded.message(Msg::Fleet(updates()));
    recorded.keys("j t");
    recorded.draw();
    recorded.message(within_bounds(Msg::Remembered(story)));
    recorded.draw();
    assert!(
        recorded.frames[1].contains("seen 1 ago"),
        "{}",
        recorded.frames[1]
    );
    assert_eq!(recorded.text.matches("seen ").count(), MOST_REMEMBERED - 1);
    assert!(!recorded.text.contains("SENSITIVE"), "a secret was recorded");
    assert_eq!(frames(&recorded.text), recorded.frames);
}

#[test]
fn what_is_no_recording_is_told_and_a_torn_end_is_left_out() {
    let good = Recorded::begin(&UserFiles::default()).text + &drawn();
    assert_eq!(frames(&good).len(), 1);
    assert_eq!(frames(&format!("{good}{{\"Key\":{{\"ke")).len(), 1);
    assert!(matches!(Replay::new(""), Err(RecordingError::NotOne(_))));
    assert!(matches!(
        Replay::new("kind: Config\n"),
        Err(RecordingError::NotOne(_))
    ));
    let other = good.replacen("\"format\":1", "\"format\":99", 1);
    assert!(matches!(Replay::new(&other), Err(RecordingError::NotOne(_))));
    let mut broken = Replay::new(&format!("{good}{{\"Nothing\":1}}\n")).unwrap();
    let error = broken.play().unwrap_err().to_string();
    assert!(
        error.starts_with("line 3 of the recording cannot be read: "),
        "{error}"
    );
}
