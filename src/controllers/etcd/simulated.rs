//! The etcd of a simulated cluster: its members are the Pods that say so, and what becomes of them stands there too.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_rules::names;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::core::ApiResource;
use serde_json::{Value, json};

use super::{Alarm, COMPONENT, EtcdAct, Member, Seen};
use crate::change::{WorkloadTarget, WorkloadWrite};
use crate::object::Metadata;
use crate::providers::simulated::{
    ETCD_ALARM_ANNOTATION, ETCD_LEADER_ANNOTATION, ETCD_LEARNER_ANNOTATION, ETCD_REMOVED_ANNOTATION,
    ETCD_SILENT_ANNOTATION,
};

/// What these Pods, by their nodes, tell of themselves; as a real etcd nothing where too few of them answer.
pub(super) fn seen(pods: &BTreeMap<String, Arc<Pod>>) -> Result<Seen, String> {
    let (answering, members): (Vec<_>, Vec<_>) = {
        let inside = pods
            .iter()
            .filter(|(_, pod)| says(pod, ETCD_REMOVED_ANNOTATION).is_none());
        let all: Vec<(&String, &Arc<Pod>)> = inside.collect();
        let heard = |(_, pod): &&(&String, &Arc<Pod>)| says(pod, ETCD_SILENT_ANNOTATION).is_none();
        (all.iter().filter(heard).copied().collect(), all)
    };
    if answering.is_empty() {
        let whose: Vec<String> = members.iter().map(|(node, _)| format!("member {node}")).collect();
        return Err(format!(
            "Failed to connect to etcd: {}: no answer",
            whose.join(", ")
        ));
    }
    let votes = |(_, pod): &&(&String, &Arc<Pod>)| says(pod, ETCD_LEARNER_ANNOTATION).is_none();
    let voting = members.iter().filter(votes).count();
    let heard = answering.iter().filter(votes).count();
    // The last one that has started to lead; without any the one that was there first.
    let leader = answering.iter().filter(votes).min_by_key(|(node, pod)| {
        let since: Option<Timestamp> = says(pod, ETCD_LEADER_ANNOTATION).and_then(|since| since.parse().ok());
        (std::cmp::Reverse(since), pod.metadata.created(), *node)
    });
    let (Some((leader, _)), true) = (leader, heard > voting / 2) else {
        return Err("Failed to get etcd members: etcdserver: request timed out".to_owned());
    };
    let alarms = members.iter().filter_map(|(node, pod)| {
        let name = says(pod, ETCD_ALARM_ANNOTATION)?.to_owned();
        Some(Alarm {
            member: id(node),
            name,
        })
    });
    Ok(Seen {
        leader: id(leader),
        alarms: alarms.collect(),
        members: members
            .iter()
            .map(|(node, pod)| Member {
                id: id(node),
                name: (*node).clone(),
                learner: says(pod, ETCD_LEARNER_ANNOTATION).is_some(),
            })
            .collect(),
    })
}

/// What is written for an act; nothing where all is so already. The error is a sentence, and a real etcd's where it has one.
pub(super) fn act(
    pods: &BTreeMap<String, Arc<Pod>>,
    act: &EtcdAct,
    now: Timestamp,
) -> Result<Option<WorkloadWrite>, String> {
    let seen = seen(pods)?;
    match act {
        EtcdAct::MoveLeader { from, .. } if !seen.is_led_by(from) => Ok(None),
        EtcdAct::MoveLeader { to, .. } => {
            let takes = |node: &&String| {
                let heard = |pod: &Arc<Pod>| says(pod, ETCD_SILENT_ANNOTATION).is_none();
                pods.get(*node).is_some_and(heard) && seen.member(node).is_some_and(Member::votes)
            };
            let next = to.iter().find(takes);
            let next = next.ok_or_else(|| "etcdserver: bad leader transferee".to_owned())?;
            // Also where two are handed leadership in the same moment, the later one has it.
            let last = pods.values().filter_map(|pod| {
                let since: Timestamp = says(pod, ETCD_LEADER_ANNOTATION)?.parse().ok()?;
                since.checked_add(jiff::SignedDuration::from_millis(1)).ok()
            });
            let since = last.chain([now]).max().unwrap_or(now);
            Ok(Some(annotate(
                next,
                &json!({ETCD_LEADER_ANNOTATION: since.to_string()}),
            )))
        }
        EtcdAct::Remove { member, .. } if seen.member(&member.name).is_none() => Ok(None),
        EtcdAct::Remove { .. } if seen.members.len() == 1 => Err("it is the last one".to_owned()),
        EtcdAct::Remove { member, .. } => {
            let written = json!({ETCD_REMOVED_ANNOTATION: now.to_string()});
            Ok(Some(annotate(&member.name, &written)))
        }
    }
}

