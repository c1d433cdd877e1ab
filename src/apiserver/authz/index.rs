//! Roles and bindings of one logical cluster, found by whom they are for.
//!
//! It follows the store event by event, in the writer's own order: who reads the answer of a write finds it obeyed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer};

use super::rule::Rule;
use super::{Asked, GROUP};
use crate::authn::Identity;
use crate::authn::accounts::user_name;
use crate::storage::{CollectionKey, Event, EventKind, Stored};

/// A role by its place: its namespace (empty for a `ClusterRole`) and its name.
type Place = (CompactString, CompactString);

/// The bindings of one user or group: their names, and the roles that they bind to.
type Bindings = BTreeMap<CompactString, Place>;

/// Bindings of one namespace, or of the whole cluster, by whom they are for.
#[derive(Debug, Default)]
struct Bound {
    users: HashMap<CompactString, Bindings>,
    groups: HashMap<CompactString, Bindings>,
}

/// Whom a binding is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    User(CompactString),
    Group(CompactString),
}

impl Bound {
    fn of(&mut self, subject: &Subject) -> &mut HashMap<CompactString, Bindings> {
        match subject {
            Subject::User(_) => &mut self.users,
            Subject::Group(_) => &mut self.groups,
        }
    }

    fn add(&mut self, subject: &Subject, binding: &str, role: &Place) {
        self.of(subject)
            .entry(subject.name().clone())
            .or_default()
            .insert(binding.into(), role.clone());
    }

    fn remove(&mut self, subject: &Subject, binding: &str) {
        let of = self.of(subject);
        if let Some(bindings) = of.get_mut(subject.name()) {
            bindings.remove(binding);
            if bindings.is_empty() {
                of.remove(subject.name());
            }
        }
    }

    /// The bindings that concern somebody, with whom they are for.
    fn concerning<'a>(
        &'a self,
        identity: &'a Identity,
    ) -> impl Iterator<Item = (SubjectRef<'a>, &'a CompactString, &'a Place)> {
        let user = self
            .users
            .get(identity.user.as_str())
            .map(|bindings| (SubjectRef::User(&identity.user), bindings));
        let groups = identity.groups.iter().filter_map(|group| {
            let bindings = self.groups.get(group.as_str())?;
            Some((SubjectRef::Group(group), bindings))
        });
        user.into_iter().chain(groups).flat_map(|(subject, bindings)| {
            bindings
                .iter()
                .map(move |(binding, role)| (subject, binding, role))
        })
    }
}

impl Subject {
    fn name(&self) -> &CompactString {
        match self {
            Self::User(name) | Self::Group(name) => name,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum SubjectRef<'a> {
    User(&'a str),
    Group(&'a str),
}

/// Why something is allowed.
pub(crate) struct Grant<'a> {
    namespace: &'a str,
    binding: &'a str,
    role: &'a Place,
    subject: SubjectRef<'a>,
}

/// As upstream tells it in a review.
impl fmt::Display for Grant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role_namespace, role) = self.role;
        let kind = if role_namespace.is_empty() {
            "ClusterRole"
        } else {
            "Role"
        };
        if self.namespace.is_empty() {
            write!(f, "RBAC: allowed by ClusterRoleBinding {:?}", self.binding)?;
        } else {
            let binding = format!("{}/{}", self.binding, self.namespace);
            write!(f, "RBAC: allowed by RoleBinding {binding:?}")?;
        }
        write!(f, " of {kind} {role:?} to ")?;
        match self.subject {
            SubjectRef::User(user) => match crate::authn::accounts::of_user_name(user) {
                Some((namespace, name)) => {
                    let account = format!("{name}/{namespace}");
                    write!(f, "ServiceAccount {account:?}")
                }
                None => write!(f, "User {user:?}"),
            },
            SubjectRef::Group(group) => write!(f, "Group {group:?}"),
        }
    }
}

/// All roles and bindings of a logical cluster.
#[derive(Debug, Default)]
pub(crate) struct Index {
    roles: HashMap<Place, Arc<[Rule]>>,
    everywhere: Bound,
    inside: HashMap<CompactString, Bound>,
}

impl Index {
    /// Whether an event of `collection` can change an index.
    pub(crate) fn concerns(collection: &CollectionKey) -> bool {
        &*collection.group == GROUP
    }

    /// Takes up what an event did.
    pub(crate) fn observe(&mut self, event: &Event) {
        if let Some(previous) = &event.previous {
            self.remove(previous);
        }
        match event.kind {
            EventKind::Created | EventKind::Updated => self.insert(&event.object),
            EventKind::Deleted => {}
        }
    }

    /// Takes up an object. One that cannot be understood allows nothing.
    pub(crate) fn insert(&mut self, stored: &Stored) {
        let object = &stored.key.object;
        match Kind::of(&stored.key.collection) {
            Some(Kind::Role) => {
                let rules = serde_json::from_slice::<StoredRole>(&stored.bytes)
                    .map(|role| role.rules)
                    .unwrap_or_default();
                let place = (object.namespace.clone(), object.name.clone());
                self.roles.insert(place, rules.into());
            }
            Some(Kind::Binding) => {
                let namespace = object.namespace.clone();
                if let Ok(binding) = serde_json::from_slice::<StoredBinding>(&stored.bytes) {
                    let role = binding.role_ref.place(&namespace);
                    let subjects = binding.subjects(&namespace);
                    let bound = self.bound_mut(&namespace);
                    for subject in subjects {
                        bound.add(&subject, &object.name, &role);
                    }
                }
            }
            None => {}
        }
    }

