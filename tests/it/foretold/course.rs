//! One upgrade: what was foretold of it, how far it is, and whether what happened is what was foretold.

use std::collections::BTreeSet;
use std::time::Duration;

use fleetui_fleet::preflight::{Preflight, Step};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::cases::{Case, DRAIN, Sort, Stand, Todo};
use super::machines::{Happened, condition};
use super::world::{CONTROL_PLANE, WORKERS, World};

/// How often it is looked how far all are.
const TICK: Duration = Duration::from_secs(10);
/// Where nothing has changed for so long, nothing will: all that waits is looked at again within less than a minute.
const REST: SignedDuration = SignedDuration::from_mins(5);
/// The longest that all of them may take.
const LONGEST: SignedDuration = SignedDuration::from_hours(5);

/// Something that was done, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) todo: Todo,
    /// When it was written.
    pub(super) from: Timestamp,
    /// When all of it was there.
    pub(super) to: Timestamp,
}

/// One upgrade.
pub(super) struct Course {
    pub(super) case: Case,
    pub(super) found: Preflight,
    /// Machines that there were before.
    before: BTreeSet<String>,
    /// When it began.
    begun: Timestamp,
    todo: Vec<Todo>,
    written: Option<Timestamp>,
    pub(super) done: Vec<Done>,
    /// Whether it stood where it was foretold, and what held it is gone.
    released: bool,
}

/// What makes the machines of a step: the name of its target.
fn maker(step: &Step) -> &str {
    step.target.object.name.as_str()
}

impl Course {
    pub(super) fn new(case: Case, found: Preflight, world: &World) -> Self {
        let todo = case.todo(found.steps.len());
        Self {
            case,
            found,
            before: world.machines.names(&case.namespace()),
            begun: world.clock.now(),
            todo,
            written: None,
            done: Vec::new(),
            released: false,
        }
    }

    /// What is under way; nothing where all is done.
    fn current(&self) -> Option<Todo> {
        self.todo.get(self.done.len()).copied()
    }

    /// What the preflight says is not well is what the case says, in these words and no others.
    pub(super) fn assert_foretold(&self) {
        let said: Vec<(&str, Sort, &str)> = self
            .found
            .checks
            .iter()
            .filter_map(|check| Sort::of(check).map(|(sort, why)| (check.id.as_str(), sort, why)))
            .collect();
        let foretold = self.case.foretold();
        let ids = |all: &[(&str, Sort, &str)]| -> Vec<(String, Sort)> {
            all.iter()
                .map(|(id, sort, _)| ((*id).to_owned(), *sort))
                .collect()
        };
        assert_eq!(ids(&said), ids(&foretold), "{:?}: {said:#?}", self.case);
        for ((id, _, why), (_, _, words)) in said.iter().zip(&foretold) {
            assert!(
                why.contains(words),
                "{:?} {id}: {why:?} is not {words:?}",
                self.case
            );
        }
        // The control plane goes first, then what makes workers, by name; each loses exactly the machines that it has.
        let targets: Vec<&str> = self.found.steps.iter().map(maker).collect();
        let mut sorted = targets.clone();
        sorted.sort_by_key(|name| (*name != CONTROL_PLANE, *name));
        assert_eq!(targets, sorted, "{:?}", self.case);
    }

    async fn write(&self, world: &World, todo: Todo) {
        let namespace = self.case.namespace();
        let Todo::Step(step) = todo else {
            let more = json!({"spec": {"replicas": 3}});
            return world.merge("MachineDeployment", &namespace, WORKERS, more).await;
        };
        let step = &self.found.steps[step];
        let kind = step.target.kind.kind.as_ref();
        let version = if kind == "KubeadmControlPlane" {
            json!({"spec": {"version": step.to}})
        } else {
            json!({"spec": {"template": {"spec": {"version": step.to}}}})
        };
        world.machines.take_most(&namespace, maker(step));
        world.merge(kind, &namespace, maker(step), version).await;
    }

    /// Whether all of the machines that it is about are there.
    fn has_arrived(&self, world: &World, todo: Todo) -> bool {
        let namespace = self.case.namespace();
        let (maker, wished, to) = match todo {
            Todo::Grow => (WORKERS, 3, None),
            Todo::Step(step) => {
                let step = &self.found.steps[step];
                let grown = self.done.iter().any(|done| done.todo == Todo::Grow)
                    || (self.todo.contains(&Todo::Grow) && self.released);
                let more = usize::from(grown && maker(step) == WORKERS);
                let machines = usize::try_from(step.machines).unwrap();
                (maker(step), machines + more, Some(step.to.as_str()))
            }
        };
        let machines = world.machines.of(&namespace, maker);
        let is_new = |version: &str| to.is_none_or(|to| version == to);
        machines.len() == wished
            && machines
                .values()
                .all(|machine| machine.available && !machine.deleting && is_new(&machine.version))
    }

