//! Whether a simulated workload cluster has a network for its pods. Until it has, its nodes are not Ready, as real ones are not.
//!
//! A network is there when some DaemonSet of the cluster brings one: its pods mount a directory of the host in which kubelets look
//! for networks (`/etc/cni/net.d`, `/opt/cni/bin`), as those of every network plugin do. What is stored decides; no pod runs.

use fleetui_base::ObjectName;
use k8s_openapi::api::apps::v1::DaemonSet;
use kube::Api;
use kube::api::ListParams;

use crate::context::Context;
use crate::error::Error;

/// Where kubelets look for networks and their programs.
const DIRECTORIES: [&str; 2] = ["/etc/cni", "/opt/cni"];

/// What a kubelet says of itself while there is no network.
pub(crate) const NOT_READY: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady \
                                    message:Network plugin returns error: cni plugin not initialized";

/// Whether a DaemonSet of the workload cluster brings a network.
pub(crate) async fn is_there(context: &Context, cluster: &ObjectName) -> Result<bool, Error> {
    let client = context.workload_client(cluster).await?;
    let api: Api<DaemonSet> = Api::all(client);
    let listed = context
        .request(
            format!("list DaemonSets of workload cluster {cluster}"),
            api.list(&ListParams::default()),
        )
        .await?;
    Ok(listed.items.iter().any(brings_network))
}

/// Whether a DaemonSet brings a network.
pub(crate) fn brings_network(set: &DaemonSet) -> bool {
    let pod = set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref());
    let volumes = pod.and_then(|pod| pod.volumes.as_ref()).into_iter().flatten();
    let mut directories = volumes.filter_map(|volume| Some(volume.host_path.as_ref()?.path.as_str()));
    directories.any(|path| {
        DIRECTORIES.iter().any(|wanted| {
            path == *wanted
                || path
                    .strip_prefix(wanted)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_network_is_known_by_the_directories_that_it_mounts() {
        let cases = [
            (Some("/etc/cni/net.d"), true),
            (Some("/opt/cni/bin"), true),
            (Some("/etc/cni"), true),
            (Some("/etc/cnidoc"), false),
            (Some("/var/log"), false),
            (None, false),
        ];
        for (path, expected) in cases {
            let volumes = path.map(|path| json!([{"name": "v", "hostPath": {"path": path}}]));
            let set: DaemonSet = serde_json::from_value(json!({"spec": {
                "selector": {}, "template": {"spec": {"containers": [], "volumes": volumes}}
            }}))
            .expect("a DaemonSet");
            assert_eq!(brings_network(&set), expected, "{path:?}");
        }
    }
}
