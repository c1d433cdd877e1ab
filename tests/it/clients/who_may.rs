//! Every kubectl of this machine: who one is and what one may.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleetui_apiserver::authn::Identity;
use serde_json::{Value, json};

use super::kubectl::{Kubectl, found};

/// Answers `yes` or `no`, as its exit code says.
async fn can_i(kubectl: &Kubectl, arguments: &[&str]) -> bool {
    let output = kubectl.run(&[&["auth", "can-i"], arguments].concat()).await;
    let said = String::from_utf8(output.stdout).unwrap();
    let yes = match said.trim() {
        "yes" => true,
        "no" => false,
        other => panic!(
            "{arguments:?}: {other:?} {}",
            String::from_utf8_lossy(&output.stderr)
        ),
    };
    assert_eq!(output.status.success(), yes, "{arguments:?}");
    yes
}

#[tokio::test]
async fn what_one_may_is_told_and_done() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        assert!(can_i(&kubectl, &["*", "*", "-A"]).await);
        assert!(!can_i(&kubectl, &["list", "configmaps", "--as", "ada"]).await);
        kubectl
            .says(&[
                "create",
                "clusterrole",
                "r",
                "--verb=list,get",
                "--resource=configmaps",
            ])
            .await;
        kubectl
            .says(&[
                "create",
                "rolebinding",
                "b",
                "-n",
                "fleet",
                "--clusterrole=r",
                "--user=ada",
                "--group=team",
            ])
            .await;
        for who in [&["--as", "ada"][..], &["--as", "eve", "--as-group", "team"]] {
            assert!(can_i(&kubectl, &[&["list", "configmaps", "-n", "fleet"], who].concat()).await);
            assert!(!can_i(&kubectl, &[&["list", "configmaps"], who].concat()).await);
            assert!(
                !can_i(
                    &kubectl,
                    &[&["delete", "configmaps", "-n", "fleet"], who].concat()
                )
                .await
            );
            kubectl.says(&[&["get", "cm", "-n", "fleet"], who].concat()).await;
            let refused = kubectl
                .run(&[&["get", "secrets", "-n", "fleet"], who].concat())
                .await;
            assert!(!refused.status.success());
            let said = String::from_utf8(refused.stderr).unwrap();
            let expected = format!(
                "Error from server (Forbidden): secrets is forbidden: User {:?} cannot list resource \"secrets\" in API group \"\" in the namespace \"fleet\"",
                who[1]
            );
            assert_eq!(said.trim(), expected);
        }
        let list = kubectl
            .lines(&["auth", "can-i", "--list", "-n", "fleet", "--as", "ada"])
            .await;
        assert!(
            list.iter()
                .any(|line| line.starts_with("configmaps [] [] [") && line.contains("list")),
            "{list:#?}"
        );
        assert!(
            list.iter()
                .any(|line| line.starts_with("selfsubjectaccessreviews.authorization.k8s.io ")),
            "{list:#?}"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn one_learns_who_one_is() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        if kubectl.minor < 28 {
            println!(
                "skipped: kubectl 1.{} asks by an alpha version or not at all",
                kubectl.minor
            );
            kubectl.cluster.stop().await;
            continue;
        }
        let text = kubectl.says(&["auth", "whoami", "-o", "json"]).await;
        let review: Value = serde_json::from_str(&text).unwrap();
        let root = Identity::administrator();
        assert_eq!(
            review["status"]["userInfo"],
            json!({"username": root.user, "groups": root.groups})
        );
        kubectl
            .says(&["create", "serviceaccount", "bot", "-n", "fleet"])
            .await;
        let token = kubectl
            .says(&["create", "token", "bot", "-n", "fleet", "--duration=15m"])
            .await;
        let config = kubectl.home.path().join("bot");
        kubectl.cluster.write_kubeconfig_with_token(token.trim(), &config);
        let config = format!("--kubeconfig={}", config.display());
        let text = kubectl.says(&[&config, "auth", "whoami", "-o", "json"]).await;
        let review: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            review["status"]["userInfo"]["username"],
            "system:serviceaccount:fleet:bot"
        );
        assert!(!can_i(&kubectl, &[&config, "get", "pods"]).await);
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn certificates_are_approved_and_issued() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let request = |name: &str| {
            let (pem, _) = fleetui_pki::request::generate(name, &["team"], &[]).unwrap();
            json!({
                "apiVersion": "certificates.k8s.io/v1",
                "kind": "CertificateSigningRequest",
                "metadata": {"name": name},
                "spec": {
                    "request": STANDARD.encode(pem),
                    "signerName": "kubernetes.io/kube-apiserver-client",
                    "usages": ["client auth"],
                    "expirationSeconds": 3600,
                },
            })
        };
        for name in ["ada", "eve"] {
            let file = kubectl.file(&format!("{name}.json"), &request(name));
            let create: &[&str] = if kubectl.knows_openapi_v3() {
                &["create", "-f", &file]
            } else {
                &["create", "--validate=false", "-f", &file]
            };
            kubectl.says(create).await;
        }
        let said = kubectl.says(&["certificate", "approve", "ada"]).await;
        assert!(said.contains("ada approved"), "{said}");
        kubectl.says(&["certificate", "deny", "eve"]).await;
        let condition = "jsonpath={.status.conditions[*].type}";
        assert_eq!(
            kubectl.says(&["get", "csr", "eve", "-o", condition]).await,
            "Denied"
        );
        let requestor = kubectl
            .says(&["get", "csr", "ada", "-o", "jsonpath={.spec.username}"])
            .await;
        assert_eq!(requestor, Identity::administrator().user);
        // The server signs soon after; a watch tells when.
        if kubectl.minor >= 23 {
            let wait = [
                "wait",
                "csr/ada",
                "--for=jsonpath={.status.conditions[0].type}=Approved",
                "--timeout=30s",
            ];
            kubectl.says(&wait).await;
        }
        let issued = async {
            loop {
                let path = "jsonpath={.status.certificate}";
                let certificate = kubectl.says(&["get", "csr", "ada", "-o", path]).await;
                if !certificate.is_empty() {
                    return certificate;
                }
            }
        };
        let certificate = tokio::time::timeout(std::time::Duration::from_mins(1), issued)
            .await
            .unwrap();
        assert!(certificate.len() > 500, "{certificate}");
        kubectl.cluster.stop().await;
    }
}