    async fn go_on(&mut self, world: &World) {
        self.case.tick_unless(self.released, world).await;
        let Some(todo) = self.current() else { return };
        match self.written {
            None => {
                self.write(world, todo).await;
                self.written = Some(world.clock.now());
            }
            Some(from) if self.has_arrived(world, todo) => {
                let to = world.clock.now();
                self.done.push(Done { todo, from, to });
                self.written = None;
            }
            Some(_) => {}
        }
    }

    /// It stands where it was foretold, for the reason that was foretold; or it is done.
    pub(super) async fn assert_stands(&self, world: &World) {
        let Some(Stand { at, kind, words, new }) = self.case.stand() else {
            assert_eq!(
                self.current(),
                None,
                "{:?} goes through: {:?}",
                self.case,
                self.print(world).await
            );
            return;
        };
        let namespace = self.case.namespace();
        assert_eq!(
            self.current(),
            Some(at),
            "{:?}: {}",
            self.case,
            self.print(world).await
        );
        let said = world.says(kind, &namespace).await;
        let says = said.iter().any(|said| said.contains(words));
        assert!(says, "{:?}: no {kind} says {words:?}: {said:#?}", self.case);
        if let Todo::Step(step) = at {
            let step = &self.found.steps[step];
            let machines = world.machines.of(&namespace, maker(step));
            let at_version = machines.values().filter(|machine| machine.version == step.to);
            assert!(
                new.contains(&at_version.count()),
                "{:?}: {machines:#?}",
                self.case
            );
        }
        // What comes behind it has not been touched.
        for later in self.todo.iter().skip(self.done.len() + 1) {
            let Todo::Step(step) = later else { continue };
            let step = &self.found.steps[*step];
            let names: BTreeSet<String> = world.machines_of(&namespace, maker(step)).into_iter().collect();
            let foretold: BTreeSet<String> = step.replaces.iter().map(ToString::to_string).collect();
            assert_eq!(names, foretold, "{:?}: {}", self.case, maker(step));
        }
    }

    /// Does something about what held it.
    pub(super) async fn release(&mut self, world: &mut World) {
        if self.case.stand().is_none() {
            return;
        }
        self.case.release(world).await;
        self.released = true;
        if matches!(self.case, Case::OldWorkers | Case::Kubeadm) {
            // The step behind it is what helps: what grows is there when that is done.
            self.todo
                .retain(|todo| *todo != Todo::Grow || self.case == Case::NewWorkers);
            self.todo.push(Todo::Grow);
            self.written = None;
        }
    }

    /// Exactly the machines that were foretold are gone, in the order of the steps, and there were never more at once than that.
    pub(super) async fn assert_ended(&self, world: &World) {
        let namespace = self.case.namespace();
        let what = format!("{:?}", self.case);
        if self.case == Case::Deleting {
            // What was being deleted is gone, and no machine of the version ever came.
            assert!(world.machines.of(&namespace, WORKERS).is_empty(), "{what}");
            return;
        }
        assert_eq!(self.current(), None, "{what}: {}", self.print(world).await);
        let replaced: BTreeSet<String> = self
            .found
            .steps
            .iter()
            .flat_map(|step| &step.replaces)
            .map(ToString::to_string)
            .collect();
        // One that comes may have the name of one that went: names are made of those of the others.
        let told = world.machines.told_since(&namespace, self.begun).into_iter();
        let gone: BTreeSet<String> = told
            .filter(|told| told.what == Happened::Gone && self.before.contains(&told.name))
            .map(|told| told.name)
            .collect();
        let untouched = self.case == Case::NewWorkers;
        if !untouched {
            assert_eq!(gone, replaced, "{what}: what is gone, and what was foretold");
        }
        let counted: i64 = self.found.steps.iter().map(|step| step.machines).sum();
        assert_eq!(counted, self.found.machines(), "{what}");
        // A rollout that has not ended has machines of its own that go too.
        let surplus = usize::from(self.case == Case::Unsettled);
        assert_eq!(
            usize::try_from(counted).unwrap() + surplus,
            replaced.len(),
            "{what}"
        );
        // Each machine went while its own step was under way.
        for done in &self.done {
            let Todo::Step(step) = done.todo else { continue };
            let step = &self.found.steps[step];
            for told in world.machines.told_since(&namespace, done.from) {
                if told.what == Happened::Gone && told.at <= done.to {
                    assert_eq!(
                        told.maker,
                        maker(step),
                        "{what}: {told:?} in the step of {}",
                        maker(step)
                    );
                }
            }
        }
    }

