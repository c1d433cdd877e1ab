//! kubeconfig files: built for servers of ours, written as YAML, read back.
//!
//! Reading files of other people is `connect`'s work; this model has the fields that we write.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleetui_base::redact::Secret;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::authority::KeyedCertificate;

/// A kubeconfig file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kubeconfig {
    /// `v1`.
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    /// `Config`.
    pub kind: String,
    /// The servers.
    pub clusters: Vec<NamedCluster>,
    /// The users.
    pub users: Vec<NamedUser>,
    /// The contexts: a user at a server.
    pub contexts: Vec<NamedContext>,
    /// The context that is used unless another is named.
    pub current_context: String,
}

/// A server by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedCluster {
    /// The name.
    pub name: String,
    /// The server.
    pub cluster: Cluster,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cluster {
    /// Its address, `https://127.0.0.1:6443`.
    pub server: String,
    /// Base64 of the PEM of the authority that signed its certificate.
    pub certificate_authority_data: String,
}

/// A user by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedUser {
    /// The name.
    pub name: String,
    /// The user.
    pub user: User,
}

/// A user: a certificate with its key, or a token.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct User {
    /// Base64 of the PEM of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate_data: Option<String>,
    /// Base64 of the PEM of its key.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "revealed")]
    pub client_key_data: Option<Secret<String>>,
    /// A bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "revealed")]
    pub token: Option<Secret<String>>,
}

/// A context by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedContext {
    /// The name.
    pub name: String,
    /// The context.
    pub context: Context,
}

