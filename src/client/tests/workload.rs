//! Workload clusters over TLS, by the kubeconfigs that a management cluster stores: read, kept, renewed, refused.

use fleetui_apiserver::server::{Serving, names};
use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_base::clock::SystemClock;
use fleetui_fleet::act::audit::Stage;
use fleetui_fleet::act::{Deed, Judgement, Mode, Plan, Step};
use fleetui_pki::{Authority, Credential, Kubeconfig, ServerCredentials, Validity};
use serde_json::{Value, json};

use super::embedded::{management_clusters, quick, send};
use super::*;
use crate::{FailureKind, Lent, WorkloadSettings};

const SECRETS: &str = "/api/v1/namespaces/default/secrets";

/// A management cluster and its workload clusters, behind one address.
struct Place {
    server: ApiServer,
    serving: Serving,
    credentials: ServerCredentials,
    management: LogicalCluster,
}

impl Place {
    async fn new() -> Self {
        let (server, clusters) = management_clusters(&["lab"]).await;
        let credentials = ServerCredentials::ephemeral(&names(), SystemClock.now()).unwrap();
        let serving = server
            .serve("127.0.0.1:0".parse().unwrap(), &credentials)
            .await
            .unwrap();
        Self {
            server,
            serving,
            credentials,
            management: clusters[0].clone(),
        }
    }

    fn fleet(&self, workload: WorkloadSettings) -> Fleet {
        let target = Target::ready("lab", self.server.client(&self.management));
        let settings = ClientSettings { workload, ..quick() };
        Fleet::by(SystemClock::shared(), vec![target], settings)
    }

    /// A Cluster with a workload cluster in which there is one node.
    async fn with_cluster(&self, name: &str) -> Authority {
        let cluster = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"namespace": "default", "name": name},
            "spec": {"controlPlaneEndpoint": {"host": "127.0.0.1", "port": 6443}},
        });
        let path = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters";
        send(&self.server.client(&self.management), "POST", path, &cluster).await;
        let logical = logical(name);
        self.server.create_logical_cluster(&logical).await.unwrap();
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("{name}-node")}});
        send(&self.server.client(&logical), "POST", "/api/v1/nodes", &node).await;
        self.opened(name).await
    }

    /// Its control plane is up.
    async fn initialize(&self, name: &str) {
        let client = self.server.client(&self.management);
        let path = format!("/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters/{name}");
        let mut cluster: Value = send(&client, "GET", &path, &json!({})).await;
        cluster["status"] =
            json!({"initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true}});
        send(&client, "PUT", &format!("{path}/status"), &cluster).await;
    }

    /// Another authority of the cluster's own.
    async fn opened(&self, name: &str) -> Authority {
        let authority = Authority::generate("kubernetes", Validity::days(SystemClock.now(), 10)).unwrap();
        self.server
            .set_authority(&logical(name), authority.keyed())
            .await
            .unwrap();
        authority
    }

    async fn store(&self, name: &str, authority: &Authority) {
        let validity = Validity::days(SystemClock.now(), 1);
        let client = authority
            .issue_client("kubernetes-admin", Some("system:masters"), validity)
            .unwrap();
        let server = format!("{}{}", self.serving.url(), logical(name).path_prefix());
        let trusted = self.credentials.authority.certificate_pem();
        let file = Kubeconfig::new(name, &server, trusted, Credential::Certificate(&client));
        self.store_text(name, file.to_yaml().unwrap().reveal()).await;
    }

    async fn store_text(&self, name: &str, text: &str) {
        let name = format!("{name}-kubeconfig");
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"value": text}});
        let client = self.server.client(&self.management);
        let there: Value = send(&client, "GET", SECRETS, &json!({})).await;
        let mut items = there["items"].as_array().unwrap().iter();
        if items.any(|item| item["metadata"]["name"] == name.as_str()) {
            send(&client, "PUT", &format!("{SECRETS}/{name}"), &secret).await;
        } else {
            send(&client, "POST", SECRETS, &secret).await;
        }
    }
}

fn logical(name: &str) -> LogicalCluster {
    LogicalCluster::new(&format!("default--{name}")).unwrap()
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new("lab"),
        fleetui_api::kinds::core("Cluster"),
        ObjectName::new("default", name),
    )
}

