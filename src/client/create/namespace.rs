//! Whether the namespace is there in which a cluster is to be created.

use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use fleetui_fleet::act::{Verb, Write};
use serde_json::Value;

use crate::act::send;
use crate::command::Failure;
use crate::fleet_client::FleetClient;

impl FleetClient {
    /// Whether there is a namespace of this name.
    ///
    /// # Errors
    /// The management cluster cannot be asked, or this user may not.
    pub async fn has_namespace(
        &self,
        management_cluster: &ManagementCluster,
        name: &str,
    ) -> Result<bool, Failure> {
        let ground = self.ground(management_cluster)?;
        let asked = Write {
            target: ObjectKey::new(
                management_cluster.clone(),
                GroupKind::new("", "Namespace"),
                ObjectName::new("", name),
            ),
            uid: "".into(),
            api_version: "v1".into(),
            verb: Verb::Create,
            body: Value::Null,
            fields: Vec::new(),
        };
        Ok(send::there(&ground, &asked).await?.is_some())
    }
}
