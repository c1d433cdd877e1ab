//! Where a supervisor asks whether the controllers are well, and a collector how much they do: `/healthz`, `/readyz`,
//! `/metrics`, in plain HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use color_eyre::eyre::WrapErr as _;
use fleetui_controllers::{ControllersHandle, Metrics, Readiness};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What is told of the manager. It changes when the manager begins to lead, or leads no more.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Of the manager while it leads.
    readiness: Option<Readiness>,
    /// Of when it led last.
    metrics: Option<Arc<Metrics>>,
}

impl Health {
    /// The manager works from now on, with these controllers.
    pub(crate) fn working(&self, controllers: &ControllersHandle) {
        *self.state() = State {
            readiness: Some(controllers.readiness()),
            metrics: Some(controllers.metrics()),
        };
    }

    /// The manager waits for its turn.
    pub(crate) fn waiting(&self) {
        self.state().readiness = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that waits is ready to follow.
    fn is_ready(&self) -> bool {
        self.state().readiness.as_ref().is_none_or(Readiness::is_ready)
    }

    fn text(&self) -> String {
        let state = self.state();
        let leads = u8::from(state.readiness.is_some());
        let mut text = format!(
            "# HELP leader_election_master_status Whether this manager leads.\n# TYPE leader_election_master_status gauge\nleader_election_master_status{{name=\"fleetui-controllers\"}} {leads}\n"
        );
        // Its text ends with the mark of the end.
        text.push_str(
            &state
                .metrics
                .as_ref()
                .map_or_else(|| "# EOF\n".to_owned(), |metrics| metrics.text()),
        );
        text
    }
}

/// Serves until the process ends; answers with the address that it has.
pub(crate) async fn serve(
    address: SocketAddr,
    health: Health,
) -> color_eyre::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(address)
        .await
        .wrap_err_with(|| format!("{address} cannot be listened on"))?;
    let address = listener.local_addr()?;
    let (ready, metrics) = (health.clone(), health);
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route(
            "/readyz",
            get(move || async move {
                if ready.is_ready() {
                    (StatusCode::OK, "ok")
                } else {
                    (
                        StatusCode::SERVICE_UNAVAILABLE,
                        "the objects are still being listed",
                    )
                }
            }),
        )
        .route(
            "/metrics",
            get(move || async move {
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                ([(header::CONTENT_TYPE, kind)], metrics.text())
            }),
        );
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "health is no longer told");
        }
    });
    Ok((address, serving))
}
