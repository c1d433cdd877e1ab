//! What the form accepts the server accepts, and what it refuses it refuses with a reason at the question.

use std::time::Duration;

use fleetui_base::ManagementCluster;
use fleetui_client::{Answer, ClientSettings, FailureKind, FleetClient};
use fleetui_connect::Target;
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::Mode;
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::create::{Creation, Form, Grade, Variables, built_in, plan_creation};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::act::stage::live;
use crate::embedded::Embedded;

const HERE: &str = "here";

/// Answers that may be good or bad, with the variable that they are for.
fn answer(
    variable: &'static str,
    good: &'static [&'static str],
    bad: &'static [&'static str],
) -> impl Strategy<Value = (&'static str, String)> {
    let pick = |from: &'static [&'static str]| proptest::sample::select(from).prop_map(str::to_owned);
    let any = "[ -~]{0,12}".prop_map(|text| text);
    prop_oneof![12 => pick(good), 2 => pick(bad), 1 => any].prop_map(move |text| (variable, text))
}

fn answers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    (
        prop_oneof![12 => "[a-z][a-z0-9-]{0,58}[a-z0-9]", 2 => "[ -~]{0,70}", 1 => "[a-z]{60,70}"]
            .prop_map(|text| ("CLUSTER_NAME", text)),
        answer(
            "KUBERNETES_VERSION",
            &["v1.33.4", "1.31.0", "v1.30.0-rc.1", "v1.32.1+build"],
            &["", "1.33", "latest", "v01.2.3"],
        ),
        answer(
            "CONTROL_PLANE_MACHINE_COUNT",
            &["", "1", "3", "5"],
            &["0", "2", "9", "-1", "x"],
        ),
        answer(
            "WORKER_MACHINE_COUNT",
            &["", "0", "3", "md-0=1 gpu=2", "a=0"],
            &["x", "a=1 a=1", "A=1", "9999999", "a="],
        ),
        networks(),
        answer(
            "SERVICE_DOMAIN",
            &["", "cluster.local", "a", "0", "1e3"],
            &["a_b", "a..b", "-"],
        ),
    )
        .prop_map(|(name, version, control, workers, [pods, services], domain)| {
            vec![name, version, control, workers, pods, services, domain]
        })
}

