//! One rule of a role: what it lets do, and whether it lets do all that another one does.
//!
//! Source: `pkg/apis/rbac/v1/evaluation_helpers.go` and `rulevalidation` of Kubernetes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Asked, AskedResource};

/// The most single permissions that a rule is taken apart into.
const MOST_PERMISSIONS: usize = 100_000;

/// A `PolicyRule`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Rule {
    /// What may be done; `*` is everything.
    #[serde(deserialize_with = "texts")]
    pub(crate) verbs: Vec<String>,
    /// In which groups.
    #[serde(deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub(crate) api_groups: Vec<String>,
    /// With which resources; `*` is all with all their parts, `*/scale` that part of all.
    #[serde(deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub(crate) resources: Vec<String>,
    /// With which objects; none named is all.
    #[serde(deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub(crate) resource_names: Vec<String>,
    /// With which other paths; a `*` at the end stands for the rest.
    #[serde(
        deserialize_with = "texts",
        rename = "nonResourceURLs",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(crate) paths: Vec<String>,
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default())
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|item| item == wanted)
}

fn has_or_all(list: &[String], wanted: &str) -> bool {
    list.iter().any(|item| item == "*" || item == wanted)
}

/// Whether a path of a rule stands for this one.
fn stands_for(rule: &str, path: &str) -> bool {
    rule == "*"
        || rule == path
        || rule
            .strip_suffix('*')
            .is_some_and(|start| path.starts_with(start.trim_end_matches('*')))
}

impl Rule {
    /// The rules of one who may do everything.
    pub(crate) fn everything() -> [Self; 2] {
        let all = || vec!["*".to_owned()];
        let resources = Self {
            verbs: all(),
            api_groups: all(),
            resources: all(),
            ..Self::default()
        };
        [resources, Self::path("*", "*")]
    }

    /// A rule that lets read resources.
    pub(crate) fn reading(groups: Vec<String>, resources: Vec<String>) -> Self {
        Self {
            verbs: ["get", "list", "watch"].map(str::to_owned).into(),
            api_groups: groups,
            resources,
            ..Self::default()
        }
    }

    /// A rule about a path.
    pub(crate) fn path(verb: &str, path: &str) -> Self {
        Self {
            verbs: vec![verb.to_owned()],
            paths: vec![path.to_owned()],
            ..Self::default()
        }
    }

    /// Whether the rule lets do what is asked.
    pub(crate) fn allows(&self, asked: &Asked<'_>) -> bool {
        match asked {
            Asked::Path { verb, path } => {
                has_or_all(&self.verbs, verb) && self.paths.iter().any(|rule| stands_for(rule, path))
            }
            Asked::Resource(asked) => {
                has_or_all(&self.verbs, asked.verb)
                    && has_or_all(&self.api_groups, asked.group)
                    && self.is_about(asked.resource, asked.subresource)
                    && (self.resource_names.is_empty() || has(&self.resource_names, asked.name))
            }
        }
    }

    fn is_about(&self, resource: &str, part: &str) -> bool {
        self.resources.iter().any(|item| {
            if item == "*" {
                return true;
            }
            match item.split_once('/') {
                None => part.is_empty() && item == resource,
                Some(("*", of_all)) => !part.is_empty() && of_all == part,
                Some((whole, of_one)) => !part.is_empty() && whole == resource && of_one == part,
            }
        })
    }

    /// How many single permissions the rule stands for.
    fn size(&self) -> usize {
        let resources = self
            .api_groups
            .len()
            .saturating_mul(self.resources.len())
            .saturating_mul(self.resource_names.len().max(1));
        resources
            .saturating_add(self.paths.len())
            .saturating_mul(self.verbs.len())
    }

    /// What of this rule none of `owned` lets do, each as a rule of its own. Absent where there is too much to look at.
    pub(crate) fn beyond(&self, owned: &[Self]) -> Option<Vec<Self>> {
        if self.size() > MOST_PERMISSIONS {
            return None;
        }
        // Most rules are within one that is owned as a whole; then nothing has to be taken apart.
        if owned.iter().any(|rule| rule.covers(self)) {
            return Some(Vec::new());
        }
        Some(
            self.singles()
                .into_iter()
                .filter(|single| !owned.iter().any(|rule| rule.covers(single)))
                .collect(),
        )
    }

    /// The rule taken apart: one verb, one group, one resource, one name each.
    fn singles(&self) -> Vec<Self> {
        let mut found = Vec::with_capacity(self.size());
        let one = |text: &String| vec![text.clone()];
        for group in &self.api_groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    let single = Self {
                        verbs: one(verb),
                        api_groups: one(group),
                        resources: one(resource),
                        ..Self::default()
                    };
                    if self.resource_names.is_empty() {
                        found.push(single);
                        continue;
                    }
                    found.extend(self.resource_names.iter().map(|name| Self {
                        resource_names: one(name),
                        ..single.clone()
                    }));
                }
            }
        }
        for path in &self.paths {
            found.extend(self.verbs.iter().map(|verb| Self::path(verb, path)));
        }
        found
    }

    /// Whether this rule alone lets do all that `other` does.
    fn covers(&self, other: &Self) -> bool {
        let all = |owned: &[String], wanted: &[String]| {
            has(owned, "*") || wanted.iter().all(|wanted| has(owned, wanted))
        };
        let verbs = all(&self.verbs, &other.verbs);
        let groups = all(&self.api_groups, &other.api_groups);
        let resources = has(&self.resources, "*")
            || other.resources.iter().all(|wanted| {
                let of_all = wanted
                    .split_once('/')
                    .is_some_and(|(_, part)| has(&self.resources, &format!("*/{part}")));
                of_all || has(&self.resources, wanted)
            });
        let names = self.resource_names.is_empty()
            || (!other.resource_names.is_empty()
                && other
                    .resource_names
                    .iter()
                    .all(|wanted| has(&self.resource_names, wanted)));
        let paths = other
            .paths
            .iter()
            .all(|wanted| self.paths.iter().any(|owned| stands_for(owned, wanted)));
        // A rule about paths alone names no resource, and is covered by one about paths.
        let resources = other.resources.is_empty() || (groups && resources && names);
        verbs && resources && paths
    }
}

/// As upstream writes a rule in its refusals.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("APIGroups", &self.api_groups),
            ("Resources", &self.resources),
            ("ResourceNames", &self.resource_names),
            ("NonResourceURLs", &self.paths),
            ("Verbs", &self.verbs),
        ];
        let texts: Vec<String> = parts
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(name, list)| {
                let list: Vec<String> = list.iter().map(|item| format!("{item:?}")).collect();
                format!("{name}:[{}]", list.join(", "))
            })
            .collect();
        write!(f, "{{{}}}", texts.join(", "))
    }
}

/// What is asked of a resource, with its part behind a slash as rules write it.
pub(crate) fn split(resource: &str) -> (&str, &str) {
    resource.split_once('/').unwrap_or((resource, ""))
}

impl<'a> AskedResource<'a> {
    /// `verb` on the `resource` (perhaps with a part behind a slash) of `group` called `name`.
    pub(crate) fn new(verb: &'a str, group: &'a str, resource: &'a str, name: &'a str) -> Self {
        let (resource, subresource) = split(resource);
        Self {
            verb,
            group,
            resource,
            subresource,
            name,
            namespace: "",
        }
    }

    /// The same in a namespace.
    pub(crate) fn inside(self, namespace: &'a str) -> Self {
        Self { namespace, ..self }
    }
}
