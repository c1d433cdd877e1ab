//! Fuzzes `fleetui_apiserver::fuzzing::jsonpath`, which says what an input is.
#![no_main]

use fleetui_apiserver::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fleetui_fuzz::plant("jsonpath"),
    |data: &[u8]| fuzzing::jsonpath(data)
);
