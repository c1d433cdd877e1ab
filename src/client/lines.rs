//! Lines of a stream, bounded, and safe to stop waiting for at any moment.

use std::io;

use futures::{AsyncBufRead, AsyncBufReadExt};

/// Longer than any object that an API server stores, with room for its encoding.
const LONGEST_LINE: usize = 32 << 20;

/// Reads a stream line by line. A half-read line is kept when the waiting is given up.
pub(crate) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    complete: bool,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            line: Vec::new(),
            complete: false,
        }
    }

    /// The next line without its end. `None` at the end of the stream; a last line that was cut off is dropped.
    pub(crate) async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if self.complete {
            self.line.clear();
            self.complete = false;
        }
        loop {
            let available = self.reader.fill_buf().await?;
            if available.is_empty() {
                return Ok(None);
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(available.len(), |end| end + 1);
            self.line
                .extend_from_slice(available.get(..end.unwrap_or(taken)).unwrap_or_default());
            self.reader.consume_unpin(taken);
            if self.line.len() > LONGEST_LINE {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "an event is longer than any object can be",
                ));
            }
            if end.is_some() {
                self.complete = true;
                return Ok(Some(&self.line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::io::BufReader;

    use super::*;

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut() {
        let mut lines = Lines::new(BufReader::with_capacity(3, &b"one\n\nthree3\ncut off"[..]));
        let mut read = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            read.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(read, ["one", "", "three3"]);
    }

    #[tokio::test]
    async fn giving_up_loses_nothing() {
        let (sender, receiver) = futures::channel::mpsc::channel::<io::Result<&'static [u8]>>(4);
        let mut sender = sender;
        let mut lines = Lines::new(futures::TryStreamExt::into_async_read(receiver));
        sender.try_send(Ok(b"half")).unwrap();
        assert!(lines.next().now_or_never().is_none(), "no line yet");
        sender.try_send(Ok(b" a line\n")).unwrap();
        assert_eq!(lines.next().await.unwrap(), Some(&b"half a line"[..]));
    }
}
