//! Reads the whole objects of one cluster: by its label what makes machines, by reference what they stand on.
//!
//! Kinds of providers are read in the version that keeps the newest contract, as their definitions say. What is referred to
//! and cannot be read is left out, since a description is made of what there is.

use std::collections::{BTreeMap, BTreeSet};

use fleetui_api::kinds::{ADDONS, core};
use fleetui_api::{contracts, labels};
use fleetui_base::{GroupKind, ObjectName};
use fleetui_fleet::describe::{ClusterObjects, Contract, DescribeOptions, Referred, newest};
use futures::{StreamExt as _, stream};
use serde_json::Value;

use crate::catalogue::{Catalogue, Served};
use crate::command::{Failure, FailureKind};
use crate::discovery;
use crate::fault::Fault;
use crate::object;
use crate::request::Requester;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;
use crate::watcher::encoded;

/// More objects of one kind than this are listed; fewer are asked for one by one.
const FEW: usize = 3;
/// Requests for single objects that may be under way at once.
const AT_ONCE: usize = 8;
/// Definitions without what they define.
const METADATA_ALONE: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// Reads a cluster, as far as a description with these options shows it.
pub(crate) async fn read(
    handle: &Handle,
    cluster: &ObjectName,
    options: &DescribeOptions,
    settings: &ClientSettings,
) -> Result<ClusterObjects, Failure> {
    let reader = Reader::new(handle, cluster, settings).await?;
    let mut objects = Box::pin(reader.core(options)).await?;
    let references = objects.references();
    let kinds: BTreeSet<GroupKind> = references.iter().map(|(kind, _)| kind.clone()).collect();
    objects.contracts = reader.contracts(kinds).await;
    objects.referred = reader.referred(&references, &objects.contracts).await;
    if options.templates {
        let kinds = objects.templates().into_iter();
        objects.contracts.extend(reader.contracts(kinds.collect()).await);
    }
    Ok(objects)
}

/// Reads objects of one cluster.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    requester: &'a Requester,
    catalogue: Catalogue,
    cluster: &'a ObjectName,
    settings: &'a ClientSettings,
    /// Whether managedFields are kept, which are a third of an object.
    managed_fields: bool,
}

impl<'a> Reader<'a> {
    pub(crate) async fn new(
        handle: &'a Handle,
        cluster: &'a ObjectName,
        settings: &'a ClientSettings,
    ) -> Result<Self, Failure> {
        let known = handle.catalogue();
        let catalogue = if known.is_empty() {
            discovery::discover(&handle.requester, settings).await?
        } else {
            Catalogue::clone(&known)
        };
        Ok(Self {
            requester: &handle.requester,
            catalogue,
            cluster,
            settings,
            managed_fields: false,
        })
    }

    /// The same, keeping managedFields.
    pub(crate) fn with_managed_fields(&self) -> Self {
        Self {
            managed_fields: true,
            ..self.clone()
        }
    }

    fn parse(&self, text: &str) -> Result<Value, Fault> {
        let read = if self.managed_fields {
            serde_json::from_str(text)
        } else {
            object::lean(text)
        };
        read.map_err(|error| Fault::Garbled(error.to_string()))
    }

    /// The Cluster.
    pub(crate) async fn cluster(&self) -> Result<Value, Failure> {
        let clusters = self.clusters()?;
        Ok(newest(self.get(clusters, &self.cluster.name).await?))
    }

    fn clusters(&self) -> Result<&Served, Failure> {
        let found = self.catalogue.find(&core("Cluster"), None);
        found.map(AsRef::as_ref).ok_or_else(|| {
            Failure::new(
                FailureKind::NotFound,
                "Cluster API is not installed there: no kind Cluster is served",
            )
        })
    }

    /// All objects of a kind in the cluster's namespace, whoever they belong to.
    pub(crate) async fn all(&self, kind: &GroupKind) -> Result<Vec<Value>, Fault> {
        match self.catalogue.find(kind, None) {
            Some(served) => self.pages(served, "").await,
            None => Ok(Vec::new()),
        }
    }

