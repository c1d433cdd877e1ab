//! The nodes of 200 workload clusters on demand: what the loop does for each answer, and for a key while they come in.

use std::collections::VecDeque;

use fleetui_console::chord::sequence;
use fleetui_console::effect::Workload;
use fleetui_console::{
    Action, Answer, App, AppOptions, Effect, EffectId, Msg, Outcome, Request, update, view,
};
use fleetui_fleet::Update;
use fleetui_fleet::workload::WorkloadNode;
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::json;

use crate::measure::{Samples, print_figure};

/// Workload clusters.
pub(crate) const CLUSTERS: usize = 200;
/// Nodes of each.
pub(crate) const NODES: usize = 20;
/// The terminal that is drawn on.
const SIZE: (u16, u16) = (200, 60);

/// Measures it over a fleet of so many clusters.
pub(crate) fn measure(fleet: Vec<Update>, now: Timestamp) {
    let began = AppOptions::new(now).and_then(|options| {
        App::new(AppOptions {
            size: SIZE,
            ..options
        })
    });
    let (mut app, keys) = match (began, sequence(": n o d e s enter")) {
        (Ok(app), Ok(keys)) => (app, keys),
        (Err(error), _) => return print_figure("the console did not begin", &error.to_string()),
        (_, Err(error)) => return print_figure("no keys", &error.to_string()),
    };
    update(&mut app, Msg::Resize(SIZE.0, SIZE.1));
    update(&mut app, Msg::Fleet(fleet));
    let mut asked = VecDeque::new();
    for key in keys {
        asked.extend(asks(&update(&mut app, Msg::Key(key))));
    }
    let at_first = asked.len();
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let mut answers = Samples::new("200 clusters, 4,000 nodes: take in the nodes of one cluster, and draw");
    let mut pressing = Samples::new("the same: key to frame while they come in");
    let (mut answered, mut most) = (0, at_first);
    let down = sequence("j").ok().and_then(|keys| keys.first().copied());
    while let Some(id) = asked.pop_front() {
        let outcome = Outcome {
            id,
            answer: Answer::Workload(Box::new(Workload::Nodes(nodes(answered)))),
        };
        answered += 1;
        let effects = answers.time(|| {
            let effects = update(&mut app, Msg::Outcome(outcome));
            view(&app, &mut Buffer::empty(area));
            effects
        });
        asked.extend(asks(&effects));
        most = most.max(asked.len());
        if let Some(down) = down {
            pressing.time(|| {
                update(&mut app, Msg::Key(down));
                view(&app, &mut Buffer::empty(area));
            });
        }
    }
    answers.print();
    pressing.print();
    print_figure("clusters that answered", &answered.to_string());
    print_figure("clusters that were asked at once", &most.to_string());
}

fn asks(effects: &[Effect]) -> Vec<EffectId> {
    let asks = effects
        .iter()
        .filter(|effect| matches!(effect.action, Action::Ask(Request::Nodes(..))));
    asks.map(|effect| effect.id).collect()
}

fn nodes(cluster: usize) -> Vec<WorkloadNode> {
    let read = (0..NODES).map(|index| {
        let ready = if index % 7 == 3 { "False" } else { "True" };
        let name = format!("node-{cluster:03}-{index:02}");
        let object = json!({
            "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-06-01T11:00:00Z"},
            "status": {"conditions": [{"type": "Ready", "status": ready, "message": "cni plugin not initialized"}],
                "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}], "nodeInfo": {"kubeletVersion": "v1.31.2"}},
        });
        WorkloadNode::read(&object.to_string())
    });
    read.flatten().collect()
}
