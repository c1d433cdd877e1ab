//! The `<cluster>-kubeconfig` Secret: made with the cluster's authority, and renewed when half of its life is over.
//!
//! Workload clusters that this program hosts itself are reached otherwise than the endpoint says; their host knows how.

use std::collections::BTreeMap;

use fleetui_api::v1beta2::{Cluster, Endpoint, KubeadmControlPlane};
use fleetui_base::ObjectName;
use fleetui_base::redact::Secret as Redacted;
use fleetui_pki::{Authority, CertificateFacts, Credential, Kubeconfig as File, Validity};
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde_json::json;

use crate::certificates::{self, Pair, SECRET_TYPE};
use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::object::Object;
use crate::ownership;

/// Days that the administrator's certificate is valid.
const CLIENT_DAYS: u32 = 365;
/// The administrator, as kubeadm names them.
const ADMINISTRATOR: &str = "kubernetes-admin";
/// The group of those who may do everything.
const MASTERS: &str = "system:masters";
/// Where the Secret has the file.
const VALUE: &str = "value";

/// What is known of the Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kubeconfig {
    /// It is there and good for a while.
    Present,
    /// It can be made with this.
    Absent(Redacted<String>),
    /// It is there, and should be this.
    Stale {
        version: Option<String>,
        fresh: Redacted<String>,
    },
    /// It cannot be made yet.
    TooEarly,
}

/// Looks at the Secret, and makes what it should hold where that is not there.
pub(super) async fn observe(
    context: &Context,
    cluster: &Object<Cluster>,
    control_plane: &Object<KubeadmControlPlane>,
    authority: Option<&Pair>,
) -> Result<Kubeconfig, Error> {
    let Some(endpoint) = cluster
        .spec
        .control_plane_endpoint
        .as_ref()
        .filter(|endpoint| endpoint.is_valid())
    else {
        return Ok(Kubeconfig::TooEarly);
    };
    let present = context.secret(cluster.namespace(), &secret_name(cluster)).await?;
    let name = ObjectName::new(cluster.namespace(), cluster.name());
    let hosted = context.workloads.hosts(&name);
    if let Some(secret) = &present {
        let ours = ownership::is_controlled_by(&secret.metadata, control_plane.uid());
        // The host may have moved to another port: it is asked each time, which costs nothing.
        if !ours || !(hosted || is_stale(&text(secret), authority, context.now())) {
            return Ok(Kubeconfig::Present);
        }
    }
    let fresh = if hosted {
        let what = format!("make a kubeconfig for workload cluster {name}");
        Some(context.timed(what, context.workloads.kubeconfig(&name)).await??)
    } else {
        authority.and_then(|authority| make(cluster.name(), endpoint, authority, context.now()))
    };
    Ok(match (present, fresh) {
        (_, None) => Kubeconfig::TooEarly,
        (None, Some(fresh)) => Kubeconfig::Absent(fresh),
        (Some(secret), Some(fresh)) if text(&secret) == *fresh.reveal() => Kubeconfig::Present,
        (Some(secret), Some(fresh)) => Kubeconfig::Stale {
            version: secret.metadata.resource_version,
            fresh,
        },
    })
}

/// What has to be written, if anything.
pub(super) fn change(
    kubeconfig: &Kubeconfig,
    cluster: &Object<Cluster>,
    control_plane: &Object<KubeadmControlPlane>,
) -> Option<Change> {
    match kubeconfig {
        Kubeconfig::Present | Kubeconfig::TooEarly => None,
        Kubeconfig::Absent(fresh) => {
            let owner = ownership::reference(control_plane, true);
            let secret = Secret {
                metadata: certificates::metadata(secret_name(cluster), cluster, owner),
                type_: Some(SECRET_TYPE.to_owned()),
                data: Some(BTreeMap::from([(VALUE.to_owned(), bytes(fresh))])),
                ..Secret::default()
            };
            Some(Change::CreateSecret(Box::new(secret)))
        }
        Kubeconfig::Stale { version, fresh } => Some(Change::PatchSecret {
            name: ObjectName::new(cluster.namespace(), &secret_name(cluster)),
            version: version.clone(),
            patch: json!({"data": {VALUE: bytes(fresh)}}),
        }),
    }
}

fn secret_name(cluster: &Object<Cluster>) -> String {
    format!("{}-kubeconfig", cluster.name())
}

fn bytes(text: &Redacted<String>) -> ByteString {
    ByteString(text.reveal().clone().into_bytes())
}

fn text(secret: &Secret) -> String {
    let value = secret.data.as_ref().and_then(|data| data.get(VALUE));
    value
        .map(|value| String::from_utf8_lossy(&value.0).into_owned())
        .unwrap_or_default()
}

