//! Master keys against the real `sops` and `age`, moto, and doubles of the other services.
//!
//! A file is written by `sops`; Sealine opens it, wraps the same data key anew and puts it into the
//! file; `sops` decrypts that. So each reads what the other wrote, of every kind.

mod age;
mod aws;
mod azure;
mod doubles;
mod gcp;
mod refused;
mod several;
mod sops;
mod vault;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sealine_credentials::{Services, Surroundings};
use sealine_http::{Retry, Settings};

/// Runs a test that waits.
fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(test)
}

/// Returns an environment.
fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Returns services that know this environment and this home folder.
fn services(environment: &BTreeMap<String, String>, home: &Path) -> Services {
    let http = Settings::from_environment(environment);
    let environment = environment.clone();
    let folder = home.to_owned();
    let home = Some(home.to_owned());
    let surroundings = Surroundings { environment, home, folder, http };
    let wait = Duration::from_millis(1);
    let total = Duration::from_secs(20);
    Services::new(surroundings).with_retry(Retry {
        attempts: 2,
        first_wait: wait,
        longest_wait: wait,
        total,
    })
}

/// Returns a file of the tests' data.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys/data").join(name)
}

#[expect(clippy::disallowed_methods, reason = "the tests' own data")]
fn read_data(name: &str) -> String {
    std::fs::read_to_string(data(name)).expect("a file")
}
