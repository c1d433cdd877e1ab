//! The tree screen: snapshots at several sizes, and the cursor over a fleet that changes.

use fleetui_fleet::tree::Node;

use crate::chord::sequence;
use crate::glyphs::ASCII;
use crate::sample::{
    app, app_with, cluster, gone, key, machine, now, objects, options, plain, press, session, updates,
};
use crate::theme::ColourLevel;
use crate::{Msg, update};
use fleetui_fleet::session::Connection;

mod shape;

fn cursor_name(app: &crate::App) -> String {
    match app.tree.cursor() {
        Some(Node::Object(key)) => format!("{} {}", key.kind.kind, key.object.name),
        Some(Node::Fleet(group)) => format!("group {group:?}"),
        Some(Node::ManagementCluster(name)) => name.to_string(),
        Some(Node::Group(_, heading)) => (*heading).to_owned(),
        Some(Node::Beside(_, key)) => format!("beside {}", key.object.name),
        Some(Node::Missing(_, key)) => format!("missing {}", key.object.name),
        None => "nothing".to_owned(),
    }
}

#[test]
fn at_80x24_the_tree_has_the_whole_width() {
    insta::assert_snapshot!("tree-80x24", plain(&app((80, 24))));
}

#[test]
fn from_120_a_pane_follows_the_cursor() {
    let mut app = app((120, 40));
    press(&mut app, "j");
    insta::assert_snapshot!("tree-120x40", plain(&app));
}

#[test]
fn from_160_there_are_two_panes() {
    let mut app = app((200, 60));
    press(&mut app, "j");
    insta::assert_snapshot!("tree-200x60", plain(&app));
}

#[test]
fn without_panes_a_wide_tree_has_namespaces_and_messages() {
    let mut app = app((160, 24));
    press(&mut app, "i");
    insta::assert_snapshot!("tree-160x24-no-pane", plain(&app));
}

#[test]
fn a_small_terminal_says_so_and_still_quits() {
    let mut app = app((50, 10));
    insta::assert_snapshot!("tree-50x10", plain(&app));
    let effects = press(&mut app, "ctrl-c");
    assert_eq!(
        effects.first().map(|effect| &effect.action),
        Some(&crate::Action::Quit)
    );
}

#[test]
fn ascii_signs_stand_for_every_state() {
    let mut options = options((80, 24));
    options.glyphs = ASCII;
    let app = app_with(options, updates());
    let text = plain(&app);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!("tree-80x24-ascii", text);
}

#[test]
fn colours_go_with_the_level() {
    for (name, level, theme) in [
        ("truecolour", ColourLevel::TrueColour, "dark"),
        ("16", ColourLevel::Ansi16, "ansi16"),
        ("none", ColourLevel::None, "dark"),
    ] {
        let mut options = options((80, 15));
        options.colour_level = level;
        theme.clone_into(&mut options.theme);
        let app = app_with(options, updates());
        let ansi = crate::runtime::Frame::of(&app).ansi();
        insta::assert_snapshot!(format!("tree-80x15-{name}"), ansi.replace('\u{1b}', "ESC"));
    }
}

#[test]
fn anchor_21_loading_empty_denied_and_unreachable_never_look_alike() {
    let retry_at = now() + jiff::SignedDuration::from_secs(12);
    let offline = Connection::Offline {
        why: "connection refused".to_owned(),
        retry_at,
    };
    let states = vec![
        session("idle", Connection::Idle),
        session("connecting", Connection::Connecting),
        session("syncing", Connection::Syncing { done: 3, total: 12 }),
        session("empty", Connection::Live),
        session(
            "login",
            Connection::AuthNeeded {
                how: "run: cloud login".to_owned(),
            },
        ),
        session(
            "denied",
            Connection::Denied {
                why: "clusters is forbidden".to_owned(),
            },
        ),
        session("offline", offline),
    ];
    let app = app_with(options((100, 24)), states);
    insta::assert_snapshot!("tree-connections", plain(&app));
    // A live and empty management cluster is told from one whose rows are hidden.
    let live = vec![
        session("empty", Connection::Live),
        objects("empty", &cluster("well", &[], None)),
    ];
    let mut app = app_with(options((100, 24)), live);
    press(&mut app, "ctrl-z");
    assert!(plain(&app).contains("no faults here"), "{}", plain(&app));
}