/// A kubeconfig for the administrator. Nothing where the authority cannot sign, which its own condition tells.
fn make(name: &str, endpoint: &Endpoint, authority: &Pair, now: Timestamp) -> Option<Redacted<String>> {
    let signer = Authority::from_pem(authority.keyed()).ok()?;
    let client = signer
        .issue_client(ADMINISTRATOR, Some(MASTERS), Validity::days(now, CLIENT_DAYS))
        .ok()?;
    // An address of IPv6 stands in brackets.
    let host = if endpoint.host.contains(':') {
        format!("[{}]", endpoint.host)
    } else {
        endpoint.host.clone()
    };
    let server = format!("https://{host}:{}", endpoint.port);
    let mut file = File::new(
        name,
        &server,
        &authority.certificate,
        Credential::Certificate(&client),
    );
    // Cluster API names the context after the user and the cluster.
    file.current_context = format!("{name}-admin@{name}");
    for context in &mut file.contexts {
        context.name.clone_from(&file.current_context);
    }
    file.to_yaml().ok()
}

/// Whether half of the certificate's life is over, or another authority has come, or the file cannot be read.
fn is_stale(text: &str, authority: Option<&Pair>, now: Timestamp) -> bool {
    let Ok(file) = File::from_yaml(text) else {
        return true;
    };
    let certificate = file
        .users
        .first()
        .and_then(|user| user.user.certificate().ok().flatten());
    let facts = certificate.and_then(|keyed| CertificateFacts::of_pem(&keyed.certificate_pem).ok());
    let Some(facts) = facts else {
        return true;
    };
    let (total, left) = (
        facts.not_after.duration_since(facts.not_before),
        facts.not_after.duration_since(now),
    );
    let named = file
        .clusters
        .first()
        .and_then(|cluster| cluster.cluster.authority_pem().ok());
    let other = authority.is_some_and(|authority| named.as_deref() != Some(authority.certificate.as_str()));
    left < total / 2 || other
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::certificates::{Purpose, Wanted};
    use crate::samples;

    fn authority(now: Timestamp) -> Pair {
        Wanted::of(None).make_for_tests(Purpose::Cluster, now)
    }

    #[test]
    fn the_administrator_gets_a_certificate_for_a_year_and_a_new_one_at_half_time() {
        let now = samples::now();
        let authority = self::authority(now);
        let endpoint = Endpoint {
            host: "2001:db8::1".to_owned(),
            port: 6443,
        };
        let text = make("c", &endpoint, &authority, now).expect("a kubeconfig");
        let file = File::from_yaml(text.reveal()).expect("it can be read");
        assert_eq!(file.current_context, "c-admin@c");
        assert_eq!(file.contexts[0].name, "c-admin@c");
        assert_eq!(
            (
                file.contexts[0].context.user.as_str(),
                file.users[0].name.as_str()
            ),
            ("c-admin", "c-admin")
        );
        assert_eq!(file.clusters[0].cluster.server, "https://[2001:db8::1]:6443");
        assert_eq!(
            file.clusters[0].cluster.authority_pem().expect("PEM"),
            authority.certificate
        );
        let client = file.users[0]
            .user
            .certificate()
            .expect("readable")
            .expect("a certificate");
        let facts = CertificateFacts::of_pem(&client.certificate_pem).expect("a certificate");
        assert_eq!(facts.subject.common_name, "kubernetes-admin");
        assert_eq!(facts.subject.organisations, ["system:masters"]);
        assert!(
            fleetui_pki::certificate::is_signed_by(&client.certificate_pem, &authority.certificate)
                .expect("readable")
        );
        let after = |days: i64| now + SignedDuration::from_hours(24 * days);
        for (days, stale) in [(0, false), (182, false), (183, true), (400, true)] {
            assert_eq!(
                is_stale(text.reveal(), Some(&authority), after(days)),
                stale,
                "{days}"
            );
        }
        let other = self::authority(now);
        assert!(is_stale(text.reveal(), Some(&other), now), "another authority");
        assert!(is_stale("nonsense", None, now));
    }

    #[test]
    fn the_secret_is_made_or_renewed_and_else_left_alone() {
        let control_plane = samples::object::<KubeadmControlPlane>("cp", &json!({}));
        let cluster = samples::cluster();
        let of = |kubeconfig: &Kubeconfig| change(kubeconfig, &cluster, &control_plane);
        assert_eq!(of(&Kubeconfig::Present), None);
        assert_eq!(of(&Kubeconfig::TooEarly), None);
        let Some(Change::CreateSecret(secret)) = of(&Kubeconfig::Absent(Redacted::new("k".to_owned())))
        else {
            panic!("no Secret");
        };
        assert_eq!(secret.metadata.name.as_deref(), Some("c-kubeconfig"));
        assert_eq!(secret.type_.as_deref(), Some("cluster.x-k8s.io/secret"));
        assert!(ownership::is_controlled_by(&secret.metadata, "uid-cp"));
        let stale = Kubeconfig::Stale {
            version: Some("7".to_owned()),
            fresh: Redacted::new("k".to_owned()),
        };
        let Some(Change::PatchSecret { name, version, patch }) = of(&stale) else {
            panic!("no patch");
        };
        assert_eq!(
            (name.to_string().as_str(), version.as_deref()),
            ("default/c-kubeconfig", Some("7"))
        );
        assert_eq!(patch, json!({"data": {"value": "aw=="}}));
    }
}
