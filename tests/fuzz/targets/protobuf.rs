//! Fuzzes `fleetui_apiserver::fuzzing::protobuf`, which says what an input is.
#![no_main]

use fleetui_apiserver::fuzzing;

libfuzzer_sys::fuzz_target!(
    init: fleetui_fuzz::plant("protobuf"),
    |data: &[u8]| fuzzing::protobuf(data)
);
