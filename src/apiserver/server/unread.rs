//! What of a request's body nobody read: a refusal that is given before the body came is lost to clients that still send
//! it, because the stream is closed under them. So the rest is taken in, within bounds, and thrown away.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

/// The most bytes of a body that are thrown away; who sends more is cut off.
const MOST: usize = 8 * 1024 * 1024;

/// How long the rest of a body may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A body that comes back when whoever reads it lets it go before its end.
pub(super) struct Lent<B> {
    body: Option<B>,
    home: Arc<Mutex<Option<B>>>,
}

/// Where it comes back to.
pub(super) struct Home<B>(Arc<Mutex<Option<B>>>);

/// Lends a body to whoever answers.
pub(super) fn lend<B: Body>(body: B) -> (Lent<B>, Home<B>) {
    let home = Arc::new(Mutex::new(None));
    let lent = Lent {
        body: Some(body),
        home: Arc::clone(&home),
    };
    (lent, Home(home))
}

impl<B: Body<Data = Bytes> + Unpin> Home<B> {
    /// Takes in what is left, when the answer is known.
    pub(super) async fn throw_away(self) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = left.filter(|body| !body.is_end_stream()) else {
            return;
        };
        let taken = async {
            let mut taken = 0;
            while let Some(Ok(frame)) = body.frame().await {
                taken += frame.data_ref().map_or(0, Bytes::len);
                if taken > MOST {
                    break;
                }
            }
        };
        let _late = tokio::time::timeout(PATIENCE, taken).await;
    }
}

impl<B> Drop for Lent<B> {
    fn drop(&mut self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take();
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Lent<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::stream;
    use http_body_util::StreamBody;

    use super::*;

    /// A body of so many pieces of 64 KiB, which counts those that are taken.
    fn body(
        pieces: usize,
        taken: &Arc<AtomicUsize>,
    ) -> impl Body<Data = Bytes, Error = std::io::Error> + Unpin {
        let taken = Arc::clone(taken);
        StreamBody::new(stream::iter((0..pieces).map(move |_| {
            taken.fetch_add(1, Ordering::Relaxed);
            Ok(Frame::data(Bytes::from(vec![0; 64 * 1024])))
        })))
    }

    #[tokio::test]
    async fn what_nobody_read_is_taken_in_within_bounds() {
        for (pieces, read, expected) in [(4, 0, 4), (4, 2, 4), (1000, 0, 129)] {
            let taken = Arc::new(AtomicUsize::new(0));
            let (mut lent, home) = lend(body(pieces, &taken));
            for _ in 0..read {
                assert!(lent.frame().await.is_some());
            }
            drop(lent);
            home.throw_away().await;
            assert_eq!(taken.load(Ordering::Relaxed), expected, "{pieces} pieces");
        }
    }

    #[tokio::test]
    async fn who_still_reads_keeps_the_body() {
        let taken = Arc::new(AtomicUsize::new(0));
        let (mut lent, home) = lend(body(2, &taken));
        home.throw_away().await;
        assert!(lent.frame().await.is_some());
        assert_eq!(taken.load(Ordering::Relaxed), 1);
    }
}
