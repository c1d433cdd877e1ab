//! What can be done with the kubeconfig of a workload cluster: asked in a menu, then sent off. The kubeconfig itself never comes here.

use compact_str::CompactString;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::act::{Act, Deed, Refusal, Step};

use super::state::{Choice, Menu, Offer, State};
use crate::cell::update::Around;
use crate::effect::{Action, KubeconfigTo, Request};

/// What there is, how it is called in the menu, and what it comes to.
const CHOICES: [(KubeconfigTo, &str, &str); 3] = [
    (
        KubeconfigTo::Shell,
        "open a shell with it",
        "in a file that is gone afterwards; exit comes back here",
    ),
    (
        KubeconfigTo::Merge,
        "merge it as a context",
        "into the file that kubectl writes to, KUBECONFIG or ~/.kube/config; what has the name already is left alone",
    ),
    (
        KubeconfigTo::File,
        "write it to a file of its own",
        "which nobody else may read; its path is said",
    ),
];

impl State {
    /// Opens the menu of what can be done with the kubeconfig of a Cluster.
    pub fn open_kubeconfig(&mut self, cluster: &ObjectKey, around: &mut Around<'_>) {
        let Some(row) = around.fleet.get(cluster) else {
            return;
        };
        let choices = CHOICES.iter().map(|(to, title, comes_to)| Choice {
            offer: Offer::Lend(*to),
            title,
            outlook: match refusal(*to, cluster, around) {
                Some(refusal) => Err(Shown::line(&refusal.why)),
                None => Ok(Shown::ours(comes_to)),
            },
        });
        self.menu = Some(Menu {
            key: cluster.clone(),
            uid: row.facts.uid.clone(),
            others: Vec::new(),
            hidden: 0,
            choices: choices.collect(),
            at: 0,
        });
    }

    /// Does something with the kubeconfig of a Cluster, of this life of it.
    pub fn lend(
        &mut self,
        to: KubeconfigTo,
        (cluster, uid): (&ObjectKey, &CompactString),
        around: &mut Around<'_>,
    ) {
        if let Some(refusal) = refusal(to, cluster, around) {
            let act = Act {
                subject: cluster.clone(),
                uid: uid.clone(),
                deed: Deed::Kubeconfig,
                reason: None,
            };
            return around.refuse(act, refusal);
        }
        let request = Request::Kubeconfig {
            cluster: cluster.clone(),
            uid: uid.clone(),
            to,
            directory: None,
            kubeconfig: None,
        };
        let name = &cluster.object.name;
        let (effect, said) = match to {
            KubeconfigTo::Shell => {
                let said = format!("the shell for cluster {name} has ended");
                (around.effects.push(Action::Lend(request)), Some(said))
            }
            KubeconfigTo::Merge | KubeconfigTo::File => (around.effects.ask(request), None),
        };
        self.lent.push((effect, said));
    }
}

/// Why that cannot be: where nothing is to be changed there is no shell that could. To read is no write, so what the user may change
/// does not matter: whether it may be read is asked as it is.
fn refusal(to: KubeconfigTo, cluster: &ObjectKey, around: &Around<'_>) -> Option<Refusal> {
    let refusal = around
        .access
        .check(around.fleet, &cluster.management_cluster)
        .err()?;
    match (to, refusal.step) {
        (_, Step::Permission) => None,
        (KubeconfigTo::Shell, _) | (_, Step::Connection) => Some(refusal),
        (KubeconfigTo::Merge | KubeconfigTo::File, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::act::Step;

    use crate::app::{App, AppOptions};
    use crate::effect::{Action, Answer, Effect, KubeconfigTo, Outcome, Request};
    use crate::msg::Msg;
    use crate::sample::{app_with, options, plain, press, type_text, updates};
    use crate::update::update;

    /// On a machine of the cluster, which leads into it too.
    fn on_a_machine(options: AppOptions) -> App {
        let mut app = app_with(options, updates());
        type_text(&mut app, "/79q9d");
        press(&mut app, "enter");
        app
    }

    fn lends(effects: &[Effect]) -> Vec<(&str, KubeconfigTo, bool)> {
        let lent = effects.iter().filter_map(|effect| match &effect.action {
            Action::Lend(Request::Kubeconfig { cluster, to, .. }) => {
                Some((cluster.object.name.as_str(), *to, true))
            }
            Action::Ask(Request::Kubeconfig { cluster, to, .. }) => {
                Some((cluster.object.name.as_str(), *to, false))
            }
            _ => None,
        });
        lent.collect()
    }

    #[test]
    fn the_menu_lends_the_terminal_to_a_shell_and_has_files_written() {
        let mut app = on_a_machine(options((100, 30)));
        press(&mut app, "x");
        insta::assert_snapshot!("kubeconfig-menu-100x30", plain(&app));
        let effects = press(&mut app, "enter");
        assert_eq!(lends(&effects), [("byoh-cluster", KubeconfigTo::Shell, true)]);
        let lent = effects
            .iter()
            .find(|effect| matches!(effect.action, Action::Lend(_)));
        let answer = Answer::Accepted(Vec::new());
        let id = lent.map(|effect| effect.id).expect("a shell");
        update(&mut app, Msg::Outcome(Outcome { id, answer }));
        assert!(plain(&app).contains("the shell for cluster byoh-cluster has ended"));

        press(&mut app, "x tab");
        let effects = press(&mut app, "enter");
        assert_eq!(lends(&effects), [("byoh-cluster", KubeconfigTo::Merge, false)]);
        let ask = effects
            .iter()
            .find(|effect| matches!(effect.action, Action::Ask(_)));
        let answer = Answer::Saved(fleetui_base::Shown::ours("config as context a"));
        let id = ask.map(|effect| effect.id).expect("a question");
        update(&mut app, Msg::Outcome(Outcome { id, answer }));
        assert!(
            plain(&app).contains("saved to config as context a"),
            "{}",
            plain(&app)
        );
    }

    #[test]
    fn who_may_change_nothing_by_his_rights_may_read() {
        let mut all = updates();
        for update in &mut all {
            if let fleetui_fleet::Update::Session(session) = update {
                std::sync::Arc::make_mut(session).permitted = fleetui_fleet::Permitted::Nothing;
            }
        }
        let mut app = app_with(options((100, 30)), all);
        type_text(&mut app, "/79q9d");
        press(&mut app, "enter");
        press(&mut app, "x");
        assert!(
            !plain(&app).contains("you may not change anything"),
            "{}",
            plain(&app)
        );
        let effects = press(&mut app, "enter");
        assert_eq!(lends(&effects), [("byoh-cluster", KubeconfigTo::Shell, true)]);
    }

    #[test]
    fn who_may_change_nothing_gets_no_shell_and_that_is_written_down() {
        let read_only = AppOptions {
            read_only: true,
            ..options((100, 30))
        };
        let mut app = on_a_machine(read_only);
        type_text(&mut app, ":shell");
        let effects = press(&mut app, "enter");
        assert!(lends(&effects).is_empty());
        let noted = effects.iter().filter_map(|effect| match &effect.action {
            Action::Note(tried) => Some(tried.refusal.step),
            _ => None,
        });
        assert_eq!(noted.collect::<Vec<_>>(), [Step::ReadOnly]);
        press(&mut app, "x");
        let screen = plain(&app);
        assert!(screen.contains("read-only: fleetui was started so"), "{screen}");
        press(&mut app, "tab tab");
        let effects = press(&mut app, "enter");
        assert_eq!(lends(&effects), [("byoh-cluster", KubeconfigTo::File, false)]);
    }
}
