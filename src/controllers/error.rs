//! What can go wrong in a reconcile.

use fleetui_base::ObjectName;

use crate::workloads::WorkloadError;

/// A reconcile did not finish; it is tried again after a pause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The management cluster, or a workload cluster, refused or failed a request.
    #[error("{what}: {}", why(.refusal))]
    Request {
        /// What was tried, on which object.
        what: String,
        /// Why not. It is in the text already, and so it is no `source`.
        refusal: Box<kube::Error>,
    },
    /// A request was not answered in time.
    #[error("{what}: no answer within {seconds} s")]
    Timeout {
        /// What was tried, on which object.
        what: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The Cluster that an object belongs to is not there. The words are upstream's.
    #[error("failed to get Cluster {cluster}: Cluster.cluster.x-k8s.io {:?} not found", .cluster.name)]
    NoCluster {
        /// The one that it names.
        cluster: ObjectName,
    },
    /// Something is written in an object that cannot be followed.
    #[error("{0}")]
    Unclear(String),
    /// The etcd of a workload cluster refused or failed what was asked of it.
    #[error("{what}: {why}")]
    Etcd {
        /// What was tried, on which member of which cluster.
        what: String,
        /// Why not.
        why: String,
    },
    /// A workload cluster cannot be had.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
}

/// Why a request failed, as one sentence: what the server says, or else what went wrong on the way.
pub fn why(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error {
        return said(status);
    }
    fleetui_connect::of_line(error)
}

/// Whether nobody answered, be it that something on the way says so in the server's place.
pub(crate) fn is_silence(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => matches!(status.code, 502..=504),
        kube::Error::Service(_) | kube::Error::HyperError(_) | kube::Error::ReadEvents(_) => true,
        _ => false,
    }
}

/// What a server says in a refusal.
pub(crate) fn said(status: &kube::core::Status) -> String {
    let text = [&status.message, &status.reason]
        .into_iter()
        .find(|text| !text.is_empty());
    text.map_or_else(|| format!("the server answers {}", status.code), Clone::clone)
}

/// A cause without its kind and value, `Invalid value: "x": it is no y`.
fn flaw(message: &str) -> &str {
    if let Some(why) = message.strip_prefix("Internal error: ") {
        return why;
    }
    let rest = message
        .strip_prefix("Invalid value: \"")
        .and_then(|rest| rest.split_once("\": "));
    rest.map_or(message, |(_, why)| why)
}