async fn names_of(fleet: &Fleet, cluster: &str) -> Result<Vec<String>, (FailureKind, String)> {
    let nodes = fleet.client.nodes(&key(cluster), "").await;
    let nodes = nodes.map_err(|failure| (failure.kind, failure.message))?;
    Ok(nodes.iter().map(|node| node.name.to_string()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_read_by_the_stored_kubeconfig_which_is_renewed_when_it_is_refused() {
    let place = Place::new().await;
    let fleet = place.fleet(WorkloadSettings::default());
    let (kind, said) = names_of(&fleet, "prod").await.unwrap_err();
    assert_eq!(kind, FailureKind::NotFound);
    assert!(said.contains("there is no Cluster prod there"), "{said}");
    let authority = place.with_cluster("prod").await;
    let (_, said) = names_of(&fleet, "prod").await.unwrap_err();
    assert!(said.contains("its control plane has not made it yet"), "{said}");
    place.store("prod", &authority).await;
    assert_eq!(names_of(&fleet, "prod").await, Ok(vec!["prod-node".to_owned()]));
    // The old certificate is refused, and the Secret has no other one. A cluster that was never up is on its way as yet.
    let next = place.opened("prod").await;
    let (kind, said) = names_of(&fleet, "prod").await.unwrap_err();
    assert_eq!(kind, FailureKind::Unreachable);
    let not_yet = "its control plane has not initialized yet: it does not accept the kubeconfig of its Secret yet (Unauthorized)";
    assert_eq!(said, not_yet);
    // So is one whose kubeconfig was just made; a refusal that lasts is told as that.
    place.initialize("prod").await;
    let (kind, said) = names_of(&fleet, "prod").await.unwrap_err();
    assert_eq!(kind, FailureKind::Unreachable);
    assert_eq!(
        said,
        "the kubeconfig of its Secret was just made, and is not accepted yet (Unauthorized)"
    );
    let lasting = place.fleet(WorkloadSettings {
        settles: Duration::ZERO,
        ..WorkloadSettings::default()
    });
    let (kind, said) = names_of(&lasting, "prod").await.unwrap_err();
    lasting.client.shut_down().await;
    assert_eq!(kind, FailureKind::AuthNeeded);
    assert!(
        said.contains("refuses the kubeconfig of its Secret, also as that was read anew"),
        "{said}"
    );
    // Once it has, nobody has to ask for it.
    place.store("prod", &next).await;
    assert_eq!(names_of(&fleet, "prod").await, Ok(vec!["prod-node".to_owned()]));
    // An authority that the kubeconfig does not name is said to be that.
    let stranger = Authority::generate("stranger", Validity::days(SystemClock.now(), 10)).unwrap();
    let validity = Validity::days(SystemClock.now(), 1);
    let client = next
        .issue_client("kubernetes-admin", Some("system:masters"), validity)
        .unwrap();
    let url = format!("{}{}", place.serving.url(), logical("prod").path_prefix());
    let file = Kubeconfig::new(
        "prod",
        &url,
        stranger.certificate_pem(),
        Credential::Certificate(&client),
    );
    place.store_text("prod", file.to_yaml().unwrap().reveal()).await;
    let again = place.fleet(WorkloadSettings::default());
    let (kind, said) = names_of(&again, "prod").await.unwrap_err();
    assert_eq!(kind, FailureKind::Unreachable);
    assert!(
        said.contains("of an authority that the kubeconfig does not name"),
        "{said}"
    );
    fleet.client.shut_down().await;
    again.client.shut_down().await;
    place.serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_bounded_and_what_leads_outside_is_never_used() {
    let place = Place::new().await;
    let settings = WorkloadSettings {
        at_once: 1,
        kept: 1,
        idle: Duration::ZERO,
        ..WorkloadSettings::default()
    };
    let fleet = place.fleet(settings);
    for name in ["a", "b", "c"] {
        let authority = place.with_cluster(name).await;
        place.store(name, &authority).await;
    }
    let (keys, clients) = (["a", "b", "c"], &fleet);
    let read = futures::future::join_all(keys.map(|name| names_of(clients, name))).await;
    for (name, nodes) in keys.iter().zip(read) {
        assert_eq!(nodes, Ok(vec![format!("{name}-node")]));
    }
    let ground = fleet.client.ground(&ManagementCluster::new("lab")).unwrap();
    assert_eq!(ground.handle.workloads.kept(), 1);
    ground.handle.workloads.sweep();
    assert_eq!(ground.handle.workloads.kept(), 0);
    // A plugin of a stored kubeconfig is not run, whoever asks.
    let mark = tempfile::tempdir().unwrap();
    let mark = mark.path().join("ran");
    place.store_text("a", &runs_a_plugin(&mark)).await;
    let (_, said) = names_of(&fleet, "a").await.unwrap_err();
    assert!(said.contains("exec") && said.contains("leads outside"), "{said}");
    let fetched = fleet.client.kubeconfig(&key("a"), "", None).await.unwrap();
    let outside = crate::leads_outside(&fetched).unwrap_or_default();
    assert!(
        outside.starts_with("exec (") && outside.contains(" of user "),
        "{outside}"
    );
    let refused = Lent::new(&fetched, false).unwrap_err().to_string();
    assert!(refused.contains("--allow-exec"), "{refused}");
    assert!(Lent::new(&fetched, true).is_ok() && !mark.exists());
    fleet.client.shut_down().await;
    place.serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_a_kubeconfig_stands_in_the_audit_log_and_what_was_read_does_not() {
    let place = Place::new().await;
    let fleet = place.fleet(WorkloadSettings::default());
    let authority = place.with_cluster("prod").await;
    let missing = fleet.client.kubeconfig(&key("prod"), "", None).await.unwrap_err();
    assert_eq!(missing.kind, FailureKind::NotFound);
    place.store("prod", &authority).await;
    let reason = Some("an outage".to_owned());
    let fetched = fleet.client.kubeconfig(&key("prod"), "", reason).await.unwrap();
    assert!(fetched.reveal().contains("current-context: prod"));
    let lines = fleet.client.activity(10).await.unwrap();
    let told: Vec<String> = lines.iter().map(|line| line.stage.told(None)).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(
        (told[0].as_str(), &lines[0].act.deed),
        ("done", &Deed::Kubeconfig)
    );
    assert!(matches!(lines[1].stage, Stage::Intent { .. }));
    assert_eq!(lines[0].id, lines[1].id);
    assert_eq!(lines[0].act.reason.as_deref(), Some("an outage"));
    assert!(told[2].contains("has not made it yet"), "{told:?}");
    let text = serde_json::to_string(&lines).unwrap();
    assert!(
        !text.contains("client-key") && !text.contains("PRIVATE KEY"),
        "{text}"
    );
    fleet.client.shut_down().await;

    // Where nothing can be written down, nothing is read.
    let target = Target::ready("lab", place.server.client(&place.management));
    let settings = ClientSettings {
        audit: crate::AuditLog::none("no disk"),
        ..quick()
    };
    let fleet = Fleet::with(vec![target], settings);
    let refused = fleet.client.kubeconfig(&key("prod"), "", None).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Refused(Step::Audit));
    fleet.client.shut_down().await;
    place.serving.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_about_to_take_a_machine_hears_which_pods_will_hold_its_drain() {
    let place = Place::new().await;
    let authority = place.with_cluster("prod").await;
    let management = place.server.client(&place.management);
    let path = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines";
    let mut machine = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
        "metadata": {"namespace": "default", "name": "w", "labels": {"cluster.x-k8s.io/cluster-name": "prod"}},
        "spec": {"clusterName": "prod", "version": "v1.31.0", "bootstrap": {"dataSecretName": "s"},
                 "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": "w"}},
    });
    machine = send(&management, "POST", path, &machine).await;
    machine["status"] = json!({"nodeRef": {"name": "prod-node"}});
    send(&management, "PUT", &format!("{path}/w/status"), &machine).await;
    let workload = place.server.client(&logical("prod"));
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "labels": {"app": "web"}},
        "spec": {"nodeName": "prod-node", "containers": [{"name": "c", "image": "i"}]},
    });
    let pods = "/api/v1/namespaces/default/pods";
    let mut pod: Value = send(&workload, "POST", pods, &pod).await;
    pod["status"] = json!({"phase": "Running"});
    send(&workload, "PUT", &format!("{pods}/web-1/status"), &pod).await;
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "web"}}},
    });
    let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    send(&workload, "POST", budgets, &budget).await;

    let mut fleet = place.fleet(WorkloadSettings::default());
    fleet.until_live("lab").await;
    let subject = machine_key("lab", "w");
    fleet
        .until("the machine has its node", |store| {
            let machine = store.get(&machine_key("lab", "w"));
            machine.is_some_and(|row| row.facts.node.is_some())
        })
        .await;
    let act = fleetui_fleet::act::Act {
        uid: fleet.store.get(&subject).unwrap().facts.uid.clone(),
        subject,
        deed: Deed::Delete,
        reason: None,
    };
    let around = fleetui_fleet::act::plan::Around {
        store: &fleet.store,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let plan = fleetui_fleet::act::plan::plan(&around, act).unwrap();
    // What cannot be read is said to be not known, and stands in nobody's way.
    let judgement = super::weighing::judged(&fleet, plan.clone()).await.unwrap();
    let [ahead] = judgement.drains.as_slice() else {
        panic!("{judgement:?}")
    };
    let unknown = ahead.unknown.as_deref().unwrap_or_default();
    assert!(unknown.contains("has not made it yet"), "{ahead:?}");
    place.store("prod", &authority).await;
    let judgement = super::weighing::judged(&fleet, plan.clone()).await.unwrap();
    looked_at_alone(&fleet, plan, &judgement).await;
    let [ahead] = judgement.drains.as_slice() else {
        panic!("{judgement:?}")
    };
    let held: Vec<String> = ahead
        .held
        .iter()
        .map(fleetui_fleet::drain::HeldPod::sentence)
        .collect();
    assert_eq!((ahead.machine.as_str(), held.len()), ("w", 1));
    assert!(
        held[0].starts_with("pod default/web-1 is held by budget web, which allows no disruption"),
        "{held:?}"
    );
    fleet.client.shut_down().await;
    place.serving.shutdown().await;
}

