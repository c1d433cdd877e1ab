//! Patterns of strings: Kubernetes' dialect is RE2's as Go reads it, which differs from ours in small things.
//!
//! Matching takes time linear in the text, whatever the pattern. What a pattern may cost in memory is bounded, and patterns
//! that are used in many places (Cluster API repeats a few hundreds of times) are compiled once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use regex::{Regex, RegexBuilder};

/// The longest pattern that is taken.
const LONGEST: usize = 8 * 1024;

/// How much memory a compiled pattern may take.
const LARGEST: usize = 1 << 20;

/// How many compiled patterns are kept for others to use.
const KEPT: usize = 512;

type Compiled = Result<Arc<Regex>, String>;

static SHARED: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);

/// A pattern of a schema; compiled when it is first asked.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Compiled>,
}

impl Pattern {
    pub(crate) fn new(text: String) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// As the schema writes it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Why it is no pattern.
    pub(crate) fn error(&self) -> Option<&str> {
        self.compiled().as_ref().err().map(String::as_str)
    }

    /// Whether it is found in `text`. One that cannot be compiled is found in nothing.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.compiled().as_ref().is_ok_and(|regex| regex.is_match(text))
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let shared = || SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(compiled) = shared().get(&self.text) {
                return compiled.clone();
            }
            let compiled = compile(&self.text);
            let mut kept = shared();
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(self.text.clone(), compiled.clone());
            compiled
        })
    }
}

fn compile(pattern: &str) -> Compiled {
    if pattern.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    RegexBuilder::new(&translated(pattern))
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .nest_limit(100)
        .build()
        .map(Arc::new)
        .map_err(|error| match error {
            regex::Error::Syntax(text) => {
                let last = text.lines().last().unwrap_or_default();
                format!("error parsing regexp: {}", last.trim_start_matches("error: "))
            }
            other => format!("error parsing regexp: {other}"),
        })
}

/// Go's pattern in our own dialect: classes are of ASCII, what only means something to us is taken literally.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(character) = rest.chars().next() {
        let tail = rest.get(character.len_utf8()..).unwrap_or_default();
        let taken = match character {
            '\\' => escape(tail, in_class, &mut out),
            '[' if in_class && !tail.starts_with(':') => literal("\\[", &mut out),
            '[' if in_class => posix_class(tail, &mut out),
            '[' => {
                in_class = true;
                class_start(tail, &mut out)
            }
            ']' if in_class => {
                in_class = false;
                literal("]", &mut out)
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(character);
                0
            }
            '{' if !in_class && !is_repetition(tail) => literal("\\{", &mut out),
            other => {
                out.push(other);
                0
            }
        };
        rest = tail.get(taken..).unwrap_or_default();
    }
    out
}

fn literal(text: &str, out: &mut String) -> usize {
    out.push_str(text);
    0
}

/// What follows a backslash; answers with the bytes that it took.
fn escape(tail: &str, in_class: bool, out: &mut String) -> usize {
    let Some(character) = tail.chars().next() else {
        out.push('\\');
        return 0;
    };
    let plain = match (character, in_class) {
        ('d', false) => "[0-9]",
        ('D', _) => "[^0-9]",
        ('w', false) => "[0-9A-Za-z_]",
        ('W', _) => "[^0-9A-Za-z_]",
        ('s', false) => "[\\t\\n\\x0C\\r ]",
        ('S', _) => "[^\\t\\n\\x0C\\r ]",
        ('d', true) => "0-9",
        ('w', true) => "0-9A-Za-z_",
        ('s', true) => "\\t\\n\\x0C\\r ",
        ('b', false) => "(?-u:\\b)",
        ('<', _) => "<",
        ('>', _) => ">",
        ('Q', false) => {
            let quoted = tail.get(1..).unwrap_or_default();
            let (text, end) = quoted
                .split_once("\\E")
                .map_or((quoted, 0), |(text, _)| (text, 2));
            out.push_str(&regex::escape(text));
            return 1 + text.len() + end;
        }
        (other, _) => {
            out.push('\\');
            out.push(other);
            return other.len_utf8();
        }
    };
    out.push_str(plain);
    character.len_utf8()
}

/// `[`, `[^`, and a `]` right after them, which is an ordinary character there.
fn class_start(tail: &str, out: &mut String) -> usize {
    out.push('[');
    let negated = usize::from(tail.starts_with('^'));
    out.push_str(tail.get(..negated).unwrap_or_default());
    if tail.get(negated..).is_some_and(|tail| tail.starts_with(']')) {
        out.push_str("\\]");
        return negated + 1;
    }
    negated
}

/// `[:alpha:]`.
fn posix_class(tail: &str, out: &mut String) -> usize {
    match tail.find(":]") {
        Some(end) => {
            out.push('[');
            out.push_str(tail.get(..end + 2).unwrap_or_default());
            end + 2
        }
        None => literal("\\[", out),
    }
}

/// Whether `{` begins a repetition: `3}`, `3,}`, `3,5}`.
fn is_repetition(tail: &str) -> bool {
    let Some((inside, _)) = tail.split_once('}') else {
        return false;
    };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match inside.split_once(',') {
        None => number(inside),
        Some((least, most)) => number(least) && (most.is_empty() || number(most)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_go() {
        let cases = [
            (r"^\d+$", "42", true),
            (r"^\d+$", "٤٢", false),
            (r"^[\w-]+$", "a_b-c", true),
            (r"^[\w]+$", "ä", false),
            (r"^\s$", "\u{a0}", false),
            (r"^{[a-z]+}$", "{abc}", true),
            (r"^a{2,3}$", "aaa", true),
            (r"^a{,3}$", "a{,3}", true),
            (r"^[a[b]+$", "[ab", true),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]a]+$", "b", true),
            (r"^[a&&b]+$", "&", true),
            (r"^\<a\>$", "<a>", true),
            (r"^\Qa.b\E.$", "a.bc", true),
            (r"^\Qa.b\E.$", "axbc", false),
            (r"\bfoo\b", "a foo b", true),
            (r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]+)*$", "a-b.c", true),
            (r"^(https?)://[^\s/$.?#].[^\s]*$", "https://a.b/c", true),
            (r"^[\-a]+$", "-a", true),
            (r"a$", "a\n", false),
        ];
        for (pattern, text, expected) in cases {
            let read = Pattern::new(pattern.to_owned());
            assert_eq!(read.error(), None, "{pattern}");
            assert_eq!(read.is_match(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_or_too_large_says_so() {
        for pattern in ["[a", "(", "(?=a)", r"\1", "((a{1000}){1000}){1000}"] {
            let error = Pattern::new(pattern.to_owned()).error().map(str::to_owned);
            assert!(
                error
                    .as_ref()
                    .is_some_and(|error| error.starts_with("error parsing regexp: ")),
                "{pattern}: {error:?}"
            );
        }
        assert!(Pattern::new("a".repeat(LONGEST + 1)).error().is_some());
        assert!(Pattern::new("(".repeat(8_000)).error().is_some());
    }
}