    /// There were as many machines at once as the step says, and it took as long.
    pub(super) fn assert_measures(&self, world: &World) {
        let namespace = self.case.namespace();
        for done in &self.done {
            let Todo::Step(at) = done.todo else { continue };
            let step = &self.found.steps[at];
            let most = world.machines.take_most(&namespace, maker(step));
            let bound = usize::try_from(step.machines + step.surge).unwrap();
            assert_eq!(most, bound, "{:?} {}: {step:?}", self.case, maker(step));
            let told = world.machines.told_since(&namespace, done.from);
            let last = told
                .iter()
                .filter(|told| told.maker == maker(step) && told.at <= done.to)
                .map(|told| told.at)
                .max()
                .expect("something happened");
            let took = u64::try_from(last.duration_since(done.from).as_secs()).unwrap();
            let (likely, long) = step.seconds.expect("it is foretold how long it takes");
            println!(
                "{:?} {}: {took} s, foretold {likely} to {long}",
                self.case,
                maker(step)
            );
            assert!(
                took >= likely / 2 && took <= long * 2 + 30,
                "{:?} {}: {took} s, foretold {likely} to {long}",
                self.case,
                maker(step)
            );
        }
    }

    /// Special to some cases: what was foretold happened on the way.
    pub(super) async fn assert_on_the_way(&self, world: &World) {
        let begun = self.begun;
        let namespace = self.case.namespace();
        match self.case {
            Case::BoundedDrain => {
                let took = self.done[1].to.duration_since(self.done[1].from).as_secs();
                assert!(
                    (DRAIN..3 * DRAIN).contains(&took),
                    "the drain was held for its time: {took} s"
                );
            }
            Case::HealthChecks => {
                let check = world.get("MachineHealthCheck", &namespace, "check").await;
                let allowed = condition(&check, "RemediationAllowed").expect("it says so");
                assert_eq!(allowed["status"], "True", "{allowed}");
                let since: Timestamp = allowed["lastTransitionTime"].as_str().unwrap().parse().unwrap();
                assert!(since > begun, "it was not allowed meanwhile: {allowed}");
            }
            Case::LostMember => {
                let told = world.machines.told_since(&namespace, begun);
                let gone = told.iter().find(|told| told.what == Happened::Gone);
                let lost = self.found.steps[0].replaces.iter().min();
                assert_eq!(
                    gone.map(|told| told.name.as_str()),
                    lost.map(AsRef::<str>::as_ref),
                    "the one that is not well goes first: {told:#?}"
                );
            }
            Case::Remediation => {
                let plane = world.get("KubeadmControlPlane", &namespace, CONTROL_PLANE).await;
                let machine = plane["status"]["lastRemediation"]["machine"]
                    .as_str()
                    .unwrap_or_default();
                assert_eq!(
                    self.found.steps[0].replaces,
                    [machine],
                    "its health check replaced it: {plane:#}"
                );
            }
            Case::Autoscaler => {
                assert_eq!(self.found.steps[1].machines, 2);
                assert_eq!(
                    world.machines.of(&namespace, WORKERS).len(),
                    3,
                    "somebody else changed them"
                );
            }
            _ => {}
        }
    }

    async fn print(&self, world: &World) -> String {
        let namespace = self.case.namespace();
        let mut lines = vec![format!(
            "{:?} is at {:?} of {:?}",
            self.case,
            self.done.len(),
            self.todo
        )];
        for kind in [
            "KubeadmControlPlane",
            "MachineDeployment",
            "MachineSet",
            "Machine",
        ] {
            let said = world.says(kind, &namespace).await;
            lines.extend(said.iter().map(|said| format!("{kind} {said}")));
        }
        lines.join("\n")
    }
}

/// Lets all of them go on until nothing changes any more.
pub(super) async fn until_at_rest(world: &World, courses: &mut [Course]) {
    let begun = world.clock.now();
    let (mut print, mut since) = (String::new(), begun);
    // A drain that gives up is waited for.
    let is_bounded = courses.iter().any(|course| course.case == Case::BoundedDrain);
    let rest = REST + SignedDuration::from_secs(if is_bounded { DRAIN } else { 0 });
    loop {
        tokio::time::sleep(TICK).await;
        for course in courses.iter_mut() {
            course.go_on(world).await;
        }
        let now = world.clock.now();
        let done: Vec<usize> = courses.iter().map(|course| course.done.len()).collect();
        let anew = format!("{done:?} {}", world.machines.print());
        if anew != print {
            (print, since) = (anew, now);
        } else if now.duration_since(since) > rest {
            return;
        }
        assert!(now.duration_since(begun) < LONGEST, "they do not come to rest");
    }
}
