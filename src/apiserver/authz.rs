//! What an identity may do: roles and their bindings, as Kubernetes' RBAC has them, one index for each logical cluster.
//!
//! Two groups stand outside of the rules. Masters may do everything. Readers may read everything but Secrets, whatever
//! is defined later: rules cannot say that, as they only add and must name the groups that they are about.
//!
//! Must not know: HTTP, how an identity was proved.

pub(crate) mod aggregation;
pub(crate) mod bootstrap;
pub(crate) mod escalation;
pub(crate) mod index;
pub(crate) mod request;
pub(crate) mod rule;

use fleetui_pki::directory::{ADMINISTRATORS, READERS};

use crate::authn::Identity;
use crate::hosted::Hosted;
use rule::Rule;

/// The group of roles and bindings.
pub(crate) const GROUP: &str = "rbac.authorization.k8s.io";

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked<'a> {
    /// Something with a resource.
    Resource(AskedResource<'a>),
    /// Something with a path that is no resource's.
    Path {
        /// The method, in lower case.
        verb: &'a str,
        /// The path inside of the logical cluster.
        path: &'a str,
    },
}

/// What somebody wants to do with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AskedResource<'a> {
    /// What: `get`, `list`, `create`, `approve`.
    pub(crate) verb: &'a str,
    /// The API group; empty for the core group.
    pub(crate) group: &'a str,
    /// The resource.
    pub(crate) resource: &'a str,
    /// The part of it; empty for the whole.
    pub(crate) subresource: &'a str,
    /// The namespace; empty for all of them, and for what lives in none.
    pub(crate) namespace: &'a str,
    /// The object; empty for all of them, and for one that has no name yet.
    pub(crate) name: &'a str,
}

impl Asked<'_> {
    /// What is wanted, as upstream says it when it refuses.
    pub(crate) fn refusal(&self, user: &str) -> String {
        match self {
            Self::Path { verb, path } => format!("User {user:?} cannot {verb} path {path:?}"),
            Self::Resource(asked) => {
                let resource = if asked.subresource.is_empty() {
                    asked.resource.to_owned()
                } else {
                    format!("{}/{}", asked.resource, asked.subresource)
                };
                let place = if asked.namespace.is_empty() {
                    "at the cluster scope".to_owned()
                } else {
                    format!("in the namespace {:?}", asked.namespace)
                };
                format!(
                    "User {user:?} cannot {} resource {resource:?} in API group {:?} {place}",
                    asked.verb, asked.group
                )
            }
        }
    }
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whether it may be done.
    pub(crate) allowed: bool,
    /// The binding that allows it; or why more could not be known. Often empty.
    pub(crate) reason: String,
}

/// Whether `identity` may do what is asked. The quick way, for requests.
pub(crate) fn allows(hosted: &Hosted, identity: &Identity, asked: &Asked<'_>) -> bool {
    if identity.administers() {
        return true;
    }
    if is_for_masters(asked) {
        return false;
    }
    (is_reader(identity) && reader_may(asked)) || hosted.rules(|index| index.grant(identity, asked).is_some())
}

/// Whether `identity` may do what is asked, and why. For reviews and refusals.
pub(crate) fn decide(hosted: &Hosted, identity: &Identity, asked: &Asked<'_>) -> Decision {
    let allowed = |reason: String| Decision {
        allowed: true,
        reason,
    };
    if identity.administers() {
        return allowed(String::new());
    }
    if is_for_masters(asked) {
        return Decision {
            allowed: false,
            reason: format!("it is for the group {ADMINISTRATORS:?} alone"),
        };
    }
    if is_reader(identity) && reader_may(asked) {
        return allowed(format!("the group {READERS:?} reads everything but Secrets"));
    }
    hosted.rules(|index| match index.grant(identity, asked) {
        Some(grant) => allowed(grant.to_string()),
        None => Decision {
            allowed: false,
            reason: missing(&index.missing_roles(identity, namespace(asked))),
        },
    })
}

/// The rules that apply to `identity` in `namespace`, and what could not be found of them.
pub(crate) fn rules_of(hosted: &Hosted, identity: &Identity, namespace: &str) -> (Vec<Rule>, String) {
    let mut rules = Vec::new();
    if identity.administers() {
        rules.extend(Rule::everything());
    }
    if is_reader(identity) {
        rules.extend(reader_rules(hosted));
    }
    hosted.rules(|index| {
        rules.extend(index.rules_of(identity, namespace));
        (rules, missing(&index.missing_roles(identity, namespace)))
    })
}

fn namespace<'a>(asked: &Asked<'a>) -> &'a str {
    match asked {
        Asked::Resource(asked) => asked.namespace,
        Asked::Path { .. } => "",
    }
}

/// Bindings to roles that are not there, as upstream lists them.
fn missing(roles: &[String]) -> String {
    match roles {
        [] => String::new(),
        [one] => format!("RBAC: {one}"),
        many => format!("RBAC: [{}]", many.join(", ")),
    }
}

/// A backup holds all Secrets. A rule about all paths is easily written without a thought of it.
fn is_for_masters(asked: &Asked<'_>) -> bool {
    match asked {
        Asked::Path { path, .. } => path.starts_with("/debug/"),
        Asked::Resource(_) => false,
    }
}

fn is_reader(identity: &Identity) -> bool {
    identity.groups.iter().any(|group| group == READERS)
}

fn reader_may(asked: &Asked<'_>) -> bool {
    match asked {
        Asked::Path { verb, .. } => matches!(*verb, "get" | "head"),
        Asked::Resource(asked) => {
            // Whoever asks for all resources of the core group asks for Secrets too.
            let secrets = matches!(asked.group, "" | "*") && matches!(asked.resource, "secrets" | "*");
            matches!(asked.verb, "get" | "list" | "watch") && !secrets
        }
    }
}

/// What readers may do, told as rules over what is served now.
fn reader_rules(hosted: &Hosted) -> Vec<Rule> {
    let mut core: Vec<String> = ["*/status", "*/scale"].map(str::to_owned).into();
    let mut groups: Vec<String> = Vec::new();
    for resource in hosted.served().all() {
        let secret = resource.is("", "secrets");
        if resource.group.is_empty() && !secret {
            core.push(resource.plural.clone());
        } else if !secret && !groups.contains(&resource.group) {
            groups.push(resource.group.clone());
        }
    }
    vec![
        Rule::reading(vec![String::new()], core),
        Rule::reading(groups, vec!["*".to_owned()]),
        Rule::path("get", "*"),
    ]
}

#[cfg(test)]
mod tests;
