//! What Cluster API decides: the rollout planner, delete order, condition merges, versions.
