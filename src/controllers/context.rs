//! What reconcilers work with: the cache to read, the client to write, time, and the settings.
//!
//! Every request has a timeout, and every answer goes into the cache at once.

use std::sync::Arc;

use fleetui_base::{ObjectName, SharedClock};
use fleetui_rules::names;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use crate::cache::Cache;
use crate::certificates::Verified;
use crate::change::{Change, WorkloadTarget, WorkloadWrite};
use crate::connection::Connections;
use crate::error::Error;
use crate::etcd;
use crate::events::Told;
use crate::kinds::ObjectId;
use crate::manager::Standing;
use crate::object::Metadata;
use crate::providers::byoh::Bindings;
use crate::received::Received;
use crate::requests::Requests;
use crate::settings::ControllerSettings;
use crate::workloads::WorkloadClusters;

/// Shared by all reconcilers of one management cluster.
pub(crate) struct Context {
    pub(crate) client: kube::Client,
    pub(crate) cache: Arc<Cache>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) workloads: Arc<dyn WorkloadClusters>,
    pub(crate) verified: Verified,
    pub(crate) told: Told,
    /// What was seen of etcds a moment ago.
    pub(crate) etcds: etcd::Memory,
    pub(crate) settings: ControllerSettings,
    pub(crate) clock: SharedClock,
    /// Hosts that are being taken.
    pub(crate) bindings: Bindings,
    /// Whether the management cluster answers.
    pub(crate) standing: Standing,
    requests: Requests,
}

impl Context {
    /// What reconcilers of the management cluster behind `client` work with.
    pub(crate) fn new(
        client: kube::Client,
        workloads: Arc<dyn WorkloadClusters>,
        settings: ControllerSettings,
        clock: SharedClock,
        cache: Cache,
    ) -> Self {
        Self {
            client,
            cache: Arc::new(cache),
            connections: Arc::new(Connections::default()),
            workloads,
            verified: Verified::default(),
            told: Told::default(),
            etcds: etcd::Memory::default(),
            settings,
            clock,
            bindings: Bindings::default(),
            standing: Standing::default(),
            requests: Requests::default(),
        }
    }

    /// The same, whose requests are counted there.
    pub(crate) fn counting(self, requests: Requests) -> Self {
        Self { requests, ..self }
    }

    /// The same, who finds out with others whether the management cluster answers.
    pub(crate) fn knowing(self, standing: &Standing) -> Self {
        Self {
            standing: standing.clone(),
            ..self
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A number that nobody can guess.
    #[allow(
        clippy::unused_self,
        reason = "where numbers come from is the context's to say"
    )]
    pub(crate) fn random(&self) -> u64 {
        rand::random()
    }

