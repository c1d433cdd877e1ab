//! `GET /debug/backup`: everything that the store holds at one revision, for administrators alone: Secrets are in it.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, StatusCode, header};

use crate::answer;
use crate::call::Shared;
use crate::storage::backup::Held;

/// About how long the pieces are in which it is sent.
const PIECE: usize = 64 * 1024;

/// Answers with a backup. The store goes on meanwhile; what it held at this moment is kept until the answer is read.
pub(crate) fn backup(shared: &Shared) -> Response {
    let held = shared.store.read(Held::of);
    let pieces = stream::iter(Pieces(held));
    let mut response = answer::json_text(StatusCode::OK, Body::from_stream(pieces));
    let lines = HeaderValue::from_static("application/jsonl");
    response.headers_mut().insert(header::CONTENT_TYPE, lines);
    response
}

/// The lines of a backup, some at a time.
struct Pieces(Held);

impl Iterator for Pieces {
    type Item = std::io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = String::with_capacity(PIECE);
        while piece.len() < PIECE {
            match self.0.next() {
                Some(Ok(line)) => {
                    piece.push_str(&line);
                    piece.push('\n');
                }
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!piece.is_empty()).then(|| Ok(piece.into()))
    }
}
