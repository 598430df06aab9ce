//! What a Helm chart's templates see beside their values: `.Chart`, `.Files`, `.Release`,
//! `.Capabilities`.
//!
//! Invariant: each has the fields and methods it has in Go, with the zero value for what is not
//! given; a file's content knows the file it stands in.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use sealine_source::TextRange;

use crate::budget::{Budget, Fuel};
use crate::format::{self, YamlStyle};
use crate::object::{Object, Record};
use crate::origin::{FileId, NodeOrigin, Origin};
use crate::text::Text;
use crate::value::{Data, List, Map, MapType, Value};

/// The Kubernetes version that `helm template` of Helm 3.19 assumes.
pub const KUBERNETES_VERSION: &str = "v1.34.0";

/// The API versions that `helm template` assumes.
pub const API_VERSIONS: [&str; 57] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "autoscaling/v2beta1",
    "autoscaling/v2beta2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha1",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1alpha1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// Compares two templates' paths by the order in which Helm parses and executes them: deep ones
/// first, so that a parent's definitions win over its dependencies'.
pub fn order(left: &str, right: &str) -> Ordering {
    let depth = |path: &str| path.matches('/').count();
    depth(right).cmp(&depth(left)).then_with(|| right.cmp(left))
}

/// Returns `.Release` of a fresh installation.
pub fn release(name: &str, namespace: &str) -> Value {
    let map = Map::default();
    map.set("Name", name.into());
    map.set("Namespace", namespace.into());
    map.set("IsUpgrade", false.into());
    map.set("IsInstall", true.into());
    map.set("Revision", Value::int(1));
    map.set("Service", "Helm".into());
    map.into()
}

/// Returns `.Capabilities` of a cluster of this version (`v1.34.0`) that serves these API versions
/// (`apps/v1`, also with a kind, `apps/v1/Deployment`).
pub fn capabilities<'v>(version: &str, api_versions: impl IntoIterator<Item = &'v str>) -> Value {
    let versions = api_versions.into_iter().map(Text::from).collect();
    let helm = Record::new(
        "version.BuildInfo",
        vec![
            ("Version", "v3.19.5".into()),
            ("GitCommit", "".into()),
            ("GitTreeState", "clean".into()),
            ("GoVersion", "go1.24".into()),
        ],
    );
    Value::object(Record::new(
        "*chartutil.Capabilities",
        vec![
            ("KubeVersion", Value::object(KubeVersion::new(version))),
            ("APIVersions", Value::object(ApiVersions { versions })),
            ("HelmVersion", Value::object(helm)),
        ],
    ))
}

/// `.Capabilities.KubeVersion`
struct KubeVersion {
    version: String,
    major: String,
    minor: String,
}

impl KubeVersion {
    fn new(version: &str) -> Self {
        let numbers = version.trim_start_matches('v');
        let mut parts = numbers.split(['.', '-', '+']);
        let mut next = || parts.next().unwrap_or_default().to_owned();
        Self { version: version.to_owned(), major: next(), minor: next() }
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        "chartutil.KubeVersion"
    }

    fn text(&self) -> Option<String> {
        Some(self.version.clone())
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(self.version.as_str().into()),
            "Major" => Some(self.major.as_str().into()),
            "Minor" => Some(self.minor.as_str().into()),
            _ => None,
        }
    }

    fn call(&self, name: &str, _: &[Value]) -> Option<Result<Value, String>> {
        matches!(name, "GitVersion" | "String").then(|| Ok(self.version.as_str().into()))
    }
}

/// `.Capabilities.APIVersions`
struct ApiVersions {
    versions: Vec<Text>,
}

impl Object for ApiVersions {
    fn type_name(&self) -> &'static str {
        "chartutil.VersionSet"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn is_true(&self) -> bool {
        !self.versions.is_empty()
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        if name != "Has" {
            return None;
        }
        Some(match arguments {
            [Value { data: Data::Text(wanted), .. }] => Ok(self.versions.contains(wanted).into()),
            [other] => {
                let got = other.type_name();
                Err(format!("wrong type for value; expected string; got {got}"))
            }
            _ => Err(format!("wrong number of args: want 1 got {}", arguments.len())),
        })
    }

    fn as_value(&self) -> Option<Value> {
        Some(Value::texts(self.versions.clone()))
    }
}

/// The kinds of fields of Go's `chart.Metadata`.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Bool,
    List,
    Map,
}

const METADATA: [(&str, &str, Kind); 15] = [
    ("Name", "name", Kind::Text),
    ("Home", "home", Kind::Text),
    ("Sources", "sources", Kind::List),
    ("Version", "version", Kind::Text),
    ("Description", "description", Kind::Text),
    ("Keywords", "keywords", Kind::List),
    ("Icon", "icon", Kind::Text),
    ("APIVersion", "apiVersion", Kind::Text),
    ("Condition", "condition", Kind::Text),
    ("Tags", "tags", Kind::Text),
    ("AppVersion", "appVersion", Kind::Text),
    ("Deprecated", "deprecated", Kind::Bool),
    ("Annotations", "annotations", Kind::Map),
    ("KubeVersion", "kubeVersion", Kind::Text),
    ("Type", "type", Kind::Text),
];

