//! Text into cells: cut to its room, never over it.

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Writes `text` at the left of `room`, cut to it. Gives what is left of the room to its right.
pub fn put(buffer: &mut Buffer, room: Rect, text: &Shown, style: Style) -> Rect {
    if room.is_empty() {
        return room;
    }
    let room = room.intersection(buffer.area);
    if room.is_empty() {
        return room;
    }
    let width = usize::from(room.width);
    let fitted;
    let text = if text.width() > width {
        fitted = text.fit(width);
        &fitted
    } else {
        text
    };
    let (end, _) = buffer.set_stringn(room.x, room.y, text.as_str(), width, style);
    let used = end.saturating_sub(room.x).min(room.width);
    Rect {
        x: room.x + used,
        width: room.width - used,
        ..room
    }
}

/// Writes `text` at the right of `room`, cut to it. Gives what is left of the room to its left.
pub fn put_right(buffer: &mut Buffer, room: Rect, text: &Shown, style: Style) -> Rect {
    let width = u16::try_from(text.width()).unwrap_or(u16::MAX).min(room.width);
    let at = Rect {
        x: room.right() - width,
        width,
        ..room
    };
    put(buffer, at, text, style);
    Rect {
        width: room.width - width,
        ..room
    }
}

/// Gives every cell of `room` a style, and leaves its text.
pub fn fill(buffer: &mut Buffer, room: Rect, style: Style) {
    buffer.set_style(room, style);
}

/// What is left of `room` behind its first `cells`.
pub fn skip(room: Rect, cells: u16) -> Rect {
    let cells = cells.min(room.width);
    Rect {
        x: room.x + cells,
        width: room.width - cells,
        ..room
    }
}

/// What is left of `room` below its first `rows`.
pub fn skip_rows(room: Rect, rows: u16) -> Rect {
    let rows = rows.min(room.height);
    Rect {
        y: room.y + rows,
        height: room.height - rows,
        ..room
    }
}

/// A line that is being typed: the text before the caret, under it and behind it. Of a long one, the part around the
/// caret is shown.
pub fn input(
    buffer: &mut Buffer,
    room: Rect,
    parts: (&Shown, &Shown, &Shown),
    styles: (Style, Style),
) -> Rect {
    let (before, under, after) = parts;
    let (text, caret) = styles;
    let mut visible = before.clone();
    let room_before = usize::from(room.width).saturating_sub(under.width());
    if visible.width() > room_before {
        visible = tail(before, room_before);
    }
    let rest = put(buffer, room, &visible, text);
    let rest = put(buffer, rest, under, caret);
    put(buffer, rest, after, text)
}

/// The last cells of a text.
fn tail(text: &Shown, cells: usize) -> Shown {
    let mut start = text.as_str();
    loop {
        let shown = Shown::line(start);
        if shown.width() <= cells {
            return shown;
        }
        let mut characters = start.chars();
        if characters.next().is_none() {
            return Shown::default();
        }
        start = characters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(buffer: &Buffer) -> String {
        buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect()
    }

    #[test]
    fn anchor_67_text_never_leaves_its_room() {
        let area = Rect::new(0, 0, 12, 1);
        let mut buffer = Buffer::empty(area);
        let rest = put(
            &mut buffer,
            Rect::new(1, 0, 5, 1),
            &Shown::line("byoh-cluster"),
            Style::new(),
        );
        assert_eq!(row(&buffer), " byoh…      ");
        assert_eq!(rest.width, 0);
        put(
            &mut buffer,
            Rect::new(20, 0, 5, 1),
            &Shown::line("outside"),
            Style::new(),
        );
        put(
            &mut buffer,
            Rect::new(10, 0, 50, 9),
            &Shown::line("東京"),
            Style::new(),
        );
        assert!(row(&buffer).starts_with(" byoh…    …"), "{}", row(&buffer));
        let left = put_right(&mut buffer, area, &Shown::line("RW"), Style::new());
        assert_eq!((left.width, row(&buffer).ends_with("RW")), (10, true));
    }

    #[test]
    fn a_long_line_shows_the_part_around_the_caret() {
        let area = Rect::new(0, 0, 6, 1);
        let mut buffer = Buffer::empty(area);
        let (before, under, after) = (Shown::line("0123456789"), Shown::line(" "), Shown::default());
        input(
            &mut buffer,
            area,
            (&before, &under, &after),
            (Style::new(), Style::new()),
        );
        assert_eq!(row(&buffer), "56789 ");
    }
}
