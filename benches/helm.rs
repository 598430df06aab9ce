//! How fast a chart is rendered natively, beside one `helm template` process in the same run.
//!
//! `cargo bench -p sealine-testing --bench helm` renders a chart written for the purpose;
//! `cargo bench -p sealine-testing --bench helm -- CHART…` folders of yours instead, whose
//! dependencies are vendored. Each figure is the best of several runs, taken in turn.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the disk and runs a peer")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sealine_engine::{Input, collect};
use sealine_kubernetes::helm::{Templated, Templating, template};
use sealine_testing::peers::peer;
use sealine_testing::tree::Tree;

const RUNS: usize = 9;
/// How much faster than a process of Helm a chart must be rendered.
const WANTED: f64 = 5.0;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(helm) = peer("helm") else { return Ok(()) };
    println!("helm ms  native ms  ratio  outputs  chart");
    let paths: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if paths.is_empty() {
        let tree = Tree::new(&chart());
        let ratio = measure(&helm, &tree.path("chart"))?;
        if ratio < WANTED {
            return Err(format!("{ratio:.1} times as fast as helm, not {WANTED}").into());
        }
    }
    for path in &paths {
        measure(&helm, Path::new(path))?;
    }
    Ok(())
}

fn measure(helm: &Path, chart: &Path) -> Result<f64, Box<dyn Error>> {
    let (mut peer, mut native) = (Duration::MAX, Duration::MAX);
    let mut outputs = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let status = Command::new(helm)
            .args(["template", "shop"])
            .arg(chart)
            .args(["--namespace", "team", "--kube-version", "v1.34.0"])
            .stdout(Stdio::null())
            .status()?;
        peer = peer.min(start.elapsed());
        if !status.success() {
            return Err(format!("helm refuses {}", chart.display()).into());
        }
        let start = Instant::now();
        let templated = render(chart).ok_or("there is no chart")?;
        native = native.min(start.elapsed());
        if let Some(note) = templated.notes.first() {
            return Err(format!("{}: {}", note.place, note.message).into());
        }
        outputs = templated.outputs.len();
    }
    let ratio = peer.as_secs_f64() / native.as_secs_f64();
    println!(
        "{:7.1} {:10.1} {ratio:6.1} {outputs:8}  {}",
        peer.as_secs_f64() * 1e3,
        native.as_secs_f64() * 1e3,
        chart.file_name().unwrap_or_default().to_string_lossy(),
    );
    Ok(ratio)
}

/// Reads the folder and renders the chart, from nothing.
fn render(chart: &Path) -> Option<Templated> {
    let input = Input {
        name: "repo".to_owned(),
        path: chart.to_owned(),
        remotes: Vec::new(),
        exclude: Vec::new(),
    };
    let project = collect(&[input]).project;
    let call = Templating {
        release: "shop".to_owned(),
        namespace: "team".to_owned(),
        ..Templating::default()
    };
    template(&project, "repo", "", &call)
}

/// A chart as teams write them: helpers, a subchart, twenty workloads with what belongs to them.
fn chart() -> String {
    let mut files = String::from(
        "//- chart/Chart.yaml\napiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{name: cache, version: 1.0.0}]\n\
         //- chart/charts/cache/Chart.yaml\napiVersion: v2\nname: cache\nversion: 1.0.0\n\
         //- chart/charts/cache/values.yaml\nreplicas: 1\nexistingSecret: cache\n\
         //- chart/templates/_helpers.tpl\n\
         {{- define \"name\" -}}{{ printf \"%s-%s\" .root.Release.Name .name | trunc 63 | trimSuffix \"-\" }}{{- end }}\n\
         {{- define \"labels\" -}}\napp.kubernetes.io/name: {{ .name }}\napp.kubernetes.io/instance: {{ .root.Release.Name }}\n\
         app.kubernetes.io/version: {{ .root.Chart.AppVersion | default .root.Chart.Version | quote }}\n{{- end }}\n",
    );
    files.push_str("//- chart/values.yaml\ncache: {replicas: 2}\napps:\n");
    for app in 0..20 {
        let _ = write!(
            files,
            "  app{app}:\n    image: registry.example.com/app{app}:1.0\n    port: {}\n    secret: app{app}-env\n    \
             env: {{LOG_LEVEL: info, REGION: west}}\n    resources: {{requests: {{cpu: 100m, memory: 128Mi}}}}\n",
            8000 + app
        );
    }
    for app in 0..20 {
        let _ = write!(
            files,
            "//- chart/templates/app{app}.yaml\n{{{{- $app := .Values.apps.app{app} }}}}\n{{{{- $context := dict \"root\" . \"name\" \"app{app}\" }}}}\n{WORKLOAD}"
        );
    }
    let _ = write!(
        files,
        "//- chart/charts/cache/templates/all.yaml\n{{{{- $app := dict \"image\" \"cache:1\" \"port\" 6379 \"secret\" .Values.existingSecret }}}}\n{{{{- $context := dict \"root\" . \"name\" \"cache\" }}}}\n{WORKLOAD}"
    );
    files
}

const WORKLOAD: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" $context }}
  labels: {{- include "labels" $context | nindent 4 }}
spec:
  template:
    metadata:
      labels: {{- include "labels" $context | nindent 8 }}
    spec:
      containers:
        - name: main
          image: {{ $app.image | quote }}
          ports: [{containerPort: {{ $app.port }}}]
          {{- with $app.env }}
          env:
            {{- range $name, $value := . }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
          {{- end }}
          envFrom:
            - secretRef: {name: {{ $app.secret }}}
          {{- with $app.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "name" $context }}
  labels: {{- include "labels" $context | nindent 4 }}
spec:
  selector: {{- include "labels" $context | nindent 4 }}
  ports: [{port: {{ $app.port }}}]
"#;
