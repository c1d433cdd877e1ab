//! What kubeadm is told on a simulated machine, its ClusterConfiguration: a machine that starts a cluster has it in its bootstrap
//! data, one that joins finds it in the ConfigMap of the cluster.
//!
//! Must not know: what is made of it.

use fleetui_api::v1beta2::{Cluster, KubeadmConfig};
use fleetui_base::ObjectName;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::error::Error;
use crate::kubeadm_config::{cluster_facts, documents};
use crate::object::Object;

/// Where a cluster keeps its ClusterConfiguration.
pub(super) const CONFIG: &str = "kubeadm-config";
/// Under which key.
pub(super) const KEY: &str = "ClusterConfiguration";

const PERIOD: &str = "certificateValidityPeriod";

/// A ClusterConfiguration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Configuration(Map<String, Value>);

impl Configuration {
    /// What cloud-config says that starts a cluster.
    pub(crate) fn of_bootstrap_data(data: &str) -> Option<Self> {
        let data: Value = serde_yaml::from_str(data).ok()?;
        let files = data.get("write_files")?.as_array()?;
        let contents = files.iter().filter_map(|file| file.get("content")?.as_str());
        contents
            .filter(|content| content.contains(KEY))
            .find_map(Self::of_documents)
    }

    pub(super) fn of_documents(text: &str) -> Option<Self> {
        let documents: Vec<Value> = serde_yaml::from_multiple(text).ok()?;
        let mut documents = documents.into_iter();
        let found = documents.find(|it| it.get("kind").and_then(Value::as_str) == Some(KEY))?;
        match found {
            Value::Object(fields) => Some(Self(fields)),
            _ => None,
        }
    }

    /// What the configuration of a machine says to the kubeadm of this Kubernetes version.
    pub(super) fn of_config(
        config: &Object<KubeadmConfig>,
        cluster: &Object<Cluster>,
        kubernetes: &str,
    ) -> Self {
        let init = config.spec.init_configuration.as_ref();
        let document = documents::cluster_configuration(
            documents::ApiVersion::of(kubernetes),
            config.spec.cluster_configuration.as_ref(),
            init.and_then(|init| init.get("timeouts")),
            &cluster_facts(cluster, Some(kubernetes)),
        );
        Self(document.as_object().cloned().unwrap_or_default())
    }

    /// What a cluster says to the machines that join it.
    pub(crate) async fn of_cluster(context: &Context, cluster: &ObjectName) -> Result<Option<Self>, Error> {
        let client = context.workload_client(cluster).await?;
        let api: Api<ConfigMap> = Api::namespaced(client, "kube-system");
        let what = format!("get ConfigMap {CONFIG} of workload cluster {cluster}");
        let config = context.request(what, api.get_opt(CONFIG)).await?;
        let data = config.and_then(|config| config.data).unwrap_or_default();
        Ok(data.get(KEY).and_then(|text| Self::of_documents(text)))
    }

    /// How long the certificates are valid that kubeadm makes, where that is wished; kubeadm before v1beta4 knows no such field.
    pub(super) fn period(&self) -> Option<SignedDuration> {
        let period: SignedDuration = self.text(&[PERIOD])?.parse().ok()?;
        period.is_positive().then_some(period)
    }

    /// The text at this path, where there is some.
    pub(super) fn text(&self, path: &[&str]) -> Option<&str> {
        let (first, rest) = path.split_first()?;
        let mut found = self.0.get(*first)?;
        for key in rest {
            found = found.get(*key)?;
        }
        found.as_str().filter(|text| !text.is_empty())
    }

