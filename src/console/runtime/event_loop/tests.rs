//! The loop over a scripted terminal and a scripted fleet, with paused time.

use std::sync::{Arc, Mutex};

use fleetui_base::clock::FrozenClock;
use futures::FutureExt;
use futures::future::BoxFuture;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::working_in::share;
use super::*;
use crate::chord::{Chord, Named, sequence};
use crate::document::Document;
use crate::effect::{Answer, Request};
use crate::sample::{now, options, session, updates};
use fleetui_fleet::session::Connection;

/// A screen of cells that counts its draws.
struct Cells {
    terminal: Terminal<TestBackend>,
    draws: Arc<Mutex<Vec<String>>>,
    copied: Arc<Mutex<Vec<String>>>,
    there: bool,
}

impl Cells {
    fn new(width: u16, height: u16) -> Self {
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        Self {
            terminal,
            draws: Arc::default(),
            copied: Arc::default(),
            there: true,
        }
    }
}

impl Screen for Cells {
    fn size(&self) -> Option<(u16, u16)> {
        let size = self.terminal.size().ok()?;
        Some((size.width, size.height))
    }

    fn draw(&mut self, app: &App) -> io::Result<()> {
        self.terminal
            .draw(|frame| crate::view::view(app, frame.buffer_mut()))
            .unwrap();
        self.draws
            .lock()
            .unwrap()
            .push(self.terminal.backend().to_string());
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.copied.lock().unwrap().push(text.to_owned());
        Ok(())
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.copied.lock().unwrap().push(format!("mouse {on}"));
        Ok(())
    }

    fn stop(&mut self) -> io::Result<()> {
        self.copied.lock().unwrap().push("stopped".to_owned());
        Ok(())
    }

    fn retake(&mut self) -> io::Result<()> {
        self.copied.lock().unwrap().push("taken again".to_owned());
        Ok(())
    }

    async fn lend(&mut self, what: &Shown) -> io::Result<()> {
        self.copied.lock().unwrap().push(format!("lent: {what}"));
        Ok(())
    }

    fn is_there(&self) -> bool {
        self.there
    }
}

/// Reads objects; everything else takes for ever.
struct Scripted;

impl Fleet for Scripted {
    fn execute(&self, request: Request) -> BoxFuture<'static, Answer> {
        match request {
            Request::Read { key, .. } => async move {
                let object =
                    serde_json::json!({"kind": "Cluster", "metadata": {"name": key.object.name.as_str()}});
                Answer::Object(Arc::new(Document::new(object)))
            }
            .boxed(),
            Request::Events { .. } => async move { Answer::Events(Arc::default(), false) }.boxed(),
            // Only a person could answer.
            Request::LogIn(name) if name.as_str() == "mgmt-taipei" => async move {
                sleep(Duration::from_mins(2)).await;
                Answer::Accepted(Vec::new())
            }
            .boxed(),
            Request::Act(..)
            | Request::Inspect(..)
            | Request::Editable { .. }
            | Request::Gather(_)
            | Request::LookAtWalks(_)
            | Request::Walk(..)
            | Request::Nodes(..)
            | Request::Drain(..)
            | Request::Kubeconfig { .. }
            | Request::Creations(_)
            | Request::LookAtCreation(_)
            | Request::Create(..)
            | Request::CleanUpCreation(..)
            | Request::ForgetCreation(_)
            | Request::Namespace(..)
            | Request::CreationTold(..)
            | Request::Reconnect(_)
            | Request::Disconnect(_)
            | Request::LookUp(..)
            | Request::Originals(..)
            | Request::LogIn(_) => std::future::pending().boxed(),
        }
    }

    fn make_ready(&self, request: Request) -> BoxFuture<'static, Result<AtTerminal, Answer>> {
        if Self::is_held(&request) {
            return std::future::pending().boxed();
        }
        std::future::ready(Ok(self.execute(request))).boxed()
    }
}

impl Scripted {
    /// What is not ready for the terminal for as long as the test lasts.
    fn is_held(request: &Request) -> bool {
        matches!(request, Request::LogIn(name) if name.as_str() == "mgmt-tokyo")
    }
}