impl Error {
    /// Whether somebody else wrote the object in between; trying again at once is right then.
    pub(crate) fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }

    /// What the server said, where it did.
    pub(crate) fn answer(&self) -> Option<&kube::core::Status> {
        match self {
            Self::Request { refusal, .. } => match refusal.as_ref() {
                kube::Error::Api(status) => Some(status),
                _ => None,
            },
            Self::Timeout { .. }
            | Self::NoCluster { .. }
            | Self::Unclear(_)
            | Self::Etcd { .. }
            | Self::Workload(_) => None,
        }
    }

    /// Whether an object of that name is there.
    pub(crate) fn is_already_there(&self) -> bool {
        self.answer()
            .is_some_and(|status| status.reason == "AlreadyExists")
    }

    /// Whether the server does not serve what was looked for.
    pub(crate) fn is_discovery(&self) -> bool {
        match self {
            Self::Request { refusal, .. } => matches!(refusal.as_ref(), kube::Error::Discovery(_)),
            Self::Timeout { .. }
            | Self::NoCluster { .. }
            | Self::Unclear(_)
            | Self::Etcd { .. }
            | Self::Workload(_) => false,
        }
    }

    /// Whether the server does not take what was written, and will not as long as it and its surroundings stay as they are.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self.code(), Some(400 | 403 | 422))
    }

    /// Why the server does not take something, without its name: what is made is called differently every time that it is tried,
    /// and the same refusal has to read the same.
    pub(crate) fn refusal(&self) -> Option<String> {
        let answer = self.answer().filter(|_| self.is_refusal())?;
        let details = answer.details.as_ref()?;
        let causes = details.causes.iter();
        let causes: Vec<String> = causes
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect();
        Some(if causes.is_empty() {
            format!("{} is refused: {}", details.kind, answer.reason)
        } else {
            format!("{} is refused: {}", details.kind, causes.join("; "))
        })
    }

    /// What is wrong with an object that the server does not take, as whoever wrote it has to know it: without the request that
    /// was tried.
    pub(crate) fn flaw(&self) -> String {
        let details = self.answer().and_then(|answer| answer.details.as_ref());
        let causes = details
            .map(|details| details.causes.as_slice())
            .unwrap_or_default();
        let flaws: Vec<&str> = causes.iter().map(|cause| flaw(&cause.message)).collect();
        if flaws.is_empty() {
            self.to_string()
        } else {
            flaws.join("; ")
        }
    }

    /// Whether the object is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Whether what was asked for had no answer: of the management cluster, or of a workload cluster or on the way there.
    pub(crate) fn is_silence(&self) -> bool {
        match self {
            Self::Request { refusal, .. } => is_silence(refusal),
            Self::Timeout { .. } | Self::Workload(_) => true,
            Self::NoCluster { .. } | Self::Unclear(_) | Self::Etcd { .. } => false,
        }
    }

    /// Whether it may pass by itself in a moment, so that it is worth a word only once it lasts: nobody answers, or the Cluster
    /// is on its way (the watches of two kinds tell in no order), or its last objects go after it.
    pub(crate) fn may_pass(&self) -> bool {
        self.is_silence() || matches!(self, Self::NoCluster { .. })
    }

    /// The HTTP status, where there was one.
    fn code(&self) -> Option<u16> {
        self.answer().map(|status| status.code)
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use kube::core::response::{StatusCause, StatusDetails};

    use super::*;

    /// Whole objects of the client were printed where the server had said a sentence.
    #[test]
    fn a_refusal_is_one_sentence_with_the_servers_message_once() {
        let status = Status::failure("machines \"m\" is invalid: spec: no", "Invalid").with_code(422);
        let error = Error::Request {
            what: "create Machine default/m".to_owned(),
            refusal: Box::new(kube::Error::Api(Box::new(status))),
        };
        let text = "create Machine default/m: machines \"m\" is invalid: spec: no";
        assert_eq!(error.to_string(), text);
        assert!(
            std::error::Error::source(&error).is_none(),
            "it would be told twice"
        );
        assert_eq!(error.flaw(), text, "without causes there is nothing shorter");
        let cause = |message: &str| StatusCause {
            reason: "FieldValueInvalid".to_owned(),
            message: message.to_owned(),
            field: "spec.topology.class".to_owned(),
        };
        let status = Status::failure("admission webhook denied the request", "Invalid")
            .with_code(422)
            .with_details(StatusDetails {
                name: "c".to_owned(),
                group: String::new(),
                kind: "Cluster".to_owned(),
                uid: String::new(),
                causes: vec![
                    cause("Invalid value: \"x\": it is no class"),
                    cause("Internal error: ClusterClass default/x not found"),
                    cause("cannot be"),
                ],
                retry_after_seconds: 0,
            });
        let error = Error::Request {
            what: "patch Cluster default/c".to_owned(),
            refusal: Box::new(kube::Error::Api(Box::new(status))),
        };
        assert_eq!(
            error.flaw(),
            "it is no class; ClusterClass default/x not found; cannot be"
        );
        let silent = kube::Error::Api(Box::new(Status::failure("", "").with_code(502)));
        assert_eq!(why(&silent), "the server answers 502");
        let io = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "nobody listens");
        let nobody = kube::Error::ReadEvents(io);
        assert_eq!(why(&nobody), "nobody listens");
        // A proxy answers for a server that does not; a server that refuses is there.
        let refused = kube::Error::Api(Box::new(Status::failure("", "Forbidden").with_code(403)));
        assert_eq!([&nobody, &silent, &refused].map(is_silence), [true, true, false]);
    }
}
