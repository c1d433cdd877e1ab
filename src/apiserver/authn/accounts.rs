//! Tokens of ServiceAccounts: issued for an account and perhaps an object beside it, and good as long as both are there.

use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Identity;
use super::jwt::{self, Bound, Claims, Reference};
use crate::call::Shared;
use crate::logical::LogicalCluster;
use crate::storage::{CollectionKey, Key, Stored};

/// Who issues tokens of accounts, as upstream's clusters are usually told; in a logical cluster its path follows.
const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
/// Who issues the tokens in Secrets.
const SECRET_ISSUER: &str = "kubernetes/serviceaccount";
/// What stands before an account's namespace and name in its user name.
const USER_PREFIX: &str = "system:serviceaccount:";
/// The group of all accounts; with a namespace behind it, of the namespace's.
const GROUP: &str = "system:serviceaccounts";

/// Who issues the tokens of `cluster`. It is the audience of a token that names no other.
pub(crate) fn issuer(cluster: &LogicalCluster) -> String {
    format!("{ISSUER}{}", cluster.path_prefix())
}

/// The user name of an account.
pub(crate) fn user_name(namespace: &str, name: &str) -> String {
    format!("{USER_PREFIX}{namespace}:{name}")
}

/// The namespace and name in an account's user name.
pub(crate) fn of_user_name(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(USER_PREFIX)?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}

/// The groups of an account.
pub(crate) fn groups(namespace: &str) -> [String; 2] {
    [GROUP.to_owned(), format!("{GROUP}:{namespace}")]
}

/// What a token is issued for.
pub(crate) struct Issue<'a> {
    /// The account.
    pub(crate) account: &'a Stored,
    /// Whom it is for; nobody named means the server.
    pub(crate) audiences: Vec<String>,
    /// How long it is good.
    pub(crate) seconds: i64,
    /// The object that it is bound to beside the account: its kind, and which it is.
    pub(crate) bound_to: Option<(&'a str, Reference)>,
}

/// Issues a token. Answers with it and with its end; absent where it cannot be signed.
pub(crate) fn issue(shared: &Shared, issue: Issue<'_>) -> Option<(String, Timestamp)> {
    let key = &issue.account.key;
    let now = shared.clock.now();
    let expires = now.as_second().saturating_add(issue.seconds);
    let mut bound = Bound {
        namespace: key.object.namespace.to_string(),
        account: Reference {
            name: key.object.name.to_string(),
            uid: issue.account.meta.uid.to_string(),
        },
        ..Bound::default()
    };
    if let Some((kind, reference)) = issue.bound_to {
        match kind {
            "Pod" => bound.pod = Some(reference),
            "Node" => bound.node = Some(reference),
            _ => bound.secret = Some(reference),
        }
    }
    let claims = Claims {
        audiences: issue.audiences,
        expires: Some(expires),
        issued: Some(now.as_second()),
        issuer: issuer(&key.collection.cluster),
        id: Uuid::new_v4().to_string(),
        subject: user_name(&bound.namespace, &bound.account.name),
        bound: Some(bound),
        not_before: Some(now.as_second()),
    };
    let token = jwt::sign(&shared.keys.credentials().token_key, &claims)?;
    Some((token, Timestamp::from_second(expires).ok()?))
}

/// The token that lies in a Secret of `account`. It does not end before the Secret or the account does.
pub(crate) fn for_secret(shared: &Shared, account: &Stored, secret: &Stored) -> Option<String> {
    let object = &account.key.object;
    let claims = Claims {
        issuer: SECRET_ISSUER.to_owned(),
        subject: user_name(&object.namespace, &object.name),
        bound: Some(Bound {
            namespace: object.namespace.to_string(),
            account: Reference {
                name: object.name.to_string(),
                uid: account.meta.uid.to_string(),
            },
            secret: Some(Reference {
                name: secret.key.object.name.to_string(),
                uid: secret.meta.uid.to_string(),
            }),
            ..Bound::default()
        }),
        ..Claims::default()
    };
    jwt::sign(&shared.keys.credentials().token_key, &claims)
}

/// A token that is good.
pub(crate) struct Known {
    /// Whose it is.
    pub(crate) identity: Identity,
    /// For which of the wanted audiences it is.
    pub(crate) audiences: Vec<String>,
}

