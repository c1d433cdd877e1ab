//! A kubeconfig that somebody else wrote and stored in a cluster: it stands for itself, and nothing outside of it is read or run.
//!
//! Whoever may write such a kubeconfig would otherwise be lent the files and the programs of whoever uses it, a service
//! account's token above all.

use std::sync::Arc;

use fleetui_base::redact::Secret;
use kube::config::{AuthInfo, Cluster, Kubeconfig};
use serde_json::{Map, Value, json};

use crate::connector::{ConnectError, ConnectSettings, Lent, build_within};
use crate::environment::Environment;

/// A client for the current context of a stored kubeconfig.
///
/// # Errors
/// Where it cannot be read, or leads outside of itself. Its text, which holds keys, is never quoted.
pub async fn client(
    text: &Secret<String>,
    environment: Arc<Environment>,
    settings: &ConnectSettings,
) -> Result<kube::Client, ConnectError> {
    let kubeconfig = Arc::new(parse(text)?);
    build_within(kubeconfig, Lent::Static, environment, settings).await
}

/// A stored kubeconfig, for a person to have. Nothing of it is used here; what leads outside of it is known.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub(crate) context: Secret<Value>,
    pub(crate) cluster: Secret<Value>,
    pub(crate) user: Option<Secret<Value>>,
    pub(crate) name: String,
    outside: Option<String>,
}

impl Fetched {
    /// Reads one.
    ///
    /// # Errors
    /// Where it is no kubeconfig with a current context. Its text, which holds keys, is never quoted.
    pub fn read(text: &Secret<String>) -> Result<Self, ConnectError> {
        let sliced = slice(text)?;
        let whole: Value =
            serde_yaml::from_str(text.reveal()).map_err(|_| failed("the kubeconfig cannot be read"))?;
        // What a newer kubectl knows and this program does not is kept.
        let named = |list: &str, key: &str, name: &str| {
            let entries = whole.get(list).and_then(Value::as_array).into_iter().flatten();
            let mut found = entries.filter(|entry| entry.get("name").and_then(Value::as_str) == Some(name));
            found.next().and_then(|entry| entry.get(key)).cloned()
        };
        let name = sliced.current_context.unwrap_or_default();
        let context = sliced.contexts.into_iter().find_map(|named| named.context);
        let context = context.ok_or_else(|| failed("the kubeconfig has no current context"))?;
        let cluster = named("clusters", "cluster", &context.cluster);
        let cluster =
            cluster.ok_or_else(|| failed("the current context of the kubeconfig has no cluster"))?;
        let user = context
            .user
            .as_deref()
            .and_then(|user| named("users", "user", user));
        let outside = written_outside(&cluster, &OUTSIDE_OF_CLUSTER)
            .or_else(|| written_outside(user.as_ref()?, &OUTSIDE_OF_USER));
        Ok(Self {
            context: Secret::new(named("contexts", "context", &name).unwrap_or_default()),
            cluster: Secret::new(cluster),
            user: user.map(Secret::new),
            name,
            outside,
        })
    }

    /// The name of its current context.
    pub fn context(&self) -> &str {
        &self.name
    }

    /// The field of its current context that leads outside of it, where one does: a program that would be run, by its name, or a file
    /// that would be read. Not yet safe to show.
    pub fn outside(&self) -> Option<&str> {
        self.outside.as_deref()
    }

    /// Its current context with its cluster and its user alone, as YAML.
    pub fn alone(&self) -> Secret<String> {
        let context = self.context.reveal();
        let of = |field: &str| context.get(field).cloned().unwrap_or_default();
        let users = self.user.iter();
        let users: Vec<Value> = users
            .map(|user| json!({"name": of("user"), "user": user.reveal()}))
            .collect();
        let mut fields = Map::new();
        fields.insert("apiVersion".to_owned(), "v1".into());
        fields.insert("kind".to_owned(), "Config".into());
        fields.insert(
            "clusters".to_owned(),
            json!([{"name": of("cluster"), "cluster": self.cluster.reveal()}]),
        );
        fields.insert("users".to_owned(), users.into());
        fields.insert(
            "contexts".to_owned(),
            json!([{"name": self.name, "context": context}]),
        );
        fields.insert("current-context".to_owned(), self.name.as_str().into());
        // A map of plain values can always be written.
        Secret::new(serde_yaml::to_string(&Value::Object(fields)).unwrap_or_default())
    }
}

