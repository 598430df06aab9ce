//! `sealine impact`: what a change breaks, what becomes of objects, and the safe order.

mod fates;
mod git;
mod order;
mod withdrawn;

use std::path::Path;

use sealine_testing::{Run, Tree, run};
use serde_json::Value;

fn sealine(folder: &Path, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_sealine"), folder, arguments)
}

/// Compares two folders of a tree.
fn between(tree: &Tree, more: &[&str]) -> Run {
    let all = [&["impact", "--before", "before", "--after", "after"][..], more].concat();
    sealine(tree.root(), &all)
}

/// The strings at a path of each item: `ids(&json["broken"], "consumer")`.
fn each(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|item| item[field].as_str().expect("a string").to_owned()).collect()
}