    /// One object of Cluster API's own kinds, in the cluster's namespace or in another one.
    pub(crate) async fn elsewhere(
        &self,
        kind: &GroupKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, Fault> {
        let Some(served) = self.catalogue.find(kind, None) else {
            return Ok(None);
        };
        let namespace = namespace.unwrap_or(&self.cluster.namespace);
        let path = format!("{}/{}", served.path(Some(namespace)), encoded(name));
        match self.requester.get(&path, self.settings.request_timeout).await {
            Ok(text) => Ok(self.parse(&text).ok().map(newest)),
            Err(Fault::NotFound(_)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The Cluster, what carries its label, and its binding.
    async fn core(&self, options: &DescribeOptions) -> Result<ClusterObjects, Failure> {
        let clusters = self.clusters()?;
        let [machines, machine_deployments, machine_sets, machine_pools] =
            ["Machine", "MachineDeployment", "MachineSet", "MachinePool"].map(|kind| self.labelled(kind));
        let (cluster, machines, machine_deployments, machine_sets, machine_pools, resource_set_binding) = tokio::join!(
            self.get(clusters, &self.cluster.name),
            machines,
            machine_deployments,
            machine_sets,
            machine_pools,
            self.binding(options)
        );
        let cluster = newest(cluster?);
        // A kind that may not be read takes nothing from the others.
        let mut denied = Vec::new();
        let mut allowed = |kind: &str, found: Result<Vec<Value>, Fault>| match found {
            Err(Fault::Forbidden(_)) => {
                denied.push(core(kind));
                Ok(Vec::new())
            }
            found => found,
        };
        let machines = allowed("Machine", machines)?;
        let machine_deployments = allowed("MachineDeployment", machine_deployments)?;
        let machine_sets = allowed("MachineSet", machine_sets)?;
        let machine_pools = allowed("MachinePool", machine_pools)?;
        Ok(ClusterObjects {
            cluster,
            machines,
            machine_deployments,
            machine_sets,
            machine_pools,
            resource_set_binding,
            denied,
            ..ClusterObjects::default()
        })
    }

    /// The objects of one of Cluster API's own kinds that carry the cluster's label, in the newest version.
    pub(crate) async fn labelled(&self, kind: &str) -> Result<Vec<Value>, Fault> {
        match self.catalogue.find(&core(kind), None) {
            Some(served) => {
                let objects = self.list(served).await?;
                Ok(objects.into_iter().map(newest).collect())
            }
            // Pools were long behind a gate.
            None => Ok(Vec::new()),
        }
    }

    async fn binding(&self, options: &DescribeOptions) -> Option<Value> {
        let kind = GroupKind::new(ADDONS, "ClusterResourceSetBinding");
        let served = self
            .catalogue
            .find(&kind, None)
            .filter(|_| options.resource_sets)?;
        self.get(served, &self.cluster.name).await.ok()
    }

    /// What the definitions of these kinds say of Cluster API's contracts.
    pub(crate) async fn contracts(&self, kinds: BTreeSet<GroupKind>) -> BTreeMap<GroupKind, Contract> {
        // Collected first: a stream that makes them could not be sent between threads.
        let asked: Vec<_> = kinds.into_iter().map(|kind| self.contract_of(kind)).collect();
        stream::iter(asked)
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    async fn contract_of(&self, kind: GroupKind) -> Option<(GroupKind, Contract)> {
        let contract = self.contract(&kind).await?;
        Some((kind, contract))
    }

    async fn contract(&self, kind: &GroupKind) -> Option<Contract> {
        let plural = &self.catalogue.find(kind, None)?.plural;
        let path = format!(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{}",
            kind.group
        );
        let limit = self.settings.request_timeout;
        let definition = match self.requester.get_as(&path, METADATA_ALONE, limit).await {
            Ok(text) => object::lean(&text).ok()?,
            Err(fault) => {
                tracing::debug!(%fault, %kind, "the definition cannot be read; its highest version is taken");
                return None;
            }
        };
        let labels = definition.pointer("/metadata/labels")?;
        let (name, version) =
            contracts::newest(|label| labels.get(label).and_then(Value::as_str).map(str::to_owned))?;
        Some(Contract {
            name: name.to_owned(),
            version,
        })
    }

    /// What is referred to, as far as it can be read.
    pub(crate) async fn referred(
        &self,
        references: &[Referred],
        contracts: &BTreeMap<GroupKind, Contract>,
    ) -> BTreeMap<Referred, Value> {
        let mut by_kind: BTreeMap<&GroupKind, Vec<&str>> = BTreeMap::new();
        for (kind, name) in references {
            by_kind.entry(kind).or_default().push(name);
        }
        let kinds: Vec<_> = by_kind
            .into_iter()
            .map(|(kind, names)| self.of_kind(kind, names, contracts))
            .collect();
        let found: Vec<(&GroupKind, Vec<(String, Value)>)> =
            stream::iter(kinds).buffer_unordered(AT_ONCE).collect().await;
        let all = found.into_iter().flat_map(|(kind, objects)| {
            objects
                .into_iter()
                .map(move |(name, object)| ((kind.clone(), name), object))
        });
        all.collect()
    }

    async fn of_kind<'k>(
        &self,
        kind: &'k GroupKind,
        names: Vec<&'k str>,
        contracts: &BTreeMap<GroupKind, Contract>,
    ) -> (&'k GroupKind, Vec<(String, Value)>) {
        let version = contracts
            .get(kind)
            .map(|contract| format!("{}/{}", kind.group, contract.version));
        let found = match self.catalogue.find(kind, version.as_deref()) {
            Some(served) => self.named(served, &names).await,
            None => Vec::new(),
        };
        (kind, found)
    }

    async fn with_name(&self, served: &Served, name: &str) -> Option<(String, Value)> {
        let object = self.get(served, name).await.ok()?;
        Some((name.to_owned(), object))
    }

    /// The objects of these names. Many are listed by label; those that carry none are asked for by name.
    async fn named(&self, served: &Served, names: &[&str]) -> Vec<(String, Value)> {
        let mut found: BTreeMap<String, Value> = BTreeMap::new();
        if names.len() > FEW
            && let Ok(listed) = self.list(served).await
        {
            found.extend(
                listed
                    .into_iter()
                    .filter_map(|object| Some((name_of(&object)?, object))),
            );
            found.retain(|name, _| names.contains(&name.as_str()));
        }
        let missing: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| !found.contains_key(*name))
            .collect();
        let asked: Vec<_> = missing
            .into_iter()
            .map(|name| self.with_name(served, name))
            .collect();
        let asked: Vec<(String, Value)> = stream::iter(asked)
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await;
        found.extend(asked);
        found.into_iter().collect()
    }

    fn path(&self, served: &Served) -> String {
        served.path(Some(self.cluster.namespace.as_str()))
    }

    async fn get(&self, served: &Served, name: &str) -> Result<Value, Fault> {
        let path = format!("{}/{}", self.path(served), encoded(name));
        let text = self.requester.get(&path, self.settings.request_timeout).await?;
        self.parse(&text)
    }

    /// All pages of what carries the cluster's label.
    async fn list(&self, served: &Served) -> Result<Vec<Value>, Fault> {
        let label = encoded(&format!("{}={}", labels::CLUSTER_NAME, self.cluster.name));
        self.pages(served, &format!("labelSelector={label}&")).await
    }

    /// All pages of a list.
    async fn pages(&self, served: &Served, query: &str) -> Result<Vec<Value>, Fault> {
        let path = format!("{}?{query}limit={}", self.path(served), self.settings.page_size);
        let mut objects = Vec::new();
        let mut page = path.clone();
        loop {
            let text = self.requester.get(&page, self.settings.list_timeout).await?;
            let list: Page =
                serde_json::from_str(&text).map_err(|error| Fault::Garbled(error.to_string()))?;
            for item in list.items {
                let mut object = self.parse(item.get())?;
                complete(&mut object, served);
                objects.push(object);
            }
            match list.metadata.r#continue.filter(|next| !next.is_empty()) {
                Some(next) => page = format!("{path}&continue={}", encoded(&next)),
                None => return Ok(objects),
            }
        }
    }
}

#[derive(serde::Deserialize)]
struct Page {
    #[serde(default)]
    metadata: Place,
    #[serde(default)]
    items: Vec<Box<serde_json::value::RawValue>>,
}

#[derive(Default, serde::Deserialize)]
struct Place {
    #[serde(default)]
    r#continue: Option<String>,
}

/// Servers leave kind and version out of the items of some lists.
fn complete(object: &mut Value, served: &Served) {
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    fields
        .entry("apiVersion")
        .or_insert_with(|| served.api_version().into());
    fields
        .entry("kind")
        .or_insert_with(|| served.kind.kind.as_ref().into());
}

fn name_of(object: &Value) -> Option<String> {
    object.pointer("/metadata/name")?.as_str().map(str::to_owned)
}
