//! Certificates, keys and kubeconfig files: for the embedded server, for the control planes of workload clusters, and
//! for the host agent.
//!
//! Keys and tokens are [`Secret`](fleetui_base::redact::Secret)s and never appear in `Debug` output. The time comes
//! from the caller.
//!
//! Must not know: the network, tokio, Kubernetes objects.

pub mod authority;
pub mod certificate;
pub mod directory;
pub mod kubeconfig;
pub mod private_file;
pub mod request;
pub mod service_account_key;
pub mod token;
pub mod token_key;

mod der;
mod private_key;

pub use authority::{Authority, KeyedCertificate, Validity};
pub use certificate::{CertificateFacts, Subject};
pub use directory::{DirectoryError, ServerCredentials};
pub use kubeconfig::{Credential, Kubeconfig};
pub use private_file::write_private;
pub use private_key::KeyKind;
pub use request::{AlternativeName, CertificateRequest, KeyUse};
pub use service_account_key::ServiceAccountKey;
pub use token::Token;
pub use token_key::TokenKey;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// Why a certificate could not be made or read.
#[derive(Debug, Error)]
pub enum PkiError {
    /// The certificate or its key could not be made.
    #[error("the certificate for {subject} cannot be made")]
    Make {
        /// The common name that it was to have.
        subject: String,
        /// What the generator says.
        #[source]
        source: rcgen::Error,
    },
    /// A certificate authority's certificate or key cannot be read.
    #[error("the certificate authority cannot be read")]
    Authority(#[source] rcgen::Error),
    /// The key is not the one of the certificate.
    #[error("the certificate authority's key does not belong to its certificate")]
    WrongKey,
    /// What should be a certificate is none.
    #[error("a certificate cannot be read: {0}")]
    Unreadable(String),
}

/// Bytes as a PEM text.
fn pem_text(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
