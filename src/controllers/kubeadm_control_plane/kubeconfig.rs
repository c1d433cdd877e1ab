//! The `<cluster>-kubeconfig` Secret: made with the cluster's authority, and renewed when half of its life is over.
//!
//! Workload clusters that this program hosts itself are reached otherwise than the endpoint says, at a server that another
//! authority proves; their host knows how. The client's certificate is the cluster's own there as everywhere.

use std::collections::BTreeMap;

use fleetui_api::v1beta2::{Cluster, Endpoint, KubeadmControlPlane};
use fleetui_base::ObjectName;
use fleetui_base::redact::Secret as Redacted;
use fleetui_pki::{Authority, CertificateFacts, Credential, Kubeconfig as File, Validity, certificate};
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
use crate::workloads::WorkloadAccess;

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
    let access = match authority {
        // The host may have moved to another port or have forgotten the authority: it is asked each time.
        Some(authority) if context.workloads.hosts(&name) => Some(open(context, &name, authority).await?),
        Some(_) | None => None,
    };
    let now = context.now();
    if let Some(secret) = &present {
        let ours = ownership::is_controlled_by(&secret.metadata, control_plane.uid());
        let text = text(secret);
        let stale = || match (&access, authority) {
            (Some(access), Some(authority)) => leads_elsewhere(&text, access, authority, now),
            (Some(_) | None, _) => is_stale(&text, authority.map(|it| it.certificate.as_str()), now),
        };
        if !ours || !stale() {
            return Ok(Kubeconfig::Present);
        }
    }
    let fresh = authority.and_then(|authority| {
        let access = access.unwrap_or_else(|| at_endpoint(endpoint, authority));
        make(cluster.name(), &access, authority, now)
    });
    Ok(match (present, fresh) {
        (_, None) => Kubeconfig::TooEarly,
        (None, Some(fresh)) => Kubeconfig::Absent(fresh),
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

/// Lets the host of the cluster believe its authority.
async fn open(context: &Context, name: &ObjectName, authority: &Pair) -> Result<WorkloadAccess, Error> {
    let keyed = authority.keyed();
    let opening = context.workloads.open(name, &keyed);
    let opened = context
        .timed(format!("open workload cluster {name}"), opening)
        .await?;
    Ok(opened?)
}

/// How a cluster is reached that stands on its own.
fn at_endpoint(endpoint: &Endpoint, authority: &Pair) -> WorkloadAccess {
    // An address of IPv6 stands in brackets.
    let host = if endpoint.host.contains(':') {
        format!("[{}]", endpoint.host)
    } else {
        endpoint.host.clone()
    };
    WorkloadAccess {
        server: format!("https://{host}:{}", endpoint.port),
        authority_pem: authority.certificate.clone(),
    }
}

/// A kubeconfig for the administrator. Nothing where the authority cannot sign, which its own condition tells.
fn make(name: &str, access: &WorkloadAccess, authority: &Pair, now: Timestamp) -> Option<Redacted<String>> {
    let signer = Authority::from_pem(authority.keyed()).ok()?;
    let client = signer
        .issue_client(ADMINISTRATOR, Some(MASTERS), Validity::days(now, CLIENT_DAYS))
        .ok()?;
    let mut file = File::new(
        name,
        &access.server,
        &access.authority_pem,
        Credential::Certificate(&client),
    );
    // Cluster API names the context after the user and the cluster.
    file.current_context = format!("{name}-admin@{name}");
    for context in &mut file.contexts {
        context.name.clone_from(&file.current_context);
    }
    file.to_yaml().ok()
}

/// Whether a file for a hosted cluster is [stale](is_stale), names another address, or has a certificate that the cluster's
/// own authority has not signed.
fn leads_elsewhere(text: &str, access: &WorkloadAccess, authority: &Pair, now: Timestamp) -> bool {
    if is_stale(text, Some(&access.authority_pem), now) {
        return true;
    }
    let Ok(file) = File::from_yaml(text) else {
        return true;
    };
    let server = file
        .clusters
        .first()
        .map(|cluster| cluster.cluster.server.as_str());
    let certificate = file
        .users
        .first()
        .and_then(|user| user.user.certificate().ok().flatten());
    let own = certificate.is_some_and(|client| {
        certificate::is_signed_by(&client.certificate_pem, &authority.certificate).unwrap_or(false)
    });
    server != Some(access.server.as_str()) || !own
}

/// Whether half of the certificate's life is over, or the server's authority is not the one that the file names, or the file
/// cannot be read.
fn is_stale(text: &str, authority: Option<&str>, now: Timestamp) -> bool {
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
    let other = authority.is_some_and(|authority| named.as_deref() != Some(authority));
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
        let text = make("c", &at_endpoint(&endpoint, &authority), &authority, now).expect("a kubeconfig");
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
                is_stale(text.reveal(), Some(&authority.certificate), after(days)),
                stale,
                "{days}"
            );
        }
        let other = self::authority(now);
        assert!(
            is_stale(text.reveal(), Some(&other.certificate), now),
            "another authority"
        );
        assert!(is_stale("nonsense", None, now));
    }

    #[test]
    fn in_a_hosted_cluster_the_certificate_is_the_clusters_own_too() {
        let now = samples::now();
        let (authority, server) = (self::authority(now), self::authority(now));
        let access = |port: u16| WorkloadAccess {
            server: format!("https://127.0.0.1:{port}/clusters/default--c"),
            authority_pem: server.certificate.clone(),
        };
        let text = make("c", &access(1), &authority, now).expect("a kubeconfig");
        let file = File::from_yaml(text.reveal()).expect("it can be read");
        assert_eq!(file.current_context, "c-admin@c");
        let cluster = &file.clusters[0].cluster;
        assert_eq!(
            (cluster.server.as_str(), cluster.authority_pem().expect("PEM")),
            (
                "https://127.0.0.1:1/clusters/default--c",
                server.certificate.clone()
            )
        );
        let client = file.users[0].user.certificate().expect("readable").expect("one");
        let signed =
            |authority: &Pair| certificate::is_signed_by(&client.certificate_pem, &authority.certificate);
        assert!(signed(&authority).expect("readable"));
        assert!(!signed(&server).expect("readable"));
        let stale = |text: &str, access: &WorkloadAccess, authority: &Pair| {
            leads_elsewhere(text, access, authority, now)
        };
        assert!(!stale(text.reveal(), &access(1), &authority));
        assert!(stale(text.reveal(), &access(2), &authority), "another port");
        assert!(
            stale(text.reveal(), &access(1), &self::authority(now)),
            "another authority"
        );
        // What earlier versions wrote: the administrator of the server itself.
        let everybodys = make("c", &access(1), &server, now).expect("a kubeconfig");
        assert!(stale(everybodys.reveal(), &access(1), &authority));
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
