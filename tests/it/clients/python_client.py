"""What people write with the `kubernetes` package: CRUD, watch and server-side apply, typed and dynamic.

Takes the path of a kubeconfig; ends with status 0 and the line `all well`, or with what was not as it should be.
"""

import sys
import threading

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException


def refused(status, call, *arguments, **named):
    """Whether a call is refused with this status; answers with the refusal."""
    try:
        call(*arguments, **named)
    except ApiException as refusal:
        assert refusal.status == status, f"{refusal.status} instead of {status}: {refusal.body}"
        return refusal
    raise AssertionError(f"{call} was not refused with {status}")


def typed(core):
    """Built-in kinds through the generated classes."""
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="one", labels={"a": "b"}), data={"key": "value"})
    made = core.create_namespaced_config_map("default", body)
    assert made.metadata.uid and made.data == {"key": "value"}
    refused(409, core.create_namespaced_config_map, "default", body)

    read = core.read_namespaced_config_map("one", "default")
    assert read.metadata.resource_version == made.metadata.resource_version
    read.data["other"] = "more"
    replaced = core.replace_namespaced_config_map("one", "default", read)
    assert int(replaced.metadata.resource_version) > int(made.metadata.resource_version)
    refused(409, core.replace_namespaced_config_map, "one", "default", read)

    patched = core.patch_namespaced_config_map("one", "default", {"data": {"other": None}})
    assert patched.data == {"key": "value"}
    listed = core.list_namespaced_config_map("default", label_selector="a=b")
    assert [item.metadata.name for item in listed.items] == ["one"]

    secret = client.V1Secret(metadata=client.V1ObjectMeta(name="hidden"), string_data={"word": "open"})
    assert core.create_namespaced_secret("default", secret).data == {"word": "b3Blbg=="}

    status = core.delete_namespaced_config_map("one", "default")
    # The answer's class is not the same in every release of the package; newer ones leave it as it came.
    answer = status if isinstance(status, dict) else status.to_dict()
    assert answer["status"] == "Success", answer
    refused(404, core.read_namespaced_config_map, "one", "default")


def watched(core):
    """A watch tells every change in its order, and can be resumed."""
    start = core.list_namespaced_config_map("default").metadata.resource_version
    seen, done = [], threading.Event()

    def follow():
        stream = watch.Watch().stream(
            core.list_namespaced_config_map,
            "default",
            resource_version=start,
            field_selector="metadata.name=followed",
            timeout_seconds=60,
        )
        for event in stream:
            seen.append((event["type"], (event["object"].data or {}).get("step")))
            if event["type"] == "DELETED":
                done.set()
                return

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="followed"), data={"step": "0"})
    core.create_namespaced_config_map("default", body)
    for step in range(1, 4):
        core.patch_namespaced_config_map("followed", "default", {"data": {"step": str(step)}})
    core.delete_namespaced_config_map("followed", "default")
    assert done.wait(60), seen
    expected = [("ADDED", "0"), ("MODIFIED", "1"), ("MODIFIED", "2"), ("MODIFIED", "3"), ("DELETED", "3")]
    assert seen == expected, seen


def applied(configuration):
    """Server-side apply through the dynamic client: fields have owners, and owners can disagree."""
    resources = dynamic.DynamicClient(configuration).resources
    deployments = resources.get(api_version="cluster.x-k8s.io/v1beta2", kind="MachineDeployment")

    def wanted(replicas, version="v1.31.2"):
        template = {
            "clusterName": "c1",
            "version": version,
            "bootstrap": {"dataSecretName": "s"},
            "infrastructureRef": {
                "apiGroup": "infrastructure.cluster.x-k8s.io",
                "kind": "DevMachineTemplate",
                "name": "t",
            },
        }
        return {
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": "MachineDeployment",
            "metadata": {"name": "applied", "namespace": "default"},
            "spec": {
                "clusterName": "c1",
                "replicas": replicas,
                "selector": {"matchLabels": {"mine": "yes"}},
                "template": {"metadata": {"labels": {"mine": "yes"}}, "spec": template},
            },
        }

    def apply(manager, body, **named):
        return deployments.server_side_apply(
            body, name="applied", namespace="default", field_manager=manager, **named
        )

    made = apply("one", wanted(2))
    assert made.spec.replicas == 2
    again = apply("one", wanted(2))
    assert again.metadata.resourceVersion == made.metadata.resourceVersion, "nothing changed"
    conflict = refused(409, apply, "two", wanted(3))
    assert ".spec.replicas" in str(conflict.body), conflict.body
    taken = apply("two", wanted(3), force_conflicts=True)
    assert taken.spec.replicas == 3
    managers = {entry.manager for entry in taken.metadata.managedFields}
    assert {"one", "two"} <= managers, managers

    listed = deployments.get(namespace="default")
    assert [item.metadata.name for item in listed.items] == ["applied"]
    deployments.patch(
        body={"spec": {"replicas": 4}},
        name="applied",
        namespace="default",
        content_type="application/merge-patch+json",
    )
    assert deployments.get(name="applied", namespace="default").spec.replicas == 4
    deployments.delete(name="applied", namespace="default")


def main():
    configuration = config.new_client_from_config(sys.argv[1])
    core = client.CoreV1Api(configuration)
    typed(core)
    watched(core)
    applied(configuration)
    print("all well")


main()