    /// The document that `kubeadm init` keeps in the cluster: with what holds where nothing is said.
    pub(super) fn uploaded(&self) -> String {
        let said = Value::Object(self.0.clone());
        let mut fields = json!({
            "apiServer": {},
            "certificatesDir": "/etc/kubernetes/pki",
            "clusterName": "kubernetes",
            "controllerManager": {},
            "dns": {},
            "imageRepository": super::addons::REGISTRY,
            "networking": {"dnsDomain": "cluster.local", "serviceSubnet": "10.96.0.0/12"},
            "scheduler": {},
        });
        if said.pointer("/etcd/external").is_none() {
            fields["etcd"] = json!({"local": {"dataDir": "/var/lib/etcd"}});
        }
        if self.text(&["apiVersion"]) == Some("kubeadm.k8s.io/v1beta4") {
            let newer = json!({
                "caCertificateValidityPeriod": "87600h0m0s", "certificateValidityPeriod": "8760h0m0s",
                "encryptionAlgorithm": "RSA-2048", "proxy": {},
            });
            json_patch::merge(&mut fields, &newer);
        }
        json_patch::merge(&mut fields, &said);
        let text = documents::to_yaml(&[fields]).unwrap_or_default();
        text.strip_prefix("---\n").unwrap_or(&text).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::object;

    fn configuration(fields: &Value) -> Configuration {
        Configuration(fields.as_object().cloned().expect("an object"))
    }

    #[test]
    fn it_is_found_where_kubeadm_finds_it() {
        let data = "## template: jinja\n#cloud-config\nwrite_files:\n- path: /x\n  content: |\n    nothing\n- path: /run/kubeadm/kubeadm.yaml\n  \
                    content: |\n    ---\n    kind: ClusterConfiguration\n    clusterName: c\n    certificateValidityPeriod: 2400h0m0s\n    ---\n    kind: \
                    InitConfiguration\n    localAPIEndpoint: {}\nruncmd:\n- kubeadm init\n";
        let found = Configuration::of_bootstrap_data(data).expect("it is there");
        assert_eq!(found.text(&["clusterName"]), Some("c"));
        assert_eq!(found.period().map(|period| period.as_hours()), Some(2400));
        assert_eq!(
            Configuration::of_bootstrap_data("#cloud-config\nruncmd: [kubeadm join]\n"),
            None
        );
        assert_eq!(Configuration::of_bootstrap_data("nonsense: ["), None);
    }

    #[test]
    fn a_period_that_is_none_is_not_followed() {
        for (text, hours) in [
            ("2400h0m0s", Some(2400)),
            ("soon", None),
            ("0s", None),
            ("", None),
        ] {
            let found = configuration(&json!({PERIOD: text})).period();
            assert_eq!(found.map(|period| period.as_hours()), hours, "{text}");
        }
    }

    #[test]
    fn only_kubeadm_that_knows_the_field_follows_it() {
        let spec = json!({"spec": {"clusterConfiguration": {"certificateValidityPeriodDays": 100}}});
        let cluster = object::<Cluster>(
            "c",
            &json!({"spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}}}),
        );
        let config = object::<KubeadmConfig>("m", &spec);
        let of = |version: &str| Configuration::of_config(&config, &cluster, version);
        let days = |version: &str| of(version).period().map(|period| period.as_hours() / 24);
        assert_eq!(days("v1.31.0"), Some(100));
        assert_eq!(days("v1.30.4"), None);
        assert_eq!(
            of("v1.31.0").text(&["controlPlaneEndpoint"]),
            Some("192.0.2.1:6443")
        );
        let silent = object::<KubeadmConfig>("m", &json!({}));
        assert_eq!(
            Configuration::of_config(&silent, &cluster, "v1.31.0").period(),
            None
        );
    }

    #[test]
    fn what_is_kept_in_the_cluster_has_kubeadms_defaults_where_nothing_is_said() {
        let said = configuration(&json!({
            "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": KEY, "clusterName": "c", "kubernetesVersion": "v1.31.0",
            "networking": {"podSubnet": "10.0.0.0/16"}, "etcd": {"local": {"imageTag": "3.5.9-0"}}
        }));
        let kept: Value = serde_yaml::from_str(&said.uploaded()).expect("YAML");
        assert_eq!(
            kept,
            json!({
                "apiServer": {}, "apiVersion": "kubeadm.k8s.io/v1beta4", "caCertificateValidityPeriod": "87600h0m0s",
                "certificateValidityPeriod": "8760h0m0s", "certificatesDir": "/etc/kubernetes/pki", "clusterName": "c",
                "controllerManager": {}, "dns": {}, "encryptionAlgorithm": "RSA-2048",
                "etcd": {"local": {"dataDir": "/var/lib/etcd", "imageTag": "3.5.9-0"}}, "imageRepository": "registry.k8s.io",
                "kind": KEY, "kubernetesVersion": "v1.31.0",
                "networking": {"dnsDomain": "cluster.local", "podSubnet": "10.0.0.0/16", "serviceSubnet": "10.96.0.0/12"},
                "proxy": {}, "scheduler": {}
            })
        );
        let external = configuration(
            &json!({"apiVersion": "kubeadm.k8s.io/v1beta3", "etcd": {"external": {"endpoints": ["e"]}}}),
        );
        let kept: Value = serde_yaml::from_str(&external.uploaded()).expect("YAML");
        assert_eq!(kept["etcd"], json!({"external": {"endpoints": ["e"]}}));
        assert_eq!((kept.get("proxy"), kept.get("encryptionAlgorithm")), (None, None));
    }
}
