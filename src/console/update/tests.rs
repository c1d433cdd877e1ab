//! State and messages give state and effects.

use jiff::SignedDuration;

use crate::app::App;
use crate::command::Place;
use crate::effect::{Action, Request};
use crate::msg::Msg;
use crate::sample::{
    app, app_with, cluster, now, objects, options, plain, press, session, type_text, updates,
};
use crate::update::update;
use fleetui_fleet::session::Connection;
use fleetui_fleet::{Batch, Change, Permitted, Update};

fn later(seconds: i64) -> Msg {
    Msg::Tick(now() + SignedDuration::from_secs(seconds))
}

fn actions(app: &mut App, keys: &str) -> Vec<Action> {
    press(app, keys).into_iter().map(|effect| effect.action).collect()
}

#[test]
fn q_and_ctrl_c_quit_and_escape_does_not() {
    assert_eq!(actions(&mut app((80, 24)), "q q"), [Action::Quit]);
    assert_eq!(actions(&mut app((80, 24)), "ctrl-c"), [Action::Quit]);
    assert_eq!(actions(&mut app((80, 24)), ": ctrl-c"), [Action::Quit]);
    assert_eq!(actions(&mut app((80, 24)), "esc esc"), []);
    assert_eq!(actions(&mut app((80, 24)), ": q u i t enter"), [Action::Quit]);
    let mut app = app((80, 24));
    assert_eq!(actions(&mut app, "? q"), [], "q leaves a screen that is not home");
    assert!(
        update(&mut app, Msg::Quit)
            .iter()
            .any(|effect| effect.action == Action::Quit)
    );
}

#[test]
fn q_goes_one_step_out_and_ends_the_program_only_when_it_is_asked_for_twice() {
    let mut app = app((80, 24));
    press(&mut app, "1");
    assert!(app.tree.options.only.is_some());
    assert_eq!(
        actions(&mut app, "q"),
        [],
        "a part of the fleet gives way to the whole"
    );
    assert!(app.tree.options.only.is_none());
    press(&mut app, "ctrl-z");
    assert_eq!(actions(&mut app, "q"), []);
    assert!(!app.tree.options.faults_only);
    assert_eq!(actions(&mut app, "q"), []);
    assert!(plain(&app).contains("q again ends the program"));
    // Who goes on has thought better of it.
    assert_eq!(actions(&mut app, "j q"), []);
    update(&mut app, later(7));
    assert_eq!(actions(&mut app, "q"), []);
    assert_eq!(actions(&mut app, "q"), [Action::Quit]);
}

#[test]
fn a_sequence_that_was_begun_shows_how_it_goes_on() {
    let mut app = app((160, 24));
    press(&mut app, "o");
    let text = plain(&app);
    let footer = text.lines().last().unwrap_or_default();
    for (key, command) in app.keys.current.continuations(app.place(), &app.keys.pending) {
        let crate::command::Command::List(crate::command::List::Sort(column)) = command else {
            continue;
        };
        if column == fleetui_fleet::table::Column::Name {
            assert!(footer.contains(&format!("{key} name")), "{footer}");
        }
    }
    assert!(footer.contains(" age"), "{footer}");
    press(&mut app, "esc");
    assert!(plain(&app).lines().last().unwrap_or_default().contains("command"));
}

#[test]
fn help_is_written_from_the_keymap() {
    let mut app = app((100, 60));
    press(&mut app, "?");
    let text = plain(&app);
    assert!(text.contains("Help: Fleet tree (keymap default)"), "{text}");
    assert!(
        text.contains("edit-replicas") && text.contains("scale: edit REPLICAS, in its cell"),
        "{text}"
    );
    press(&mut app, "esc");
    type_text(&mut app, ":keymap vim");
    press(&mut app, "enter ?");
    assert!(plain(&app).contains("g g  home"), "{}", plain(&app));
}

#[test]
fn the_command_line_completes_and_explains() {
    let mut app = app((100, 24));
    type_text(&mut app, ":ctx tok");
    assert!(plain(&app).contains("ctx mgmt-tokyo"), "{}", plain(&app));
    press(&mut app, "tab enter");
    assert!(plain(&app).contains("[mgmt-tokyo]"), "{}", plain(&app));
    type_text(&mut app, ":fleat");
    press(&mut app, "enter");
    assert!(
        plain(&app).contains("there is no command 'fleat'; did you mean fleet?"),
        "{}",
        plain(&app)
    );
    type_text(&mut app, ":ctx mgmt-tokio");
    press(&mut app, "enter");
    assert!(
        plain(&app).contains("did you mean mgmt-tokyo?"),
        "{}",
        plain(&app)
    );
    type_text(&mut app, ":theme light");
    press(&mut app, "enter");
    assert_eq!(app.look.theme, "light");
}

