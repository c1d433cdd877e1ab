//! Layers of the tree: switched by key or by name, and told to whoever reads what only they show.

use fleetui_fleet::tree::Layer;

use crate::app::App;
use crate::effect::Action;
use crate::near::{near, suggestion};

/// The names of what is no layer of objects and can be shown or not as well.
pub(super) const GROUPS: &str = "groups";
pub(super) const ECHO: &str = "echo";

/// All names that can be typed.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    Layer::ALL.into_iter().map(Layer::name).chain([GROUPS, ECHO])
}

impl App {
    /// Shows a layer, or not any more.
    pub(super) fn toggle_layer(&mut self, layer: Layer) -> bool {
        let is_shown = self.tree.options.layers.toggle(layer);
        self.effects.push(Action::Layers(self.tree.options.layers));
        self.refresh();
        is_shown
    }

    /// Shows machines of which there is nothing to say as one line, or each.
    pub(super) fn toggle_groups(&mut self) -> bool {
        self.tree.options.grouping ^= true;
        self.refresh();
        self.tree.options.grouping
    }

    /// What was typed behind `:layers`.
    pub(super) fn show_layer(&mut self, name: Option<&str>) {
        let Some(name) = name else {
            return self.say_layers();
        };
        if let Some(layer) = Layer::ALL.into_iter().find(|layer| layer.name() == name) {
            self.go_home();
            let is_shown = self.toggle_layer(layer);
            let more = if is_shown { "" } else { " not" };
            let end = if is_shown { "" } else { " any more" };
            let what = format!("{} are{more} shown{end}", layer.shows());
            return self.messages.say(self.now, &what);
        }
        match name {
            GROUPS => {
                self.go_home();
                let grouped = self.toggle_groups();
                self.say_whether(
                    grouped,
                    "machines of which there is nothing to say are one line; unfold it to see each",
                    "each machine has a line",
                );
            }
            ECHO => {
                self.go_home();
                self.tree.options.echo ^= true;
                self.refresh();
                self.say_whether(
                    self.tree.options.echo,
                    "all infrastructure and bootstrap objects are shown",
                    "infrastructure and bootstrap objects are shown where they say more than their machine",
                );
            }
            _ => {
                let hint = suggestion(&near(name, names()));
                let what = format!("there is no layer '{name}'{hint}");
                self.messages.refuse(self.now, &what);
            }
        }
    }

    fn say_layers(&mut self) {
        let options = &self.tree.options;
        let mut shown: Vec<&str> = options.layers.iter().map(Layer::name).collect();
        shown.extend(Some(GROUPS).filter(|_| options.grouping));
        shown.extend(Some(ECHO).filter(|_| options.echo));
        let hidden: Vec<&str> = names().filter(|name| !shown.contains(name)).collect();
        let listed = |names: &[&str]| {
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(" ")
            }
        };
        let what = format!("shown: {}; not shown: {}", listed(&shown), listed(&hidden));
        self.messages.say(self.now, &what);
    }
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::session::Connection;
    use fleetui_fleet::tree::{Layer, Layers};

    use crate::effect::Action;
    use crate::msg::Msg;
    use crate::sample::{app_with, cluster, objects, options, plain, press, session};
    use crate::update::update;

    fn app() -> crate::app::App {
        let told = vec![
            session("lab", Connection::Live),
            objects("lab", &cluster("prod", &[], None)),
        ];
        app_with(options((120, 40)), told)
    }

    /// Types a line and takes it; gives what is wanted of the runtime.
    fn typed(app: &mut crate::app::App, line: &str) -> Vec<Action> {
        press(app, ":");
        update(app, Msg::Paste(line.to_owned()));
        let enter = crate::chord::sequence("enter").unwrap();
        let mut actions = Vec::new();
        for chord in enter {
            actions.extend(
                update(app, Msg::Key(chord))
                    .into_iter()
                    .map(|effect| effect.action),
            );
        }
        actions
    }

    #[test]
    fn a_layer_is_shown_by_its_name_and_the_runtime_is_told() {
        let mut app = app();
        let shown = Layers::default().with(Layer::Templates);
        assert_eq!(typed(&mut app, "layers templates"), [Action::Layers(shown)]);
        assert!(plain(&app).contains("templates are shown"), "{}", plain(&app));
        assert_eq!(
            typed(&mut app, "layers templates"),
            [Action::Layers(Layers::default())]
        );
        assert!(
            plain(&app).contains("templates are not shown any more"),
            "{}",
            plain(&app)
        );
    }

    #[test]
    fn names_that_are_not_known_are_answered_with_what_was_near() {
        let mut app = app();
        assert!(typed(&mut app, "layers template").is_empty());
        assert!(plain(&app).contains("did you mean templates?"), "{}", plain(&app));
        typed(&mut app, "layers groups");
        assert!(app.tree.options.grouping);
        typed(&mut app, "layers");
        assert!(
            plain(&app).contains("shown: groups; not shown: machine-sets"),
            "{}",
            plain(&app)
        );
    }
}
