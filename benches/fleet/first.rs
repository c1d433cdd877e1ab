//! The first complete frame over a large fleet, against listing and decoding the same objects.

use std::sync::Arc;

use fleetui_base::clock::SystemClock;
use fleetui_client::{ClientSettings, FleetClient};
use fleetui_connect::{Environment, TargetRequest, resolve};
use fleetui_console::{App, AppOptions, Msg, Painter, update, view};
use futures::future::try_join_all;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Result;
use super::management::Management;
use super::measure::{Samples, print_figure};
use super::objects::VERSION;
use super::program::Program;

/// The terminal that is drawn on.
const SIZE: (u16, u16) = (120, 40);
/// How often each way is taken.
const TIMES: usize = 7;
/// Objects of a page of a list, as the console asks for them.
const PAGE: u32 = 500;

/// Measures all ways, one after the other and again.
pub(crate) async fn measure(management: &Management) -> Result<()> {
    let (machines, count) = (management.machines, management.contexts().len());
    print_figure(
        "over loopback, without TLS",
        &format!("{machines} Machines in {count} management clusters, and what they belong to"),
    );
    let mut lists = Samples::new("list and decode, all at once (kube's client, DynamicObject)");
    let mut frames = Samples::new("first complete frame 120x40, painted (in process)");
    let mut programs = Samples::new("the same in a terminal, from the start of the program");
    for _ in 0..TIMES {
        lists.time_async(list(management)).await?;
        frames.time_async(frame(management)).await?;
        let started = tokio::task::block_in_place(|| {
            let mut program = Program::start(management, SIZE)?;
            let complete = format!("{machines} machines");
            let took = program.until(|screen| screen.contents().contains(&complete))?;
            program.end();
            Result::Ok(took)
        });
        programs.add(started?);
    }
    for samples in [&mut lists, &mut frames, &mut programs] {
        samples.print();
    }
    let times = |samples: &Samples| {
        format!(
            "{:.2} times",
            samples.median().as_secs_f64() / lists.median().as_secs_f64()
        )
    };
    print_figure("first complete frame against list and decode", &times(&frames));
    print_figure("the same, from the start of the program", &times(&programs));
    Ok(())
}

/// Lists and decodes everything, every kind of every management cluster at the same time.
async fn list(management: &Management) -> Result<()> {
    let file = Kubeconfig::read_from(management.kubeconfig())?;
    let mut lists = Vec::new();
    for context in management.contexts() {
        let options = KubeConfigOptions {
            context: Some(context),
            ..KubeConfigOptions::default()
        };
        let client = kube::Client::try_from(Config::from_custom_kubeconfig(file.clone(), &options).await?)?;
        for (group, kind, plural) in Management::kinds() {
            let gvk = GroupVersionKind::gvk(group, VERSION, kind);
            let resource = ApiResource::from_gvk_with_plural(&gvk, plural);
            lists.push(tokio::spawn(pages(Api::all_with(client.clone(), &resource))));
        }
    }
    let mut machines = 0;
    for objects in try_join_all(lists).await? {
        machines += objects?.len();
    }
    if machines < management.machines {
        return Err(format!("{machines} objects were listed").into());
    }
    Ok(())
}

async fn pages(api: Api<DynamicObject>) -> Result<Vec<DynamicObject>> {
    let mut objects = Vec::new();
    let mut parameters = ListParams::default().limit(PAGE);
    loop {
        let page = api.list(&parameters).await?;
        objects.extend(page.items);
        match page.metadata.continue_.filter(|next| !next.is_empty()) {
            Some(next) => parameters = parameters.continue_token(&next),
            None => return Ok(objects),
        }
    }
}

/// Connects as the console does, takes everything in as it comes, and paints once all is there.
async fn frame(management: &Management) -> Result<()> {
    let request = TargetRequest {
        contexts: management.contexts(),
        kubeconfig: Some(management.kubeconfig()),
        environment: Environment::default(),
        ..TargetRequest::default()
    };
    let clock = SystemClock::shared();
    let options = AppOptions {
        size: SIZE,
        ..AppOptions::new(clock.now())?
    };
    let mut app = App::new(options)?;
    let (client, mut updates) =
        FleetClient::start(resolve(&request)?, Arc::clone(&clock), ClientSettings::default());
    let mut painter = Painter::new(Vec::new());
    while app.fleet().len() < expected(management) {
        let Some(first) = updates.recv().await else {
            return Err("the sessions ended".into());
        };
        let mut told = vec![first];
        while let Ok(next) = updates.try_recv() {
            told.push(next);
        }
        update(&mut app, Msg::Fleet(told));
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    view(&app, &mut buffer);
    painter.paint(buffer)?;
    drop(client);
    Ok(())
}

/// All objects: of each cluster seven that are no machines.
fn expected(management: &Management) -> usize {
    management.machines + management.clusters_of_machines() * 7
}