const MAINTAINER: [(&str, &str, Kind); 3] =
    [("Name", "name", Kind::Text), ("Email", "email", Kind::Text), ("URL", "url", Kind::Text)];

const DEPENDENCY: [(&str, &str, Kind); 8] = [
    ("Name", "name", Kind::Text),
    ("Version", "version", Kind::Text),
    ("Repository", "repository", Kind::Text),
    ("Condition", "condition", Kind::Text),
    ("Tags", "tags", Kind::List),
    ("Enabled", "enabled", Kind::Bool),
    ("ImportValues", "import-values", Kind::List),
    ("Alias", "alias", Kind::Text),
];

/// Returns `.Chart` from what stands in `Chart.yaml`.
pub fn metadata(chart: &Value, is_root: bool) -> Value {
    let mut fields = fields(chart, &METADATA);
    let entries = |key: &str, type_name, table| {
        let list = chart.as_map().and_then(|map| map.get(key));
        let list = list.as_ref().and_then(Value::as_list).map(List::items).unwrap_or_default();
        let record =
            |item: &Value| Value::object(Record::new(type_name, self::fields(item, table)));
        Value::list(list.iter().map(record).collect())
    };
    fields.push(("Maintainers", entries("maintainers", "*chart.Maintainer", &MAINTAINER)));
    fields.push(("Dependencies", entries("dependencies", "*chart.Dependency", &DEPENDENCY)));
    fields.push(("IsRoot", is_root.into()));
    Value::object(Record::new("struct { chart.Metadata; IsRoot bool }", fields))
}

