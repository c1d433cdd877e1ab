//! Cells of the built-in kinds: heading and cells of one object each, wide ones with a star.

use super::*;

/// Group, kind, headings, object, cells.
fn check(group: &str, kind: &str, expected: &str, mut object: Value, printed: &Value) {
    let resource = Resource {
        custom: false,
        ..resource(group, "v1", kind)
    };
    object["metadata"]["name"] = json!("a");
    object["metadata"]["creationTimestamp"] = json!("2026-11-23T11:00:00Z");
    assert_eq!(headings(&resource), expected, "{kind}");
    assert_eq!(cells(&resource, &object), *printed, "{kind}");
}

fn template() -> Value {
    json!({"spec": {"containers": [{"name": "c", "image": "i:1"}, {"name": "d", "image": "j"}], "nodeSelector": {"disk": "ssd"}}})
}

#[test]
fn workloads() {
    let selector = json!({"matchLabels": {"b": "1", "a": "2"}, "matchExpressions": [{"key": "c", "operator": "In", "values": ["x", "y"]}]});
    let shown = "a=2,b=1,c in (x,y)";
    check(
        "apps",
        "Deployment",
        "Name Ready Up-to-date Available Age Containers* Images* Selector*",
        json!({"spec": {"replicas": 3, "selector": selector, "template": template()}, "status": {"readyReplicas": 2, "updatedReplicas": 1}}),
        &json!(["a", "2/3", 1, 0, "60m", "c,d", "i:1,j", shown]),
    );
    for (group, kind) in [("apps", "ReplicaSet"), ("", "ReplicationController")] {
        check(
            group,
            kind,
            "Name Desired Current Ready Age Containers* Images* Selector*",
            json!({"spec": {"replicas": 3, "template": template(), "selector": {"matchLabels": {"a": "b"}}}, "status": {"replicas": 3, "readyReplicas": 2}}),
            &json!(["a", 3, 3, 2, "60m", "c,d", "i:1,j", "a=b"]),
        );
    }
    check(
        "apps",
        "StatefulSet",
        "Name Ready Age Containers* Images*",
        json!({"spec": {"template": template()}}),
        &json!(["a", "0/1", "60m", "c,d", "i:1,j"]),
    );
    check(
        "apps",
        "DaemonSet",
        "Name Desired Current Ready Up-to-date Available Node Selector Age Containers* Images* Selector*",
        json!({"spec": {"template": template()}, "status": {"desiredNumberScheduled": 2, "numberReady": 1}}),
        &json!(["a", 2, 0, 1, 0, 0, "disk=ssd", "60m", "c,d", "i:1,j", "<none>"]),
    );
    check(
        "batch",
        "Job",
        "Name Status Completions Duration Age Containers* Images* Selector*",
        json!({"spec": {"completions": 2, "template": template()}, "status": {"succeeded": 1, "startTime": "2026-11-23T11:59:00Z"}}),
        &json!(["a", "Running", "1/2", "60s", "60m", "c,d", "i:1,j", "<none>"]),
    );
    check(
        "batch",
        "CronJob",
        "Name Schedule Timezone Suspend Active Last Schedule Age Containers* Images* Selector*",
        json!({"spec": {"schedule": "* * * * *", "suspend": true, "jobTemplate": {"spec": {"template": template()}}}, "status": {"active": [{}], "lastScheduleTime": "2026-11-23T11:59:00Z"}}),
        &json!([
            "a",
            "* * * * *",
            "<none>",
            "True",
            1,
            "60s",
            "60m",
            "c,d",
            "i:1,j",
            "<none>"
        ]),
    );
}

