//! What templates see beside values: `.Chart`, `.Capabilities`, `.Files`, `.Release`, `.Template`.
//!
//! Invariant: they answer from the chart alone; nothing tells of a cluster.

use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use sealine_model::tree::Tree;
use sealine_source::{Source, TextRange};
use sealine_template::{FileId, Map, MapType, Object, Record, Text, Value, ValueOrigin};

use super::chart::Chart;
use crate::argo::matches_glob;

/// The Kubernetes that charts are rendered for.
const KUBE_VERSION: (&str, &str, &str) = ("v1.34.0", "1", "34");
/// The Helm that charts are rendered by.
const HELM_VERSION: &str = "v3.19.5";

/// The API versions that a cluster of the kind read here serves: the built-in ones, and those of
/// the custom resources that carry secrets or deliver.
const API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apiregistration.k8s.io/v1",
    "apps/v1",
    "argoproj.io/v1alpha1",
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "cert-manager.io/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "events.k8s.io/v1",
    "external-secrets.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "helm.toolkit.fluxcd.io/v2",
    "kustomize.toolkit.fluxcd.io/v1",
    "monitoring.coreos.com/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "source.toolkit.fluxcd.io/v1",
    "storage.k8s.io/v1",
];

/// Returns `.Chart`.
pub(super) fn chart(chart: &Chart, is_root: bool) -> Value {
    let text = |key: &str| match chart.metadata.get(key).and_then(Tree::text) {
        Some(text) => Value::from(text),
        None => Value::from(""),
    };
    let annotations = Map::new(MapType::Text);
    for entry in chart.metadata.get("annotations").map(Tree::entries).unwrap_or_default() {
        annotations.set(&entry.key, Value::from(entry.value.text().unwrap_or_default()));
    }
    let list = |key: &str| {
        let items = chart.metadata.get(key).map(Tree::items).unwrap_or_default();
        Value::texts(items.iter().filter_map(Tree::text).map(Text::from).collect())
    };
    let fields = vec![
        ("Name", Value::from(chart.name.as_str())),
        ("Version", text("version")),
        ("AppVersion", text("appVersion")),
        ("Description", text("description")),
        ("Type", text("type")),
        ("Home", text("home")),
        ("Icon", text("icon")),
        ("APIVersion", text("apiVersion")),
        ("KubeVersion", text("kubeVersion")),
        ("Condition", text("condition")),
        ("Tags", text("tags")),
        ("Deprecated", Value::from(false)),
        ("Keywords", list("keywords")),
        ("Sources", list("sources")),
        ("Maintainers", Value::list(Vec::new())),
        ("Dependencies", Value::list(Vec::new())),
        ("Annotations", annotations.into()),
        ("IsRoot", Value::from(is_root)),
    ];
    Value::object(Record::new("chart.Metadata", fields))
}

/// Returns `.Capabilities`.
pub(super) fn capabilities() -> Value {
    let (version, major, minor) = KUBE_VERSION;
    let helm = Record::new(
        "version.BuildInfo",
        vec![
            ("Version", Value::from(HELM_VERSION)),
            ("GitCommit", Value::from("")),
            ("GitTreeState", Value::from("clean")),
            ("GoVersion", Value::from("go1.26")),
        ],
    );
    let fields = vec![
        ("KubeVersion", Value::object(KubeVersion { version, major, minor })),
        ("APIVersions", Value::object(ApiVersions)),
        ("HelmVersion", Value::object(helm)),
    ];
    Value::object(Record::new("*chartutil.Capabilities", fields))
}

struct KubeVersion {
    version: &'static str,
    major: &'static str,
    minor: &'static str,
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        "chartutil.KubeVersion"
    }

    fn text(&self) -> Option<String> {
        Some(self.version.to_owned())
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::from(self.version)),
            "Major" => Some(Value::from(self.major)),
            "Minor" => Some(Value::from(self.minor)),
            _ => None,
        }
    }

    fn call(&self, name: &str, _: &[Value]) -> Option<Result<Value, String>> {
        matches!(name, "GitVersion" | "String").then(|| Ok(Value::from(self.version)))
    }
}

struct ApiVersions;

