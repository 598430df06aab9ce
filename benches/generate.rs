//! Writes a tree as platform teams have them, many times over: Terraform roots, `ExternalSecret`s
//! with stores and kustomizations, workloads that read them, and three times as much YAML, Python
//! and Markdown that has nothing to do with secrets; and a tree of charts and kustomizations alone.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// How many files one team's folder holds.
pub(crate) const FILES_A_TEAM: usize = 40;

/// Writes `teams` folders below `root`.
pub(crate) fn tree(root: &Path, teams: usize) -> io::Result<()> {
    write(root, ".git/HEAD", "ref: refs/heads/main\n")?;
    write(root, "stores/store.yaml", STORE)?;
    for team in 0..teams {
        one_team(&root.join(format!("teams/{:03}/team-{team}", team % 500)), team)?;
    }
    Ok(())
}

fn one_team(folder: &Path, team: usize) -> io::Result<()> {
    let fill = |text: &str, item: usize| {
        text.replace("TEAM", &team.to_string()).replace("ITEM", &item.to_string())
    };
    write(folder, "terraform/main.tf", &fill(TERRAFORM, 0))?;
    let mut resources = String::new();
    for item in 0..4 {
        write(folder, &format!("deploy/external-{item}.yaml"), &fill(EXTERNAL, item))?;
        write(folder, &format!("deploy/app-{item}.yaml"), &fill(DEPLOYMENT, item))?;
        let _ = write!(resources, "  - external-{item}.yaml\n  - app-{item}.yaml\n");
    }
    let kustomization = format!("{KUSTOMIZATION}{resources}");
    write(folder, "deploy/kustomization.yaml", &kustomization)?;
    for item in 0..15 {
        write(folder, &format!("config/values-{item}.yaml"), &fill(&NOISE.repeat(12), item))?;
    }
    for item in 0..8 {
        write(folder, &format!("src/module_{item}.py"), &fill(&PYTHON.repeat(10), item))?;
    }
    for item in 0..7 {
        write(folder, &format!("docs/page-{item}.md"), &fill(&PROSE.repeat(20), item))?;
    }
    Ok(())
}

/// Writes `apps` charts, each delivered by an Application, and five times as many kustomizations:
/// a base with a generator and four overlays that name, place and patch it.
pub(crate) fn deliveries(root: &Path, apps: usize) -> io::Result<()> {
    write(root, ".git/HEAD", "ref: refs/heads/main\n")?;
    write(root, "stores/store.yaml", STORE)?;
    for app in 0..apps {
        let fill =
            |text: &str| text.replace("TEAM", &app.to_string()).replace("ITEM", &app.to_string());
        let chart = root.join(format!("charts/shop-{app}"));
        for (path, text) in CHART {
            write(&chart, path, &fill(text))?;
        }
        write(root, &format!("applications/shop-{app}.yaml"), &fill(APPLICATION))?;
        let base = root.join(format!("apps/app-{app}/base"));
        write(&base, "external.yaml", &fill(EXTERNAL))?;
        write(&base, "deployment.yaml", &fill(DEPLOYMENT))?;
        write(&base, "kustomization.yaml", &fill(BASE))?;
        for environment in ["dev", "test", "stage", "prod"] {
            let overlay = root.join(format!("apps/app-{app}/{environment}"));
            let text = fill(OVERLAY).replace("ENVIRONMENT", environment);
            write(&overlay, "kustomization.yaml", &text)?;
        }
    }
    Ok(())
}

fn write(folder: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    #[expect(clippy::disallowed_methods, reason = "the tree is made for this run alone")]
    fs::write(path, text)
}

const STORE: &str = "apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: kv-bench
spec:
  provider:
    azurekv:
      vaultUrl: https://kv-bench.vault.azure.net
";

const TERRAFORM: &str = r#"terraform {
  backend "azurerm" {
    key = "team-TEAM.tfstate"
  }
}

locals {
  entries = toset(["one", "two", "three", "four"])
}

data "azurerm_key_vault" "bench" {
  name                = "kv-bench"
  resource_group_name = "bench"
}

