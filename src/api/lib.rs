//! What Cluster API's objects are, as pure types: kinds, well-known labels and annotations, conditions of both
//! models, the facts of an object in all three API eras.
//!
//! Must not know: tokio, the Kubernetes client, the screen, files, the environment, the clock.

pub mod aws;
pub mod byoh;
pub mod conditions;
pub mod contracts;
pub mod convert;
pub mod crds;
pub mod facts;
pub mod hidden;
pub mod json;
pub mod kinds;
pub mod labels;
pub mod openapi;
pub mod secret_fields;
mod structural;
pub mod v1beta1;
pub mod v1beta2;
pub mod yaml_mistake;
