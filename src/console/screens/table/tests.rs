//! Tables: what they show, how one gets there, what is marked, sorted, hidden and saved.

use fleetui_fleet::Update;
use fleetui_fleet::session::Connection;
use jiff::SignedDuration;

use crate::app::App;
use crate::effect::{Action, Answer, Outcome};
use crate::msg::Msg;
use crate::sample::{app, app_with, gone, key, now, options, plain, press, session, type_text, updates};
use crate::screens::Screen;
use crate::update::update;

fn typed(app: &mut App, line: &str) -> String {
    type_text(app, &format!(":{line}"));
    press(app, "enter");
    plain(app)
}

fn title(screen: &str) -> &str {
    screen.lines().nth(1).unwrap_or_default()
}

fn acted_on(app: &App) -> Vec<String> {
    match app.stack.last() {
        Some(Screen::Table(table)) => table
            .acted_on()
            .iter()
            .map(|key| key.object.name.to_string())
            .collect(),
        _ => Vec::new(),
    }
}

/// Names of the rows that are seen, from top to bottom.
fn names(app: &App) -> Vec<String> {
    let Some(Screen::Table(table)) = app.stack.last() else {
        return Vec::new();
    };
    let rows = table.table.rows.iter();
    rows.map(|row| row.row.facts.object.name.to_string()).collect()
}

#[test]
fn anchor_01_objects_of_all_management_clusters_stand_in_one_table_and_say_where_they_are() {
    let mut app = app((120, 40));
    let screen = typed(&mut app, "machines");
    assert!(
        title(&screen).contains("MACHINES ") && title(&screen).contains("MANAGEMENT"),
        "{screen}"
    );
    assert!(
        screen.contains("mgmt-taipei") && screen.contains("mgmt-tokyo"),
        "{screen}"
    );
    let all = names(&app).len();
    let screen = typed(&mut app, "machines @mgmt-tokyo");
    assert!(
        !screen.lines().skip(2).any(|line| line.contains("mgmt-taipei ")),
        "{screen}"
    );
    assert!(!names(&app).is_empty() && names(&app).len() < all);
    let screen = typed(&mut app, "machines @mgmt-tokio");
    assert!(screen.contains("did you mean mgmt-tokyo?"), "{screen}");
}

#[test]
fn the_part_of_the_fleet_that_was_asked_for_is_told_and_rows_are_counted_within_it() {
    let footer = |screen: &str| screen.lines().last().unwrap_or_default().to_owned();
    let mut app = app((120, 40));
    let screen = typed(&mut app, "machines @mgmt-taipei");
    let all = names(&app).len();
    assert!(footer(&screen).contains("@mgmt-taipei"), "{screen}");
    assert!(title(&screen).contains(&format!("MACHINES {all} ")), "{screen}");
    for line in [
        "machines @mgmt-taipei /x7k2p",
        "machines /x7k2p @mgmt-taipei",
        "machines default /x7k2p @mgmt-taipei",
    ] {
        let screen = typed(&mut app, line);
        assert_eq!(names(&app).len(), 1, "{line}: {screen}");
        assert!(
            title(&screen).contains(&format!("MACHINES 1 of {all} ")),
            "{line}: {screen}"
        );
        assert!(footer(&screen).contains("@mgmt-taipei"), "{line}: {screen}");
        assert_eq!(
            footer(&screen).contains("namespace default"),
            line.contains("default"),
            "{line}: {screen}"
        );
    }
    for list in ["hosts", "nodes"] {
        let screen = typed(&mut app, &format!("{list} /web @mgmt-tokyo"));
        assert!(footer(&screen).contains("@mgmt-tokyo  /web"), "{screen}");
    }
    let screen = typed(&mut app, "machines /x7k2p @taipei");
    assert!(
        screen.contains("there is no management cluster 'taipei'; did you mean mgmt-taipei?"),
        "{screen}"
    );
    let screen = typed(&mut app, "machines");
    assert!(!footer(&screen).contains('@'), "{screen}");
}

#[test]
fn a_table_is_a_snapshot_like_every_screen() {
    let mut app = app((120, 24));
    typed(&mut app, "machines");
    insta::assert_snapshot!("table-120x24", plain(&app));
    let mut app = self::app((80, 24));
    typed(&mut app, "clusters");
    insta::assert_snapshot!("table-clusters-80x24", plain(&app));
}

