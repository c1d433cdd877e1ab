//! Members that are reached through forwarded ports of their Pods: they need not be reachable from here.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::Portforwarder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::COMPONENT;
use crate::error::why;
use crate::workloads::{DialEtcd, DialledEtcd, EtcdStream};

/// Where kubeadm lets members listen to clients.
const PORT: u16 = 2379;

/// The members of one workload cluster.
pub(super) struct Forwarded {
    pods: Api<Pod>,
}

impl Forwarded {
    /// Those of the workload cluster behind `client`.
    pub(super) fn new(client: kube::Client) -> Self {
        Self {
            pods: Api::namespaced(client, "kube-system"),
        }
    }
}

impl DialEtcd for Forwarded {
    fn dial<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Result<DialledEtcd, String>> {
        async move {
            let pod = format!("{COMPONENT}-{node}");
            let begun = self.pods.portforward(&pod, &[PORT]).await;
            let mut forwarder = begun.map_err(|error| why(&error))?;
            let end = forwarder.take_error(PORT).map(futures::FutureExt::boxed);
            let Some(stream) = forwarder.take_stream(PORT) else {
                return Err(format!("port {PORT} of Pod {pod} is not forwarded"));
            };
            let stream = Carried {
                stream: Box::new(stream),
                forwarder,
            };
            Ok(DialledEtcd {
                stream: Box::new(stream),
                end,
            })
        }
        .boxed()
    }
}

/// A stream, and what carries it: that ends with it.
struct Carried {
    stream: Box<dyn EtcdStream>,
    forwarder: Portforwarder,
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.forwarder.abort();
    }
}

impl AsyncRead for Carried {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Carried {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
