//! The same object in both versions, kind by kind. Nothing here is lost in either direction, so there is no annotation.

use serde_json::{Value, json};

use crate::convert::convert;
use crate::kinds::{ADDONS, BOOTSTRAP, CONTROL_PLANE, CORE, INFRASTRUCTURE};

struct Pair {
    group: &'static str,
    kind: &'static str,
    old_version: &'static str,
    old: &'static str,
    new: &'static str,
}

const fn pair(group: &'static str, kind: &'static str, old: &'static str, new: &'static str) -> Pair {
    Pair {
        group,
        kind,
        old_version: "v1beta1",
        old,
        new,
    }
}

const PAIRS: &[Pair] = &[
    pair(
        CORE,
        "Cluster",
        "
spec:
  paused: true
  clusterNetwork: {apiServerPort: 6443, services: {cidrBlocks: [10.96.0.0/12]}}
  controlPlaneEndpoint: {host: 10.0.0.1, port: 6443}
  controlPlaneRef: {apiVersion: controlplane.cluster.x-k8s.io/v1beta2, kind: KubeadmControlPlane, name: prod, namespace: fleet}
  infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta2, kind: DevCluster, name: prod, namespace: fleet}
status:
  phase: Provisioned
  observedGeneration: 3
  infrastructureReady: true
  controlPlaneReady: false
  failureReason: UpdateError
  failureMessage: something broke
  failureDomains: {a: {controlPlane: true, attributes: {rack: r1}}, b: {controlPlane: false}}
  conditions: [{type: Ready, status: 'False', severity: Info, reason: Waiting, lastTransitionTime: '2026-08-21T10:00:00Z'}]
  v1beta2:
    conditions: [{type: Available, status: 'True', reason: Available, message: '', lastTransitionTime: '2026-08-21T10:00:00Z'}]
    controlPlane: {desiredReplicas: 3, replicas: 3, readyReplicas: 2, versions: [{version: v1.31.2, replicas: 3}]}
    workers: {desiredReplicas: 0}
",
        "
spec:
  paused: true
  clusterNetwork: {apiServerPort: 6443, services: {cidrBlocks: [10.96.0.0/12]}}
  controlPlaneEndpoint: {host: 10.0.0.1, port: 6443}
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: prod}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DevCluster, name: prod}
status:
  phase: Provisioned
  observedGeneration: 3
  initialization: {infrastructureProvisioned: true, controlPlaneInitialized: false}
  failureDomains: [{name: a, controlPlane: true, attributes: {rack: r1}}, {name: b, controlPlane: false}]
  conditions: [{type: Available, status: 'True', reason: Available, message: '', lastTransitionTime: '2026-08-21T10:00:00Z'}]
  controlPlane: {desiredReplicas: 3, replicas: 3, readyReplicas: 2, versions: [{version: v1.31.2, replicas: 3}]}
  workers: {desiredReplicas: 0}
  deprecated:
    v1beta1:
      failureReason: UpdateError
      failureMessage: something broke
      conditions: [{type: Ready, status: 'False', severity: Info, reason: Waiting, lastTransitionTime: '2026-08-21T10:00:00Z'}]
