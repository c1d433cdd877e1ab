//! Fuzzes `fleetui_apiserver::fuzzing::yaml`, which says what an input is.
#![no_main]

use fleetui_apiserver::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fleetui_fuzz::plant("yaml"),
    |data: &[u8]| fuzzing::yaml(data)
);
