//! The whole cloud-config of each role, and what a host agent asks of it. The expected texts lie beside this file.

use fleetui_api::v1beta2::KubeadmConfigSpec;
use fleetui_base::redact::Secret as Redacted;
use serde_json::{Value, json};

use super::super::bootstrap_data::{Request, render};
use super::super::documents::ClusterFacts;
use super::super::files::Contents;
use super::super::stage::Role;
use crate::certificates::{Certificates, Found, Pair, Wanted};

fn certificates() -> Certificates {
    let pair = |purpose| {
        Found::There(Pair {
            certificate: format!("-----BEGIN CERTIFICATE-----\n{purpose:?}\n-----END CERTIFICATE-----\n"),
            key: Redacted::new(format!(
                "-----BEGIN PRIVATE KEY-----\n{purpose:?}\n-----END PRIVATE KEY-----\n"
            )),
        })
    };
    let purposes = Wanted::of(None).purposes();
    Certificates {
        found: purposes
            .into_iter()
            .map(|purpose| (purpose, pair(purpose)))
            .collect(),
        cluster: "c".to_owned(),
        of_machines: Vec::new(),
    }
}

/// What a control plane's configuration may hold, most of it.
fn spec() -> KubeadmConfigSpec {
    serde_json::from_value(json!({
        "clusterConfiguration": {
            "apiServer": {
                "certSANs": ["localhost"],
                "extraArgs": [{"name": "audit-log-maxage", "value": "30"}],
                "extraEnvs": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}]
            },
            "controllerManager": {"extraArgs": [{"name": "enable-hostpath-provisioner", "value": "true"}]},
            "etcd": {"local": {"dataDir": "/var/lib/etcd", "extraArgs": [{"name": "quota-backend-bytes", "value": "8589934592"}]}},
            "featureGates": {"ControlPlaneKubeletLocalMode": true},
            "certificateValidityPeriodDays": 100,
            "caCertificateValidityPeriodDays": 1000,
            "encryptionAlgorithm": "ECDSA-P256"
        },
        "initConfiguration": {
            "bootstrapTokens": [{"token": "abcdef.0123456789abcdef", "ttlSeconds": 900}],
            "nodeRegistration": {
                "name": "{{ ds.meta_data.local_hostname }}", "criSocket": "unix:///var/run/containerd/containerd.sock",
                "imagePullSerial": true,
                "kubeletExtraArgs": [{"name": "cgroup-driver", "value": "systemd"}]
            },
            "timeouts": {"controlPlaneComponentHealthCheckSeconds": 300, "etcdAPICallSeconds": 60}
        },
        "joinConfiguration": {
            "controlPlane": {},
            "discovery": {"bootstrapToken": {
                "token": "bcdfgh.jklmnpqrstvwxz24", "apiServerEndpoint": "192.0.2.7:6443", "caCertHashes": ["sha256:00ff"]
            }},
            "nodeRegistration": {"kubeletExtraArgs": [{"name": "cgroup-driver", "value": "systemd"}]},
            "timeouts": {"controlPlaneComponentHealthCheckSeconds": 300, "tlsBootstrapSeconds": 120}
        },
        "files": [
            {"path": "/etc/motd", "content": "Kubernetes {{ .controlPlane.version }}\n", "contentFormat": "Template"},
            {"path": "/etc/blob", "content": "aGVsbG8=", "encoding": "base64", "owner": "ada:wheel", "permissions": "0600", "append": true}
        ],
        "preKubeadmCommands": ["hostnamectl set-hostname \"{{ ds.meta_data.local_hostname }}\""],
        "postKubeadmCommands": ["echo done"],
        "users": [{"name": "ada", "sshAuthorizedKeys": ["ssh-ed25519 AAAA ada"]}],
        "ntp": {"enabled": true, "servers": ["time.example"]},
        "mounts": [["LABEL=etcd", "/var/lib/etcd"]],
        "verbosity": 5
    }))
    .expect("a spec")
}