",
    ),
    // A topology.
    pair(
        CORE,
        "Cluster",
        "
spec:
  topology:
    class: quick
    classNamespace: classes
    version: v1.31.2
    variables: [{name: count, value: ''}, {name: nothing, value: {}}]
    controlPlane:
      replicas: 3
      rollout: {after: '2026-08-21T10:00:00Z'}
      nodeDrainTimeout: 10m0s
      nodeVolumeDetachTimeout: 0s
      nodeDeletionTimeout: 1h0m0s
      variables: {overrides: [{name: count, value: 1}]}
      machineHealthCheck:
        enable: true
        maxUnhealthy: 40%
        nodeStartupTimeout: 30s
        unhealthyConditions: [{type: Ready, status: 'False', timeout: 5m0s}, {type: Ready, status: Unknown, timeout: 5m0s}]
        unhealthyMachineConditions: [{type: Healthy, status: 'False', timeout: 1s}]
        remediationTemplate: {apiVersion: x.io/v1, kind: Fix, name: fix, namespace: fleet}
    workers:
      machineDeployments:
      - name: md-0
        class: default
        nodeDrainTimeout: 1s
        strategy:
          type: RollingUpdate
          rollingUpdate: {maxSurge: 1, maxUnavailable: 10%, deletePolicy: Oldest}
          remediation: {maxInFlight: 2}
        machineHealthCheck: {enable: false, unhealthyRange: '[3-5]'}
      machinePools:
      - {name: mp-0, class: default, nodeVolumeDetachTimeout: 2s, failureDomains: [a]}
",
        "
spec:
  topology:
    classRef: {name: quick, namespace: classes}
    version: v1.31.2
    variables: [{name: count, value: ''}, {name: nothing, value: {}}]
    controlPlane:
      replicas: 3
      rollout: {after: '2026-08-21T10:00:00Z'}
      deletion: {nodeDrainTimeoutSeconds: 600, nodeVolumeDetachTimeoutSeconds: 0, nodeDeletionTimeoutSeconds: 3600}
      variables: {overrides: [{name: count, value: 1}]}
      healthCheck:
        enabled: true
        checks:
          nodeStartupTimeoutSeconds: 30
          unhealthyNodeConditions:
          - {type: Ready, status: 'False', timeoutSeconds: 300}
          - {type: Ready, status: Unknown, timeoutSeconds: 300}
          unhealthyMachineConditions: [{type: Healthy, status: 'False', timeoutSeconds: 1}]
        remediation:
          triggerIf: {unhealthyLessThanOrEqualTo: 40%}
          templateRef: {apiVersion: x.io/v1, kind: Fix, name: fix}
    workers:
      machineDeployments:
      - name: md-0
        class: default
        rollout: {strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 10%}}}
        deletion: {order: Oldest, nodeDrainTimeoutSeconds: 1}
        healthCheck: {enabled: false, remediation: {maxInFlight: 2, triggerIf: {unhealthyInRange: '[3-5]'}}}
      machinePools:
      - {name: mp-0, class: default, deletion: {nodeVolumeDetachTimeoutSeconds: 2}, failureDomains: [a]}
",
    ),
    pair(
        CORE,
        "ClusterClass",
        "
spec:
  infrastructure: {ref: {apiVersion: i.io/v1, kind: DevClusterTemplate, name: c, namespace: fleet}}
  infrastructureNamingStrategy: {template: '{{ .cluster.name }}'}
  controlPlane:
    metadata: {labels: {a: ''}}
    ref: {apiVersion: c.io/v1, kind: KubeadmControlPlaneTemplate, name: cp, namespace: fleet}
    machineInfrastructure: {ref: {apiVersion: i.io/v1, kind: DevMachineTemplate, name: m, namespace: fleet}}
    namingStrategy: {template: cp}
    nodeDrainTimeout: 1m0s
    machineHealthCheck: {maxUnhealthy: 1}
  workers:
    machineDeployments:
    - class: default
      namingStrategy: {template: md}
      nodeDeletionTimeout: 1m0s
      strategy: {type: OnDelete, remediation: {maxInFlight: 20%}}
      template:
        metadata: {annotations: {b: c}}
        bootstrap: {ref: {apiVersion: b.io/v1, kind: KubeadmConfigTemplate, name: b, namespace: fleet}}
        infrastructure: {ref: {apiVersion: i.io/v1, kind: DevMachineTemplate, name: w, namespace: fleet}}
    machinePools:
    - class: pool
      template:
        bootstrap: {ref: {apiVersion: b.io/v1, kind: KubeadmConfigTemplate, name: b, namespace: fleet}}
        infrastructure: {ref: {apiVersion: i.io/v1, kind: DevMachinePoolTemplate, name: p, namespace: fleet}}
  variables:
  - {name: v, required: false, metadata: {labels: {l: m}}, schema: {openAPIV3Schema: {type: string, default: ''}}}
  patches:
  - {name: p, external: {generateExtension: g, validateExtension: v, discoverVariablesExtension: d}}
status:
  variables: [{name: v, definitions: [{from: inline, required: false, metadata: {labels: {l: m}}, schema: {}}]}]
",
        "
spec:
  infrastructure:
    templateRef: {apiVersion: i.io/v1, kind: DevClusterTemplate, name: c}
    naming: {template: '{{ .cluster.name }}'}
  controlPlane:
    metadata: {labels: {a: ''}}
    templateRef: {apiVersion: c.io/v1, kind: KubeadmControlPlaneTemplate, name: cp}
    machineInfrastructure: {templateRef: {apiVersion: i.io/v1, kind: DevMachineTemplate, name: m}}
    naming: {template: cp}
    deletion: {nodeDrainTimeoutSeconds: 60}
    healthCheck: {remediation: {triggerIf: {unhealthyLessThanOrEqualTo: 1}}}
  workers:
    machineDeployments:
    - class: default
      naming: {template: md}
      metadata: {annotations: {b: c}}
      deletion: {nodeDeletionTimeoutSeconds: 60}
      rollout: {strategy: {type: OnDelete}}
      healthCheck: {remediation: {maxInFlight: 20%}}
      bootstrap: {templateRef: {apiVersion: b.io/v1, kind: KubeadmConfigTemplate, name: b}}
      infrastructure: {templateRef: {apiVersion: i.io/v1, kind: DevMachineTemplate, name: w}}
    machinePools:
    - class: pool
      bootstrap: {templateRef: {apiVersion: b.io/v1, kind: KubeadmConfigTemplate, name: b}}
      infrastructure: {templateRef: {apiVersion: i.io/v1, kind: DevMachinePoolTemplate, name: p}}
  variables:
  - {name: v, required: false, deprecatedV1Beta1Metadata: {labels: {l: m}}, schema: {openAPIV3Schema: {type: string, default: ''}}}
  patches:
  - {name: p, external: {generatePatchesExtension: g, validateTopologyExtension: v, discoverVariablesExtension: d}}
status:
  variables: [{name: v, definitions: [{from: inline, required: false, deprecatedV1Beta1Metadata: {labels: {l: m}}, schema: {}}]}]
",
    ),
    pair(
        CORE,
        "MachineDeployment",
        "
spec:
  clusterName: prod
  replicas: 0
  minReadySeconds: 5
  rolloutAfter: '2026-08-21T10:00:00Z'
  machineNamingStrategy: {template: x}
  selector: {}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0, deletePolicy: Newest}
    remediation: {maxInFlight: 1}
  template:
    metadata: {labels: {a: b}}
    spec:
      clusterName: prod
      version: v1.31.2
      nodeDrainTimeout: 10s
      bootstrap: {configRef: {apiVersion: bootstrap.cluster.x-k8s.io/v1beta2, kind: KubeadmConfigTemplate, name: t, namespace: fleet}}
      infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: ByoMachineTemplate, name: t, namespace: fleet}
