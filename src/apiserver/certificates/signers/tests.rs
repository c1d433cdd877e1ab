//! What each signer signs, in a table.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A request as base64 of PEM: of `user` in `group`, for these hosts.
pub(crate) fn encoded(user: &str, group: &str, hosts: &[&str]) -> String {
    STANDARD.encode(fleetui_pki::request::generate(user, &[group], hosts).unwrap().0)
}

fn object(signer: &str, (user, group, hosts): (&str, &str, &[&str]), usages: &[&str]) -> Value {
    json!({"spec": {"signerName": signer, "request": encoded(user, group, hosts), "usages": usages}})
}

#[test]
fn each_signer_signs_what_it_is_for() {
    let authority = Authority::generate("ca", Validity::days(now(), 3650)).unwrap();
    let client: &[&str] = &["client auth", "digital signature"];
    let server: &[&str] = &["server auth", "digital signature", "key encipherment"];
    let node = ("system:node:a", "system:nodes", &[][..]);
    let serving = ("system:node:a", "system:nodes", &["a.example", "10.0.0.1"][..]);
    for (signer, whom, usages, good) in [
        (CLIENT, ("ada", "team", &[][..]), client, true),
        (CLIENT, ("ada", "team", &[][..]), server, false),
        (
            CLIENT,
            ("ada", "team", &[][..]),
            &["client auth", "code signing"],
            false,
        ),
        (KUBELET_CLIENT, node, client, true),
        (KUBELET_CLIENT, node, &["client auth"], false),
        (KUBELET_CLIENT, node, server, false),
        (KUBELET_CLIENT, ("ada", "system:nodes", &[][..]), client, false),
        (KUBELET_CLIENT, ("system:node:a", "team", &[][..]), client, false),
        (KUBELET_CLIENT, serving, client, false),
        (KUBELET_SERVING, serving, server, true),
        (KUBELET_SERVING, node, server, false),
        (KUBELET_SERVING, serving, client, false),
        ("example.com/other", ("ada", "team", &[][..]), client, false),
    ] {
        let signed = sign(&object(signer, whom, usages), &authority, now());
        assert_eq!(signed.is_ok(), good, "{signer} {whom:?} {usages:?}: {signed:?}");
    }
}

#[test]
fn a_certificate_lasts_as_long_as_was_asked_and_no_longer_than_its_authority() {
    let lasts = |days: u32, seconds: Option<i64>| {
        let authority = Authority::generate("ca", Validity::days(now(), days)).unwrap();
        let mut object = object(CLIENT, ("ada", "team", &[]), &["client auth"]);
        if let Some(seconds) = seconds {
            object["spec"]["expirationSeconds"] = json!(seconds);
        }
        let pem = sign(&object, &authority, now()).unwrap();
        CertificateFacts::of_pem(&pem)
            .unwrap()
            .not_after
            .duration_since(now())
    };
    assert_eq!(lasts(3650, Some(600)), SignedDuration::from_secs(600));
    assert_eq!(lasts(3650, None), LONGEST);
    assert_eq!(lasts(3650, Some(i64::MAX)), LONGEST);
    assert_eq!(lasts(3, None), SignedDuration::from_hours(72));
}