/// Of a file whose dry run named the machine it is looked at alone: nothing else is asked, and nothing is written down.
async fn looked_at_alone(fleet: &Fleet, mut plan: Plan, judged: &Judgement) {
    plan.act.deed = Deed::Apply;
    plan.writes.clear();
    let lines = fleet.client.activity(10).await.unwrap().len();
    let Ok(crate::Answer::Judged(alone)) = fleet.client.act(plan, Mode::Drains).await else {
        panic!("it is judged")
    };
    assert_eq!(alone.drains, judged.drains);
    assert_eq!(fleet.client.activity(10).await.unwrap().len(), lines);
}

/// What a rotated Secret would have run is not run either, and the next rotation is found without a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_refused_is_renewed_by_what_is_harmless_alone() {
    let place = Place::new().await;
    let fleet = place.fleet(WorkloadSettings::default());
    let authority = place.with_cluster("prod").await;
    place.store("prod", &authority).await;
    assert_eq!(names_of(&fleet, "prod").await, Ok(vec!["prod-node".to_owned()]));
    let next = place.opened("prod").await;
    let mark = tempfile::tempdir().unwrap();
    let mark = mark.path().join("ran");
    place.store_text("prod", &runs_a_plugin(&mark)).await;
    for _ in 0..2 {
        let (_, said) = names_of(&fleet, "prod").await.unwrap_err();
        assert!(said.contains("exec") && said.contains("leads outside"), "{said}");
    }
    assert!(!mark.exists());
    place.store("prod", &next).await;
    assert_eq!(names_of(&fleet, "prod").await, Ok(vec!["prod-node".to_owned()]));
    fleet.client.shut_down().await;
    place.serving.shutdown().await;
}

/// A kubeconfig whose credentials come of a plugin, which leaves a mark.
fn runs_a_plugin(mark: &std::path::Path) -> String {
    format!(
        "{{current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}], clusters: [{{name: k, cluster: \
         {{server: \"https://127.0.0.1:1\"}}}}], users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, \
         command: touch, args: [\"{}\"], interactiveMode: Never}}}}}}]}}",
        mark.display()
    )
}
