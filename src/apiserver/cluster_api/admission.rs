//! The webhooks of Cluster API, as `rules` knows them.

use serde_json::Value;

use fleetui_api::kinds::CORE;
use fleetui_rules::admission::{self as rules, Denial, Lookup, Refusal, Write};

use super::variables;
use crate::Cause;
use crate::admission::{Admission, Denied, Objects, Operation, Review, Why};
use crate::object::metadata_text;

/// Decides as Cluster API's webhooks.
pub(super) struct Webhooks;

/// The other objects, as `rules` asks for them.
struct Others<'a>(&'a dyn Objects);

impl Lookup for Others<'_> {
    fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        self.0.get(group, kind, namespace, name)
    }

    fn list(&self, group: &str, kind: &str, namespace: &str) -> Vec<Value> {
        self.0.list(group, kind, namespace)
    }
}

impl Admission for Webhooks {
    fn judges(&self, group: &str, version: &str, kind: &str) -> bool {
        rules::judges(group, version, kind)
    }

    fn fill(&self, review: &Review, object: &mut Value, objects: &dyn Objects) -> Result<(), Denied> {
        rules::default(&write(review), object, &Others(objects)).map_err(denied)?;
        if has_topology(review) {
            variables::fill(object, &Others(objects));
        }
        Ok(())
    }

    fn judge(&self, review: &Review, objects: &dyn Objects) -> Result<Vec<String>, Denied> {
        let judged = rules::validate(&write(review), &Others(objects)).map_err(denied);
        if !has_topology(review) || review.operation == Operation::Delete {
            return judged;
        }
        let flaws = variables::check(review.object, review.old, &Others(objects));
        match judged {
            judged if flaws.is_empty() => judged,
            Ok(_) => Err(Denied {
                webhook: "validation.cluster.cluster.x-k8s.io".to_owned(),
                why: Why::Invalid {
                    group: CORE.to_owned(),
                    kind: "Cluster".to_owned(),
                    name: metadata_text(review.object, "name").to_owned(),
                    causes: flaws,
                },
            }),
            Err(mut denied) => {
                if let Why::Invalid { causes, .. } = &mut denied.why {
                    causes.extend(flaws);
                }
                Err(denied)
            }
        }
    }

    fn judge_scale(&self, review: &Review, replicas: i64) -> Result<(), Denied> {
        rules::validate_scale(review.group, review.kind, review.object, replicas).map_err(denied)
    }
}

/// Whether it is about a Cluster that has a topology.
fn has_topology(review: &Review) -> bool {
    (review.group, review.kind) == (CORE, "Cluster") && review.object.pointer("/spec/topology").is_some()
}

fn write<'a>(review: &Review<'a>) -> Write<'a> {
    Write {
        group: review.group,
        kind: review.kind,
        operation: match review.operation {
            Operation::Create => rules::Operation::Create,
            Operation::Update => rules::Operation::Update,
            Operation::Delete => rules::Operation::Delete,
        },
        old: review.old,
        object: review.object,
        dry_run: review.dry_run,
    }
}

fn denied(denial: Denial) -> Denied {
    let why = match denial.refusal {
        Refusal::Forbidden(text) => Why::Forbidden(text),
        Refusal::Invalid {
            group,
            kind,
            name,
            violations,
        } => Why::Invalid {
            group: group.to_owned(),
            kind,
            name,
            causes: violations
                .into_iter()
                .map(|violation| Cause {
                    reason: violation.reason.as_str(),
                    message: violation.message,
                    field: violation.field,
                })
                .collect(),
        },
    };
    Denied {
        webhook: denial.webhook,
        why,
    }
}
