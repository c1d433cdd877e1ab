//! What `kubeadm init` leaves in a cluster beside static pods: its own ConfigMap, CoreDNS and kube-proxy, and which images all of
//! them are of.
//!
//! Nothing runs them here: what they say of themselves stays empty, as it does with upstream's in-memory backend.
//! Must not know: who starts a cluster, and when.

use fleetui_rules::version::Version;
use serde_json::{Value, json};

use super::kubeadm::{CONFIG, Configuration, KEY};

/// Where images come from if nothing is said.
pub(super) const REGISTRY: &str = "registry.k8s.io";

const NAMESPACE: &str = "kube-system";
const PROXY: &str = "kube-proxy";
const DNS: &str = "coredns";

/// From which minor version of Kubernetes on its kubeadm brings which tags of etcd and CoreDNS; the latest first. From the
/// constants of kubeadm.
const BROUGHT: [(u64, &str, &str); 7] = [
    (35, "3.6.6-0", "v1.13.1"),
    (34, "3.6.4-0", "v1.12.1"),
    (33, "3.5.21-0", "v1.12.0"),
    (32, "3.5.16-0", "v1.11.3"),
    (31, "3.5.15-0", "v1.11.3"),
    (29, "3.5.10-0", "v1.11.1"),
    (0, "3.5.9-0", "v1.10.1"),
];

const COREFILE: &str = ".:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
";

/// Which images a cluster of this version and configuration is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Images<'a> {
    /// `v1.31.0`.
    pub(super) version: &'a str,
    pub(super) configuration: &'a Configuration,
}

impl Images<'_> {
    /// The image of a static pod or of kube-proxy.
    pub(super) fn of(self, component: &str) -> String {
        let said = self.configuration;
        let (etcd, _) = self.brought();
        if component == "etcd" {
            let own = said.text(&["etcd", "local", "imageRepository"]);
            let tag = said.text(&["etcd", "local", "imageTag"]).unwrap_or(etcd);
            return format!("{}/etcd:{tag}", own.unwrap_or(self.repository()));
        }
        format!(
            "{}/{component}:{}",
            self.repository(),
            self.version.replace('+', "_")
        )
    }

    /// The image of CoreDNS, which Kubernetes' own registry has in a folder.
    fn dns(self) -> String {
        let said = self.configuration;
        let (_, dns) = self.brought();
        let repository = said
            .text(&["dns", "imageRepository"])
            .unwrap_or(self.repository());
        let folder = if repository == REGISTRY { "coredns/" } else { "" };
        let tag = said.text(&["dns", "imageTag"]).unwrap_or(dns);
        format!("{repository}/{folder}{DNS}:{tag}")
    }

    fn repository(&self) -> &str {
        self.configuration.text(&["imageRepository"]).unwrap_or(REGISTRY)
    }

    fn brought(self) -> (&'static str, &'static str) {
        let minor = self
            .version
            .parse::<Version>()
            .map_or(0, |version| version.minor());
        let found = BROUGHT.iter().find(|(from, ..)| *from <= minor);
        found.map_or(("", ""), |(_, etcd, dns)| (*etcd, *dns))
    }
}

/// kubeadm's ConfigMap.
pub(super) fn config(configuration: &Configuration) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": CONFIG, "namespace": NAMESPACE},
        "data": {KEY: configuration.uploaded()}
    })
}

/// The configuration of CoreDNS.
pub(super) fn corefile() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": DNS, "namespace": NAMESPACE},
        "data": {"Corefile": COREFILE}
    })
}

/// CoreDNS.
pub(super) fn dns(images: Images<'_>) -> Value {
    let labels = json!({"k8s-app": "kube-dns"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": DNS, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "priorityClassName": "system-cluster-critical",
                    "tolerations": [
                        {"key": "CriticalAddonsOnly", "operator": "Exists"},
                        {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
                    ],
                    "containers": [{
                        "name": DNS, "image": images.dns(), "args": ["-conf", "/etc/coredns/Corefile"],
                        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": true}]
                    }],
                    "volumes": [{
                        "name": "config-volume",
                        "configMap": {"name": DNS, "items": [{"key": "Corefile", "path": "Corefile"}]}
                    }]
                }
            }
        }
    })
}

/// kube-proxy.
pub(super) fn proxy(images: Images<'_>) -> Value {
    let labels = json!({"k8s-app": PROXY});
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": PROXY, "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "hostNetwork": true,
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "priorityClassName": "system-node-critical",
                    "tolerations": [{"operator": "Exists"}],
                    "containers": [{"name": PROXY, "image": images.of(PROXY)}]
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(version: &str, said: &str) -> [String; 4] {
        let configuration = Configuration::of_documents(&format!("kind: {KEY}\n{said}")).expect("it reads");
        let images = Images {
            version,
            configuration: &configuration,
        };
        [
            images.of("kube-apiserver"),
            images.of("etcd"),
            images.dns(),
            images.of(PROXY),
        ]
    }

    #[test]
    fn images_are_kubeadms_unless_others_are_wished() {
        assert_eq!(
            images("v1.31.4", ""),
            [
                "registry.k8s.io/kube-apiserver:v1.31.4",
                "registry.k8s.io/etcd:3.5.15-0",
                "registry.k8s.io/coredns/coredns:v1.11.3",
                "registry.k8s.io/kube-proxy:v1.31.4"
            ]
        );
        assert_eq!(
            images(
                "v1.34.0+k3.1",
                "imageRepository: mirror/x\ndns: {imageTag: v1.12.9}\netcd: {local: {imageRepository: own}}\n"
            ),
            [
                "mirror/x/kube-apiserver:v1.34.0_k3.1",
                "own/etcd:3.6.4-0",
                "mirror/x/coredns:v1.12.9",
                "mirror/x/kube-proxy:v1.34.0_k3.1"
            ]
        );
        assert_eq!(images("v1.24.0", "")[1], "registry.k8s.io/etcd:3.5.9-0");
    }
}