fn rendered(role: Role, version: &str) -> String {
    let facts = ClusterFacts {
        name: "c".to_owned(),
        kubernetes_version: version.to_owned(),
        endpoint: "192.0.2.7:6443".to_owned(),
        pod_subnet: Some("192.168.0.0/16".to_owned()),
        service_subnet: Some("10.128.0.0/12".to_owned()),
        dns_domain: Some("cluster.local".to_owned()),
    };
    render(&Request {
        spec: &spec(),
        role,
        facts: &facts,
        certificates: &certificates(),
        contents: &Contents::new(),
        control_plane_version: Some("v1.31.0"),
    })
    .expect("data")
}

/// Every case: its role, its version, and the text that it has to give.
fn cases() -> [(Role, &'static str, &'static str); 6] {
    [
        (Role::Init, "v1.31.2", include_str!("init-v1.31.yaml")),
        (Role::Init, "v1.30.4", include_str!("init-v1.30.yaml")),
        (
            Role::JoinControlPlane,
            "v1.31.2",
            include_str!("join-control-plane-v1.31.yaml"),
        ),
        (
            Role::JoinControlPlane,
            "v1.30.4",
            include_str!("join-control-plane-v1.30.yaml"),
        ),
        (
            Role::JoinWorker,
            "v1.31.2",
            include_str!("join-worker-v1.31.yaml"),
        ),
        (
            Role::JoinWorker,
            "v1.30.4",
            include_str!("join-worker-v1.30.yaml"),
        ),
    ]
}

#[test]
fn each_role_gets_its_cloud_config() {
    for (role, version, expected) in cases() {
        let text = rendered(role, version);
        assert_eq!(text, expected, "{role:?} {version}");
    }
}

#[test]
fn a_host_agent_can_carry_it_out() {
    for (role, version, _) in cases() {
        let text = rendered(role, version);
        assert!(text.starts_with("## template: jinja\n#cloud-config\n"));
        let cloud: Value = serde_yaml::from_str(&text).expect("YAML");
        let files = cloud["write_files"].as_array().expect("files");
        for file in files {
            let permissions = file["permissions"].as_str().expect("a quoted number");
            assert!(permissions.len() == 4 && permissions.bytes().all(|digit| (b'0'..b'8').contains(&digit)));
            assert!(file["path"].as_str().is_some_and(|path| path.starts_with('/')));
            assert_eq!(
                file["owner"].as_str().map(|owner| owner.split(':').count()),
                Some(2)
            );
            assert!(file["content"].is_string());
        }
        let commands = cloud["runcmd"].as_array().expect("commands");
        assert!(commands.iter().all(Value::is_string));
        let kubeadm = commands[1].as_str().expect("a command");
        assert!(
            kubeadm.ends_with("&& echo success > /run/cluster-api/bootstrap-success.complete"),
            "{kubeadm}"
        );
        assert!(
            files
                .iter()
                .any(|file| file["path"] == "/run/cluster-api/placeholder")
        );
        let path = kubeadm.split(' ').nth(3).expect("a path");
        let file = files
            .iter()
            .find(|file| file["path"] == path)
            .expect("kubeadm's configuration");
        let api = if version.starts_with("v1.30") {
            "v1beta3"
        } else {
            "v1beta4"
        };
        for document in file["content"]
            .as_str()
            .expect("text")
            .split("---\n")
            .filter(|text| !text.is_empty())
        {
            let document: Value = serde_yaml::from_str(document).expect("YAML");
            assert_eq!(document["apiVersion"], format!("kubeadm.k8s.io/{api}"));
        }
        let private = files.iter().filter(|file| {
            file["content"]
                .as_str()
                .is_some_and(|text| text.contains("PRIVATE KEY"))
        });
        assert!(private.clone().all(|file| file["permissions"] == "0600"));
        assert_eq!(private.count(), if role == Role::JoinWorker { 0 } else { 4 });
    }
}
