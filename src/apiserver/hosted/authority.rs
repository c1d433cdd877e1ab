//! A logical cluster's own certificate authority, as a cluster of its own has one: whose client certificates it believes,
//! and with what its signers sign. It is kept in the cluster's record.

use fleetui_base::redact::Secret;
use fleetui_pki::{Authority, KeyedCertificate};
use serde_json::{Value, json};

use crate::authn::client_certificates::ClientAuthority;

/// Where the record has it.
const FIELD: &str = "authority";

/// The own authority of a logical cluster.
#[derive(Debug)]
pub(crate) struct OwnAuthority {
    clients: ClientAuthority,
    signing: Authority,
}

impl OwnAuthority {
    /// The authority with this certificate and key. Fails with what is wrong with them.
    pub(crate) fn new(keyed: &KeyedCertificate) -> Result<Self, String> {
        Ok(Self {
            clients: ClientAuthority::new(&keyed.certificate_pem).map_err(|error| error.to_string())?,
            signing: Authority::from_pem(keyed.clone()).map_err(|error| error.to_string())?,
        })
    }

    /// Whose client certificates are believed.
    pub(crate) fn clients(&self) -> &ClientAuthority {
        &self.clients
    }

    /// With what the cluster's signers sign.
    pub(crate) fn signing(&self) -> &Authority {
        &self.signing
    }

    /// Whether it is that one.
    pub(crate) fn is(&self, keyed: &KeyedCertificate) -> bool {
        self.signing.keyed() == keyed
    }

    /// Writes it into the cluster's record.
    pub(crate) fn enter(&self, record: &mut Value) {
        let KeyedCertificate {
            certificate_pem,
            key_pem,
        } = self.signing.keyed();
        record[FIELD] = json!({"certificate": certificate_pem, "key": key_pem.reveal()});
    }

    /// Reads it from the cluster's record, which may have none.
    pub(crate) fn of_record(record: &Value) -> Option<Result<Self, String>> {
        let text = |name: &str| {
            let value = record.get(FIELD)?.get(name)?;
            value.as_str().map(str::to_owned)
        };
        let keyed = KeyedCertificate {
            certificate_pem: text("certificate")?,
            key_pem: Secret::new(text("key")?),
        };
        Some(Self::new(&keyed))
    }
}
