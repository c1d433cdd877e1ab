//! A template as a form: each of its variables is a question with an answer, and some questions are asked of every template.

use std::collections::BTreeMap;

use fleetui_base::ManagementCluster;
use fleetui_rules::template::{Template, TemplateError};
use fleetui_rules::version::Version;

use super::check::networks::is_free;
use super::creation::Creation;
use super::flavour::{Flavour, Sort};
use super::input::{Input, split};
use super::known;
use super::like::Like;
use super::lists::Networks;
use super::sets::Sets;
use super::taken::Taken;
use super::takes::takes;
use super::variables::{KUBERNETES_MINOR, Variables};
use crate::act::plan::Around;

/// A question, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The variable of the template.
    pub variable: String,
    /// What a ClusterClass calls it whose variable it is. Not yet safe to show.
    pub name: Option<String>,
    /// What the answer has to be.
    pub input: Input,
    /// What it is for; empty where that is not known.
    pub meaning: String,
    /// What values it takes, where a schema says so. Not yet safe to show.
    pub takes: Option<String>,
    /// What holds where there is no answer; nothing where there has to be one.
    pub default: Option<String>,
    /// The answer, as a person writes it; empty where there is none.
    pub answer: String,
    /// How the template has it where it is networks.
    pub(super) networks: Networks,
}

impl Field {
    /// How it is called: in a word, as its class does, else by its variable.
    pub fn label(&self) -> &str {
        let own = self.name.as_deref().unwrap_or(&self.variable);
        self.input.label().unwrap_or(own)
    }

    /// What holds where there is no answer, in words; nothing where nothing does.
    pub fn default_in_words(&self) -> Option<&str> {
        let default = self.default.as_deref().filter(|default| !default.is_empty())?;
        // A class has no value for it then.
        let is_left_out = self.name.is_some() && default == UNSET;
        Some(if is_left_out { "left out" } else { default })
    }

    /// Whether its answer is shown and kept to nobody.
    pub fn is_secret(&self) -> bool {
        SECRET.iter().any(|word| self.variable.contains(word))
    }

    /// The answer, or what holds without one.
    pub fn value(&self) -> &str {
        let answer = self.answer.trim();
        if answer.is_empty() {
            self.default.as_deref().unwrap_or_default()
        } else {
            answer
        }
    }
}

/// The questions of a template, with answers.
#[derive(Debug, Clone)]
pub struct Form {
    /// What the cluster is made from.
    pub flavour: Flavour,
    /// Where it is made.
    pub management_cluster: ManagementCluster,
    /// The questions, in the order in which they are asked.
    pub fields: Vec<Field>,
    /// The cluster that it is to be like, where it is to be like one.
    pub like: Option<Like>,
    pub(super) template: Template,
    /// What creations have taken that have not come to their end.
    pub(super) unfinished: Vec<Taken>,
    /// What the server refused: variable, the answer that it was of, why. Not yet safe to show.
    pub(super) refused: Vec<(String, String, String)>,
}

/// What stands in a template for a variable of a class that nobody gave a value.
pub(super) const UNSET: &str = "null";
/// The variable that says where hosts get Kubernetes.
const REGISTRY: &str = "BUNDLE_LOOKUP_BASE_REGISTRY";
/// What in the name of a variable says that its value is nobody else's to see.
const SECRET: [&str; 6] = [
    "PASSWORD",
    "TOKEN",
    "SECRET",
    "CREDENTIALS",
    "B64ENCODED",
    "PRIVATE_KEY",
];

/// What is asked of every template, and what holds without an answer.
const ALWAYS: [(&str, Option<&str>); 3] = [
    ("NAMESPACE", Some("default")),
    ("CLUSTER_NAME", None),
    ("KUBERNETES_VERSION", None),
];
/// What comes next where a template has it.
const NEXT: [(&str, Option<&str>); 6] = [
    ("CONTROL_PLANE_MACHINE_COUNT", Some("1")),
    ("WORKER_MACHINE_COUNT", Some("0")),
    ("CONTROL_PLANE_ENDPOINT_IP", None),
    ("POD_CIDR", None),
    ("SERVICE_CIDR", None),
    ("SERVICE_DOMAIN", None),
];

