//! What a Cluster counts, wherever it is shown: the tree, tables, and what is told of it.
//!
//! `clusterctl describe` adds up what the Cluster reports of its control plane and of its workers, which the Cluster's controller has
//! copied from them. Here they are asked themselves, as they are newer; of a paused Cluster, whose controller copies nothing, much
//! newer. Only where nobody is there to be asked does the Cluster's own word stand.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::{Facts, Replicas};
use fleetui_api::kinds::Role;

use crate::premises::Around;
use crate::row::Row;
use crate::store::Members;

/// What a Cluster shows of what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counted {
    /// Control plane and workers together.
    pub(crate) replicas: Option<Replicas>,
    /// What makes and keeps workers, together. Machines that nobody keeps are not among them.
    pub(crate) workers: Option<Replicas>,
    /// The version of the topology; of a Cluster without one, its control plane's.
    pub(crate) version: Option<CompactString>,
}

impl Counted {
    /// Counts the parts of a Cluster; `cluster` itself may be one that is not there. Its control plane need not say whose it is, and
    /// is found among what is around it.
    pub(crate) fn of<'a>(cluster: Option<&Row>, members: &'a Members, around: &Around<'a>) -> Self {
        let facts = cluster.map(|row| &row.facts);
        let said = facts.and_then(|facts| facts.particulars.as_deref());
        let plane = control_plane(cluster, members, around);
        let kept = sum(kept_workers(members).filter_map(|row| row.facts.replicas.as_deref().copied()));
        let control_plane = plane
            .and_then(|row| row.facts.replicas.as_deref().copied())
            .or_else(|| {
                let is_without = facts.is_some_and(|facts| facts.control_plane_reference.is_none());
                let is_without = is_without && plane.is_none();
                is_without.then(|| lone(members, |facts| facts.control_plane))?
            })
            .or_else(|| said?.control_plane);
        let workers = sum(kept
            .into_iter()
            .chain(lone(members, |facts| !facts.control_plane && is_lone(facts))))
        .or_else(|| said?.workers);
        let replicas = sum(control_plane.into_iter().chain(workers));
        Self {
            replicas: replicas.or_else(|| facts?.replicas.as_deref().copied()),
            workers: kept.or_else(|| said?.workers),
            version: facts
                .and_then(|facts| facts.version.clone())
                .or_else(|| plane?.facts.version.clone()),
        }
    }
}

/// The control plane that the Cluster refers to, unless it says to be another's, else the first that says to be its own.
fn control_plane<'a>(
    cluster: Option<&Row>,
    members: &'a Members,
    around: &Around<'a>,
) -> Option<&'a Arc<Row>> {
    let named = cluster.and_then(|cluster| {
        let reference = cluster.facts.control_plane_reference.as_deref()?;
        around.find(cluster, reference).filter(|found| {
            let facts = &found.facts;
            let is_others = facts.cluster.is_some() && facts.cluster != cluster.facts.cluster;
            matches!(facts.role, Role::ControlPlane | Role::Other) && !is_others
        })
    });
    named.or_else(|| members.of_role(Role::ControlPlane).next())
}

/// Deployments, pools, and the sets that no deployment keeps.
fn kept_workers(members: &Members) -> impl Iterator<Item = &Arc<Row>> {
    let is_of_deployment = |set: &&Arc<Row>| {
        set.facts.owner.as_ref().is_some_and(|owner| {
            members
                .of_role(Role::MachineDeployment)
                .any(|row| row.facts.kind == owner.kind && row.facts.object.name == owner.name)
        })
    };
    members
        .of_role(Role::MachineDeployment)
        .chain(
            members
                .of_role(Role::MachineSet)
                .filter(move |set| !is_of_deployment(set)),
        )
        .chain(members.of_role(Role::MachinePool))
}

/// Whether nobody keeps a machine but its Cluster.
fn is_lone(facts: &Facts) -> bool {
    let owner = facts.owner.as_ref();
    owner.is_none_or(|owner| Role::of(&owner.kind) == Role::Cluster)
}

