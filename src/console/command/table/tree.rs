//! What the tree shows.

use fleetui_fleet::tree::Layer;

use super::{Entry, TREE_AND_TABLE, filtering, hinted, scope, sifting, silent, tree};
use crate::command::{Command, Tree};

pub(super) const ENTRIES: &[Entry] = &[
    tree(Tree::Unfold, "unfold", "unfold, or go to the first line below"),
    tree(Tree::Fold, "fold", "fold, or go to the parent"),
    tree(Tree::UnfoldAll, "unfold-all", "unfold everything below"),
    hinted(
        filtering(
            Tree::Filter,
            "filter",
            "filter as you type; help tells what can be asked for",
        ),
        "filter",
    ),
    filtering(
        Tree::Clear,
        "clear-filter",
        "take the filter and faults-only away",
    ),
    hinted(
        sifting(
            Tree::FaultsOnly,
            "faults-only",
            "show only what is not as it should be",
        ),
        "faults",
    ),
    tree(
        Tree::Layer(Layer::MachineSets),
        "machine-sets",
        "show MachineSets between deployments and machines",
    ),
    tree(
        Tree::Groups,
        "machine-groups",
        "show machines of which there is nothing to say as one line",
    ),
    tree(
        Tree::Layer(Layer::HealthChecks),
        "health-checks",
        "show MachineHealthChecks below what they look after",
    ),
    tree(
        Tree::Layer(Layer::ClusterClass),
        "cluster-class",
        "show the ClusterClass of each Cluster",
    ),
    tree(
        Tree::Layer(Layer::Templates),
        "templates",
        "show the templates that machines are made from",
    ),
    tree(
        Tree::Layer(Layer::ResourceSets),
        "resource-sets",
        "show the ClusterResourceSets of each Cluster",
    ),
    tree(
        Tree::Layer(Layer::Hosts),
        "machine-hosts",
        "show the hosts that machines run on",
    ),
    tree(
        Tree::Layer(Layer::Nodes),
        "machine-nodes",
        "show the Nodes of machines",
    ),
    silent(
        Command::Tree(Tree::Pane),
        "detail-pane",
        TREE_AND_TABLE,
        "show or hide the detail pane (from 120 columns)",
    ),
    sifting(Tree::WholeFleet, "whole-fleet", "show every management cluster"),
    scope(1, "management-cluster-1"),
    scope(2, "management-cluster-2"),
    scope(3, "management-cluster-3"),
    scope(4, "management-cluster-4"),
    scope(5, "management-cluster-5"),
    scope(6, "management-cluster-6"),
    scope(7, "management-cluster-7"),
    scope(8, "management-cluster-8"),
    scope(9, "management-cluster-9"),
];