impl Form {
    /// The form of a template, with the answers that are known already.
    ///
    /// # Errors
    /// It is no template.
    pub fn new(
        flavour: Flavour,
        management_cluster: ManagementCluster,
        known: &Variables,
    ) -> Result<Self, TemplateError> {
        let template = Template::parse(&flavour.text)?;
        let mut variables = template.variables();
        // It follows from the version.
        if variables.remove(KUBERNETES_MINOR).is_some() {
            variables.entry("KUBERNETES_VERSION".to_owned()).or_default();
        }
        let mut form = Self {
            flavour,
            management_cluster,
            fields: Vec::new(),
            like: None,
            template,
            unfinished: Vec::new(),
            refused: Vec::new(),
        };
        for (name, default) in ALWAYS {
            let own = variables.remove(name);
            // A template without a version asks for none.
            if own.is_some() || name != "KUBERNETES_VERSION" {
                form.ask(name, own.flatten().or(default.map(str::to_owned)), known);
            }
        }
        for (name, default) in NEXT {
            if let Some(own) = variables.remove(name) {
                form.ask(name, own.or(default.map(str::to_owned)), known);
            }
        }
        let (required, optional): (Vec<_>, Vec<_>) =
            variables.into_iter().partition(|(_, default)| default.is_none());
        for (name, default) in required.into_iter().chain(optional) {
            form.ask(&name, default, known);
        }
        Ok(form)
    }

    fn ask(&mut self, variable: &str, default: Option<String>, known: &Variables) {
        let input = match Input::of(variable) {
            Input::Count if matches!(self.flavour.sort, Sort::Byoh | Sort::Simulated) => Input::Pools,
            Input::Count if !self.flavour.workers.is_empty() => Input::Pools,
            input => input,
        };
        let rule = self.flavour.rules.get(variable);
        // The version is nobody's variable, whatever rule a class has for it.
        let rule = rule.filter(|_| input == Input::Text);
        let name = rule.map(|rule| rule.name.clone());
        let by_name = || known.set_here(name.as_deref()?);
        let answer = known
            .set_here(variable)
            .or_else(by_name)
            .or_else(|| known.value(variable));
        let answer = answer.map(|value| input.read_default(&value));
        self.fields.push(Field {
            meaning: self.meaning(variable, input),
            takes: rule.map(|rule| takes(&rule.schema)),
            name,
            default: default.map(|default| input.read_default(&default)),
            answer: answer.unwrap_or_default(),
            networks: if is_networks(input) {
                Networks::of(&self.template, variable)
            } else {
                Networks::List
            },
            variable: variable.to_owned(),
            input,
        });
    }

    /// What the question of a variable is for.
    fn meaning(&self, variable: &str, input: Input) -> String {
        let own = match input {
            Input::Pods => {
                "the network of Pods, such as 192.168.0.0/16; one of IPv4 and one of IPv6 with a comma between"
            }
            Input::Services => {
                "the network of Services, such as 10.128.0.0/12; one of IPv4 and one of IPv6 with a comma between"
            }
            Input::Pools if self.flavour.sort == Sort::Class => {
                return Sets(&self.flavour.workers).meaning();
            }
            Input::Pools => {
                "how many workers there are, or sets of them as md-0=3,gpu=1 (--worker-machine-count)"
            }
            Input::Namespace
            | Input::Name
            | Input::Version
            | Input::ControlPlanes
            | Input::Count
            | Input::Endpoint
            | Input::Domain
            | Input::Text => self.flavour.meaning(variable).unwrap_or_default(),
        };
        own.to_owned()
    }

    /// The question that somebody means: by its variable, else by the name that its class has for it.
    pub fn meant(&self, name: &str) -> Option<&Field> {
        let by_class = || {
            self.fields
                .iter()
                .find(|field| field.name.as_deref() == Some(name))
        };
        self.field(name).or_else(by_class)
    }

