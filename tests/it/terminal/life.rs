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
fn signals_leave_the_terminal_whole() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut terminal = Terminal::start(&["demo", "--seed", "1"], 120, 40);
        terminal.wait_for("mgmt-tokyo");
        terminal.signal(signal);
        terminal.end();
        terminal.assert_whole();
    }
}

#[test]
fn a_panic_leaves_the_terminal_whole_and_says_what_happened() {
    let mut terminal = Terminal::start_with(
        &["demo", "--seed", "1"],
        120,
        40,
        &[("FLEETUI_TEST_PANIC_ON", "P")],
    );
    terminal.wait_for("mgmt-tokyo");
    terminal.keys("P");
    assert_ne!(terminal.end(), 0);
    terminal.assert_whole();
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(
        raw.contains("panicked") || raw.contains("crashed"),
        "nothing was said of the panic"
    );
}

#[test]
fn a_storm_of_sizes_ends_in_the_last_one() {
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

#[test]
fn no_color_means_no_colour() {
    let mut terminal = Terminal::start_with(
        &["demo", "--seed", "1"],
        100,
        30,
        &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")],
    );
    terminal.wait_for("mgmt-tokyo");
    terminal.keys("jjj");
    terminal.keys("\u{3}");
    terminal.end();
    let raw = terminal.raw();
    let text = String::from_utf8_lossy(&raw);
    for coloured in [
        "\u{1b}[38;",
        "\u{1b}[48;",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
    ] {
        assert!(!text.contains(coloured), "found {coloured:?}");
    }
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
