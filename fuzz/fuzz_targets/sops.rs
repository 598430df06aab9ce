//! Holds the law `sops` of `sealine_testing::laws`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sealine_testing::laws::hold("sops", text));
