//! What must not be seen: a value that prints as nothing, wherever it ends up, and secrets that stand in the middle of other
//! people's sentences.

use std::borrow::Cow;
use std::fmt;

/// A value whose `Debug` and `Display` never show it. Reading it takes an explicit call that reviewers can find.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that has to send it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Words behind which a secret follows, in a sentence, a command or a line of a file.
const NAMES: [&str; 11] = [
    "token",
    "password",
    "passwd",
    "secret",
    "apikey",
    "api-key",
    "api_key",
    "accesskey",
    "access_key",
    "client-key-data",
    "certificatekey",
];

/// `text` without what looks like a secret: tokens, passwords, the user's part of a URL, keys. For what leaves the screen, as a
/// recording does; it cannot know every secret, so what is known to be one has to be kept out before.
pub fn scrub(text: &str) -> Cow<'_, str> {
    let suspicious = text.contains("://")
        || text.contains("eyJ")
        || text.contains("PRIVATE KEY")
        || has_kubeadm_token(text)
        || names_a_secret(text);
    if !suspicious {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut hide_next = false;
    let mut rest = text;
    while let Some((before, after)) = at_private_key(rest) {
        scrub_words(before, &mut hide_next, &mut safe);
        safe.push_str(HIDDEN);
        // A key that is cut off is hidden to the end.
        rest = after
            .split_once("-----END ")
            .and_then(|(_, after)| after.split_once("KEY-----"))
            .map_or("", |(_, after)| after);
    }
    scrub_words(rest, &mut hide_next, &mut safe);
    Cow::Owned(safe)
}

/// What stands before and behind the first beginning of a private key.
fn at_private_key(text: &str) -> Option<(&str, &str)> {
    const BEGIN: &str = "-----BEGIN ";
    let mut begins = text.match_indices(BEGIN).filter_map(|(index, _)| {
        let (before, rest) = text.split_at_checked(index)?;
        Some((before, rest.strip_prefix(BEGIN)?))
    });
    let is_private = |after: &str| {
        let kind = after.split_once("-----").map(|(kind, _)| kind);
        kind.is_some_and(|kind| kind.ends_with("PRIVATE KEY"))
    };
    begins.find(|(_, after)| is_private(after))
}

fn names_a_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("bearer") || NAMES.iter().any(|name| lower.contains(name))
}

fn has_kubeadm_token(text: &str) -> bool {
    text.split(is_between).any(is_token)
}

fn is_between(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | ',' | ';' | '(' | ')' | '<' | '>' | '`')
}

/// Writes the words of `text`, those that are secrets hidden; blanks and quotes stay as they are.
fn scrub_words(text: &str, hide_next: &mut bool, safe: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let word_ends = rest.find(is_between).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(word_ends).unwrap_or((rest, ""));
        if !word.is_empty() {
            scrub_word(word, hide_next, safe);
        }
        let next_word = after
            .find(|character| !is_between(character))
            .unwrap_or(after.len());
        let (between, next) = after.split_at_checked(next_word).unwrap_or((after, ""));
        safe.push_str(between);
        rest = next;
    }
}

fn scrub_word(word: &str, hide_next: &mut bool, safe: &mut String) {
    let name = word.trim_end_matches([':', '=']).to_ascii_lowercase();
    let ends_as_name = word.ends_with([':', '=']);
    if std::mem::take(hide_next) {
        // `Authorization: Bearer abc` has two words before the secret.
        *hide_next = name == "bearer" || name == "basic";
        return safe.push_str(if *hide_next { word } else { HIDDEN });
    }
    if name == "bearer" || (ends_as_name && NAMES.iter().any(|known| name.ends_with(known))) {
        *hide_next = true;
        return safe.push_str(word);
    }
    if is_token(word) || is_web_token(word) {
        return safe.push_str(HIDDEN);
    }
    // An option stands before its secret without a sign between.
    if name.starts_with("--") && !word.contains('=') && NAMES.iter().any(|known| name.ends_with(known)) {
        *hide_next = true;
        return safe.push_str(word);
    }
    if let Some((key, _)) = word.split_once(['=', ':']).filter(|(key, value)| {
        let key = key.to_ascii_lowercase();
        !value.is_empty() && !value.starts_with("//") && NAMES.iter().any(|known| key.ends_with(known))
    }) {
        safe.push_str(key);
        safe.push('=');
        return safe.push_str(HIDDEN);
    }
    safe.push_str(&without_user(word));
}

/// kubeadm's: six characters, a dot, sixteen characters.
fn is_token(word: &str) -> bool {
    let small = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    word.len() == 23
        && word
            .split_once('.')
            .is_some_and(|(id, secret)| id.len() == 6 && small(id) && small(secret))
}

/// A JSON web token: base64 of `{"`, and two dots.
fn is_web_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.matches('.').count() >= 2
}

/// `https://user:password@host` without the two.
fn without_user(word: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = word.split_once("://") else {
        return Cow::Borrowed(word);
    };
    let host_ends = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(host_ends).unwrap_or((rest, ""));
    match host.rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}://{HIDDEN}@{host}{path}")),
        None => Cow::Borrowed(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_sentences_are_hidden_and_the_rest_stays() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln";
        let cases = [
            (
                "no free host matches site=b (3 free: site=a)".to_owned(),
                "no free host matches site=b (3 free: site=a)",
            ),
            (
                "Authorization: Bearer abc.def said no".to_owned(),
                "Authorization: Bearer *** said no",
            ),
            ("Bearer abc".to_owned(), "Bearer ***"),
            (format!("the token \"{jwt}\" is old"), "the token \"***\" is old"),
            (
                "https://me:pass@proxy.example:3128/x is away".to_owned(),
                "https://***@proxy.example:3128/x is away",
            ),
            (
                "https://mgmt.example:6443 is away".to_owned(),
                "https://mgmt.example:6443 is away",
            ),
            (
                "kubeadm join --token abcdef.0123456789abcdef --x".to_owned(),
                "kubeadm join --token *** --x",
            ),
            (
                "joined with abcdef.0123456789abcdef, twice".to_owned(),
                "joined with ***, twice",
            ),
            ("password=hunter2 user=me".to_owned(), "password=*** user=me"),
            (
                "AWS_SECRET_ACCESS_KEY=abc region=x".to_owned(),
                "AWS_SECRET_ACCESS_KEY=*** region=x",
            ),
            (
                "password: hunter2\nuser: me".to_owned(),
                "password: ***\nuser: me",
            ),
            (
                "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b".to_owned(),
                "a *** b",
            ),
            ("a -----BEGIN PRIVATE KEY-----\nMIIE".to_owned(), "a ***"),
            (
                "the token has expired; log in again".to_owned(),
                "the token has expired; log in again",
            ),
            (
                "Secret default/x-kubeconfig not found".to_owned(),
                "Secret default/x-kubeconfig not found",
            ),
        ];
        for (text, expected) in &cases {
            assert_eq!(scrub(text), *expected, "{text}");
        }
        // What was hidden once stays as it is.
        for (_, once) in &cases {
            assert_eq!(scrub(once), *once);
        }
    }

    #[test]
    fn a_secret_prints_as_stars() {
        let secret = Secret::new("token-abc");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(*secret.reveal(), "token-abc");
    }
}
