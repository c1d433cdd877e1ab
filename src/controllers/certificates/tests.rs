//! What a Secret may hold, what is made, and what is told of what is wrong.

use serde_json::json;

use super::*;
use crate::samples;

fn wanted(configuration: &Value) -> Wanted {
    Wanted::of(configuration.as_object())
}

fn secret(certificate: &str, key: &str) -> Secret {
    let entry = |name: &str, text: &str| (name.to_owned(), ByteString(text.as_bytes().to_vec()));
    Secret {
        data: Some(BTreeMap::from([entry(CERTIFICATE, certificate), entry(KEY, key)])),
        type_: Some("kubernetes.io/tls".to_owned()),
        ..Secret::default()
    }
}

#[test]
fn what_is_made_is_accepted_when_it_is_read_back() {
    let owner = OwnerReference::default();
    for algorithm in ["", "ECDSA-P256", "ECDSA-P384"] {
        let wanted =
            wanted(&json!({"encryptionAlgorithm": algorithm, "caCertificateValidityPeriodDays": 100}));
        for purpose in wanted.purposes() {
            let pair = wanted.make(purpose, samples::now()).expect("a pair");
            let secret = pair.secret(purpose, &samples::cluster(), owner.clone());
            assert_eq!(secret.type_.as_deref(), Some("cluster.x-k8s.io/secret"));
            assert_eq!(wanted.check(purpose, &secret), Found::There(pair.clone()));
            if purpose != Purpose::ServiceAccount {
                let facts = fleetui_pki::CertificateFacts::of_pem(&pair.certificate).expect("a certificate");
                assert_eq!(facts.subject.common_name, "kubernetes");
                assert_eq!(facts.not_after.to_string(), "2026-11-29T12:00:00Z");
            }
        }
    }
    let names: Vec<String> = wanted(&json!({}))
        .purposes()
        .into_iter()
        .map(|purpose| purpose.secret_name("c"))
        .collect();
    assert_eq!(names, ["c-ca", "c-sa", "c-proxy", "c-etcd"]);
}

#[test]
fn what_is_wrong_is_never_replaced_and_told() {
    let wanted = wanted(&json!({}));
    let one = wanted.make(Purpose::Cluster, samples::now()).expect("a pair");
    let two = wanted.make(Purpose::Cluster, samples::now()).expect("a pair");
    let cases = [
        (
            secret(&one.certificate, two.key.reveal()),
            "the certificate authority's key does not belong",
        ),
        (
            secret("", one.key.reveal()),
            "it has no data under the key tls.crt",
        ),
        (
            secret(&one.certificate, ""),
            "it has no data under the key tls.key",
        ),
        (
            secret("nonsense", one.key.reveal()),
            "a certificate cannot be read",
        ),
        (Secret::default(), "it has no data under the key tls.crt"),
    ];
    for (secret, expected) in cases {
        let found = wanted.check(Purpose::Cluster, &secret);
        let Found::Corrupt(why) = &found else {
            panic!("accepted: {found:?}");
        };
        assert!(why.starts_with(expected), "{why}");
        let certificates = Certificates {
            found: BTreeMap::from([(Purpose::Cluster, found)]),
            cluster: "c".to_owned(),
            of_machines: Vec::new(),
        };
        assert_eq!(
            certificates
                .create(&samples::cluster(), &OwnerReference::default())
                .count(),
            0
        );
        let problem = certificates.problem().expect("a problem");
        assert!(
            problem.trouble == Trouble::Corrupt
                && problem.message.starts_with("Secret c-ca cannot be used: "),
            "{problem:?}"
        );
        let told = available(Some(&problem));
        assert_eq!(
            (told.status, told.reason.as_str(), told.message.as_str()),
            (
                ConditionStatus::Unknown,
                "InternalError",
                "Please check controller logs for errors"
            )
        );
    }
}

#[test]
fn an_etcd_that_is_run_elsewhere_brings_its_own() {
    let wanted = wanted(&json!({"etcd": {"external": {"endpoints": ["https://etcd:2379"]}}}));
    assert_eq!(wanted.purposes().last(), Some(&Purpose::EtcdClient));
    assert!(wanted.make(Purpose::Etcd, samples::now()).is_err());
    assert!(wanted.make(Purpose::EtcdClient, samples::now()).is_err());
    let pair = super::Wanted::of(None)
        .make(Purpose::Etcd, samples::now())
        .expect("a pair");
    let found = wanted.check(Purpose::Etcd, &secret(&pair.certificate, ""));
    assert!(matches!(found, Found::There(_)), "its key is not ours: {found:?}");
}

