//! What the user will not be allowed to do, asked beforehand, so that it is not offered. It is only a hint: whether something may
//! be done is asked again when it is, and the server decides in the end.

use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_base::GroupKind;
use fleetui_fleet::Permitted;
use fleetui_fleet::act::Verb;
use futures::{StreamExt as _, stream};

use super::permission::{Asked, May, ask};
use crate::catalogue::{Catalogue, Served};
use crate::request::Requester;

/// Questions that may be under way at once.
const AT_ONCE: usize = 8;
/// At most so many namespaces are asked about; who has more sees what is refused when it is tried.
const MOST_NAMESPACES: usize = 4;
/// What is done to objects, by the two verbs that it takes.
const VERBS: [Verb; 2] = [Verb::Patch, Verb::Delete];

/// What the user may do, as the server said beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hints {
    /// Which verbs are allowed for objects of which kinds nowhere.
    pub(crate) forbidden: Vec<(GroupKind, Verb)>,
    /// How much is allowed.
    pub(crate) permitted: Permitted,
}

impl Hints {
    /// From the answers of which none is for everything.
    fn of(answers: Vec<(GroupKind, Verb, May)>) -> Self {
        let count = |is: fn(&May) -> bool| answers.iter().filter(|(.., may)| is(may)).count();
        let (all, yes) = (answers.len(), count(|may| *may == May::Yes));
        let no = count(|may| matches!(may, May::No(_)));
        let permitted = match all {
            0 => Permitted::Unknown,
            all if yes == all => Permitted::Everything,
            all if no == all => Permitted::Nothing,
            _ if yes + no == 0 => Permitted::Unknown,
            _ => Permitted::Some,
        };
        let forbidden = answers.into_iter();
        let forbidden = forbidden.filter(|(.., may)| matches!(may, May::No(_)));
        Self {
            forbidden: forbidden.map(|(kind, verb, _)| (kind, verb)).collect(),
            permitted,
        }
    }
}

/// What is allowed and what nowhere; nothing where that cannot be found out.
pub(crate) async fn take(
    requester: &Requester,
    catalogue: &Catalogue,
    namespaces: &[String],
    limit: Duration,
) -> Option<Hints> {
    let everywhere = String::new();
    let single = namespaces.iter().take(MOST_NAMESPACES);
    let namespaces: Vec<&String> = std::iter::once(&everywhere).chain(single).collect();
    // Most may do everything: that is one question.
    match any(requester, &Asked::everything(), &namespaces, limit).await {
        May::Yes => {
            return Some(Hints {
                forbidden: Vec::new(),
                permitted: Permitted::Everything,
            });
        }
        May::No(_) => {}
        May::Unknown(_) => return None,
    }
    let mut questions = Vec::new();
    for served in catalogue.watched(fleetui_fleet::tree::Layers::default()) {
        if acts(Role::of(&served.kind)) {
            questions.extend(VERBS.map(|verb| (served, verb)));
        }
    }
    let namespaces = &namespaces;
    let asked = questions.into_iter().map(|(served, verb)| async move {
        let may = any(requester, &of(served, verb), namespaces, limit).await;
        (served.kind.clone(), verb, may)
    });
    let answers: Vec<_> = stream::iter(asked.collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .collect()
        .await;
    Some(Hints::of(answers))
}

fn of(served: &Served, verb: Verb) -> Asked {
    Asked {
        verb: verb.word(),
        group: served.kind.group.as_ref().into(),
        resource: served.plural.clone(),
        namespace: CompactString::default(),
        name: CompactString::default(),
    }
}

/// Whether it is allowed in one of the namespaces.
async fn any(requester: &Requester, asked: &Asked, namespaces: &[&String], limit: Duration) -> May {
    let mut last = May::Unknown(String::new());
    for namespace in namespaces {
        let asked = Asked {
            namespace: namespace.as_str().into(),
            ..asked.clone()
        };
        last = ask(requester, &asked, limit).await;
        if last == May::Yes {
            break;
        }
    }
    last
}

/// Whether something is done to objects that play this part.
fn acts(role: Role) -> bool {
    match role {
        Role::Cluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine
        | Role::MachineHealthCheck
        | Role::Host => true,
        Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::ClusterClass
        | Role::Template
        | Role::Provider
        | Role::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_is_allowed_is_known_only_where_it_was_said() {
        let kind = fleetui_api::kinds::core("Machine");
        let of = |answers: &[May]| {
            let answers = answers.iter().cloned();
            let hints = Hints::of(answers.map(|may| (kind.clone(), Verb::Patch, may)).collect());
            (hints.permitted, hints.forbidden.len())
        };
        let no = || May::No("no rule".to_owned());
        let unknown = || May::Unknown("it does not answer".to_owned());
        assert_eq!(of(&[]), (Permitted::Unknown, 0));
        assert_eq!(of(&[May::Yes, May::Yes]), (Permitted::Everything, 0));
        assert_eq!(of(&[no(), no()]), (Permitted::Nothing, 2));
        assert_eq!(of(&[May::Yes, no()]), (Permitted::Some, 1));
        assert_eq!(of(&[unknown(), unknown()]), (Permitted::Unknown, 0));
        // What could not be found out is not counted as allowed, nor as denied.
        assert_eq!(of(&[May::Yes, unknown()]), (Permitted::Some, 0));
        assert_eq!(of(&[no(), unknown()]), (Permitted::Some, 1));
    }
}
