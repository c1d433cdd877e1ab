//! Query parameters, checked as far as a parameter can be checked alone.

use crate::selector::{FieldSelector, LabelSelector};
use crate::status::{ApiError, Cause};
use crate::table::IncludeObject;

/// The longest name of a field manager.
pub(super) const LONGEST_FIELD_MANAGER: usize = 128;

/// How a resourceVersion is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    /// That revision.
    Exact,
    /// That revision or a newer one.
    NotOlderThan,
}

/// What becomes of the dependents of a deleted object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They are deleted after it.
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay, without it as an owner.
    Orphan,
}

impl Propagation {
    /// As clients write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Background => "Background",
            Self::Foreground => "Foreground",
            Self::Orphan => "Orphan",
        }
    }

    /// What `orphanDependents` says, the older way.
    pub(crate) fn of_orphan_dependents(orphan: bool) -> Self {
        if orphan { Self::Orphan } else { Self::Background }
    }

    /// Reads a `propagationPolicy`.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        match text {
            "Background" => Ok(Self::Background),
            "Foreground" => Ok(Self::Foreground),
            "Orphan" => Ok(Self::Orphan),
            other => Err(ApiError::invalid(
                ("meta.k8s.io", "DeleteOptions"),
                "",
                &[Cause::not_supported(
                    "propagationPolicy",
                    other,
                    &["Background", "Foreground", "Orphan", "nil"],
                )],
            )),
        }
    }
}

/// What becomes of fields that the schema does not know, or that the body names twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum FieldValidation {
    /// They are left out without a word.
    Ignore,
    /// They are left out, with a warning for each.
    #[default]
    Warn,
    /// The request is refused.
    Strict,
}

/// The parameters of a request. What is not known is ignored, as upstream does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// `labelSelector`.
    pub(crate) labels: LabelSelector,
    /// `fieldSelector`.
    pub(crate) fields: FieldSelector,
    /// `limit`; none for all.
    pub(crate) limit: Option<usize>,
    /// `continue`, not yet read.
    pub(crate) next_page: Option<String>,
    /// `resourceVersion`; none where it is empty or absent.
    pub(crate) revision: Option<u64>,
    /// `resourceVersionMatch`.
    pub(crate) revision_match: Option<Match>,
    /// `watch`.
    pub(crate) watch: bool,
    /// `timeoutSeconds`.
    pub(crate) timeout_seconds: Option<u64>,
    /// `allowWatchBookmarks`.
    pub(crate) bookmarks: bool,
    /// `sendInitialEvents`.
    pub(crate) send_initial_events: Option<bool>,
    /// `dryRun=All`.
    pub(crate) dry_run: bool,
    /// `fieldValidation`.
    pub(crate) field_validation: FieldValidation,
    /// `fieldManager`; none where it is empty or absent.
    pub(crate) field_manager: Option<String>,
    /// `force`.
    pub(crate) force: Option<bool>,
    /// `propagationPolicy`.
    pub(crate) propagation: Option<Propagation>,
    /// `orphanDependents`, the older way to say it.
    pub(crate) orphan_dependents: Option<bool>,
    /// `includeObject`.
    pub(crate) include_object: IncludeObject,
}

