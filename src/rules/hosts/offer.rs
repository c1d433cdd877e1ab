//! What the hosts offer that a template's machines could take at this moment.
//!
//! Must not know: who asks; autoscalers that start from no machine read it in the template's status.

use std::collections::BTreeMap;

use serde_json::Value;

use super::selection::{Request, refusal};
use super::{Host, quantity};

/// What a node would be like, whichever host it came to run on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// The least that any of the hosts has, of what all of them tell.
    pub capacity: BTreeMap<String, Value>,
    /// Processor architecture, where all have the same.
    pub architecture: Option<String>,
    /// Operating system, where all have the same.
    pub operating_system: Option<String>,
}

/// What the hosts that can be taken have in common; nothing where there is none.
pub fn offer(hosts: &[Host<'_>], request: &Request<'_>) -> Option<Offer> {
    let mut free = hosts.iter().filter(|host| refusal(host, request).is_none());
    let mut common = of(free.next()?);
    for host in free {
        let other = of(host);
        common.capacity = least(common.capacity, &other.capacity);
        common.architecture = common
            .architecture
            .filter(|it| other.architecture.as_ref() == Some(it));
        common.operating_system = common
            .operating_system
            .filter(|it| other.operating_system.as_ref() == Some(it));
    }
    Some(common)
}

fn of(host: &Host<'_>) -> Offer {
    let text = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let info = host.status.hostinfo.as_ref();
    Offer {
        capacity: host.status.capacity.clone(),
        architecture: text(info.and_then(|info| info.architecture.as_ref())),
        operating_system: text(info.and_then(|info| info.osname.as_ref())),
    }
}

/// Of what both tell the smaller.
fn least(one: BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let smaller = |(name, value): (String, Value)| {
        let beside = other.get(&name)?;
        let (here, there) = (quantity::parse(&value)?, quantity::parse(beside)?);
        let value = if there < here { beside.clone() } else { value };
        Some((name, value))
    };
    one.into_iter().filter_map(smaller).collect()
}