/// The first field of any user or cluster of a kubeconfig that leads outside of it, and whose it is, where one does: whoever has the
/// whole text may take any of its contexts. Nothing of a text that cannot be read. Not yet safe to show.
pub fn outside_of_all(text: &Secret<String>) -> Option<String> {
    let whole: Value = serde_yaml::from_str(text.reveal()).ok()?;
    let parts = [
        ("users", "user", OUTSIDE_OF_USER.as_slice()),
        ("clusters", "cluster", &OUTSIDE_OF_CLUSTER),
    ];
    parts.into_iter().find_map(|(list, key, fields)| {
        let entries = whole.get(list).and_then(Value::as_array)?;
        entries.iter().find_map(|entry| {
            let found = written_outside(entry.get(key)?, fields)?;
            let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
            Some(format!("{found} of {key} {name}"))
        })
    })
}

/// What of a cluster leads outside of a kubeconfig.
const OUTSIDE_OF_CLUSTER: [&str; 1] = ["certificate-authority"];
/// What of a user leads outside of a kubeconfig.
const OUTSIDE_OF_USER: [&str; 5] = [
    "exec",
    "auth-provider",
    "tokenFile",
    "client-certificate",
    "client-key",
];

/// The first of these fields that is written. Whoever gets the kubeconfig may read it in another way than this program does, so
/// what is written is looked at, in whatever case. Of a program its name is told.
fn written_outside(part: &Value, fields: &[&str]) -> Option<String> {
    let written = part.as_object()?;
    let is_empty = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
    let value_of = |field: &str| {
        let mut entries = written.iter();
        let found = entries.find(|(key, value)| key.eq_ignore_ascii_case(field) && !is_empty(value));
        found.map(|(_, value)| value)
    };
    fields.iter().find_map(|field| {
        let value = value_of(field)?;
        let program = value.get("command").and_then(Value::as_str);
        Some(match program {
            Some(program) => format!("{field} ({program})"),
            None => (*field).to_owned(),
        })
    })
}

fn failed(what: &str) -> ConnectError {
    ConnectError::Configuration(what.to_owned())
}

/// The current context with its cluster and its user, and nothing else; refused where it leads outside of itself.
fn parse(text: &Secret<String>) -> Result<Kubeconfig, ConnectError> {
    let sliced = slice(text)?;
    match outside(&sliced) {
        Some(field) => Err(ConnectError::Configuration(format!(
            "the kubeconfig has {field}, which leads outside of it and is not used"
        ))),
        None => Ok(sliced),
    }
}

/// The current context with its cluster and its user, and nothing else.
fn slice(text: &Secret<String>) -> Result<Kubeconfig, ConnectError> {
    // A parser quotes what it could not read, which may be a key.
    let whole = Kubeconfig::from_yaml(text.reveal()).map_err(|_| failed("the kubeconfig cannot be read"))?;
    let name = whole.current_context.as_deref().unwrap_or_default();
    let named = whole.contexts.iter().find(|named| named.name == name);
    let named = named.ok_or_else(|| failed("the kubeconfig has no current context"))?;
    let context = named.context.as_ref();
    let context = context.ok_or_else(|| failed("the current context of the kubeconfig is empty"))?;
    let clusters = whole
        .clusters
        .iter()
        .filter(|named| named.name == context.cluster);
    let users = whole
        .auth_infos
        .iter()
        .filter(|named| Some(&named.name) == context.user.as_ref());
    Ok(Kubeconfig {
        clusters: clusters.take(1).cloned().collect(),
        auth_infos: users.take(1).cloned().collect(),
        contexts: vec![named.clone()],
        current_context: Some(name.to_owned()),
        ..Kubeconfig::default()
    })
}

/// What of it leads outside of it.
fn outside(sliced: &Kubeconfig) -> Option<&'static str> {
    let clusters = sliced.clusters.iter().filter_map(|named| named.cluster.as_ref());
    let users = sliced
        .auth_infos
        .iter()
        .filter_map(|named| named.auth_info.as_ref());
    clusters
        .filter_map(outside_cluster)
        .chain(users.filter_map(outside_user))
        .next()
}

fn outside_cluster(cluster: &Cluster) -> Option<&'static str> {
    let file = cluster.certificate_authority.as_deref().unwrap_or_default();
    (!file.is_empty()).then_some("certificate-authority")
}