    fn remove(&mut self, stored: &Stored) {
        let object = &stored.key.object;
        match Kind::of(&stored.key.collection) {
            Some(Kind::Role) => {
                self.roles
                    .remove(&(object.namespace.clone(), object.name.clone()));
            }
            Some(Kind::Binding) => {
                if let Ok(binding) = serde_json::from_slice::<StoredBinding>(&stored.bytes) {
                    let bound = self.bound_mut(&object.namespace);
                    for subject in binding.subjects(&object.namespace) {
                        bound.remove(&subject, &object.name);
                    }
                }
            }
            None => {}
        }
    }

    fn bound_mut(&mut self, namespace: &CompactString) -> &mut Bound {
        if namespace.is_empty() {
            &mut self.everywhere
        } else {
            self.inside.entry(namespace.clone()).or_default()
        }
    }

    /// The bindings that concern somebody in a namespace, those of the whole cluster first.
    fn concerning<'a>(
        &'a self,
        identity: &'a Identity,
        namespace: &'a str,
    ) -> impl Iterator<Item = Grant<'a>> {
        let everywhere = self
            .everywhere
            .concerning(identity)
            .map(|(subject, binding, role)| Grant {
                namespace: "",
                binding,
                role,
                subject,
            });
        let inside = self
            .inside
            .get(namespace)
            .filter(|_| !namespace.is_empty())
            .into_iter()
            .flat_map(move |bound| bound.concerning(identity))
            .map(move |(subject, binding, role)| Grant {
                namespace,
                binding,
                role,
                subject,
            });
        everywhere.chain(inside)
    }

    /// What allows somebody to do what is asked.
    pub(crate) fn grant<'a>(&'a self, identity: &'a Identity, asked: &'a Asked<'a>) -> Option<Grant<'a>> {
        let namespace = match asked {
            Asked::Resource(asked) => asked.namespace,
            Asked::Path { .. } => "",
        };
        self.concerning(identity, namespace).find(|grant| {
            self.roles
                .get(grant.role)
                .is_some_and(|rules| rules.iter().any(|rule| rule.allows(asked)))
        })
    }

    /// The rules that concern somebody in a namespace.
    pub(crate) fn rules_of(&self, identity: &Identity, namespace: &str) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for grant in self.concerning(identity, namespace) {
            let found = self.roles.get(grant.role).map(|rules| &rules[..]);
            for rule in found.unwrap_or_default() {
                // Paths are nobody's namespace: a binding inside of one gives none.
                let gives = grant.namespace.is_empty() || rule.paths.is_empty();
                if gives && !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
        rules
    }

    /// The roles that somebody is bound to and that are not there.
    pub(crate) fn missing_roles(&self, identity: &Identity, namespace: &str) -> Vec<String> {
        let mut missing: Vec<String> = self
            .concerning(identity, namespace)
            .filter(|grant| !self.roles.contains_key(grant.role))
            .map(|grant| {
                let (namespace, name) = grant.role;
                let kind = if namespace.is_empty() {
                    "clusterrole"
                } else {
                    "role"
                };
                format!("{kind}.{GROUP} {name:?} not found")
            })
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }

    /// The rules of one role; absent where it is not there.
    pub(crate) fn role(&self, namespace: &str, name: &str) -> Option<Arc<[Rule]>> {
        self.roles.get(&(namespace.into(), name.into())).map(Arc::clone)
    }
}

/// What of a collection matters here.
enum Kind {
    Role,
    Binding,
}

impl Kind {
    fn of(collection: &CollectionKey) -> Option<Self> {
        match &*collection.plural {
            "roles" | "clusterroles" => Some(Self::Role),
            "rolebindings" | "clusterrolebindings" => Some(Self::Binding),
            _ => None,
        }
    }
}

fn null_as_none<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
struct StoredRole {
    #[serde(default, deserialize_with = "null_as_none")]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredBinding {
    #[serde(default, deserialize_with = "null_as_none")]
    subjects: Vec<StoredSubject>,
    role_ref: RoleRef,
}

#[derive(Deserialize)]
struct StoredSubject {
    kind: String,
    name: CompactString,
    #[serde(default)]
    namespace: Option<String>,
}

#[derive(Deserialize)]
struct RoleRef {
    kind: String,
    name: CompactString,
}

impl RoleRef {
    fn place(&self, namespace: &CompactString) -> Place {
        let namespace = if self.kind == "Role" {
            namespace.clone()
        } else {
            CompactString::default()
        };
        (namespace, self.name.clone())
    }
}

impl StoredBinding {
    fn subjects(&self, namespace: &str) -> Vec<Subject> {
        self.subjects
            .iter()
            .filter_map(|subject| match subject.kind.as_str() {
                "User" => Some(Subject::User(subject.name.clone())),
                "Group" => Some(Subject::Group(subject.name.clone())),
                "ServiceAccount" => {
                    let own = subject.namespace.as_deref().filter(|own| !own.is_empty());
                    let namespace = own.unwrap_or(namespace);
                    (!namespace.is_empty()).then(|| Subject::User(user_name(namespace, &subject.name).into()))
                }
                _ => None,
            })
            .collect()
    }
}
