//! Which line of a YAML text is about which field. Readers of YAML keep no places, so the lines are followed by how far they are
//! indented; what is written in a row (`{a: 1}`) is about the field whose line it begins on, never about another.

use std::collections::HashMap;

/// Which line is about which field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Of each line the pointer of what it is about.
    pointers: Vec<String>,
    /// Where something begins.
    lines: HashMap<String, usize>,
}

/// Something that is open at a line: what is indented deeper lies in it.
#[derive(Debug, Clone)]
struct Open {
    indent: usize,
    pointer: String,
    /// Its number, where it is an element of a list.
    index: Option<usize>,
}

/// A text that goes on over lines.
#[derive(Debug, Clone, Copy)]
enum Running {
    /// Whatever is indented deeper than this belongs to it.
    Block(usize),
    /// It ends with this sign.
    Quoted(char),
}

impl Places {
    /// Follows the lines of a text.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut following = Following::default();
        let mut places = Self::default();
        for (number, line) in lines.into_iter().enumerate() {
            following.line(line, |pointer| {
                places.lines.entry(pointer.to_owned()).or_insert(number);
            });
            places.pointers.push(following.here().to_owned());
        }
        places
    }

    /// What a line is about; empty where that is the whole object.
    pub fn pointer(&self, line: usize) -> &str {
        self.pointers.get(line).map_or("", String::as_str)
    }

    /// Whether something begins on a line of its own.
    pub fn begins(&self, pointer: &str) -> bool {
        self.lines.contains_key(pointer)
    }

    /// The line on which something begins, or else what it lies in.
    pub fn line_of(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return *line;
            }
            match pointer.rsplit_once('/') {
                Some((outer, _)) => pointer = outer,
                None => return 0,
            }
        }
    }

    /// The names of the fields that stand directly in what `pointer` leads to.
    pub fn names_in<'a>(&'a self, pointer: &str) -> impl Iterator<Item = &'a str> {
        let inner = format!("{pointer}/");
        self.lines
            .keys()
            .filter_map(move |known| known.strip_prefix(inner.as_str()))
            .filter(|rest| !rest.contains('/'))
    }
}

/// What a field lies in that would be written at this column below these lines.
pub fn parent_at<'a>(above: impl IntoIterator<Item = &'a str>, column: usize) -> String {
    let mut following = Following::default();
    for line in above {
        following.line(line, |_| {});
    }
    following.close(column);
    following.here().to_owned()
}

#[derive(Default)]
struct Following {
    open: Vec<Open>,
    running: Option<Running>,
}

impl Following {
    fn here(&self) -> &str {
        self.open.last().map_or("", |open| open.pointer.as_str())
    }

    /// What does not reach deeper than this column is over.
    fn close(&mut self, column: usize) {
        while self.open.last().is_some_and(|open| open.indent >= column) {
            self.open.pop();
        }
    }

    fn line(&mut self, line: &str, mut begins: impl FnMut(&str)) {
        let mut rest = line.trim_start_matches(' ');
        let mut column = line.len() - rest.len();
        match self.running {
            Some(Running::Block(indent)) if rest.is_empty() || column > indent => return,
            Some(Running::Quoted(sign)) => {
                if !is_open_behind(rest, sign) {
                    self.running = None;
                }
                return;
            }
            Some(Running::Block(_)) | None => self.running = None,
        }
        if rest.is_empty() || rest.starts_with('#') || matches!(rest.trim_end(), "---" | "...") {
            return;
        }
        while rest == "-" || rest.starts_with("- ") {
            let pointer = self.element(column);
            begins(&pointer);
            let inner = rest.trim_start_matches('-').trim_start_matches(' ');
            column += rest.len() - inner.len();
            rest = inner;
            if rest.is_empty() {
                return;
            }
        }
        let value = match split_key(rest) {
            Some((name, value)) => {
                self.close(column);
                let pointer = format!("{}/{}", self.here(), name.replace('~', "~0").replace('/', "~1"));
                begins(&pointer);
                self.open.push(Open {
                    indent: column,
                    pointer,
                    index: None,
                });
                value
            }
            None => rest,
        };
        self.running = running(value, self.open.last().map_or(0, |open| open.indent));
    }

