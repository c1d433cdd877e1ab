//! The way into workload clusters: their nodes, their kubeconfigs, and what of them is asked while somebody looks at it.

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use fleetui_fleet::drain::draining;
use fleetui_fleet::nodes::{NodeOptions, clusters};
use fleetui_fleet::problems::Root;
use fleetui_fleet::tree::Layer;
use fleetui_fleet::waits_for::WaitsFor;
use fleetui_fleet::why::{Why, why};

use crate::app::App;
use crate::effect::{KubeconfigTo, Outcome};
use crate::screens::{Screen, nodes};
use crate::subject::Subject;
use crate::within::Within;
use crate::workloads::{AT_ONCE, Wanted};

impl App {
    /// The Cluster that what is under the cursor belongs to, with its uid.
    fn workload_cluster(&self) -> Option<(ObjectKey, CompactString)> {
        let row = match self.subject()? {
            Subject::Object(key) => self.fleet.get(&key)?,
            Subject::ManagementCluster(_) => return None,
        };
        let cluster = self.fleet.cluster_of(row)?;
        Some((cluster.key(), cluster.facts.uid.clone()))
    }

    fn no_workload_cluster(&mut self) {
        let what = "nothing here belongs to a workload cluster";
        self.messages.refuse(self.now, what);
    }

    /// Opens the nodes of the workload cluster that what is under the cursor belongs to.
    pub(super) fn open_nodes(&mut self) {
        let Some((cluster, _)) = self.workload_cluster() else {
            return self.no_workload_cluster();
        };
        let own = match self.subject() {
            Some(Subject::Object(key)) => self.fleet.get(&key).and_then(|row| row.facts.node.clone()),
            Some(Subject::ManagementCluster(_)) | None => None,
        };
        let (stack, ground, _) = self.stack_and_ground();
        let mut state = nodes::State::open((Some(cluster), Within::default()), None, ground.list());
        if let Some(node) = own {
            state.seek(node, ground.list());
        }
        stack.push(Screen::Nodes(Box::new(state)));
    }

    /// Asks what to do with the kubeconfig of that cluster.
    pub(super) fn open_kubeconfig(&mut self) {
        let Some((cluster, _)) = self.workload_cluster() else {
            return self.no_workload_cluster();
        };
        let (act, mut around) = self.act_and_around();
        act.open_kubeconfig(&cluster, &mut around);
    }

    /// Does something with it.
    pub(super) fn lend_kubeconfig(&mut self, to: KubeconfigTo) {
        let Some((cluster, uid)) = self.workload_cluster() else {
            return self.no_workload_cluster();
        };
        let (act, mut around) = self.act_and_around();
        act.lend(to, (&cluster, &uid), &mut around);
        self.await_lent();
    }

    /// What comes of kubeconfigs that were asked for is told.
    pub(super) fn await_lent(&mut self) {
        self.asked.extend(self.act.lent.drain(..));
    }

    /// Asks workload clusters for what is looked at, and stops waiting for what is not any more.
    pub(super) fn look_at_workloads(&mut self) {
        let wanted = self.looked_at();
        self.workloads.follow(&wanted, self.now, &mut self.effects);
    }

    fn looked_at(&self) -> Vec<Wanted> {
        let nodes = |clusters: Vec<(ObjectKey, CompactString)>| {
            let clusters = clusters.into_iter();
            clusters.map(|(key, uid)| Wanted::Nodes(key, uid)).collect()
        };
        match self.stack.last() {
            Some(Screen::Nodes(screen)) => nodes(screen.wanted(&self.fleet)),
            Some(Screen::Object(object)) => self.drains(&object.key),
            Some(Screen::Problems(problems)) => match problems.problem() {
                Some(problem) if problem.waits_for == WaitsFor::Drain => match &problem.root {
                    Root::Object(key) => vec![Wanted::Drain(key.clone(), problem.uid.clone())],
                    Root::ManagementCluster(_) => Vec::new(),
                },
                // What soon is one names its pods, too.
                None if problems.on_their_way().person.held_drain => {
                    let drains = draining(&self.fleet).into_iter().take(AT_ONCE);
                    drains.map(|(key, uid)| Wanted::Drain(key, uid)).collect()
                }
                Some(_) | None => Vec::new(),
            },
            None if self.tree.options.layers.has(Layer::Nodes) => {
                let options = NodeOptions {
                    only: self.tree.options.only.clone(),
                    namespace: self.tree.options.namespace.clone(),
                    ..NodeOptions::default()
                };
                nodes(clusters(&self.fleet, &options))
            }
            None
            | Some(
                Screen::Help(_)
                | Screen::Contexts(_)
                | Screen::Table(_)
                | Screen::Hosts(_)
                | Screen::Edit(_)
                | Screen::Create(_)
                | Screen::Activity(_)
                | Screen::Upgrade(_),
            ) => Vec::new(),
        }
    }

    /// The machine at the bottom of what an object suffers from, where its node is being drained.
    fn drains(&self, key: &ObjectKey) -> Vec<Wanted> {
        let found = why(&self.fleet, key, self.now).filter(|why| why.waits_for == WaitsFor::Drain);
        let root = found.as_ref().and_then(Why::root);
        root.map(|root| Wanted::Drain(root.key.clone(), root.uid.clone()))
            .into_iter()
            .collect()
    }

