//! The one management cluster of a command, read as the console reads it, so that the same planner decides.

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::eyre;
use fleetui_api::crds;
use fleetui_api::kinds::Role;
use fleetui_base::clock::SystemClock;
use fleetui_base::{ManagementCluster, ObjectKey, SharedClock};
use fleetui_client::FleetClient;
use fleetui_console::connection::complaint;
use fleetui_fleet::act::access::Access;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::act::{Act, Deed, HostDeed, MachineDeed, Refusal, Step, Try};
use fleetui_fleet::session::Connection;
use fleetui_fleet::{FleetStore, Row, Update};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::arguments::{ActArgs, ObjectArgs};
use super::who;
use crate::cli::management::FORBIDDEN;
use crate::cli::status::{Refused, TimedOut, WrongUsage};
use crate::cli::{FleetArgs, management};

/// Nothing more may come for so long before everything counts as told.
const QUIET: Duration = Duration::from_millis(150);

/// A management cluster that is known.
pub(super) struct Fleet {
    pub(super) client: FleetClient,
    pub(super) name: ManagementCluster,
    pub(super) namespace: String,
    store: FleetStore,
    clock: SharedClock,
    /// Whether nothing is to be written anyway.
    dry_run: bool,
    /// Read on, so that the sessions are not held up.
    updates: mpsc::Receiver<Update>,
}

impl Fleet {
    /// Connects and reads what there is.
    ///
    /// # Errors
    /// It cannot be reached, or takes too long.
    pub(super) async fn begin(fleet: &FleetArgs, args: &ActArgs, by: &str) -> color_eyre::Result<Self> {
        let (mut target, namespace) = management::target_and_namespace(fleet)?;
        // To name it is to ask for it.
        target.lazy = false;
        let name = target.management_cluster.clone();
        let clock: SharedClock = SystemClock::shared();
        let settings = who::settings(fleet, by, who::Book::User);
        let (client, updates) = FleetClient::start(vec![target], clock.clone(), settings);
        let mut begun = Self {
            client,
            name,
            namespace,
            store: FleetStore::default(),
            clock,
            dry_run: args.dry_run,
            updates,
        };
        let limit = Duration::from_secs(args.timeout);
        let settled = timeout(limit, begun.settle()).await;
        let outcome = begun.connected(settled.is_err(), limit);
        if let Err(report) = outcome {
            begun.end().await;
            return Err(report);
        }
        // Who acts on a cluster is told of its upgrade that is stored; who may not read that, is not.
        if let Ok(Ok(walks)) = timeout(limit, begun.client.stored_walks(&begun.name)).await {
            begun.store.apply(Update::Walks(walks));
        }
        Ok(begun)
    }

    /// Ends the session, once what is under way has ended.
    pub(super) async fn end(self) {
        self.client.shut_down().await;
    }

    async fn settle(&mut self) {
        loop {
            match timeout(QUIET, self.updates.recv()).await {
                Ok(Some(update)) => {
                    self.store.apply(update);
                }
                Ok(None) => return,
                Err(_) => {
                    let mut sessions = self.store.sessions();
                    if sessions.all(|session| session.connection.is_settled()) {
                        return;
                    }
                }
            }
        }
    }

    fn connected(&self, late: bool, limit: Duration) -> color_eyre::Result<()> {
        let name = &self.name;
        let Some(session) = self.store.session(name) else {
            return Err(eyre!("{name} has no session"));
        };
        match &session.connection {
            Connection::Live => Ok(()),
            Connection::Connecting | Connection::Syncing { .. } if late => {
                let what = format!("{name} has not told everything within {} s", limit.as_secs());
                Err(TimedOut(what).into())
            }
            Connection::Denied { .. } => Err(Refused(complaint(session, self.clock.now())).into()),
            Connection::AuthNeeded { .. } | Connection::Offline { .. } | Connection::Stale { .. } => {
                Err(eyre!("{}", complaint(session, self.clock.now())))
            }
            Connection::Idle | Connection::Connecting | Connection::Syncing { .. } => {
                Err(eyre!("{name} is {}", session.connection.word()))
            }
        }
    }

    /// Goes on reading what is told, until `done` says that it is, which is asked at every change, and from time to time.
    /// False where that takes longer than `limit`.
    pub(super) async fn follow(
        &mut self,
        limit: Duration,
        mut done: impl FnMut(&FleetStore, Timestamp) -> bool,
    ) -> bool {
        let following = async {
            while !done(&self.store, self.clock.now()) {
                match timeout(QUIET, self.updates.recv()).await {
                    Ok(Some(update)) => {
                        self.store.apply(update);
                    }
                    Ok(None) => return false,
                    Err(_elapsed) => {}
                }
            }
            true
        };
        timeout(limit, following).await.unwrap_or(false)
    }

