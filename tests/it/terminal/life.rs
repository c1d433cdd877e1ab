//! Start, resize, quit, panic and signals: the terminal is whole again after each.

use super::Terminal;

#[test]
fn quitting_leaves_the_terminal_whole() {
    let mut terminal = Terminal::start(&["demo", "--seed", "1"], 120, 40);
    terminal.wait_for("mgmt-tokyo");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[test]
fn anchor_38_signals_leave_the_terminal_whole() {
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let mut terminal = Terminal::start(&["demo", "--seed", "1"], 120, 40);
        terminal.wait_for("mgmt-tokyo");
        terminal.signal(signal);
        assert_eq!(terminal.end(), 0, "{signal}");
        terminal.assert_whole();
    }
}

#[test]
fn anchor_38_a_lost_line_ends_the_program_and_the_next_start_leads_back() {
    let state = tempfile::tempdir().unwrap();
    let environment = [("XDG_STATE_HOME", state.path().to_str().unwrap())];
    let mut terminal = Terminal::start_with(&["demo", "--seed", "1"], 120, 40, &environment);
    terminal.wait_for("mgmt-tokyo");
    terminal.wait_for("clusters");
    terminal.keys("2/prod\r");
    terminal.wait_for("[mgmt-tokyo]");
    terminal.wait_for("/prod");
    terminal.signal("HUP");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
    let mut terminal = Terminal::start_with(&["demo", "--seed", "1"], 120, 40, &environment);
    terminal.wait_for("ctrl-o goes back");
    terminal.keys("\u{f}");
    terminal.wait_for("[mgmt-tokyo]");
    terminal.wait_for("/prod");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    // Nor is it among what is kept of fleets that are real.
    let real = state.path().join("fleetui");
    let names = |directory: &std::path::Path| -> Vec<String> {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(
        names(&real),
        Vec::<String>::new(),
        "nothing of a demo is left behind"
    );
    // Who left by himself is offered nothing.
    let mut terminal = Terminal::start_with(&["demo", "--seed", "1"], 120, 40, &environment);
    terminal.wait_for("mgmt-tokyo");
    terminal.keys(":return\r");
    terminal.wait_for("no place to go back to");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
}

/// The state of a process as the system tells it, `T` where it is stopped.
#[cfg(target_os = "linux")]
fn state(process: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[cfg(target_os = "linux")]
#[test]
fn anchor_65_a_stop_gives_the_terminal_back_until_the_program_goes_on() {
    let mut terminal = Terminal::start(&[], 80, 24);
    terminal.wait_for("kubeconfig");
    let process = terminal.child.process_id().unwrap();
    let stopped = || state(process) == Some('T');
    for _ in 0..2 {
        terminal.signal("TSTP");
        terminal.wait_for_state("a stop", |screen| stopped() && !screen.alternate_screen());
        terminal.assert_whole();
        terminal.signal("CONT");
        // Everything is drawn again, on a screen of its own.
        terminal.wait_for_state("the console again", |screen| {
            screen.alternate_screen() && screen.contents().contains("kubeconfig") && !stopped()
        });
    }
    // Stopped by a signal that cannot be caught, it takes the terminal again all the same.
    terminal.signal("STOP");
    terminal.wait_for_state("a stop", |_| stopped());
    terminal.signal("CONT");
    terminal.keys("?");
    terminal.wait_for("Help:");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

/// Releases have no command that fails on purpose.
#[cfg(debug_assertions)]
#[test]
fn a_panic_leaves_the_terminal_whole_and_says_what_happened() {
    let mut terminal = Terminal::start(&["demo", "--seed", "1"], 120, 40);
    terminal.wait_for("mgmt-tokyo");
    terminal.keys(":panic\r");
    assert_eq!(terminal.end(), 1);
    terminal.assert_whole();
    let screen = terminal.screen();
    for told in ["panicked", "asked for by :panic", "the terminal was given back"] {
        assert!(screen.contains(told), "{told:?} is not on the screen:\n{screen}");
    }
}

#[test]
fn anchor_70_a_storm_of_sizes_ends_in_the_last_one() {
    let mut terminal = Terminal::start(&["demo", "--seed", "1"], 120, 40);
    terminal.wait_for("mgmt-tokyo");
    for step in 0..40_u16 {
        terminal.resize(20 + step * 3, 5 + step);
    }
    terminal.resize(50, 10);
    terminal.wait_for("60x15");
    terminal.resize(100, 30);
    terminal.wait_for("mgmt-tokyo");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

/// What the program has written, once the demo was looked at for a while.
fn written(environment: &[(&str, &str)]) -> String {
    let mut terminal = Terminal::start_with(&["demo", "--seed", "1"], 100, 30, environment);
    terminal.wait_for("mgmt-tokyo");
    terminal.keys("jjj:panic-is-no-");
    terminal.wait_for("panic-is-no-");
    terminal.keys("\u{3}");
    terminal.end();
    String::from_utf8_lossy(&terminal.raw()).into_owned()
}

/// The colours that are asked for, as parameters of sequences that end in `m`.
fn colours(written: &str) -> Vec<String> {
    let sequences = written.split("\u{1b}[").skip(1);
    let parameters = sequences.filter_map(|sequence| {
        let end = sequence.find(|character: char| !character.is_ascii_digit() && character != ';')?;
        sequence[end..].starts_with('m').then(|| &sequence[..end])
    });
    let coloured = |parameter: &&str| {
        let codes = parameter.split(';').filter_map(|code| code.parse::<u8>().ok());
        let mut codes = codes.filter(|code| !matches!(code, 39 | 49));
        codes.any(|code| matches!(code, 30..=49 | 90..=107))
    };
    parameters.filter(coloured).map(str::to_owned).collect()
}

#[test]
fn anchor_63_no_color_means_no_colour() {
    let truecolour = ("COLORTERM", "truecolor");
    assert_ne!(colours(&written(&[truecolour])), Vec::<String>::new());
    assert_eq!(
        colours(&written(&[truecolour, ("NO_COLOR", "1")])),
        Vec::<String>::new()
    );
}

#[test]
fn without_a_kubeconfig_the_screen_says_so_and_offers_the_demo() {
    let mut terminal = Terminal::start(&[], 80, 24);
    let screen = terminal.wait_for("kubeconfig");
    assert!(screen.contains("fleetui demo"), "{screen}");
    assert!(terminal.home().exists());
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

/// The sequences that take the mouse: presses, drags, all movements, and how places are told.
const TAKES_MOUSE: [&str; 5] = ["?1000h", "?1002h", "?1003h", "?1006h", "?1015h"];

#[test]
fn anchor_66_the_mouse_is_the_terminals_own_until_it_is_asked_for_and_again_after() {
    let mut terminal = Terminal::start(&[], 80, 24);
    terminal.wait_for("kubeconfig");
    terminal.keys("?");
    terminal.wait_for("Help:");
    terminal.keys("q");
    let quiet = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(TAKES_MOUSE.iter().all(|sequence| !quiet.contains(sequence)));
    let mode = |terminal: &Terminal| {
        terminal
            .seen
            .0
            .lock()
            .unwrap()
            .parser
            .screen()
            .mouse_protocol_mode()
    };
    terminal.keys(":mouse\r");
    terminal.wait_for("the mouse is taken");
    assert_ne!(mode(&terminal), vt100::MouseProtocolMode::None);
    // Movements are not asked for: each of them would be bytes on the line.
    let taken = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!taken.contains("?1002h") && !taken.contains("?1003h"));
    // The wheel scrolls help.
    terminal.keys("?");
    let before = terminal.wait_for("Help:");
    terminal.keys("\u{1b}[<65;10;10M");
    terminal.wait_until("another part of help", |screen| {
        screen.contains("Help:") && screen != before
    });
    terminal.keys("q:mouse\r");
    terminal.wait_for("left to the terminal");
    assert_eq!(mode(&terminal), vt100::MouseProtocolMode::None);
    terminal.keys(":mouse\r");
    terminal.wait_for("the mouse is taken");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[cfg(target_os = "linux")]
#[test]
fn anchor_65_suspending_by_command_gives_the_terminal_back_and_going_on_draws_everything() {
    let mut terminal = Terminal::start(&["--mouse"], 80, 24);
    terminal.wait_for("kubeconfig");
    let process = terminal.child.process_id().unwrap();
    terminal.keys(":suspend\r");
    terminal.wait_for_state("a stop", |screen| {
        state(process) == Some('T') && !screen.alternate_screen()
    });
    terminal.assert_whole();
    terminal.signal("CONT");
    terminal.wait_for_state("the console again", |screen| {
        let mouse = screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None;
        screen.alternate_screen() && screen.contents().contains("kubeconfig") && mouse
    });
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[cfg(target_os = "linux")]
#[test]
fn anchor_38_a_dropped_line_leaves_no_process_behind() {
    let mut terminal = Terminal::start(&[], 80, 24);
    terminal.wait_for("kubeconfig");
    let process = terminal.child.process_id().unwrap();
    terminal.signal("HUP");
    assert_eq!(terminal.end(), 0);
    assert_eq!(state(process), None);
    terminal.assert_whole();
}

#[test]
fn a_configuration_that_changes_holds_at_once_and_a_mistake_in_it_is_told() {
    let mut terminal = Terminal::start(&[], 100, 30);
    terminal.wait_for("kubeconfig");
    let directory = terminal.home().join("config/fleetui");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("config.yaml"), "theme: light\nmouse: true\n").unwrap();
    terminal.wait_for("were read again");
    std::fs::write(directory.join("config.yaml"), "theme: light\nmouse: perhaps\n").unwrap();
    terminal.wait_for("config.yaml:2:8");
    let screen = terminal
        .seen
        .0
        .lock()
        .unwrap()
        .parser
        .screen()
        .mouse_protocol_mode();
    assert_ne!(screen, vt100::MouseProtocolMode::None);
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}

#[test]
fn what_was_recorded_is_played_on_a_terminal() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("it.recording");
    let path = path.to_str().unwrap();
    let mut terminal = Terminal::start(&["--record", path], 80, 24);
    terminal.wait_for("kubeconfig");
    terminal.keys("?");
    let help = terminal.wait_for("Help:");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    let mut terminal = Terminal::start(&["--replay", path], 80, 24);
    let played = terminal.wait_for("Help:");
    // The first line says that it is a replay, and the last one what can be done with it.
    let within = |screen: &str| -> Vec<String> {
        let lines: Vec<String> = screen.lines().map(str::to_owned).collect();
        lines[1..lines.len() - 1].to_vec()
    };
    assert_eq!(within(&played), within(&help));
    assert!(played.lines().next().is_some_and(|line| line.contains("REPLAY")));
    terminal.keys("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
}
