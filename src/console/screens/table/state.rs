//! What a table screen holds: its rows by what they are of, the cursor, marks, filter and order.

use compact_str::CompactString;
use fleetui_api::facts::Replicas;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::filter::Filter;
use fleetui_fleet::table::{Column, Flat, Shape, Sort, Table, TableOptions, TableRow};
use jiff::Timestamp;

use crate::age::age;
use crate::command::Move;
use crate::connection;
use crate::grid::{LAST_THAT_MATTERS, Placed, Wish, place};
use crate::list::{Ground, List, sorted};
use crate::look::Look;
use crate::marks::{Id, Marks};
use crate::prose::Line;
use crate::subject::Subject;
use crate::theme::Role;
use crate::verdict;
use crate::within::Within;

/// Cells before the name: the cursor and the mark.
pub(super) const BEFORE: u16 = 2;
/// Cells of a sign before a name.
const SIGN: u16 = 2;
/// Verdicts change by time alone, slowly; rows are made anew this often even when nothing is told.
const OLD_AFTER_SECONDS: i64 = 20;

/// The screen.
#[derive(Debug)]
pub struct State {
    pub(super) options: TableOptions,
    /// What was asked for with it, whatever is shown elsewhere.
    within: Within,
    pub(super) shape: Shape,
    pub(super) table: Table,
    pub(in crate::screens) list: List<Id>,
    pub(super) marks: Marks<Id>,
    /// Cells that the longest text of each column needs that was in view.
    needs: Vec<u16>,
    pub(super) size: (u16, u16),
    pub(super) now: Timestamp,
    built: Timestamp,
    /// What stands where there is no row.
    pub(super) empty: Vec<Line>,
    /// The management clusters of which what is shown is old.
    pub(super) stale: Vec<ManagementCluster>,
}

impl State {
    /// A table of these objects, within what was asked for.
    pub fn open(flat: Flat, within: Within, filter: Option<Filter>, ground: Ground<'_>) -> Self {
        let mut state = Self {
            options: TableOptions {
                filter,
                ..TableOptions::new(flat)
            },
            within,
            shape: Shape::of(flat.columns()),
            table: Table::default(),
            list: List::default(),
            marks: Marks::default(),
            needs: Vec::new(),
            size: ground.size,
            now: ground.now,
            built: ground.now,
            empty: Vec::new(),
            stale: Vec::new(),
        };
        state.resize(ground);
        state
    }

    /// Takes another size.
    pub fn resize(&mut self, ground: Ground<'_>) {
        self.size = ground.size;
        self.needs.clear();
        self.list.resize(self.size.1);
        self.refresh(ground);
    }

    /// Makes the rows anew.
    pub fn refresh(&mut self, ground: Ground<'_>) {
        let only = self.within.only(ground);
        let namespace = self.within.only_namespace(ground);
        if only != self.options.only || namespace != self.options.namespace {
            // Another place: what was marked there is not meant here.
            self.marks.clear();
        }
        self.options.only = only;
        self.options.namespace = namespace;
        self.table = Table::build(ground.fleet, &self.options, ground.now);
        (self.now, self.built) = (ground.now, ground.now);
        self.list.set(self.table.rows.iter().map(id).collect());
        self.marks.retain(|(key, uid)| {
            let row = ground.fleet.get(key);
            row.is_some_and(|row| row.facts.uid == *uid)
        });
        self.empty = if self.table.rows.is_empty() {
            super::empty::text(self, ground)
        } else {
            Vec::new()
        };
        self.stale = connection::old(ground.fleet);
        self.measure();
    }

    /// Time has passed; says whether something on the screen has changed by it.
    pub fn tick(&mut self, ground: Ground<'_>) -> bool {
        let before = self.ages(self.now);
        let passed = ground.now.as_second().saturating_sub(self.built.as_second());
        if passed >= OLD_AFTER_SECONDS {
            self.refresh(ground);
            return true;
        }
        self.now = ground.now;
        before != self.ages(self.now)
    }