#[test]
fn the_cursor_stays_on_its_object_when_the_fleet_is_reshuffled() {
    let mut app = app((80, 24));
    press(&mut app, "j j j j j");
    let before = cursor_name(&app);
    let screen_row = |app: &crate::App| app.tree.on_screen().position(|(_, _, at)| at);
    // Clusters that sort before it come in above, and others behind.
    let more = objects(
        "mgmt-taipei",
        &[cluster("aaa", &[], None), cluster("zzz", &[], None)].concat(),
    );
    update(&mut app, Msg::Fleet(vec![more]));
    assert_eq!(cursor_name(&app), before);
    assert!(screen_row(&app).is_some());
    press(&mut app, "i");
    assert_eq!(cursor_name(&app), before);
}

#[test]
fn a_cursor_whose_object_goes_is_put_on_the_nearest_survivor() {
    let mut app = app((80, 24));
    let doomed = key(
        "mgmt-taipei",
        crate::sample::CORE,
        "Machine",
        "byoh-cluster-md-0-x4b-79q9d",
    );
    while !cursor_name(&app).ends_with(doomed.object.name.as_str()) {
        let before = cursor_name(&app);
        press(&mut app, "j");
        assert_ne!(
            cursor_name(&app),
            before,
            "the machine is not in the tree:\n{}",
            plain(&app)
        );
    }
    update(&mut app, Msg::Fleet(vec![gone(&doomed)]));
    assert_eq!(cursor_name(&app), "Machine byoh-cluster-md-0-x4b-k8v2s");
    // When everything goes, the cursor ends on what is left.
    update(
        &mut app,
        Msg::Fleet(vec![fleetui_fleet::Update::Closed(
            doomed.management_cluster.clone(),
        )]),
    );
    assert_ne!(cursor_name(&app), "nothing");
    assert!(!cursor_name(&app).contains("byoh"));
}

#[test]
fn folding_unfolding_and_parents() {
    let mut app = app((80, 40));
    press(&mut app, "j");
    assert_eq!(cursor_name(&app), "Cluster byoh-cluster");
    press(&mut app, "h");
    assert!(!plain(&app).contains("byoh-cluster-cp"), "{}", plain(&app));
    assert!(plain(&app).contains('▸'));
    press(&mut app, "l");
    assert!(plain(&app).contains("ControlPlane"));
    press(&mut app, "l");
    assert_ne!(
        cursor_name(&app),
        "Cluster byoh-cluster",
        "unfolded already, so it goes below"
    );
    press(&mut app, "h h");
    assert_eq!(cursor_name(&app), "Cluster byoh-cluster");
    press(&mut app, "h h");
    assert_eq!(cursor_name(&app), "mgmt-taipei");
    press(&mut app, "*");
    assert!(plain(&app).contains("ControlPlane"), "{}", plain(&app));
}

#[test]
fn anchor_33_35_41_a_long_list_scrolls_with_the_cursor_and_only_visible_lines_are_painted() {
    let set = ("MachineSet", "byoh-cluster-md-0-x4b");
    let many: Vec<_> = (0..2_000)
        .map(|index| machine("byoh-cluster", set, &format!("m{index:05}"), Ok("node")))
        .collect();
    let mut app = app((80, 24));
    update(&mut app, Msg::Fleet(vec![objects("mgmt-taipei", &many)]));
    press(&mut app, "G");
    assert!(app.tree.on_screen().any(|(_, _, cursor)| cursor));
    press(&mut app, "g");
    assert_eq!(cursor_name(&app), "mgmt-taipei");
    for _ in 0..40 {
        press(&mut app, "pgdown");
    }
    assert!(plain(&app).contains("m00"), "{}", plain(&app));
    assert_eq!(app.tree.on_screen().count(), 19);
    assert!(app.tree.on_screen().any(|(_, _, cursor)| cursor));
}