    /// Begins the next element of the list at this column.
    fn element(&mut self, column: usize) -> String {
        let mut index = 0;
        while let Some(open) = self.open.last() {
            // A list may stand as far to the left as the name of its field.
            let holds = open.indent < column || (open.indent == column && open.index.is_none());
            if holds {
                break;
            }
            if open.indent == column {
                index = open.index.map_or(0, |index| index + 1);
            }
            self.open.pop();
        }
        let pointer = format!("{}/{index}", self.here());
        self.open.push(Open {
            indent: column,
            pointer: pointer.clone(),
            index: Some(index),
        });
        pointer
    }
}

/// What goes on behind this line.
fn running(value: &str, indent: usize) -> Option<Running> {
    let value = value.trim();
    match value.chars().next()? {
        '|' | '>' => Some(Running::Block(indent)),
        sign @ ('"' | '\'') => {
            let mut inner = value.chars();
            inner.next();
            is_open_behind(inner.as_str(), sign).then_some(Running::Quoted(sign))
        }
        _ => None,
    }
}

/// Whether a text in these quotes is not over at the end of this piece of it.
fn is_open_behind(text: &str, sign: char) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\\' && sign == '"' {
            characters.next();
        } else if character == sign {
            if sign == '\'' && characters.peek() == Some(&sign) {
                characters.next();
            } else {
                return false;
            }
        }
    }
    true
}

/// The name of a field and what stands behind it, where a line begins with one.
pub fn split_key(text: &str) -> Option<(String, &str)> {
    let first = text.chars().next()?;
    if matches!(first, '"' | '\'') {
        let inner = text.get(1..)?;
        let mut end = None;
        let mut escaped = false;
        for (at, character) in inner.char_indices() {
            if escaped {
                escaped = false;
            } else if character == '\\' && first == '"' {
                escaped = true;
            } else if character == first {
                end = Some(at);
                break;
            }
        }
        let (name, rest) = inner.split_at_checked(end?)?;
        let value = rest.get(1..)?.trim_start().strip_prefix(':')?;
        return is_value(value).then(|| (name.to_owned(), value));
    }
    if matches!(
        first,
        '{' | '[' | '&' | '*' | '!' | '|' | '>' | '%' | '@' | '`' | '#' | '?' | ','
    ) {
        return None;
    }
    let colons = text.match_indices(':');
    let (at, _) = colons
        .map(|(at, colon)| (at, text.get(at + colon.len()..).unwrap_or_default()))
        .find(|(_, behind)| is_value(behind))?;
    let (name, value) = text.split_at_checked(at)?;
    let name = name.trim_end();
    (!name.is_empty() && !name.contains(" #")).then(|| (name.to_owned(), value.get(1..).unwrap_or_default()))
}