    /// What a workload cluster says; says whether it was waited for.
    pub(super) fn outcome_of_workloads(&mut self, outcome: &Outcome) -> bool {
        let Some(changed) = self.workloads.outcome(outcome, &mut self.fleet, self.now) else {
            return false;
        };
        if !changed {
            return true;
        }
        self.dirty = true;
        if self.stack.is_empty() {
            self.refresh();
        } else {
            self.refresh_top();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{ObjectName, Shown};
    use fleetui_fleet::drain::{Drain, HeldBy, HeldPod};
    use serde_json::json;

    use crate::app::App;
    use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request, Workload};
    use crate::msg::Msg;
    use crate::sample::{app_with, condition, machine, objects, options, plain, press, type_text, updates};
    use crate::update::update;

    const MACHINE: &str = "byoh-cluster-md-0-x4b-79q9d";

    /// The fleet of the picture, in which one machine is being drained.
    fn app() -> App {
        let mut draining = machine(
            "byoh-cluster",
            ("MachineSet", "byoh-cluster-md-0-x4b"),
            "79q9d",
            Ok("node-4"),
        );
        draining["metadata"]["deletionTimestamp"] = json!("2026-08-21T11:30:00Z");
        draining["metadata"]["finalizers"] = json!(["machine.cluster.x-k8s.io"]);
        draining["metadata"]["resourceVersion"] = json!("200");
        let mut deleting = condition("Deleting", "True", "Drain not completed yet");
        deleting["reason"] = json!("DrainingNode");
        draining["status"]["conditions"] = json!([
            condition(
                "Ready",
                "False",
                "* Deleting: Machine deletion in progress, stage: DrainingNode"
            ),
            deleting
        ]);
        let mut all = updates();
        all.push(objects("mgmt-taipei", &[draining]));
        app_with(options((120, 40)), all)
    }

    fn asked(effects: &[Effect]) -> Vec<EffectId> {
        let asks = effects.iter().filter(|effect| {
            matches!(&effect.action, Action::Ask(Request::Drain(key, _)) if key.object.name == MACHINE)
        });
        asks.map(|effect| effect.id).collect()
    }

    fn held() -> Answer {
        let by = HeldBy::Budget {
            name: "web".into(),
            healthy: 2,
            wanted: 2,
        };
        let pod = ObjectName::new("shop", "web-0");
        Answer::Workload(Box::new(Workload::Drain(Drain {
            held: vec![HeldPod { pod, by }],
            leaving: 1,
        })))
    }

    #[test]
    fn the_pods_that_hold_a_drain_are_named_where_one_asks_why() {
        let mut app = app();
        type_text(&mut app, "/79q9d");
        press(&mut app, "enter");
        let effects = press(&mut app, "w");
        let [id] = asked(&effects)[..] else {
            panic!("{effects:#?}")
        };
        update(&mut app, Msg::Outcome(Outcome { id, answer: held() }));
        let screen = plain(&app);
        assert!(screen.contains("waits for its node to be drained"), "{screen}");
        assert!(
            screen.contains("pod shop/web-0 is held by budget web"),
            "{screen}"
        );
        assert!(screen.contains("1 pod is on its way"), "{screen}");
        insta::assert_snapshot!("drain-why-120x40", screen);
    }

    #[test]
    fn problems_name_them_too_and_say_where_that_is_not_known() {
        let mut app = app();
        let mut effects = press(&mut app, "!");
        for _ in 0..8 {
            if !asked(&effects).is_empty() {
                break;
            }
            effects = press(&mut app, "j");
        }
        let [id] = asked(&effects)[..] else {
            panic!("{}", plain(&app))
        };
        let answer = Answer::Failed(Failure {
            kind: FailureKind::Unreachable,
            message: Shown::ours("it does not answer within 5 s"),
        });
        update(&mut app, Msg::Outcome(Outcome { id, answer }));
        let screen = plain(&app);
        assert!(
            screen.contains("which pods hold the drain is not known: it does not answer"),
            "{screen}"
        );
    }

    #[test]
    fn a_drain_that_a_budget_holds_names_its_pods_before_it_is_a_problem() {
        use crate::sample::{cluster, now, session};
        use fleetui_fleet::session::Connection;

        let owner = ("MachineSet", "payments-md-0-x4b");
        let mut draining = machine("payments", owner, "2hx7l", Ok("node-9"));
        let name = draining["metadata"]["name"].as_str().unwrap().to_owned();
        let asked_at = now() - jiff::SignedDuration::from_mins(1);
        draining["metadata"]["deletionTimestamp"] = json!(asked_at.to_string());
        draining["metadata"]["finalizers"] = json!(["machine.cluster.x-k8s.io"]);
        draining["metadata"]["resourceVersion"] = json!("200");
        let said = "* Pod shop/web-0: cannot evict pod as it would violate the pod's disruption budget";
        let mut deleting = condition("Deleting", "True", said);
        deleting["reason"] = json!("DrainingNode");
        draining["status"]["conditions"] = json!([deleting]);
        let all = vec![
            session("mgmt-tokyo", Connection::Live),
            objects("mgmt-tokyo", &cluster("payments", &[("2hx7l", "node-9")], None)),
            objects("mgmt-tokyo", &[draining]),
        ];
        let mut app = app_with(options((120, 40)), all);
        let effects = press(&mut app, "!");
        let asks = effects.iter().find(
            |effect| matches!(&effect.action, Action::Ask(Request::Drain(key, _)) if key.object.name == name),
        );
        let Some(id) = asks.map(|effect| effect.id) else {
            panic!("{}", plain(&app))
        };
        let screen = plain(&app);
        assert!(
            screen.contains("a disruption budget holds the drain of a node"),
            "{screen}"
        );
        update(&mut app, Msg::Outcome(Outcome { id, answer: held() }));
        let screen = plain(&app);
        assert!(
            screen.contains(&format!("{name}: pod shop/web-0 is held by budget web")),
            "{screen}"
        );
    }
}
