//! What the fields of the built-in types mean, as the crate of the Kubernetes types tells it in its JSON schemas.

use k8s_openapi::schemars::SchemaGenerator;
use k8s_openapi::schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// Schemas by their names, with the descriptions that are taken from them.
pub(super) type Descriptions = Map<String, Value>;

macro_rules! describe {
    ($generator:ident, $($module:ident)::+, $($kind:ident),+) => {{
        use k8s_openapi::$($module)::+ as of;
        $( $generator.subschema_for::<of::$kind>(); )+
    }};
}

/// The schemas of the kinds of a group and version, and of all that they are made of; those of ObjectMeta and its like in
/// any case.
pub(super) fn of(group: &str, version: &str) -> Descriptions {
    let mut generator = SchemaSettings::openapi3().into_generator();
    describe!(generator, apimachinery::pkg::apis::meta::v1, ObjectMeta, ListMeta);
    match (group, version) {
        ("", "v1") => core(&mut generator),
        ("apps" | "batch" | "autoscaling" | "policy" | "scheduling.k8s.io", _) => {
            workloads(&mut generator, group);
        }
        ("discovery.k8s.io" | "networking.k8s.io" | "node.k8s.io" | "storage.k8s.io", "v1") => {
            infrastructure(&mut generator, group);
        }
        (_, "v1") => control(&mut generator, group),
        _ => {}
    }
    generator.take_definitions(false)
}

fn core(generator: &mut SchemaGenerator) {
    describe!(
        generator,
        api::core::v1,
        ConfigMap,
        Endpoints,
        Event,
        LimitRange,
        Namespace,
        Node,
        PersistentVolume,
        PersistentVolumeClaim,
        Pod,
        PodTemplate,
        ReplicationController,
        ResourceQuota,
        Secret,
        Service,
        ServiceAccount
    );
}

fn workloads(generator: &mut SchemaGenerator, group: &str) {
    match group {
        "apps" => describe!(
            generator,
            api::apps::v1,
            ControllerRevision,
            DaemonSet,
            Deployment,
            ReplicaSet,
            StatefulSet
        ),
        "batch" => describe!(generator, api::batch::v1, CronJob, Job),
        "autoscaling" => describe!(generator, api::autoscaling::v2, HorizontalPodAutoscaler),
        "policy" => describe!(generator, api::policy::v1, PodDisruptionBudget),
        _ => describe!(generator, api::scheduling::v1, PriorityClass),
    }
}

fn infrastructure(generator: &mut SchemaGenerator, group: &str) {
    match group {
        "discovery.k8s.io" => describe!(generator, api::discovery::v1, EndpointSlice),
        "networking.k8s.io" => describe!(
            generator,
            api::networking::v1,
            Ingress,
            IngressClass,
            NetworkPolicy
        ),
        "node.k8s.io" => describe!(generator, api::node::v1, RuntimeClass),
        _ => describe!(
            generator,
            api::storage::v1,
            CSIDriver,
            CSINode,
            CSIStorageCapacity,
            StorageClass,
            VolumeAttachment
        ),
    }
}

fn control(generator: &mut SchemaGenerator, group: &str) {
    match group {
        "admissionregistration.k8s.io" => describe!(
            generator,
            api::admissionregistration::v1,
            MutatingWebhookConfiguration,
            ValidatingAdmissionPolicy,
            ValidatingAdmissionPolicyBinding,
            ValidatingWebhookConfiguration
        ),
        "apiextensions.k8s.io" => describe!(
            generator,
            apiextensions_apiserver::pkg::apis::apiextensions::v1,
            CustomResourceDefinition
        ),
        "apiregistration.k8s.io" => {
            describe!(
                generator,
                kube_aggregator::pkg::apis::apiregistration::v1,
                APIService
            );
        }
        "authentication.k8s.io" => {
            describe!(
                generator,
                api::authentication::v1,
                SelfSubjectReview,
                TokenRequest,
                TokenReview
            );
        }
        "authorization.k8s.io" => describe!(
            generator,
            api::authorization::v1,
            LocalSubjectAccessReview,
            SelfSubjectAccessReview,
            SelfSubjectRulesReview,
            SubjectAccessReview
        ),
        "certificates.k8s.io" => describe!(generator, api::certificates::v1, CertificateSigningRequest),
        "coordination.k8s.io" => describe!(generator, api::coordination::v1, Lease),
        "events.k8s.io" => describe!(generator, api::events::v1, Event),
        "flowcontrol.apiserver.k8s.io" => {
            describe!(
                generator,
                api::flowcontrol::v1,
                FlowSchema,
                PriorityLevelConfiguration
            );
        }
        "rbac.authorization.k8s.io" => {
            describe!(
                generator,
                api::rbac::v1,
                ClusterRole,
                ClusterRoleBinding,
                Role,
                RoleBinding
            );
        }
        _ => {}
    }
}
