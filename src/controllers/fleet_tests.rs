//! The controllers against the embedded server, with simulated workload clusters: whole stories, quick.

mod deletion;
mod harness;
mod outage;
mod provisioning;
mod rollout;

use harness::Fleet;