#[test]
fn from_120_columns_a_pane_follows_the_cursor_of_a_table_as_that_of_the_tree() {
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    press(&mut app, "o s g");
    let screen = plain(&app);
    assert!(
        screen.contains("Machine byoh-cluster-md-0-x4b-x7k2p ▲"),
        "{screen}"
    );
    insta::assert_snapshot!("table-120x40", screen);
    press(&mut app, "j");
    let pane = |app: &App| {
        let screen = plain(app);
        let from = screen
            .lines()
            .position(|line| line.starts_with("──"))
            .expect("a rule");
        screen.lines().skip(from).collect::<Vec<_>>().join("\n")
    };
    assert!(!pane(&app).contains("x7k2p"), "{}", pane(&app));
    // Another table, the tree and a filter have it follow them.
    typed(&mut app, "clusters @mgmt-tokyo");
    assert!(pane(&app).contains("Cluster payments"), "{}", pane(&app));
    press(&mut app, "esc");
    assert!(app.stack.is_empty());
    assert!(
        pane(&app).contains("Management cluster mgmt-taipei"),
        "{}",
        pane(&app)
    );
    typed(&mut app, "machines /scratch");
    assert!(pane(&app).contains("Machine scratch-cp-tn4rn"), "{}", pane(&app));
    typed(&mut app, "machines /nothing-is-called-so");
    assert!(!pane(&app).contains("Machine scratch"), "{}", pane(&app));
    // In both keymaps a key hides and shows it; where there is no room that is said.
    for keymap in ["default", "k9s"] {
        typed(&mut app, &format!("keymap {keymap}"));
        typed(&mut app, "machines");
        let rows = plain(&app).lines().filter(|line| line.contains("mgmt-")).count();
        press(&mut app, "i");
        let screen = plain(&app);
        assert!(!screen.contains("Conditions"), "{keymap}: {screen}");
        assert!(
            screen.lines().filter(|line| line.contains("mgmt-")).count() < rows,
            "{screen}"
        );
        press(&mut app, "i");
        assert!(plain(&app).contains("Conditions"), "{keymap}");
    }
    let mut small = self::app((80, 24));
    typed(&mut small, "machines");
    press(&mut small, "i");
    assert!(
        plain(&small).contains("no room for the detail pane"),
        "{}",
        plain(&small)
    );
}

#[test]
fn a_press_of_the_mouse_in_a_pane_is_no_press_on_a_row() {
    let taken = crate::app::AppOptions {
        mouse: true,
        ..options((200, 40))
    };
    let mut app = app_with(taken, updates());
    typed(&mut app, "machines");
    let on = app.subject();
    app.drawn();
    update(&mut app, Msg::Mouse(crate::msg::Mouse::Press(190, 4)));
    assert_eq!(app.subject(), on);
    update(&mut app, Msg::Mouse(crate::msg::Mouse::Press(20, 4)));
    assert_ne!(app.subject(), on);
}

#[test]
fn why_something_is_as_it_is_has_the_room_that_is_left_before_who_owns_it() {
    let mut app = app((200, 40));
    typed(&mut app, "machines");
    // The pane beside leaves the columns what they need.
    insta::assert_snapshot!("table-200x40", plain(&app));
    press(&mut app, "i");
    let screen = plain(&app);
    assert!(
        screen.contains(" no free host matches site=b (3 free: site=a)"),
        "{screen}"
    );
    for column in ["NODE", "CLUSTER", "NAMESPACE", "PHASE"] {
        assert!(title(&screen).contains(column), "{column}: {screen}");
    }
}

