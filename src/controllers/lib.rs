//! Cluster API's controllers, against any management cluster.
