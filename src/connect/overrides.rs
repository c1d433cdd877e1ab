//! What the command line says over the kubeconfig: another cluster or user of its files, and in whose name is asked.

use kube::config::{AuthInfo, NamedAuthInfo};

/// What is said over each context. It holds for every client that is built, also after the kubeconfig was read again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--cluster`: a cluster of the files in the place of the context's own.
    pub cluster: Option<String>,
    /// `--user`: a user of the files in the place of the context's own.
    pub user: Option<String>,
    /// `--as`: the user in whose name everything is asked.
    pub acting_as: Option<String>,
    /// `--as-group`: that user's groups.
    pub groups: Vec<String>,
}

impl Overrides {
    /// Whether it says where something is or who asks, which can be meant of one context only.
    pub(crate) fn is_of_one(&self) -> bool {
        self.cluster.is_some() || self.user.is_some()
    }

    /// The context's user as it is to be used. Who asks in another's name may be nobody in particular himself.
    pub(crate) fn user_of(&self, found: Option<&NamedAuthInfo>) -> Option<NamedAuthInfo> {
        let Some(acting_as) = &self.acting_as else {
            return found.cloned();
        };
        let mut user = found.cloned().unwrap_or_default();
        let auth_info = user.auth_info.get_or_insert_with(AuthInfo::default);
        auth_info.impersonate = Some(acting_as.clone());
        // What the kubeconfig says of another user's groups is nothing of this one.
        auth_info.impersonate_groups = Some(self.groups.clone()).filter(|groups| !groups.is_empty());
        auth_info.impersonate_uid = None;
        auth_info.impersonate_user_extra = None;
        Some(user)
    }
}