status:
  replicas: 3
  readyReplicas: 1
  availableReplicas: 2
  unavailableReplicas: 3
  updatedReplicas: 4
  v1beta2: {readyReplicas: 5, availableReplicas: 6, upToDateReplicas: 7}
",
        "
spec:
  clusterName: prod
  replicas: 0
  rollout: {after: '2026-08-21T10:00:00Z', strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}
  machineNaming: {template: x}
  selector: {}
  deletion: {order: Newest}
  remediation: {maxInFlight: 1}
  template:
    metadata: {labels: {a: b}}
    spec:
      clusterName: prod
      version: v1.31.2
      minReadySeconds: 5
      deletion: {nodeDrainTimeoutSeconds: 10}
      bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfigTemplate, name: t}}
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: ByoMachineTemplate, name: t}
status:
  replicas: 3
  readyReplicas: 5
  availableReplicas: 6
  upToDateReplicas: 7
  deprecated: {v1beta1: {readyReplicas: 1, availableReplicas: 2, unavailableReplicas: 3, updatedReplicas: 4}}
",
    ),
    pair(
        CORE,
        "MachineSet",
        "
spec: {clusterName: prod, minReadySeconds: 0, deletePolicy: Random, machineNamingStrategy: {template: x}, template: {spec: {version: v1}}}
status:
  fullyLabeledReplicas: 3
  readyReplicas: 1
  availableReplicas: 2
  failureReason: no
  failureMessage: not
  v1beta2: {readyReplicas: 4}
",
        "
spec: {clusterName: prod, deletion: {order: Random}, machineNaming: {template: x}, template: {spec: {version: v1, minReadySeconds: 0}}}
status:
  readyReplicas: 4
  deprecated: {v1beta1: {fullyLabeledReplicas: 3, readyReplicas: 1, availableReplicas: 2, failureReason: no, failureMessage: not}}
",
    ),
    pair(
        CORE,
        "MachinePool",
        "
spec: {clusterName: prod, minReadySeconds: 7, providerIDList: [a], template: {spec: {bootstrap: {dataSecretName: ''}}}}
status:
  bootstrapReady: true
  infrastructureReady: false
  unavailableReplicas: 1
  nodeRefs: [{kind: Node, name: n, uid: u}]
  v1beta2: {upToDateReplicas: 2}
",
        "
spec: {clusterName: prod, providerIDList: [a], template: {spec: {minReadySeconds: 7, bootstrap: {dataSecretName: ''}}}}
status:
  initialization: {bootstrapDataSecretCreated: true, infrastructureProvisioned: false}
  upToDateReplicas: 2
  nodeRefs: [{kind: Node, name: n, uid: u}]
  deprecated: {v1beta1: {unavailableReplicas: 1}}
",
    ),
    pair(
        CORE,
        "Machine",
        "
spec:
  clusterName: prod
  bootstrap: {dataSecretName: s, configRef: {apiVersion: bootstrap.cluster.x-k8s.io/v1beta2, kind: KubeadmConfig, name: m, namespace: fleet}}
  infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta2, kind: DevMachine, name: m, namespace: fleet}
  nodeDrainTimeout: 1s
  nodeVolumeDetachTimeout: 2s
  nodeDeletionTimeout: 3s