fn is_value(behind_colon: &str) -> bool {
    behind_colon.is_empty() || behind_colon.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# of the machines
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachineDeployment
metadata:
  annotations:
    a.b/c: "x: y"
    "quoted: key": '1'
  finalizers:
  - one
  - two
spec:
  template:
    spec:
      script: |
        key: value
          - item

        last
      taints:
        - effect: NoSchedule
          key: a
        -
          key: b
      flow: {inner: [1, 2]}
      text: "goes
        on: here"
      nested:
      - - x
        - y
      - - z
  replicas: 3

  # the end
"#;

    fn places() -> Places {
        Places::of(TEXT.lines())
    }

    #[test]
    fn every_line_is_about_a_field() {
        let places = places();
        let lines: Vec<(&str, &str)> = TEXT
            .lines()
            .enumerate()
            .map(|(number, line)| (line.trim(), places.pointer(number)))
            .collect();
        let about = |text: &str| lines.iter().find(|(line, _)| *line == text).unwrap().1;
        let cases = [
            ("apiVersion: cluster.x-k8s.io/v1beta2", "/apiVersion"),
            (r#"a.b/c: "x: y""#, "/metadata/annotations/a.b~1c"),
            (r#""quoted: key": '1'"#, "/metadata/annotations/quoted: key"),
            ("- two", "/metadata/finalizers/1"),
            ("key: value", "/spec/template/spec/script"),
            ("- item", "/spec/template/spec/script"),
            ("last", "/spec/template/spec/script"),
            ("- effect: NoSchedule", "/spec/template/spec/taints/0/effect"),
            ("key: a", "/spec/template/spec/taints/0/key"),
            ("-", "/spec/template/spec/taints/1"),
            ("key: b", "/spec/template/spec/taints/1/key"),
            ("flow: {inner: [1, 2]}", "/spec/template/spec/flow"),
            ("on: here\"", "/spec/template/spec/text"),
            ("- y", "/spec/template/spec/nested/0/1"),
            ("- - z", "/spec/template/spec/nested/1/0"),
            ("replicas: 3", "/spec/replicas"),
        ];
        for (line, pointer) in cases {
            assert_eq!(about(line), pointer, "{line}");
        }
    }

    #[test]
    fn a_field_has_a_line_or_what_it_lies_in_has_one() {
        let places = places();
        let line = |pointer: &str| TEXT.lines().nth(places.line_of(pointer)).unwrap().trim();
        let cases = [
            ("/spec/replicas", "replicas: 3"),
            ("/spec/template/spec/taints/0", "- effect: NoSchedule"),
            ("/spec/template/spec/taints/1", "-"),
            ("/spec/template/spec/flow/inner/1", "flow: {inner: [1, 2]}"),
            ("/metadata/labels/a", "metadata:"),
            ("", "# of the machines"),
        ];
        for (pointer, expected) in cases {
            assert_eq!(line(pointer), expected, "{pointer}");
        }
        let mut names: Vec<&str> = places.names_in("/spec").collect();
        names.sort_unstable();
        assert_eq!(names, ["replicas", "template"]);
    }

    #[test]
    fn what_is_typed_next_lies_in_what_its_column_says() {
        let above = |until: &str| {
            TEXT.lines()
                .take_while(|line| line.trim() != until)
                .collect::<Vec<_>>()
        };
        assert_eq!(parent_at(above("replicas: 3"), 2), "/spec");
        assert_eq!(parent_at(above("replicas: 3"), 0), "");
        assert_eq!(parent_at(above("-"), 10), "/spec/template/spec/taints/0");
        assert_eq!(
            parent_at(above("flow: {inner: [1, 2]}"), 6),
            "/spec/template/spec"
        );
    }

    #[test]
    fn what_the_writer_writes_is_followed_whole() {
        let object = serde_json::json!({"a": {"b": [{"c": 1, "d": ["x", {"e": "multi\nline: y\n"}]}, []], "f/g": {}, "h": "yes", "i": "a: b # c", "j": ""}});
        let text = serde_yaml::to_string(&object).unwrap();
        let places = Places::of(text.lines());
        let line = |pointer: &str| {
            text.lines()
                .nth(places.line_of(pointer))
                .unwrap()
                .trim()
                .to_owned()
        };
        for (pointer, begins) in [
            ("/a/b/0/c", "- c: 1"),
            ("/a/b/0/d/0", "- x"),
            ("/a/b/0/d/1/e", "- e: |"),
            ("/a/b/1", "- []"),
            ("/a/f~1g", "f/g: {}"),
            ("/a/h", "h:"),
            ("/a/i", "i:"),
            ("/a/j", "j:"),
        ] {
            assert!(line(pointer).starts_with(begins), "{pointer}: {text}");
        }
    }
}