impl Query {
    /// Reads a query string.
    pub(crate) fn parse(query: &str) -> Result<Self, ApiError> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
            .map_err(|error| ApiError::bad_request(format!("the query cannot be read: {error}")))?;
        let mut parsed = Self::default();
        for (name, value) in &pairs {
            parsed.set(name, value)?;
        }
        Ok(parsed)
    }

    /// What of a query string can be read, for a decision that comes before the mistakes in it are told.
    pub(crate) fn readable(query: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let mut readable = Self::default();
        for (name, value) in &pairs {
            let _ = readable.set(name, value);
        }
        readable
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "labelSelector" => self.labels = LabelSelector::parse(value)?,
            "fieldSelector" => self.fields = FieldSelector::parse(value)?,
            "propagationPolicy" => self.propagation = Some(Propagation::parse(value)?),
            "includeObject" => {
                let unknown =
                    || ApiError::bad_request(format!("unrecognized includeObject value: {value:?}"));
                self.include_object = IncludeObject::parse(value).ok_or_else(unknown)?;
            }
            "dryRun" => self.dry_run = dry_run(value)?,
            "continue" => self.next_page = Some(value.to_owned()).filter(|token| !token.is_empty()),
            "fieldManager" => self.field_manager = field_manager(value)?,
            "fieldValidation" => self.field_validation = field_validation(value)?,
            _ => self.set_plain(name, value)?,
        }
        Ok(())
    }

    fn set_plain(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        match name {
            "resourceVersion" => self.revision = revision(value)?,
            "resourceVersionMatch" => self.revision_match = revision_match(value)?,
            "limit" => {
                // One below zero is none, as upstream.
                let limit = match value.strip_prefix('-') {
                    Some(below) if number(name, below)?.is_some() => None,
                    Some(_) | None => number(name, value)?,
                };
                self.limit = limit
                    .and_then(|limit| usize::try_from(limit).ok())
                    .filter(|limit| *limit > 0);
            }
            "timeoutSeconds" => self.timeout_seconds = number(name, value)?,
            "watch" => self.watch = flag(name, value)?,
            "allowWatchBookmarks" => self.bookmarks = flag(name, value)?,
            "sendInitialEvents" => self.send_initial_events = Some(flag(name, value)?),
            "force" => self.force = Some(flag(name, value)?),
            "orphanDependents" => self.orphan_dependents = Some(flag(name, value)?),
            _ => {}
        }
        Ok(())
    }

    /// The rules of list and watch that join several parameters.
    pub(crate) fn check_list_options(&self) -> Result<(), ApiError> {
        let mut causes = Vec::new();
        let mut forbid = |field: &str, why: &str| causes.push(Cause::forbidden(field, why));
        if self.revision_match.is_some() && !self.watch {
            if self.revision.is_none() {
                forbid(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden unless resourceVersion is provided",
                );
            }
            if self.next_page.is_some() {
                forbid(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden when continue is provided",
                );
            }
            if self.revision == Some(0) && self.revision_match == Some(Match::Exact) {
                forbid(
                    "resourceVersionMatch",
                    "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
                );
            }
        }
        if self.send_initial_events.is_some() && !self.watch {
            forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
        }
        if self.watch {
            match (self.send_initial_events, self.revision_match) {
                (Some(_), Some(Match::NotOlderThan)) | (None, None) => {}
                (Some(_), _) => forbid(
                    "resourceVersionMatch",
                    "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                ),
                (None, Some(_)) => forbid(
                    "resourceVersionMatch",
                    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                ),
            }
        }
        if !causes.is_empty() {
            return Err(ApiError::invalid(("meta.k8s.io", "ListOptions"), "", &causes));
        }
        let names_revision = self.revision.is_some_and(|revision| revision > 0);
        if self.next_page.is_some() && names_revision && !self.watch {
            return Err(ApiError::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        Ok(())
    }
}

fn field_manager(value: &str) -> Result<Option<String>, ApiError> {
    let cause = if value.len() > LONGEST_FIELD_MANAGER {
        Cause {
            reason: "FieldValueTooLong",
            message: format!("Too long: may not be more than {LONGEST_FIELD_MANAGER} bytes"),
            field: "fieldManager".to_owned(),
        }
    } else if value.chars().any(char::is_control) {
        let why = "should only contain printable characters";
        Cause::invalid("fieldManager", &format!("{value:?}"), why)
    } else {
        return Ok(Some(value.to_owned()).filter(|name| !name.is_empty()));
    };
    Err(ApiError::invalid(("meta.k8s.io", "CreateOptions"), "", &[cause]))
}

fn field_validation(value: &str) -> Result<FieldValidation, ApiError> {
    match value {
        "" | "Warn" => Ok(FieldValidation::Warn),
        "Ignore" => Ok(FieldValidation::Ignore),
        "Strict" => Ok(FieldValidation::Strict),
        other => {
            let cause = Cause::not_supported("fieldValidation", other, &["Ignore", "Strict", "Warn"]);
            Err(ApiError::invalid(("meta.k8s.io", "CreateOptions"), "", &[cause]))
        }
    }
}

fn revision(value: &str) -> Result<Option<u64>, ApiError> {
    if value.is_empty() {
        return Ok(None);
    }
    let invalid = |_| {
        ApiError::bad_request(format!(
            "invalid resource version: resourceVersion: Invalid value: {value:?}: strconv.ParseUint: parsing {value:?}: invalid syntax"
        ))
    };
    value.parse().map(Some).map_err(invalid)
}

fn revision_match(value: &str) -> Result<Option<Match>, ApiError> {
    match value {
        "" => Ok(None),
        "Exact" => Ok(Some(Match::Exact)),
        "NotOlderThan" => Ok(Some(Match::NotOlderThan)),
        other => Err(ApiError::invalid(
            ("meta.k8s.io", "ListOptions"),
            "",
            &[Cause::not_supported(
                "resourceVersionMatch",
                other,
                &["Exact", "NotOlderThan", ""],
            )],
        )),
    }
}

fn number(name: &str, value: &str) -> Result<Option<u64>, ApiError> {
    if value.is_empty() {
        return Ok(None);
    }
    let invalid = |_| ApiError::bad_request(format!("{name}: {value:?} is not a whole number"));
    value.parse().map(Some).map_err(invalid)
}

fn flag(name: &str, value: &str) -> Result<bool, ApiError> {
    match value {
        "" | "1" | "true" | "True" | "TRUE" | "t" => Ok(true),
        "0" | "false" | "False" | "FALSE" | "f" => Ok(false),
        _ => Err(ApiError::bad_request(format!(
            "{name}: {value:?} is neither true nor false"
        ))),
    }
}

fn dry_run(value: &str) -> Result<bool, ApiError> {
    match value {
        "" => Ok(false),
        "All" => Ok(true),
        other => Err(ApiError::invalid(
            ("meta.k8s.io", "CreateOptions"),
            "",
            &[Cause::not_supported("dryRun", other, &["All"])],
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_cannot_be_together_are_refused() {
        let cases = [
            ("", true),
            ("resourceVersion=5&resourceVersionMatch=Exact", true),
            ("resourceVersionMatch=Exact", false),
            ("resourceVersion=0&resourceVersionMatch=Exact", false),
            (
                "resourceVersion=5&resourceVersionMatch=NotOlderThan&continue=x",
                false,
            ),
            (
                "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1",
                false,
            ),
            (
                "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
                true,
            ),
            ("watch=1&sendInitialEvents=true", false),
            ("watch=1&resourceVersionMatch=NotOlderThan", false),
        ];
        for (query, good) in cases {
            let parsed = Query::parse(query).unwrap();
            assert_eq!(parsed.check_list_options().is_ok(), good, "{query}");
        }
    }

    #[test]
    fn parameters_that_cannot_be_read_are_refused() {
        for (query, code) in [
            ("resourceVersion=abc", 400),
            ("resourceVersionMatch=Newest", 422),
            ("limit=-", 400),
            ("limit=x", 400),
            ("watch=perhaps", 400),
            ("dryRun=Some", 422),
            ("propagationPolicy=Maybe", 422),
            ("fieldSelector=spec.name", 400),
            ("labelSelector=a%20b", 400),
            ("fieldValidation=Loose", 422),
            (&format!("fieldManager={}", "x".repeat(129)), 422),
        ] {
            assert_eq!(Query::parse(query).unwrap_err().code().as_u16(), code, "{query}");
        }
    }
}