status:
  bootstrapReady: true
  infrastructureReady: true
  phase: Running
  nodeRef: {apiVersion: v1, kind: Node, name: n}
  conditions: [{type: Ready, status: 'True', lastTransitionTime: '2026-08-21T10:00:00Z'}]
",
        "
spec:
  clusterName: prod
  bootstrap: {dataSecretName: s, configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfig, name: m}}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DevMachine, name: m}
  deletion: {nodeDrainTimeoutSeconds: 1, nodeVolumeDetachTimeoutSeconds: 2, nodeDeletionTimeoutSeconds: 3}
status:
  initialization: {bootstrapDataSecretCreated: true, infrastructureProvisioned: true}
  phase: Running
  nodeRef: {name: n}
  deprecated: {v1beta1: {conditions: [{type: Ready, status: 'True', lastTransitionTime: '2026-08-21T10:00:00Z'}]}}
",
    ),
    pair(
        CORE,
        "MachineHealthCheck",
        "
spec:
  clusterName: prod
  selector: {matchLabels: {a: ''}}
  maxUnhealthy: 0
  unhealthyRange: '[1-2]'
  nodeStartupTimeout: 10m0s
  unhealthyConditions: [{type: Ready, status: Unknown, timeout: 5m0s}]
  unhealthyMachineConditions: [{type: Ready, status: 'False', timeout: 0s}]
  remediationTemplate: {apiVersion: x.io/v1, kind: Fix, name: fix, namespace: fleet}
status: {expectedMachines: 0, targets: [a]}
",
        "
spec:
  clusterName: prod
  selector: {matchLabels: {a: ''}}
  checks:
    nodeStartupTimeoutSeconds: 600
    unhealthyNodeConditions: [{type: Ready, status: Unknown, timeoutSeconds: 300}]
    unhealthyMachineConditions: [{type: Ready, status: 'False', timeoutSeconds: 0}]
  remediation:
    triggerIf: {unhealthyLessThanOrEqualTo: 0, unhealthyInRange: '[1-2]'}
    templateRef: {apiVersion: x.io/v1, kind: Fix, name: fix}
status: {expectedMachines: 0, targets: [a]}
",
    ),
    pair(
        CORE,
        "MachineDrainRule",
        "spec: {drain: {behavior: Drain, order: 0}, machines: [{selector: {}}]}",
        "spec: {drain: {behavior: Drain, order: 0}, machines: [{selector: {}}]}",
    ),
    pair(
        BOOTSTRAP,
        "KubeadmConfig",
        "
spec:
  format: cloud-config
  clusterConfiguration:
    apiServer: {extraArgs: {b: '', a: x}, timeoutForControlPlane: 20s}
    controllerManager: {extraArgs: {c: d}}
    scheduler: {extraArgs: {e: f}}
    etcd: {local: {extraArgs: {g: h}}}
    featureGates: {X: false}
  initConfiguration:
    bootstrapTokens: [{token: abcdef.0123456789abcdef, ttl: 15m0s}]
    nodeRegistration: {taints: [], kubeletExtraArgs: {i: j}}
  joinConfiguration:
    nodeRegistration: {kubeletExtraArgs: {k: l}}
    discovery: {timeout: 5m0s, bootstrapToken: {unsafeSkipCAVerification: false}}
  diskSetup: {partitions: [{device: d, layout: false}]}
status: {ready: true, dataSecretName: s, failureReason: no}
",
        "
spec:
  format: cloud-config
  clusterConfiguration:
    apiServer: {extraArgs: [{name: a, value: x}, {name: b, value: ''}]}
    controllerManager: {extraArgs: [{name: c, value: d}]}
    scheduler: {extraArgs: [{name: e, value: f}]}
    etcd: {local: {extraArgs: [{name: g, value: h}]}}
    featureGates: {X: false}
  initConfiguration:
    bootstrapTokens: [{token: abcdef.0123456789abcdef, ttlSeconds: 900}]
    nodeRegistration: {taints: [], kubeletExtraArgs: [{name: i, value: j}]}
    timeouts: {controlPlaneComponentHealthCheckSeconds: 20}
  joinConfiguration:
    nodeRegistration: {kubeletExtraArgs: [{name: k, value: l}]}
    discovery: {bootstrapToken: {unsafeSkipCAVerification: false}}
    timeouts: {controlPlaneComponentHealthCheckSeconds: 20, tlsBootstrapSeconds: 300}
  diskSetup: {partitions: [{device: d, layout: false}]}
status: {initialization: {dataSecretCreated: true}, dataSecretName: s, deprecated: {v1beta1: {failureReason: no}}}
",
    ),
    // Timeouts that nothing else stands beside.
    pair(
        BOOTSTRAP,
        "KubeadmConfigTemplate",
        "spec: {template: {spec: {clusterConfiguration: {apiServer: {timeoutForControlPlane: 1s}}}}}",
        "
spec:
  template:
    spec:
      initConfiguration: {timeouts: {controlPlaneComponentHealthCheckSeconds: 1}}
      joinConfiguration: {timeouts: {controlPlaneComponentHealthCheckSeconds: 1}}
",
    ),
    pair(
        CONTROL_PLANE,
        "KubeadmControlPlane",
        "
spec:
  replicas: 3
  version: v1.31.2
  machineTemplate:
    metadata: {labels: {a: b}}
    infrastructureRef: {apiVersion: infrastructure.cluster.x-k8s.io/v1beta2, kind: DevMachineTemplate, name: t, namespace: fleet}
    readinessGates: [{conditionType: X}]
    taints: [{key: k, effect: NoSchedule, propagation: Always}]
    nodeDrainTimeout: 1s
    nodeVolumeDetachTimeout: 2s
    nodeDeletionTimeout: 3s
  machineNamingStrategy: {template: x}
  kubeadmConfigSpec: {clusterConfiguration: {apiServer: {extraArgs: {a: b}}}}
  rolloutAfter: '2026-08-21T10:00:00Z'
  rolloutBefore: {certificatesExpiryDays: 21}
  rolloutStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0}}
  remediationStrategy: {maxRetry: 5, retryPeriod: 20m0s, minHealthyPeriod: 2h0m0s}
