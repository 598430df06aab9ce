//! A configuration that is accepted reads back from its effective form; one that is not has a fault
//! with a place.

use std::path::Path;

use sealine_engine::config;
use sealine_source::FileName;

pub(super) fn reads_back(text: &str) {
    let read = |text: &str| config::read(FileName::new("", "sealine.yaml"), text, Path::new(""));
    match read(text) {
        Ok(config) => {
            let shown = serde_json::to_string_pretty(&config.file).expect("JSON");
            let again = read(&shown)
                .unwrap_or_else(|(_, faults)| panic!("{faults:?}\n{shown}\nfrom\n{text}"));
            assert_eq!(again.file, config.file, "{text}");
        }
        Err((source, faults)) => {
            assert!(!faults.is_empty(), "{text}");
            for fault in faults {
                assert!(source.text().get(fault.range.bytes()).is_some(), "{fault:?}");
                assert!(!fault.message.is_empty());
            }
        }
    }
}
