//! `fleetui frame`: the same frame every time, at every size, and an end that scripts can tell apart.

use std::collections::BTreeSet;

use tokio::net::TcpListener;

use crate::program::{Home, kubeconfig};

async fn demo(arguments: &[&str]) -> String {
    let ended = Home::new().run(&[&["frame", "--demo"], arguments].concat()).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""), "{arguments:?}");
    ended.printed
}

/// Names of the Machines on a frame: five characters behind a guide, without those of a kind or pool.
fn machines(frame: &str) -> BTreeSet<&str> {
    let names = frame.lines().filter_map(|line| {
        let (_, line) = line.split_once("├─").or_else(|| line.split_once("└─"))?;
        let is_machine = ["Running", "Provisioning", "Deleting"]
            .iter()
            .any(|phase| line.contains(phase));
        line.split_whitespace()
            .find(|word| is_machine && word.len() == 5 && word.is_ascii())
    });
    names
        .filter(|name| name.chars().any(|character| character.is_ascii_digit()))
        .collect()
}

/// The lines in which two frames differ.
fn differences(one: &str, other: &str) -> String {
    let pairs = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    let lines: Vec<String> = pairs.map(|(one, other)| format!("- {one}\n+ {other}")).collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_frame_of_the_demo_is_the_same_every_time() {
    let plain = ["--seed", "1", "--size", "120x60"];
    // One after the other: each is a whole fleet that comes up.
    let one = demo(&plain).await;
    let other = demo(&plain).await;
    let another_seed = demo(&["--seed", "2", "--size", "120x60"]).await;
    assert!(one == other, "{}", differences(&one, &other));
    assert!(one.contains("mgmt-tokyo") && one.contains("alice-md-0"), "{one}");
    assert!(!one.contains('\u{1b}'));
    // Another seed gives other names to the same fleet.
    assert!(
        another_seed.contains("alice-md-0") && one.contains("alice-md-0"),
        "{another_seed}"
    );
    let (names, other_names) = (machines(&one), machines(&another_seed));
    assert!(
        names.len() > 10 && other_names.len() > 10,
        "{names:?} {other_names:?}"
    );
    assert!(names.is_disjoint(&other_names), "{names:?} {other_names:?}");
}

#[tokio::test]
async fn keys_give_the_same_frame_every_time() {
    let keys = "/ p a y m e n t s - m d - 0 enter g j j j s 7 enter";
    let arguments = ["--size", "160x48", "--ansi", "--keys", keys];
    let (scale, again) = tokio::join!(demo(&arguments), demo(&arguments));
    assert_eq!(scale, again);
    assert!(scale.contains("\u{1b}[0;"), "{scale}");
    let scale = without_styles(&scale);
    assert!(scale.contains("REPLICAS 4 → 7"), "{scale}");
    assert!(scale.contains("dry run ok"), "{scale}");
}

/// The text without what sets its styles.
pub(crate) fn without_styles(text: &str) -> String {
    let mut plain = String::new();
    for (index, part) in text.split("\u{1b}[").enumerate() {
        let end = part
            .find(|character: char| !character.is_ascii_digit() && character != ';')
            .filter(|end| index > 0 && part[*end..].starts_with('m'));
        match end {
            Some(end) => plain.push_str(&part[end + 1..]),
            None if index == 0 => plain.push_str(part),
            None => {
                plain.push_str("\u{1b}[");
                plain.push_str(part);
            }
        }
    }
    plain
}

#[tokio::test]
async fn the_screen_of_an_object_differs_only_in_what_the_server_gives() {
    // Writes of controllers that run at the same time have no fixed order, and uids are random.
    let arguments = ["--size", "120x60", "--keys", "j y"];
    let (one, other) = tokio::join!(demo(&arguments), demo(&arguments));
    let given = |line: &&str| ["uid", "resourceVersion"].iter().all(|word| !line.contains(word));
    let fixed = |frame: &str| frame.lines().filter(given).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(fixed(&one), fixed(&other));
    assert!(one.contains("kind: Cluster"), "{one}");
}

#[tokio::test]
async fn every_size_is_filled_and_none_is_left() {
    let (small, large) = tokio::join!(demo(&["--size", "80x24"]), demo(&["--size", "200x60"]));
    // What is said of too few cells is said whatever there is to see.
    let too_small = Home::new().run(&["frame", "--size", "50x10"]).await.printed;
    for (frame, columns, rows) in [(&small, 80, 24), (&large, 200, 60), (&too_small, 50, 10)] {
        assert_eq!(frame.lines().count(), rows, "{frame}");
        for line in frame.lines() {
            assert!(
                line.chars().count() <= columns,
                "{} of {columns}: {line}",
                line.chars().count()
            );
        }
    }
    for frame in [&small, &large] {
        assert!(frame.lines().next().unwrap().ends_with("READ-WRITE"), "{frame}");
        assert!(frame.lines().next_back().unwrap().ends_with("? help"), "{frame}");
    }
    // Why something is as it is has a column at every size; what may be left out has none where it is narrow.
    assert!(large.contains("MESSAGE") && small.contains("MESSAGE"), "{small}");
    assert!(large.contains("PHASE") && !small.contains("PHASE"), "{small}");
    assert!(too_small.contains("60x15"), "{too_small}");
}

#[tokio::test]
async fn a_server_that_stays_silent_ends_it_with_status_2() {
    // It accepts, by its backlog, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let home = Home::new();
    home.write(".kube/config", kubeconfig(&["mgmt-lab"], &server));
    let ended = home.run(&["frame", "--timeout", "1"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(ended.printed, "");
    assert!(
        ended.said.contains("not settled after 1 s") && ended.said.contains("mgmt-lab"),
        "{ended:?}"
    );
    drop(listener);
}

#[tokio::test]
async fn what_cannot_be_reached_is_a_frame_that_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let home = Home::new();
    home.write(".kube/config", kubeconfig(&["mgmt-lab"], &server));
    let ended = home.run(&["frame", "--timeout", "60"]).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""), "{ended:?}");
    assert!(
        ended.printed.contains("mgmt-lab") && ended.printed.contains("offline"),
        "{}",
        ended.printed
    );
    assert!(!ended.printed.contains("not-for-anybodys-eyes"));
}

