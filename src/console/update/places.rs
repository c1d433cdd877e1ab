//! Tables and hosts: how one gets there and back, what hides rows there; marks and order, of the tree too; and what is saved.

use compact_str::CompactString;
use fleetui_base::ManagementCluster;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::table::{Column, Flat, Path, Shape};

use crate::app::{App, Left};
use crate::command::List;
use crate::command::line::parse;
use crate::effect::{Action, Request};
use crate::screens::{Screen, hosts, nodes, table};
use crate::within::Within;

impl App {
    pub(super) fn run_list(&mut self, command: List) {
        match command {
            List::Mark => self.mark(),
            List::MarkRange => self.mark_range(),
            List::ClearMarks => match self.stack.last_mut() {
                Some(screen) => screen.leave(),
                None => self.tree.clear_marks(),
            },
            List::Sort(column) => self.sort(column),
        }
    }

    fn mark(&mut self) {
        match self.stack.last_mut() {
            Some(Screen::Table(table)) => table.mark(),
            Some(Screen::Hosts(hosts)) => hosts.mark(),
            Some(_) => {}
            None => {
                if !self.tree.mark() {
                    self.messages.refuse(self.now, "only objects can be marked");
                }
                self.follow();
            }
        }
        // The cursor has gone on: what is told below the list is of the row that it is on.
        let (stack, ground, _) = self.stack_and_ground();
        if let Some(screen) = stack.last_mut() {
            screen.follow(ground);
        }
    }

    fn mark_range(&mut self) {
        match self.stack.last_mut() {
            Some(Screen::Table(table)) => table.mark_range(),
            Some(Screen::Hosts(hosts)) => hosts.mark_range(),
            Some(_) => {}
            None => {
                if !self.tree.mark_range() {
                    self.messages.refuse(self.now, "only objects can be marked");
                }
            }
        }
    }

    /// Tells beside the hosts how many further machines would find one, or of the host under the cursor again.
    /// With `facts` how many hosts there are of each sort is told instead.
    pub(super) fn show_headroom(&mut self, facts: Option<&str>) {
        if !matches!(self.stack.last(), Some(Screen::Hosts(_))) {
            self.show_hosts(None);
        }
        let (stack, ground, _) = self.stack_and_ground();
        if let Some(Screen::Hosts(hosts)) = stack.last_mut() {
            hosts.toggle_headroom(facts, ground.list());
        }
    }

    /// By what hosts can be counted apart: what each says, and the labels of those that are known.
    pub(super) fn facts_of_hosts(&self) -> Vec<String> {
        let own = fleetui_fleet::hosts::FACTS.map(str::to_owned);
        own.into_iter()
            .chain(fleetui_fleet::hosts::label_keys(&self.fleet))
            .collect()
    }

    fn sort(&mut self, column: Column) {
        let (stack, ground, _) = self.stack_and_ground();
        let said = match stack.last_mut() {
            Some(Screen::Table(table)) => table.sort(column, ground.table()),
            Some(_) => return,
            None => self.with_tree(|tree, ground| tree.sort(column, ground)),
        };
        self.messages.say(self.now, &said);
    }

    /// Shows a table, within what was typed behind its name.
    pub(super) fn show_table(&mut self, flat: Flat, rest: Option<&str>) {
        let Some((within, filter)) = self.within(rest) else {
            return;
        };
        self.leave();
        let shape = self.columns.get(&flat).cloned();
        let (stack, ground, _) = self.stack_and_ground();
        let mut state = table::State::open(flat, within, filter, ground.table());
        if let Some(shape) = shape {
            state.reshape(shape, ground.table());
        }
        stack.push(Screen::Table(Box::new(state)));
    }

    /// Shows the hosts, within what was typed behind that.
    pub(super) fn show_hosts(&mut self, rest: Option<&str>) {
        let Some((within, filter)) = self.within(rest) else {
            return;
        };
        self.leave();
        let (stack, ground, _) = self.stack_and_ground();
        let state = hosts::State::open(within, filter, ground.list());
        stack.push(Screen::Hosts(Box::new(state)));
    }

    /// Shows the nodes of workload clusters, within what was typed behind that.
    pub(super) fn show_nodes(&mut self, rest: Option<&str>) {
        let Some((within, filter)) = self.within(rest) else {
            return;
        };
        self.leave();
        let (stack, ground, _) = self.stack_and_ground();
        let state = nodes::State::open((None, within), filter, ground.list());
        stack.push(Screen::Nodes(Box::new(state)));
    }

    /// Reads what was typed behind the name of a list; nothing where that cannot be, which is told.
    fn within(&mut self, rest: Option<&str>) -> Option<(Within, Option<Filter>)> {
        match Within::read(rest.unwrap_or_default(), &self.fleet) {
            Ok(read) => Some(read),
            Err(why) => {
                self.messages.refuse(self.now, &why);
                None
            }
        }
    }

    /// Shows other columns in the table on top.
    pub(super) fn show_columns(&mut self, columns: Option<&str>) {
        let custom = self.custom.clone();
        let shape = columns.map(|columns| Shape::parse_among(&columns.replace(' ', ","), custom));
        let (stack, ground, _) = self.stack_and_ground();
        let Some(Screen::Table(table)) = stack.last_mut() else {
            let what = "columns are chosen in a table: :machines, :clusters, :md …";
            return self.messages.refuse(self.now, what);
        };
        let said = match shape {
            None => {
                let usual = Shape::of(table.flat().columns());
                table.reshape(usual, ground.table());
                return;
            }
            Some(Ok(shape)) => {
                let custom = shape.custom.clone();
                table.reshape(shape, ground.table());
                return self.look_up(custom);
            }
            Some(Err(error)) => error.to_string(),
        };
        self.messages.refuse(self.now, &said);
    }