status:
  initialized: true
  ready: true
  readyReplicas: 3
  updatedReplicas: 2
  unavailableReplicas: 1
  lastRemediation: {machine: m, timestamp: '2026-08-21T10:00:00Z', retryCount: 1}
  v1beta2: {readyReplicas: 1, availableReplicas: 2, upToDateReplicas: 3}
",
        "
spec:
  replicas: 3
  version: v1.31.2
  machineTemplate:
    metadata: {labels: {a: b}}
    spec:
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DevMachineTemplate, name: t}
      readinessGates: [{conditionType: X}]
      taints: [{key: k, effect: NoSchedule, propagation: Always}]
      deletion: {nodeDrainTimeoutSeconds: 1, nodeVolumeDetachTimeoutSeconds: 2, nodeDeletionTimeoutSeconds: 3}
  machineNaming: {template: x}
  kubeadmConfigSpec: {clusterConfiguration: {apiServer: {extraArgs: [{name: a, value: b}]}}}
  rollout:
    after: '2026-08-21T10:00:00Z'
    before: {certificatesExpiryDays: 21}
    strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0}}
  remediation: {maxRetry: 5, retryPeriodSeconds: 1200, minHealthyPeriodSeconds: 7200}
status:
  initialization: {controlPlaneInitialized: true}
  readyReplicas: 1
  availableReplicas: 2
  upToDateReplicas: 3
  lastRemediation: {machine: m, time: '2026-08-21T10:00:00Z', retryCount: 1}
  deprecated: {v1beta1: {readyReplicas: 3, updatedReplicas: 2, unavailableReplicas: 1}}