/// Whose token this is in `cluster`, if it is for one of `audiences`; where none is wanted, for the server. Fails with a
/// reason that says nothing of the token itself.
pub(crate) fn identify(
    shared: &Shared,
    cluster: &LogicalCluster,
    token: &str,
    audiences: &[String],
) -> Result<Known, &'static str> {
    let claims = shared.keys.claims(token).ok_or("invalid bearer token")?;
    let now = shared.clock.now().as_second();
    if claims.expires.is_some_and(|end| end <= now) {
        return Err("service account token has expired");
    }
    if claims.not_before.is_some_and(|begin| begin > now) {
        return Err("service account token is not valid yet");
    }
    let in_secret = claims.issuer == SECRET_ISSUER;
    let ours = issuer(cluster);
    if !in_secret && (claims.issuer != ours || claims.expires.is_none()) {
        return Err("service account token has been issued by somebody else");
    }
    // A token in a Secret names no audience: it is for the server.
    let given = if claims.audiences.is_empty() {
        std::slice::from_ref(&ours)
    } else {
        &claims.audiences
    };
    let wanted = if audiences.is_empty() {
        std::slice::from_ref(&ours)
    } else {
        audiences
    };
    let audiences: Vec<String> = given
        .iter()
        .filter(|audience| wanted.contains(audience))
        .cloned()
        .collect();
    if audiences.is_empty() {
        return Err("token audiences are not those that are wanted");
    }
    let bound = claims.bound.as_ref().ok_or("invalid bearer token")?;
    check_bound(shared, cluster, bound, (in_secret, token))?;
    Ok(Known {
        identity: identity(&claims, bound),
        audiences,
    })
}

fn identity(claims: &Claims, bound: &Bound) -> Identity {
    let mut identity = Identity {
        user: user_name(&bound.namespace, &bound.account.name),
        groups: groups(&bound.namespace).into(),
        uid: Some(bound.account.uid.clone()),
        ..Identity::default()
    };
    let mut add = |field: &str, value: String| {
        identity
            .extra
            .insert(format!("authentication.kubernetes.io/{field}"), vec![value]);
    };
    if !claims.id.is_empty() {
        add("credential-id", format!("JTI={}", claims.id));
    }
    for (kind, reference) in [("pod", &bound.pod), ("node", &bound.node)] {
        if let Some(reference) = reference {
            add(&format!("{kind}-name"), reference.name.clone());
            add(&format!("{kind}-uid"), reference.uid.clone());
        }
    }
    identity.authenticated()
}

/// The account and what else the token is bound to must be there, and be the same as when it was issued.
fn check_bound(
    shared: &Shared,
    cluster: &LogicalCluster,
    bound: &Bound,
    (in_secret, token): (bool, &str),
) -> Result<(), &'static str> {
    let find = |plural: &str, namespace: &str, reference: &Reference| {
        let key = Key::new(
            &CollectionKey::new(cluster, "", plural),
            namespace,
            &reference.name,
        );
        let uid = CompactString::from(reference.uid.as_str());
        let found = shared.store.get(&key);
        found.filter(|stored| stored.meta.uid == uid && !stored.meta.deleting())
    };
    let namespace = bound.namespace.as_str();
    find("serviceaccounts", namespace, &bound.account).ok_or("service account has been deleted")?;
    let gone = "the object that the token is bound to has been deleted";
    if let Some(secret) = &bound.secret {
        let secret = find("secrets", namespace, secret).ok_or(gone)?;
        if in_secret && !holds(&secret, token) {
            return Err("the token is no longer that of its secret");
        }
    } else if in_secret {
        return Err("invalid bearer token");
    }
    if let Some(pod) = &bound.pod {
        find("pods", namespace, pod).ok_or(gone)?;
    }
    if let Some(node) = &bound.node {
        find("nodes", "", node).ok_or(gone)?;
    }
    Ok(())
}

/// Whether a Secret still holds this token.
fn holds(secret: &Arc<Stored>, token: &str) -> bool {
    use base64::Engine as _;
    let Ok(value) = secret.value() else {
        return false;
    };
    let data = value.pointer("/data/token").and_then(Value::as_str);
    let bytes = data.and_then(|data| base64::engine::general_purpose::STANDARD.decode(data).ok());
    bytes.is_some_and(|bytes| bytes == token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_of_accounts_read_back() {
        assert_eq!(of_user_name(&user_name("n", "a")), Some(("n", "a")));
        for other in [
            "ada",
            "system:serviceaccount:",
            "system:serviceaccount:n",
            "system:serviceaccount:n:",
            "system:serviceaccount::a",
            "system:serviceaccount:n:a:b",
        ] {
            assert_eq!(of_user_name(other), None, "{other}");
        }
    }

    #[test]
    fn each_logical_cluster_issues_for_itself() {
        let w1 = LogicalCluster::new("w1").unwrap();
        assert_ne!(issuer(&w1), issuer(&LogicalCluster::root()));
        assert!(issuer(&w1).ends_with("/clusters/w1"));
    }
}