    /// A number for the name of something new beside `siblings`: random, or with a seed the same for the same siblings.
    pub(crate) fn random_for_name<'a>(
        &self,
        owner: &ObjectId,
        siblings: impl Iterator<Item = &'a str>,
    ) -> u64 {
        let mut siblings: Vec<_> = siblings.collect();
        siblings.sort_unstable();
        self.random_of(&format!("{owner}: {}", siblings.join(" ")))
    }

    /// A number for the name of something: random, or with a seed the same for the same text.
    pub(crate) fn random_of(&self, text: &str) -> u64 {
        let seeded = |seed| names::seeded(seed, text);
        self.settings.name_seed.map_or_else(rand::random, seeded)
    }

    /// Carries out one write.
    pub(crate) async fn change(&self, change: Change) -> Result<(), Error> {
        self.change_as(change, None).await
    }

    /// As [`Context::change`]; what is created or patched is recorded as written by `manager`, where one is named.
    pub(crate) async fn change_as(&self, change: Change, manager: Option<&str>) -> Result<(), Error> {
        match change {
            Change::Create { id, object } => self.create(&id, &object, manager).await,
            Change::Delete { id, uid } => self.delete(&id, &uid).await,
            Change::Patch { id, version, patch } => {
                let patched = self.patch(&id, version.as_deref(), patch, manager).await;
                patched.map(drop)
            }
            Change::PatchStatus { id, version, patch } => {
                self.patch_status(&id, version.as_deref(), patch).await
            }
            Change::CreateSecret(secret) => self.create_secret(&secret).await,
            Change::PatchSecret { name, version, patch } => {
                self.patch_secret(&name, version.as_deref(), patch).await
            }
            Change::Workload { cluster, write } => self.write_workload(&cluster, write).await,
            Change::Etcd { cluster, act } => etcd::act(self, &cluster, &act).await,
        }
    }

    async fn create(
        &self,
        id: &ObjectId,
        object: &DynamicObject,
        manager: Option<&str>,
    ) -> Result<(), Error> {
        let api = self.api(id);
        let params = PostParams {
            field_manager: Some(self.manager(manager)),
            ..self.post()
        };
        let made = self
            .request(
                format!("create {id}"),
                api.create(&params, &Received(object.clone())),
            )
            .await;
        let made = match made {
            Ok(made) => Some(made),
            Err(error) if error.is_already_there() => None,
            // It may have been made although the answer did not arrive; made a second time it would be one too many.
            Err(error) => match self.request(format!("get {id}"), api.get(&id.name.name)).await {
                Ok(found) => Some(found),
                Err(_) => return Err(error),
            },
        };
        if let Some(Received(made)) = made {
            self.cache.put(id.clone(), made);
        }
        Ok(())
    }

    /// Whether an object is there, as the server itself says.
    pub(crate) async fn exists(&self, id: &ObjectId) -> Result<bool, Error> {
        let api = self.api(id);
        let found = self
            .request(format!("get {id}"), api.get_metadata_opt(&id.name.name))
            .await?;
        Ok(found.is_some())
    }

    async fn delete(&self, id: &ObjectId, uid: &str) -> Result<(), Error> {
        let api = self.api(id);
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: None,
            }),
            ..DeleteParams::background()
        };
        let answer = self
            .request(format!("delete {id}"), api.delete(&id.name.name, &params))
            .await;
        let answer = unless(answer, Error::is_not_found)?;
        if let Some(answer) = answer {
            // The object where finalizers keep it; a Status where it is gone.
            answer.either(
                |object| self.take_in(id, object.0),
                |_| self.cache.remove(id, uid),
            );
        }
        Ok(())
    }

    /// Patches metadata and spec, and tells the new version and generation.
    pub(crate) async fn patch(
        &self,
        id: &ObjectId,
        version: Option<&str>,
        patch: Value,
        manager: Option<&str>,
    ) -> Result<(Option<String>, Option<i64>), Error> {
        let api = self.api(id);
        let patch = at_version(patch, version);
        let params = PatchParams {
            field_manager: Some(self.manager(manager)),
            ..self.patch_params()
        };
        let patched = self
            .request(format!("patch {id}"), api.patch(&id.name.name, &params, &patch))
            .await;
        let Some(Received(object)) = unless(patched, Error::is_not_found)? else {
            return Ok((None, None));
        };
        let written = (
            object.metadata.resource_version.clone(),
            object.metadata.generation,
        );
        self.take_in(id, object);
        Ok(written)
    }

    /// Patches the status.
    pub(crate) async fn patch_status(
        &self,
        id: &ObjectId,
        version: Option<&str>,
        patch: Value,
    ) -> Result<(), Error> {
        let api = self.api(id);
        let patch = at_version(patch, version);
        let params = self.patch_params();
        let what = format!("patch the status of {id}");
        let patched = self
            .request(what, api.patch_status(&id.name.name, &params, &patch))
            .await;
        if let Some(Received(object)) = unless(patched, Error::is_not_found)? {
            self.take_in(id, object);
        }
        Ok(())
    }

    /// Takes in the answer to a write. Without finalizers a deleted object is gone with it.
    fn take_in(&self, id: &ObjectId, object: DynamicObject) {
        let metadata = &object.metadata;
        if metadata.is_deleting() && metadata.finalizers.iter().flatten().next().is_none() {
            self.cache.remove(id, metadata.uid.as_deref().unwrap_or_default());
        } else {
            self.cache.put(id.clone(), object);
        }
    }

    /// The Secret of this name, if it is there.
    pub(crate) async fn secret(&self, namespace: &str, name: &str) -> Result<Option<Secret>, Error> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        self.request(format!("get Secret {namespace}/{name}"), api.get_opt(name))
            .await
    }

    async fn patch_secret(
        &self,
        name: &ObjectName,
        version: Option<&str>,
        patch: Value,
    ) -> Result<(), Error> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &name.namespace);
        let patch = at_version(patch, version);
        let params = self.patch_params();
        let what = format!("patch Secret {name}");
        let answer = self.request(what, api.patch(&name.name, &params, &patch)).await;
        unless(answer, Error::is_not_found).map(drop)
    }

    async fn create_secret(&self, secret: &Secret) -> Result<(), Error> {
        let namespace = secret.metadata.namespace();
        let api: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        let what = format!("create Secret {namespace}/{}", secret.metadata.name());
        let made = self.request(what, api.create(&self.post(), secret)).await;
        unless(made, Error::is_already_there).map(drop)
    }

    /// A client of a workload cluster.
    pub(crate) async fn workload_client(&self, cluster: &ObjectName) -> Result<kube::Client, Error> {
        let what = format!("reach workload cluster {cluster}");
        Ok(self.timed(what, self.workloads.client(cluster)).await??)
    }

    /// Writes into a workload cluster.
    pub(crate) async fn write_workload(
        &self,
        cluster: &ObjectName,
        write: WorkloadWrite,
    ) -> Result<(), Error> {
        let client = self.workload_client(cluster).await?;
        match write {
            WorkloadWrite::Create { resource, object } => {
                let target = WorkloadTarget {
                    namespace: object.metadata.namespace.clone(),
                    name: object.metadata.name().to_owned(),
                    resource,
                };
                let what = target.describe("create", cluster);
                let api = target.api(client);
                unless(
                    self.request(what, api.create(&self.post(), &object)).await,
                    Error::is_already_there,
                )
                .map(drop)
            }
            WorkloadWrite::Patch {
                target,
                status,
                patch,
            } => {
                let what = target.describe("patch", cluster);
                let (api, params, patch) = (target.api(client), self.patch_params(), Patch::Merge(&patch));
                let answer = if status {
                    self.request(what, api.patch_status(&target.name, &params, &patch))
                        .await
                } else {
                    self.request(what, api.patch(&target.name, &params, &patch)).await
                };
                unless(answer, Error::is_not_found).map(drop)
            }
            WorkloadWrite::Delete(target) => {
                let what = target.describe("delete", cluster);
                let api = target.api(client);
                let answer = self
                    .request(what, api.delete(&target.name, &DeleteParams::default()))
                    .await;
                unless(answer, Error::is_not_found).map(drop)
            }
        }
    }

    /// Sends a request and waits for it as long as the settings allow.
    pub(crate) async fn request<T>(
        &self,
        what: String,
        request: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, Error> {
        let mut asked = self.requests.begin(&what);
        let answer = self.timed(what.clone(), request).await?;
        asked.answered(&answer);
        answer.map_err(|refusal| Error::Request {
            what,
            refusal: Box::new(refusal),
        })
    }

    /// Waits as long as the settings allow.
    pub(crate) async fn timed<T>(&self, what: String, work: impl Future<Output = T>) -> Result<T, Error> {
        let limit = self.settings.request_timeout;
        tokio::time::timeout(limit, work)
            .await
            .map_err(|_| Error::Timeout {
                what,
                seconds: limit.as_secs(),
            })
    }

    fn api(&self, id: &ObjectId) -> Api<Received> {
        Api::namespaced_with(self.client.clone(), &id.name.namespace, &id.kind.resource())
    }

    fn manager(&self, named: Option<&str>) -> String {
        named.unwrap_or(&self.settings.field_manager).to_owned()
    }

    /// How creations are recorded.
    pub(crate) fn post(&self) -> PostParams {
        PostParams {
            dry_run: false,
            field_manager: Some(self.settings.field_manager.clone()),
        }
    }

    /// How patches are recorded.
    pub(crate) fn patch_params(&self) -> PatchParams {
        PatchParams {
            field_manager: Some(self.settings.field_manager.clone()),
            ..PatchParams::default()
        }
    }
}

impl WorkloadTarget {
    fn api(&self, client: kube::Client) -> Api<DynamicObject> {
        match &self.namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &self.resource),
            None => Api::all_with(client, &self.resource),
        }
    }

    fn describe(&self, verb: &str, cluster: &ObjectName) -> String {
        format!(
            "{verb} {} {} of workload cluster {cluster}",
            self.resource.kind, self.name
        )
    }
}

/// The patch with a precondition: somebody else's write in between is a conflict, and not overwritten.
fn at_version(mut patch: Value, version: Option<&str>) -> Patch<Value> {
    if let (Some(version), Some(fields)) = (version, patch.as_object_mut())
        && let Some(metadata) = fields
            .entry("metadata")
            .or_insert_with(|| json!({}))
            .as_object_mut()
    {
        metadata.insert("resourceVersion".to_owned(), Value::String(version.to_owned()));
    }
    Patch::Merge(patch)
}

/// The answer, or nothing where the error is one that is fine here.
fn unless<T>(answer: Result<T, Error>, fine: impl FnOnce(&Error) -> bool) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if fine(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
