//! Talking to fleets: one session for each management cluster, watches, batches, execution of commands.
