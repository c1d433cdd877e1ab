//! Drafts and interrupted creations that an earlier start has left behind: that they are there is said once, with where to go on.

use fleetui_base::{ManagementCluster, ObjectKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::command::{Command, Object, Place, Program};
use crate::effect::Action;

/// A draft that is there, or a creation that was interrupted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
    /// What it is of.
    pub of: Of,
    /// When it was kept, or begun.
    pub at: Timestamp,
}

/// What it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Of {
    /// An object that was being edited.
    Object(ObjectKey),
    /// A cluster that was to be created there; which one, where it had a name.
    Creation(ManagementCluster, Option<ObjectKey>),
    /// A Cluster whose creation was interrupted.
    Interrupted(ObjectKey),
}

impl Of {
    fn management_cluster(&self) -> &ManagementCluster {
        match self {
            Self::Object(key) | Self::Interrupted(key) => &key.management_cluster,
            Self::Creation(name, _) => name,
        }
    }
}

impl App {
    /// Says once which drafts there are, when it is known that they are of this fleet. Where there is a place to go back to, that leads
    /// to them.
    pub(crate) fn tell_unfinished(&mut self) {
        let is_here = |draft: &&Unfinished| self.fleet.session(draft.of.management_cluster()).is_some();
        if !self.unfinished.iter().any(|draft| is_here(&draft)) || self.is_return_offered() {
            return;
        }
        let here = self.unfinished.iter().filter(is_here);
        let objects: Vec<&ObjectKey> = here
            .clone()
            .filter_map(|draft| match &draft.of {
                Of::Object(key) => Some(key),
                Of::Creation(..) | Of::Interrupted(_) => None,
            })
            .collect();
        let interrupted: Vec<&ObjectKey> = here
            .clone()
            .filter_map(|draft| match &draft.of {
                Of::Interrupted(cluster) => Some(cluster),
                Of::Object(_) | Of::Creation(..) => None,
            })
            .collect();
        // One whose Cluster is there was created, and goes on with that.
        let creations: Vec<Option<&ObjectKey>> = here
            .filter_map(|draft| match &draft.of {
                Of::Creation(_, cluster) => Some(cluster.as_ref()),
                Of::Object(_) | Of::Interrupted(_) => None,
            })
            .filter(|cluster| cluster.is_none_or(|key| self.fleet.get(key).is_none()))
            .collect();
        let key = |command: Command| self.keys.current.keys(Place::Tree, command).into_iter().next();
        let edit = key(Command::Object(Object::Edit)).unwrap_or_else(|| ":edit".to_owned());
        let create = key(Command::Program(Program::Create)).unwrap_or_else(|| ":create".to_owned());
        let count = objects.len() + creations.len();
        let of_creations = match creations.as_slice() {
            [] => None,
            [Some(one)] => Some(format!("{create} for the new cluster {}", one.object)),
            [None] => Some(format!("{create} for a new cluster")),
            all => Some(format!("{create} for {} new clusters", all.len())),
        };
        let of_objects = match objects.as_slice() {
            [] => None,
            [one] => Some(format!("{edit} on {one}")),
            [latest, ..] => Some(format!("{edit} on {latest}, the latest")),
        };
        let of_drafts = match count {
            0 => None,
            1 => Some("a draft is kept".to_owned()),
            count => Some(format!("{count} drafts are kept")),
        };
        let things: Vec<String> = told_interrupted(&interrupted)
            .into_iter()
            .chain(of_drafts)
            .collect();
        let to_interrupted = (!interrupted.is_empty()).then(|| match count {
            0 => create.clone(),
            _ => format!("{create} for what was interrupted"),
        });
        let ways = to_interrupted.into_iter().chain(of_creations).chain(of_objects);
        let ways: Vec<String> = ways.collect();
        self.unfinished.clear();
        self.effects.push(Action::DraftsTold);
        if !things.is_empty() {
            let what = format!("{}; go on with {}", things.join(", "), ways.join(", "));
            self.messages.offer(self.now, &what);
        }
    }
}

