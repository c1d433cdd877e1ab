//! Templates in, texts out, as upstream has them.

use super::*;

fn value(name: &str) -> Option<String> {
    let known = [("A", "Alpha-one"), ("E", ""), ("P", "a/b/a"), ("N", "x")];
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| (*value).to_owned())
}

/// What `drone/envsubst` makes of the same texts, asked once; a blank inside of braces is clusterctl's own.
#[test]
fn texts_come_out_as_upstreams() {
    for (text, expected) in [
        ("$A", "$A"),
        ("$$A", "$A"),
        ("$${A}", "${A}"),
        ("${A}", "Alpha-one"),
        ("${ A }", "Alpha-one"),
        ("${X:-def}", "def"),
        ("${E:-def}", "def"),
        ("${X:=def}", "def"),
        ("${X=def}", "def"),
        ("${E=def}", "def"),
        ("${X:-${A}}", "Alpha-one"),
        ("${X:-a b}", "a b"),
        ("${X:-\"q\"}", "\"q\""),
        ("${A^}", "Alpha-one"),
        ("${A^^}", "ALPHA-ONE"),
        ("${A,}", "alpha-one"),
        ("${A,,}", "alpha-one"),
        ("${A:1}", "lpha-one"),
        ("${A:1:3}", "lph"),
        ("${A:9}", ""),
        ("${A:20}", ""),
        ("${A:1:50}", "lpha-one"),
        ("${#A}", "9"),
        ("${A#Al}", "pha-one"),
        ("${A##*-}", "one"),
        ("${A%-*}", "Alpha"),
        ("${A%%-*}", "Alpha"),
        ("${P/a/z}", "z/b/a"),
        ("${P//a/z}", "z/b/z"),
        ("${P/#a/z}", "z/b/a"),
        ("${P/%a/z}", "a/b/z"),
        ("${P//\\//_}", "a_b_a"),
        ("$(x) $1 $", "$(x) $1 $"),
        ("a ${A}b${N} c", "a Alpha-onebx c"),
        ("${X:-}", ""),
        ("${A:-}", "Alpha-one"),
    ] {
        let template = Template::parse(text).unwrap();
        assert_eq!(template.render(value).unwrap(), expected, "{text}");
    }
}

#[test]
fn what_is_no_template_is_told_with_its_line() {
    for (text, line, what) in [
        ("a\n${A", 2, "missing closing brace"),
        ("${E-def}", 1, "missing closing brace"),
        ("${}", 1, "unable to parse variable name"),
        ("\n\n${A!}", 3, "missing closing brace"),
    ] {
        assert_eq!(Template::parse(text), Err(TemplateError { line, what }), "{text}");
    }
    let deep = "${A:-".repeat(40) + &"}".repeat(40);
    assert!(Template::parse(&deep).is_err());
}

#[test]
fn variables_are_found_with_their_first_default() {
    let template = Template::parse("${B} ${A:-1} ${B:=x} ${A:-2} ${C:-${D}} ${B:-y}").unwrap();
    let variables: Vec<(String, Option<String>)> = template.variables().into_iter().collect();
    let of = |name: &str, default: Option<&str>| (name.to_owned(), default.map(str::to_owned));
    assert_eq!(
        variables,
        [
            of("A", Some("1")),
            of("B", Some("x")),
            of("C", Some("${D}")),
            of("D", None)
        ]
    );
    assert_eq!(template.render(|_| None), Err(Missing(vec!["D".to_owned()])));
}

#[test]
fn patterns_match_as_in_a_shell() {
    for (pattern, text, fits) in [
        ("*", "abc", true),
        ("*", "a/c", false),
        ("a?c", "abc", true),
        ("a?c", "a/c", false),
        ("[a-c]*", "bcd", true),
        ("[!a-c]*", "bcd", false),
        ("*b*d", "abcbd", true),
        ("*b*d", "abcbe", false),
        ("", "", true),
        ("a*b*c*d*e*f*g*h*", &"a".repeat(2000), false),
    ] {
        assert_eq!(glob::matches(pattern, text), fits, "{pattern} {text}");
    }
}