#[test]
fn at_80_columns_names_conditions_versions_and_ages_have_room() {
    let mut app = app((80, 24));
    let screen = typed(&mut app, "machines");
    for column in ["MACHINES", "MANAGEMENT", "CONDITION", "VERSION", "AGE"] {
        assert!(title(&screen).contains(column), "{column}: {screen}");
    }
    // Names are whole, and why the row under the cursor is as it is stands below.
    assert!(screen.contains("byoh-cluster-md-0-x4b-x7k2p "), "{screen}");
    assert!(screen.contains("Ready False     v1.31.2"), "{screen}");
    press(&mut app, "o s g");
    let lines: Vec<String> = plain(&app).lines().map(str::to_owned).collect();
    assert!(lines[21..].join(" ").contains("no free host"), "{lines:?}");
    for table in ["clusters", "md"] {
        let screen = typed(&mut app, table);
        for column in ["CONDITION", "REPLICAS", "VERSION", "AGE"] {
            assert!(title(&screen).contains(column), "{table} {column}: {screen}");
        }
    }
    // With a little more room every row says why.
    let mut app = self::app((96, 24));
    let screen = typed(&mut app, "machines");
    for column in ["CONDITION", "VERSION", "AGE", "MESSAGE"] {
        assert!(title(&screen).contains(column), "{column}: {screen}");
    }
}

#[test]
fn enter_opens_the_object_and_escape_comes_back_to_the_same_row() {
    let mut app = app((120, 40));
    typed(&mut app, "clusters");
    press(&mut app, "j");
    let before = app.subject();
    press(&mut app, "enter");
    assert!(matches!(app.stack.last(), Some(Screen::Object(_))));
    press(&mut app, "esc");
    assert_eq!(app.subject(), before);
    press(&mut app, "esc");
    assert!(app.stack.is_empty());
}

#[test]
fn anchor_68_the_cursor_stays_on_its_object_when_rows_are_sorted_or_come_and_go() {
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    press(&mut app, "j j");
    let on = app.subject().unwrap();
    for keys in ["o n", "o n", "o a", "o s", "o v"] {
        press(&mut app, keys);
        assert_eq!(app.subject().as_ref(), Some(&on), "{keys}");
    }
    assert!(plain(&app).contains("sorted by version"), "{}", plain(&app));
    assert!(title(&plain(&app)).contains("VERSION↑"), "{}", plain(&app));
    press(&mut app, "o v");
    assert!(title(&plain(&app)).contains("VERSION↓"), "{}", plain(&app));
}

#[test]
fn an_order_by_a_column_that_is_not_there_stands_behind_the_names() {
    for size in [(80, 24), (200, 40)] {
        let mut app = app(size);
        typed(&mut app, "machines");
        press(&mut app, "o s");
        let screen = plain(&app);
        assert!(title(&screen).contains("MACHINES 7 by health↑"), "{screen}");
        press(&mut app, "o s");
        assert!(
            title(&plain(&app)).contains("MACHINES 7 by health↓"),
            "{}",
            plain(&app)
        );
        // Where the column stands, its own title has the sign.
        typed(&mut app, "columns name,health");
        let screen = plain(&app);
        assert!(
            title(&screen).contains("HEALTH↓") && !title(&screen).contains(" by "),
            "{screen}"
        );
    }
}

#[test]
fn the_first_row_is_meant_once_something_is_done_with_it() {
    let above = || {
        let first = crate::sample::machine("byoh-cluster", ("MachineSet", "aaa"), "first", Ok("node-1"));
        Msg::Fleet(vec![crate::sample::objects("mgmt-taipei", &[first])])
    };
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    let on = app.subject();
    update(&mut app, above());
    assert_ne!(app.subject(), on, "nobody has meant it");
    assert!(
        plain(&app).lines().nth(2).unwrap().contains("aaa-first"),
        "{}",
        plain(&app)
    );
    // It was opened, or something was begun to be typed about it.
    for keys in ["enter esc", ": esc", "z"] {
        let mut app = self::app((120, 40));
        typed(&mut app, "machines");
        press(&mut app, keys);
        update(&mut app, above());
        assert_eq!(app.subject(), on, "{keys}");
    }
}