/// What is said of interrupted creations, the latest first; nothing where there are none.
fn told_interrupted(clusters: &[&ObjectKey]) -> Option<String> {
    match clusters {
        [] => None,
        [one] => Some(format!("the creation of {one} was interrupted")),
        [latest, ..] => Some(format!(
            "{} creations were interrupted, that of {latest} the latest",
            clusters.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ObjectName};

    use super::*;
    use crate::msg::Msg;
    use crate::sample::{now, options, plain, press, updates};
    use crate::update::update;

    fn draft(management_cluster: &str, name: &str) -> Unfinished {
        let key = ObjectKey::new(
            ManagementCluster::new(management_cluster),
            GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
            ObjectName::new("default", name),
        );
        Unfinished {
            of: Of::Object(key),
            at: now(),
        }
    }

    fn creation(name: Option<&str>) -> Unfinished {
        let place = ManagementCluster::new("mgmt-taipei");
        let key = |name: &str| {
            ObjectKey::new(
                place.clone(),
                GroupKind::new("cluster.x-k8s.io", "Cluster"),
                ObjectName::new("default", name),
            )
        };
        Unfinished {
            of: Of::Creation(place.clone(), name.map(key)),
            at: now(),
        }
    }

    fn interrupted(name: &str) -> Unfinished {
        let one = creation(Some(name));
        let Of::Creation(_, Some(cluster)) = one.of else {
            panic!("{one:?}")
        };
        Unfinished {
            of: Of::Interrupted(cluster),
            ..one
        }
    }

    /// A console that finds these drafts, and how often it has written down that it told of them.
    fn started(drafts: Vec<Unfinished>) -> (App, usize) {
        let mut options = options((120, 40));
        options.unfinished = drafts;
        let mut app = App::new(options).unwrap();
        update(&mut app, Msg::Tick(now()));
        let effects = update(&mut app, Msg::Fleet(updates())).into_iter();
        let told = effects
            .filter(|effect| effect.action == Action::DraftsTold)
            .count();
        (app, told)
    }

    #[test]
    fn drafts_that_are_kept_are_told_once_with_where_to_go_on() {
        let md = || draft("mgmt-taipei", "md-0");
        let cases = [
            (
                vec![md()],
                "a draft is kept; go on with e on MachineDeployment default/md-0 in mgmt-taipei",
            ),
            (
                vec![md(), draft("mgmt-tokyo", "md-1")],
                "2 drafts are kept; go on with e on MachineDeployment default/md-0 in mgmt-taipei, the latest",
            ),
            (
                vec![creation(Some("web"))],
                "a draft is kept; go on with N for the new cluster default/web",
            ),
            (
                vec![creation(None)],
                "a draft is kept; go on with N for a new cluster",
            ),
            (
                vec![creation(None), creation(Some("web"))],
                "2 drafts are kept; go on with N for 2 new clusters",
            ),
            (
                vec![md(), creation(None)],
                "2 drafts are kept; go on with N for a new cluster, e on MachineDeployment default/md-0",
            ),
            (
                vec![interrupted("web")],
                "the creation of Cluster default/web in mgmt-taipei was interrupted; go on with N",
            ),
            (
                vec![interrupted("web"), interrupted("old")],
                "2 creations were interrupted, that of Cluster default/web in mgmt-taipei the latest; go on with N",
            ),
            (
                vec![creation(None), interrupted("web")],
                "the creation of Cluster default/web in mgmt-taipei was interrupted, a draft is kept; go on with N for what was",
            ),
        ];
        for (drafts, expected) in cases {
            let (mut app, told) = started(drafts);
            let text = plain(&app);
            assert!(text.contains(expected), "{expected}:\n{text}");
            assert_eq!((told, app.unfinished.len()), (1, 0));
            press(&mut app, "esc");
            assert!(!plain(&app).contains("; go on with"), "{}", plain(&app));
            let again = update(&mut app, Msg::Fleet(updates()));
            assert!(again.iter().all(|effect| effect.action != Action::DraftsTold));
            assert!(!plain(&app).contains("; go on with"), "it is said once");
        }
    }

    #[test]
    fn drafts_of_another_fleet_wait_until_it_is_shown() {
        let (app, told) = started(vec![draft("elsewhere", "md-0")]);
        assert!(!plain(&app).contains("kept;"), "{}", plain(&app));
        assert_eq!((told, app.unfinished.len()), (0, 1));
    }
}