    /// The question of a variable.
    pub fn field(&self, variable: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.variable == variable)
    }

    /// The first question of that sort.
    pub fn asked(&self, input: Input) -> Option<&Field> {
        self.fields.iter().find(|field| field.input == input)
    }

    /// What was answered to the first question of that sort, or what holds without an answer; empty where it is not asked.
    pub fn answered(&self, input: Input) -> &str {
        self.asked(input).map_or("", Field::value)
    }

    /// Answers the question of a variable; false where it is not asked.
    pub fn answer(&mut self, variable: &str, answer: &str) -> bool {
        let field = self.fields.iter_mut().find(|field| field.variable == variable);
        if let Some(field) = field {
            answer.clone_into(&mut field.answer);
            return true;
        }
        false
    }

    /// Takes what somebody has said of its variables for the answers.
    pub fn take(&mut self, said: &Variables) {
        for field in &mut self.fields {
            if let Some(value) = said.said(&field.variable) {
                field.answer = field.input.read_default(&value);
            }
        }
    }

    /// Learns of creations that have not come to their end: what they have taken is taken.
    pub fn reserve<'c>(&mut self, unfinished: impl IntoIterator<Item = &'c Creation>) {
        self.unfinished = unfinished.into_iter().map(Taken::of_creation).collect();
    }

    /// Lets go unanswered what the fleet answers: hosts that are made up fetch nothing from any registry, and networks that others
    /// have are nobody's default.
    pub fn settle(&mut self, around: &Around<'_>) {
        let simulated = known::are_simulated(&known::hosts(self, around));
        let own = self.template_default(REGISTRY);
        if let Some(field) = self.fields.iter_mut().find(|field| field.variable == REGISTRY) {
            field.default = own.or_else(|| simulated.then(|| "simulated".to_owned()));
        }
        self.settle_networks(around);
    }

    /// Where the template's own network is not free in the fleet, one that is holds without an answer.
    fn settle_networks(&mut self, around: &Around<'_>) {
        let asked: Vec<(String, Input)> = self
            .fields
            .iter()
            .filter(|field| is_networks(field.input) && field.default.is_some())
            .map(|field| (field.variable.clone(), field.input))
            .collect();
        for (variable, input) in &asked {
            let own = self
                .template_default(variable)
                .map(|own| input.read_default(&own));
            self.suppose(variable, own);
        }
        for (variable, input) in &asked {
            // Of one alone it is known what stands for it.
            let is_one = split(self.answered(*input)).count() == 1;
            if !is_one || is_free(self, around, *input) {
                continue;
            }
            let free = known::suggested_networks(self, around, *input).into_iter().next();
            if free.is_some() {
                self.suppose(variable, free);
            }
        }
    }

    fn suppose(&mut self, variable: &str, default: Option<String>) {
        let field = self.fields.iter_mut().find(|field| field.variable == variable);
        if let Some(field) = field {
            field.default = default;
        }
    }

    /// The name of the cluster.
    pub fn name(&self) -> &str {
        self.answered(Input::Name)
    }

    /// The namespace of its objects.
    pub fn namespace(&self) -> &str {
        self.answered(Input::Namespace)
    }

    /// The version, where one is asked for and can be read.
    pub fn version(&self) -> Option<Version> {
        let text = self.answered(Input::Version);
        format!("v{}", text.trim_start_matches('v')).parse().ok()
    }

    /// The values of all variables as they stand in the text. Where the template's own default holds, there is none.
    pub(super) fn values(&self) -> BTreeMap<&str, String> {
        let mut values = BTreeMap::new();
        for field in &self.fields {
            let own = self.template_default(&field.variable);
            let own = own.map(|own| field.input.read_default(&own));
            let is_own = field.answer.trim().is_empty() && own.is_some() && own == field.default;
            if !is_own && !field.value().is_empty() {
                let text = self
                    .string_of_class(field)
                    .unwrap_or_else(|| field.input.in_template(field.value(), field.networks));
                values.insert(field.variable.as_str(), text);
            }
        }
        if let Some(version) = self.version() {
            values.insert(KUBERNETES_MINOR, version.minor().to_string());
        }
        values
    }

    /// The value of a class's variable that is a string, as it stands in the text: `true` and `1.30` are strings too.
    fn string_of_class(&self, field: &Field) -> Option<String> {
        let rule = self.flavour.rules.get(&field.variable)?;
        if field.name.is_none() || field.input != Input::Text || rule.kind != "string" {
            return None;
        }
        let quoted = serde_json::Value::from(field.value()).to_string();
        let default = self.template_default(&field.variable);
        if default.is_some_and(|default| default.ends_with(UNSET)) {
            return Some(quoted);
        }
        // The quotes stand in the text.
        let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inside.map(str::to_owned)
    }

    fn template_default(&self, variable: &str) -> Option<String> {
        self.template.variables().remove(variable).flatten()
    }
}

fn is_networks(input: Input) -> bool {
    matches!(input, Input::Pods | Input::Services)
}
