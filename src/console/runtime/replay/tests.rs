//! A recording is played at its pace, can be halted and left; the loop's own tests hold its frames against what was recorded.

use std::time::Duration;

use futures::StreamExt as _;

use super::*;
use crate::chord::sequence;

/// Plays `path` on a screen of a test.
async fn play(path: &Path, screen: &mut impl Screen, input: impl Stream<Item = Msg>) {
    super::play(open(path).unwrap(), screen, input).await.unwrap();
}

#[test]
fn keys_leave_halt_and_go_on() {
    let key = |text: &str| Some(Msg::Key(sequence(text).unwrap()[0]));
    for leave in ["q", "esc", "ctrl-c"] {
        assert_eq!(wish(key(leave).as_ref()), Wish::Leave);
    }
    assert_eq!(wish(None), Wish::Leave);
    assert_eq!(wish(Some(&Msg::Quit)), Wish::Leave);
    assert_eq!(wish(key("space").as_ref()), Wish::Halt);
    assert_eq!(wish(key("j").as_ref()), Wish::GoOn);
    assert_eq!(wish(Some(&Msg::Resize(80, 24))), Wish::Nothing);
}

#[test]
fn a_file_that_is_none_is_told() {
    let error = replayed(Path::new("/nowhere/recording")).unwrap_err();
    assert_eq!(error.to_string(), "/nowhere/recording cannot be read");
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("recording");
    std::fs::write(&path, "hello\n").unwrap();
    assert!(
        replayed(&path)
            .unwrap_err()
            .to_string()
            .contains("no recording of fleetui")
    );
}

#[tokio::test(start_paused = true)]
async fn keys_of_the_person_are_taken_while_it_waits() {
    let keys = sequence("space space j q").unwrap();
    let input = futures::stream::iter(keys).map(Msg::Key);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("recording");
    let options = crate::sample::options((80, 24));
    let beginning = crate::recording::beginning(&options);
    std::fs::write(&path, beginning + &crate::recording::drawn()).unwrap();
    let began = tokio::time::Instant::now();
    play(&path, &mut Last::default(), input).await;
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_is_played_says_that_it_is_one_and_how_late_it_was() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("recording");
    for (width, told) in [
        (80, "REPLAY 12:00:00Z at its end"),
        (
            160,
            "REPLAY of 2026-08-21 12:00:00 UTC at its end, nothing can be changed",
        ),
    ] {
        let options = crate::sample::options((width, 24));
        let mut lines = crate::recording::beginning(&options);
        let app = crate::sample::app((width, 24));
        for message in [
            Msg::Fleet(crate::sample::updates()),
            Msg::Tick(crate::sample::now()),
        ] {
            lines += &crate::recording::line(&app, &message);
        }
        std::fs::write(&path, lines).unwrap();
        let mut screen = Last::default();
        let leaves = futures::stream::once(async {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Msg::Quit
        });
        play(&path, &mut screen, leaves).await;
        let frame = screen.0;
        assert!(
            frame.lines().next().unwrap().trim_end().ends_with(told),
            "{frame}"
        );
        assert!(frame.contains("the recording ends here  q leaves"), "{frame}");
        assert!(!frame.contains("READ-WRITE"));
        let as_it_was = replayed(&path).unwrap().0.plain();
        assert!(as_it_was.contains("READ-WRITE") && !as_it_was.contains("REPLAY"));
    }
}

/// A screen that keeps what was drawn last.
#[derive(Default)]
struct Last(String);

impl Screen for Last {
    fn size(&self) -> Option<(u16, u16)> {
        None
    }

    fn draw(&mut self, app: &crate::app::App) -> std::io::Result<()> {
        self.0 = Frame::of(app).plain();
        Ok(())
    }

    fn forget(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _: &str) -> std::io::Result<()> {
        Ok(())
    }

    fn mouse(&mut self, _: bool) -> std::io::Result<()> {
        Ok(())
    }

    fn stop(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    async fn lend(&mut self, _: &fleetui_base::Shown) -> std::io::Result<()> {
        Ok(())
    }

    fn retake(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn is_there(&self) -> bool {
        true
    }
}
