//! The keys that the server proves identities with: one of its own until it is served with those of a directory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use fleetui_pki::token_key::sha256;
use fleetui_pki::{Authority, PkiError, ServerCredentials, Token, TokenKey};

use super::jwt::{self, Claims};

/// How many verified tokens are remembered. When there are more, all are forgotten and verified again.
const REMEMBERED: usize = 1024;

/// What identities are proved with.
pub(crate) struct Credentials {
    /// Signs and verifies the tokens of ServiceAccounts.
    pub(crate) token_key: TokenKey,
    /// Signs certificates; none before the server is served.
    pub(crate) authority: Option<Authority>,
    /// The administrator's own token; none before the server is served.
    pub(crate) administrator: Option<Token>,
}

/// The server's credentials, and the signatures that they have verified.
pub(crate) struct Keys {
    credentials: RwLock<Arc<Credentials>>,
    verified: Mutex<HashMap<[u8; 32], Arc<Claims>>>,
}

impl Keys {
    /// Keys that live as long as the process.
    pub(crate) fn ephemeral() -> Result<Self, PkiError> {
        let credentials = Credentials {
            token_key: TokenKey::generate()?,
            authority: None,
            administrator: None,
        };
        Ok(Self {
            credentials: RwLock::new(Arc::new(credentials)),
            verified: Mutex::default(),
        })
    }

    /// Takes over the credentials that the server is served with. Tokens that were signed before are good no more.
    pub(crate) fn adopt(&self, credentials: &ServerCredentials) -> Result<(), PkiError> {
        let adopted = Credentials {
            token_key: credentials.token_key.clone(),
            authority: Some(Authority::from_pem(credentials.authority.keyed().clone())?),
            administrator: Some(credentials.token.clone()),
        };
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(adopted);
        self.forget();
        Ok(())
    }

    /// The credentials of now.
    pub(crate) fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.credentials.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a token says, if its signature is ours. A signature that was verified once is not verified again.
    pub(crate) fn claims(&self, token: &str) -> Option<Arc<Claims>> {
        let sum = sha256(token.as_bytes());
        let remembered = self
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sum)
            .map(Arc::clone);
        if let Some(claims) = remembered {
            return Some(claims);
        }
        let claims = Arc::new(jwt::verify(&self.credentials().token_key, token)?);
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(sum, Arc::clone(&claims));
        Some(claims)
    }

    fn forget(&self) {
        self.verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_directory_take_the_place_of_the_first_ones() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let keys = Keys::ephemeral().unwrap();
        let before = keys.credentials();
        let claims = Claims {
            subject: "somebody".to_owned(),
            ..Claims::default()
        };
        let token = jwt::sign(&before.token_key, &claims).unwrap();
        assert_eq!(keys.claims(&token).as_deref(), Some(&claims));
        assert_eq!(keys.claims(&token).as_deref(), Some(&claims), "remembered");
        assert!(before.authority.is_none());
        let credentials = ServerCredentials::ephemeral(&["localhost".to_owned()], now).unwrap();
        keys.adopt(&credentials).unwrap();
        assert!(keys.credentials().authority.is_some());
        assert_eq!(keys.claims(&token), None, "another key");
    }
}
