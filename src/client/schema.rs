//! What servers say of the fields of their kinds: OpenAPI v3 documents, one for each group version, kept by their hash.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use fleetui_api::openapi::Schema;
use serde::Deserialize;

use crate::request::Requester;
use crate::settings::ClientSettings;

/// Documents that are longer are not read: it is help, and nothing depends on it.
const LONGEST: usize = 8 << 20;
/// So many schemas are kept of one management cluster.
const MOST_KEPT: usize = 16;

/// The schemas of one management cluster, as far as they were asked for.
#[derive(Default)]
pub(crate) struct Schemas {
    /// By group, version and kind, each with the address of its document, which holds its hash.
    kept: Mutex<HashMap<String, (String, Arc<Schema>)>>,
}

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    paths: HashMap<String, Place>,
}

#[derive(Deserialize)]
struct Place {
    #[serde(rename = "serverRelativeURL")]
    server_relative_url: String,
}

impl Schemas {
    /// The schema of a kind, where the server tells it. Whoever asks does without it otherwise.
    pub(crate) async fn of(
        &self,
        requester: &Requester,
        (group, version, kind): (&str, &str, &str),
        settings: &ClientSettings,
    ) -> Option<Arc<Schema>> {
        let limit = settings.request_timeout;
        let read = async {
            let index = requester.get("/openapi/v3", limit).await?;
            let index: Index = serde_json::from_str(&index)
                .map_err(|error| crate::fault::Fault::Garbled(format!("OpenAPI: {error}")))?;
            let root = if group.is_empty() {
                format!("api/{version}")
            } else {
                format!("apis/{group}/{version}")
            };
            let Some(place) = index.paths.get(&root) else {
                return Ok(None);
            };
            let name = format!("{root}/{kind}");
            // What stands in front is where the server is, which the client knows better.
            let url = &place.server_relative_url;
            let address = url
                .find("/openapi/v3/")
                .and_then(|at| url.get(at..))
                .unwrap_or(url);
            if let Some(schema) = self.kept(&name, address) {
                return Ok(Some(schema));
            }
            let text = requester.get(address, limit).await?;
            if text.len() > LONGEST {
                tracing::warn!(bytes = text.len(), %root, "the OpenAPI document is too long to be read");
                return Ok(None);
            }
            let document = serde_json::from_str(&text)
                .map_err(|error| crate::fault::Fault::Garbled(format!("OpenAPI: {error}")))?;
            let Some(schema) = Schema::of(&document, (group, version, kind)).map(Arc::new) else {
                return Ok(None);
            };
            self.keep(name, address.to_owned(), &schema);
            Ok::<_, crate::fault::Fault>(Some(schema))
        };
        match read.await {
            Ok(schema) => schema,
            Err(fault) => {
                tracing::debug!(%fault, %kind, "the schema cannot be read; there is no help for its fields");
                None
            }
        }
    }

    fn kept(&self, name: &str, address: &str) -> Option<Arc<Schema>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, schema) = kept.get(name)?;
        (of == address).then(|| Arc::clone(schema))
    }

    fn keep(&self, name: String, address: String, schema: &Arc<Schema>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(name, (address, Arc::clone(schema)));
    }
}
