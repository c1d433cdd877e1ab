//! The controllers' own user in a management cluster: may do what their permissions say and nothing else, as the server sees to
//! it. What it is refused, a permission is missing for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fleetui_apiserver::authn::Identity;
use fleetui_apiserver::{ApiServer, LogicalCluster};
use http::{Method, Request, Response, StatusCode};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use kube::Api;
use kube::api::PostParams;
use kube::client::Body;
use serde_json::{Value, json};

use crate::kinds::Watched;
use crate::permissions::{Permission, permissions};

const USER: &str = "the-controllers";

/// A verb, an API group, and a resource with its part, `patch machines/status`.
pub(super) type Deed = (String, String, String);

/// What was asked for, and what of it was refused.
#[derive(Debug, Default)]
struct Asked {
    all: BTreeSet<Deed>,
    refused: BTreeSet<Deed>,
}

/// The user. When it goes, nothing may have been refused to it.
#[derive(Debug, Default)]
pub(super) struct Granted(Arc<Mutex<Asked>>);

impl Granted {
    /// Gives the user its permissions.
    pub(super) async fn new(client: &kube::Client) -> Self {
        grant(client, &permissions()).await;
        Self::default()
    }

    /// A client of the user.
    pub(super) fn client(&self, server: &ApiServer) -> kube::Client {
        let client = server.client_as(&LogicalCluster::root(), Identity::new(USER, &[]));
        let asked = Arc::clone(&self.0);
        let service = tower::service_fn(move |request: Request<Body>| {
            let (client, asked) = (client.clone(), Arc::clone(&asked));
            async move { pass(&client, &asked, request).await }
        });
        kube::Client::new(service, "default")
    }

    /// Everything that it has asked for.
    pub(super) fn asked(&self) -> BTreeSet<Deed> {
        locked(&self.0).all.clone()
    }
}

impl Drop for Granted {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let refused = &locked(&self.0).refused;
            assert!(refused.is_empty(), "the controllers may not: {refused:?}");
        }
    }
}

fn locked(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn grant(client: &kube::Client, permissions: &[Permission]) {
    let name = "controllers";
    let rules: Vec<Value> = permissions
        .iter()
        .map(|it| json!({"apiGroups": [it.group], "resources": [it.resource], "verbs": it.verbs}))
        .collect();
    let role = json!({"metadata": {"name": name}, "rules": rules});
    let group = "rbac.authorization.k8s.io";
    let binding = json!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": group, "kind": "User", "name": USER}],
    });
    let role: ClusterRole = serde_json::from_value(role).expect("a role");
    let binding: ClusterRoleBinding = serde_json::from_value(binding).expect("a binding");
    let params = PostParams::default();
    let made = Api::all(client.clone()).create(&params, &role).await;
    made.expect("a role");
    let made = Api::all(client.clone()).create(&params, &binding).await;
    made.expect("a binding");
}

async fn pass(
    client: &kube::Client,
    asked: &Mutex<Asked>,
    request: Request<Body>,
) -> Result<Response<Body>, tower::BoxError> {
    let (parts, body) = request.into_parts();
    let body = body.collect_bytes().await?;
    let deed = deed(
        &parts.method,
        parts.uri.path(),
        parts.uri.query().unwrap_or_default(),
    );
    {
        let mut asked = locked(asked);
        asked.all.extend(deed.clone());
        for owner in blocked_owners(&body) {
            if !permissions().iter().any(|it| it.resource == owner.2) {
                asked.refused.insert(owner.clone());
            }
            asked.all.insert(owner);
        }
    }
    let response = client.send(Request::from_parts(parts, Body::from(body))).await?;
    if response.status() != StatusCode::FORBIDDEN {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = body.collect_bytes().await?;
    // Admission refuses with the same status, and in other words.
    if String::from_utf8_lossy(&body).contains(&format!("User \\\"{USER}\\\" cannot")) {
        locked(asked).refused.extend(deed);
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// What a request asks for; nothing where it is about no resource.
fn deed(method: &Method, path: &str, query: &str) -> Option<Deed> {
    let mut parts = path.trim_matches('/').split('/');
    let group = match parts.next()? {
        "api" => "",
        "apis" => parts.next()?,
        _ => return None,
    };
    let _version = parts.next()?;
    let mut parts: Vec<&str> = parts.collect();
    if let ["namespaces", _, _, ..] = parts[..] {
        parts.drain(..2);
    }
    let (resource, named) = match parts[..] {
        [resource] => (resource.to_owned(), false),
        [resource, _] => (resource.to_owned(), true),
        [resource, _, part] => (format!("{resource}/{part}"), true),
        _ => return None,
    };
    let verb = match *method {
        Method::GET if named => "get",
        Method::GET if query.contains("watch=true") => "watch",
        Method::GET => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "another",
    };
    Some((verb.to_owned(), group.to_owned(), resource))
}

/// The finalizers of the owners whose deletion is to wait for what is written here.
fn blocked_owners(body: &[u8]) -> Vec<Deed> {
    let object: Value = serde_json::from_slice(body).unwrap_or_default();
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let blocked = owners
        .into_iter()
        .flatten()
        .filter(|owner| owner["blockOwnerDeletion"] == true);
    let finalizers = blocked.filter_map(|owner| {
        let group = owner["apiVersion"].as_str()?.split_once('/')?.0;
        let [group, _, plural, _] = Watched::find(group, owner["kind"].as_str()?)?.names();
        Some((
            "update".to_owned(),
            group.to_owned(),
            format!("{plural}/finalizers"),
        ))
    });
    finalizers.collect()
}