#[test]
fn what_a_filter_hides_is_counted_and_escape_takes_it_away_before_it_leaves() {
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    let all = names(&app).len();
    press(&mut app, "/");
    type_text(&mut app, "mgmt=mgmt-tokyo");
    assert!(names(&app).len() < all, "it filters as one types");
    press(&mut app, "enter");
    let hidden = all - names(&app).len();
    let screen = plain(&app);
    assert!(screen.contains(&format!("{hidden} hidden")), "{screen}");
    assert!(
        title(&screen).contains(&format!("{} of {all}", names(&app).len())),
        "{screen}"
    );
    press(&mut app, "esc");
    assert_eq!(names(&app).len(), all);
    assert!(matches!(app.stack.last(), Some(Screen::Table(_))));
    // The tree's own filter is another one.
    press(&mut app, "/ x esc");
    assert_eq!(names(&app).len(), all);
    press(&mut app, "esc");
    assert!(app.stack.is_empty() && app.tree.options.filter.is_none());
}

#[test]
fn anchor_51_hidden_marks_are_told_and_left_alone_and_none_outlives_its_place() {
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    press(&mut app, "o n space space");
    let marked = acted_on(&app);
    assert_eq!(marked, names(&app)[..2]);
    assert!(plain(&app).contains("2 marked"), "{}", plain(&app));
    press(&mut app, "/");
    type_text(&mut app, &marked[0]);
    press(&mut app, "enter");
    assert_eq!(acted_on(&app), marked[..1]);
    assert!(
        plain(&app).contains("1 marked, 1 hidden and left alone"),
        "{}",
        plain(&app)
    );
    press(&mut app, "/");
    type_text(&mut app, &format!("!{}", marked[0]));
    press(&mut app, "enter");
    press(&mut app, "/");
    type_text(&mut app, &format!("!{} !{}", marked[0], marked[1]));
    press(&mut app, "enter");
    assert_eq!(acted_on(&app).len(), 1, "only what is under the cursor");
    assert!(!marked.contains(&acted_on(&app)[0]));
    // Another management cluster alone is another place.
    press(&mut app, "esc 1 0");
    assert!(!plain(&app).contains("marked"), "{}", plain(&app));
    press(&mut app, "space");
    typed(&mut app, "clusters");
    press(&mut app, "[");
    assert!(!plain(&app).contains("marked"), "{}", plain(&app));
    press(&mut app, "space U");
    assert!(!plain(&app).contains("marked"), "{}", plain(&app));
}

#[test]
fn a_mark_goes_with_its_object() {
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    press(&mut app, "space");
    let name = acted_on(&app)[0].clone();
    assert!(plain(&app).contains("1 marked"));
    update(
        &mut app,
        Msg::Fleet(vec![gone(&key(
            "mgmt-taipei",
            "cluster.x-k8s.io",
            "Machine",
            &name,
        ))]),
    );
    assert!(
        !names(&app).contains(&name) && !plain(&app).contains("marked"),
        "{}",
        plain(&app)
    );
}

#[test]
fn one_goes_back_and_forward_between_places_and_finds_them_as_they_were() {
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    press(&mut app, "j j j");
    let on = app.subject();
    typed(&mut app, "clusters");
    typed(&mut app, "fleet");
    assert!(app.stack.is_empty());
    press(&mut app, "[");
    assert!(title(&plain(&app)).contains("CLUSTERS"), "{}", plain(&app));
    press(&mut app, "[");
    assert_eq!(app.subject(), on);
    press(&mut app, "]");
    assert!(title(&plain(&app)).contains("CLUSTERS"), "{}", plain(&app));
    press(&mut app, "-");
    assert!(title(&plain(&app)).contains("MACHINES"), "{}", plain(&app));
    press(&mut app, "-");
    assert!(title(&plain(&app)).contains("CLUSTERS"), "{}", plain(&app));
    press(&mut app, "[ [ [");
    assert!(
        plain(&app).contains("there is no place before this one"),
        "{}",
        plain(&app)
    );
}

#[test]
fn columns_are_chosen_by_name() {
    let mut app = app((120, 40));
    typed(&mut app, "machines");
    let screen = typed(&mut app, "columns name, provider-id,age");
    let shown: Vec<&str> = title(&screen).split_whitespace().collect();
    assert!(
        shown.contains(&"PROVIDER-ID") && !shown.contains(&"VERSION"),
        "{screen}"
    );
    assert!(typed(&mut app, "columns colour").contains("no column colour"));
    // What is in objects is not known yet: they are read again, once.
    type_text(&mut app, ":columns name,ZONE:.metadata.labels.zone");
    let asked = press(&mut app, "enter");
    let paths = asked.iter().filter(|effect| {
        matches!(&effect.action, Action::Ask(crate::effect::Request::LookUp(_, paths)) if paths.len() == 1)
    });
    assert_eq!(paths.count(), 3, "{asked:?}");
    assert!(title(&plain(&app)).contains("ZONE"), "{}", plain(&app));
    type_text(&mut app, ":columns zone,name");
    assert!(
        press(&mut app, "enter").is_empty(),
        "it is known by its title now"
    );
    assert!(title(&typed(&mut app, "columns")).contains("VERSION"));
    typed(&mut app, "fleet");
    assert!(typed(&mut app, "columns name").contains("columns are chosen in a table"));
}

