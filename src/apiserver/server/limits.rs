//! How much one connection may ask at a time, and how long a request may take.

use std::time::Duration;

use http::{Method, Request};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

/// Reads of one connection that are answered at a time. Watches are not counted: each lasts, and the connection's streams
/// bound them.
const READS: usize = 2048;
/// Writes of one connection at a time. Each may hold a body of some megabytes.
const WRITES: usize = 512;

/// How long a read may take until its answer begins.
const READ: Duration = Duration::from_mins(1);
/// How long a write may: its body must have come, and the store must have answered. As upstream.
const WRITE: Duration = Duration::from_secs(34);

/// The requests of one connection that are under way.
pub(super) struct Flight {
    reads: Semaphore,
    writes: Semaphore,
}

impl Default for Flight {
    fn default() -> Self {
        Self {
            reads: Semaphore::new(READS),
            writes: Semaphore::new(WRITES),
        }
    }
}

impl Flight {
    /// A place for a request, until the place is dropped. Fails where there is none; a watch needs none.
    pub(super) fn enter<B>(
        &self,
        request: &Request<B>,
    ) -> Result<Option<SemaphorePermit<'_>>, TryAcquireError> {
        if watches(request) {
            return Ok(None);
        }
        let places = if reads(request.method()) {
            &self.reads
        } else {
            &self.writes
        };
        places.try_acquire().map(Some)
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    query?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .next_back()
}

fn watches<B>(request: &Request<B>) -> bool {
    reads(request.method())
        && parameter(request.uri().query(), "watch").is_some_and(|value| matches!(value, "1" | "true"))
}

/// How long a request may take until its answer begins: as long as its client waits, if that is shorter.
pub(super) fn patience<B>(request: &Request<B>) -> Duration {
    let most = if reads(request.method()) { READ } else { WRITE };
    let asked = parameter(request.uri().query(), "timeout")
        .filter(|_| !watches(request))
        .and_then(duration)
        .filter(|asked| !asked.is_zero());
    asked.map_or(most, |asked| asked.min(most))
}

/// A duration as Go writes it: `1m30s`, `500ms`. What is written otherwise says nothing.
fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 6] = [
        ("ms", 0.001),
        ("us", 0.000_001),
        ("ns", 0.000_000_001),
        ("h", 3600.0),
        ("m", 60.0),
        ("s", 1.0),
    ];
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at_checked(end)?;
        let (unit, length) = UNITS.iter().find(|(unit, _)| behind.starts_with(unit))?;
        seconds += number.parse::<f64>().ok()? * length;
        rest = behind.strip_prefix(unit)?;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str) -> Request<()> {
        Request::builder().method(method).uri(uri).body(()).unwrap()
    }

    #[test]
    fn there_is_room_for_so_many_and_for_watches() {
        let flight = Flight::default();
        let places: Vec<_> = (0..WRITES)
            .map(|_| flight.enter(&request("POST", "/a")).unwrap())
            .collect();
        assert!(flight.enter(&request("PUT", "/a")).is_err());
        assert!(
            flight.enter(&request("GET", "/a")).is_ok(),
            "reads have room of their own"
        );
        assert!(flight.enter(&request("GET", "/a?watch=true")).unwrap().is_none());
        assert!(flight.enter(&request("POST", "/a?watch=true")).is_err());
        drop(places);
        assert!(flight.enter(&request("PUT", "/a")).is_ok());
    }

    #[test]
    fn a_client_may_be_less_patient_and_not_more() {
        for (method, uri, expected) in [
            ("GET", "/a", READ),
            ("POST", "/a", WRITE),
            ("POST", "/a?timeout=10s", Duration::from_secs(10)),
            ("POST", "/a?timeout=10m", WRITE),
            ("GET", "/a?x=y&timeout=1m30s", READ),
            ("GET", "/a?timeout=500ms", Duration::from_millis(500)),
            ("GET", "/a?timeout=0s", READ),
            ("GET", "/a?timeout=soon", READ),
            ("GET", "/a?timeout=1", READ),
            ("GET", "/a?timeout=1s&watch=true", READ),
        ] {
            assert_eq!(patience(&request(method, uri)), expected, "{method} {uri}");
        }
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(duration("1h1m1s"), Some(Duration::from_secs(3661)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        for bad in ["s", "1x", "-1s", "1..s", "99999999999999999999h"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
