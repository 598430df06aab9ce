//! What a file imports, and where that may stand.
//!
//! Invariant: a line scan, no parser, so that the collect step can ask for every Python file.

use indexmap::IndexSet;
use sealine_source::{file_name, folder_of, in_folder, join, upwards};

/// Returns the dotted modules that `text` imports, in order and without repetition; relative ones
/// begin with their dots. For `from a import b` both `a` and `a.b` are named, since `b` may be a
/// module.
pub fn imports(text: &str) -> Vec<String> {
    let mut found: IndexSet<String> = IndexSet::new();
    let mut add = |module: String| {
        if !module.is_empty() {
            found.insert(module);
        }
    };
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        if let Some(rest) = line.strip_prefix("import ") {
            for name in names(rest) {
                add(name.to_owned());
            }
        } else if let Some(rest) = line.strip_prefix("from ") {
            let Some((module, listed)) = rest.split_once(" import") else { continue };
            let module = module.trim();
            if !is_dotted(module) {
                continue;
            }
            add(module.to_owned());
            let mut listed = without_comment(listed).trim().to_owned();
            while continues(&listed) {
                let Some(next) = lines.next() else { break };
                if listed.ends_with('\\') {
                    listed.pop();
                }
                listed.push(' ');
                listed.push_str(without_comment(next).trim());
            }
            for name in names(listed.trim_matches(['(', ')', ' '])) {
                let dot = if module.ends_with('.') { "" } else { "." };
                add(format!("{module}{dot}{name}"));
            }
        }
    }
    found.into_iter().collect()
}

/// Returns the paths at which `module` may stand when the file at `importer` imports it, the most
/// likely first: below its own folder and each one above, and below `dags`, `plugins` and `src`
/// beside them.
pub fn module_paths(importer: &str, module: &str) -> Vec<String> {
    bases(importer, module)
        .into_iter()
        .flat_map(|base| [format!("{base}.py"), format!("{base}/__init__.py")])
        .collect()
}

/// Returns the paths of [`module_paths`] without their endings.
pub(crate) fn bases(importer: &str, module: &str) -> Vec<String> {
    let folder = folder_of(importer);
    let level = module.len() - module.trim_start_matches('.').len();
    let path = module[level..].replace('.', "/");
    if level > 0 {
        let up = "../".repeat(level - 1);
        return join(folder, &format!("{up}{path}")).into_iter().collect();
    }
    let mut found = Vec::new();
    for root in roots(folder) {
        let base = if root.is_empty() { path.clone() } else { format!("{root}/{path}") };
        if !found.contains(&base) {
            found.push(base);
        }
    }
    found
}

/// Returns the folders in which a file of `folder` may look for modules. Airflow puts the `dags`
/// and `plugins` folders on the path; everything else is found from the nearest folder upwards.
fn roots(folder: &str) -> Vec<String> {
    const NAMES: [&str; 3] = ["dags", "plugins", "src"];
    let named = upwards(folder).filter(|root| NAMES.contains(&file_name(root)));
    let beside = upwards(folder).flat_map(|root| NAMES.map(|name| in_folder(root, name)));
    named.chain(upwards(folder)).map(str::to_owned).chain(beside).collect()
}

fn names(list: &str) -> impl Iterator<Item = &str> {
    without_comment(list)
        .split(',')
        .filter_map(|item| item.split_whitespace().next())
        .filter(|name| is_dotted(name))
}

fn continues(listed: &str) -> bool {
    listed.ends_with('\\') || (listed.starts_with('(') && !listed.contains(')'))
}

fn without_comment(line: &str) -> &str {
    line.split(['#', ';']).next().unwrap_or(line)
}

fn is_dotted(name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    !name.is_empty() && name.chars().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_import() {
        let text = "import os, common.k8s as k8s\n\
                    from common import pods as p, env  # why\n\
                    from .helpers import (\n    one,  # first\n    two as t,\n)\n\
                    from . import base\n\
                    from a.b import c, \\\n    d\n\
                    \x20   from late import x\n\
                    from x import *\n\
                    important = 1\n";
        assert_eq!(
            imports(text),
            [
                "os",
                "common.k8s",
                "common",
                "common.pods",
                "common.env",
                ".helpers",
                ".helpers.one",
                ".helpers.two",
                ".",
                ".base",
                "a.b",
                "a.b.c",
                "a.b.d",
                "late",
                "late.x",
                "x",
            ]
        );
    }

    #[test]
    fn an_unclosed_list_ends_with_the_text() {
        assert_eq!(imports("from a import (b,\n c"), ["a", "a.b", "a.c"]);
        assert_eq!(imports("from a import"), ["a"]);
        assert!(imports("from").is_empty());
    }

    #[test]
    fn modules_are_looked_for_from_the_dags_folder_upwards() {
        assert_eq!(
            module_paths("air/dags/team/a.py", "common.k8s")[..4],
            [
                "air/dags/common/k8s.py",
                "air/dags/common/k8s/__init__.py",
                "air/dags/team/common/k8s.py",
                "air/dags/team/common/k8s/__init__.py",
            ]
        );
        assert!(module_paths("air/dags/a.py", "h").contains(&"air/plugins/h.py".to_owned()));
        assert_eq!(module_paths("dags/a/b.py", "..h")[0], "dags/h.py");
        assert_eq!(module_paths("a.py", "...h").len(), 0);
    }
}
