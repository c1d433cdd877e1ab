//! Until when the certificate of a machine's API server is valid: asked of that server itself, through a forwarded port of its pod,
//! as neither the cluster's endpoint says which server answers nor need the machine be reachable from here. A simulated one has
//! it on its pod.
//!
//! Once it is known it stands as an annotation on the machine's KubeadmConfig; who renews certificates by hand takes it away.

use std::sync::{Arc, Mutex, PoisonError};

use fleetui_api::labels::CERTIFICATES_EXPIRY;
use fleetui_base::ObjectName;
use fleetui_pki::CertificateFacts;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::components::Component;
use super::observe::Member;
use crate::context::Context;
use crate::error::Error;
use crate::object::Metadata;
use crate::providers::simulated::SERVING_UNTIL_ANNOTATION;

/// The condition of a machine whose API server runs.
const SERVER_HEALTHY: &str = "APIServerPodHealthy";
/// Where kubeadm lets the API server listen.
const PORT: u16 = 6443;

/// When the certificates of a machine end, as somebody has written it down. What the Machine itself says wins.
pub(super) fn noted(member: &Member) -> Option<&str> {
    let of_machine = member.machine.metadata.annotation(CERTIFICATES_EXPIRY);
    let config = member.config.as_ref();
    of_machine.or_else(|| config?.metadata.annotation(CERTIFICATES_EXPIRY))
}

/// Asks the first machine of which it is not known yet, at most once a minute each.
pub(super) async fn observe(
    context: &Context,
    cluster: &ObjectName,
    machines: &mut [Member],
) -> Result<(), Error> {
    let mut unknown = machines.iter_mut().filter(|member| is_unknown(member));
    if context.workloads.hosts(cluster) {
        // Their API servers are this program; what each would show stands on its pod.
        for member in unknown {
            member.serving_until = told(member);
        }
        return Ok(());
    }
    let now = context.now();
    let key = |member: &Member| format!("certificate of {}", member.machine.uid());
    let Some(member) = unknown.find(|member| !context.verified.recently(&key(member), now)) else {
        return Ok(());
    };
    context.verified.note(&key(member), now);
    let Some(server) = server(member) else {
        return Ok(());
    };
    let client = context.workload_client(cluster).await?;
    let limit = context.settings.probe_timeout;
    match tokio::time::timeout(limit, ask(client, &server.name)).await {
        Ok(Some(until)) => member.serving_until = Some(until),
        Ok(None) | Err(_) => {
            tracing::debug!(%cluster, pod = server.name, "the API server's certificate cannot be looked at");
        }
    }
    Ok(())
}

/// Whether it has to be found out, and can be.
fn is_unknown(member: &Member) -> bool {
    noted(member).is_none()
        && member.config.is_some()
        && member.machine.is_true(SERVER_HEALTHY)
        && !member.machine.is_deleting()
}

/// The machine's API server.
fn server(member: &Member) -> Option<&Component> {
    let mut components = member.components.iter();
    components.find(|component| component.condition == SERVER_HEALTHY)
}

/// What a simulated API server says on its pod.
fn told(member: &Member) -> Option<Timestamp> {
    let pod = server(member)?.pod.as_ref()?;
    pod.metadata.annotation(SERVING_UNTIL_ANNOTATION)?.parse().ok()
}

async fn ask(client: kube::Client, pod: &str) -> Option<Timestamp> {
    let api: Api<Pod> = Api::namespaced(client, "kube-system");
    let mut forwarded = api.portforward(pod, &[PORT]).await.ok()?;
    let until = valid_until(forwarded.take_stream(PORT)?).await;
    forwarded.abort();
    until
}

/// Greets a TLS server and reads the end of its certificate's life. What it says afterwards does not matter.
async fn valid_until<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Option<Timestamp> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let onlooker = Arc::new(Onlooker {
        seen: Mutex::default(),
        provider: provider.clone(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(onlooker.clone())
        .with_no_client_auth();
    let name = ServerName::try_from("kubernetes").ok()?;
    // A refusal comes after the certificate.
    let _ = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let seen = onlooker.seen.lock().unwrap_or_else(PoisonError::into_inner);
    CertificateFacts::of_der(seen.as_ref()?)
        .ok()
        .map(|facts| facts.not_after)
}

/// Looks at the certificate and trusts nobody: nothing is ever sent over such a connection.
#[derive(Debug)]
struct Onlooker {
    seen: Mutex<Option<Vec<u8>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use fleetui_pki::{Authority, Validity};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject;
    use serde_json::json;
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::kubeadm_control_plane::tests::healthy;
    use crate::samples;

    #[tokio::test]
    async fn the_end_is_read_from_the_certificate_that_the_server_shows() {
        let now = samples::now();
        let authority = Authority::generate("kubernetes", Validity::days(now, 3650)).expect("an authority");
        let names = ["kubernetes".to_owned()];
        let server = authority
            .issue_server("kube-apiserver", &names, Validity::days(now, 365))
            .expect("a certificate");
        let certificate = CertificateDer::from_pem_slice(server.certificate_pem.as_bytes()).expect("PEM");
        let key = PrivateKeyDer::from_pem_slice(server.key_pem.reveal().as_bytes()).expect("PEM");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a server");
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (until, _) = tokio::join!(valid_until(ours), acceptor.accept(theirs));
        assert_eq!(until, "2027-08-21T12:00:00Z".parse().ok());
    }

    #[tokio::test]
    async fn who_does_not_speak_tls_has_no_certificate() {
        let (ours, theirs) = tokio::io::duplex(64);
        drop(theirs);
        assert_eq!(valid_until(ours).await, None);
    }

    #[test]
    fn a_simulated_server_says_it_on_its_pod() {
        let mut member = healthy("m");
        assert_eq!(told(&member), None, "it has no pods yet");
        let pod = |annotations: serde_json::Value| {
            let pod = json!({"metadata": {"name": "kube-apiserver-m", "annotations": annotations}});
            Some(Arc::new(serde_json::from_value(pod).expect("a pod")))
        };
        let until = "2027-08-21T12:00:00Z";
        for (annotations, expected) in [
            (json!({}), None),
            (json!({SERVING_UNTIL_ANNOTATION: "soon"}), None),
            (json!({SERVING_UNTIL_ANNOTATION: until}), until.parse().ok()),
        ] {
            member.components = vec![Component {
                condition: SERVER_HEALTHY,
                name: "kube-apiserver-m".to_owned(),
                pod: pod(annotations),
            }];
            assert_eq!(told(&member), expected);
        }
        assert!(
            !is_unknown(&member),
            "there is nothing that it could be written on"
        );
        member.config = Some(samples::object("m", &json!({})));
        assert!(is_unknown(&member));
    }

    #[test]
    fn what_stands_on_the_machine_wins() {
        let mut member = healthy("m");
        assert_eq!(noted(&member), None);
        let annotated = |time: &str| json!({"metadata": {"annotations": {CERTIFICATES_EXPIRY: time}}});
        member.config = Some(samples::object("m", &annotated("2027-01-01T00:00:00Z")));
        assert_eq!(noted(&member), Some("2027-01-01T00:00:00Z"));
        member.machine = samples::machine("m", &[], &annotated("2028-01-01T00:00:00Z"));
        assert_eq!(noted(&member), Some("2028-01-01T00:00:00Z"));
    }
}