resource "azurerm_key_vault_secret" "entry" {
  for_each     = local.entries
  name         = "manual-team-TEAM-${each.key}"
  value        = "<set manually>"
  key_vault_id = data.azurerm_key_vault.bench.id

  lifecycle {
    ignore_changes = [value]
  }
}
"#;

const EXTERNAL: &str = "apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: app-TEAM-ITEM
  namespace: team-TEAM
spec:
  refreshInterval: 1h
  secretStoreRef:
    name: kv-bench
    kind: ClusterSecretStore
  target:
    template:
      data:
        DATABASE_URL: 'postgresql://app:{{ .password | urlquery }}@db:5432/app'
  data:
    - secretKey: password
      remoteRef:
        key: manual-team-TEAM-one
";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-TEAM-ITEM
  namespace: team-TEAM
spec:
  replicas: 2
  selector:
    matchLabels: {app: app-TEAM-ITEM}
  template:
    metadata:
      labels: {app: app-TEAM-ITEM}
    spec:
      containers:
        - name: app
          image: registry.example.com/app:1.0.0
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: app-TEAM-ITEM
                  key: DATABASE_URL
";

const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
";

const BASE: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - external.yaml
  - deployment.yaml
configMapGenerator:
  - name: settings
    literals: [LEVEL=info, TEAM=TEAM]
";

const OVERLAY: &str = "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: team-TEAM-ENVIRONMENT
resources:
  - ../base
labels:
  - pairs: {environment: ENVIRONMENT}
patches:
  - target: {kind: ExternalSecret}
    patch: |
      - op: replace
        path: /spec/refreshInterval
        value: 5m
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: app-TEAM-ITEM
      spec:
        replicas: 3
";

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop-TEAM
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://git.example.com/platform/gitops
    path: charts/shop-TEAM
    helm:
      valuesObject:
        image: {tag: 1.2.3}
  destination:
    server: https://kubernetes.default.svc
    namespace: shop-TEAM
";

/// A chart in the manner of `helm create`, with an `ExternalSecret` of its own.
const CHART: [(&str, &str); 6] = [
    ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: 1.2.3\n"),
    (
        "values.yaml",
        "replicaCount: 2\nimage:\n  repository: registry.example.com/shop\n  tag: ''\n\
         ingress: {enabled: true, host: shop.example.com}\nresources: {}\nnodeSelector: {}\n",
    ),
    (
        "templates/_helpers.tpl",
        r#"{{- define "shop.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}
{{- define "shop.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
"#,
    ),
    (
        "templates/deployment.yaml",
        r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
  labels: {{- include "shop.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicaCount }}
  selector:
    matchLabels: {{- include "shop.labels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "shop.labels" . | nindent 8 }}
    spec:
      containers:
        - name: shop
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          envFrom:
            - secretRef: {name: {{ include "shop.fullname" . }}-env}
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
"#,
    ),
    (
        "templates/external-secret.yaml",
        r#"apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ include "shop.fullname" . }}-env
spec:
  secretStoreRef: {name: kv-bench, kind: ClusterSecretStore}
  target:
    template:
      data:
        DATABASE_URL: 'postgresql://app:{{ "{{ .password | urlquery }}" }}@db:5432/app'
  data:
    - secretKey: password
      remoteRef: {key: manual-team-TEAM-one}
"#,
    ),
    (
        "templates/ingress.yaml",
        r#"{{- if .Values.ingress.enabled }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "shop.fullname" . }}
spec:
  rules:
    - host: {{ .Values.ingress.host | quote }}
{{- end }}
"#,
    ),
];

const NOISE: &str = "pipeline-ITEM:
  stages: [build, test, deploy]
  retries: 3
  matrix:
    - {os: linux, version: 1}
    - {os: macos, version: 2}
  description: >
    Team TEAM runs this pipeline every night and looks at the result in the morning.
";

const PYTHON: &str = "def compute_ITEM(values):
    total = 0
    for value in values:
        total += value * 2
    return total


";

const PROSE: &str =
    "Team TEAM keeps its notes here. They say what was decided, when, and by whom.\n";
