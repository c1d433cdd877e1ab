//! Tables, their columns and widths, and the forms for programs.

use super::*;

fn row(id: &str, cells: &[&str]) -> Entry {
    Entry {
        id: id.to_owned(),
        name: format!("machine.cluster.x-k8s.io/{id}"),
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        document: json!({"name": id, "cells": cells}),
    }
}

fn page(rows: Vec<Entry>) -> Page {
    Page {
        kind: "MachineList",
        columns: vec![
            Column::new("NAME"),
            Column::new("NODE").wide(),
            Column::new("AGE").ticking(),
            Column::new("MESSAGE"),
        ],
        rows,
        empty: "no machines".to_owned(),
        faults: false,
        ..Page::default()
    }
}

fn printed(output: Output, watch: bool, pages: &[Page]) -> String {
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, output, watch, true);
    for page in pages {
        printer.print(page).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn a_table_is_as_wide_as_its_cells_and_no_cell_is_blank() {
    let page = page(vec![
        row("a", &["a", "node-1", "5m", ""]),
        row("longer", &["longer", "", "", "no host"]),
    ]);
    assert_eq!(
        printed(Output::Table, false, std::slice::from_ref(&page)),
        "NAME     AGE   MESSAGE\na        5m\nlonger   -     no host\n"
    );
    assert_eq!(
        printed(Output::Wide, false, std::slice::from_ref(&page)),
        "NAME     NODE     AGE   MESSAGE\na        node-1   5m\nlonger   -        -     no host\n"
    );
    assert_eq!(
        printed(Output::Name, false, &[page]),
        "machine.cluster.x-k8s.io/a\nmachine.cluster.x-k8s.io/longer\n"
    );
}

#[test]
fn what_changes_is_printed_again_and_time_alone_is_no_change() {
    let pages = [
        page(vec![]),
        page(vec![
            row("a", &["a", "", "5m", ""]),
            row("b", &["b", "", "5m", ""]),
        ]),
        page(vec![
            row("a", &["a", "", "6m", ""]),
            row("b", &["b", "", "6m", ""]),
        ]),
        page(vec![
            row("a", &["a", "", "7m", "lost"]),
            row("b", &["b", "", "7m", ""]),
        ]),
        page(vec![row("a", &["a", "", "8m", "lost"])]),
    ];
    assert_eq!(
        printed(Output::Table, true, &pages),
        "NAME   AGE   MESSAGE\na      5m\nb      5m\na      7m    lost\nb      7m    (gone)\n"
    );
}

#[test]
fn a_tree_is_printed_whole_again() {
    let whole = |rows| Page {
        whole: true,
        ..page(rows)
    };
    let pages = [
        whole(vec![row("a", &["a", "", "", "x"]), row("b", &["b", "", "", ""])]),
        whole(vec![row("a", &["a", "", "", "x"]), row("b", &["b", "", "", ""])]),
        whole(vec![row("a", &["a", "", "", "y"]), row("b", &["b", "", "", ""])]),
    ];
    assert_eq!(
        printed(Output::Table, true, &pages),
        "NAME   AGE   MESSAGE\na            x\nb\n\na            y\nb\n"
    );
}

#[test]
fn programs_get_every_state_once() {
    let pages = [
        page(vec![row("a", &["a"])]),
        page(vec![row("a", &["a"])]),
        page(vec![]),
    ];
    assert_eq!(
        printed(Output::Json, true, &pages),
        "{\"kind\":\"MachineList\",\"items\":[{\"name\":\"a\",\"cells\":[\"a\"]}]}\n{\"kind\":\"MachineList\",\"items\":[]}\n"
    );
    let yaml = printed(Output::Yaml, true, &pages);
    assert_eq!(yaml.matches("---\n").count(), 2, "{yaml}");
    let once = printed(Output::Json, false, &pages[..1]);
    let read: Value = serde_json::from_str(&once).unwrap();
    assert_eq!(read["items"][0]["name"], "a");
}

#[test]
fn nothing_that_is_printed_steers_the_terminal_and_json_still_means_the_same() {
    let hostile = "a\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{e0041}b\r\nc";
    let evil = page(vec![row("x", &[hostile, hostile, hostile, hostile])]);
    let evil = Page {
        rows: vec![Entry {
            id: hostile.to_owned(),
            name: hostile.to_owned(),
            ..evil.rows[0].clone()
        }],
        ..evil
    };
    for (output, watch) in [
        (Output::Table, false),
        (Output::Wide, true),
        (Output::Name, false),
        (Output::Json, false),
        (Output::Json, true),
        (Output::Yaml, false),
    ] {
        let text = printed(output, watch, std::slice::from_ref(&evil));
        let raw = text.chars().filter(|character| {
            character.is_control() && *character != '\n' || "\u{202e}\u{e0041}".contains(*character)
        });
        assert_eq!(raw.count(), 0, "{output:?}: {text:?}");
    }
    let read: Value = serde_json::from_str(&printed(Output::Json, false, &[evil])).unwrap();
    assert_eq!(read["items"][0]["cells"][0], hostile);
}

/// A pipe of which the other end is closed.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn who_reads_may_have_seen_enough() {
    let broken = lines_to(&mut Closed, ["a", "b"]);
    assert_eq!(broken.as_ref().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert!(seen_enough(broken).is_ok());
    assert!(seen_enough(Err(io::ErrorKind::StorageFull.into())).is_err());
    let mut out = Vec::new();
    lines_to(&mut out, ["a\u{1b}[2J", "b"]).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(!out.contains('\u{1b}') && out.ends_with("b\n"), "{out:?}");
}