fn outside_user(user: &AuthInfo) -> Option<&'static str> {
    let names_file = |file: &Option<String>| file.as_ref().is_some_and(|file| !file.is_empty());
    [
        ("exec", user.exec.is_some()),
        ("auth-provider", user.auth_provider.is_some()),
        ("tokenFile", names_file(&user.token_file)),
        ("client-certificate", names_file(&user.client_certificate)),
        ("client-key", names_file(&user.client_key)),
    ]
    .into_iter()
    .find_map(|(field, there)| there.then_some(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(cluster: &str, user: &str) -> Secret<String> {
        Secret::new(format!(
            "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}], \
             clusters: [{{name: k, cluster: {{server: \"https://127.0.0.1:1\"{cluster}}}}}], users: [{{name: u, user: {{{user}}}}}]}}"
        ))
    }

    async fn made(text: &Secret<String>) -> Result<(), String> {
        let made = client(text, Arc::default(), &ConnectSettings::default()).await;
        made.map(drop).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn what_stands_in_it_is_enough() {
        assert_eq!(made(&kubeconfig("", "token: abc")).await, Ok(()));
    }

    #[tokio::test]
    async fn nothing_outside_of_it_is_read_or_run() {
        let ways = [
            (
                "",
                "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
                "tokenFile",
            ),
            (
                "",
                "client-certificate: /etc/kubernetes/pki/ca.crt",
                "client-certificate",
            ),
            ("", "client-key: /etc/kubernetes/pki/ca.key", "client-key"),
            (
                "",
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}",
                "exec",
            ),
            ("", "auth-provider: {name: gcp, config: {}}", "auth-provider"),
            (
                ", certificate-authority: /etc/passwd",
                "token: abc",
                "certificate-authority",
            ),
        ];
        for (cluster, user, field) in ways {
            let refused = made(&kubeconfig(cluster, user)).await;
            let expected = format!("the kubeconfig has {field}, which leads outside of it and is not used");
            assert_eq!(refused, Err(expected));
        }
    }

    /// Whoever is given the whole text may take any context of it.
    #[test]
    fn what_leads_outside_is_found_in_whichever_user_or_cluster_has_it() {
        let of = |text: &str| outside_of_all(&Secret::new(text.to_owned()));
        let plain = "{contexts: [], clusters: [{name: k, cluster: {server: 'https://a'}}], users: [{name: u, user: {token: t}}]}";
        assert_eq!(of(plain), None);
        let exec = plain.replace(
            "users: [",
            "users: [{name: x, user: {exec: {command: /tmp/evil.sh}}}, ",
        );
        assert_eq!(of(&exec).as_deref(), Some("exec (/tmp/evil.sh) of user x"));
        let file = plain.replace("server:", "certificate-authority: /etc/passwd, server:");
        assert_eq!(of(&file).as_deref(), Some("certificate-authority of cluster k"));
        assert_eq!(of("[1"), None);
    }

    #[test]
    fn what_a_person_gets_is_the_current_context_alone_with_all_its_fields() {
        let text = kubeconfig(
            ", disable-compression: true, from-the-future: [1, 2]",
            "token: abc, nobody-knows: {a: b}",
        );
        let fetched = Fetched::read(&text).unwrap();
        assert_eq!((fetched.context(), fetched.outside()), ("c", None));
        let alone: Value = serde_yaml::from_str(fetched.alone().reveal()).unwrap();
        let cluster = &alone["clusters"][0]["cluster"];
        assert_eq!(
            (&cluster["from-the-future"], &alone["current-context"]),
            (&json!([1, 2]), &json!("c"))
        );
        assert_eq!(
            alone["users"],
            json!([{"name": "u", "user": {"token": "abc", "nobody-knows": {"a": "b"}}}])
        );
        assert!(!format!("{fetched:?}").contains("abc"));
        let exec = kubeconfig(
            "",
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}",
        );
        assert_eq!(Fetched::read(&exec).unwrap().outside(), Some("exec (sh)"));
        let exec = kubeconfig("", "EXEC: {command: sh}");
        assert_eq!(Fetched::read(&exec).unwrap().outside(), Some("exec (sh)"));
        let trusts = kubeconfig(", certificate-authority: /etc/passwd", "client-key: ''");
        assert_eq!(
            Fetched::read(&trusts).unwrap().outside(),
            Some("certificate-authority")
        );
        assert!(Fetched::read(&Secret::new("kind: Config".to_owned())).is_err());
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_not_quoted() {
        let refused = made(&Secret::new("users: [{token: s3cret".to_owned())).await;
        assert_eq!(refused, Err("the kubeconfig cannot be read".to_owned()));
    }
}
