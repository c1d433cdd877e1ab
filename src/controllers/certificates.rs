//! The authorities and keys of a cluster's control plane, kept in Secrets: found and checked, and made where there are none.
//!
//! What somebody has provided is used as it is and never replaced, also when it is wrong. New keys are ECDSA, which every
//! kubeadm reads and which are made in no time; RSA keys are made where the cluster asks for them.
//! Must not know: which controller asks.

mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Other};
use fleetui_base::ObjectName;
use fleetui_base::redact::Secret as Redacted;
use fleetui_pki::{Authority, KeyKind, KeyedCertificate, ServiceAccountKey, Validity};
use fleetui_rules::condition_merge::condition;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use serde_json::{Value, json};

use crate::change::Change;
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::ownership;

pub(crate) use read::{Verified, read, read_authority, read_present, read_used};

/// The type of Secrets that belong to a cluster.
pub(crate) const SECRET_TYPE: &str = "cluster.x-k8s.io/secret";
/// The type of the condition that tells of these Secrets.
pub(crate) const CONDITION: &str = "CertificatesAvailable";
/// Who every authority is, as Cluster API names it.
const COMMON_NAME: &str = "kubernetes";
/// Days that a new authority is valid where the cluster does not say.
const AUTHORITY_DAYS: u32 = 3650;
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// What a Secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// The cluster's own authority.
    Cluster,
    /// The authority of etcd.
    Etcd,
    /// The authority of those who stand in front of the API server.
    FrontProxy,
    /// The key that signs the tokens of ServiceAccounts.
    ServiceAccount,
    /// With what the API server proves itself to an etcd that is run elsewhere.
    EtcdClient,
}

impl Purpose {
    /// The Secret's name, `<cluster>-ca`.
    pub(crate) fn secret_name(self, cluster: &str) -> String {
        format!("{cluster}-{}", self.word())
    }

    fn word(self) -> &'static str {
        match self {
            Self::Cluster => "ca",
            Self::Etcd => "etcd",
            Self::FrontProxy => "proxy",
            Self::ServiceAccount => "sa",
            Self::EtcdClient => "apiserver-etcd-client",
        }
    }
}

/// The order in which upstream names them.
const TOLD: [Purpose; 5] = [
    Purpose::Cluster,
    Purpose::ServiceAccount,
    Purpose::FrontProxy,
    Purpose::Etcd,
    Purpose::EtcdClient,
];

/// A certificate (or public key) and its private key, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    /// Empty only for the authority of an etcd that is run elsewhere.
    pub(crate) key: Redacted<String>,
}

/// What is known of one Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is there and in order.
    There(Pair),
    /// There is none; this is what it will hold.
    Made(Pair),
    /// It is there, and cannot be used: why.
    Corrupt(String),
    /// There is none, and it cannot be made: why.
    Missing(String),
    /// There is none any more. Machines run with what it held, and nothing that is made now would fit them.
    Lost,
}

/// Which Secrets a cluster needs, and how new ones are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    external_etcd: bool,
    days: u32,
    algorithm: String,
}