/// A user at a server, in a namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Name of the server.
    pub cluster: String,
    /// Name of the user.
    pub user: String,
    /// The namespace that is used unless another is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// With what a user proves who they are.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// A client certificate.
    Certificate(&'a KeyedCertificate),
    /// A bearer token.
    Token(&'a crate::Token),
}

/// A kubeconfig file that cannot be written or read. The text is never quoted, as it holds keys.
#[derive(Debug, Error)]
pub enum KubeconfigError {
    /// It cannot be written as YAML.
    #[error("the kubeconfig cannot be written as YAML")]
    Write,
    /// It is no kubeconfig.
    #[error("the kubeconfig cannot be read")]
    Read,
    /// A part that should be base64 of a PEM text is not.
    #[error("{0} of the kubeconfig is not base64 of a text")]
    NotBase64(&'static str),
}

impl Kubeconfig {
    /// A file with one context called `name`: `credential` at `server`, whose certificate `authority_pem` has signed.
    pub fn new(name: &str, server: &str, authority_pem: &str, credential: Credential<'_>) -> Self {
        let mut file = Self {
            api_version: "v1".to_owned(),
            kind: "Config".to_owned(),
            clusters: Vec::new(),
            users: Vec::new(),
            contexts: Vec::new(),
            current_context: name.to_owned(),
        };
        file.add(name, server, authority_pem, credential);
        file
    }

    /// Adds a context called `name`, with a server of that name and a user `<name>-admin`, as Cluster API names them.
    /// What has the name already is replaced.
    pub fn add(&mut self, name: &str, server: &str, authority_pem: &str, credential: Credential<'_>) {
        let user_name = format!("{name}-admin");
        self.clusters.retain(|cluster| cluster.name != name);
        self.contexts.retain(|context| context.name != name);
        self.users.retain(|user| user.name != user_name);
        self.clusters.push(NamedCluster {
            name: name.to_owned(),
            cluster: Cluster {
                server: server.to_owned(),
                certificate_authority_data: STANDARD.encode(authority_pem),
            },
        });
        let user = match credential {
            Credential::Certificate(keyed) => User {
                client_certificate_data: Some(STANDARD.encode(&keyed.certificate_pem)),
                client_key_data: Some(Secret::new(STANDARD.encode(keyed.key_pem.reveal()))),
                token: None,
            },
            Credential::Token(token) => User {
                token: Some(Secret::new(token.reveal().to_owned())),
                ..User::default()
            },
        };
        self.users.push(NamedUser {
            name: user_name.clone(),
            user,
        });
        self.contexts.push(NamedContext {
            name: name.to_owned(),
            context: Context {
                cluster: name.to_owned(),
                user: user_name,
                namespace: None,
            },
        });
    }

    /// The file as YAML. It holds keys: write it with [`write_private`](crate::write_private).
    pub fn to_yaml(&self) -> Result<Secret<String>, KubeconfigError> {
        // Long base64 stays on one line: not every reader folds lines back as it should.
        let options = serde_yaml::ser_options! { prefer_block_scalars: false };
        let mut text = String::new();
        serde_yaml::to_fmt_writer_with_options(&mut text, self, options)
            .map_err(|_| KubeconfigError::Write)?;
        Ok(Secret::new(text))
    }

    /// Reads a file.
    pub fn from_yaml(text: &str) -> Result<Self, KubeconfigError> {
        serde_yaml::from_str(text).map_err(|_| KubeconfigError::Read)
    }
}

impl Cluster {
    /// The PEM of the authority that signed the server's certificate.
    pub fn authority_pem(&self) -> Result<String, KubeconfigError> {
        decode(&self.certificate_authority_data, "certificate-authority-data")
    }
}

impl User {
    /// The certificate and key; absent for a user with a token.
    pub fn certificate(&self) -> Result<Option<KeyedCertificate>, KubeconfigError> {
        let (Some(certificate), Some(key)) = (&self.client_certificate_data, &self.client_key_data) else {
            return Ok(None);
        };
        Ok(Some(KeyedCertificate {
            certificate_pem: decode(certificate, "client-certificate-data")?,
            key_pem: Secret::new(decode(key.reveal(), "client-key-data")?),
        }))
    }
}

fn decode(base64: &str, part: &'static str) -> Result<String, KubeconfigError> {
    let bytes = STANDARD
        .decode(base64)
        .map_err(|_| KubeconfigError::NotBase64(part))?;
    String::from_utf8(bytes).map_err(|_| KubeconfigError::NotBase64(part))
}

/// Secrets are written as they are in the one place where they belong.
mod revealed {
    use fleetui_base::redact::Secret;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(super) fn serialize<S: Serializer>(
        secret: &Option<Secret<String>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(Secret::reveal).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret<String>>, D::Error> {
        Option::<String>::deserialize(deserializer).map(|text| text.map(Secret::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authority, Token, Validity};

    #[test]
    fn a_file_reads_back_as_it_was_built() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let authority = Authority::generate("ca", Validity::days(now, 10)).unwrap();
        let client = authority
            .issue_client("ada", Some("system:masters"), Validity::days(now, 1))
            .unwrap();
        let token = Token::generate().unwrap();
        let mut file = Kubeconfig::new(
            "eu",
            "https://127.0.0.1:1234",
            authority.certificate_pem(),
            Credential::Certificate(&client),
        );
        file.add(
            "us",
            "https://127.0.0.1:1235",
            authority.certificate_pem(),
            Credential::Token(&token),
        );
        let yaml = file.to_yaml().unwrap();
        assert!(
            yaml.reveal().contains("current-context: eu\n"),
            "{}",
            yaml.reveal()
        );
        assert!(!yaml.reveal().contains('>'), "nothing is folded");
        let again = Kubeconfig::from_yaml(yaml.reveal()).unwrap();
        assert_eq!(again, file);
        assert_eq!(again.users[0].user.certificate().unwrap(), Some(client));
        assert_eq!(
            again.clusters[0].cluster.authority_pem().unwrap(),
            authority.certificate_pem()
        );
        assert_eq!(
            again.users[1].user.token.as_ref().unwrap().reveal(),
            token.reveal()
        );
        let shown = format!("{file:?}");
        assert!(!shown.contains(token.reveal()));
        assert!(
            !shown.contains(
                file.users[0]
                    .user
                    .client_key_data
                    .as_ref()
                    .unwrap()
                    .reveal()
                    .as_str()
            )
        );
        file.add(
            "us",
            "https://127.0.0.1:9",
            authority.certificate_pem(),
            Credential::Token(&token),
        );
        assert_eq!(file.contexts.len(), 2, "the same name is replaced");
    }
}
