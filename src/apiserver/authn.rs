//! Who is asking: client certificates and bearer tokens become identities.
//!
//! Must not know: what an identity may do.

use fleetui_pki::{CertificateFacts, Token};
use http::{HeaderMap, header};

/// Who a request comes from. The server puts one into the extensions of every request that it lets in;
/// a request without one came from inside the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's name; the common name of a certificate.
    pub user: String,
    /// The user's groups; the organisations of a certificate.
    pub groups: Vec<String>,
}

impl Identity {
    /// The user whom a client certificate names. The certificate's chain was verified by the TLS handshake; one
    /// without a common name names nobody.
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        let subject = CertificateFacts::of_der(der).ok()?.subject;
        (!subject.common_name.is_empty()).then_some(Self {
            user: subject.common_name,
            groups: subject.organisations,
        })
    }

    /// Whether this is one of those who may do everything.
    pub fn administers(&self) -> bool {
        self.groups
            .iter()
            .any(|group| group == fleetui_pki::directory::ADMINISTRATORS)
    }

    /// The one who may do everything.
    pub fn administrator() -> Self {
        Self {
            user: fleetui_pki::directory::ADMINISTRATOR.to_owned(),
            groups: vec![fleetui_pki::directory::ADMINISTRATORS.to_owned()],
        }
    }
}

/// Knows the bearer tokens that are good.
#[derive(Debug, Clone)]
pub struct Authenticator {
    administrator: Token,
}

impl Authenticator {
    /// An authenticator that takes `administrator` for the administrator's token.
    pub fn new(administrator: Token) -> Self {
        Self { administrator }
    }

    /// Who the request comes from: the certificate of its connection decides, else its token. Absent for a request
    /// that has neither.
    pub fn identify(&self, certificate: Option<&Identity>, headers: &HeaderMap) -> Option<Identity> {
        if let Some(identity) = certificate {
            return Some(identity.clone());
        }
        let presented = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = presented.split_once(' ')?;
        let good = scheme.eq_ignore_ascii_case("bearer") && self.administrator.matches(token.trim());
        good.then(Identity::administrator)
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
            authenticator.identify(None, &headers)
        };
        assert_eq!(with(&format!("Bearer {text}")), Some(Identity::administrator()));
        assert_eq!(with(&format!("bearer  {text} ")), Some(Identity::administrator()));
        assert_eq!(with(&format!("Basic {text}")), None);
        assert_eq!(with("Bearer wrong"), None);
        assert_eq!(with(&text), None);
        assert_eq!(authenticator.identify(None, &HeaderMap::new()), None);
        let ada = Identity {
            user: "ada".to_owned(),
            groups: Vec::new(),
        };
        assert_eq!(authenticator.identify(Some(&ada), &HeaderMap::new()), Some(ada));
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
}