impl Wanted {
    /// What kubeadm's configuration of the cluster asks for.
    pub(crate) fn of(configuration: Option<&Other>) -> Self {
        let field = |name: &str| configuration.and_then(|configuration| configuration.get(name));
        let external = field("etcd").and_then(|etcd| etcd.get("external"));
        Self {
            external_etcd: external.is_some_and(|external| !external.is_null()),
            days: field("caCertificateValidityPeriodDays")
                .and_then(Value::as_u64)
                .and_then(|days| u32::try_from(days).ok())
                .filter(|days| *days > 0)
                .unwrap_or(AUTHORITY_DAYS),
            algorithm: field("encryptionAlgorithm")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// The Secrets, in the order in which they are seen to.
    pub(crate) fn purposes(&self) -> Vec<Purpose> {
        let mut all = vec![
            Purpose::Cluster,
            Purpose::ServiceAccount,
            Purpose::FrontProxy,
            Purpose::Etcd,
        ];
        if self.external_etcd {
            all.push(Purpose::EtcdClient);
        }
        all
    }

    /// What new keys are.
    fn kind(&self) -> Result<KeyKind, String> {
        Ok(match self.algorithm.as_str() {
            "" | "ECDSA-P256" => KeyKind::EcdsaP256,
            "ECDSA-P384" => KeyKind::EcdsaP384,
            "RSA-2048" => KeyKind::Rsa2048,
            "RSA-3072" => KeyKind::Rsa3072,
            "RSA-4096" => KeyKind::Rsa4096,
            other => {
                return Err(format!(
                    "keys of kind {other} cannot be made here, so it has to be provided"
                ));
            }
        })
    }

    /// Makes what missing Secrets hold, beside everything else where that takes long.
    async fn make_all(&self, purposes: Vec<Purpose>, now: Timestamp) -> Vec<(Purpose, Result<Pair, String>)> {
        let wanted = self.clone();
        let work = move || {
            let make = |purpose| (purpose, wanted.make(purpose, now));
            purposes.into_iter().map(make).collect()
        };
        if !self.kind().is_ok_and(KeyKind::is_slow) {
            return work();
        }
        let lost = |error: tokio::task::JoinError| {
            tracing::error!(%error, "keys could not be made");
            Vec::new()
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(lost)
    }

    /// Makes what a missing Secret holds. The error says why that cannot be.
    fn make(&self, purpose: Purpose, now: Timestamp) -> Result<Pair, String> {
        if self.external_etcd && matches!(purpose, Purpose::Etcd | Purpose::EtcdClient) {
            return Err("etcd is external, so it has to be provided".to_owned());
        }
        let kind = self.kind()?;
        match purpose {
            Purpose::ServiceAccount => ServiceAccountKey::generate(kind).map(|key| Pair {
                certificate: key.public_pem,
                key: key.private_pem,
            }),
            Purpose::Cluster | Purpose::Etcd | Purpose::FrontProxy | Purpose::EtcdClient => {
                Authority::generate_with(COMMON_NAME, Validity::days(now, self.days), kind).map(|authority| {
                    let keyed = authority.keyed().clone();
                    Pair {
                        certificate: keyed.certificate_pem,
                        key: keyed.key_pem,
                    }
                })
            }
        }
        .map_err(|error| error.to_string())
    }

    /// What a Secret of this purpose would hold.
    #[cfg(test)]
    pub(crate) fn make_for_tests(&self, purpose: Purpose, now: Timestamp) -> Pair {
        self.make(purpose, now).expect("a pair")
    }

    /// What a Secret that is there comes to.
    fn check(&self, purpose: Purpose, secret: &Secret) -> Found {
        let text = |key: &str| {
            let bytes = secret.data.as_ref().and_then(|data| data.get(key));
            bytes.and_then(|bytes| String::from_utf8(bytes.0.clone()).ok())
        };
        let needs_key = !(self.external_etcd && purpose == Purpose::Etcd);
        let (certificate, key) = (
            text(CERTIFICATE).unwrap_or_default(),
            text(KEY).unwrap_or_default(),
        );
        for (name, value, needed) in [(CERTIFICATE, &certificate, true), (KEY, &key, needs_key)] {
            if needed && value.is_empty() {
                return Found::Corrupt(format!("it has no data under the key {name}"));
            }
        }
        let pair = Pair {
            certificate,
            key: Redacted::new(key),
        };
        let checked = match purpose {
            Purpose::ServiceAccount => ServiceAccountKey {
                public_pem: pair.certificate.clone(),
                private_pem: pair.key.clone(),
            }
            .check(),
            Purpose::Cluster | Purpose::Etcd | Purpose::FrontProxy | Purpose::EtcdClient if needs_key => {
                Authority::from_pem(pair.keyed()).map(drop)
            }
            Purpose::Cluster | Purpose::Etcd | Purpose::FrontProxy | Purpose::EtcdClient => {
                fleetui_pki::CertificateFacts::of_pem(&pair.certificate).map(drop)
            }
        };
        match checked {
            Ok(()) => Found::There(pair),
            Err(error) => Found::Corrupt(error.to_string()),
        }
    }
}

impl Pair {
    /// As the authority's certificate and key.
    pub(crate) fn keyed(&self) -> KeyedCertificate {
        KeyedCertificate {
            certificate_pem: self.certificate.clone(),
            key_pem: self.key.clone(),
        }
    }

    /// The Secret that holds it.
    fn secret(&self, purpose: Purpose, cluster: &Object<Cluster>, owner: OwnerReference) -> Secret {
        Secret {
            metadata: metadata(purpose.secret_name(cluster.name()), cluster, owner),
            type_: Some(SECRET_TYPE.to_owned()),
            data: Some(BTreeMap::from([
                (
                    CERTIFICATE.to_owned(),
                    ByteString(self.certificate.clone().into_bytes()),
                ),
                (KEY.to_owned(), ByteString(self.key.reveal().clone().into_bytes())),
            ])),
            ..Secret::default()
        }
    }
}

/// Name, label and owner of a cluster's Secret.
pub(crate) fn metadata(name: String, cluster: &Object<Cluster>, owner: OwnerReference) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        namespace: Some(cluster.namespace().to_owned()),
        labels: Some(BTreeMap::from([(
            labels::CLUSTER_NAME.to_owned(),
            cluster.name().to_owned(),
        )])),
        owner_references: Some(vec![owner]),
        ..ObjectMeta::default()
    }
}

/// All Secrets of one cluster.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Certificates {
    /// By what they are for.
    pub(crate) found: BTreeMap<Purpose, Found>,
    /// The cluster, for what is told of them.
    pub(crate) cluster: String,
    /// Those of Cluster API's own type that were made for a single machine.
    pub(crate) of_machines: Vec<ObjectMeta>,
}