#[tokio::test]
async fn rsa_keys_are_made_where_they_are_asked_for() {
    let wanted = wanted(&json!({"encryptionAlgorithm": "RSA-2048"}));
    let purposes = vec![Purpose::Cluster, Purpose::ServiceAccount];
    let made = wanted.make_all(purposes, samples::now()).await;
    assert_eq!(made.len(), 2);
    for (purpose, pair) in made {
        let pair = pair.expect("a pair");
        // A key of 2048 bits is some 1200 bytes, one on a curve some 140.
        assert!(pair.key.reveal().len() > 1500, "{purpose:?}");
        let found = wanted.check(purpose, &secret(&pair.certificate, pair.key.reveal()));
        assert!(matches!(found, Found::There(_)), "{purpose:?}: {found:?}");
    }
}

#[test]
fn keys_that_cannot_be_made_have_to_be_provided() {
    let wanted = wanted(&json!({"encryptionAlgorithm": "ED25519"}));
    let why = wanted
        .make(Purpose::Cluster, samples::now())
        .expect_err("unknown");
    assert_eq!(
        why,
        "keys of kind ED25519 cannot be made here, so it has to be provided"
    );
    let certificates = Certificates {
        found: BTreeMap::from([(Purpose::Cluster, Found::Missing(why))]),
        cluster: "c".to_owned(),
        of_machines: Vec::new(),
    };
    assert_eq!(
        available(certificates.problem().as_ref()).message,
        "Secret c-ca does not exist: keys of kind ED25519 cannot be made here, so it has to be provided"
    );
}

/// Machines run with what was in them: an authority that is made anew would be a stranger to all of them.
#[test]
fn what_a_control_plane_was_initialised_with_is_told_lost_and_never_made_again() {
    let told = |lost: &[Purpose]| {
        let certificates = Certificates {
            found: lost.iter().map(|purpose| (*purpose, Found::Lost)).collect(),
            cluster: "c".to_owned(),
            of_machines: Vec::new(),
        };
        let owner = OwnerReference::default();
        assert_eq!(certificates.create(&samples::cluster(), &owner).count(), 0);
        let told = available(certificates.problem().as_ref());
        (told.status, told.reason.to_string(), told.message)
    };
    assert_eq!(
        told(&[Purpose::Cluster]),
        (
            ConditionStatus::False,
            "NotAvailable".to_owned(),
            "Cluster certificate for ca is not available, please check cluster certificate secrets"
                .to_owned()
        )
    );
    let all = [
        Purpose::Etcd,
        Purpose::FrontProxy,
        Purpose::ServiceAccount,
        Purpose::Cluster,
    ];
    assert_eq!(
        told(&all).2,
        "Cluster certificates for ca, sa, proxy, etcd are not available, please check cluster certificate secrets"
    );
}

#[test]
fn what_was_made_for_one_machine_becomes_the_control_planes() {
    let pair = wanted(&json!({})).make_for_tests(Purpose::Cluster, samples::now());
    let owner = |kind: &str, group: &str| OwnerReference {
        api_version: format!("{group}.cluster.x-k8s.io/v1beta2"),
        kind: kind.to_owned(),
        name: "m".to_owned(),
        uid: format!("uid-{kind}"),
        controller: Some(true),
        ..OwnerReference::default()
    };
    let made = pair.secret(
        Purpose::Cluster,
        &samples::cluster(),
        owner("KubeadmConfig", "bootstrap"),
    );
    assert!(is_of_machine(&made));
    let control_plane = owner("KubeadmControlPlane", "controlplane");
    assert!(!is_of_machine(&pair.secret(
        Purpose::Cluster,
        &samples::cluster(),
        control_plane.clone()
    )));
    assert!(
        !is_of_machine(&secret(&pair.certificate, pair.key.reveal())),
        "somebody has provided it"
    );
    let certificates = Certificates {
        of_machines: vec![made.metadata],
        ..Certificates::default()
    };
    let changes: Vec<Change> = certificates.take_over(&control_plane).collect();
    let [Change::PatchSecret { name, patch, .. }] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(name.to_string(), "default/c-ca");
    let owners = patch["metadata"]["ownerReferences"].as_array().expect("owners");
    assert_eq!(
        (owners.len(), &owners[0]["kind"]),
        (1, &json!("KubeadmControlPlane"))
    );
}
