//! What has to be known of an object before it is written: whose its fields are. It only reads.

use fleetui_base::ObjectKey;
use fleetui_fleet::act::{FieldOwner, Inspection};
use fleetui_rules::field_owner::{MOST_FIELDS, marked, owners};
use serde_json::Value;

use crate::command::Failure;
use crate::execute::{fetch, text_at};
use crate::settings::ClientSettings;
use crate::supervisor::Handle;

/// At most so many owners of one object are told; there are never more.
const MOST_OWNERS: usize = 32;

/// Reads an object and says whose its fields are. Another life of its name is not taken for it.
pub(crate) async fn inspect(
    handle: &Handle,
    (key, uid): (&ObjectKey, &str),
    settings: &ClientSettings,
) -> Result<Inspection, Failure> {
    let object = fetch(handle, (key, uid, true), settings).await?;
    Ok(read(&object))
}

/// What an object that was read whole says of it.
pub(crate) fn read(object: &Value) -> Inspection {
    let of_fields = owners(object).into_iter().map(|owner| FieldOwner {
        gitops: owner.is_gitops(),
        manager: owner.manager,
        pointers: owner.pointers,
    });
    let mut all: Vec<FieldOwner> = of_fields.take(MOST_OWNERS).collect();
    // Tools that write as somebody else have marked what is theirs.
    if let Some((tool, mark)) = marked(object)
        && !all.iter().any(|owner| owner.gitops)
    {
        all.push(FieldOwner {
            manager: format!("{tool} ({mark})"),
            gitops: true,
            pointers: Vec::new(),
        });
    }
    for owner in &mut all {
        owner.pointers.truncate(MOST_FIELDS);
    }
    Inspection {
        uid: text_at(object, "/metadata/uid").into(),
        resource_version: text_at(object, "/metadata/resourceVersion").into(),
        owners: all,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tool_is_known_by_what_it_writes_or_by_its_mark() {
        let with = |metadata: Value| read(&json!({"metadata": metadata}));
        let gitops = |inspection: &Inspection| -> Vec<String> {
            let tools = inspection.owners.iter().filter(|owner| owner.gitops);
            tools.map(|owner| owner.manager.clone()).collect()
        };
        let fields = json!([
            {"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:spec": {"f:paused": {}}}},
        ]);
        let marks = json!({"argocd.argoproj.io/instance": "apps"});
        let both = with(json!({"uid": "u", "annotations": marks, "managedFields": fields}));
        assert_eq!(gitops(&both), ["argocd-controller"]);
        assert_eq!((both.uid.as_str(), both.owners.len()), ("u", 2));
        let marked = with(json!({"annotations": marks}));
        assert_eq!(gitops(&marked), ["Argo CD (argocd.argoproj.io/instance)"]);
        assert!(gitops(&with(json!({}))).is_empty());
    }
}
