//! Who writes: the name under which a request stands in `managedFields`.

use compact_str::CompactString;
use http::{HeaderMap, header};

use super::Query;
use super::query::LONGEST_FIELD_MANAGER;

/// The `fieldManager` of a request, or else its client: what stands before the first `/` of its User-Agent. Empty where it
/// names neither.
pub(crate) fn manager(query: &Query, headers: &HeaderMap) -> CompactString {
    if let Some(name) = &query.field_manager {
        return CompactString::from(name);
    }
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let name = agent.split('/').next().unwrap_or_default();
    let mut kept = CompactString::default();
    for character in name.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > LONGEST_FIELD_MANAGER {
            break;
        }
        kept.push(character);
    }
    kept
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_manager_is_named_or_known_by_its_client() {
        let long = "x".repeat(200);
        for (query, agent, expected) in [
            ("fieldManager=m", "kubectl/v1.33 (linux)", "m"),
            ("fieldManager=", "kubectl/v1.33 (linux)", "kubectl"),
            ("", "curl", "curl"),
            ("", "", ""),
            ("", "/1", ""),
            ("", long.as_str(), &long[..128]),
        ] {
            let query = Query::parse(query).unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_str(agent).unwrap());
            assert_eq!(manager(&query, &headers), expected, "{agent}");
        }
        assert_eq!(manager(&Query::default(), &HeaderMap::new()), "");
    }
}
