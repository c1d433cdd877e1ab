//! The columns of tables: what each holds of a row, and how it is asked for.

use std::borrow::Cow;

use compact_str::{CompactString, format_compact};
use fleetui_api::facts::Replicas;
use jiff::Timestamp;

use super::TableRow;
use super::path::{Path, PathError};
use crate::health::cause;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// Its name.
    Name,
    /// The management cluster.
    ManagementCluster,
    /// The namespace.
    Namespace,
    /// Its kind.
    Kind,
    /// The Cluster that it belongs to.
    Cluster,
    /// How it is doing, in a word.
    Health,
    /// The condition that decides, and its status.
    Condition,
    /// Available of wished.
    Replicas,
    /// Of the current template.
    UpToDate,
    /// Kubernetes version.
    Version,
    /// Phase.
    Phase,
    /// The node.
    Node,
    /// Who owns it.
    Owner,
    /// The provider's id.
    ProviderId,
    /// The class of a Cluster.
    Class,
    /// Time since it was created.
    Age,
    /// Why it is as it is.
    Message,
    /// What is at a path of the object: which of those that were asked for.
    Custom(u8),
}

/// Every column that has a name of its own, with the letter that sorts by it.
pub const COLUMNS: [(Column, char); 17] = [
    (Column::Name, 'n'),
    (Column::ManagementCluster, 'm'),
    (Column::Namespace, 'p'),
    (Column::Kind, 'k'),
    (Column::Cluster, 'c'),
    (Column::Health, 's'),
    (Column::Condition, 't'),
    (Column::Replicas, 'r'),
    (Column::UpToDate, 'u'),
    (Column::Version, 'v'),
    (Column::Phase, 'h'),
    (Column::Node, 'o'),
    (Column::Owner, 'w'),
    (Column::ProviderId, 'i'),
    (Column::Class, 'l'),
    (Column::Age, 'a'),
    (Column::Message, 'y'),
];

/// The columns of a table, and the paths of those that look into objects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// The columns from left to right.
    pub columns: Vec<Column>,
    /// Titles and paths of columns that look into objects.
    pub custom: Vec<(CompactString, Path)>,
}

/// Why a choice of columns is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// A name that no column has.
    #[error("no column {name}; there are {known}, and own ones: TITLE:.metadata.labels.zone")]
    Unknown {
        /// What was written.
        name: String,
        /// What there is.
        known: String,
    },
    /// A path that cannot be followed.
    #[error("{title}: {source}")]
    Path {
        /// Of which column.
        title: String,
        /// Why not.
        source: PathError,
    },
    /// More own columns than there may be.
    #[error("at most {MOST_CUSTOM} columns can look into objects")]
    TooMany,
}

/// The most columns that look into objects; what is there is kept of every object.
const MOST_CUSTOM: usize = 8;

impl Column {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::ManagementCluster => "MANAGEMENT",
            Self::Namespace => "NAMESPACE",
            Self::Kind => "KIND",
            Self::Cluster => "CLUSTER",
            Self::Health => "HEALTH",
            Self::Condition => "CONDITION",
            Self::Replicas => "REPLICAS",
            Self::UpToDate => "UP-TO-DATE",
            Self::Version => "VERSION",
            Self::Phase => "PHASE",
            Self::Node => "NODE",
            Self::Owner => "OWNER",
            Self::ProviderId => "PROVIDER-ID",
            Self::Class => "CLASS",
            Self::Age => "AGE",
            Self::Message => "MESSAGE",
            Self::Custom(_) => "",
        }
    }

    /// The column of that title, in whatever case.
    pub fn named(name: &str) -> Option<Self> {
        let mut known = COLUMNS.iter().map(|(column, _)| *column);
        known.find(|column| column.title().eq_ignore_ascii_case(name))
    }

    /// Its text in a row. What is written for an age is the caller's to decide.
    pub fn text<'a>(self, row: &'a TableRow) -> Cow<'a, str> {
        let facts = &row.row.facts;
        let text = |text: Option<&'a str>| Cow::Borrowed(text.unwrap_or_default());
        match self {
            Self::Name => Cow::Borrowed(facts.object.name.as_str()),
            Self::ManagementCluster => Cow::Borrowed(row.row.management_cluster.as_str()),
            Self::Namespace => Cow::Borrowed(facts.object.namespace.as_str()),
            Self::Kind => Cow::Borrowed(facts.kind.kind.as_ref()),
            Self::Cluster => text(facts.cluster.as_deref()),
            Self::Health => Cow::Borrowed(row.verdict.health.as_str()),
            Self::Condition => match &row.verdict.condition {
                Some((kind, status)) => Cow::Owned(format!("{kind} {status}")),
                None => Cow::Borrowed(""),
            },
            Self::Replicas => Cow::Owned(replicas(row.replicas.as_ref())),
            Self::UpToDate => Cow::Owned(number(row.replicas.and_then(|it| it.up_to_date))),
            Self::Version => text(row.version.as_deref()),
            Self::Phase => text(facts.phase.as_deref()),
            Self::Node => text(facts.node.as_deref()),
            Self::Owner => text(facts.owner.as_ref().map(|owner| owner.name.as_str())),
            Self::ProviderId => text(facts.provider_id.as_deref()),
            Self::Class => text(facts.topology.as_deref()),
            Self::Age => Cow::Borrowed(""),
            Self::Message => Cow::Borrowed(cause(&row.verdict.line)),
            Self::Custom(index) => text(row.row.custom(index.into())),
        }
    }

    /// When the object of a row was created, by our clock, which is what an age is made from.
    pub fn created(row: &TableRow) -> Option<Timestamp> {
        let created = row.row.facts.created?;
        Some(created.checked_sub(row.ahead).unwrap_or(created))
    }
}

