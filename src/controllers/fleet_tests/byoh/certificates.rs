//! How long the certificates of control planes on hosts last.

use super::*;

/// The first machine reads it in its own bootstrap data, the others in the cluster that they join.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_last_as_long_as_kubeadm_is_told() {
    let pool = Pool::start(4).await;
    pool.cluster("short", 0).await;
    let told = json!({"spec": {"replicas": 3, "kubeadmConfigSpec": {
        "clusterConfiguration": {"certificateValidityPeriodDays": 100}
    }}});
    pool.fleet
        .patch(Watched::KubeadmControlPlane, "short", told)
        .await;
    let days = |machine: &Value| -> Option<i64> {
        let time = |text: &Value| text.as_str()?.parse::<jiff::Timestamp>().ok();
        let ends = time(&machine["status"]["certificatesExpiryDate"])?;
        let made = time(&machine["metadata"]["creationTimestamp"])?;
        Some(ends.duration_since(made).as_hours() / 24)
    };
    let lasts = |machine: &Value| days(machine) == Some(100);
    pool.fleet.wait_count(Watched::Machine, 3, lasts).await;
    pool.stop().await;
}
