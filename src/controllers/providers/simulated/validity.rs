//! How long the certificates are valid that kubeadm would make on a simulated machine: as its ClusterConfiguration says, in which a
//! machine that starts a cluster has it, and in the ConfigMap of the cluster, in which one that joins finds it.
//!
//! Must not know: what certificates there are, and who asks how long they last.

use fleetui_api::v1beta2::{KubeadmConfig, Other};
use fleetui_base::ObjectName;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;

use crate::context::Context;
use crate::error::Error;
use crate::kubeadm_config::documents::{self, ApiVersion, ClusterFacts};
use crate::object::Object;

/// The field of kubeadm's ClusterConfiguration.
pub(super) const FIELD: &str = "certificateValidityPeriod";
/// Where a cluster keeps its ClusterConfiguration.
const CONFIG: &str = "kubeadm-config";

/// What a text says that has a ClusterConfiguration in it: bootstrap data, or the document itself.
pub(crate) fn of_text(text: &str) -> Option<SignedDuration> {
    let mut lines = text.lines().map(str::trim_start);
    let value = lines.find_map(|line| line.strip_prefix(FIELD)?.strip_prefix(':'))?;
    let period: SignedDuration = value.trim().trim_matches(['"', '\'']).parse().ok()?;
    period.is_positive().then_some(period)
}

/// What the configuration of a machine says to the kubeadm of this Kubernetes version; older ones know no such field.
pub(super) fn of_config(config: &Object<KubeadmConfig>, kubernetes: &str) -> Option<SignedDuration> {
    let configuration: &Other = config.spec.cluster_configuration.as_ref()?;
    let document = documents::cluster_configuration(
        ApiVersion::of(kubernetes),
        Some(configuration),
        None,
        &ClusterFacts::default(),
    );
    let period = document.get(FIELD)?.as_str()?;
    of_text(&format!("{FIELD}: {period}"))
}

/// What a cluster says to the machines that join it.
pub(crate) async fn of_cluster(
    context: &Context,
    cluster: &ObjectName,
) -> Result<Option<SignedDuration>, Error> {
    let client = context.workload_client(cluster).await?;
    let api: Api<ConfigMap> = Api::namespaced(client, "kube-system");
    let what = format!("get ConfigMap {CONFIG} of workload cluster {cluster}");
    let config = context.request(what, api.get_opt(CONFIG)).await?;
    let data = config.and_then(|config| config.data).unwrap_or_default();
    Ok(data.get("ClusterConfiguration").and_then(|text| of_text(text)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples::object;

    #[test]
    fn the_period_is_found_where_kubeadm_finds_it() {
        for (text, hours) in [
            ("certificateValidityPeriod: 2400h0m0s\n", Some(2400)),
            ("    certificateValidityPeriod: \"48h0m0s\"", Some(48)),
            ("caCertificateValidityPeriod: 2400h0m0s", None),
            ("certificateValidityPeriod: soon", None),
            ("certificateValidityPeriod: 0s", None),
            ("", None),
        ] {
            assert_eq!(of_text(text).map(|period| period.as_hours()), hours, "{text}");
        }
    }

    #[test]
    fn only_kubeadm_that_knows_the_field_follows_it() {
        let spec = json!({"spec": {"clusterConfiguration": {"certificateValidityPeriodDays": 100}}});
        let config = object::<KubeadmConfig>("m", &spec);
        let days = |version: &str| of_config(&config, version).map(|period| period.as_hours() / 24);
        assert_eq!(days("v1.31.0"), Some(100));
        assert_eq!(days("v1.30.4"), None);
        let silent = object::<KubeadmConfig>("m", &json!({}));
        assert_eq!(of_config(&silent, "v1.31.0"), None);
    }
}
