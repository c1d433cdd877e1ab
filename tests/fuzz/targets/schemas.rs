//! Fuzzes `fleetui_apiserver::fuzzing::schemas`, which says what an input is.
#![no_main]

use fleetui_apiserver::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fleetui_fuzz::plant("schemas"),
    |data: &[u8]| fuzzing::schemas(data)
);
