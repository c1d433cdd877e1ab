//! The controllers against the embedded server, with simulated workload clusters: whole stories, quick.

mod addons;
mod belongings;
mod byoh;
mod classes;
mod clusterless;
mod deletion;
mod drain;
mod eras;
mod etcd;
mod events;
mod faults;
mod granted;
mod harness;
mod health;
mod kubeadm;
mod outage;
mod pools;
mod provisioning;
mod requests;
mod rollout;
mod size;
mod stories;
mod stuck;
mod unserved;
mod upstream;

use harness::Fleet;