    /// Wants what is at these paths of all objects; where that is more than before, objects are read again.
    pub(super) fn look_up(&mut self, custom: Vec<(CompactString, Path)>) {
        if custom == self.custom {
            return;
        }
        let paths: Vec<Path> = custom.iter().map(|(_, path)| path.clone()).collect();
        self.custom = custom;
        let sessions = self.fleet.sessions();
        let names: Vec<ManagementCluster> = sessions
            .map(|session| session.management_cluster.clone())
            .collect();
        for name in names {
            let id = self.effects.ask(Request::LookUp(name, paths.clone()));
            self.asked.insert(id, None);
        }
        self.messages
            .say(self.now, "all objects are read again for these columns");
    }

    /// Filters the list on top, or the tree, by what is being typed; says what is wrong with it.
    pub(super) fn filter(&mut self, typed: &str) -> Option<String> {
        let (filter, lacking) = Filter::read(typed);
        if self.sift(|held, _| *held = filter) {
            return lacking.map(|error| error.to_string());
        }
        self.with_tree(|tree, ground| tree.filter(typed, ground))
    }

    /// Changes what hides rows of the list on top; says whether there is such a list.
    pub(super) fn sift(&mut self, change: impl FnOnce(&mut Option<Filter>, Option<&mut bool>)) -> bool {
        let (stack, ground, effects) = self.stack_and_ground();
        let Some(screen) = stack.last_mut() else {
            return false;
        };
        let Some((filter, faults_only)) = screen.sieve_mut() else {
            return false;
        };
        change(filter, faults_only);
        screen.refresh(ground, effects);
        self.dirty = true;
        true
    }

    /// Takes away what hides rows of the list on top; says whether something did.
    pub(super) fn clear_sieve(&mut self) -> bool {
        let of_a_screen = !self.stack.is_empty() && self.is_sifted();
        of_a_screen
            && self.sift(|filter, faults_only| {
                *filter = None;
                if let Some(faults_only) = faults_only {
                    *faults_only = false;
                }
            })
    }

    /// Whether rows are kept from being seen, on the screen on top or in the tree.
    pub(super) fn is_sifted(&self) -> bool {
        match self.stack.last() {
            Some(screen) => screen
                .sieve()
                .is_some_and(|(filter, faults_only, _)| filter.is_some() || faults_only),
            None => self.tree.options.filter.is_some() || self.tree.options.faults_only,
        }
    }

    /// Leaves where the person is, for a new place.
    pub(crate) fn leave(&mut self) {
        let left = self.here();
        self.history.leave(left);
    }

    /// Where the person is, which is left.
    fn here(&mut self) -> Left {
        let mut stack = std::mem::take(&mut self.stack);
        for screen in &mut stack {
            screen.close(&mut self.effects);
            screen.leave();
        }
        self.tree.clear_marks();
        let options = &self.tree.options;
        Left {
            stack,
            only: options.only.clone(),
            namespace: options.namespace.clone(),
            filter: options.filter.clone(),
            faults_only: options.faults_only,
            cursor: self.tree.cursor().cloned(),
        }
    }

    pub(super) fn history_back(&mut self) {
        let mut history = std::mem::take(&mut self.history);
        let there = history.back(|| self.here());
        self.history = history;
        self.go_there(there, "there is no place before this one");
    }

    pub(super) fn history_forward(&mut self) {
        let mut history = std::mem::take(&mut self.history);
        let there = history.forward(|| self.here());
        self.history = history;
        self.go_there(there, "there is no place after this one");
    }

    pub(super) fn history_last(&mut self) {
        let mut history = std::mem::take(&mut self.history);
        let there = history.last(|| self.here());
        self.history = history;
        self.go_there(there, "there is no place before this one");
    }

    fn go_there(&mut self, there: Option<Left>, none: &str) {
        let Some(there) = there else {
            return self.messages.refuse(self.now, none);
        };
        self.stack = there.stack;
        let options = &mut self.tree.options;
        options.only = there.only.filter(|only| self.fleet.session(only).is_some());
        options.namespace = there.namespace;
        options.filter = there.filter;
        options.faults_only = there.faults_only;
        self.refresh();
        if let Some(cursor) = there.cursor {
            self.with_tree(|tree, ground| tree.go_to(&cursor, ground));
        }
        // The terminal may have another size since.
        let area = self.layout.area;
        self.resize(area.width, area.height);
    }

    /// Does what a line says that was typed before.
    pub(crate) fn type_line(&mut self, line: &str) {
        match parse(line) {
            Ok(typed) => self.execute(typed),
            Err(why) => self.messages.refuse(self.now, &why),
        }
    }

    /// Wants what is shown in a file.
    pub(super) fn save(&mut self) {
        let name = self.place().name().to_owned();
        let text = self.stack.last().and_then(Screen::text);
        let id = self.effects.push(Action::Save { name, text });
        self.asked.insert(id, None);
    }
}