#[test]
fn what_is_set_for_workloads() {
    check(
        "",
        "PodTemplate",
        "Name Containers Images Pod Labels",
        json!({"template": {"metadata": {"labels": {"a": "b"}}, "spec": template()["spec"]}}),
        &json!(["a", "c,d", "i:1,j", "a=b"]),
    );
    check(
        "apps",
        "ControllerRevision",
        "Name Controller Revision Age",
        json!({"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "s", "controller": true}]}, "revision": 3}),
        &json!(["a", "statefulset.apps/s", 3, "60m"]),
    );
    check(
        "policy",
        "PodDisruptionBudget",
        "Name Min Available Max Unavailable Allowed Disruptions Age",
        json!({"spec": {"maxUnavailable": "25%"}, "status": {"disruptionsAllowed": 1}}),
        &json!(["a", "N/A", "25%", 1, "60m"]),
    );
    check(
        "autoscaling",
        "HorizontalPodAutoscaler",
        "Name Reference Targets MinPods MaxPods Replicas Age",
        json!({
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "maxReplicas": 5, "metrics": [
                {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}},
                {"type": "Pods", "pods": {"metric": {"name": "q"}, "target": {"type": "AverageValue", "averageValue": "10"}}},
                {"type": "External"},
            ]},
            "status": {"currentReplicas": 2, "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 40}}}]},
        }),
        &json!([
            "a",
            "Deployment/d",
            "cpu: 40%/80%, <unknown>/10 + 1 more...",
            "<unset>",
            5,
            2,
            "60m"
        ]),
    );
    check(
        "scheduling.k8s.io",
        "PriorityClass",
        "Name Value Global-Default Age PreemptionPolicy",
        json!({"value": 7}),
        &json!(["a", 7, false, "60m", "PreemptLowerPriority"]),
    );
}

#[test]
fn the_network() {
    let service = |spec: Value, kind: &str, status: Value, outside: &str, ports: &str| {
        let mut object = json!({"spec": spec, "status": status});
        object["spec"]["type"] = json!(kind);
        check(
            "",
            "Service",
            "Name Type Cluster-IP External-IP Port(s) Age Selector*",
            object,
            &json!(["a", kind, "10.0.0.1", outside, ports, "60m", "app=x"]),
        );
    };
    let spec = json!({"clusterIP": "10.0.0.1", "selector": {"app": "x"}, "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP", "nodePort": 30053}]});
    let ports = "80/TCP,53:30053/UDP";
    service(spec.clone(), "NodePort", json!({}), "<none>", ports);
    service(spec.clone(), "LoadBalancer", json!({}), "<pending>", ports);
    let balanced = json!({"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}, {"hostname": "h"}]}});
    service(spec, "LoadBalancer", balanced, "1.2.3.4,h", ports);
    check(
        "",
        "Endpoints",
        "Name Endpoints Age",
        json!({"subsets": [{"addresses": [{"ip": "1.1.1.1"}, {"ip": "::1"}], "ports": [{"port": 1}, {"port": 2}]}]}),
        &json!(["a", "1.1.1.1:1,1.1.1.1:2,[::1]:1 + 1 more...", "60m"]),
    );
    check(
        "discovery.k8s.io",
        "EndpointSlice",
        "Name AddressType Ports Endpoints Age",
        json!({"addressType": "IPv4", "ports": [{"port": 1}, {"name": "x"}, {}], "endpoints": []}),
        &json!(["a", "IPv4", "1,x,*", "<unset>", "60m"]),
    );
    check(
        "networking.k8s.io",
        "Ingress",
        "Name Class Hosts Address Ports Age",
        json!({"spec": {"tls": [{}], "rules": [{"host": "x"}, {}]}, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}),
        &json!(["a", "<none>", "x", "1.2.3.4", "80, 443", "60m"]),
    );
    check(
        "networking.k8s.io",
        "IngressClass",
        "Name Controller Parameters Age",
        json!({"spec": {"controller": "ex.io/c", "parameters": {"apiGroup": "ex.io", "kind": "P", "name": "p"}}}),
        &json!(["a", "ex.io/c", "P.ex.io/p", "60m"]),
    );
    check(
        "networking.k8s.io",
        "NetworkPolicy",
        "Name Pod-Selector Age",
        json!({"spec": {"podSelector": {}}}),
        &json!(["a", "<none>", "60m"]),
    );
}

#[test]
fn storage() {
    check(
        "",
        "PersistentVolume",
        "Name Capacity Access Modes Reclaim Policy Status Claim StorageClass VolumeAttributesClass Reason Age VolumeMode*",
        json!({"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Retain", "claimRef": {"namespace": "n", "name": "c"}}, "status": {"phase": "Bound"}}),
        &json!([
            "a", "1Gi", "RWO,RWX", "Retain", "Bound", "n/c", "", "<unset>", "", "60m", "<unset>"
        ]),
    );
    check(
        "",
        "PersistentVolumeClaim",
        "Name Status Volume Capacity Access Modes StorageClass VolumeAttributesClass Age VolumeMode*",
        json!({"metadata": {"deletionTimestamp": "2026-11-23T12:00:00Z"}, "spec": {"storageClassName": "s"}, "status": {"phase": "Pending", "capacity": {"storage": "1Gi"}}}),
        &json!(["a", "Terminating", "", "", "", "s", "<unset>", "60m", "<unset>"]),
    );
    check(
        "storage.k8s.io",
        "StorageClass",
        "Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age",
        json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "p"}),
        &json!(["a (default)", "p", "Delete", "Immediate", false, "60m"]),
    );
    check(
        "storage.k8s.io",
        "VolumeAttachment",
        "Name Attacher PV Node Attached Age",
        json!({"spec": {"attacher": "x", "source": {"persistentVolumeName": "v"}, "nodeName": "n"}, "status": {"attached": true}}),
        &json!(["a", "x", "v", "n", true, "60m"]),
    );
    check(
        "storage.k8s.io",
        "CSIDriver",
        "Name AttachRequired PodInfoOnMount StorageCapacity TokenRequests RequiresRepublish Modes Age",
        json!({"spec": {"podInfoOnMount": true}}),
        &json!(["a", true, true, false, "<unset>", false, "Persistent", "60m"]),
    );
    check(
        "",
        "ResourceQuota",
        "Name Request Limit Age",
        json!({"status": {"hard": {"pods": "5", "cpu": "2", "limits.cpu": "4"}, "used": {"pods": "1"}}}),
        &json!(["a", "cpu: 0/2, pods: 1/5", "limits.cpu: 0/4", "60m"]),
    );
}

#[test]
fn control() {
    check(
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration",
        "Name Webhooks Age",
        json!({"webhooks": [{}, {}]}),
        &json!(["a", 2, "60m"]),
    );
    check(
        "apiregistration.k8s.io",
        "APIService",
        "Name Service Available Age",
        json!({"status": {"conditions": [{"type": "Available", "status": "True"}]}}),
        &json!(["a", "Local", "True", "60m"]),
    );
    check(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        "Name Age SignerName Requestor RequestedDuration Condition",
        json!({"spec": {"signerName": "s", "username": "u", "expirationSeconds": 3600}, "status": {"conditions": [{"type": "Approved"}], "certificate": "x"}}),
        &json!(["a", "60m", "s", "u", "60m", "Approved,Issued"]),
    );
    check(
        "flowcontrol.apiserver.k8s.io",
        "PriorityLevelConfiguration",
        "Name Type NominalConcurrencyShares Queues HandSize QueueLengthLimit Age",
        json!({"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 5, "limitResponse": {"queuing": {"queues": 64}}}}}),
        &json!(["a", "Limited", "5", "64", "<none>", "<none>", "60m"]),
    );
}