fn event_loop() -> EventLoop<Scripted> {
    let app = App::new(options((80, 24))).unwrap();
    EventLoop::new(app, Arc::new(Scripted), FrozenClock::at(now()))
}

fn keys(text: &str) -> Vec<Msg> {
    sequence(text).unwrap().into_iter().map(Msg::Key).collect()
}

/// Keys, each given when `pace` has passed.
fn typed(text: &str, pace: Duration) -> impl Stream<Item = Msg> {
    futures::stream::iter(keys(text)).then(move |message| async move {
        sleep(pace).await;
        message
    })
}

#[tokio::test(start_paused = true)]
async fn a_key_is_drawn_at_once_and_its_effects_are_done() {
    let mut screen = Cells::new(80, 24);
    let draws = Arc::clone(&screen.draws);
    let copied = Arc::clone(&screen.copied);
    let (sender, receiver) = mpsc::channel(64);
    for told in updates() {
        sender.send(told).await.unwrap();
    }
    let input = typed("j c y q q", Duration::from_secs(1));
    event_loop().run(&mut screen, input, receiver).await.unwrap();
    assert_eq!(*copied.lock().unwrap(), ["byoh-cluster"]);
    let draws = draws.lock().unwrap();
    assert!(draws.iter().any(|draw| draw.contains("copied byoh-cluster")));
    assert!(
        draws.iter().any(|draw| draw.contains("name: byoh-cluster")),
        "the object was read and shown"
    );
    drop(sender);
}

#[tokio::test(start_paused = true)]
async fn anchor_15_32_a_storm_of_updates_is_coalesced_and_does_not_hold_keys() {
    let mut screen = Cells::new(80, 24);
    let draws = Arc::clone(&screen.draws);
    let (sender, receiver) = mpsc::channel(8);
    let storm = tokio::spawn(async move {
        for round in 0..1_000_u64 {
            let connection = Connection::Syncing {
                done: usize::try_from(round).unwrap(),
                total: 1_000,
            };
            if sender.send(session("mgmt-taipei", connection)).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(1)).await;
        }
        std::future::pending::<()>().await;
    });
    let input = typed("? ctrl-c", Duration::from_millis(505));
    event_loop().run(&mut screen, input, receiver).await.unwrap();
    storm.abort();
    let draws = draws.lock().unwrap();
    assert!(draws.len() <= 14, "{} draws in a second", draws.len());
    assert!(draws.iter().any(|draw| draw.contains("Help: Fleet tree")));
}

