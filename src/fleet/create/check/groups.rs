//! Machines that want hosts of their own choice: those whose templates select hosts by labels, and those whose selector is a variable
//! of a ClusterClass.

use fleetui_api::byoh::machine::ByoMachineSpec;
use serde_json::Value;

use super::Form;
use crate::create::input::Input;
use crate::create::places::Places;
use crate::create::pools::count;
use crate::create::variable_rule::Machines;
use crate::create::wanted::{Coming, Wanted};

/// Where in a template the choice of hosts stands.
const SELECTOR: &str = "/spec/template/spec/selector";

/// Machines that choose their hosts alike.
pub(super) struct Group {
    /// The variable that says which, where one does.
    pub(super) variable: Option<String>,
    /// What they ask of a host.
    pub(super) spec: ByoMachineSpec,
    /// How many they are.
    pub(super) machines: u64,
}

/// All such groups, as far as they can be told.
pub(super) fn groups(form: &Form, wanted: &Wanted) -> Vec<Group> {
    let mut found = of_class(form, wanted);
    let places = Places::of(form);
    let templates = wanted
        .objects
        .iter()
        .filter(|it| it.text("/kind") == "ByoMachineTemplate");
    for template in templates {
        let spec = template
            .object
            .pointer("/spec/template/spec")
            .cloned()
            .unwrap_or_default();
        let Ok(spec) = serde_json::from_value::<ByoMachineSpec>(spec) else {
            continue;
        };
        let name = template.text("/metadata/name");
        let machines: u64 = wanted.objects.iter().map(|it| made_from(it, name)).sum();
        if spec.selector.is_some() && machines > 0 {
            let variable = template
                .origin
                .and_then(|origin| places.variable_at(origin, SELECTOR));
            found.push(Group {
                variable: variable.map(str::to_owned),
                spec,
                machines,
            });
        }
    }
    found
}

/// Those that a ClusterClass has variables for.
fn of_class(form: &Form, wanted: &Wanted) -> Vec<Group> {
    let control_planes = u64::from(count(form.answered(Input::ControlPlanes)).unwrap_or(0));
    let all = wanted.machines.unwrap_or(control_planes);
    let groups = form.fields.iter().filter_map(|field| {
        let (machines, selector) = form.flavour.rules.get(&field.variable)?.selector(field.value())?;
        let spec = ByoMachineSpec {
            selector: serde_json::from_value(selector).ok(),
            ..ByoMachineSpec::default()
        };
        let machines = match machines {
            Machines::ControlPlane => control_planes,
            Machines::Workers => all.saturating_sub(control_planes),
            Machines::All => all,
        };
        (spec.selector.is_some() && machines > 0).then(|| Group {
            variable: Some(field.variable.clone()),
            spec,
            machines,
        })
    });
    groups.collect()
}

/// How many machines an object makes from the template of that name.
fn made_from(object: &Coming, template: &str) -> u64 {
    let reference = match object.text("/kind") {
        "KubeadmControlPlane" => [
            "/spec/machineTemplate/spec/infrastructureRef",
            "/spec/machineTemplate/infrastructureRef",
        ],
        "MachineDeployment" | "MachineSet" => ["/spec/template/spec/infrastructureRef", ""],
        _ => return 0,
    };
    let mut reference = reference.iter().filter(|pointer| !pointer.is_empty());
    let is_made = reference.any(|pointer| object.text(&format!("{pointer}/name")) == template);
    let replicas = object.object.pointer("/spec/replicas").and_then(Value::as_u64);
    if is_made { replicas.unwrap_or(1) } else { 0 }
}