",
    ),
    pair(
        CONTROL_PLANE,
        "KubeadmControlPlaneTemplate",
        "
spec:
  template:
    metadata: {labels: {a: b}}
    spec:
      machineTemplate: {metadata: {labels: {c: d}}, nodeDrainTimeout: 1s}
      rolloutStrategy: {type: RollingUpdate}
      kubeadmConfigSpec: {joinConfiguration: {discovery: {timeout: 1s}}}
",
        "
spec:
  template:
    metadata: {labels: {a: b}}
    spec:
      machineTemplate: {metadata: {labels: {c: d}}, spec: {deletion: {nodeDrainTimeoutSeconds: 1}}}
      rollout: {strategy: {type: RollingUpdate}}
      kubeadmConfigSpec: {joinConfiguration: {timeouts: {tlsBootstrapSeconds: 1}}}
",
    ),
    pair(
        ADDONS,
        "ClusterResourceSet",
        "
spec: {clusterSelector: {}, resources: [{kind: ConfigMap, name: c}]}
status: {conditions: [{type: ResourcesApplied, status: 'True', lastTransitionTime: '2026-08-21T10:00:00Z'}]}
",
        "
spec: {clusterSelector: {}, resources: [{kind: ConfigMap, name: c}]}
status: {deprecated: {v1beta1: {conditions: [{type: ResourcesApplied, status: 'True', lastTransitionTime: '2026-08-21T10:00:00Z'}]}}}
",
    ),
    pair(
        ADDONS,
        "ClusterResourceSetBinding",
        "spec: {clusterName: c, bindings: [{clusterResourceSetName: s, resources: [{kind: Secret, name: n, applied: false}]}]}",
        "spec: {clusterName: c, bindings: [{clusterResourceSetName: s, resources: [{kind: Secret, name: n, applied: false}]}]}",
    ),
    pair(
        "ipam.cluster.x-k8s.io",
        "IPAddress",
        "spec: {address: 10.0.0.2, prefix: 0, poolRef: {apiGroup: x, kind: P, name: p}, claimRef: {name: c}}",
        "spec: {address: 10.0.0.2, prefix: 0, poolRef: {apiGroup: x, kind: P, name: p}, claimRef: {name: c}}",
    ),
    pair(
        "ipam.cluster.x-k8s.io",
        "IPAddressClaim",
        "
spec: {clusterName: c, poolRef: {apiGroup: x, kind: P, name: p}}
status: {addressRef: {name: a}, v1beta2: {conditions: [{type: Ready}]}, conditions: [{type: Old}]}
",
        "
spec: {clusterName: c, poolRef: {apiGroup: x, kind: P, name: p}}
status: {addressRef: {name: a}, conditions: [{type: Ready}], deprecated: {v1beta1: {conditions: [{type: Old}]}}}
",
    ),
    Pair {
        group: "runtime.cluster.x-k8s.io",
        kind: "ExtensionConfig",
        old_version: "v1alpha1",
        old: "
spec: {clientConfig: {url: https://x}, settings: {a: ''}}
status: {handlers: [{name: h, timeoutSeconds: 10}], v1beta2: {conditions: [{type: Discovered}]}, conditions: [{type: Old}]}
",
        new: "
spec: {clientConfig: {url: https://x}, settings: {a: ''}}
status: {handlers: [{name: h, timeoutSeconds: 10}], conditions: [{type: Discovered}], deprecated: {v1beta1: {conditions: [{type: Old}]}}}
",
    },
    pair(
        INFRASTRUCTURE,
        "DevCluster",
        "
spec: {controlPlaneEndpoint: {host: h, port: 1}, backend: {docker: {failureDomains: {a: {controlPlane: true}}}}}
status: {ready: true, failureDomains: {b: {attributes: {x: ''}}}, conditions: [{type: Old}]}
",
        "
spec: {controlPlaneEndpoint: {host: h, port: 1}, backend: {docker: {failureDomains: [{name: a, controlPlane: true}]}}}
status:
  initialization: {provisioned: true}
  failureDomains: [{name: b, attributes: {x: ''}}]
  deprecated: {v1beta1: {conditions: [{type: Old}]}}
",
    ),
    pair(
        INFRASTRUCTURE,
        "DevClusterTemplate",
        "spec: {template: {spec: {backend: {docker: {failureDomains: {a: {}}}}}}}",
        "spec: {template: {spec: {backend: {docker: {failureDomains: [{name: a}]}}}}}",
    ),
    pair(
        INFRASTRUCTURE,
        "DevMachine",
        "
spec: {providerID: x, backend: {inMemory: {}}}
status: {ready: false, addresses: [{type: Hostname, address: h}]}
",
        "
spec: {providerID: x, backend: {inMemory: {}}}
status: {initialization: {provisioned: false}, addresses: [{type: Hostname, address: h}]}
",
    ),
    pair(
        INFRASTRUCTURE,
        "DevMachineTemplate",
        "spec: {template: {spec: {backend: {inMemory: {vm: {provisioning: {startupDuration: 10s}}}}}}}",
        "spec: {template: {spec: {backend: {inMemory: {vm: {provisioning: {startupDuration: 10s}}}}}}}",
    ),
];

fn object(pair: &Pair, version: &str, text: &str) -> Value {
    let mut object: Value =
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", pair.kind));
    object["apiVersion"] = json!(format!("{}/{version}", pair.group));
    object["kind"] = json!(pair.kind);
    object["metadata"] = json!({"name": "x", "namespace": "fleet"});
    object
}

/// The version that the references of the pairs have.
fn versions(_group: &str, kind: &str) -> Option<String> {
    (kind != "ByoMachineTemplate").then(|| "v1beta2".to_owned())
}

#[test]
fn each_kind_in_both_versions() {
    for pair in PAIRS {
        let old = object(pair, pair.old_version, pair.old);
        let new = object(pair, "v1beta2", pair.new);
        let up = convert(pair.group, pair.kind, old.clone(), "v1beta2", &versions).expect(pair.kind);
        assert_eq!(up, new, "{} to v1beta2: {up:#}", pair.kind);
        let down = convert(pair.group, pair.kind, new, pair.old_version, &versions).expect(pair.kind);
        assert_eq!(down, old, "{} to {}: {down:#}", pair.kind, pair.old_version);
    }
}

#[test]
fn every_kind_that_is_claimed_has_a_pair() {
    let paired: Vec<_> = PAIRS.iter().map(|pair| (pair.group, pair.kind)).collect();
    for table in crate::convert::tables::all() {
        assert!(paired.contains(&(table.group, table.kind)), "{}", table.kind);
    }
}

/// In v1beta1 a MachineDeployment is not Running before its machines are ready; its controller says when they are there.
#[test]
fn the_phase_of_a_rollout_tells_of_ready_machines_in_the_old_version() {
    let told = |phase: &str, replicas: u32, ready: u32, deleted: Option<&str>| {
        let mut new = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment", "metadata": {"name": "d"},
            "spec": {"clusterName": "c", "replicas": replicas},
            "status": {"phase": phase, "deprecated": {"v1beta1": {"readyReplicas": ready}}}
        });
        if let Some(deleted) = deleted {
            new["metadata"]["deletionTimestamp"] = json!(deleted);
        }
        let old = convert(CORE, "MachineDeployment", new.clone(), "v1beta1", &versions).expect("v1beta1");
        let back = convert(CORE, "MachineDeployment", old.clone(), "v1beta2", &versions).expect("v1beta2");
        assert_eq!(back["status"]["phase"], new["status"]["phase"], "nothing is lost");
        old["status"]["phase"].as_str().expect("a phase").to_owned()
    };
    for (phase, replicas, ready, deleted, expected) in [
        ("Running", 1, 0, None, "ScalingUp"),
        ("Running", 2, 2, None, "Running"),
        ("ScalingDown", 1, 2, None, "ScalingDown"),
        ("ScalingDown", 1, 1, None, "Running"),
        ("Failed", 1, 0, None, "Failed"),
        ("ScalingDown", 1, 0, Some("2026-08-21T10:00:00Z"), "ScalingDown"),
    ] {
        assert_eq!(
            told(phase, replicas, ready, deleted),
            expected,
            "{phase} {replicas} {ready}"
        );
    }
}
