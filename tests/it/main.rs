//! The one integration binary: the house, the clients, the walkthrough, the terminal.

// The attribute tells the lints that helpers beside the test functions are test code too.
#[cfg(test)]
mod act;
#[cfg(test)]
mod anchors;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod counting;
#[cfg(test)]
mod creating;
#[cfg(test)]
mod describe;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod embedded;
#[cfg(test)]
mod eras;
#[cfg(test)]
mod foretold;
#[cfg(test)]
mod frame;
#[cfg(test)]
mod front;
#[cfg(test)]
mod get;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod house;
#[cfg(test)]
mod management;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod program;
#[cfg(test)]
mod real_server;
#[cfg(test)]
mod running;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
#[allow(dead_code, reason = "the demo needs other parts of it")]
#[path = "../../src/cli/workloads.rs"]
mod workloads;
