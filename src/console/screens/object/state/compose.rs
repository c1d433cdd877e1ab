//! Writes the page of an object: its sections, in their order, from what is known and from what was read.

use fleetui_api::facts::Models;
use fleetui_fleet::detail::related;
use fleetui_fleet::timeline::{Event, timeline};
use fleetui_fleet::why::why;

use super::super::page::{Page, Section};
use super::super::sections;
use super::{FEW, Ground, MOST_ENTRIES, MOST_RELATED, Part, Reading, State};
use crate::detail::{self, object};
use crate::prose::Line;
use crate::theme::Role;

impl State {
    pub(super) fn compose(&self, ground: Ground<'_>) -> Page {
        let mut page = Page::default();
        match self.part {
            Part::Description | Part::Why => {
                self.describe(&mut page, ground);
                page.begin(Section::Yaml);
                self.yaml(&mut page);
            }
            Part::Timeline => self.happened(&mut page, MOST_ENTRIES, ground),
            Part::Yaml => self.yaml(&mut page),
        }
        page
    }

    fn describe(&self, page: &mut Page, ground: Ground<'_>) {
        let width = self.width();
        let prose = ground.prose;
        if let Some(known) = &self.known {
            page.extend(object::heading(known, prose, width));
        }
        if let Some(why) = why(prose.fleet, &self.key, prose.now) {
            page.begin(Section::Why);
            let said = self.known.as_ref().map(|known| known.verdict.line.as_str());
            sections::why(page, (&why, said.unwrap_or_default()), prose, width);
        }
        page.begin(Section::Conditions);
        if let Reading::Failed(why) = &self.reading {
            page.push(sections::failed(
                "only what is watched; the whole could not be read: ",
                why,
            ));
        }
        sections::conditions(page, &self.models(), prose, width);
        page.begin(Section::Related);
        let (found, more) = related(prose.fleet, &self.key, MOST_RELATED, prose.now);
        sections::related(page, (&found, more), prose);
        page.begin(Section::Timeline);
        self.happened(page, FEW, ground);
        page.begin(Section::Events);
        self.told(page, ground);
        if let Some(known) = &self.known {
            page.begin(Section::Facts);
            page.extend(object::facts(known, prose, width).into_iter().skip(1));
        }
    }

    /// The conditions of the whole object once it is there; until then, and where it has changed since, those that are watched.
    fn models(&self) -> Models {
        let watched = self.known.as_ref().map(|known| known.conditions.clone());
        match &self.document {
            Some(document) if document.resource_version == self.watched || watched.is_none() => {
                document.models.clone()
            }
            document => Models {
                new: watched.unwrap_or_default(),
                old: document
                    .as_ref()
                    .map(|document| document.models.old.clone())
                    .unwrap_or_default(),
            },
        }
    }

    /// What happened, at most `most` entries; events are told apart where there is little room.
    fn happened(&self, page: &mut Page, most: usize, ground: Ground<'_>) {
        let is_whole = most > FEW;
        let events: &[Event] = if is_whole { &self.events.0 } else { &[] };
        let (fleet, key) = (ground.prose.fleet, &self.key);
        let entries = timeline(fleet, key, (ground.story, events), most + 1);
        let shown = entries.get(..most.min(entries.len())).unwrap_or_default();
        if is_whole {
            self.state_of_events(page);
        }
        sections::timeline(page, (shown, key), ground.prose, self.width());
        if entries.len() > most {
            let what = if is_whole {
                "older entries are not shown"
            } else {
                "there is more in the timeline alone"
            };
            page.push(Line::ours(Role::Dim, what));
        }
    }

    fn told(&self, page: &mut Page, ground: Ground<'_>) {
        self.state_of_events(page);
        let (events, _) = &self.events;
        let shown = events.get(..FEW.min(events.len())).unwrap_or_default();
        let now = ground.prose.time_of(&self.key.management_cluster);
        sections::events(page, shown, detail::Ground { now, ..ground.prose }, self.width());
        if events.len() > FEW {
            let more = format!("and {} older ones, which the timeline tells", events.len() - FEW);
            page.push(Line::new().text(Role::Dim, &more));
        }
    }

    /// Reading, denied and none are three things.
    fn state_of_events(&self, page: &mut Page) {
        let (events, more) = &self.events;
        match &self.listing {
            Reading::Waiting(_) if events.is_empty() => {
                page.push(sections::waiting("reading the events from the server"));
            }
            Reading::Failed(why) => page.push(sections::failed("events could not be read: ", why)),
            Reading::Read if events.is_empty() => {
                page.push(Line::ours(
                    Role::Dim,
                    "no events; servers forget them after an hour or so",
                ));
            }
            Reading::Waiting(_) | Reading::Read if *more => {
                page.push(Line::ours(Role::Dim, "there are more events than were read"));
            }
            Reading::Waiting(_) | Reading::Read => {}
        }
    }

    fn yaml(&self, page: &mut Page) {
        match (&self.reading, &self.document) {
            (Reading::Failed(why), _) => page.push(sections::failed("could not be read: ", why)),
            (Reading::Waiting(_), None) => {
                page.push(sections::waiting("reading the object from the server"));
            }
            (Reading::Waiting(_) | Reading::Read, _) => {}
        }
        if let Some(document) = &self.document {
            page.extend(document.lines.iter().cloned());
        }
    }
}