#[test]
fn the_filter_works_as_it_is_typed_and_can_be_left() {
    let mut app = app((80, 24));
    press(&mut app, "/ p a y");
    let text = plain(&app);
    assert!(
        text.contains("payments") && !text.contains("byoh-cluster"),
        "{text}"
    );
    assert!(text.trim_end().ends_with("/pay"), "{text}");
    press(&mut app, "esc");
    assert!(plain(&app).contains("byoh-cluster"));
    press(&mut app, "/ p a y enter");
    assert_eq!(
        cursor_name(&app),
        "Cluster payments",
        "the cursor goes to what was asked for"
    );
    assert!(!plain(&app).contains("byoh-cluster"));
    assert!(
        plain(&app).contains("/pay"),
        "an active filter is never forgotten: {}",
        plain(&app)
    );
    // What was typed before gives way to what is typed now.
    press(&mut app, "/ b y o h");
    assert!(plain(&app).trim_end().ends_with("/byoh"), "{}", plain(&app));
    press(&mut app, "enter esc");
    assert!(plain(&app).contains("payments"), "escape takes the filter away");
}

#[test]
fn what_matches_alone_can_be_unfolded() {
    let mut app = app((80, 24));
    press(&mut app, "/ k i n d = C l u s t e r space p a y enter");
    let text = plain(&app);
    assert!(
        text.contains("▸ payments") && !text.contains("ControlPlane"),
        "{text}"
    );
    press(&mut app, "l");
    let text = plain(&app);
    assert!(text.contains("▾ payments") && text.contains("2hx7l"), "{text}");
    press(&mut app, "h");
    assert!(!plain(&app).contains("2hx7l"), "{}", plain(&app));
    // Another filter begins anew, and without one everything is as it was.
    press(&mut app, "l / k i n d = C l u s t e r enter");
    assert!(plain(&app).contains("▸ payments"), "{}", plain(&app));
    press(&mut app, "esc");
    assert!(plain(&app).contains("▾ payments"), "{}", plain(&app));
}

#[test]
fn an_unfinished_term_hides_nothing_and_is_not_taken() {
    let mut app = app((80, 24));
    press(&mut app, "/ a g e <");
    let text = plain(&app);
    assert!(text.contains("byoh-cluster"), "{text}");
    assert!(text.contains("age is compared with a duration such as"), "{text}");
    press(&mut app, "enter");
    assert!(
        plain(&app).trim_end().ends_with("/age<"),
        "the line stays: {}",
        plain(&app)
    );
    press(&mut app, "9 d enter");
    assert_eq!(
        app.tree
            .options
            .filter
            .as_ref()
            .map(fleetui_fleet::filter::Filter::text),
        Some("age<9d")
    );
    press(&mut app, "/ - f space p y m enter");
    let text = plain(&app);
    assert!(
        text.contains("payments") && !text.contains("byoh-cluster"),
        "{text}"
    );
}

#[test]
fn anchor_03_faults_only_and_one_management_cluster() {
    let mut app = app((80, 24));
    press(&mut app, "ctrl-z");
    let text = plain(&app);
    assert!(
        text.contains("x7k2p") && !text.contains("79q9d") && text.contains("faults only"),
        "{text}"
    );
    press(&mut app, "ctrl-z 2");
    let text = plain(&app);
    assert!(
        text.contains("payments") && !text.contains("byoh-cluster") && text.contains("[mgmt-tokyo]"),
        "{text}"
    );
    press(&mut app, "0");
    assert!(plain(&app).contains("byoh-cluster"));
    press(&mut app, "7");
    assert!(plain(&app).contains("there is no management cluster 7"));
}

