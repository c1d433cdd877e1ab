//! Nobody gives away what they do not have: who writes a role must be allowed all that it allows, and who binds one too,
//! unless they may `escalate` or `bind`.
//!
//! Source: `pkg/registry/rbac` of Kubernetes.

use std::sync::Arc;

use serde_json::Value;

use super::rule::Rule;
use super::{Asked, AskedResource, GROUP, aggregation, allows, rules_of};
use crate::authn::Identity;
use crate::hosted::Hosted;
use crate::object::metadata_text;
use crate::registry::Resource;
use crate::status::ApiError;

/// The longest list of missing permissions that a refusal tells.
const MOST_TOLD: usize = 50;

/// Who writes, and where.
pub(crate) struct Writer<'a> {
    /// The logical cluster.
    pub(crate) hosted: &'a Hosted,
    /// Who writes.
    pub(crate) identity: &'a Arc<Identity>,
    /// The resource that is written.
    pub(crate) resource: &'a Resource,
    /// The namespace; empty for what lives in none.
    pub(crate) namespace: &'a str,
}

impl Writer<'_> {
    /// Refuses a write of a role or binding that would give away more than its writer has. `old` is what is replaced.
    pub(crate) fn check(&self, old: Option<&Value>, new: &Value) -> Result<(), ApiError> {
        if self.identity.administers() || self.resource.group != GROUP {
            return Ok(());
        }
        match self.resource.plural.as_str() {
            "roles" | "clusterroles" => self.check_role(old, new),
            "rolebindings" | "clusterrolebindings" => self.check_binding(old, new),
            _ => Ok(()),
        }
    }

    fn may(&self, verb: &str, resource: &str, name: &str) -> bool {
        let asked = AskedResource::new(verb, GROUP, resource, name).inside(self.namespace);
        allows(self.hosted, self.identity, &Asked::Resource(asked))
    }

    fn check_role(&self, old: Option<&Value>, new: &Value) -> Result<(), ApiError> {
        let same = |field: &str| old.is_some_and(|old| old.get(field) == new.get(field));
        if same("rules") && same("aggregationRule") {
            return Ok(());
        }
        let name = metadata_text(new, "name");
        if self.may("escalate", &self.resource.plural, name) {
            return Ok(());
        }
        // Whoever says which roles belong to it gives away whatever they will hold.
        let mut wanted = if aggregation::aggregates(new) && !same("aggregationRule") {
            Rule::everything().into()
        } else {
            Vec::new()
        };
        wanted.extend(rules(new));
        self.check_owned(name, &wanted)
    }

    fn check_binding(&self, old: Option<&Value>, new: &Value) -> Result<(), ApiError> {
        let same = |field: &str| old.is_some_and(|old| old.get(field) == new.get(field));
        if same("subjects") && same("roleRef") {
            return Ok(());
        }
        let text = |path: &str| new.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let role = text("/roleRef/name");
        let (resource, namespace) = if text("/roleRef/kind") == "Role" {
            ("roles", self.namespace)
        } else {
            ("clusterroles", "")
        };
        if self.may("bind", resource, role) {
            return Ok(());
        }
        let name = metadata_text(new, "name");
        let Some(rules) = self.hosted.rules(|index| index.role(namespace, role)) else {
            // Who has not seen what they bind to cannot have it.
            let kind = resource.trim_end_matches('s');
            return Err(ApiError::forbidden(
                self.resource,
                name,
                &format!("{kind}.{GROUP} {role:?} not found"),
            ));
        };
        self.check_owned(name, &rules)
    }

    fn check_owned(&self, name: &str, wanted: &[Rule]) -> Result<(), ApiError> {
        let (owned, unknown) = rules_of(self.hosted, self.identity, self.namespace);
        let mut beyond = Vec::new();
        for rule in wanted {
            match rule.beyond(&owned) {
                Some(more) => beyond.extend(more),
                None => beyond.push(rule.clone()),
            }
        }
        if beyond.is_empty() {
            return Ok(());
        }
        let more = beyond.len().saturating_sub(MOST_TOLD);
        let mut texts: Vec<String> = beyond.iter().take(MOST_TOLD).map(ToString::to_string).collect();
        if more > 0 {
            texts.push(format!("and {more} more"));
        }
        if !unknown.is_empty() {
            texts.push(unknown);
        }
        let why = format!(
            "user {:?} (groups={:?}) is attempting to grant RBAC permissions not currently held:\n{}",
            self.identity.user,
            self.identity.groups,
            texts.join("\n")
        );
        Err(ApiError::forbidden(self.resource, name, &why))
    }
}

fn rules(role: &Value) -> Vec<Rule> {
    role.get("rules")
        .cloned()
        .and_then(|rules| serde_json::from_value(rules).ok())
        .unwrap_or_default()
}
