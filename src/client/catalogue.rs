//! The kinds that a management cluster serves, which version of each is read, and where.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::kinds::{self, Role};
use fleetui_base::GroupKind;
use fleetui_fleet::tree::Layers;

/// The API groups whose kinds Cluster API's contracts name, and those of other inventories of hosts.
pub(crate) const GROUPS: [&str; 7] = [
    kinds::CORE,
    kinds::BOOTSTRAP,
    kinds::CONTROL_PLANE,
    kinds::INFRASTRUCTURE,
    kinds::ADDONS,
    kinds::METAL3,
    kinds::TINKERBELL,
];

/// The version that is read where it is served.
const PREFERRED: &str = "v1beta2";

/// One kind in one version, as discovery tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) kind: GroupKind,
    pub(crate) version: CompactString,
    pub(crate) plural: CompactString,
    pub(crate) namespaced: bool,
    /// Whether it can be listed and watched.
    pub(crate) watchable: bool,
}

impl Served {
    /// `cluster.x-k8s.io/v1beta2`.
    pub(crate) fn api_version(&self) -> String {
        if self.kind.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.kind.group, self.version)
        }
    }

    /// Path of all its objects, or of those of one namespace.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let base = if self.kind.group.is_empty() {
            "/api"
        } else {
            "/apis"
        };
        let api_version = self.api_version();
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{base}/{api_version}/namespaces/{namespace}/{}", self.plural),
            None => format!("{base}/{api_version}/{}", self.plural),
        }
    }
}

/// All kinds of the groups that matter, each with its versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Catalogue {
    kinds: BTreeMap<GroupKind, Vec<Arc<Served>>>,
}

impl Catalogue {
    /// Sorts what discovery told: for each kind the version that is read comes first.
    pub(crate) fn new(served: Vec<Served>) -> Self {
        let mut kinds: BTreeMap<GroupKind, Vec<Arc<Served>>> = BTreeMap::new();
        for served in served {
            kinds
                .entry(served.kind.clone())
                .or_default()
                .push(Arc::new(served));
        }
        for versions in kinds.values_mut() {
            versions.sort_by_cached_key(|served| {
                let order = kube::core::Version::parse(&served.version).priority();
                std::cmp::Reverse((served.version == PREFERRED, order))
            });
        }
        Self { kinds }
    }

    /// The kinds that are watched, each in the version that is read; those of `layers` only while these are shown.
    pub(crate) fn watched(&self, layers: Layers) -> impl Iterator<Item = &Arc<Served>> {
        let read = self.kinds.values().filter_map(|versions| versions.first());
        let is_wanted = move |kind: &GroupKind| {
            Role::of(kind).is_watched() || layers.read(kind) || kinds::asks_for_hosts(kind)
        };
        read.filter(move |served| served.watchable && is_wanted(&served.kind))
    }

    /// A kind in the version that is read, or in the one that is asked for (`cluster.x-k8s.io/v1beta1`).
    pub(crate) fn find(&self, kind: &GroupKind, api_version: Option<&str>) -> Option<&Arc<Served>> {
        let versions = self.kinds.get(kind)?;
        match api_version {
            Some(wanted) => versions.iter().find(|served| served.api_version() == wanted),
            None => versions.first(),
        }
    }

    /// Whether discovery has told anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::tree::Layer;

    use super::*;

    fn served(group: &str, kind: &str, version: &str) -> Served {
        Served {
            kind: GroupKind::new(group, kind),
            version: version.into(),
            plural: format!("{}s", kind.to_lowercase()).into(),
            namespaced: true,
            watchable: true,
        }
    }

    #[test]
    fn v1beta2_is_read_where_it_is_served_else_the_highest() {
        let cases: [(&[&str], &str); 5] = [
            (&["v1beta1", "v1beta2"], "v1beta2"),
            (&["v1beta2", "v1"], "v1beta2"),
            (&["v1alpha4", "v1beta1", "v1alpha3"], "v1beta1"),
            (&["v1beta10", "v1beta9", "v1alpha1"], "v1beta10"),
            (&["v1alpha1", "v2", "v10"], "v10"),
        ];
        for (versions, read) in cases {
            let all = versions
                .iter()
                .map(|version| served(kinds::CORE, "Machine", version));
            let catalogue = Catalogue::new(all.collect());
            let found = catalogue.find(&kinds::core("Machine"), None).unwrap();
            assert_eq!(found.version, read, "{versions:?}");
        }
    }

    #[test]
    fn anchor_43_templates_and_what_no_view_shows_are_known_and_not_watched() {
        let catalogue = Catalogue::new(vec![
            served(kinds::CORE, "Machine", "v1beta2"),
            served(kinds::CORE, "MachineDrainRule", "v1beta2"),
            served(kinds::INFRASTRUCTURE, "DevMachine", "v1beta2"),
            served(kinds::INFRASTRUCTURE, "DevMachineTemplate", "v1beta2"),
            served(kinds::BOOTSTRAP, "KubeadmConfigTemplate", "v1beta2"),
        ]);
        let watched = |layers: Layers| -> Vec<String> {
            let kinds = catalogue.watched(layers);
            kinds.map(|served| served.kind.kind.to_string()).collect()
        };
        assert_eq!(watched(Layers::default()), ["Machine", "DevMachine"]);
        // In the order of their groups.
        assert_eq!(
            watched(Layers::default().with(Layer::Templates)),
            [
                "KubeadmConfigTemplate",
                "Machine",
                "DevMachine",
                "DevMachineTemplate"
            ]
        );
        assert!(
            catalogue
                .find(&GroupKind::new(kinds::INFRASTRUCTURE, "DevMachineTemplate"), None)
                .is_some()
        );
    }

    #[test]
    fn paths_are_those_of_the_api() {
        let machine = served(kinds::CORE, "Machine", "v1beta1");
        assert_eq!(machine.path(None), "/apis/cluster.x-k8s.io/v1beta1/machines");
        assert_eq!(
            machine.path(Some("a")),
            "/apis/cluster.x-k8s.io/v1beta1/namespaces/a/machines"
        );
        let secret = served("", "Secret", "v1");
        assert_eq!(secret.path(Some("a")), "/api/v1/namespaces/a/secrets");
    }
}