#[tokio::test]
async fn wrong_usage_ends_with_status_2_and_names_what_is_allowed() {
    let cases: [(&[&str], &str); 8] = [
        (&["frame", "--size", "0x0"], "120x40"),
        (&["frame", "--size", "big"], "120x40"),
        (&["frame", "--demo", "--keys", "j entr"], "entr"),
        (&["frame", "--seed", "2"], "--demo"),
        (&["frame", "--timeout", "soon"], "soon"),
        (&["demo", "--pace", "fast"], "fast"),
        (&["fram"], "frame"),
        (&["--namespace", "a", "--all-namespaces"], "cannot be used with"),
    ];
    for (arguments, told) in cases {
        let ended = Home::new().run(arguments).await;
        assert_eq!(
            (ended.code, ended.printed.as_str()),
            (Some(2), ""),
            "{arguments:?}: {ended:?}"
        );
        assert!(ended.said.contains(told), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test]
async fn without_a_kubeconfig_the_frame_says_so() {
    let ended = Home::new().run(&["frame"]).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""), "{ended:?}");
    assert!(
        ended.printed.contains("kubeconfig") && ended.printed.contains("fleetui demo"),
        "{}",
        ended.printed
    );
}

#[tokio::test]
async fn a_console_that_the_keys_have_left_is_no_frame() {
    let ended = Home::new().run(&["frame", "--keys", "q"]).await;
    assert_eq!(
        (ended.code, ended.printed.as_str(), ended.said.as_str()),
        (Some(0), "the console was left\n", "")
    );
}

#[tokio::test]
async fn a_recording_of_a_frame_gives_that_frame_and_a_picture_is_made_of_it() {
    let home = Home::new();
    let arguments = [
        "frame",
        "--demo",
        "--size",
        "100x30",
        "--keys",
        "j j enter",
        "--record",
        "it.recording",
    ];
    let frame = home.run(&arguments).await;
    assert_eq!((frame.code, frame.said.as_str()), (Some(0), ""));
    let replay = |more: &'static [&'static str]| {
        let arguments = [&["frame", "--replay", "it.recording"], more].concat();
        let home = &home;
        async move { home.run(&arguments).await }
    };
    let replayed = replay(&[]).await;
    assert_eq!((replayed.code, replayed.said.as_str()), (Some(0), ""));
    assert_eq!(replayed.printed, frame.printed);
    let recording = std::fs::read_to_string(home.path().join("it.recording")).unwrap();
    assert!(recording.lines().count() > 5 && recording.is_ascii() && !recording.contains('\u{1b}'));
    // One that was cut off is played as far as it goes, and that is told.
    let cut = recording.len() - recording.lines().last().unwrap().len() / 2 - 1;
    std::fs::write(home.path().join("cut.recording"), &recording[..cut]).unwrap();
    let told = home.run(&["frame", "--replay", "cut.recording"]).await;
    assert_eq!(told.code, Some(0));
    assert!(
        told.said.contains("cut off in the middle of a line"),
        "{}",
        told.said
    );
    // The same frame with colours, and as a picture.
    let ansi = replay(&["--format", "ansi"]).await.printed;
    assert_eq!(ansi, replay(&["--ansi"]).await.printed);
    assert!(ansi.contains("\u{1b}["));
    let svg = replay(&["--format", "svg"]).await.printed;
    assert!(
        svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    assert!(svg.contains("mgmt-taipei") && !svg.contains('\u{1b}'));
    // What is there is not written over.
    let again = home.run(&arguments).await;
    assert_eq!(again.code, Some(1));
    assert!(
        again.said.contains("it.recording cannot be recorded in"),
        "{}",
        again.said
    );
}

/// What the README shows as `fleetui frame --demo …` is what that prints. With `FLEETUI_WRITE_README` set it is written anew.
#[tokio::test]
async fn the_picture_in_the_readme_is_what_the_demo_draws() {
    const MARK: &str = "<!-- fleetui frame --demo ";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(MARK).expect("the README has a picture");
    let (arguments, rest) = rest.split_once(" -->\n```\n").unwrap();
    let (shown, after) = rest.split_once("\n```\n").unwrap();
    // Blanks inside of quotes part no arguments.
    let mut quoted = false;
    let arguments = arguments.split(|c: char| {
        quoted ^= c == '"';
        c == ' ' && !quoted
    });
    let arguments: Vec<String> = arguments.map(|argument| argument.replace('"', "")).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let drawn = demo(&arguments).await;
    let drawn = drawn.trim_end_matches('\n');
    if std::env::var_os("FLEETUI_WRITE_README").is_some() {
        let head = &readme[..readme.len() - rest.len()];
        std::fs::write(&path, format!("{head}{drawn}\n```\n{after}")).unwrap();
        return;
    }
    assert!(!before.is_empty());
    assert_eq!(
        shown, drawn,
        "FLEETUI_WRITE_README=1 cargo test --test it frame:: writes it anew"
    );
}
