//! What stands in the head of a request: its path, its query with the selectors, what it accepts.

use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use crate::handlers::list::Token;
use crate::logical::LogicalCluster;
use crate::request::{Accept, Query, path};
use crate::selector::{FieldSelector, LabelSelector};
use crate::storage::stored::Meta;

pub(super) fn run(data: &[u8]) -> Option<()> {
    if let Ok(value) = HeaderValue::from_bytes(data) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, value);
        let accept = Accept::of(&headers);
        let _ = (accept.form(), accept.discovery(), accept.only_protobuf());
    }
    let text = std::str::from_utf8(data).ok()?;
    read(text);
    if let Ok(selector) = serde_json::from_str::<Value>(text)
        && let Some(selector) = LabelSelector::of_object(&selector)
    {
        select(&selector);
    }
    Some(())
}

/// Reads a text as everything that texts of a request's head are.
pub(crate) fn read(text: &str) {
    let _ = path::parse(text);
    let _ = path::parse(&format!("/api/v1/{text}"));
    let _ = (Token::decode(text, None), Token::decode(text, Some("default")));
    let _ = LogicalCluster::new(text);
    if let Ok(query) = Query::parse(text) {
        let _ = query.check_list_options();
        select(&query.labels);
    }
    if let Ok(once) = LabelSelector::parse(text) {
        let selected = select(&once);
        if !once.is_empty() {
            let twice = LabelSelector::parse(&format!("{text},{text}"));
            let again = twice.ok().map(|twice| select(&twice));
            assert_eq!(again, Some(selected), "said twice, it selects the same: {text:?}");
        }
    }
    if let Ok(once) = FieldSelector::parse(text)
        && !text.ends_with('\\')
    {
        let twice = FieldSelector::parse(&format!("{text},{text}"));
        let name = twice.as_ref().ok().map(FieldSelector::name);
        assert_eq!(name, Some(once.name()), "said twice, it names the same: {text:?}");
    }
}

/// Which of some objects a selector selects.
fn select(selector: &LabelSelector) -> Vec<bool> {
    let objects: [&[(&str, &str)]; 4] = [
        &[],
        &[("a", "b"), ("tier", "web")],
        &[("a", ""), ("size", "7"), ("x.io/zone", "a")],
        &[("a", "-9223372036854775808")],
    ];
    let labels = objects.iter().map(|labels| Meta {
        labels: labels
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        ..Meta::default()
    });
    labels.map(|meta| selector.matches(&meta)).collect()
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "tier=web,size>6,size<8,x.io/zone in (a, b),a notin (c),!none,flag",
        "a==b,c!=d,e in (,)",
        r"metadata.name=a\,b,metadata.namespace!=x,reason==Why",
        "labelSelector=a%3Db%2Cc+in+%28d%29&fieldSelector=metadata.name%3Da&limit=5&continue=abc",
        "resourceVersion=5&resourceVersionMatch=NotOlderThan&watch=1&sendInitialEvents=true&allowWatchBookmarks=true",
        "timeoutSeconds=5&dryRun=All&fieldManager=m&fieldValidation=Strict&force=true&propagationPolicy=Orphan",
        "/clusters/one/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines/m-1/status",
        "/api/v1/namespaces/default/pods/p/eviction",
        "/openapi/v3/apis/apps/v1?hash=1",
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NSwic3RhcnQiOiJhXHUwMDAwIn0",
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;q=0.5,*/*",
        "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        r#"{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"size","operator":"NotIn","values":["7"]},{"key":"a","operator":"Exists"}]}"#,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}