    /// Ages on the screen as they are written at `now`.
    fn ages(&self, now: Timestamp) -> Vec<CompactString> {
        let seen = self.table.rows.get(self.list.on_screen()).unwrap_or_default();
        seen.iter()
            .filter_map(|row| Some(age(Column::created(row)?, now)))
            .collect()
    }

    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        self.list.go(command);
        self.measure();
    }

    /// What is under the cursor.
    pub fn subject(&self) -> Option<Subject> {
        self.list.cursor().map(|(key, _)| Subject::Object(key.clone()))
    }

    /// How many rows are marked and not seen, so that they are left alone.
    pub fn hidden_marks(&self) -> usize {
        self.marks.count(self.list.rows()).1
    }

    /// What a command acts on: what is marked and seen, else what is under the cursor.
    pub fn acted_on(&self) -> Vec<ObjectKey> {
        let ids = self.marks.acted_on(self.list.rows(), self.list.cursor());
        ids.into_iter().map(|(key, _)| key).collect()
    }

    /// Marks the row under the cursor, or takes its mark away, and goes to the next one.
    pub fn mark(&mut self) {
        if let Some(id) = self.list.cursor().cloned() {
            self.marks.toggle(&id);
            self.go(Move::Down);
        }
    }

    /// Marks all rows from the one that was marked last to the one under the cursor.
    pub fn mark_range(&mut self) {
        if let Some(id) = self.list.cursor() {
            self.marks.extend_to(id, self.list.rows());
        }
    }

    /// Takes all marks away; says whether there were any.
    pub fn clear_marks(&mut self) -> bool {
        self.marks.clear()
    }

    /// Sorts by a column; by the same one again the other way round. Says in which order rows stand now.
    pub fn sort(&mut self, column: Column, ground: Ground<'_>) -> String {
        let sort = Sort::then(self.options.sort, column);
        self.options.sort = Some(sort);
        self.refresh(ground);
        sorted(sort, self.shape.title(column))
    }

    /// Shows other columns.
    pub fn reshape(&mut self, shape: Shape, ground: Ground<'_>) {
        self.shape = shape;
        self.needs.clear();
        self.refresh(ground);
    }

    /// Which objects are shown.
    pub fn flat(&self) -> Flat {
        self.options.flat
    }

    /// What keeps rows from being seen.
    pub fn sieve(&self) -> (Option<&Filter>, bool, usize) {
        (
            self.options.filter.as_ref(),
            self.options.faults_only,
            self.table.hidden,
        )
    }

    /// The same, to be changed; the rows have to be made anew.
    pub fn sieve_mut(&mut self) -> (&mut Option<Filter>, &mut bool) {
        (&mut self.options.filter, &mut self.options.faults_only)
    }

    /// The command line that opens this table.
    pub fn command(&self) -> String {
        let name = self.options.flat.names().first().copied().unwrap_or_default();
        self.within.line(name, self.options.filter.as_ref())
    }

    /// What was asked for with it.
    pub fn within(&self) -> &Within {
        &self.within
    }

    /// What is said of marks: those that are seen, and those that are not and therefore not acted on.
    pub fn marked(&self) -> Option<String> {
        self.marks.said(self.list.rows())
    }

    /// The management cluster that is shown alone here.
    pub fn only(&self) -> Option<&ManagementCluster> {
        self.options.only.as_ref()
    }

    /// The row under the cursor.
    pub(super) fn row(&self) -> Option<&TableRow> {
        self.table.rows.get(self.list.at())
    }

    /// Where the columns stand.
    pub(super) fn columns(&self) -> Vec<Placed> {
        let wishes: Vec<Wish> = self
            .shape
            .columns
            .iter()
            .map(|column| self.wish(*column))
            .collect();
        let room = self.size.0.saturating_sub(BEFORE + 1);
        place(&wishes, &self.needs, room)
    }

    fn wish(&self, column: Column) -> Wish {
        let (least, usual, most, rank) = measures(column);
        // What rows are sorted by is worth its room.
        let sorted = self.options.sort.is_some_and(|sort| sort.column == column);
        let rank = if sorted {
            rank.min(LAST_THAT_MATTERS - 1)
        } else {
            rank
        };
        Wish {
            title: self.title(column),
            least,
            usual,
            most,
            rank,
        }
    }

    /// The title of a column; of the names, how many there are of what.
    pub(super) fn title(&self, column: Column) -> Shown {
        match column {
            Column::Name => {
                let (seen, hidden) = (self.table.rows.len(), self.table.hidden);
                let title = self.options.flat.title().to_uppercase();
                match hidden {
                    0 => Shown::line(&format!("{title} {seen}")),
                    _ => Shown::line(&format!("{title} {seen} of {}", seen + hidden)),
                }
            }
            column => Shown::line(self.shape.title(column)),
        }
    }

    /// Columns grow to what is in view.
    fn measure(&mut self) {
        self.needs.resize(self.shape.columns.len(), 0);
        let seen = self.table.rows.get(self.list.on_screen()).unwrap_or_default();
        for (column, need) in self.shape.columns.iter().zip(&mut self.needs) {
            let text = |row: &TableRow| match column {
                Column::Age => 0,
                Column::Name => Shown::line(&column.text(row)).width() + usize::from(SIGN),
                column => Shown::line(&column.text(row)).width(),
            };
            let widest = seen.iter().map(text).max().unwrap_or(0);
            *need = (*need).max(u16::try_from(widest).unwrap_or(u16::MAX));
        }
    }

    /// All rows as text, for a file.
    pub fn text(&self) -> String {
        let mut lines: Vec<Vec<String>> = Vec::with_capacity(self.table.rows.len() + 1);
        let titles = self
            .shape
            .columns
            .iter()
            .map(|column| self.shape.title(*column).to_owned());
        lines.push(titles.collect());
        for row in &self.table.rows {
            let cell = |column: &Column| match column {
                Column::Age => Column::created(row).map_or_else(String::new, |at| age(at, self.now).into()),
                column => Shown::line(&column.text(row)).to_string(),
            };
            lines.push(self.shape.columns.iter().map(cell).collect());
        }
        crate::grid::text(&lines)
    }
}

