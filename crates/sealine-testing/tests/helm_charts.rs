//! Charts, each with one feature, rendered natively and by the real `helm template`: both print the
//! same documents, or both refuse.
//!
//! `charts/*.txt` hold one chart each, in `chart/`, as files that begin after a line `//- path`. A
//! path through a `.tgz` packs the file into that archive; `//- arguments` are more arguments of
//! `helm template`.

#![expect(clippy::disallowed_methods, reason = "these tests read charts and run a peer")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use sealine_engine::{Input, collect};
use sealine_kubernetes::helm::{Templated, Templating, template};
use sealine_testing::peers::peer;
use sealine_testing::tree::Tree;

/// The documents of each template, sorted.
type Documents = BTreeMap<String, Vec<String>>;

#[test]
fn charts_render_as_helm_renders_them() {
    let Some(helm) = peer("helm") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let mut cases: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 40, "the corpus has lost its charts");
    let only = std::env::var("SEALINE_CHART").unwrap_or_default();
    let mut differences = String::new();
    for case in &cases {
        let name = case.file_stem().unwrap().to_str().unwrap();
        if !name.contains(&only) {
            continue;
        }
        if let Err(difference) = compare(&helm, &fs::read_to_string(case).unwrap()) {
            let _ = writeln!(differences, "== {name}\n{difference}");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

fn compare(helm: &Path, fixture: &str) -> Result<(), String> {
    let tree = case_tree(fixture);
    let mut arguments: Vec<String> = vec!["shop".into(), "chart".into()];
    arguments.extend(["--namespace".into(), "team".into()]);
    let more = tree.files().get("arguments").cloned().unwrap_or_default();
    let more = String::from_utf8(more).unwrap();
    let mut more: Vec<&str> = more.lines().collect();
    // A Helm that was built from its sources assumes a version that no release of it does.
    if !more.contains(&"--kube-version") {
        more.extend(["--kube-version", "v1.34.0"]);
    }
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    let output = Command::new(helm)
        .arg("template")
        .args(&arguments)
        .current_dir(tree.root())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let native = render(&tree, &more);
    let complaints = complaints(&native);
    match (output.status.success(), complaints.is_empty()) {
        (false, false) => Ok(()),
        (false, true) => Err(format!("only helm refuses: {errors}")),
        (true, false) => Err(format!("helm accepts, but: {complaints}")),
        (true, true) => {
            let text = String::from_utf8(output.stdout).unwrap();
            let expected = printed_by_helm(&text);
            let found = printed(&native);
            if expected == found || alike(&expected, &found) {
                return objects(&expected, &native);
            }
            Err(format!("--- helm\n{}--- native\n{}", show(&expected), show(&found)))
        }
    }
}

/// Writes the files of a case; those in a `.tgz` are packed.
fn case_tree(fixture: &str) -> Tree {
    let tree = Tree::new(fixture);
    let mut archives: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for (path, bytes) in tree.files() {
        if let Some((archive, member)) = path.split_once(".tgz/") {
            archives.entry(format!("{archive}.tgz")).or_default().push((member.to_owned(), bytes));
        }
    }
    for (archive, members) in archives {
        fs::remove_dir_all(tree.path(&archive)).unwrap();
        tree.write(&archive, packed(&members));
    }
    tree
}

fn packed(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, bytes.as_slice()).unwrap();
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap()
}

fn render(tree: &Tree, arguments: &[&str]) -> Templated {
    let path = tree.root().to_owned();
    let input = Input { name: "repo".to_owned(), path, remotes: Vec::new(), exclude: Vec::new() };
    let project = collect(&[input]).project;
    let mut call = Templating {
        release: "shop".to_owned(),
        namespace: "team".to_owned(),
        ..Templating::default()
    };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { panic!("{pair:?} is no pair") };
        let value = (*value).to_owned();
        match *name {
            "--values" => call.values.push(value),
            "--kube-version" => call.kubernetes = Some(value),
            "--api-versions" => call.api_versions.push(value),
            "--set" => {
                let (path, value) = value.split_once('=').unwrap();
                call.parameters.push((path.to_owned(), value.to_owned()));
            }
            other => panic!("{other} is not known"),
        }
    }
    template(&project, "repo", "chart", &call).unwrap_or_else(|| Templated {
        opaque: vec!["there is no chart".to_owned()],
        ..Templated::default()
    })
}

