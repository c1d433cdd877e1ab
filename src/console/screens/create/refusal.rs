//! Where in the text of objects that stands which a server refuses: by the object and the field that it names.

/// The line, from 0, of the field that `message` names in one of the objects of a text; of a field that is not there, of what stands
/// nearest above it. Nothing where no object or no field of it is named.
pub(super) fn line(lines: &[String], message: &str) -> Option<usize> {
    let path = path(message)?;
    let mut first = 0;
    let documents = lines.split(|line| line.trim_end() == "---").map(|document| {
        let begins = first;
        first += document.len() + 1;
        (begins, document)
    });
    let (begins, document) = documents
        .into_iter()
        .find(|(_, document)| is_named(document, message))?;
    let mut at = None;
    let mut after = 0;
    for segment in path.split(['.', '[', ']']).filter(|segment| !segment.is_empty()) {
        let key = format!("{segment}:");
        let found = document.iter().enumerate().skip(after).find(|(_, line)| {
            let line = line.trim_start().trim_start_matches("- ");
            line.starts_with(&key)
        });
        if let Some((row, _)) = found {
            (at, after) = (Some(row), row + 1);
        }
    }
    at.map(|row| begins + row)
}

/// The first path of a field that a message names, such as `spec.template.spec.version`.
fn path(message: &str) -> Option<&str> {
    let mut words = message.split(|sign: char| sign.is_whitespace() || ",;\"'`(){}".contains(sign));
    let path = words.find(|word| {
        ["spec.", "metadata.", "data."]
            .iter()
            .any(|begin| word.starts_with(begin))
    })?;
    Some(path.trim_end_matches([':', '.']))
}

/// Whether a message names the object of this document by its kind and name.
fn is_named(document: &[String], message: &str) -> bool {
    let value = |prefix: &str| {
        let mut lines = document.iter();
        let line = lines.find_map(|line| line.strip_prefix(prefix))?;
        Some(line.trim().trim_matches(['"', '\'']).to_owned())
    };
    let (Some(kind), Some(name)) = (value("kind: "), value("  name: ")) else {
        return false;
    };
    let mut words = message.split(|sign: char| !(sign.is_alphanumeric() || "-._".contains(sign)));
    let is_kind = |word: &str| word == kind || word.starts_with(&format!("{kind}."));
    message.contains(name.as_str()) && words.any(is_kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "apiVersion: v1\nkind: Cluster\nmetadata:\n  name: edge\nspec:\n  a: 1\n---\napiVersion: v1\nkind: MachineDeployment\nmetadata:\n  name: edge-md-0\nspec:\n  replicas: 1\n  template:\n    spec:\n      version: x\n      taints:\n      - key: a\n";

    #[test]
    fn what_a_server_refuses_is_found_where_it_stands() {
        let lines: Vec<String> = TEXT.lines().map(str::to_owned).collect();
        let of = |message: &str| line(&lines, message).map(|at| lines[at].trim().to_owned());
        let of_version = "MachineDeployment.cluster.x-k8s.io \"edge-md-0\" is invalid: spec.template.spec.version: Invalid value: \"x\"";
        assert_eq!(of(of_version).as_deref(), Some("version: x"));
        let of_taint = "MachineDeployment default/edge-md-0: spec.template.spec.taints[0].key: no";
        assert_eq!(of(of_taint).as_deref(), Some("- key: a"));
        // What is missing would stand in the part above it.
        let missing = "MachineDeployment default/edge-md-0: spec.template.spec.clusterName: Required value";
        assert_eq!(of(missing).as_deref(), Some("spec:"));
        let of_cluster = "Cluster.cluster.x-k8s.io \"edge\" is invalid: spec.a: no";
        assert_eq!(of(of_cluster).as_deref(), Some("a: 1"));
        for message in [
            "Cluster default/edge exists already",
            "Cluster.cluster.x-k8s.io \"other\" is invalid: spec.a: no",
        ] {
            assert_eq!(of(message), None, "{message}");
        }
    }
}
