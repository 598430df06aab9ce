//! A state, plan or list of outputs: looking at it ends, and nothing that is said holds a value.
#![no_main]

use sealine_model::SecretValue;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = sealine_state::subject::look(SecretValue::new(bytes), None);
    let _ = sealine_state::outputs::read(bytes);
});