fn complaints(native: &Templated) -> String {
    let notes = native.notes.iter().map(|note| format!("{}: {}", note.place, note.message));
    notes.chain(native.opaque.iter().cloned()).collect::<Vec<_>>().join("; ")
}

fn printed_by_helm(text: &str) -> Documents {
    let mut found = Documents::new();
    for part in text.split("---\n# Source: ").skip(1) {
        let (template, document) = part.split_once('\n').unwrap_or((part, ""));
        add(&mut found, template, document);
    }
    for documents in found.values_mut() {
        documents.sort();
    }
    found
}

fn printed(native: &Templated) -> Documents {
    let separator = Regex::new(r"(?:^|\s*\n)---\s*").unwrap();
    let mut found = Documents::new();
    for output in &native.outputs {
        for document in separator.split(output.text.trim()) {
            add(&mut found, &output.template, document);
        }
    }
    for documents in found.values_mut() {
        documents.sort();
    }
    found
}

/// Adds a document, unless there is nothing in it but comments.
fn add(found: &mut Documents, template: &str, document: &str) {
    let is_blank = |line: &str| matches!(line.trim().as_bytes().first(), None | Some(b'#'));
    if !document.lines().all(is_blank) {
        let lines = document.trim().lines().map(str::trim_end).collect::<Vec<_>>();
        found.entry(template.to_owned()).or_default().push(lines.join("\n"));
    }
}

/// Returns whether the documents differ in their text only.
fn alike(expected: &Documents, found: &Documents) -> bool {
    let values = |documents: &Documents| -> BTreeMap<String, Vec<String>> {
        let value = |document: &String| {
            let parsed = sealine_yaml::parse(document);
            let root = parsed.root().map(canonical);
            root.unwrap_or_default()
        };
        let sorted = |documents: &Vec<String>| {
            let mut values: Vec<String> = documents.iter().map(value).collect();
            values.sort();
            values
        };
        documents.iter().map(|(name, documents)| (name.clone(), sorted(documents))).collect()
    };
    values(expected) == values(found)
}

/// Returns a node without its layout and the order of its keys.
fn canonical(node: &sealine_yaml::Node) -> String {
    let items = node.items();
    if !items.is_empty() {
        let items: Vec<String> = items.iter().map(canonical).collect();
        return format!("[{}]", items.join(","));
    }
    let mut entries: Vec<String> = node
        .entries()
        .map(|entry| format!("{:?}:{}", entry.key.as_str(), canonical(&entry.value)))
        .collect();
    entries.sort();
    match node.as_str() {
        Some(text) => format!("{text:?}"),
        None => format!("{{{}}}", entries.join(",")),
    }
}

/// Holds the number of objects that were read against those that Helm prints.
fn objects(expected: &Documents, native: &Templated) -> Result<(), String> {
    let is_object = |document: &&String| {
        let has = |key: &str| document.lines().any(|line| line.starts_with(key));
        has("apiVersion:") && has("kind:") && !document.contains("helm.sh/hook: test")
    };
    let count = expected.values().flatten().filter(is_object).count();
    if count == native.objects {
        return Ok(());
    }
    Err(format!("helm prints {count} objects, of which {} were read", native.objects))
}

fn show(documents: &Documents) -> String {
    let mut text = String::new();
    for (template, documents) in documents {
        for document in documents {
            let _ = writeln!(text, "# {template}\n{document}");
        }
    }
    text
}
