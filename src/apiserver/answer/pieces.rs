//! A long answer in pieces: the texts of objects as the store holds them, put together while they are sent, so that a
//! list of everything needs no second copy of everything.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

/// About how long a piece is; a longer text is a piece of its own.
const PIECE: usize = 64 * 1024;

/// Texts, one behind the other. Its length is known before it is sent.
pub(super) struct Pieces {
    texts: std::vec::IntoIter<Bytes>,
    left: u64,
}

impl Pieces {
    pub(super) fn new(texts: Vec<Bytes>) -> Self {
        Self {
            left: texts.iter().map(|text| text.len() as u64).sum(),
            texts: texts.into_iter(),
        }
    }

    fn piece(&mut self) -> Option<Bytes> {
        let first = self.texts.next()?;
        if first.len() >= PIECE {
            return Some(first);
        }
        let mut piece = BytesMut::with_capacity(PIECE);
        piece.put(first);
        while let Some(next) = self.texts.as_slice().first()
            && piece.len() + next.len() <= PIECE
        {
            piece.put_slice(next);
            self.texts.next();
        }
        Some(piece.freeze())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.piece();
        let length = piece.as_ref().map_or(0, Bytes::len) as u64;
        self.left = self.left.saturating_sub(length);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn pieces_are_the_texts_in_order() {
        let lengths = [3, PIECE - 10, 7, 1, PIECE, 2 * PIECE, 5, 0, 9];
        let texts: Vec<Bytes> = (b'a'..)
            .zip(lengths)
            .map(|(letter, length)| vec![letter; length].into())
            .collect();
        let whole = texts.concat();
        let body = Pieces::new(texts);
        assert_eq!(body.size_hint().exact(), Some(whole.len() as u64));
        assert_eq!(body.collect().await.unwrap().to_bytes(), whole);
        assert!(Pieces::new(Vec::new()).is_end_stream());
    }
}
