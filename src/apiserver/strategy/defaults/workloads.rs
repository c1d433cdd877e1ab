//! The defaults of what makes Pods.

use serde_json::{Map, Value, json};

use super::{each, missing, pod, text, text_of, with, within};

/// The label with the uid of a Job.
const CONTROLLER_UID: &str = "batch.kubernetes.io/controller-uid";

/// How many old revisions are kept.
const REVISIONS: i64 = 10;

pub(super) fn replication_controller(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        missing(spec, "replicas", json!(1));
        let labels = spec
            .get("template")
            .and_then(|template| template.pointer("/metadata/labels"))
            .filter(|labels| labels.as_object().is_some_and(|labels| !labels.is_empty()))
            .cloned();
        if let Some(labels) = labels {
            missing(spec, "selector", labels);
        }
        within(spec, "template", pod::template);
    });
    labels_of_template(object);
}

/// The labels of the template, where there are none of its own.
fn labels_of_template(object: &mut Map<String, Value>) {
    let of_template = object
        .get("spec")
        .and_then(|spec| spec.pointer("/template/metadata/labels"))
        .filter(|labels| labels.as_object().is_some_and(|labels| !labels.is_empty()))
        .cloned();
    if let Some(labels) = of_template {
        within(object, "metadata", |metadata| missing(metadata, "labels", labels));
    }
}

/// What ties a new Job to its Pods: labels with its name and uid, and a selector of them. A Job that brings its own selector
/// stays as it is.
pub(super) fn bind_job(object: &mut Map<String, Value>) {
    let text = |field: &str, object: &Map<String, Value>| {
        let metadata = object.get("metadata");
        let value = metadata
            .and_then(|metadata| metadata.get(field))
            .and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let (name, uid) = (text("name", object), text("uid", object));
    labels_of_template(object);
    within(object, "spec", |spec| {
        if spec.get("manualSelector") == Some(&Value::Bool(true)) {
            return;
        }
        with(spec, "selector", |selector| {
            with(selector, "matchLabels", |labels| {
                missing(labels, CONTROLLER_UID, json!(uid));
            });
        });
        with(spec, "template", |template| {
            with(template, "metadata", |metadata| {
                with(metadata, "labels", |labels| {
                    for (label, value) in [
                        ("batch.kubernetes.io/job-name", &name),
                        ("job-name", &name),
                        (CONTROLLER_UID, &uid),
                        ("controller-uid", &uid),
                    ] {
                        missing(labels, label, json!(value));
                    }
                });
            });
        });
    });
}

pub(super) fn deployment(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        missing(spec, "replicas", json!(1));
        missing(spec, "revisionHistoryLimit", json!(REVISIONS));
        missing(spec, "progressDeadlineSeconds", json!(600));
        with(spec, "strategy", |strategy| {
            text(strategy, "type", "RollingUpdate");
            if text_of(strategy, "type") == "RollingUpdate" {
                with(strategy, "rollingUpdate", |update| {
                    missing(update, "maxUnavailable", json!("25%"));
                    missing(update, "maxSurge", json!("25%"));
                });
            }
        });
        within(spec, "template", pod::template);
    });
}

pub(super) fn replica_set(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        missing(spec, "replicas", json!(1));
        within(spec, "template", pod::template);
    });
}

pub(super) fn stateful_set(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        missing(spec, "replicas", json!(1));
        missing(spec, "revisionHistoryLimit", json!(REVISIONS));
        text(spec, "podManagementPolicy", "OrderedReady");
        with(spec, "updateStrategy", |strategy| {
            text(strategy, "type", "RollingUpdate");
            if text_of(strategy, "type") == "RollingUpdate" {
                with(strategy, "rollingUpdate", |update| {
                    missing(update, "partition", json!(0));
                });
            }
        });
        with(spec, "persistentVolumeClaimRetentionPolicy", |policy| {
            text(policy, "whenDeleted", "Retain");
            text(policy, "whenScaled", "Retain");
        });
        each(spec, "volumeClaimTemplates", |claim| {
            text(claim, "apiVersion", "v1");
            text(claim, "kind", "PersistentVolumeClaim");
            within(claim, "spec", |spec| text(spec, "volumeMode", "Filesystem"));
            with(claim, "status", |status| text(status, "phase", "Pending"));
        });
        within(spec, "template", pod::template);
    });
}

pub(super) fn daemon_set(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        missing(spec, "revisionHistoryLimit", json!(REVISIONS));
        with(spec, "updateStrategy", |strategy| {
            text(strategy, "type", "RollingUpdate");
            if text_of(strategy, "type") == "RollingUpdate" {
                with(strategy, "rollingUpdate", |update| {
                    missing(update, "maxUnavailable", json!(1));
                    missing(update, "maxSurge", json!(0));
                });
            }
        });
        within(spec, "template", pod::template);
    });
}

pub(super) fn job(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        let said =
            |field: &str, spec: &Map<String, Value>| spec.get(field).is_some_and(|value| !value.is_null());
        if !said("completions", spec) && !said("parallelism", spec) {
            spec.insert("completions".to_owned(), json!(1));
        }
        missing(spec, "parallelism", json!(1));
        let tries = if said("backoffLimitPerIndex", spec) {
            i32::MAX
        } else {
            6
        };
        missing(spec, "backoffLimit", json!(tries));
        text(spec, "completionMode", "NonIndexed");
        missing(spec, "suspend", json!(false));
        missing(spec, "manualSelector", json!(false));
        let replaced = if said("podFailurePolicy", spec) {
            "Failed"
        } else {
            "TerminatingOrFailed"
        };
        text(spec, "podReplacementPolicy", replaced);
        within(spec, "template", pod::template);
    });
}

pub(super) fn cron_job(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        text(spec, "concurrencyPolicy", "Allow");
        missing(spec, "suspend", json!(false));
        missing(spec, "successfulJobsHistoryLimit", json!(3));
        missing(spec, "failedJobsHistoryLimit", json!(1));
        within(spec, "jobTemplate", |job| {
            within(job, "spec", |spec| within(spec, "template", pod::template));
        });
    });
}

pub(super) fn autoscaler(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        missing(spec, "minReplicas", json!(1));
        let measures = spec.get("metrics").and_then(Value::as_array);
        if measures.is_none_or(Vec::is_empty) {
            let target = json!({"type": "Utilization", "averageUtilization": 80});
            let processor = json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
            spec.insert("metrics".to_owned(), json!([processor]));
        }
    });
}