#[test]
fn anchor_53_read_only_by_command_can_be_taken_back_and_by_flag_cannot() {
    let mut app = app((80, 24));
    assert!(plain(&app).contains("READ-WRITE"));
    type_text(&mut app, ":readonly");
    press(&mut app, "enter");
    assert!(plain(&app).contains("READ-ONLY"));
    type_text(&mut app, ":readonly");
    press(&mut app, "enter");
    assert!(plain(&app).contains("READ-WRITE"));
    let mut options = options((80, 24));
    options.read_only = true;
    let mut app = app_with(options, updates());
    type_text(&mut app, ":readonly");
    press(&mut app, "enter");
    assert!(plain(&app).contains("READ-ONLY"));
    assert!(
        plain(&app).contains("only a new start changes that"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_quiet_screen_stays_quiet() {
    let connected = updates().into_iter().map(|told| match told {
        fleetui_fleet::Update::Session(known) => session(known.management_cluster.as_str(), Connection::Live),
        other => other,
    });
    let mut app = app_with(options((80, 24)), connected.collect());
    update(&mut app, later(0));
    app.drawn();
    // Six minutes and some seconds: nothing on the screen is told in seconds.
    update(&mut app, later(2));
    assert!(!app.is_dirty(), "no age has changed");
    update(&mut app, later(60));
    assert!(app.is_dirty(), "an age has become another minute");
    app.drawn();
    update(&mut app, Msg::Fleet(Vec::new()));
    assert!(!app.is_dirty());
}

#[test]
fn names_are_copied_and_connections_made_anew() {
    let mut app = app((80, 24));
    let effects = actions(&mut app, "c j c");
    assert_eq!(
        effects,
        [
            Action::Copy("mgmt-taipei".to_owned()),
            Action::Copy("byoh-cluster".to_owned())
        ]
    );
    let effects = actions(&mut app, "ctrl-r");
    assert!(
        matches!(effects.as_slice(), [Action::Ask(Request::Reconnect(name))] if name.as_str() == "mgmt-taipei"),
        "{effects:?}"
    );
    assert!(plain(&app).contains("connecting mgmt-taipei anew"));
}

#[test]
fn messages_go_after_a_while() {
    let mut app = app((80, 24));
    press(&mut app, "c");
    assert!(plain(&app).contains("copied mgmt-taipei"));
    update(&mut app, later(3));
    assert!(plain(&app).contains("copied"));
    update(&mut app, later(7));
    assert!(!plain(&app).contains("copied"));
}

#[test]
fn the_same_messages_give_the_same_screen_and_any_size_is_survived() {
    let mut app = app((80, 24));
    for (width, height) in [
        (200, 60),
        (0, 0),
        (1, 1),
        (59, 14),
        (60, 15),
        (120, 15),
        (400, 120),
        (80, 24),
    ] {
        update(&mut app, Msg::Resize(width, height));
        for keys in [
            "G", "g", "j", "enter", "G", "y", "esc", "?", "esc", ": x", "esc", "/ z", "esc",
        ] {
            press(&mut app, keys);
            plain(&app);
        }
    }
    let mut other = crate::sample::app((80, 24));
    press(&mut app, "g");
    press(&mut other, "g");
    assert_eq!(plain(&app), plain(&other));
}

#[test]
fn anchor_40_that_a_server_was_heard_draws_nothing() {
    let mut app = app((80, 24));
    app.drawn();
    let heard = |seconds: i64| {
        let fleetui_fleet::Update::Session(told) = session("mgmt-taipei", Connection::Live) else {
            panic!("a session")
        };
        let mut told = fleetui_fleet::Session::clone(&told);
        told.heard = Some(now() + SignedDuration::from_secs(seconds));
        told.latency = Some(std::time::Duration::from_millis(seconds.unsigned_abs()));
        Msg::Fleet(vec![fleetui_fleet::Update::Session(std::sync::Arc::new(told))])
    };
    update(&mut app, heard(5));
    assert!(!app.is_dirty());
    update(&mut app, Msg::Resize(120, 40));
    app.drawn();
    update(&mut app, heard(7));
    assert!(
        app.is_dirty() && plain(&app).contains("7 ms"),
        "the pane of that management cluster shows it"
    );
}

#[test]
fn escape_takes_a_refusal_away_before_the_filter() {
    let mut app = app((80, 40));
    type_text(&mut app, "/payments");
    press(&mut app, "enter");
    app.messages.refuse(app.now, "it was refused");
    press(&mut app, "esc");
    assert!(!plain(&app).contains("it was refused"), "{}", plain(&app));
    assert!(app.tree.options.filter.is_some(), "the filter stays");
    press(&mut app, "esc");
    assert!(app.tree.options.filter.is_none());
}

#[test]
fn a_long_refusal_is_told_whole_over_any_screen() {
    let mut app = app((80, 24));
    press(&mut app, "A");
    let why = format!("version cannot be changed: [{}]", "md-0, ".repeat(30));
    app.messages.refuse(app.now, &why);
    let screen = plain(&app).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        screen.contains(&why.split_whitespace().collect::<Vec<_>>().join(" ")),
        "{screen}"
    );
}

#[test]
fn headings_are_not_edited_in_the_place_of_their_cluster() {
    let mut app = app((80, 40));
    press(&mut app, "g j");
    for _ in 0..20 {
        press(&mut app, "j");
        if matches!(app.tree.cursor(), Some(fleetui_fleet::tree::Node::Group(..))) {
            let screen = plain(&app);
            let hints = screen.lines().last().unwrap();
            assert!(!hints.contains("upgrade") && !hints.contains("edit"), "{hints}");
            assert!(press(&mut app, "s").is_empty());
            assert!(plain(&app).contains("nothing can be edited on this line"));
            return;
        }
    }
    panic!("there is no heading:\n{}", plain(&app));
}

#[test]
fn help_and_the_command_line_look_like_this() {
    let mut app = app((80, 24));
    press(&mut app, "?");
    insta::assert_snapshot!("help-80x24", plain(&app));
    press(&mut app, "esc");
    type_text(&mut app, ":re");
    insta::assert_snapshot!("command-line-80x24", plain(&app));
    press(&mut app, "esc");
    type_text(&mut app, "/x7k");
    insta::assert_snapshot!("filter-80x24", plain(&app));
}

#[test]
fn all_namespaces_are_offered_whatever_is_shown() {
    let mut app = app((100, 24));
    type_text(&mut app, "/nothing-is-called-so");
    press(&mut app, "enter");
    type_text(&mut app, ":ns ");
    let text = plain(&app);
    assert!(text.contains("ns default") && text.contains("ns all"), "{text}");
    press(&mut app, "ctrl-u");
    type_text(&mut app, "ns defualt");
    press(&mut app, "enter");
    assert!(plain(&app).contains("did you mean default?"), "{}", plain(&app));
}

#[test]
fn commands_that_change_the_tree_say_so_and_go_there() {
    for (command, said) in [
        (":faults", "only faults are shown"),
        (":sets", "MachineSets are shown"),
        (":fleet", "the fleet tree"),
        (":ctx mgmt-tokyo", "only mgmt-tokyo is shown"),
        (":ns default", "only namespace default is shown"),
    ] {
        let mut app = app((100, 24));
        press(&mut app, "?");
        type_text(&mut app, command);
        press(&mut app, "enter");
        let text = plain(&app);
        assert!(text.contains(said) && text.contains("NAME"), "{command}: {text}");
    }
}

#[test]
fn the_next_action_takes_the_last_message_away() {
    let mut app = app((100, 24));
    type_text(&mut app, ":nonsense");
    press(&mut app, "enter");
    assert!(plain(&app).contains("there is no command"));
    press(&mut app, "j");
    assert!(plain(&app).contains("there is no command"), "moving is no action");
    press(&mut app, "?");
    assert!(!plain(&app).contains("there is no command"), "{}", plain(&app));
}

#[test]
fn only_what_does_something_here_is_hinted_at() {
    let mut app = app((119, 40));
    let footer = |app: &App| plain(app).lines().last().unwrap_or_default().to_owned();
    assert!(
        !footer(&app).contains("scale") && !footer(&app).contains("yaml"),
        "{}",
        footer(&app)
    );
    for (kind, scale, upgrade) in [
        ("Cluster", false, false),
        ("KubeadmControlPlane", true, true),
        ("Machine", false, false),
        ("MachineDeployment", true, true),
    ] {
        press(&mut app, "g");
        for _ in 0..40 {
            press(&mut app, "j");
            if matches!(app.tree.cursor(), Some(fleetui_fleet::tree::Node::Object(key)) if key.kind.kind.as_ref() == kind)
            {
                break;
            }
        }
        let footer = footer(&app);
        assert_eq!(
            (footer.contains("scale"), footer.contains("upgrade")),
            (scale, upgrade),
            "{kind}: {footer}"
        );
    }
    press(&mut app, "y");
    assert!(
        footer(&app).contains("d describe") && !footer(&app).contains("y yaml"),
        "{}",
        footer(&app)
    );
    press(&mut app, "d");
    assert!(
        footer(&app).contains("y yaml") && !footer(&app).contains("describe"),
        "{}",
        footer(&app)
    );
    press(&mut app, "esc");
    type_text(&mut app, ":keymap vim");
    press(&mut app, "enter : esc g");
    assert!(plain(&app).trim_end().ends_with("  g"), "{}", plain(&app));
}

#[test]
fn the_header_tells_what_can_be_written_and_names_who_fits() {
    let read_only = |name: &str, connection: Connection| {
        let fleetui_fleet::Update::Session(told) = session(name, connection) else {
            panic!("a session")
        };
        let mut told = fleetui_fleet::Session::clone(&told);
        told.read_only = true;
        fleetui_fleet::Update::Session(std::sync::Arc::new(told))
    };
    let header = |updates: Vec<fleetui_fleet::Update>| {
        let app = app_with(options((80, 24)), updates);
        plain(&app).lines().next().unwrap_or_default().to_owned()
    };
    let offline = || Connection::Idle;
    let permitted = |permitted: Permitted| {
        let fleetui_fleet::Update::Session(told) = session("eu", Connection::Live) else {
            panic!("a session")
        };
        let mut told = fleetui_fleet::Session::clone(&told);
        told.permitted = permitted;
        header(vec![fleetui_fleet::Update::Session(std::sync::Arc::new(told))])
    };
    assert!(permitted(Permitted::Nothing).contains("READ-ONLY"), "of a viewer");
    for some in [Permitted::Unknown, Permitted::Some, Permitted::Everything] {
        assert!(permitted(some).contains("READ-WRITE"), "{some:?}");
    }
    let only_connected = header(vec![read_only("eu", Connection::Live), session("us", offline())]);
    assert!(only_connected.contains("READ-ONLY"), "{only_connected}");
    // Where they differ, it is told of the one that the cursor is in.
    let told = vec![
        read_only("eu", Connection::Live),
        session("us", Connection::Live),
        objects("us", &cluster("qd", &[], None)),
    ];
    let mut both = app_with(options((80, 24)), told);
    assert!(plain(&both).contains("READ-ONLY"), "{}", plain(&both));
    press(&mut both, "j j");
    assert!(plain(&both).contains("READ-WRITE"), "{}", plain(&both));
    press(&mut both, "j y ?");
    assert!(plain(&both).contains("READ-WRITE"), "{}", plain(&both));
    press(&mut both, "esc esc g");
    assert!(plain(&both).contains("READ-ONLY"), "{}", plain(&both));
    let mut told = updates();
    told.retain(|told| !matches!(told, fleetui_fleet::Update::Session(known) if known.management_cluster.as_str() == "mgmt-lab"));
    let two = header(told);
    assert!(two.contains("mgmt-taipei") && two.contains("mgmt-tokyo"), "{two}");
    let many: Vec<_> = (0..9)
        .map(|index| session(&format!("mgmt-number-{index}"), Connection::Live))
        .collect();
    let many = header(many);
    assert!(many.contains("mgmt-number-0") && many.contains('+'), "{many}");
}

#[test]
fn the_header_names_what_is_shown_alone_and_then_the_worst() {
    let away = |minutes: i64| {
        move |session: &mut fleetui_fleet::Session| {
            session.away_since = Some(now() - SignedDuration::from_mins(minutes));
        }
    };
    let told = |name: &str, connection: Connection, change: &dyn Fn(&mut fleetui_fleet::Session)| {
        let fleetui_fleet::Update::Session(told) = session(name, connection) else {
            panic!("a session")
        };
        let mut told = fleetui_fleet::Session::clone(&told);
        change(&mut told);
        fleetui_fleet::Update::Session(std::sync::Arc::new(told))
    };
    let login = || Connection::AuthNeeded {
        how: "expired".to_owned(),
    };
    let offline = Connection::Offline {
        why: "connection refused".to_owned(),
        retry_at: now(),
    };
    let updates = vec![
        session("mgmt-live", Connection::Live),
        // The one that asks for a login went away last, which is news, but not the worst.
        told("badtoken", login(), &away(1)),
        told("far-away", offline, &away(50)),
        told("plugin", login(), &away(2)),
    ];
    let header = |app: &App| plain(app).lines().next().unwrap_or_default().to_owned();
    let mut seen = [false; 2];
    for width in 60..140 {
        let mut app = app_with(options((width, 24)), updates.clone());
        let all = header(&app);
        let names = |header: &str, name: &str| header.contains(name);
        assert!(
            names(&all, "far-away") || (!names(&all, "badtoken") && !names(&all, "plugin")),
            "{width}: {all}"
        );
        press(&mut app, "4");
        let one = header(&app);
        let chosen = one.find("[plugin]").expect("it is named in any case");
        assert!(
            names(&one, "far-away") || !names(&one, "badtoken"),
            "{width}: {one}"
        );
        if let (Some(worst), false) = (one.find("far-away"), names(&one, "mgmt-live")) {
            assert!(chosen < worst, "{width}: {one}");
            seen[0] = true;
        }
        seen[1] |= names(&one, "mgmt-live") && one.find("far-away").is_some_and(|at| at < chosen);
    }
    assert_eq!(seen, [true, true], "some of them, and all in their order");
}

#[test]
fn what_was_wrong_with_files_that_nobody_chose_is_a_notice() {
    use crate::keymap::Keymaps;
    use crate::user_file::UserFile;
    let bad = UserFile {
        path: "keymaps/bad.yaml".to_owned(),
        text: Ok("keys:\n  tree:\n    opne: o\n".to_owned()),
    };
    let mut chosen = options((80, 24));
    chosen.keymaps = Keymaps::with(&[bad]).unwrap();
    let app = app_with(chosen.clone(), updates());
    assert!(
        plain(&app).contains("not used: keymaps/bad.yaml:3:11"),
        "{}",
        plain(&app)
    );
    chosen.keymap = "bad".to_owned();
    let refused = App::new(chosen).unwrap_err().to_string();
    assert!(refused.starts_with("keymaps/bad.yaml:3:11"), "{refused}");
}

#[test]
fn help_has_no_dead_lines_and_explains_the_signs() {
    for size in [(60, 24), (80, 24), (120, 40)] {
        let mut app = app(size);
        press(&mut app, "?");
        let mut all = String::new();
        for _ in 0..40 {
            all.push_str(&plain(&app));
            press(&mut app, "pgdown");
        }
        assert!(!all.contains("<disabled>"), "{all}");
        assert!(all.contains("1..9"), "{all}");
        assert!(
            all.contains("needs a look") && all.contains("In the header"),
            "{all}"
        );
        assert!(!all.contains('…'), "nothing is cut: {all}");
    }
}

#[test]
fn the_program_stops_and_goes_on_by_way_of_the_runtime() {
    let mut app = app((80, 24));
    let actions = |effects: Vec<crate::Effect>| {
        effects
            .into_iter()
            .map(|effect| effect.action)
            .collect::<Vec<_>>()
    };
    assert_eq!(actions(update(&mut app, Msg::Stop)), [Action::Stop]);
    assert_eq!(actions(update(&mut app, Msg::Continued)), [Action::Retake]);
    assert!(app.is_dirty());
}

#[test]
fn a_key_without_a_meaning_says_so() {
    let mut app = app((80, 24));
    for place in ["g", "y", "esc ?"] {
        press(&mut app, place);
        press(&mut app, "Z");
        let footer = plain(&app).lines().last().unwrap_or_default().to_owned();
        assert!(footer.contains("Z has no meaning here"), "{place}: {footer}");
    }
    press(&mut app, "esc");
    press(&mut app, "Z");
    assert!(
        plain(&app).contains("Z has no meaning here; ? shows the keys"),
        "{}",
        plain(&app)
    );
    update(&mut app, Msg::Tick(now() + jiff::SignedDuration::from_secs(30)));
    assert!(!plain(&app).contains("no meaning"));
    // What is typed into a line is text, and what leaves has nothing to say.
    press(&mut app, "/ ! x");
    assert!(plain(&app).trim_end().ends_with("/!x"), "{}", plain(&app));
    press(&mut app, "esc esc esc");
    assert!(!plain(&app).contains("no meaning"), "{}", plain(&app));
    // Of a sequence, all of it.
    type_text(&mut app, ":keymap vim");
    press(&mut app, "enter g x");
    assert!(plain(&app).contains("g x has no meaning here"), "{}", plain(&app));
}

#[test]
fn the_way_out_and_the_help_are_the_last_hints_to_go() {
    for size in [(60, 20), (70, 20), (80, 24), (160, 48)] {
        let mut app = app(size);
        for keys in ["g", "j", "G", "ctrl-z"] {
            press(&mut app, keys);
            let footer = plain(&app).lines().last().unwrap_or_default().to_owned();
            assert!(
                footer.contains("q quit") && footer.contains("? help"),
                "{size:?} {keys}: {footer}"
            );
        }
        press(&mut app, "g j y");
        let footer = plain(&app).lines().last().unwrap_or_default().to_owned();
        assert!(
            footer.contains("esc back") && footer.contains("? help"),
            "{size:?}: {footer}"
        );
    }
}

#[test]
fn without_a_kubeconfig_help_shows_what_works_there() {
    let mut bare = options((80, 40));
    bare.no_kubeconfig = Some(vec!["/home/me/.kube/config".to_owned()]);
    let mut app = app_with(bare, Vec::new());
    press(&mut app, "?");
    let text = plain(&app);
    for told in [
        "Help: No management cluster",
        "enter",
        "start the demo",
        ":theme",
        ":quit",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    for useless in [
        "Fleet tree",
        "scale",
        "unfold",
        ":ns",
        ":reconnect",
        "In the header",
    ] {
        assert!(!text.contains(useless), "{useless}: {text}");
    }
    press(&mut app, "esc");
    assert!(app.offers_demo());
}

#[test]
fn counts_in_the_header_are_never_cut() {
    let fleet = |many: usize| {
        let mut told = vec![
            session("mgmt-taipei", Connection::Live),
            session("mgmt-tokyo", Connection::Live),
        ];
        for index in 0..many {
            let broken = format!("no host for {index}");
            told.push(objects(
                "mgmt-tokyo",
                &cluster(&format!("c{index}"), &[("79q9d", "n")], Some(&broken)),
            ));
            let mut lost = cluster(&format!("lost{index}"), &[("k8v2s", "n")], None);
            for object in &mut lost {
                if object["kind"] == "Machine" {
                    object["status"]["conditions"] =
                        serde_json::json!([crate::sample::condition("Ready", "Unknown", "lost")]);
                }
            }
            told.push(objects("mgmt-taipei", &lost));
        }
        let text = plain(&app_with(options((60, 20)), told));
        text.lines().next().unwrap_or_default().to_owned()
    };
    for (many, expected) in [
        (1, "●2  2 clusters ▲1  5 machines ▲1 ?2"),
        (10, "●2  20 clusters ▲10  50 machines ▲10 ?20"),
        (60, "●2  120 clusters ▲60  300 machines ▲60 ?120"),
    ] {
        let header = fleet(many);
        let counts = header.split_once("READ-WRITE").map(|(counts, _)| counts.trim());
        assert_eq!(counts, Some(expected), "{header}");
    }
}

#[test]
fn keys_about_objects_say_on_a_management_cluster_why_there_is_nothing() {
    let mut app = crate::sample::app_with(options((120, 40)), crate::sample::eras::fleet());
    let told = |app: &mut App, name: &str, key: &str| {
        type_text(app, &format!(":ctx {name}"));
        press(app, "enter g");
        press(app, key);
        plain(app)
    };
    let cases = [
        ("mgmt-away", "w", "mgmt-away is offline: connection refused"),
        ("mgmt-away", "y", "of which there is no YAML; it is offline"),
        ("mgmt-away", "t", "; ctrl-r tries at once"),
        ("mgmt-later", "w", "; ctrl-r connects it"),
        ("mgmt-shut", "w", "; ctrl-r tries again, once that is allowed"),
        ("mgmt-2026", "w", "mgmt-2026 is live, and nothing is in its way"),
        (
            "mgmt-2026",
            "y",
            "of which there is no YAML; go to an object below it",
        ),
    ];
    for (name, key, said) in cases {
        let screen = told(&mut app, name, key);
        let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(said), "{name} {key}: {screen}");
    }
}

#[test]
fn a_pane_without_room_says_so() {
    let mut app = app((80, 24));
    press(&mut app, "i");
    let screen = plain(&app);
    assert!(
        screen.contains("it needs 120 columns, and there are 80"),
        "{screen}"
    );
    // It is on as before, once there is room.
    update(&mut app, Msg::Resize(120, 40));
    assert!(app.layout.first_pane.is_some());
    press(&mut app, "i");
    assert!(app.layout.first_pane.is_none());
}

#[test]
fn the_owner_of_what_is_under_the_cursor_is_gone_to() {
    let mut app = app((120, 40));
    type_text(&mut app, "/79q9d");
    press(&mut app, "enter J");
    let named = |app: &App| match app.subject() {
        Some(crate::subject::Subject::Object(key)) => key.object.name.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(
        named(&app),
        "byoh-cluster-md-0-x4b",
        "its set, which the tree does not show"
    );
    assert_eq!(app.place(), Place::Object);
    press(&mut app, "esc esc");
    type_text(&mut app, ":clusters");
    press(&mut app, "enter J");
    assert!(plain(&app).contains("has no owner"), "{}", plain(&app));
}

#[test]
fn the_keys_of_k9s_do_what_they_did_or_say_what_to_use() {
    let mut app = app((120, 40));
    type_text(&mut app, ":keymap k9s");
    press(&mut app, "enter");
    for (key, said) in [
        ("ctrl-a", "? tells of all of them"),
        ("ctrl-e", "the header is one line"),
        ("ctrl-k", "ctrl-d deletes"),
        ("f", "opens a shell with the cluster's kubeconfig"),
        ("shift-left", "shift and a letter sort"),
    ] {
        press(&mut app, key);
        assert!(plain(&app).contains(said), "{key}: {}", plain(&app));
    }
    type_text(&mut app, ":machines");
    press(&mut app, "enter");
    let copied = press(&mut app, "n");
    assert_eq!(copied[0].action, Action::Copy("default".to_owned()));
    press(&mut app, "space j ctrl-space");
    assert!(plain(&app).contains("3 marked"), "{}", plain(&app));
    press(&mut app, "ctrl-\\");
    assert!(!plain(&app).contains("marked"), "{}", plain(&app));
}

#[test]
fn that_a_letter_sorts_is_hinted_at_where_there_is_little_room() {
    let mut app = app((80, 24));
    type_text(&mut app, ":machines");
    press(&mut app, "enter");
    let screen = plain(&app);
    assert!(screen.lines().last().unwrap().contains("o sort"), "{screen}");
}

#[test]
fn where_the_row_goes_under_the_cursor_the_next_key_is_told_of_it_first() {
    let mut app = app((120, 40));
    let machine = |app: &App| {
        let key = app.tree.object().cloned();
        key.filter(|key| key.kind.kind.as_ref() == "Machine")
    };
    let gone = |app: &mut App, key: &fleetui_base::ObjectKey| {
        let uid = app.fleet.get(key).unwrap().facts.uid.clone();
        let batch = Batch {
            management_cluster: key.management_cluster.clone(),
            changes: vec![Change::Delete(key.clone(), uid)],
        };
        update(app, Msg::Fleet(vec![Update::Objects(batch)]));
    };
    while machine(&app).is_none() {
        press(&mut app, "j");
    }
    let first = machine(&app).unwrap();
    gone(&mut app, &first);
    assert_ne!(app.tree.object(), Some(&first));
    press(&mut app, "p");
    let screen = plain(&app);
    assert!(screen.contains("is gone, and the cursor has come to"), "{screen}");
    assert_eq!(app.place(), Place::Tree, "nothing is opened by that key");
    press(&mut app, "p");
    assert!(
        !plain(&app).contains("is gone, and the cursor"),
        "{}",
        plain(&app)
    );
    assert_eq!(app.place(), Place::Dialog, "the same once more is meant");
    press(&mut app, "esc");
    // Who has moved since has looked.
    let second = app.tree.object().cloned().unwrap();
    gone(&mut app, &second);
    press(&mut app, "j k p");
    assert!(
        !plain(&app).contains("is gone, and the cursor"),
        "{}",
        plain(&app)
    );
}
