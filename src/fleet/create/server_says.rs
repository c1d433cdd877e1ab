//! What a server refuses of the variables of a ClusterClass, at the questions whose answers they are: of the rules in CEL of their
//! schemas only it can judge.
//!
//! Source: Cluster API's webhook of Clusters, which names each by its place: `spec.topology.variables[NAME].value`.

use super::check::{Grade, Remark};
use super::form::Form;

/// How a variable is named by its place, before its name.
const PLACE: &str = "spec.topology.variables[";

impl Form {
    /// Learns what the server refused of the answers; whether it was anything of theirs. What it says holds until the answer is
    /// another one.
    pub fn hear_refusal(&mut self, message: &str) -> bool {
        self.refused.clear();
        for field in &self.fields {
            let Some(name) = field.name.as_deref() else {
                continue;
            };
            if let Some(why) = said_of(message, name) {
                let answer = field.value().to_owned();
                self.refused.push((field.variable.clone(), answer, why));
            }
        }
        !self.refused.is_empty()
    }

    /// Whether a refusal is of something else besides: of what stands before the variables that it names.
    pub fn is_refused_otherwise(&self, message: &str) -> bool {
        let before = message.split(PLACE).next().unwrap_or_default();
        before.contains("spec.")
    }

    /// What the server refused of answers that are still the same.
    pub fn still_refused(&self) -> impl Iterator<Item = Remark> {
        let refused = self.refused.iter().filter(|(variable, answer, _)| {
            let field = self.field(variable);
            field.is_some_and(|field| field.value() == answer.as_str())
        });
        refused.map(|(variable, _, why)| {
            let what = format!("the server refuses it: {why}");
            Remark::of(Some(variable.as_str()), Grade::Wrong, what)
        })
    }
}

/// What a refusal says of a variable, without its place: of several rules that it breaks the first.
fn said_of(message: &str, name: &str) -> Option<String> {
    let place = format!("{PLACE}{name}]");
    let (_, said) = message.split_once(&place)?;
    let said = said.split(PLACE).next().unwrap_or(said);
    // The rest of the place: `.value[0]`.
    let (_, said) = said.split_once(": ")?;
    let said = said.trim_end_matches([',', ' ', ']']);
    (!said.is_empty()).then(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_is_told_what_is_said_of_it() {
        let message = "admission webhook \"validation.cluster.cluster.x-k8s.io\" denied the request: Cluster.cluster.x-k8s.io \"t1\" is invalid: \
                       [spec.topology.variables[ntp].value[0]: Invalid value: \"nope\": value[0] in body must be of type ipv4: \"nope\", \
                       spec.topology.variables[even].value: Invalid value: 3: must be even]";
        let ntp = "Invalid value: \"nope\": value[0] in body must be of type ipv4: \"nope\"";
        assert_eq!(said_of(message, "ntp").as_deref(), Some(ntp));
        let even = "Invalid value: 3: must be even";
        assert_eq!(said_of(message, "even").as_deref(), Some(even));
        assert_eq!(said_of(message, "eve"), None);
        assert_eq!(said_of("spec.topology.version: wrong", "version"), None);
    }
}