#[test]
fn hostile_names_and_messages_never_reach_the_terminal_raw() {
    let hostile = "a\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}b\u{200b}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\r\n\u{9b}31m";
    let mut objects_of = cluster("evil", &[], Some(hostile));
    for object in &mut objects_of {
        object["status"]["phase"] = serde_json::json!(hostile);
        object["spec"]["version"] = serde_json::json!(hostile);
        object["status"]["nodeRef"] = serde_json::json!({"name": hostile});
    }
    objects_of.push(machine(
        "evil",
        ("MachineSet", "evil-md-0-x4b"),
        hostile,
        Err(hostile),
    ));
    for size in [(80, 24), (120, 40), (200, 60)] {
        let told = vec![
            session(
                hostile,
                Connection::AuthNeeded {
                    how: hostile.to_owned(),
                },
            ),
            session("mgmt", Connection::Live),
            objects("mgmt", &objects_of),
        ];
        let mut app = app_with(options(size), told);
        for keys in [
            "j",
            "j j j j",
            "enter",
            "y",
            "esc : c t x enter",
            "/ a enter",
            "esc s",
            "esc ?",
        ] {
            for chord in sequence(keys).unwrap() {
                update(&mut app, Msg::Key(chord));
                let text = crate::runtime::Frame::of(&app).plain();
                let raw = text.chars().find(|character| {
                    (character.is_control() && *character != '\n')
                        || matches!(character, '\u{202e}' | '\u{200b}')
                });
                assert_eq!(raw, None, "after {keys}: {text:?}");
            }
        }
    }
}

#[test]
fn without_a_kubeconfig_the_screen_says_what_to_do() {
    let mut options = options((80, 24));
    options.no_kubeconfig = Some(vec!["/home/me/.kube/config".to_owned()]);
    let mut app = app_with(options, Vec::new());
    let text = plain(&app);
    insta::assert_snapshot!("no-kubeconfig-80x24", text);
    for cut in ["…", "READ-WRITE", "scale"] {
        assert!(!text.contains(cut), "{cut}: {text}");
    }
    update(&mut app, Msg::Resize(160, 48));
    assert!(
        !plain(&app).contains('│'),
        "there is nothing for a pane: {}",
        plain(&app)
    );
    let effects = press(&mut app, "enter");
    assert_eq!(
        effects.first().map(|effect| &effect.action),
        Some(&crate::Action::Demo)
    );
    let app = app_with(crate::sample::options((80, 24)), Vec::new());
    assert!(
        plain(&app).contains("No management cluster is known."),
        "{}",
        plain(&app)
    );
}

#[test]
fn what_is_still_being_set_up_is_not_shown_yet() {
    let mut options = options((120, 40));
    options.preparing = Some("Setting up the demo: 3 of 12 clusters are there".to_owned());
    let mut app = app_with(options, updates());
    let text = plain(&app);
    assert!(text.contains("Setting up the demo: 3 of 12"), "{text}");
    assert!(
        !text.contains("byoh-cluster") && !text.contains("✖") && !text.contains("scale"),
        "{text}"
    );
    assert!(
        press(&mut app, "j s enter").is_empty(),
        "nothing is done to what is not seen"
    );
    update(&mut app, Msg::Preparing(Some("nearly".to_owned())));
    assert!(plain(&app).contains("nearly"));
    update(&mut app, Msg::Preparing(None));
    assert!(
        plain(&app).contains("byoh-cluster") && plain(&app).contains("✖"),
        "{}",
        plain(&app)
    );
}