#[tokio::test(start_paused = true)]
async fn anchor_71_nothing_is_drawn_when_nothing_changed() {
    let mut screen = Cells::new(80, 24);
    let draws = Arc::clone(&screen.draws);
    let (sender, receiver) = mpsc::channel(8);
    sender
        .send(session("mgmt-taipei", Connection::Live))
        .await
        .unwrap();
    let input = typed("ctrl-c", Duration::from_secs(3_601));
    event_loop().run(&mut screen, input, receiver).await.unwrap();
    assert!(
        draws.lock().unwrap().len() <= 3,
        "{} draws in a quiet hour",
        draws.lock().unwrap().len()
    );
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_terminal_or_of_its_input_ends_the_loop() {
    let (_sender, receiver) = mpsc::channel(8);
    event_loop()
        .run(&mut Cells::new(80, 24), futures::stream::empty(), receiver)
        .await
        .unwrap();
    let (_sender, receiver) = mpsc::channel(8);
    let mut screen = Cells::new(80, 24);
    screen.there = false;
    event_loop()
        .run(&mut screen, futures::stream::pending(), receiver)
        .await
        .unwrap();
    let (_sender, receiver) = mpsc::channel(8);
    let input = futures::stream::iter([Msg::Quit]).chain(futures::stream::pending());
    event_loop()
        .run(&mut Cells::new(80, 24), input, receiver)
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_size_that_nobody_told_is_noticed() {
    let (_sender, receiver) = mpsc::channel(8);
    let mut screen = Cells::new(50, 10);
    let draws = Arc::clone(&screen.draws);
    // The last message of a storm tells a size that is not the terminal's any more.
    let told = futures::stream::iter([Msg::Resize(137, 44)]);
    let later = futures::stream::once(tokio::time::sleep(Duration::from_secs(10))).map(|()| Msg::Quit);
    event_loop()
        .run(&mut screen, told.chain(Box::pin(later)), receiver)
        .await
        .unwrap();
    let last = draws.lock().unwrap().last().cloned().unwrap();
    assert!(last.contains("60x15"), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_settled_frame_is_given_and_one_that_takes_too_long_is_not() {
    use crate::runtime::{FrameConfig, FrameError, frame};
    let config = |keys: Vec<Chord>| FrameConfig {
        options: options((80, 24)),
        clock: FrozenClock::at(now()),
        keys,
        limit: Duration::from_secs(5),
        record: None,
    };
    let (sender, receiver) = mpsc::channel(64);
    for told in updates() {
        sender.send(told).await.unwrap();
    }
    let settled = frame(config(sequence("j y").unwrap()), Arc::new(Scripted), receiver)
        .await
        .unwrap();
    assert!(
        settled.plain().contains("name: byoh-cluster"),
        "{}",
        settled.plain()
    );
    assert!(settled.ansi().contains("\u{1b}["));
    let (sender, receiver) = mpsc::channel(64);
    sender
        .send(session("mgmt-taipei", Connection::Connecting))
        .await
        .unwrap();
    let error = frame(config(Vec::new()), Arc::new(Scripted), receiver)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, FrameError::TimedOut { waiting, .. } if waiting == "mgmt-taipei is connecting"),
        "{error}"
    );
}

/// Messages that another task puts in. As the terminal's stream does, it keeps the first waker that it was polled with
/// until it has woken it.
#[derive(Clone, Default)]
struct Stubborn(Arc<Mutex<(std::collections::VecDeque<Msg>, Option<std::task::Waker>)>>);

impl Stubborn {
    fn put(&self, messages: Vec<Msg>) {
        let waker = {
            let mut inner = self.0.lock().unwrap();
            inner.0.extend(messages);
            inner.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Stream for Stubborn {
    type Item = Msg;

    fn poll_next(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Option<Msg>> {
        let mut inner = self.0.lock().unwrap();
        if let Some(message) = inner.0.pop_front() {
            return Poll::Ready(Some(message));
        }
        inner.1.get_or_insert_with(|| context.waker().clone());
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn anchor_15_a_key_after_others_wakes_the_loop_at_once() {
    let input = Stubborn::default();
    let typist = {
        let input = input.clone();
        tokio::spawn(async move {
            for keys_of in ["j j", "k", "? esc", "ctrl-c"] {
                sleep(Duration::from_millis(100)).await;
                input.put(keys(keys_of));
            }
        })
    };
    let (_sender, receiver) = mpsc::channel(8);
    let began = tokio::time::Instant::now();
    event_loop()
        .run(&mut Cells::new(80, 24), input, receiver)
        .await
        .unwrap();
    typist.await.unwrap();
    assert!(
        began.elapsed() < Duration::from_millis(500),
        "keys waited: {:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_recorded_is_played_with_the_same_frames() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("recording");
    let mut recorder = Recorder::create(&path).unwrap();
    let options = options((80, 24));
    recorder.begin(&options).unwrap();
    let mut screen = Cells::new(80, 24);
    let draws = Arc::clone(&screen.draws);
    let (sender, receiver) = mpsc::channel(64);
    for told in updates() {
        sender.send(told).await.unwrap();
    }
    let mut with_it = event_loop();
    with_it.record(Some(recorder));
    let input = typed("j j y G q ? j q ctrl-z q", Duration::from_secs(1));
    with_it.run(&mut screen, input, receiver).await.unwrap();
    drop((sender, with_it));
    let with_it = draws.lock().unwrap().clone();
    // Played as it came about, and left when its end has been seen.
    let mut screen = Cells::new(80, 24);
    let draws = Arc::clone(&screen.draws);
    let leave = typed("q", Duration::from_mins(10));
    let text = std::fs::read_to_string(&path).unwrap();
    let replay = crate::recording::Replay::new(&text).unwrap();
    crate::runtime::replay::play(replay, &mut screen, leave)
        .await
        .unwrap();
    let mut played = draws.lock().unwrap().clone();
    // The end is drawn once more, to stay, and says that it is the end.
    assert!(played.pop().unwrap().contains("at its end"));
    assert_eq!(played, with_it);
    assert!(with_it.len() > 8, "{} frames", with_it.len());
    // The file is its owner's alone, and is never written over.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    assert!(Recorder::create(&path).is_err());
}

#[tokio::test(start_paused = true)]
async fn the_mouse_is_taken_and_left_as_the_person_says() {
    let app = App::new(crate::app::AppOptions {
        mouse: true,
        ..options((80, 24))
    })
    .unwrap();
    let mut screen = Cells::new(80, 24);
    let copied = Arc::clone(&screen.copied);
    let (_sender, receiver) = mpsc::channel(8);
    let input = typed(": m o u s e enter ctrl-c", Duration::from_millis(10));
    let mut asked = EventLoop::new(app, Arc::new(Scripted), FrozenClock::at(now()));
    asked.run(&mut screen, input, receiver).await.unwrap();
    assert_eq!(*copied.lock().unwrap(), ["mouse true", "mouse false"]);
}

#[tokio::test(start_paused = true)]
async fn anchor_71_a_thin_line_is_drawn_on_less_often() {
    let mut draws = Vec::new();
    for low_bandwidth in [false, true] {
        let mut options = options((80, 24));
        options.basis.choices.low_bandwidth = low_bandwidth;
        let mut screen = Cells::new(80, 24);
        let seen = Arc::clone(&screen.draws);
        let (sender, receiver) = mpsc::channel(8);
        let told = tokio::spawn(async move {
            for done in 0..60 {
                let connection = Connection::Syncing { done, total: 60 };
                if sender.send(session("mgmt-taipei", connection)).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        });
        let input = typed("ctrl-c", Duration::from_secs(3));
        let app = App::new(options).unwrap();
        let mut on_line = EventLoop::new(app, Arc::new(Scripted), FrozenClock::at(now()));
        on_line.run(&mut screen, input, receiver).await.unwrap();
        told.abort();
        draws.push(seen.lock().unwrap().len());
    }
    // Ten a second, and two a second.
    assert!(draws[0] > 25 && draws[1] < 10, "{draws:?}");
}

#[tokio::test(start_paused = true)]
async fn anchor_17_who_logs_in_has_the_terminal_alone_and_then_it_is_ours_again() {
    let (_sender, receiver) = mpsc::channel(8);
    let mut screen = Cells::new(80, 24);
    let (happened, draws) = (Arc::clone(&screen.copied), Arc::clone(&screen.draws));
    let asked = futures::stream::iter(keys(": l o g i n enter"));
    // What comes meanwhile is no command: it was typed before the terminal was lent.
    let meanwhile = futures::stream::once(sleep(Duration::from_mins(1)).map(|()| Msg::Key(Chord::char('q'))));
    let later = futures::stream::once(sleep(Duration::from_mins(3)).map(|()| Msg::Quit));
    let mut looped = event_loop();
    update(&mut looped.app, Msg::Fleet(updates()));
    let input = asked.chain(Box::pin(meanwhile)).chain(Box::pin(later));
    let drawn_before = draws.lock().unwrap().len();
    looped.run(&mut screen, input, receiver).await.unwrap();
    let happened = happened.lock().unwrap().clone();
    assert!(
        happened[0].starts_with("lent: fleetui: logging in to mgmt-taipei"),
        "{happened:?}"
    );
    assert_eq!(happened[1], "taken again");
    let draws = draws.lock().unwrap();
    assert!(draws.len() > drawn_before);
    assert!(draws.iter().any(|draw| draw.contains("logged in to mgmt-taipei")));
}

#[tokio::test(start_paused = true)]
async fn anchor_16_what_is_not_ready_for_the_terminal_leaves_the_screen_where_it_is_and_can_be_left() {
    let mut screen = Cells::new(120, 30);
    let (happened, draws) = (Arc::clone(&screen.copied), Arc::clone(&screen.draws));
    let (_sender, receiver) = mpsc::channel(8);
    let mut looped = event_loop();
    update(&mut looped.app, Msg::Fleet(updates()));
    let asked = keys(": l o g i n space m g m t - t o k y o enter");
    let left = keys("esc c q q");
    let paced = asked.into_iter().chain(left);
    let input = futures::stream::iter(paced).then(|message| async {
        sleep(Duration::from_secs(1)).await;
        message
    });
    looped.run(&mut screen, input, receiver).await.unwrap();
    assert_eq!(
        happened.lock().unwrap().len(),
        1,
        "a name was copied, and nothing lent"
    );
    let draws = draws.lock().unwrap();
    assert!(draws.iter().any(|draw| draw.contains("esc gives up")));
    assert!(draws.iter().any(|draw| draw.contains("given up")));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_lost_while_somebody_logs_in_ends_both_and_the_place_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (_sender, receiver) = mpsc::channel(8);
    let mut looped = event_loop();
    update(&mut looped.app, Msg::Fleet(updates()));
    looped.keeps_in(Some(directory.path().to_owned()), true);
    let asked = futures::stream::iter(keys(": l o g i n space m g m t - l a b enter"));
    let lost = futures::stream::once(sleep(Duration::from_mins(1)).map(|()| Msg::HungUp));
    let input = asked.chain(Box::pin(lost)).chain(futures::stream::pending());
    looped
        .run(&mut Cells::new(80, 24), input, receiver)
        .await
        .unwrap();
    let kept = super::super::kept::take(directory.path(), now()).unwrap();
    assert_eq!(kept.fleet.len(), 3);
}

/// A fleet that takes more than one share to work in.
fn large_fleet() -> Vec<Update> {
    let names: Vec<(String, String)> = (0..40)
        .map(|number| (format!("m{number:04}"), format!("node-{number}")))
        .collect();
    let workers: Vec<(&str, &str)> = names
        .iter()
        .map(|(name, node)| (name.as_str(), node.as_str()))
        .collect();
    let objects = |cluster: usize| {
        let name = format!("cluster-{cluster:03}");
        crate::sample::objects("mgmt-tokyo", &crate::sample::cluster(&name, &workers, None))
    };
    std::iter::once(session("mgmt-tokyo", Connection::Live))
        .chain((0..60).map(objects))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_key_is_served_between_the_shares_of_a_large_change() {
    let mut screen = Cells::new(80, 24);
    let draws = Arc::clone(&screen.draws);
    let frames = || draws.lock().unwrap().len();
    let mut event_loop = event_loop();
    event_loop.settle(false, &mut screen).unwrap();
    event_loop.gate = None;
    let before = frames();
    event_loop.held = large_fleet();
    let mut shares = 0;
    while event_loop.has_work() {
        let pressed = shares == 1;
        if pressed {
            event_loop
                .message(Msg::Key(Chord::char('?')), &mut screen)
                .unwrap();
        }
        event_loop.settle(pressed, &mut screen).unwrap();
        if pressed {
            assert_eq!(frames(), before + 1, "who typed sees what came of it at once");
            assert!(event_loop.has_work());
            event_loop
                .message(Msg::Key(Chord::named(Named::Esc)), &mut screen)
                .unwrap();
        } else if event_loop.has_work() {
            assert!(frames() <= before + 1, "half a change is not shown");
        }
        shares += 1;
    }
    assert!(shares > 2, "{shares} shares");
    assert!(event_loop.gate.is_some(), "then others get at the processor");
    let draws = draws.lock().unwrap();
    assert_eq!(draws.len(), before + 2);
    assert!(
        draws.last().unwrap().contains("60 clusters"),
        "{}",
        draws.last().unwrap()
    );
}

#[test]
fn what_is_held_is_taken_by_shares_in_its_order() {
    let all = large_fleet();
    let mut held = all.clone();
    let mut taken = Vec::new();
    let mut shares = 0;
    while !held.is_empty() {
        let next = share(&mut held);
        assert!(!next.is_empty());
        taken.extend(next);
        shares += 1;
    }
    let written = |updates: &[Update]| serde_json::to_string(updates).unwrap();
    assert_eq!(written(&taken), written(&all));
    assert!(shares > 1);
    let mut small = updates();
    assert_eq!(written(&share(&mut small)), written(&updates()));
    assert!(small.is_empty());
}
