//! The key with which a control plane signs the tokens of ServiceAccounts, as kubeadm keeps it: `sa.pub` and `sa.key`.

use fleetui_base::redact::Secret;
use rcgen::PublicKeyData as _;
use x509_parser::pem::Pem;

use crate::private_key::{self, KeyKind};
use crate::{PkiError, certificate, pem_text};

/// A public key with its private one, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccountKey {
    /// The public key, `PUBLIC KEY`.
    pub public_pem: String,
    /// The private key, PKCS #8.
    pub private_pem: Secret<String>,
}

impl ServiceAccountKey {
    /// A new key.
    pub fn generate(kind: KeyKind) -> Result<Self, PkiError> {
        let key = kind.generate().map_err(|source| PkiError::Make {
            subject: "ServiceAccounts".to_owned(),
            source,
        })?;
        Ok(Self {
            public_pem: pem_text("PUBLIC KEY", &key.subject_public_key_info()),
            private_pem: Secret::new(key.serialize_pem()),
        })
    }

    /// Whether both halves can be read and belong together. The public half may stand in a certificate.
    pub fn check(&self) -> Result<(), PkiError> {
        let key = private_key::read(self.private_pem.reveal())?;
        let block = Pem::iter_from_buffer(self.public_pem.as_bytes())
            .find_map(Result::ok)
            .ok_or_else(|| PkiError::Unreadable("there is no PEM block".to_owned()))?;
        let public_key = if block.label == "CERTIFICATE" {
            certificate::public_key(&self.public_pem)?
        } else {
            block.contents
        };
        if public_key == key.subject_public_key_info() {
            Ok(())
        } else {
            Err(PkiError::WrongKey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_two_keys_do_not_belong_together() {
        let one = ServiceAccountKey::generate(KeyKind::EcdsaP256).unwrap();
        let two = ServiceAccountKey::generate(KeyKind::EcdsaP384).unwrap();
        assert!(one.check().is_ok() && two.check().is_ok());
        assert!(one.public_pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        let mixed = ServiceAccountKey {
            public_pem: one.public_pem.clone(),
            private_pem: two.private_pem.clone(),
        };
        assert!(matches!(mixed.check(), Err(PkiError::WrongKey)));
        let empty = ServiceAccountKey {
            public_pem: String::new(),
            ..one
        };
        assert!(empty.check().is_err());
    }
}