#[test]
fn the_status_of_a_condition_is_never_cut_and_the_reason_is_whole_below() {
    let why = "InsufficientCapacity: zone b has no machine of type c5.2xlarge left, and neither has zone c, so that nothing comes";
    for size in [(80, 24), (90, 24), (119, 24), (120, 24)] {
        let broken = cluster("byoh-cluster", &[("79q9d", "node-4")], Some(why));
        let told = vec![
            session("mgmt-taipei", Connection::Live),
            objects("mgmt-taipei", &broken),
        ];
        let mut app = app_with(options(size), told);
        assert!(plain(&app).contains("MESSAGE"), "{size:?}");
        press(&mut app, "G");
        let text = plain(&app);
        assert!(text.contains("Ready False"), "{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        let joined = words.join(" ");
        assert!(joined.contains("so that nothing comes"), "{size:?}\n{text}");
    }
    let mut object = cluster("c", &[], None).remove(0);
    object["status"]["conditions"] = serde_json::json!([
        {"type": "Available", "status": "Unknown", "reason": "x", "lastTransitionTime": now().to_string(), "observedGeneration": 1},
    ]);
    let app = app_with(
        options((80, 24)),
        vec![session("m", Connection::Live), objects("m", &[object])],
    );
    assert!(plain(&app).contains("Available ?"), "{}", plain(&app));
}

#[test]
fn a_long_reason_borrows_rows_and_never_hides_the_cursor() {
    let why = format!(
        "{} and this is the end of it",
        "a very long story about a quota ".repeat(7)
    );
    let broken = cluster(
        "byoh-cluster",
        &[("a", "n1"), ("b", "n2"), ("c", "n3")],
        Some(&why),
    );
    let mut told = vec![
        session("mgmt-taipei", Connection::Live),
        objects("mgmt-taipei", &broken),
    ];
    for index in 0..4 {
        told.push(objects("mgmt-taipei", &cluster(&format!("a-{index}"), &[], None)));
    }
    let mut app = app_with(options((80, 24)), told);
    press(&mut app, "G");
    let text = plain(&app);
    let cursor = text.lines().position(|line| line.starts_with('▌'));
    assert!(cursor.is_some(), "{text}");
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains("this is the end of it"), "{text}");
    let lines = |app: &crate::App| app.tree.on_screen().count();
    let with_reason = lines(&app);
    press(&mut app, "g");
    assert_eq!(lines(&app), with_reason + 2, "the rows are given back");
}

#[test]
fn the_label_of_a_control_plane_stays_when_a_sign_comes() {
    let mut told = updates();
    let label = |app: &crate::App| {
        let text = plain(app);
        let line = text
            .lines()
            .find(|line| line.contains("ControlPlane"))
            .unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        words
            .iter()
            .find(|word| word.contains("ControlPlane"))
            .map(|word| (*word).to_owned())
    };
    for width in [80, 100, 119] {
        let well = label(&app_with(options((width, 24)), told.clone()));
        let mut unwell = cluster("byoh-cluster", &[], None).remove(2);
        unwell["status"]["conditions"][0]["status"] = serde_json::json!("False");
        unwell["metadata"]["resourceVersion"] = serde_json::json!("200");
        told.push(objects("mgmt-taipei", &[unwell]));
        assert_eq!(
            label(&app_with(options((width, 24)), told.clone())),
            well,
            "{width}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_in_the_tree_and_counted() {
    let mut lost = machine("byoh-cluster", ("MachineSet", "gone"), "lost", Ok("node"));
    lost["spec"] = serde_json::json!("notamap");
    lost["metadata"]["labels"] = serde_json::json!({});
    let mut wrong = cluster("wrong", &[("a", "node-1")], None);
    for object in &mut wrong {
        if object["kind"] == "MachineDeployment" {
            object["spec"]["replicas"] = serde_json::json!("x");
        }
    }
    wrong.push(lost);
    let app = app_with(
        options((119, 30)),
        vec![session("m", Connection::Live), objects("m", &wrong)],
    );
    let text = plain(&app);
    for expected in [
        "No cluster default",
        "unreadable: spec is",
        "unreadable: spec.rep",
        "1/?",
        "▲2 unreadable",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn until_a_key_is_pressed_the_cursor_stays_on_the_first_line() {
    let first = |app: &crate::App| plain(app).lines().nth(2).unwrap_or_default().to_owned();
    let told = || vec![session("mgmt-tokyo", Connection::Live)];
    let grouped = |name: &str, group: &str| {
        let fleetui_fleet::Update::Session(mut told) = session(name, Connection::Live) else {
            unreachable!("a session")
        };
        std::sync::Arc::make_mut(&mut told).group = Some(group.into());
        fleetui_fleet::Update::Session(told)
    };
    let mut app = app_with(options((120, 40)), told());
    // The heading of a group comes in above.
    update(&mut app, Msg::Fleet(vec![grouped("mgmt-lab", "labs")]));
    assert!(first(&app).starts_with('▌'), "{}", plain(&app));
    let mut app = app_with(options((120, 40)), told());
    let on = app.subject();
    press(&mut app, "k");
    update(&mut app, Msg::Fleet(vec![grouped("mgmt-lab", "labs")]));
    assert_eq!(app.subject(), on, "a key has meant it");
}
