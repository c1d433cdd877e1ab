//! Fuzzes `fleetui_apiserver::fuzzing::patches`, which says what an input is.
#![no_main]

use fleetui_apiserver::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fleetui_fuzz::plant("patches"),
    |data: &[u8]| fuzzing::patches(data)
);
