//! Who is asking: client certificates, bearer tokens and impersonation become identities.
//!
//! Must not know: what an identity may do.

pub(crate) mod accounts;
pub mod client_certificates;
pub(crate) mod jwt;
pub(crate) mod keys;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use fleetui_pki::directory::{ADMINISTRATOR, ADMINISTRATORS};
use fleetui_pki::{CertificateFacts, Token};
use http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::call::Shared;
use crate::request::path;
use client_certificates::ClientCertificate;

/// Everybody who proved who they are is in this group.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";
/// Everybody else is in this one.
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The name of everybody else.
pub(crate) const ANONYMOUS: &str = "system:anonymous";

/// Who a request comes from. The server puts one into the extensions of every request that it lets in;
/// a request without one came from inside the process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The user's name; the common name of a certificate.
    pub user: String,
    /// The user's groups; the organisations of a certificate, and those that the server adds.
    pub groups: Vec<String>,
    /// What tells this user from others who had the name; a ServiceAccount's uid.
    pub uid: Option<String>,
    /// What else is known.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Identity {
    /// A user who proved to be so, in `groups` and in the group of all such users.
    pub fn new(user: &str, groups: &[&str]) -> Self {
        Self {
            user: user.to_owned(),
            groups: groups.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
        .authenticated()
    }

    /// The user whom a client certificate names. The certificate's chain was verified by the TLS handshake; one
    /// without a common name names nobody.
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        let subject = CertificateFacts::of_der(der).ok()?.subject;
        (!subject.common_name.is_empty()).then(|| {
            Self {
                user: subject.common_name,
                groups: subject.organisations,
                ..Self::default()
            }
            .authenticated()
        })
    }

    /// Whether this is one of those who may do everything, with no rule that allows it.
    pub fn administers(&self) -> bool {
        self.groups.iter().any(|group| group == ADMINISTRATORS)
    }

    /// The one who may do everything.
    pub fn administrator() -> Self {
        Self::new(ADMINISTRATOR, &[ADMINISTRATORS])
    }

    /// Somebody who did not say who they are.
    pub(crate) fn anonymous() -> Arc<Self> {
        static ANYBODY: LazyLock<Arc<Identity>> = LazyLock::new(|| {
            Arc::new(Identity {
                user: ANONYMOUS.to_owned(),
                groups: vec![UNAUTHENTICATED.to_owned()],
                ..Identity::default()
            })
        });
        Arc::clone(&ANYBODY)
    }

    /// The server itself, and who asks from inside the process under no other name.
    pub(crate) fn server() -> Arc<Self> {
        static SERVER: LazyLock<Arc<Identity>> =
            LazyLock::new(|| Arc::new(Identity::new("system:apiserver", &[ADMINISTRATORS])));
        Arc::clone(&SERVER)
    }

    /// The same, in the group of those who proved who they are.
    pub(crate) fn authenticated(mut self) -> Self {
        if !self.groups.iter().any(|group| group == AUTHENTICATED) {
            self.groups.push(AUTHENTICATED.to_owned());
        }
        self
    }

    /// As objects carry it: `username`, `uid`, `groups`, `extra`.
    pub(crate) fn user_info(&self) -> Value {
        let mut info = json!({"username": self.user});
        if let Some(uid) = &self.uid {
            info["uid"] = json!(uid);
        }
        if !self.groups.is_empty() {
            info["groups"] = json!(self.groups);
        }
        if !self.extra.is_empty() {
            info["extra"] = json!(self.extra);
        }
        info
    }
}

/// The other side of the connection that a request came over; a request from inside the process has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remote(pub(crate) SocketAddr);

/// Knows who may come in over a connection.
#[derive(Clone)]
pub struct Authenticator {
    administrator: Token,
    accounts: Option<Arc<Shared>>,
}

impl Authenticator {
    /// An authenticator that takes `administrator` for the administrator's token.
    pub fn new(administrator: Token) -> Self {
        Self {
            administrator,
            accounts: None,
        }
    }

    /// The same, which knows the tokens of a server's ServiceAccounts too.
    pub(crate) fn with_accounts(mut self, shared: Arc<Shared>) -> Self {
        self.accounts = Some(shared);
        self
    }

    /// Who a request for `path` comes from: the certificate of its connection decides where it counts, else its token.
    /// Absent for a request that has neither. A ServiceAccount's token, and a certificate that a logical cluster's own
    /// authority has signed, are good in that logical cluster alone.
    pub fn identify(
        &self,
        certificate: Option<&ClientCertificate>,
        headers: &HeaderMap,
        path: &str,
    ) -> Option<Arc<Identity>> {
        if let Some(identity) = certificate.and_then(|certificate| self.certified(certificate, path)) {
            return Some(identity);
        }
        let presented = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = presented.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let token = token.trim();
        if self.administrator.matches(token) {
            return Some(Arc::new(Identity::administrator()));
        }
        let cluster = path::parse(path).0;
        let known = accounts::identify(self.accounts.as_ref()?, &cluster, token, &[]);
        known.ok().map(|known| Arc::new(known.identity))
    }

    /// Whom a certificate names for a request for `path`.
    fn certified(&self, certificate: &ClientCertificate, path: &str) -> Option<Arc<Identity>> {
        if let Some(identity) = certificate.everywhere() {
            return Some(Arc::clone(identity));
        }
        let shared = self.accounts.as_ref()?;
        let hosted = shared.clusters.get(&path::parse(path).0)?;
        certificate.in_cluster(&hosted, shared.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_or_the_right_token_names_somebody() {
        let token = Token::generate().unwrap();
        let text = token.reveal().to_owned();
        let authenticator = Authenticator::new(token);
        let with = |authorization: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
            authenticator.identify(None, &headers, "/api")
        };
        let administrator = Some(Arc::new(Identity::administrator()));
        assert_eq!(with(&format!("Bearer {text}")), administrator);
        assert_eq!(with(&format!("bearer  {text} ")), administrator);
        assert_eq!(with(&format!("Basic {text}")), None);
        assert_eq!(with("Bearer wrong"), None);
        assert_eq!(with(&text), None);
        assert_eq!(authenticator.identify(None, &HeaderMap::new(), "/api"), None);
        let ada = Identity::new("ada", &[]);
        assert_eq!(
            authenticator.identify(
                Some(&ClientCertificate::of(ada.clone())),
                &HeaderMap::new(),
                "/api"
            ),
            Some(Arc::new(ada))
        );
    }

    #[test]
    fn a_certificate_names_its_subject() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let credentials = fleetui_pki::ServerCredentials::ephemeral(&["localhost".to_owned()], now).unwrap();
        let der =
            super::super::server::tls::first_certificate(&credentials.administrator.certificate_pem).unwrap();
        assert_eq!(Identity::of_certificate(&der), Some(Identity::administrator()));
        assert_eq!(Identity::of_certificate(b"nonsense"), None);
    }

    #[test]
    fn masters_and_strangers() {
        assert!(Identity::administrator().administers() && Identity::server().administers());
        assert!(!Identity::new("ada", &["masters"]).administers());
        assert_eq!(Identity::anonymous().groups, [UNAUTHENTICATED]);
        assert_eq!(Identity::new("ada", &[AUTHENTICATED]).groups, [AUTHENTICATED]);
    }
}