impl Object for ApiVersions {
    fn type_name(&self) -> &'static str {
        "chartutil.VersionSet"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        if name != "Has" {
            return None;
        }
        let Some(wanted) = arguments.first().and_then(Value::as_text) else {
            return Some(Err("wrong type for value; expected string".to_owned()));
        };
        let wanted = wanted.to_str();
        // `batch/v1/CronJob` asks for a kind; the group's version stands for all of its kinds.
        let group = match wanted.rsplit_once('/') {
            Some((group, kind)) if kind.starts_with(|first: char| first.is_ascii_uppercase()) => {
                group
            }
            _ => &wanted,
        };
        Some(Ok(Value::from(API_VERSIONS.contains(&group))))
    }

    fn as_value(&self) -> Option<Value> {
        Some(Value::texts(API_VERSIONS.iter().map(|version| Text::from(*version)).collect()))
    }
}

/// Returns `.Files`.
pub(super) fn files(chart: &Chart, sources: &[Arc<Source>]) -> Value {
    let files = chart.files.iter().filter_map(|(path, file)| {
        let source = sources.get(file.0 as usize)?;
        Some((path.clone(), *file, Arc::clone(source)))
    });
    Value::object(Files { files: Rc::new(files.collect()) })
}

/// The files of a chart, by path.
struct Files {
    files: Rc<Vec<(String, FileId, Arc<Source>)>>,
}

impl Files {
    fn content(file: FileId, source: &Source) -> Value {
        let range = TextRange::new(0, source.text().len());
        Value::from(source.text()).at(Some(ValueOrigin { file, range }))
    }

    fn get(&self, path: &str) -> Value {
        let path = path.trim_start_matches("./");
        let found = self.files.iter().find(|(own, ..)| own == path);
        found.map_or_else(|| Value::from(""), |(_, file, source)| Self::content(*file, source))
    }

    fn glob(&self, pattern: &str) -> Value {
        let depth = pattern.matches('/').count();
        let matches = |path: &str| {
            let deep = pattern.contains("**");
            (deep || path.matches('/').count() == depth)
                && matches_glob(&pattern.replace("**/", "*"), path)
        };
        let found = self.files.iter().filter(|(path, ..)| matches(path)).cloned();
        Value::object(Self { files: Rc::new(found.collect()) })
    }

    /// Returns the files as `AsConfig` writes them: base name and content.
    fn as_yaml(&self, encode: impl Fn(&Source) -> String) -> Value {
        let mut text = String::new();
        for (path, _, source) in self.files.iter() {
            let name = path.rsplit('/').next().unwrap_or(path);
            text.push_str(name);
            text.push_str(": ");
            text.push_str(&encode(source));
            text.push('\n');
        }
        Value::from(text.trim_end().to_owned())
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn is_true(&self) -> bool {
        !self.files.is_empty()
    }

    fn field(&self, name: &str) -> Option<Value> {
        let found = self.files.iter().find(|(path, ..)| path == name)?;
        Some(Self::content(found.1, &found.2))
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let text = || {
            let text = arguments.first().and_then(Value::as_text);
            text.map(|text| text.to_str().into_owned())
                .ok_or_else(|| "wrong type for value; expected string".to_owned())
        };
        match name {
            "Get" | "GetBytes" => Some(text().map(|path| self.get(&path))),
            "Glob" => Some(text().map(|pattern| self.glob(&pattern))),
            "Lines" => Some(text().map(|path| {
                let content = self.get(&path);
                let content = content.as_text().map(|text| text.to_str().into_owned());
                let content = content.unwrap_or_default();
                Value::texts(content.trim_end_matches('\n').split('\n').map(Text::from).collect())
            })),
            // JSON strings are YAML too, and keep each content on one line.
            "AsConfig" => Some(Ok(self.as_yaml(|source| quoted(source.text())))),
            // The values of a Secret are dropped in any case.
            "AsSecrets" => Some(Ok(self.as_yaml(|_| "Kg==".to_owned()))),
            _ => None,
        }
    }

    fn as_value(&self) -> Option<Value> {
        let map = Map::default();
        for (path, file, source) in self.files.iter() {
            map.set(path, Self::content(*file, source));
        }
        Some(map.into())
    }
}

/// Returns a text as a JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}
