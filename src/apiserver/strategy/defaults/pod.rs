//! The defaults of Pods, also of those in templates.

use serde_json::{Map, Value, json};

use super::{each, missing, number, text, text_of, with, within};

/// The mode of a file that holds an entry of a Secret or a ConfigMap: 0644.
const FILE_MODE: i64 = 0o644;

/// How long the token of a projected volume is valid, in seconds.
const TOKEN: i64 = 3600;

pub(super) fn pod(object: &mut Map<String, Value>) {
    with(object, "spec", |spec| {
        missing(spec, "enableServiceLinks", json!(true));
        // Upstream's admission of ServiceAccounts fills these in; the older name stands for the newer one.
        let older = text_of(spec, "serviceAccount").to_owned();
        text(
            spec,
            "serviceAccountName",
            if older.is_empty() { "default" } else { &older },
        );
        let account = text_of(spec, "serviceAccountName").to_owned();
        text(spec, "serviceAccount", &account);
        for list in ["containers", "initContainers"] {
            each(spec, list, limits_are_requests);
        }
        self::spec(spec);
    });
}

/// Who may use so much asks for so much, where nothing else is said. Only Pods have it, not their templates.
fn limits_are_requests(container: &mut Map<String, Value>) {
    within(container, "resources", |resources| {
        let Some(Value::Object(limits)) = resources.get("limits").cloned() else {
            return;
        };
        with(resources, "requests", |requests| {
            for (name, limit) in limits {
                missing(requests, &name, limit);
            }
        });
    });
}

/// The Pod of a template.
pub(super) fn template(template: &mut Map<String, Value>) {
    with(template, "spec", spec);
}

fn spec(spec: &mut Map<String, Value>) {
    text(spec, "dnsPolicy", "ClusterFirst");
    text(spec, "restartPolicy", "Always");
    missing(spec, "securityContext", json!({}));
    missing(spec, "terminationGracePeriodSeconds", json!(30));
    text(spec, "schedulerName", "default-scheduler");
    let on_host = spec.get("hostNetwork") == Some(&Value::Bool(true));
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, |container| self::container(container, on_host));
    }
    each(spec, "volumes", volume);
}

fn container(container: &mut Map<String, Value>, on_host: bool) {
    text(container, "terminationMessagePath", "/dev/termination-log");
    text(container, "terminationMessagePolicy", "File");
    let policy = if is_latest(text_of(container, "image")) {
        "Always"
    } else {
        "IfNotPresent"
    };
    text(container, "imagePullPolicy", policy);
    each(container, "ports", |port| {
        text(port, "protocol", "TCP");
        if on_host && let Some(inner) = port.get("containerPort").cloned() {
            missing(port, "hostPort", inner);
        }
    });
    each(container, "env", |variable| {
        within(variable, "valueFrom", |from| {
            within(from, "fieldRef", |field| text(field, "apiVersion", "v1"));
        });
    });
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        within(container, probe, self::probe);
    }
    within(container, "lifecycle", |lifecycle| {
        for hook in ["postStart", "preStop"] {
            within(lifecycle, hook, |hook| within(hook, "httpGet", http_get));
        }
    });
}

/// Whether an image is one that changes under its name: it has the tag `latest`, or neither tag nor digest.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    if name.contains('@') {
        return false;
    }
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn probe(probe: &mut Map<String, Value>) {
    for (field, value) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        number(probe, field, value);
    }
    within(probe, "httpGet", http_get);
    within(probe, "grpc", |grpc| missing(grpc, "service", json!("")));
}

fn http_get(action: &mut Map<String, Value>) {
    text(action, "path", "/");
    text(action, "scheme", "HTTP");
}

fn volume(volume: &mut Map<String, Value>) {
    if volume.keys().all(|field| field == "name") {
        volume.insert("emptyDir".to_owned(), json!({}));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        within(volume, source, |source| {
            missing(source, "defaultMode", json!(FILE_MODE));
        });
    }
    within(volume, "downwardAPI", |source| each(source, "items", downward));
    within(volume, "projected", |projected| {
        each(projected, "sources", |source| {
            within(source, "serviceAccountToken", |token| {
                missing(token, "expirationSeconds", json!(TOKEN));
            });
            within(source, "downwardAPI", |source| each(source, "items", downward));
        });
    });
    within(volume, "hostPath", |path| missing(path, "type", json!("")));
    within(volume, "ephemeral", |source| {
        within(source, "volumeClaimTemplate", |claim| {
            within(claim, "spec", |spec| text(spec, "volumeMode", "Filesystem"));
        });
    });
}

fn downward(item: &mut Map<String, Value>) {
    within(item, "fieldRef", |field| text(field, "apiVersion", "v1"));
}