impl Certificates {
    /// What is there and in order.
    pub(crate) fn pair(&self, purpose: Purpose) -> Option<&Pair> {
        match self.found.get(&purpose)? {
            Found::There(pair) => Some(pair),
            Found::Made(_) | Found::Corrupt(_) | Found::Missing(_) | Found::Lost => None,
        }
    }

    /// Whether all are there and in order.
    pub(crate) fn complete(&self) -> bool {
        self.found.values().all(|found| matches!(found, Found::There(_)))
    }

    /// Creates those that have been made.
    pub(crate) fn create<'a>(
        &'a self,
        cluster: &'a Object<Cluster>,
        owner: &'a OwnerReference,
    ) -> impl Iterator<Item = Change> + 'a {
        self.found.iter().filter_map(move |(purpose, found)| match found {
            Found::Made(pair) => {
                let secret = pair.secret(*purpose, cluster, owner.clone());
                Some(Change::CreateSecret(Box::new(secret)))
            }
            Found::There(_) | Found::Corrupt(_) | Found::Missing(_) | Found::Lost => None,
        })
    }

    /// Makes `owner` the controller of those that were made for a single machine: they would go with it.
    pub(crate) fn take_over<'a>(&'a self, owner: &'a OwnerReference) -> impl Iterator<Item = Change> + 'a {
        self.of_machines.iter().map(|metadata| {
            let mut wished = metadata.clone();
            ownership::add(&mut wished, owner.clone());
            Change::PatchSecret {
                name: ObjectName::new(metadata.namespace(), metadata.name()),
                version: metadata.resource_version.clone(),
                patch: json!({"metadata": {"ownerReferences": wished.owner_references}}),
            }
        })
    }

    /// What is wrong; nothing where all is well.
    pub(crate) fn problem(&self) -> Option<Problem> {
        let mut corrupt = false;
        let mut sentences = Vec::new();
        for (purpose, found) in &self.found {
            let name = purpose.secret_name(&self.cluster);
            match found {
                Found::There(_) | Found::Made(_) | Found::Lost => {}
                Found::Corrupt(why) => {
                    corrupt = true;
                    sentences.push(format!("Secret {name} cannot be used: {why}"));
                }
                Found::Missing(why) => sentences.push(format!("Secret {name} does not exist: {why}")),
            }
        }
        let is_lost = |purpose: &&Purpose| self.found.get(purpose) == Some(&Found::Lost);
        let lost: Vec<&str> = TOLD
            .iter()
            .filter(is_lost)
            .map(|purpose| purpose.word())
            .collect();
        let problem = |trouble, message| Some(Problem { trouble, message });
        // What cannot be read is told first, as it may be the same Secret that somebody is about to put back.
        if corrupt {
            return problem(Trouble::Corrupt, sentences.join("; "));
        }
        let (what, are) = match lost.len() {
            0 if sentences.is_empty() => return None,
            0 => return problem(Trouble::Missing, sentences.join("; ")),
            1 => ("certificate", "is"),
            _ => ("certificates", "are"),
        };
        let lost = lost.join(", ");
        problem(
            Trouble::Lost,
            format!(
                "Cluster {what} for {lost} {are} not available, please check cluster certificate secrets"
            ),
        )
    }
}

/// Whether a Secret was made by the bootstrap provider, for a control plane machine that stood alone.
fn is_of_machine(secret: &Secret) -> bool {
    secret.type_.as_deref() == Some(SECRET_TYPE)
        && ownership::controller(&secret.metadata)
            .is_some_and(|owner| ownership::kind(owner) == Some(Watched::KubeadmConfig))
}

/// What is wrong with a cluster's Secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// In a word.
    pub(crate) trouble: Trouble,
    /// Which, and why.
    pub(crate) message: String,
}

/// What is wrong, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// One is there that cannot be used.
    Corrupt,
    /// Some are missing that somebody has to provide.
    Missing,
    /// Some are gone with which the control plane was initialised.
    Lost,
}

/// The condition `CertificatesAvailable`. Of what cannot be used the details are in the log, as in upstream, and in the condition
/// of the older model; of what somebody has to provide they are here too.
pub(crate) fn available(problem: Option<&Problem>) -> Condition {
    let (status, reason, message) = match problem.map(|problem| (problem.trouble, &problem.message)) {
        None => (ConditionStatus::True, "Available", ""),
        Some((Trouble::Corrupt, _)) => (
            ConditionStatus::Unknown,
            "InternalError",
            "Please check controller logs for errors",
        ),
        // Upstream makes what is missing, and so has no words for it.
        Some((Trouble::Missing, message)) => (ConditionStatus::Unknown, "InternalError", message.as_str()),
        Some((Trouble::Lost, message)) => (ConditionStatus::False, "NotAvailable", message.as_str()),
    };
    condition(CONDITION, status, reason, message)
}
