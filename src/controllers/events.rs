//! Kubernetes Events: what controllers tell people beside conditions. An Event that cannot be written is lost, and nothing else.

use fleetui_api::v1beta2::Kind;
use fleetui_base::clock::whole_seconds;
use k8s_openapi::api::core::v1::Event;
use kube::Api;
use serde_json::json;

use crate::context::Context;
use crate::object::Object;

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Happening {
    about: serde_json::Value,
    namespace: String,
    name: String,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    warning: bool,
}

impl Happening {
    /// Something that went as it should.
    pub(crate) fn normal<K: Kind>(
        object: &Object<K>,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            about: json!({
                "apiVersion": format!("{}/{}", K::GROUP, K::VERSION), "kind": K::KIND,
                "namespace": object.namespace(), "name": object.name(), "uid": object.uid(),
                "resourceVersion": object.metadata.resource_version,
            }),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            reason,
            message: message.into(),
            warning: false,
        }
    }

    /// Something that somebody should look at.
    pub(crate) fn warning<K: Kind>(
        object: &Object<K>,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            warning: true,
            ..Self::normal(object, reason, message)
        }
    }
}

impl Context {
    /// Tells what happened.
    pub(crate) async fn announce(&self, happenings: Vec<Happening>) {
        let component = &self.settings.field_manager;
        let now = whole_seconds(self.now());
        for happening in happenings {
            let event = json!({
                "apiVersion": "v1", "kind": "Event",
                "metadata": {"generateName": format!("{}.", happening.name), "namespace": happening.namespace},
                "involvedObject": happening.about,
                "reason": happening.reason, "message": happening.message,
                "type": if happening.warning { "Warning" } else { "Normal" },
                "source": {"component": component}, "reportingComponent": component, "reportingInstance": "",
                "firstTimestamp": now.to_string(), "lastTimestamp": now.to_string(), "count": 1,
            });
            let event: Event = match serde_json::from_value(event) {
                Ok(event) => event,
                Err(error) => {
                    tracing::debug!(%error, reason = happening.reason, "an Event cannot be written");
                    continue;
                }
            };
            let api: Api<Event> = Api::namespaced(self.client.clone(), &happening.namespace);
            let what = format!("create Event {} of {}", happening.reason, happening.name);
            if let Err(error) = self.request(what, api.create(&self.post(), &event)).await {
                tracing::debug!(%error, "an Event was not written");
            }
        }
    }
}
