//! Client certificates: whom each names, and where it counts.
//!
//! What the server's own authority has signed counts everywhere; what a logical cluster's own authority has signed counts
//! in that cluster alone. A handshake does not tell yet which cluster is meant, as that stands in the path of each request.
//! So it takes, as upstream does, every certificate whose key the client has, and each request asks whether it counts.
//!
//! Must not know: what an identity may do.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use fleetui_pki::CertificateFacts;
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::Identity;
use crate::hosted::Hosted;
use crate::hosted::authority::OwnAuthority;
use crate::server::tls::TlsError;

/// The cryptography of all of them: there may be thousands.
static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));

/// An authority whose client certificates are believed.
#[derive(Clone)]
pub(crate) struct ClientAuthority(Arc<dyn ClientCertVerifier>);

impl fmt::Debug for ClientAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAuthority")
    }
}

impl ClientAuthority {
    /// The authority with these certificates, as PEM.
    pub(crate) fn new(pem: &str) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            roots.add(certificate.map_err(|_| TlsError::Pem("certificate"))?)?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&PROVIDER));
        Ok(Self(verifier.build()?))
    }

    /// The user whom a chain of certificates names, if this authority stands behind it at this moment.
    pub(crate) fn identify(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> Option<Identity> {
        let (certificate, between) = chain.split_first()?;
        self.0.verify_client_cert(certificate, between, now).ok()?;
        Identity::of_certificate(certificate)
    }
}

/// The certificate that a connection came with. The client has its key; whether it counts is another question.
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    /// Whom it names wherever it is shown.
    everywhere: Option<Arc<Identity>>,
    /// What was found out last: a connection mostly talks to one cluster, and a signature is not verified for each request.
    judged: Mutex<Option<Judged>>,
}

/// What an authority says of a certificate.
struct Judged {
    by: Arc<OwnAuthority>,
    identity: Option<Arc<Identity>>,
    until: Timestamp,
}

impl ClientCertificate {
    /// The certificate with those between it and its authority; `server` is the server's own authority.
    pub(crate) fn new(chain: Vec<CertificateDer<'static>>, server: &ClientAuthority, now: UnixTime) -> Self {
        Self {
            everywhere: server.identify(&chain, now).map(Arc::new),
            chain,
            judged: Mutex::default(),
        }
    }

    /// One that names `identity` everywhere.
    #[cfg(test)]
    pub(crate) fn of(identity: Identity) -> Self {
        Self {
            chain: Vec::new(),
            everywhere: Some(Arc::new(identity)),
            judged: Mutex::default(),
        }
    }

    /// Whom it names wherever it is shown.
    pub(crate) fn everywhere(&self) -> Option<&Arc<Identity>> {
        self.everywhere.as_ref()
    }

    /// Whom it names in one logical cluster, by that cluster's own authority.
    pub(crate) fn in_cluster(&self, hosted: &Hosted, now: Timestamp) -> Option<Arc<Identity>> {
        let authority = hosted.authority()?;
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(judged) = judged
            .as_ref()
            .filter(|judged| Arc::ptr_eq(&judged.by, &authority) && now <= judged.until)
        {
            return judged.identity.clone();
        }
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let moment = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let identity = authority.clients().identify(&self.chain, moment).map(Arc::new);
        let facts = self.chain.first().map(|leaf| CertificateFacts::of_der(leaf));
        let until = match (&identity, facts) {
            (Some(_), Some(Ok(facts))) => facts.not_after,
            // Nobody for as long as the authority stays the same.
            (Some(_) | None, _) => Timestamp::MAX,
        };
        *judged = Some(Judged {
            by: authority,
            identity: identity.clone(),
            until,
        });
        identity
    }
}