fn id(row: &TableRow) -> Id {
    (row.key(), row.row.facts.uid.clone())
}

/// Least, usual and most cells of a column, and its rank. Why something is as it is has the lines below the list, of the row
/// under the cursor, where there is no room for it in every row; where there is room it has it before who owns what, which comes
/// only where it can be read.
fn measures(column: Column) -> (u16, u16, u16, u8) {
    match column {
        Column::Name => (24, 34, 60, 0),
        // Every row says where it is, whatever else has no room.
        Column::ManagementCluster => (11, 12, 24, 1),
        Column::Condition => (15, 17, 22, 2),
        Column::Custom(_) => (8, 14, 32, 3),
        Column::Kind => (12, 20, 24, 3),
        Column::Replicas => (8, 8, 10, 3),
        Column::Version => (8, 9, 14, 3),
        Column::Age => (5, 5, 6, 3),
        Column::Message => (14, 36, 100, 4),
        Column::Health => (11, 11, 11, 6),
        Column::Node => (10, 16, 40, 8),
        Column::Cluster => (12, 16, 40, 9),
        Column::Namespace => (9, 12, 24, 10),
        Column::Phase => (12, 12, 14, 11),
        Column::UpToDate => (10, 10, 10, 12),
        Column::Class => (10, 14, 24, 13),
        Column::Owner => (30, 30, 50, 14),
        Column::ProviderId => (30, 30, 60, 15),
    }
}

/// The text of a column of `width` cells in a row, and its role.
pub(super) fn content(
    row: &TableRow,
    (column, width): (Column, u16),
    look: &Look,
    now: Timestamp,
) -> (Shown, Role) {
    let health = row.verdict.health;
    let text = || Shown::line(&column.text(row));
    match column {
        Column::Age => {
            let created = Column::created(row);
            let text = created.map(|created| Shown::line(&age(created, now)));
            (text.unwrap_or_default(), Role::Dim)
        }
        Column::Condition => {
            let condition = row.verdict.condition.as_ref();
            let text = condition.map(|(kind, status)| verdict::condition(kind, status, width.into()));
            (text.unwrap_or_default(), verdict::role(health))
        }
        Column::Message => (
            verdict::message(&row.verdict.line, width.into()),
            verdict::role(health),
        ),
        Column::Health => {
            let sign = look.glyphs.health(health);
            (
                Shown::line(&format!("{sign} {}", health.as_str())),
                verdict::role(health),
            )
        }
        Column::Replicas => {
            let short = row.replicas.as_ref().is_some_and(Replicas::differs);
            (text(), if short { Role::Warning } else { Role::Text })
        }
        Column::Owner | Column::ProviderId | Column::Namespace => (text(), Role::Dim),
        Column::ManagementCluster => (text(), Role::Heading),
        Column::Name
        | Column::Kind
        | Column::Cluster
        | Column::UpToDate
        | Column::Version
        | Column::Phase
        | Column::Node
        | Column::Class
        | Column::Custom(_) => (text(), Role::Text),
    }
}
