//! Files of jobs of Prow, which runs each as a pod: `presubmits`, `postsubmits` and `periodics`.
//!
//! Invariant: a namespace that is not written at a job is unknown, since it stands in Prow's own settings.

use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::names::{name_at, name_of};
use super::pod;
use super::reads::Reader;

/// What a file of jobs begins its lists with.
const LISTS: [&str; 3] = ["presubmits", "postsubmits", "periodics"];

/// Returns whether a file may hold jobs that read Secrets.
pub(crate) fn may_hold_jobs(bytes: &[u8]) -> bool {
    let begins_line = |at: usize| at == 0 || bytes.get(at - 1) == Some(&b'\n');
    let begins = |list: &str| {
        let mark = format!("{list}:");
        memchr::memmem::find_iter(bytes, mark.as_bytes()).any(begins_line)
    };
    // Most files are told by one search.
    memchr::memmem::find(bytes, b"ecret").is_some() && LISTS.into_iter().any(begins)
}

/// Notes which Secrets the jobs of a file read.
pub(crate) fn read(file: &Tree, out: &mut Facts) {
    for list in LISTS.iter().filter_map(|list| file.get(list)) {
        // Those of a pull request and of a branch stand under their repositories.
        let of_repositories = list.entries().iter().flat_map(|entry| entry.value.items());
        for job in list.items().iter().chain(of_repositories) {
            read_job(job, out);
        }
    }
}

fn read_job(job: &Tree, out: &mut Facts) {
    let (Some(spec), Some(scalar)) = (job.get("spec"), job.get("name")) else { return };
    let Some((name, place)) = name_of(scalar).zip(scalar.place()) else { return };
    let namespace = name_at(job, "namespace").unwrap_or_else(Value::unknown);
    let place = place.clone();
    let consumer = Consumer { kind: "ProwJob".to_owned(), name, part: String::new(), place };
    let scope = Scope::undelivered(namespace);
    pod::spec(spec, &Reader { scope, consumer, certainty: Certainty::Exact, always: None }, out);
}
