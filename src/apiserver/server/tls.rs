//! The TLS side: our certificate, client certificates of anybody who has the key, HTTP/2 before HTTP/1.1.

use std::sync::Arc;

use fleetui_pki::ServerCredentials;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::VerifierBuilderError;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use thiserror::Error;

/// Why certificates do not make a TLS server.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A certificate or key is no PEM.
    #[error("the {0} is no PEM text")]
    Pem(&'static str),
    /// The authority cannot verify clients.
    #[error("the certificate authority cannot verify clients")]
    Verifier(#[from] VerifierBuilderError),
    /// A certificate and its key do not fit, or are not supported.
    #[error("the certificate cannot be used")]
    Rustls(#[from] rustls::Error),
}

/// How the server speaks TLS. The cryptography is named here, so that no process-wide default is needed.
pub(super) fn server_config(credentials: &ServerCredentials) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = first_certificate(&credentials.server.certificate_pem)?;
    let key = PrivateKeyDer::from_pem_slice(credentials.server.key_pem.reveal().as_bytes())
        .map_err(|_| TlsError::Pem("server's key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(Anybody(Arc::clone(&provider))))
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The first certificate of a PEM text.
pub(crate) fn first_certificate(pem: &str) -> Result<CertificateDer<'static>, TlsError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| TlsError::Pem("certificate"))
}

/// Takes every certificate whose key the client has, or none. Whom it names, if anybody, each request asks for its own
/// logical cluster, and the handshake does not tell which that will be. Clients are told no authorities: some of them would
/// show no certificate of any other.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ClientCertVerifier for Anybody {
    fn client_auth_mandatory(&self) -> bool {
        // Without a certificate one may still come with a token.
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
