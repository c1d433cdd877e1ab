//! The clipboard of the person's own terminal, through SSH, tmux and screen: OSC 52.

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

use crate::effect::LONGEST_COPY;

/// The bytes that put `text` on the clipboard; none for one that terminals would not take whole. `read` gives the value of an
/// environment variable.
pub(super) fn sequence(text: &str, read: impl Fn(&str) -> Option<String>) -> String {
    let mut sequence = String::new();
    if text.len() > LONGEST_COPY {
        return sequence;
    }
    if CopyToClipboard::to_clipboard_from(text)
        .write_ansi(&mut sequence)
        .is_err()
    {
        return String::new();
    }
    let in_tmux = read("TMUX").is_some_and(|value| !value.is_empty());
    let in_screen = read("STY").is_some_and(|value| !value.is_empty());
    if in_tmux {
        // tmux takes OSC 52 itself where its `set-clipboard` is on, which is its default; passing through needs the
        // escape doubled. Both are sent, and the second is ignored where it is not allowed.
        let passed = format!(
            "\u{1b}Ptmux;{}\u{1b}\\",
            sequence.replace('\u{1b}', "\u{1b}\u{1b}")
        );
        return sequence + &passed;
    }
    if in_screen {
        return format!("\u{1b}P{sequence}\u{1b}\\");
    }
    sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchor_61_the_sequence_reaches_the_terminal_outside() {
        let plain = sequence("byoh-cluster", |_| None);
        assert!(plain.starts_with("\u{1b}]52;c;Ynlv"), "{plain:?}");
        let screen = sequence("x", |name| (name == "STY").then(|| "1".to_owned()));
        assert!(
            screen.starts_with("\u{1b}P\u{1b}]52;") && screen.ends_with("\u{1b}\\"),
            "{screen:?}"
        );
        let tmux = sequence("x", |name| (name == "TMUX").then(|| "1".to_owned()));
        assert!(tmux.contains("\u{1b}Ptmux;\u{1b}\u{1b}]52;"), "{tmux:?}");
    }

    #[test]
    fn anchor_69_what_terminals_would_cut_is_not_sent() {
        // A terminal takes about 100,000 bytes of a sequence, and base64 makes four of three.
        let most = sequence(&"x".repeat(LONGEST_COPY), |_| None);
        assert!((99_000..100_010).contains(&most.len()), "{} bytes", most.len());
        assert_eq!(sequence(&"x".repeat(LONGEST_COPY + 1), |_| None), "");
    }
}
