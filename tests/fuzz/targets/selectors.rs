//! Fuzzes `fleetui_apiserver::fuzzing::selectors`, which says what an input is.
#![no_main]

use fleetui_apiserver::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fleetui_fuzz::plant("selectors"),
    |data: &[u8]| fuzzing::selectors(data)
);
