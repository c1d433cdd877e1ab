//! Counts what is asked of API servers: of the management cluster, and of workload clusters.
//!
//! Must not know: what is asked for. The lists and watches that follow whole kinds are the client's own, and not counted.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// What came back to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Answer {
    /// An answer with this status.
    Status(u16),
    /// None: it failed, took too long, or nobody waited for it any more.
    None,
}

impl EncodeLabelValue for Answer {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        match self {
            Self::Status(status) => status.encode(encoder),
            Self::None => "<error>".encode(encoder),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByAnswer {
    code: Answer,
    method: &'static str,
}

/// The counts. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests(Family<ByAnswer, Counter>);

impl Requests {
    /// The counts themselves, to be told.
    pub(crate) fn counters(&self) -> Family<ByAnswer, Counter> {
        self.0.clone()
    }

    /// A request begins: `get Secret default/a`.
    pub(crate) fn begin(&self, what: &str) -> Asked<'_> {
        Asked {
            requests: self,
            method: method(what),
            answer: Answer::None,
        }
    }
}

/// A request under way. It is counted when it ends, also where nobody waits for it any more.
pub(crate) struct Asked<'a> {
    requests: &'a Requests,
    method: &'static str,
    answer: Answer,
}

impl Asked<'_> {
    /// Takes note of what came back.
    pub(crate) fn answered<T>(&mut self, answer: &Result<T, kube::Error>) {
        self.answer = match answer {
            // What is created is answered so, and everything else like this.
            Ok(_) if self.method == "POST" => Answer::Status(201),
            Ok(_) => Answer::Status(200),
            Err(kube::Error::Api(status)) => Answer::Status(status.code),
            Err(_) => Answer::None,
        };
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let (code, method) = (self.answer, self.method);
        self.requests.0.get_or_create(&ByAnswer { code, method }).inc();
    }
}

/// The method of HTTP for the verb with which a request is described.
fn method(what: &str) -> &'static str {
    match what.split(' ').next().unwrap_or_default() {
        "create" | "evict" => "POST",
        "patch" | "apply" => "PATCH",
        "delete" => "DELETE",
        _ => "GET",
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn requests_are_counted_by_method_and_answer_also_where_none_comes() {
        let requests = Requests::default();
        let refused = |code: u16| {
            let status = Status {
                code,
                ..Status::default()
            };
            Err(kube::Error::Api(Box::new(status)))
        };
        for (what, answer) in [
            ("create Machine default/m", Some(Ok(()))),
            ("evict default/web", Some(refused(429))),
            ("patch the status of Machine default/m", Some(refused(409))),
            ("patch Machine default/m", Some(Ok(()))),
            ("delete Machine default/m", Some(Ok(()))),
            ("list nodes of workload cluster default/c", Some(Ok(()))),
            ("get Secret default/s", None),
        ] {
            let mut asked = requests.begin(what);
            if let Some(answer) = answer {
                asked.answered(&answer);
            }
        }
        let mut registry = Registry::default();
        registry.register("requests", "Requests", requests.counters());
        let mut text = String::new();
        encode(&mut text, &registry).expect("text");
        for line in [
            "requests_total{code=\"201\",method=\"POST\"} 1",
            "requests_total{code=\"429\",method=\"POST\"} 1",
            "requests_total{code=\"409\",method=\"PATCH\"} 1",
            "requests_total{code=\"200\",method=\"PATCH\"} 1",
            "requests_total{code=\"200\",method=\"DELETE\"} 1",
            "requests_total{code=\"200\",method=\"GET\"} 1",
            "requests_total{code=\"<error>\",method=\"GET\"} 1",
        ] {
            assert!(
                text.lines().any(|there| there == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
