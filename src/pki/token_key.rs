//! The key that signs the tokens of ServiceAccounts: ES256, which is ECDSA over P-256 with SHA-256.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fleetui_base::redact::Secret;
use rcgen::KeyPair;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};

use crate::PkiError;

/// A key with which tokens are signed and verified. Its copies share the key.
#[derive(Clone)]
pub struct TokenKey {
    pair: Arc<EcdsaKeyPair>,
    pem: Secret<String>,
    id: String,
}

impl TokenKey {
    /// A new key.
    pub fn generate() -> Result<Self, PkiError> {
        let key = KeyPair::generate().map_err(|source| PkiError::Make {
            subject: "tokens".to_owned(),
            source,
        })?;
        Self::of(&key)
    }

    /// Reads a key back from PEM.
    pub fn from_pem(pem: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(pem).map_err(PkiError::Authority)?;
        Self::of(&key)
    }

    fn of(key: &KeyPair) -> Result<Self, PkiError> {
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            key.serialized_der(),
            &SystemRandom::new(),
        )
        .map_err(|error| PkiError::Unreadable(error.to_string()))?;
        let id = URL_SAFE_NO_PAD.encode(sha256(pair.public_key().as_ref()));
        Ok(Self {
            pair: Arc::new(pair),
            pem: Secret::new(key.serialize_pem()),
            id,
        })
    }

    /// The private key as PEM, for the file that it is kept in.
    pub fn pem(&self) -> &Secret<String> {
        &self.pem
    }

    /// What tells this key from others, for the head of a token.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The signature of `message`, 64 bytes; absent where the system gives no random numbers.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.pair.sign(&SystemRandom::new(), message).ok()?;
        Some(signature.as_ref().to_vec())
    }

    /// Whether `signature` is this key's of `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref())
            .verify(message, signature)
            .is_ok()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_read_back_verifies_what_it_signed() {
        let key = TokenKey::generate().unwrap();
        let again = TokenKey::from_pem(key.pem().reveal()).unwrap();
        assert_eq!(again.id(), key.id());
        let signature = key.sign(b"message").unwrap();
        assert_eq!(signature.len(), 64);
        assert!(again.verify(b"message", &signature));
        assert!(!again.verify(b"massage", &signature));
        assert!(!again.verify(b"message", &signature[1..]));
        assert!(!TokenKey::generate().unwrap().verify(b"message", &signature));
        assert!(!format!("{key:?}").contains("PRIVATE"));
        assert!(TokenKey::from_pem("nonsense").is_err());
    }
}
