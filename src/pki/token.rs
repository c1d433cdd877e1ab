//! Bearer tokens: random, compared without telling how much of a guess was right.

use std::fmt::Write as _;

use fleetui_base::redact::Secret;
use rand::TryRngCore as _;
use rand::rngs::OsRng;

/// Bytes of randomness in a token.
const LENGTH: usize = 32;

/// A bearer token.
#[derive(Debug, Clone)]
pub struct Token(Secret<String>);

impl Token {
    /// A new token from the operating system's randomness; absent where that cannot be had.
    pub fn generate() -> Option<Self> {
        let mut bytes = [0_u8; LENGTH];
        OsRng.try_fill_bytes(&mut bytes).ok()?;
        let mut text = String::with_capacity(2 * LENGTH);
        for byte in bytes {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Some(Self(Secret::new(text)))
    }

    /// A token that was read from a file; absent where it is too short to be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (text.len() >= 2 * LENGTH).then(|| Self(Secret::new(text.to_owned())))
    }

    /// The token itself, for the one place that has to send or store it.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// Whether `presented` is this token. Takes the same time however much of it is right.
    pub fn matches(&self, presented: &str) -> bool {
        let ours = self.0.reveal().as_bytes();
        let theirs = presented.as_bytes();
        if ours.len() != theirs.len() {
            return false;
        }
        let difference = ours
            .iter()
            .zip(theirs)
            .fold(0, |seen, (left, right)| seen | (left ^ right));
        std::hint::black_box(difference) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_matches_itself_alone_and_is_never_shown() {
        let token = Token::generate().unwrap();
        let text = token.reveal().to_owned();
        assert!(token.matches(&text));
        assert!(Token::parse(&format!("{text}\n")).unwrap().matches(&text));
        assert!(!token.matches(""));
        assert!(!token.matches(&text[1..]));
        assert!(!token.matches(Token::generate().unwrap().reveal()));
        assert!(Token::parse("short").is_none());
        assert_eq!(format!("{token:?}"), "Token(***)");
    }
}
