//! What every command is told that changes something.

use clap::{Args, ValueEnum};

use crate::cli::number::whole;
use crate::cli::status::WrongUsage;

/// How something is done.
#[derive(Debug, Clone, Default, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub(crate) struct ActArgs {
    /// Only say what would happen, and whether the server would take it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask; needed where there is no terminal
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Pass over checks that a person may pass over
    #[arg(long)]
    pub(crate) anyway: bool,
    /// How it is printed
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: ActOutput,
    /// How long to wait for what has to be known first
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = whole::<u64>)]
    pub(crate) timeout: u64,
}

/// How it is printed what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ActOutput {
    /// Sentences
    #[default]
    Text,
    /// One JSON document; of a cluster's upgrade that is walked, one line whenever something happens
    Json,
    /// One YAML document; of a cluster's upgrade that is walked, one document whenever something happens
    Yaml,
}

/// The object that is meant: `KIND/NAME`, or both words.
#[derive(Debug, Clone, Args)]
pub(crate) struct ObjectArgs {
    /// The object, as KIND/NAME or KIND NAME; kinds may be written as kubectl takes them (md, machinedeployment, kcp, cl)
    #[arg(value_name = "KIND/NAME")]
    pub(crate) object: String,
    /// The name, where the kind stands alone
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

impl ObjectArgs {
    /// The kind as it was written, and the name.
    ///
    /// # Errors
    /// One of both is not there.
    pub(crate) fn parts(&self) -> Result<(&str, &str), WrongUsage> {
        let parts = match &self.name {
            Some(name) => (!self.object.contains('/')).then_some((self.object.as_str(), name.as_str())),
            None => self.object.split_once('/'),
        };
        parts
            .filter(|(kind, name)| !kind.is_empty() && !name.is_empty())
            .ok_or_else(|| {
                WrongUsage("an object is written KIND/NAME, such as machinedeployment/md-0".to_owned())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_as_kubectl_takes_them() {
        let parts = |object: &str, name: Option<&str>| {
            let args = ObjectArgs {
                object: object.to_owned(),
                name: name.map(str::to_owned),
            };
            args.parts().map(|(kind, name)| format!("{kind} {name}")).ok()
        };
        assert_eq!(parts("md/a", None).as_deref(), Some("md a"));
        assert_eq!(parts("md", Some("a")).as_deref(), Some("md a"));
        for (object, name) in [("md", None), ("md/", None), ("/a", None), ("md/a", Some("b"))] {
            assert_eq!(parts(object, name), None, "{object} {name:?}");
        }
    }
}
