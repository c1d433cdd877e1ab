//! What a request asks for, in the words of rules: upstream's verbs, resources, names and paths.
//!
//! Source: `RequestInfo` of Kubernetes.

use http::Method;
use http::request::Parts;

use super::{Asked, AskedResource};
use crate::request::{Query, ResourcePath, Target};

/// What a request asks for. It owns what had to be made for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted<'a> {
    verb: String,
    /// The object that a selector names, where the path names none.
    selected: Option<String>,
    what: What<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What<'a> {
    Resource(&'a ResourcePath),
    Path(&'a str),
}

impl<'a> Wanted<'a> {
    /// What the request with this target asks for.
    pub(crate) fn of(parts: &'a Parts, target: &'a Target, prefix: &str) -> Self {
        let Target::Resource(path) = target else {
            let whole = parts.uri.path();
            return Self {
                verb: parts.method.as_str().to_ascii_lowercase(),
                selected: None,
                what: What::Path(whole.strip_prefix(prefix).unwrap_or(whole)),
            };
        };
        let named = path.name.is_some();
        let (mut watches, mut selected) = (false, None);
        if matches!(parts.method, Method::GET | Method::HEAD) {
            // What cannot be read is refused as such, after it was decided who may ask.
            let query = Query::readable(parts.uri.query().unwrap_or_default());
            watches = query.watch;
            selected = query.fields.name().filter(|_| !named).map(str::to_owned);
        }
        let verb = match parts.method {
            Method::GET | Method::HEAD if watches && path.subresource.is_none() => "watch",
            Method::GET | Method::HEAD if named => "get",
            Method::GET | Method::HEAD => "list",
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE if named => "delete",
            Method::DELETE => "deletecollection",
            ref other => other.as_str(),
        };
        Self {
            verb: verb.to_ascii_lowercase(),
            selected,
            what: What::Resource(path),
        }
    }

    /// The same, to be decided upon.
    pub(crate) fn asked(&self) -> Asked<'_> {
        match &self.what {
            What::Path(path) => Asked::Path {
                verb: &self.verb,
                path,
            },
            What::Resource(path) => {
                let name = path.name.as_deref().or(self.selected.as_deref());
                // A Namespace is in itself: who may do something in it may do it to it.
                let itself = (path.group.is_empty() && path.plural == "namespaces")
                    .then_some(path.name.as_deref())
                    .flatten();
                Asked::Resource(AskedResource {
                    verb: &self.verb,
                    group: &path.group,
                    resource: &path.plural,
                    subresource: path.subresource.as_deref().unwrap_or_default(),
                    namespace: path.namespace.as_deref().or(itself).unwrap_or_default(),
                    name: name.unwrap_or_default(),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::request::path::parse;

    fn asked(method: &str, uri: &str) -> String {
        let (parts, ()) = Request::builder()
            .method(method)
            .uri(uri)
            .body(())
            .unwrap()
            .into_parts();
        let (cluster, target) = parse(parts.uri.path());
        let wanted = Wanted::of(&parts, &target, &cluster.path_prefix());
        match wanted.asked() {
            Asked::Path { verb, path } => format!("{verb} {path}"),
            Asked::Resource(asked) => format!(
                "{} {}.{} {}/{} {}",
                asked.verb, asked.resource, asked.group, asked.namespace, asked.name, asked.subresource
            ),
        }
    }

    #[test]
    fn requests_ask_for_what_upstream_says_they_ask_for() {
        for (method, uri, expected) in [
            ("GET", "/api/v1/pods", "list pods. / "),
            ("GET", "/api/v1/namespaces/n/pods", "list pods. n/ "),
            ("HEAD", "/api/v1/namespaces/n/pods/p", "get pods. n/p "),
            (
                "GET",
                "/api/v1/namespaces/n/pods?limit=x&watch=1",
                "watch pods. n/ ",
            ),
            (
                "GET",
                "/api/v1/namespaces/n/pods?watch=1&fieldSelector=metadata.name%3Dp",
                "watch pods. n/p ",
            ),
            (
                "GET",
                "/api/v1/namespaces/n/pods/p?watch=true",
                "watch pods. n/p ",
            ),
            (
                "GET",
                "/api/v1/namespaces/n/pods?fieldSelector=metadata.name%3Dp",
                "list pods. n/p ",
            ),
            (
                "GET",
                "/api/v1/namespaces/n/pods?fieldSelector=metadata.name!%3Dp",
                "list pods. n/ ",
            ),
            (
                "GET",
                "/api/v1/namespaces/n/pods/p/status?watch=true",
                "get pods. n/p status",
            ),
            (
                "POST",
                "/apis/g.io/v1/namespaces/n/things",
                "create things.g.io n/ ",
            ),
            (
                "PUT",
                "/apis/g.io/v1/namespaces/n/things/t/status",
                "update things.g.io n/t status",
            ),
            (
                "PATCH",
                "/apis/g.io/v1/namespaces/n/things/t",
                "patch things.g.io n/t ",
            ),
            (
                "DELETE",
                "/apis/g.io/v1/namespaces/n/things/t",
                "delete things.g.io n/t ",
            ),
            (
                "DELETE",
                "/apis/g.io/v1/namespaces/n/things",
                "deletecollection things.g.io n/ ",
            ),
            ("GET", "/api/v1/namespaces", "list namespaces. / "),
            ("POST", "/api/v1/namespaces", "create namespaces. / "),
            ("GET", "/api/v1/namespaces/n", "get namespaces. n/n "),
            (
                "PUT",
                "/api/v1/namespaces/n/finalize",
                "update namespaces. n/n finalize",
            ),
            (
                "POST",
                "/api/v1/namespaces/n/serviceaccounts/a/token",
                "create serviceaccounts. n/a token",
            ),
            ("GET", "/clusters/w1/api/v1/nodes/x", "get nodes. /x "),
            ("GET", "/clusters/w1/version", "get /version"),
            ("GET", "/apis", "get /apis"),
            ("POST", "/", "post /"),
            ("OPTIONS", "/api/v1/pods", "options pods. / "),
        ] {
            assert_eq!(asked(method, uri), expected, "{method} {uri}");
        }
    }
}
