//! What the tree shows.

use super::{Entry, hinted, scope, tree};
use crate::command::Tree;

pub(super) const ENTRIES: &[Entry] = &[
    tree(Tree::Unfold, "unfold", "unfold, or go to the first line below"),
    tree(Tree::Fold, "fold", "fold, or go to the parent"),
    tree(Tree::UnfoldAll, "unfold-all", "unfold everything below"),
    hinted(
        tree(Tree::Filter, "filter", "filter as you type; ! for the inverse"),
        "filter",
    ),
    tree(
        Tree::Clear,
        "clear-filter",
        "take the filter and faults-only away",
    ),
    hinted(
        tree(
            Tree::FaultsOnly,
            "faults-only",
            "show only what is not as it should be",
        ),
        "faults",
    ),
    tree(
        Tree::MachineSets,
        "machine-sets",
        "show MachineSets between deployments and machines",
    ),
    tree(
        Tree::Pane,
        "detail-pane",
        "show or hide the detail pane (from 120 columns)",
    ),
    tree(Tree::WholeFleet, "whole-fleet", "show every management cluster"),
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
