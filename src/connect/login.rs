//! How a management cluster is logged in to, for showing; nothing is read or run for it.

use std::fmt;
use std::path::Path;

use kube::config::{AuthInfo, Kubeconfig};

/// How a management cluster is logged in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// With what.
    pub way: Way,
    /// The user in whose name everything is asked, where that is another one.
    pub acting_as: Option<String>,
}

/// With what one logs in. Where a user has several, the one that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// With nothing.
    Anonymous,
    /// With a client certificate of the kubeconfig.
    Certificate,
    /// With a token of the kubeconfig.
    Token,
    /// With the token in a file.
    TokenFile,
    /// With a user name and a password.
    Password,
    /// With what a plugin gives; its command.
    Plugin(String),
    /// It needs no login: it is in this process.
    Within,
}

impl Login {
    /// What a sliced kubeconfig says.
    pub(crate) fn of(kubeconfig: &Kubeconfig) -> Self {
        let user = kubeconfig.auth_infos.first();
        let user = user.and_then(|named| named.auth_info.as_ref());
        Self {
            way: user.map_or(Way::Anonymous, Way::of),
            acting_as: user.and_then(|user| user.impersonate.clone()),
        }
    }
}

impl Way {
    /// In the order in which the connector takes them.
    fn of(user: &AuthInfo) -> Self {
        let certificate = user.client_certificate.is_some() || user.client_certificate_data.is_some();
        if user.token.is_some() || user.auth_provider.is_some() {
            Self::Token
        } else if user.username.is_some() && user.password.is_some() {
            Self::Password
        } else if user.token_file.is_some() {
            Self::TokenFile
        } else if let Some(exec) = &user.exec {
            Self::Plugin(exec.command.clone().unwrap_or_default())
        } else if certificate {
            Self::Certificate
        } else {
            Self::Anonymous
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "no credentials",
            Self::Certificate => "client certificate",
            Self::Token => "token",
            Self::TokenFile => "token file",
            Self::Password => "user name and password",
            Self::Plugin(command) => {
                let name = Path::new(command).file_name().and_then(|name| name.to_str());
                return write!(f, "plugin {}", name.unwrap_or(command));
            }
            Self::Within => "none needed",
        })
    }
}