fn says<'a>(pod: &'a Pod, key: &str) -> Option<&'a str> {
    pod.metadata.annotation(key)
}

fn id(node: &str) -> u64 {
    names::seeded(0, &format!("etcd/{node}"))
}

fn annotate(node: &str, annotations: &Value) -> WorkloadWrite {
    WorkloadWrite::Patch {
        target: WorkloadTarget {
            resource: ApiResource::erase::<Pod>(&()),
            namespace: Some("kube-system".to_owned()),
            name: format!("{COMPONENT}-{node}"),
        },
        status: false,
        patch: json!({"metadata": {"annotations": annotations}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(told: &[(&str, &Value)]) -> BTreeMap<String, Arc<Pod>> {
        let pod = |(node, annotations): &(&str, &Value)| {
            let pod = json!({"metadata": {"name": format!("etcd-{node}"), "annotations": annotations}});
            let pod: Pod = serde_json::from_value(pod).expect("a pod");
            ((*node).to_owned(), Arc::new(pod))
        };
        told.iter().map(pod).collect()
    }

    fn after(pods: &BTreeMap<String, Arc<Pod>>, what: &EtcdAct) -> BTreeMap<String, Arc<Pod>> {
        let now = crate::samples::now();
        let mut after = pods.clone();
        let Some(WorkloadWrite::Patch { target, patch, .. }) = act(pods, what, now).expect("it is done")
        else {
            return after;
        };
        let node = target.name.trim_start_matches("etcd-").to_owned();
        let mut pod = serde_json::to_value(after[&node].as_ref()).expect("JSON");
        json_patch::merge(&mut pod, &patch);
        after.insert(node, Arc::new(serde_json::from_value(pod).expect("a pod")));
        after
    }

    fn lead(from: &str, to: &[&str]) -> EtcdAct {
        EtcdAct::MoveLeader {
            from: from.to_owned(),
            to: to.iter().map(|&node| node.to_owned()).collect(),
        }
    }

    #[test]
    fn leadership_goes_to_the_first_that_takes_it_and_a_member_that_is_out_stays_out() {
        let none = json!({});
        let silent = json!({ETCD_SILENT_ANNOTATION: ""});
        let learner = json!({ETCD_LEARNER_ANNOTATION: ""});
        let pods = pods(&[("a", &none), ("b", &silent), ("c", &none), ("d", &learner)]);
        let before = seen(&pods).expect("two of three answer");
        assert!(before.is_led_by("a"), "{before:?}");
        assert!(
            act(&pods, &lead("c", &["a"]), crate::samples::now())
                .expect("nothing to do")
                .is_none()
        );
        let moved = after(&pods, &lead("a", &["b", "d", "c"]));
        assert!(seen(&moved).expect("they answer").is_led_by("c"));
        assert!(
            seen(&after(&moved, &lead("c", &["a"])))
                .expect("they answer")
                .is_led_by("a"),
            "back in the same moment"
        );
        let refused = act(&pods, &lead("a", &["b", "d"]), crate::samples::now());
        assert_eq!(refused.unwrap_err(), "etcdserver: bad leader transferee");
        let remove = |seen: &Seen, node: &str| EtcdAct::Remove {
            member: seen.member(node).expect("it is in").clone(),
            through: Vec::new(),
        };
        let less = after(&pods, &remove(&before, "b"));
        let names: Vec<String> = seen(&less)
            .expect("they answer")
            .members
            .into_iter()
            .map(|member| member.name)
            .collect();
        assert_eq!(names, ["a", "c", "d"]);
        assert!(
            act(&less, &remove(&before, "b"), crate::samples::now())
                .expect("it is out")
                .is_none()
        );
    }

    #[test]
    fn without_a_quorum_it_tells_nothing_and_its_last_member_stays() {
        let (none, silent) = (json!({}), json!({ETCD_SILENT_ANNOTATION: ""}));
        let one_of_three = pods(&[("a", &none), ("b", &silent), ("c", &silent)]);
        let why = seen(&one_of_three).unwrap_err();
        assert_eq!(why, "Failed to get etcd members: etcdserver: request timed out");
        let nobody = seen(&pods(&[("a", &silent)])).unwrap_err();
        assert_eq!(nobody, "Failed to connect to etcd: member a: no answer");
        let alone = pods(&[("a", &json!({ETCD_ALARM_ANNOTATION: "NOSPACE"}))]);
        let known = seen(&alone).expect("it answers");
        let member = known.members[0].clone();
        assert_eq!(known.alarms_of(&member), ["NOSPACE"]);
        let last = EtcdAct::Remove {
            member,
            through: Vec::new(),
        };
        assert_eq!(
            act(&alone, &last, crate::samples::now()).unwrap_err(),
            "it is the last one"
        );
    }
}
