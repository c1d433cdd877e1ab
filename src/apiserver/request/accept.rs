//! In which form a client wants its answer.

use http::{HeaderMap, header};

use crate::discovery::AggregatedVersion;
use crate::protobuf;
use crate::status::ApiError;

/// The media type of YAML.
pub(crate) const YAML: &str = "application/yaml";

/// One media range of an Accept header.
#[derive(Debug, Clone, PartialEq)]
struct Range {
    kind: String,
    parameters: Vec<(String, String)>,
    quality: f32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let kind = parts.next().filter(|kind| !kind.is_empty())?.to_ascii_lowercase();
        let parameters: Vec<(String, String)> = parts
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
            .collect();
        let quality = parameters
            .iter()
            .find(|(name, _)| name == "q")
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(1.0);
        Some(Self {
            kind,
            parameters,
            quality,
        })
    }

    fn parameter(&self, name: &str) -> &str {
        self.parameters
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map_or("", |(_, value)| value.as_str())
    }

    fn is_json(&self) -> bool {
        matches!(self.kind.as_str(), "application/json" | "application/*" | "*/*")
    }

    fn is_yaml(&self) -> bool {
        self.kind == YAML
    }

    /// Whether it is a text that is written here.
    fn is_text(&self) -> bool {
        self.is_json() || self.is_yaml()
    }
}

/// In which form objects are answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// Whole objects.
    Object,
    /// A Table of this version of `meta.k8s.io`.
    Table(String),
    /// Their metadata alone.
    Metadata,
}

/// What a client accepts, best first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Accept(Vec<Range>);

impl Accept {
    /// Reads the header; a request without one accepts everything.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut ranges: Vec<Range> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|part| Range::parse(part.trim()))
            .filter(|range| range.quality > 0.0)
            .collect();
        // Stable: of equal quality, the one written first.
        ranges.sort_by(|a, b| b.quality.total_cmp(&a.quality));
        Self(ranges)
    }

    /// The form for objects and lists.
    pub(crate) fn form(&self) -> Result<Form, ApiError> {
        if self.0.is_empty() {
            return Ok(Form::Object);
        }
        self.0
            .iter()
            .filter(|range| range.is_text())
            .find_map(|range| {
                let meta_group = matches!(range.parameter("g"), "" | "meta.k8s.io");
                match (range.parameter("as"), range.parameter("v")) {
                    ("", _) => Some(Form::Object),
                    ("Table", version @ ("v1" | "v1beta1")) if meta_group => {
                        Some(Form::Table(version.to_owned()))
                    }
                    ("PartialObjectMetadata" | "PartialObjectMetadataList", "v1") if meta_group => {
                        Some(Form::Metadata)
                    }
                    _ => None,
                }
            })
            .ok_or_else(ApiError::not_acceptable)
    }

    /// The form for `/api` and `/apis`: the aggregated one where it comes first, else none.
    pub(crate) fn discovery(&self) -> Result<Option<AggregatedVersion>, ApiError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        self.0
            .iter()
            .filter(|range| range.is_text())
            .find_map(|range| match (range.parameter("as"), range.parameter("v")) {
                ("", _) => Some(None),
                ("APIGroupDiscoveryList", "v2") => Some(Some(AggregatedVersion::V2)),
                ("APIGroupDiscoveryList", "v2beta1") => Some(Some(AggregatedVersion::V2Beta1)),
                _ => None,
            })
            .ok_or_else(ApiError::not_acceptable)
    }

    /// Whether refusals have to be told in protobuf: the client reads nothing else that is written here.
    pub(crate) fn only_protobuf(&self) -> bool {
        let protobuf = |range: &Range| range.kind == protobuf::MEDIA_TYPE;
        self.0.iter().any(protobuf) && !self.0.iter().any(Range::is_text)
    }

    /// Whether what is answered as JSON is to be told in YAML.
    pub(crate) fn prefers_yaml(&self) -> bool {
        let best = self.0.iter().find(|range| range.is_text());
        best.is_some_and(Range::is_yaml)
    }

    /// The best of these kinds of content, or none for JSON where that is better or all that is left.
    pub(crate) fn first_of(&self, kinds: &[&'static str]) -> Result<Option<&'static str>, ApiError> {
        let best = self.0.iter().find_map(|range| {
            let kind = kinds.iter().copied().find(|kind| range.kind == *kind);
            if range.is_text() {
                Some(None)
            } else {
                kind.map(Some)
            }
        });
        match best {
            Some(kind) => Ok(kind),
            None => self.json().map(|()| None),
        }
    }

    /// Plain JSON or YAML, or a refusal.
    pub(crate) fn json(&self) -> Result<(), ApiError> {
        if self.0.is_empty() || self.0.iter().any(Range::is_text) {
            Ok(())
        } else {
            Err(ApiError::not_acceptable())
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn accept(text: &str) -> Accept {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(text).unwrap());
        Accept::of(&headers)
    }

    #[test]
    fn the_first_form_that_can_be_written_wins() {
        let table = |version: &str| Some(Form::Table(version.to_owned()));
        let cases = [
            ("", Some(Form::Object)),
            ("*/*", Some(Form::Object)),
            (
                "application/vnd.kubernetes.protobuf, application/json",
                Some(Form::Object),
            ),
            (
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
                table("v1"),
            ),
            (
                "application/json;as=Table;v=v9;g=meta.k8s.io,application/json",
                Some(Form::Object),
            ),
            (
                "application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io",
                table("v1"),
            ),
            (
                "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
                Some(Form::Metadata),
            ),
            ("application/vnd.kubernetes.protobuf", None),
            ("application/xml", None),
            ("application/yaml", Some(Form::Object)),
            ("application/json;q=0", Some(Form::Object)),
        ];
        for (header, expected) in cases {
            assert_eq!(accept(header).form().ok(), expected, "{header}");
        }
    }

    #[test]
    fn aggregated_discovery_is_asked_for_by_version() {
        let cases = [
            (
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json",
                Some(AggregatedVersion::V2),
            ),
            (
                "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json",
                Some(AggregatedVersion::V2Beta1),
            ),
            ("application/json", None),
        ];
        for (header, expected) in cases {
            assert_eq!(accept(header).discovery().unwrap(), expected, "{header}");
        }
    }

    #[test]
    fn yaml_is_written_where_it_comes_first() {
        for (header, yaml) in [
            ("", false),
            ("application/json, application/yaml", false),
            ("application/xml, application/yaml, */*", true),
            ("application/yaml;q=0.1, application/json", false),
        ] {
            assert_eq!(accept(header).prefers_yaml(), yaml, "{header}");
        }
    }

    #[test]
    fn a_kind_of_content_that_can_be_written_is_found() {
        let kinds = ["application/new", "application/old"];
        for (header, found) in [
            ("", Some(None)),
            ("application/json, application/old", Some(None)),
            ("application/old", Some(Some("application/old"))),
            (
                "application/other, application/old;q=0.2, */*;q=0.1",
                Some(Some("application/old")),
            ),
            ("application/other", None),
        ] {
            assert_eq!(accept(header).first_of(&kinds).ok(), found, "{header}");
        }
    }
}
