//! The table of the first ClusterRoles: names and permissions of upstream's, as far as their resources are served here.

/// A ClusterRole.
pub(super) struct Role {
    /// Its name.
    pub(super) name: &'static str,
    /// Roles that hold its rules, too.
    pub(super) part_of: &'static [&'static str],
    /// Whether it holds the rules of others.
    pub(super) aggregates: bool,
    /// Group, resources, verbs.
    pub(super) resources: &'static [(&'static str, &'static str, &'static str)],
    /// Group, resources, names, verbs.
    pub(super) named: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Paths, verbs.
    pub(super) paths: &'static [(&'static str, &'static str)],
}

const EMPTY: Role = Role {
    name: "",
    part_of: &[],
    aggregates: false,
    resources: &[],
    named: &[],
    paths: &[],
};

const READ: &str = "get list watch";
const WRITE: &str = "create delete deletecollection patch update";
const CERTIFICATES: &str = "certificates.k8s.io";

/// The roles.
pub(super) const ROLES: &[Role] = &[
    Role {
        name: "cluster-admin",
        resources: &[("*", "*", "*")],
        paths: &[("*", "*")],
        ..EMPTY
    },
    Role {
        name: "admin",
        aggregates: true,
        ..EMPTY
    },
    Role {
        name: "edit",
        aggregates: true,
        part_of: &["admin"],
        ..EMPTY
    },
    Role {
        name: "view",
        aggregates: true,
        part_of: &["edit"],
        ..EMPTY
    },
    Role {
        name: "system:aggregate-to-admin",
        part_of: &["admin"],
        resources: &[
            ("authorization.k8s.io", "localsubjectaccessreviews", "create"),
            (
                "rbac.authorization.k8s.io",
                "rolebindings roles",
                "create delete deletecollection get list patch update watch",
            ),
        ],
        ..EMPTY
    },
    Role {
        name: "system:aggregate-to-edit",
        part_of: &["edit"],
        resources: &[
            ("", "secrets", READ),
            ("", "serviceaccounts", "impersonate"),
            ("", "serviceaccounts/token", "create"),
            (
                "",
                "configmaps events persistentvolumeclaims pods replicationcontrollers replicationcontrollers/scale \
                 secrets serviceaccounts services",
                WRITE,
            ),
            (
                "apps",
                "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets \
                 statefulsets/scale",
                WRITE,
            ),
            ("autoscaling", "horizontalpodautoscalers", WRITE),
            ("batch", "cronjobs jobs", WRITE),
            ("networking.k8s.io", "ingresses networkpolicies", WRITE),
            ("policy", "poddisruptionbudgets", WRITE),
            (
                "coordination.k8s.io",
                "leases",
                "create delete deletecollection get list patch update watch",
            ),
        ],
        ..EMPTY
    },
    Role {
        name: "system:aggregate-to-view",
        part_of: &["view"],
        resources: &[
            (
                "",
                "bindings configmaps endpoints events limitranges namespaces namespaces/status \
                 persistentvolumeclaims persistentvolumeclaims/status pods pods/log pods/status \
                 replicationcontrollers replicationcontrollers/scale replicationcontrollers/status resourcequotas \
                 resourcequotas/status serviceaccounts services services/status",
                READ,
            ),
            (
                "apps",
                "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status \
                 replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale \
                 statefulsets/status",
                READ,
            ),
            (
                "autoscaling",
                "horizontalpodautoscalers horizontalpodautoscalers/status",
                READ,
            ),
            ("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
            ("discovery.k8s.io", "endpointslices", READ),
            (
                "networking.k8s.io",
                "ingresses ingresses/status networkpolicies",
                READ,
            ),
            ("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
        ],
        ..EMPTY
    },
    Role {
        name: "system:basic-user",
        resources: &[
            (
                "authorization.k8s.io",
                "selfsubjectaccessreviews selfsubjectrulesreviews",
                "create",
            ),
            ("authentication.k8s.io", "selfsubjectreviews", "create"),
        ],
        ..EMPTY
    },
    Role {
        name: "system:discovery",
        paths: &[(
            "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/",
            "get",
        )],
        ..EMPTY
    },
    Role {
        name: "system:public-info-viewer",
        paths: &[("/healthz /livez /readyz /version /version/", "get")],
        ..EMPTY
    },
    Role {
        name: "system:monitoring",
        paths: &[(
            "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*",
            "get",
        )],
        ..EMPTY
    },
    Role {
        name: "system:auth-delegator",
        resources: &[
            ("authentication.k8s.io", "tokenreviews", "create"),
            ("authorization.k8s.io", "subjectaccessreviews", "create"),
        ],
        ..EMPTY
    },
    Role {
        name: "system:node",
        resources: &[
            (
                "",
                "configmaps persistentvolumeclaims persistentvolumes secrets",
                "get",
            ),
            ("", "endpoints services", READ),
            ("", "nodes", "create delete get list patch update watch"),
            ("", "nodes/status", "patch update"),
            ("", "pods", "create delete get list watch"),
            ("", "pods/status", "patch update"),
            ("", "pods/eviction", "create"),
            ("", "events", "create patch update"),
            ("", "serviceaccounts/token", "create"),
            ("authentication.k8s.io", "tokenreviews", "create"),
            (
                "authorization.k8s.io",
                "localsubjectaccessreviews subjectaccessreviews",
                "create",
            ),
            (
                CERTIFICATES,
                "certificatesigningrequests",
                "create get list watch",
            ),
            ("coordination.k8s.io", "leases", "create delete get patch update"),
            ("storage.k8s.io", "csidrivers", READ),
            ("storage.k8s.io", "volumeattachments", "get"),
        ],
        ..EMPTY
    },
    Role {
        name: "system:node-bootstrapper",
        resources: &[(
            CERTIFICATES,
            "certificatesigningrequests",
            "create get list watch",
        )],
        ..EMPTY
    },
    Role {
        name: "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        resources: &[(CERTIFICATES, "certificatesigningrequests/nodeclient", "create")],
        ..EMPTY
    },
    Role {
        name: "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        resources: &[(
            CERTIFICATES,
            "certificatesigningrequests/selfnodeclient",
            "create",
        )],
        ..EMPTY
    },
    Role {
        name: "system:certificates.k8s.io:kube-apiserver-client-approver",
        named: &[(
            CERTIFICATES,
            "signers",
            "kubernetes.io/kube-apiserver-client",
            "approve",
        )],
        ..EMPTY
    },
    Role {
        name: "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
        named: &[(
            CERTIFICATES,
            "signers",
            "kubernetes.io/kube-apiserver-client-kubelet",
            "approve",
        )],
        ..EMPTY
    },
    Role {
        name: "system:certificates.k8s.io:kubelet-serving-approver",
        named: &[(
            CERTIFICATES,
            "signers",
            "kubernetes.io/kubelet-serving",
            "approve",
        )],
        ..EMPTY
    },
];