impl Shape {
    /// The columns that a sort of objects has where nobody chooses.
    pub fn of(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            custom: Vec::new(),
        }
    }

    /// Reads `name,age,ZONE:.metadata.labels.zone`.
    ///
    /// # Errors
    /// A name that no column has, or a path that cannot be followed.
    pub fn parse(text: &str) -> Result<Self, ColumnError> {
        Self::parse_among(text, Vec::new())
    }

    /// The same beside columns that look into objects already, of whatever table, which keep their numbers.
    ///
    /// # Errors
    /// A name that no column has, or a path that cannot be followed.
    pub fn parse_among(text: &str, custom: Vec<(CompactString, Path)>) -> Result<Self, ColumnError> {
        let mut shape = Self {
            columns: Vec::new(),
            custom,
        };
        for part in split(text) {
            let column = match part.split_once(':') {
                Some((title, path)) => shape.custom(title.trim(), path.trim())?,
                None => shape.named(part).ok_or_else(|| unknown(part))?,
            };
            if !shape.columns.contains(&column) {
                shape.columns.push(column);
            }
        }
        Ok(shape)
    }

    fn custom(&mut self, title: &str, path: &str) -> Result<Column, ColumnError> {
        let path = Path::parse(path).map_err(|source| ColumnError::Path {
            title: title.to_owned(),
            source,
        })?;
        let title: CompactString = title.to_uppercase().into();
        let known = self
            .custom
            .iter()
            .position(|known| *known == (title.clone(), path.clone()));
        if let Some(index) = known.and_then(|index| u8::try_from(index).ok()) {
            return Ok(Column::Custom(index));
        }
        let index = u8::try_from(self.custom.len()).unwrap_or(u8::MAX);
        if self.custom.len() >= MOST_CUSTOM {
            return Err(ColumnError::TooMany);
        }
        self.custom.push((title, path));
        Ok(Column::Custom(index))
    }

    /// The title of a column.
    pub fn title(&self, column: Column) -> &str {
        match column {
            Column::Custom(index) => self
                .custom
                .get(usize::from(index))
                .map_or("", |(title, _)| title.as_str()),
            known => known.title(),
        }
    }

    /// The column of that title, own ones too.
    pub fn named(&self, name: &str) -> Option<Column> {
        let own = (0..)
            .zip(&self.custom)
            .find(|(_, (title, _))| title.eq_ignore_ascii_case(name));
        own.map(|(index, _)| Column::Custom(index))
            .or_else(|| Column::named(name))
    }

    /// The paths that have to be looked at in every object.
    pub fn paths(&self) -> Vec<Path> {
        self.custom.iter().map(|(_, path)| path.clone()).collect()
    }
}

/// Splits at commas that do not stand in brackets.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let parts = text.split(move |character: char| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

fn unknown(name: &str) -> ColumnError {
    let known: Vec<String> = COLUMNS
        .iter()
        .map(|(column, _)| column.title().to_lowercase())
        .collect();
    ColumnError::Unknown {
        name: name.to_owned(),
        known: known.join(", "),
    }
}

fn number(number: Option<i64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// Available of wished, `2/3`. A counter that is not reported is `?`.
fn replicas(replicas: Option<&Replicas>) -> String {
    let Some(replicas) = replicas else {
        return String::new();
    };
    let number = |number: Option<i64>| {
        number.map_or_else(|| CompactString::const_new("?"), |it| format_compact!("{it}"))
    };
    let there = replicas.there();
    match replicas.desired {
        Some(desired) => format!("{}/{desired}", number(there)),
        None => number(there.or(replicas.current)).into(),
    }
}