/// Machines that are counted one by one, by their conditions, as Cluster API's own controller does.
fn lone(members: &Members, is_meant: impl Fn(&Facts) -> bool) -> Option<Replicas> {
    let machines = members.of_role(Role::Machine).filter(|row| is_meant(&row.facts));
    sum(machines.map(|row| one(&row.facts)))
}

fn one(machine: &Facts) -> Replicas {
    let holds = |kind: &str| {
        let mut conditions = machine.conditions.iter();
        let found = conditions.find(|condition| condition.kind == kind)?;
        Some(i64::from(found.status == ConditionStatus::True))
    };
    let ready = Some(holds("Ready").unwrap_or(0));
    Replicas {
        desired: Some(1),
        current: Some(1),
        ready,
        available: holds("Available").or(ready),
        up_to_date: holds("UpToDate"),
    }
}

fn sum(counters: impl Iterator<Item = Replicas>) -> Option<Replicas> {
    counters.reduce(|one, other| one.plus(&other))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::fixtures::{machine, set, store, whole_cluster};
    use crate::store::FleetStore;
    use crate::table::{Flat, Table, TableOptions};
    use crate::tree::{Tree, TreeOptions};

    /// What the tree and the table show of Cluster prod, which has to be the same.
    fn shown(store: &FleetStore) -> (Option<i64>, Option<i64>) {
        let now = crate::fixtures::now();
        let table = Table::build(store, &TableOptions::new(Flat::Clusters), now);
        let tree = Tree::build(store, &TreeOptions::default(), now);
        let row = table.rows.first().unwrap();
        let line = tree
            .lines()
            .find(|line| line.row.as_ref().is_some_and(|other| other.key() == row.key()))
            .unwrap();
        assert_eq!((row.replicas, &row.version), (line.replicas, &line.version));
        let replicas = row.replicas.unwrap();
        (replicas.there(), replicas.desired)
    }

    #[test]
    fn a_cluster_that_lags_behind_its_parts_shows_theirs_in_the_tree_and_in_the_table() {
        let mut objects = whole_cluster("prod");
        assert_eq!(shown(&store(&objects)), (Some(3), Some(3)));
        // The deployment was scaled, and the Cluster, which is paused, has not heard of it.
        let topology = json!({"class": "small", "version": "v1.31.2"});
        set(&mut objects[0], "/spec/topology", topology);
        set(&mut objects[0], "/spec/paused", json!(true));
        set(&mut objects[3], "/spec/replicas", json!(5));
        set(&mut objects[3], "/status/availableReplicas", json!(1));
        assert_eq!(shown(&store(&objects)), (Some(2), Some(6)));
    }

    #[test]
    fn sets_and_machines_that_no_deployment_keeps_count_as_well() {
        let mut objects = whole_cluster("prod");
        // Without its deployment the set stands for itself.
        objects.remove(3);
        assert_eq!(shown(&store(&objects)), (Some(3), Some(3)));
        let mut alone = machine("prod", ("Cluster", "prod"), "alone");
        set(&mut alone, "/status/conditions", json!([]));
        objects.push(alone);
        assert_eq!(shown(&store(&objects)), (Some(3), Some(4)));
    }

    #[test]
    fn a_control_plane_that_does_not_say_whose_it_is_counts() {
        let mut objects = whole_cluster("prod");
        let before = shown(&store(&objects));
        let control_plane = objects
            .iter_mut()
            .find(|object| object["kind"] == "KubeadmControlPlane")
            .unwrap();
        control_plane["metadata"]["labels"] = json!({});
        control_plane["metadata"]["ownerReferences"] = json!([]);
        assert_eq!(shown(&store(&objects)), before);
        let versionless = Table::build(
            &store(&objects),
            &TableOptions::new(Flat::Clusters),
            crate::fixtures::now(),
        );
        assert_eq!(versionless.rows[0].version.as_deref(), Some("v1.31.2"));
    }

    #[test]
    fn where_no_part_is_known_the_cluster_is_believed() {
        let objects = [whole_cluster("prod").remove(0)];
        assert_eq!(shown(&store(&objects)), (Some(3), Some(3)));
    }
}
