//! What is done to an answer on its way out, whichever it is: long ones are compressed for who reads gzip, and who asked
//! for the head alone gets no body.
//!
//! Must not know: what is answered. A watch has no known length, and so is never held up by a compressor.

use std::io::Write as _;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Method};
use http_body::Body as _;
use http_body_util::BodyExt;

use crate::request::accept::YAML;
use crate::status::ApiError;

/// Answers from this length on are compressed, as upstream.
const LONG: u64 = 128 * 1024;

/// Tells an answer in YAML that is in JSON and has an end. Others stay as they are.
pub(crate) async fn in_yaml(response: Response) -> Response {
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !is_json || response.body().size_hint().exact().is_none() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // It is all here already, and only handed over.
    let Ok(whole) = body.collect().await else {
        return ApiError::internal("the answer is not whole").into_response();
    };
    let whole = whole.to_bytes();
    let written = serde_json::from_slice::<serde_json::Value>(&whole)
        .ok()
        .and_then(|value| serde_yaml::to_string(&value).ok());
    let Some(text) = written else {
        return ApiError::internal("the answer cannot be told in YAML").into_response();
    };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(YAML));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}

/// Finishes the answer to a request of this method with these headers.
pub(crate) fn finish(method: &Method, request: &HeaderMap, mut response: Response) -> Response {
    let length = response.body().size_hint().exact();
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
        if let Some(length) = length {
            response
                .headers_mut()
                .insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        return response;
    }
    let long = length.is_some_and(|length| length >= LONG);
    if !long || !accepts_gzip(request) || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.append(VARY, HeaderValue::from(ACCEPT_ENCODING));
    headers.remove(CONTENT_LENGTH);
    response.map(compressed)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let refused = parts.any(|part| {
                let quality = part.strip_prefix("q=").and_then(|text| text.parse::<f32>().ok());
                quality == Some(0.0)
            });
            gzip && !refused
        })
}

/// What compresses, and what it compresses.
struct Compressing {
    body: Body,
    encoder: GzEncoder<Vec<u8>>,
}

/// The body, compressed piece by piece while it is sent. The quickest level, as upstream: the wire is seldom slower.
fn compressed(body: Body) -> Body {
    let start = Compressing {
        body,
        encoder: GzEncoder::new(Vec::new(), Compression::fast()),
    };
    Body::from_stream(stream::try_unfold(Some(start), |state| async move {
        let Some(mut compressing) = state else {
            return Ok(None);
        };
        while let Some(frame) = compressing.body.frame().await {
            if let Ok(data) = frame?.into_data() {
                compressing.encoder.write_all(&data).map_err(axum::Error::new)?;
                let written = std::mem::take(compressing.encoder.get_mut());
                if !written.is_empty() {
                    return Ok(Some((Bytes::from(written), Some(compressing))));
                }
            }
        }
        let rest = compressing.encoder.finish().map_err(axum::Error::new)?;
        Ok::<_, axum::Error>(Some((Bytes::from(rest), None)))
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn answer(length: usize) -> (Vec<u8>, Response) {
        let text: Vec<u8> = (0..=250_u8).cycle().take(length).collect();
        (text.clone(), Response::new(Body::from(text)))
    }

    fn accepting(coding: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, coding.parse().unwrap());
        headers
    }

    async fn body(response: Response) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn long_answers_are_compressed_for_who_reads_it() {
        let (text, response) = answer(300_000);
        let response = finish(&Method::GET, &accepting("br, gzip;q=0.5"), response);
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
        let compressed = body(response).await;
        assert!(compressed.len() < text.len() / 2, "{}", compressed.len());
        let mut read = Vec::new();
        flate2::read::GzDecoder::new(&compressed[..])
            .read_to_end(&mut read)
            .unwrap();
        assert_eq!(read, text);
    }

    #[tokio::test]
    async fn others_are_left_as_they_are() {
        for (coding, length) in [
            ("gzip", 131_071),
            ("", 300_000),
            ("br", 300_000),
            ("gzip;q=0", 300_000),
            ("gzipped", 300_000),
        ] {
            let (text, response) = answer(length);
            let response = finish(&Method::GET, &accepting(coding), response);
            assert!(
                !response.headers().contains_key(CONTENT_ENCODING),
                "{coding} {length}"
            );
            assert_eq!(body(response).await, text);
        }
        let endless = Response::new(Body::from_stream(stream::iter([Ok::<_, axum::Error>(
            Bytes::from(vec![0; 300_000]),
        )])));
        let response = finish(&Method::GET, &accepting("gzip"), endless);
        assert!(!response.headers().contains_key(CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn a_head_says_how_long_the_body_would_be() {
        let (_, response) = answer(300_000);
        let response = finish(&Method::HEAD, &accepting("gzip"), response);
        assert_eq!(response.headers()[CONTENT_LENGTH], "300000");
        assert_eq!(body(response).await, "");
    }
}
