//! What the targets share: the corpus begins with the inputs that the server's own module names.

use std::path::Path;

use fleetui_apiserver::fuzzing;

/// Writes the seeds of a target into its corpus, which is the first folder among the arguments. Without one, as when a single
/// input is tried again, nothing is written.
pub fn plant(target: &str) {
    let Some(corpus) = std::env::args()
        .skip(1)
        .find(|argument| Path::new(argument).is_dir())
    else {
        return;
    };
    for (number, seed) in fuzzing::seeds(target).iter().enumerate() {
        let path = Path::new(&corpus).join(format!("seed-{number:03}"));
        // Who cannot write there starts from what is there.
        let _ = std::fs::write(path, seed);
    }
}