/// Networks of Pods and of Services that go together, or not.
fn networks() -> impl Strategy<Value = [(&'static str, String); 2]> {
    let pods = answer(
        "POD_CIDR",
        &["", "10.244.0.0/16", "10.244.0.0/16, fd00:1::/48", "172.16.0.0/20"],
        &[
            "10.244.0.0",
            "10.0.0.1/16",
            "10.0.0.0/30",
            "0.0.0.0/0",
            "a",
            "127.0.0.0/16",
            "fd00:1::/48",
        ],
    );
    let services = answer(
        "SERVICE_CIDR",
        &["", "10.96.0.0/16"],
        &[
            "10.244.0.0/24",
            "10.0.0.0/8",
            "10.0.0.0/32",
            "b",
            "fd00:2::/112",
            "169.254.0.0/16",
        ],
    );
    let of_six = (
        Just("fd00:1::/48"),
        proptest::sample::select(vec!["fd00:2::/112", "10.96.0.0/16"]),
    );
    let of_six = of_six.prop_map(|(pods, services)| {
        [
            ("POD_CIDR", pods.to_owned()),
            ("SERVICE_CIDR", services.to_owned()),
        ]
    });
    prop_oneof![4 => (pods, services).prop_map(|(pods, services)| [pods, services]), 1 => of_six]
}

struct Stage {
    client: FleetClient,
    store: FleetStore,
}

impl Stage {
    /// What the server says of good answers with a fault put into an object behind the form's back.
    async fn with_fault(&self, kind: &str, pointer: &str, bad: Value) -> Result<(), FailureKind> {
        let flavour = built_in("simulated").unwrap();
        let mut form = Form::new(flavour, ManagementCluster::new(HERE), &Variables::default()).unwrap();
        form.answer("CLUSTER_NAME", "edge");
        form.answer("KUBERNETES_VERSION", "v1.33.4");
        let mut objects = form.objects().unwrap();
        let object = objects.iter_mut().find(|object| object["kind"] == kind).unwrap();
        *object.pointer_mut(pointer).unwrap() = bad;
        let creation = Creation::new(
            &form,
            objects,
            ("id", "in this process"),
            jiff::Timestamp::UNIX_EPOCH,
        );
        let around = Around {
            store: &self.store,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let plan = plan_creation(&around, &creation, false).unwrap();
        let judged = self.client.act(plan, Mode::Preview).await;
        judged.map(|_| ()).map_err(|failure| failure.kind)
    }

    /// The form of those answers, and what is said of them.
    async fn judge(&self, answers: &[(&str, String)]) -> (bool, Result<(), String>) {
        let flavour = built_in("simulated").unwrap();
        let mut form = Form::new(flavour, ManagementCluster::new(HERE), &Variables::default()).unwrap();
        for (variable, answer) in answers {
            assert!(form.answer(variable, answer));
        }
        let around = Around {
            store: &self.store,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let remarks = form.remarks(&around);
        let wrong: Vec<_> = remarks
            .iter()
            .filter(|remark| remark.grade == Grade::Wrong)
            .collect();
        for remark in &wrong {
            // A reason, at a question that is asked.
            assert!(!remark.what.is_empty(), "{answers:?}");
            let variable = remark.variable.as_deref();
            assert!(
                variable.is_some_and(|it| form.field(it).is_some()),
                "{answers:?}: {remark:?}"
            );
        }
        let accepted = wrong.is_empty();
        let Ok(objects) = form.objects() else {
            return (accepted, Err("no objects come of it".to_owned()));
        };
        let creation = Creation::new(
            &form,
            objects,
            ("id", "in this process"),
            jiff::Timestamp::UNIX_EPOCH,
        );
        let plan = plan_creation(&around, &creation, false).unwrap();
        let judged = match self.client.act(plan, Mode::Preview).await {
            Ok(Answer::Judged(_)) => Ok(()),
            Ok(other) => Err(format!("{other:?}")),
            Err(failure) => {
                let is_verdict = matches!(
                    failure.kind,
                    FailureKind::Invalid
                        | FailureKind::Denied
                        | FailureKind::NotFound
                        | FailureKind::Unexpected
                );
                assert!(is_verdict, "{answers:?}: {failure:?}");
                Err(failure.message)
            }
        };
        (accepted, judged)
    }
}

#[test]
fn what_the_form_accepts_the_server_accepts() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (stage, server) = runtime.block_on(async {
        let server = Embedded::as_served().await;
        let settings = ClientSettings {
            execute_timeout: Duration::from_mins(1),
            ..ClientSettings::default()
        };
        let (client, store) = live(Target::ready(HERE, server.client()), settings).await;
        (Stage { client, store }, server)
    });
    let config = Config {
        cases: 160,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let counts = std::cell::Cell::new((0, 0));
    runner
        .run(&answers(), |answers| {
            let (form_accepts, server_says) = runtime.block_on(stage.judge(&answers));
            let (accepted, refused) = counts.get();
            if form_accepts {
                counts.set((accepted + 1, refused));
                prop_assert_eq!(server_says, Ok(()), "{:?}", answers);
            } else {
                counts.set((accepted, refused + 1));
            }
            Ok(())
        })
        .unwrap();
    let (accepted, refused) = counts.get();
    assert!(
        accepted > 20 && refused > 20,
        "{accepted} accepted, {refused} refused"
    );
    runtime.block_on(async {
        // That the server does refuse: else nothing was shown.
        for (kind, pointer, bad) in [
            ("KubeadmControlPlane", "/spec/replicas", json!(2)),
            ("KubeadmControlPlane", "/spec/version", json!("latest")),
            (
                "Cluster",
                "/spec/clusterNetwork/pods/cidrBlocks",
                json!(["nowhere"]),
            ),
            ("Cluster", "/metadata/name", json!("Edge")),
            ("MachineDeployment", "/spec/replicas", json!("many")),
        ] {
            let refused = stage.with_fault(kind, pointer, bad.clone()).await;
            assert!(refused.is_err(), "{kind} {pointer} {bad}");
        }
        stage.client.shut_down().await;
        server.stop().await;
    });
}