#[test]
fn loading_empty_filtered_denied_and_offline_never_look_alike() {
    let lab = |connection: Connection| vec![session("mgmt-lab", connection)];
    let why = || "because".to_owned();
    let mut denied =
        fleetui_fleet::Session::idle(fleetui_base::ManagementCluster::new("mgmt-lab"), "", false);
    denied.connection = Connection::Live;
    denied.denied.push(fleetui_api::kinds::core("Machine"));
    let cases = [
        (
            lab(Connection::Syncing { done: 3, total: 12 }),
            "machines",
            "mgmt-lab: loading: reading lists, 3 of 12 kinds",
        ),
        (
            lab(Connection::Live),
            "machines",
            "no Machines in the whole fleet",
        ),
        (
            lab(Connection::Denied { why: why() }),
            "machines",
            "mgmt-lab: denied: because",
        ),
        (
            vec![Update::Session(std::sync::Arc::new(denied))],
            "machines",
            "mgmt-lab: not allowed to read Machine.cluster.x-k8s.io",
        ),
        (
            lab(Connection::Offline {
                why: why(),
                retry_at: now(),
            }),
            "machines",
            "mgmt-lab: offline: because; next try now",
        ),
        (
            updates(),
            "machines /nothing-is-called-so",
            "nothing here matches /nothing-is-called-so; ",
        ),
    ];
    let mut seen = std::collections::HashSet::new();
    for (updates, line, expected) in cases {
        let mut app = app_with(options((120, 24)), updates);
        let screen = typed(&mut app, line);
        assert!(screen.contains(expected), "{expected}: {screen}");
        let body: String = screen.lines().skip(2).take(10).collect();
        assert!(seen.insert(body), "{expected}");
    }
}

#[test]
fn what_is_shown_is_saved_whole_and_the_path_is_told() {
    let mut app = app((80, 24));
    typed(&mut app, "machines");
    let effects = press(&mut app, "ctrl-s");
    let [effect] = effects.as_slice() else {
        unreachable!("{effects:?}")
    };
    let Action::Save {
        name,
        text: Some(text),
    } = &effect.action
    else {
        unreachable!("{effect:?}")
    };
    assert_eq!(name, "table");
    assert_eq!(
        text.lines().count(),
        names(&app).len() + 1,
        "all rows, also those that have no room"
    );
    assert!(
        text.lines().next().unwrap().contains("PROVIDER-ID"),
        "all columns: {text}"
    );
    let path = fleetui_base::Shown::ours("/state/saved/table.txt");
    let outcome = Outcome {
        id: effect.id,
        answer: Answer::Saved(path),
    };
    update(&mut app, Msg::Outcome(outcome));
    assert!(
        plain(&app).contains("saved to /state/saved/table.txt"),
        "{}",
        plain(&app)
    );
    // The tree is saved as it is on the screen.
    press(&mut app, "esc");
    let effects = press(&mut app, "ctrl-s");
    assert!(
        matches!(&effects[0].action, Action::Save { text: None, .. }),
        "{effects:?}"
    );
}

#[test]
fn time_alone_draws_only_when_an_age_changes() {
    let connected = updates().into_iter().map(|told| match told {
        Update::Session(known) => session(known.management_cluster.as_str(), Connection::Live),
        other => other,
    });
    let mut app = app_with(options((120, 24)), connected.collect());
    typed(&mut app, "clusters");
    update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(30)));
    app.drawn();
    update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(32)));
    assert!(!app.is_dirty());
    update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(95)));
    assert!(app.is_dirty());
}
