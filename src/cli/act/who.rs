//! Who acts, and where it is written down.

use std::path::{Path, PathBuf};

use fleetui_client::{AuditLog, ClientSettings, Creations};
use fleetui_fleet::act::Actor;

use crate::cli::FleetArgs;
use crate::cli::console::state_dir;

/// The audit log's file.
const STEM: &str = "audit";
/// Why nothing is written down.
const NOWHERE: &str = "there is no directory for it, as HOME is not set";

/// Where it is written down what is done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Book<'a> {
    /// Among what this user has done.
    User,
    /// Apart from that: of the demo, whose clusters are nobody's.
    Demo(&'a Path),
    /// Nowhere but in memory.
    Memory,
}

impl Book<'_> {
    fn directory(self) -> Option<PathBuf> {
        match self {
            Self::User => state_dir(),
            Self::Demo(directory) => Some(directory.to_owned()),
            Self::Memory => None,
        }
    }

    /// The audit log.
    pub(crate) fn audit(self) -> AuditLog {
        match (self, self.directory()) {
            (_, Some(directory)) => AuditLog::at(directory, STEM),
            (Self::Memory, None) => AuditLog::in_memory(),
            (Self::User | Self::Demo(_), None) => AuditLog::none(NOWHERE),
        }
    }

    /// Where creations are written down.
    fn creations(self) -> Creations {
        match (self, self.directory()) {
            (_, Some(directory)) => Creations::below(&directory),
            (Self::Memory, None) => Creations::in_memory(),
            (Self::User | Self::Demo(_), None) => Creations::none(NOWHERE),
        }
    }
}

/// Settings with the audit log and with who acts: `by` is the console or the command.
pub(crate) fn settings(fleet: &FleetArgs, by: &str, book: Book<'_>) -> ClientSettings {
    ClientSettings {
        audit: book.audit(),
        creations: book.creations(),
        actor: Actor {
            host: host().into(),
            ..actor(fleet, by, (|name: &str| std::env::var(name).ok(), account))
        },
        ..fleet.over.client_settings()
    }
}

/// The user in whose name the program runs, as the system's files have it: by name, else by number.
fn account() -> Option<String> {
    let uid = uid()?;
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(name_of(&accounts, uid).map_or_else(|| format!("uid {uid}"), str::to_owned))
}

/// The name of a user in a file of accounts as passwd(5) has it.
fn name_of(accounts: &str, uid: u32) -> Option<&str> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == uid).then_some(name)
    })
}

/// The number of the user in whose name the program runs, where the system tells it by its files.
#[cfg(unix)]
fn uid() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|process| process.uid())
}

#[cfg(not(unix))]
fn uid() -> Option<u32> {
    None
}

/// The name of this machine: as its kernel has it, else as the shell says; empty where neither tells.
fn host() -> String {
    let of_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let found = of_kernel.or_else(|| std::env::var("HOSTNAME").ok());
    found.map_or_else(String::new, |name| name.trim().to_owned())
}

fn actor(
    fleet: &FleetArgs,
    by: &str,
    (variable, account): (impl Fn(&str) -> Option<String>, impl FnOnce() -> Option<String>),
) -> Actor {
    let said = |name: &str| variable(name).filter(|value| !value.is_empty());
    let user = ["SUDO_USER", "USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(said);
    Actor {
        user: user
            .or_else(account)
            .unwrap_or_else(|| "unknown".to_owned())
            .into(),
        ssh: said("SSH_CONNECTION").map(Into::into),
        known_as: fleet.over.overrides().acting_as.map(Into::into),
        by: by.into(),
        ..Actor::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_the_name_that_the_system_gives_it() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\n\n+::::::\nbroken\n:x:8:8::/:/\nada:x:4711:100:Ada:/home/ada:/bin/zsh\n";
        for (uid, name) in [(0, Some("root")), (4711, Some("ada")), (8, None), (100, None)] {
            assert_eq!(name_of(accounts, uid), name, "{uid}");
        }
    }

    #[tokio::test]
    async fn what_the_demo_does_is_written_down_apart() {
        let place = tempfile::tempdir().unwrap();
        let settings = settings(&FleetArgs::default(), "console", Book::Demo(place.path()));
        let act = fleetui_fleet::act::Act {
            subject: fleetui_base::ObjectKey::new(
                fleetui_base::ManagementCluster::new("m"),
                fleetui_api::kinds::core("Cluster"),
                fleetui_base::ObjectName::new("default", "c"),
            ),
            uid: "".into(),
            deed: fleetui_fleet::act::Deed::Pause,
            reason: None,
        };
        let refusal = fleetui_fleet::act::Refusal::at(fleetui_fleet::act::Step::ReadOnly, "no");
        let now = jiff::Timestamp::UNIX_EPOCH;
        let entry = fleetui_fleet::act::Entry::new(
            settings.audit.next_id(now),
            now,
            settings.actor.clone(),
            &act,
            fleetui_fleet::act::audit::Stage::Refused(refusal),
        );
        settings.audit.write(&entry).await.unwrap();
        assert!(place.path().join("audit.jsonl").is_file());
    }

    #[test]
    fn who_acts_is_known_by_the_environment() {
        let with = |pairs: &'static [(&str, &str)]| {
            let variable = |name: &str| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            actor(
                &FleetArgs::default(),
                "scale",
                (variable, || Some("uid 4711".to_owned())),
            )
        };
        let remote = with(&[
            ("USER", "root"),
            ("SUDO_USER", "ada"),
            ("SSH_CONNECTION", "10.0.0.7 4711 10.0.0.1 22"),
        ]);
        assert_eq!((remote.user.as_str(), remote.by.as_str()), ("ada", "scale"));
        assert_eq!(remote.ssh.as_deref(), Some("10.0.0.7 4711 10.0.0.1 22"));
        let nobody = with(&[("USER", "")]);
        assert_eq!((nobody.user.as_str(), nobody.ssh), ("uid 4711", None));
    }
}
