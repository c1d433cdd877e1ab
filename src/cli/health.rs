//! Where a supervisor asks whether the controllers are well, and a collector how much they do: `/healthz`, `/readyz`,
//! `/metrics`, in plain HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use color_eyre::eyre::{Report, WrapErr as _, eyre};
use fleetui_controllers::{ControllersHandle, Metrics, Readiness};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What is told of the manager. It changes when the manager begins to lead, or leads no more.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Of the manager while it leads.
    readiness: Option<Readiness>,
    /// Of when it led last.
    metrics: Option<Arc<Metrics>>,
    /// Why it is of no use any more.
    broken: Option<String>,
}

impl Health {
    /// The manager works from now on, with these controllers.
    pub(crate) fn working(&self, controllers: &ControllersHandle) {
        *self.state() = State {
            readiness: Some(controllers.readiness()),
            metrics: Some(controllers.metrics()),
            broken: None,
        };
    }

    /// The manager waits for its turn.
    pub(crate) fn waiting(&self) {
        self.state().readiness = None;
    }

    /// A part of the manager works no longer.
    pub(crate) fn broken(&self, why: &str) {
        let mut state = self.state();
        state.readiness = None;
        state.broken = Some(why.to_owned());
    }

    /// Why it is not well, where it is not.
    pub(crate) fn complaint(&self) -> Option<String> {
        self.state().broken.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that waits is ready to follow.
    fn is_ready(&self) -> bool {
        let state = self.state();
        state.broken.is_none() && state.readiness.as_ref().is_none_or(Readiness::is_ready)
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

/// The task that tells of health, where there is one. Dropping it ends the task.
#[derive(Default)]
pub(crate) struct Telling(JoinSet<std::io::Result<()>>);

impl Telling {
    /// Waits until it tells no more, which it does not by itself.
    pub(crate) async fn ended(&mut self) -> Report {
        match self.0.join_next().await {
            Some(ended) => eyre!("health is no longer told: {ended:?}"),
            None => std::future::pending().await,
        }
    }
}

/// Serves until what is answered is dropped; answers with the address that it has, too.
pub(crate) async fn serve(address: SocketAddr, health: Health) -> color_eyre::Result<(SocketAddr, Telling)> {
    let listener = TcpListener::bind(address)
        .await
        .wrap_err_with(|| format!("{address} cannot be listened on"))?;
    let address = listener.local_addr()?;
    let (well, ready, metrics) = (health.clone(), health.clone(), health);
    let router = Router::new()
        .route(
            "/healthz",
            get(move || async move {
                match well.complaint() {
                    None => (StatusCode::OK, "ok".to_owned()),
                    Some(complaint) => (StatusCode::INTERNAL_SERVER_ERROR, complaint),
                }
            }),
        )
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
    let mut telling = Telling::default();
    telling
        .0
        .spawn(async move { axum::serve(listener, router).await });
    Ok((address, telling))
}