    /// What plans are made from.
    pub(super) fn around(&self) -> Around<'_> {
        Around {
            store: &self.store,
            now: self.clock.now(),
        }
    }

    /// Writes a refusal down that no request was made for. One of a dry run says so.
    pub(super) fn note(&self, act: &Act, mut refusal: Refusal) {
        if self.dry_run {
            refusal.why = format!("dry run: {}", refusal.why);
        }
        self.client.note(Try {
            act: act.clone(),
            refusal,
        });
    }

    /// Whether anything may be written at all.
    pub(super) fn writable(&self) -> Result<(), Refusal> {
        Access::ReadWrite.check(&self.store, &self.name)
    }

    /// The act on the object that is meant.
    ///
    /// # Errors
    /// There is none of that name, or more than one.
    pub(super) fn act(&self, object: &ObjectArgs, deed: Deed) -> color_eyre::Result<Act> {
        let (kind, name) = object.parts()?;
        let is_meant = |row: &Row| {
            let facts = &row.facts;
            facts.object.name == name && is_called(&facts.kind.group, &facts.kind.kind, kind)
        };
        self.one(is_meant, (kind, name), deed)
    }

    /// The act on the host that is meant: by its name alone, or as KIND/NAME.
    ///
    /// # Errors
    /// There is none of that name, or more than one.
    pub(super) fn host(&self, host: &str, deed: HostDeed) -> color_eyre::Result<Act> {
        self.of_role((Role::Host, "host"), host, Deed::Host(deed))
    }

    /// The act on the machine that is meant: by its name alone, or as KIND/NAME.
    ///
    /// # Errors
    /// There is none of that name, or more than one.
    pub(super) fn machine(&self, machine: &str, deed: MachineDeed) -> color_eyre::Result<Act> {
        self.of_role((Role::Machine, "machine"), machine, Deed::Machine(deed))
    }

    fn of_role(&self, (role, word): (Role, &str), name: &str, deed: Deed) -> color_eyre::Result<Act> {
        if name.contains('/') {
            let object = ObjectArgs {
                object: name.to_owned(),
                name: None,
            };
            return self.act(&object, deed);
        }
        let is_meant = |row: &Row| row.facts.role == role && row.facts.object.name == name;
        self.one(is_meant, (word, name), deed)
    }

    /// Whether a kind is called so that is ours or of which there is an object.
    fn knows(&self, kind: &str) -> bool {
        let of_row = |row: &Arc<Row>| is_called(&row.facts.kind.group, &row.facts.kind.kind, kind);
        kind == "host"
            || self.store.rows(None).any(of_row)
            || crds::kinds().any(|(group, name)| is_called(group, name, kind))
    }

    fn one(
        &self,
        is_meant: impl Fn(&Row) -> bool,
        (kind, name): (&str, &str),
        deed: Deed,
    ) -> color_eyre::Result<Act> {
        let rows = self.store.rows(Some(&self.name)).filter(|row| {
            let namespace = &row.facts.object.namespace;
            (namespace.is_empty() || *namespace == self.namespace) && is_meant(row)
        });
        let mut keys: Vec<(ObjectKey, _)> = rows.map(|row| (row.key(), row.facts.uid.clone())).collect();
        match (keys.pop(), keys.is_empty()) {
            (Some((subject, uid)), true) => Ok(Act {
                subject,
                uid,
                deed,
                reason: None,
            }),
            (Some(_), false) => Err(WrongUsage(format!(
                "several kinds are called {kind}: write the whole kind, as KIND/{name}"
            ))
            .into()),
            (None, _) if !self.knows(kind) => Err(eyre!(
                "no kind that fleetui knows is called {kind}: it acts on the kinds of Cluster API and its providers, such as cluster, \
                 kcp, md, mp, machine or byohost; for others there is kubectl"
            )),
            (None, _) => Err(eyre!(
                "there is no {kind} {name} in namespace {} of {}; -n names another one",
                self.namespace,
                self.name
            )),
        }
    }
}

/// Whether a kind may be called so: by its name in any case, its plural or a short name.
pub(super) fn is_called(group: &str, kind: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    let (word, of) = match word.split_once('.') {
        Some((word, group)) => (word.to_owned(), Some(group.to_owned())),
        None => (word, None),
    };
    if of.is_some_and(|of| of != group) {
        return false;
    }
    let lower = kind.to_lowercase();
    if word == lower || word == format!("{lower}s") {
        return true;
    }
    crds::words(group, kind).is_some_and(|(plural, short)| word == plural || short.contains(&word.as_str()))
}

/// A refusal that is told where no plan was made.
pub(super) fn read_only(refusal: Refusal, act: Act) -> Try {
    let why = match refusal.step {
        Step::ReadOnly => format!("{} ({FORBIDDEN})", refusal.why),
        Step::Connection
        | Step::Permission
        | Step::Preflight
        | Step::Unchanged
        | Step::DryRun
        | Step::Confirmation
        | Step::Audit => refusal.why,
    };
    Try {
        act,
        refusal: Refusal::at(refusal.step, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_called_as_kubectl_calls_them() {
        let core = "cluster.x-k8s.io";
        for word in [
            "machinedeployment",
            "MachineDeployment",
            "machinedeployments",
            "md",
            "machinedeployments.cluster.x-k8s.io",
        ] {
            assert!(is_called(core, "MachineDeployment", word), "{word}");
        }
        for word in ["machine", "ms", "deployment", "machinedeployments.apps", ""] {
            assert!(!is_called(core, "MachineDeployment", word), "{word}");
        }
        assert!(is_called(
            "controlplane.cluster.x-k8s.io",
            "KubeadmControlPlane",
            "kcp"
        ));
        assert!(is_called(
            "infrastructure.cluster.x-k8s.io",
            "DevCluster",
            "devclusters"
        ));
    }
}
