//! Reads fields of an object by ordered paths. A field of the wrong shape is noted and passed over, never an error.

use compact_str::{CompactString, format_compact};
use jiff::Timestamp;

use crate::json::{Fields, Json};

/// The most broken fields that are listed; an object made of nothing else must not fill the memory.
const MOST_BROKEN: usize = 16;

/// What is at a path.
enum Reach<'a, 'p> {
    Found(&'a Json<'a>),
    Absent,
    /// Something on the way is no object: what, and where.
    Blocked(&'p str, &'a Json<'a>),
}

/// An object that is being read, and what was found broken in it.
pub(super) struct Reader<'a> {
    object: &'a Json<'a>,
    /// The three parts that nearly all paths begin with.
    parts: [(&'static str, Option<&'a Json<'a>>); 3],
    labels: Option<&'a Fields<'a>>,
    annotations: Option<&'a Fields<'a>>,
    broken: Vec<CompactString>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(object: &'a Json<'a>) -> Self {
        let mut reader = Self {
            object,
            parts: ["metadata", "spec", "status"].map(|part| (part, object.get(part))),
            labels: None,
            annotations: None,
            broken: Vec::new(),
        };
        if object.as_object().is_none() {
            reader.note("", object);
        }
        reader.labels = reader.first(&["metadata.labels"], Json::as_object);
        reader.annotations = reader.first(&["metadata.annotations"], Json::as_object);
        reader
    }

    pub(super) fn into_broken(self) -> Box<[CompactString]> {
        self.broken.into()
    }

    /// The value at a dotted path. Null counts as absent, as it does for the API server.
    pub(super) fn at(&self, path: &str) -> Option<&'a Json<'a>> {
        match self.reach(path) {
            Reach::Found(value) => Some(value),
            Reach::Absent | Reach::Blocked(..) => None,
        }
    }

    fn reach<'p>(&self, path: &'p str) -> Reach<'a, 'p> {
        let first = path.find('.').unwrap_or(path.len());
        let (name, mut rest) = path.split_at(first);
        let known = self.parts.iter().find(|(part, _)| *part == name);
        let Some(mut value) = known.map_or_else(|| self.object.get(name), |(_, value)| *value) else {
            return Reach::Absent;
        };
        while let Some(behind) = rest.strip_prefix('.') {
            let key = behind.split('.').next().unwrap_or(behind);
            let at = path.len() - rest.len();
            rest = behind.get(key.len()..).unwrap_or_default();
            match value {
                Json::Object(map) => match map.get(key) {
                    Some(inner) => value = inner,
                    None => return Reach::Absent,
                },
                Json::Null => return Reach::Absent,
                Json::Bool(_) | Json::Integer(_) | Json::Number | Json::Text(_) | Json::List(_) => {
                    return Reach::Blocked(path.get(..at).unwrap_or(path), value);
                }
            }
        }
        if *value == Json::Null {
            Reach::Absent
        } else {
            Reach::Found(value)
        }
    }

    /// The first of the paths that is there and has the right shape. Those of a wrong shape before it are noted.
    fn first<T>(&mut self, paths: &[&str], read: impl Fn(&'a Json<'a>) -> Option<T>) -> Option<T> {
        for path in paths {
            match self.reach(path) {
                Reach::Found(value) => match read(value) {
                    Some(found) => return Some(found),
                    None => self.note(path, value),
                },
                Reach::Blocked(path, value) => self.note_no_object(path, value),
                Reach::Absent => {}
            }
        }
        None
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, paths: &[&str]) -> Option<&'a str> {
        self.first(paths, Json::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn flag(&mut self, paths: &[&str]) -> Option<bool> {
        self.first(paths, Json::as_bool)
    }

    pub(super) fn integer(&mut self, paths: &[&str]) -> Option<i64> {
        self.first(paths, Json::as_i64)
    }

    pub(super) fn time(&mut self, paths: &[&str]) -> Option<Timestamp> {
        self.first(paths, |value| value.as_str()?.parse().ok())
    }

    /// The list at a path; an empty one where it is absent.
    pub(super) fn list(&mut self, path: &str) -> &'a [Json<'a>] {
        self.first(&[path], Json::as_list).unwrap_or_default()
    }

    /// The texts of a list; other elements are noted.
    pub(super) fn texts(&mut self, path: &str) -> Vec<&'a str> {
        let list = self.list(path);
        let mut texts = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            match value.as_str() {
                Some(text) => texts.push(text),
                None => self.note(&format!("{path}[{index}]"), value),
            }
        }
        texts
    }

    pub(super) fn label(&self, key: &str) -> Option<&'a str> {
        self.labels?.get(key)?.as_str()
    }

    /// All labels.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let labels = self.labels.into_iter().flat_map(Fields::iter);
        labels.filter_map(|(key, value)| Some((key, value.as_str()?)))
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&'a str> {
        self.annotations?.get(key)?.as_str()
    }

    pub(super) fn annotated_number(&mut self, key: &str) -> Option<i64> {
        let value = self.annotations?.get(key)?;
        let number = value.as_str().and_then(|text| text.trim().parse().ok());
        if number.is_none() {
            self.note(key, value);
        }
        number
    }

    /// Labels that no other field stands for.
    pub(super) fn own_labels(&self) -> Box<[(CompactString, CompactString)]> {
        let kept = self
            .labels
            .into_iter()
            .flat_map(Fields::iter)
            .filter(|(key, _)| !super::words::is_bookkeeping(key));
        kept.filter_map(|(key, value)| Some((key.into(), value.as_str()?.into())))
            .collect()
    }

    /// Notes that `value` at `path` has the wrong shape.
    pub(super) fn note(&mut self, path: &str, value: &Json<'_>) {
        self.push(Self::what_is(path, value));
    }

    /// Notes that nothing can be below `path`, as there is `value`.
    fn note_no_object(&mut self, path: &str, value: &Json<'_>) {
        self.push(format_compact!("{}, not an object", Self::what_is(path, value)));
    }

    fn what_is(path: &str, value: &Json<'_>) -> CompactString {
        let found = match value {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Integer(_) | Json::Number => "a number",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        };
        match (path, value) {
            ("", _) => format_compact!("the object is {found}"),
            (_, Json::Text(text)) => {
                let start: String = text.chars().take(40).collect();
                format_compact!("{path} is {start:?}")
            }
            _ => format_compact!("{path} is {found}"),
        }
    }

    fn push(&mut self, broken: CompactString) {
        // Several fields may be looked for in one that has the wrong shape.
        if self.broken.len() < MOST_BROKEN && !self.broken.contains(&broken) {
            self.broken.push(broken);
        }
    }
}
