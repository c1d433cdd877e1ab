//! What `fleetui create` is told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use fleetui_fleet::create::Variables;

use super::source::{assigned, variables};
use crate::cli::act::arguments::{ActArgs, ActOutput};
use crate::cli::number::{whole, written};

/// What `fleetui create` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct CreateArgs {
    #[command(subcommand)]
    pub(super) what: What,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum What {
    /// A new cluster, from a template
    Cluster(Box<ClusterArgs>),
}

/// What `fleetui create cluster` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClusterArgs {
    /// The name of the cluster
    pub(super) name: String,
    /// What it is made from: byoh, simulated, a template, a directory with cluster-template.yaml, class/NAME of its namespace, or the
    /// name of a cluster that it is to be like (cluster/NAMESPACE/NAME where a flavour or a file is called alike); what of that cluster
    /// is not taken over is told
    #[arg(long, value_name = "FLAVOUR|FILE|DIR|class/NAME|CLUSTER")]
    pub(super) from: Option<String>,
    /// Which of a directory's templates: cluster-template-NAME.yaml, or plain; without --from, byoh or simulated
    #[arg(long, value_name = "NAME")]
    pub(super) flavor: Option<String>,
    /// An answer; may be given several times, and wins over environment and file. A variable of a ClusterClass is named as the class
    /// does, in its case (region=eu), or as VARIABLE_REGION
    #[arg(long = "set", value_name = "VARIABLE=VALUE")]
    pub(super) assignments: Vec<String>,
    /// A YAML file with values of variables, as clusterctl's configuration has them; the environment wins over it
    #[arg(long, value_name = "FILE")]
    pub(super) variables: Option<PathBuf>,
    /// The namespace of its objects [default: --namespace, else that of the context, else default]
    #[arg(long, value_name = "NAMESPACE")]
    pub(super) target_namespace: Option<String>,
    /// The Kubernetes version of all machines, such as v1.33.4
    #[arg(long, value_name = "VERSION")]
    pub(super) kubernetes_version: Option<String>,
    /// How many machines the control plane has
    #[arg(long, value_name = "COUNT", value_parser = written)]
    pub(super) control_plane_machine_count: Option<String>,
    /// How many workers there are, or sets of them as md-0=3,gpu=1; of a ClusterClass md-0 is its first class of workers, md-1 the
    /// next, mp-0 the first of machine pools, and the names of these classes are taken too
    #[arg(long, value_name = "COUNT", value_parser = written)]
    pub(super) worker_machine_count: Option<String>,
    /// Only say what would happen, and whether the server would take it
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// How it is printed; yaml prints the objects, and what is said besides goes to standard error
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(super) output: Output,
    /// How long to wait for what has to be known first, and for what is cleaned up to be gone
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = whole::<u64>)]
    pub(super) timeout: u64,
    /// Wait until the cluster is Available, and say meanwhile what it waits for
    #[arg(long)]
    pub(super) wait: bool,
    /// How long that may take
    #[arg(long, value_name = "SECONDS", default_value_t = 1800, value_parser = whole::<u64>, requires = "wait")]
    pub(super) wait_timeout: u64,
    #[command(flatten)]
    pub(super) stored: StoredArgs,
}

/// What is done with a creation that was interrupted.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false, conflicts_with_all = ["from", "flavor", "assignments", "variables"])]
pub(super) struct StoredArgs {
    /// Go on with a creation that was interrupted
    #[arg(long)]
    pub(super) resume: bool,
    /// Delete what a creation has made that was interrupted
    #[arg(long)]
    pub(super) clean_up: bool,
}

/// How it is printed what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Output {
    /// Sentences
    #[default]
    Text,
    /// One JSON document
    Json,
    /// The objects
    Yaml,
}

impl ClusterArgs {
    pub(super) fn act(&self) -> ActArgs {
        ActArgs {
            dry_run: self.dry_run,
            yes: self.yes,
            reason: self.reason.clone(),
            anyway: false,
            output: match self.output {
                Output::Text | Output::Yaml => ActOutput::Text,
                Output::Json => ActOutput::Json,
            },
            timeout: self.timeout,
        }
    }

    /// What is said of variables, before any management cluster is known.
    pub(super) fn known(&self) -> color_eyre::Result<Variables> {
        let mut known = variables(self.variables.as_deref())?;
        known.set("KUBERNETES_VERSION", self.kubernetes_version.clone());
        known.set(
            "CONTROL_PLANE_MACHINE_COUNT",
            self.control_plane_machine_count.clone(),
        );
        known.set("WORKER_MACHINE_COUNT", self.worker_machine_count.clone());
        known.set("NAMESPACE", self.target_namespace.clone());
        for assignment in &self.assignments {
            let (name, value) = assigned(assignment)?;
            known.set(name, Some(value.to_owned()));
        }
        known.set("CLUSTER_NAME", Some(self.name.clone()));
        Ok(known)
    }
}
