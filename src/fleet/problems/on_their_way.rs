//! What is no problem and not as it should be either: how much of it there is, and since when.

use std::iter::Sum;

use jiff::Timestamp;

use crate::for_person::ForPerson;

/// Objects that are on their way: being made, scaled, rolled out or deleted, within their usual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OnTheirWay {
    /// How many.
    pub objects: usize,
    /// Since when the first of them is, where that is known.
    pub oldest: Option<Timestamp>,
    /// What some of them wait for that nobody but a person does: soon that is a problem.
    pub person: ForPerson,
}

impl OnTheirWay {
    /// One more, since then, and what it waits for a person to do.
    pub(super) fn add(&mut self, since: Option<Timestamp>, person: ForPerson) {
        *self = [
            *self,
            Self {
                objects: 1,
                oldest: since,
                person,
            },
        ]
        .into_iter()
        .sum();
    }
}

impl Sum for OnTheirWay {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, next| Self {
            objects: sum.objects + next.objects,
            oldest: [sum.oldest, next.oldest].into_iter().flatten().min(),
            person: [sum.person, next.person].into_iter().sum(),
        })
    }
}