fn fields(value: &Value, table: &[(&'static str, &str, Kind)]) -> Vec<(&'static str, Value)> {
    let map = value.as_map().cloned().unwrap_or_default();
    let field = |(name, key, kind): &(&'static str, &str, Kind)| {
        let given = map.get(key).filter(|value| !value.is_nil());
        let value = match (kind, given) {
            (Kind::Text, Some(value)) if value.as_text().is_some() => value,
            // Helm reads `version: 1` as the text `1`.
            (Kind::Text, Some(Value { data: data @ (Data::Float(_) | Data::Bool(_)), origin })) => {
                let mut fuel = Fuel::new(Budget::secret());
                let text = format::print(&data.into(), &mut fuel).unwrap_or_default();
                Value::from(text).at(origin)
            }
            (Kind::Bool, Some(value @ Value { data: Data::Bool(_), .. }))
            | (Kind::List, Some(value @ Value { data: Data::List(_), .. })) => value,
            (Kind::Map, Some(Value { data: Data::Map(map), .. })) => {
                let texts = Map::new(MapType::Text);
                for (key, value) in map.entries() {
                    texts.set_key(&key.to_str(), key.origin(), value);
                }
                texts.into()
            }
            (Kind::Text, _) => "".into(),
            (Kind::Bool, _) => false.into(),
            (Kind::List, _) => Value::list(Vec::new()),
            (Kind::Map, _) => Map::new(MapType::Text).into(),
        };
        (*name, value)
    };
    table.iter().map(field).collect()
}

/// Returns `.Values`, a map of its own named type.
pub fn values(map: &Map) -> Value {
    let mut named = map.clone();
    named.map_type = MapType::Named("chartutil.Values");
    named.into()
}

/// `.Files`: the files of a chart that are no templates.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: BTreeMap<String, Text>,
}

impl Files {
    /// Adds a file by its path in the chart; with `file`, its content knows where it stands.
    pub fn add(&mut self, path: impl Into<String>, content: Vec<u8>, file: Option<FileId>) {
        let range = TextRange::new(0, content.len());
        let text = Text::from(content);
        let text = match file {
            Some(file) => {
                let node = NodeOrigin { file, range, verbatim: true };
                text.marked(Origin { node: Some(node), ..Origin::default() })
            }
            None => text,
        };
        self.files.insert(path.into(), text);
    }

    /// Returns the files as templates see them.
    pub fn value(self) -> Value {
        Value::object(self)
    }

    /// Returns the content of the files as YAML, by their names without folders.
    fn flat(&self, encode: impl Fn(&Text) -> Text) -> Result<Value, String> {
        let map = Map::default();
        for (path, content) in &self.files {
            map.set(&crate::functions::base_name(path), encode(content).into());
        }
        let mut fuel = Fuel::new(Budget::chart());
        match format::yaml(&map.into(), YamlStyle::Plain, &mut fuel) {
            Ok(text) => Ok(text.into()),
            Err(failure) => Err(failure.message),
        }
    }

    fn matching(&self, pattern: &str) -> Self {
        let glob = crate::glob::Glob::new(pattern);
        let kept = self
            .files
            .iter()
            .filter(|(path, _)| glob.as_ref().is_none_or(|glob| glob.matches(path)));
        Self { files: kept.map(|(path, text)| (path.clone(), text.clone())).collect() }
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
        self.files.get(name).map(|text| Data::Bytes(text.clone()).into())
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let wanted = match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => match arguments {
                [Value { data: Data::Text(text), .. }] => text.to_str().into_owned(),
                [other] => {
                    let got = other.type_name();
                    return Some(Err(format!("wrong type for value; expected string; got {got}")));
                }
                _ => {
                    return Some(Err(format!(
                        "wrong number of args: want 1 got {}",
                        arguments.len()
                    )));
                }
            },
            "AsConfig" => return Some(self.flat(Text::clone)),
            "AsSecrets" => {
                let encode = |text: &Text| {
                    let encoded = crate::functions::base64(text.as_bytes());
                    Text::from(encoded).marked(text.common_origin())
                };
                return Some(self.flat(encode));
            }
            _ => return None,
        };
        let content = || self.files.get(&wanted).cloned().unwrap_or_default();
        Some(Ok(match name {
            "Get" => content().into(),
            "GetBytes" => Data::Bytes(content()).into(),
            "Glob" => self.matching(&wanted).value(),
            _ => {
                let text = content();
                if text.is_empty() {
                    return Some(Ok(Value::texts(Vec::new())));
                }
                let end = text.len() - usize::from(text.as_bytes().ends_with(b"\n"));
                let text = text.slice(0..end);
                let mut at = 0;
                let lines = text.as_bytes().split(|byte| *byte == b'\n').map(|line| {
                    let start = at;
                    at += line.len() + 1;
                    text.slice(start..start + line.len())
                });
                Value::texts(lines.collect())
            }
        }))
    }

    fn as_value(&self) -> Option<Value> {
        let map = Map::new(MapType::Named("engine.files"));
        for (path, text) in &self.files {
            map.set(path, Data::Bytes(text.clone()).into());
        }
        Some(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Set, execute, parse};

    fn rendered(text: &str) -> String {
        let mut files = Files::default();
        files.add("config/a.txt", b"one\ntwo\n".to_vec(), Some(FileId(9)));
        files.add("config/sub/b.yaml", b"x: 1\n".to_vec(), None);
        let chart = sealine_yaml::parse("name: web\nversion: 1.2\nannotations: {a: b}\n");
        let chart = crate::read::value(chart.root().expect("a root"), None);
        let root = Map::default();
        root.set("Files", files.value());
        root.set("Chart", metadata(&chart, true));
        root.set("Capabilities", capabilities(KUBERNETES_VERSION, API_VERSIONS));
        root.set("Release", release("rel", "ns"));
        let options = Options::helm();
        let template = parse("t", text, options.functions).expect("a template");
        let rendered = execute(&Set::of(FileId(1), template), "t", &root.into(), &options);
        rendered.map_or_else(|error| error.to_string(), |rendered| rendered.text)
    }

    #[test]
    fn files_answer_as_in_helm() {
        assert_eq!(rendered("{{ .Files.Get \"config/a.txt\" }}"), "one\ntwo\n");
        assert_eq!(
            rendered("{{ range .Files.Lines \"config/a.txt\" }}[{{ . }}]{{ end }}"),
            "[one][two]"
        );
        assert_eq!(rendered("{{ (.Files.Glob \"config/*\").AsConfig }}"), "a.txt: |\n  one\n  two");
        assert_eq!(rendered("{{ (.Files.Glob \"**.yaml\").AsSecrets }}"), "b.yaml: eDogMQo=");
        assert_eq!(
            rendered("{{ range $p, $_ := .Files.Glob \"config/**\" }}{{ $p }} {{ end }}"),
            "config/a.txt config/sub/b.yaml "
        );
    }

    #[test]
    fn the_chart_and_the_cluster_are_known() {
        assert_eq!(
            rendered("{{ .Chart.Name }} {{ .Chart.Version }}{{ .Chart.AppVersion }}"),
            "web 1.2"
        );
        assert_eq!(rendered("{{ .Capabilities.APIVersions.Has \"apps/v1\" }}"), "true");
        assert_eq!(
            rendered("{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }}"),
            "v1.34.0 34"
        );
        assert_eq!(
            rendered("{{ semverCompare \">=1.21-0\" .Capabilities.KubeVersion.Version }}"),
            "true"
        );
        assert!(rendered("{{ .Chart.Nope }}").contains("can't evaluate field Nope in type"));
    }
}
