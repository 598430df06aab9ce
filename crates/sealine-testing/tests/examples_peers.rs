//! The worked examples, held against the real programs: what Sealine judges there, Terraform, Helm
//! and Kustomize accept.

#![expect(clippy::disallowed_methods, reason = "these tests read the examples and run peers")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealine_testing::peers::peer;

#[test]
fn terraform_finds_nothing_to_format() {
    let Some(terraform) = peer("terraform") else { return };
    let roots = files(is_terraform);
    assert!(roots.len() > 50, "the examples have lost their Terraform: {roots:?}");
    run(quiet(&terraform).args(["fmt", "-check", "-diff", "-recursive"]).arg(examples()));
}

/// Providers need a registry, so only roots without one can be validated everywhere.
#[test]
fn terraform_validates_roots_without_providers() {
    let Some(terraform) = peer("terraform") else { return };
    let scratch = files(|path| path.ends_with("terraform/scratch/main.tf"));
    assert_eq!(scratch.len(), 2, "one in each state: {scratch:?}");
    for file in scratch {
        let copy = tempfile::tempdir().unwrap();
        fs::copy(&file, copy.path().join("main.tf")).unwrap();
        for arguments in [&["init", "-backend=false"][..], &["validate"]] {
            run(quiet(&terraform).args(arguments).current_dir(copy.path()));
        }
    }
}

/// `SEALINE_TF_MIRROR` names a local plugin mirror; what it holds differs from machine to machine.
#[test]
fn terraform_validates_folders_whose_providers_are_mirrored() {
    let Some(terraform) = peer("terraform") else { return };
    let Some(mirror) = std::env::var_os("SEALINE_TF_MIRROR").map(PathBuf::from) else {
        eprintln!("skipped: SEALINE_TF_MIRROR names no plugin mirror");
        return;
    };
    let copy = tempfile::tempdir().unwrap();
    let settings = copy.path().join("terraformrc");
    let path = mirror.display();
    fs::write(
        &settings,
        format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = \"{path}\"\n  }}\n}}\n"
        ),
    )
    .unwrap();
    let mut folders = Vec::new();
    for file in files(is_terraform) {
        let inside = file.strip_prefix(examples()).unwrap();
        let state: PathBuf = inside.components().take(2).collect();
        let target = copy.path().join(inside);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&target, with_local_modules(&text, &copy.path().join(state))).unwrap();
        let providers =
            text.split("\"hashicorp/").skip(1).filter_map(|rest| rest.split('"').next());
        let providers: Vec<_> = providers.collect();
        let home = mirror.join("registry.terraform.io/hashicorp");
        if !providers.is_empty() && providers.iter().all(|name| home.join(name).is_dir()) {
            folders.push(target.parent().unwrap().to_owned());
        }
    }
    eprintln!("{} folders have all their providers in the mirror", folders.len());
    for folder in folders {
        for arguments in [&["init", "-backend=false"][..], &["validate"]] {
            let mut command = quiet(&terraform);
            command.env("TF_CLI_CONFIG_FILE", &settings).args(arguments);
            run(command.current_dir(&folder));
        }
    }
}

/// Returns `text` with module sources on a remote replaced by the repository beside it.
fn with_local_modules(text: &str, state: &Path) -> String {
    let mut pieces = text.split("github.com/unique-ag/connectors.git//");
    let start = pieces.next().unwrap_or_default().to_owned();
    let folder = state.join("connectors");
    pieces.fold(start, |local, piece| {
        let (address, rest) = piece.split_once('"').unwrap();
        let path = address.split('?').next().unwrap_or_default();
        format!("{local}{}\"{rest}", folder.join(path).display())
    })
}

#[test]
fn kustomize_builds_every_kustomization() {
    let Some(kustomize) = peer("kustomize") else { return };
    let kustomizations = files(|path| path.ends_with("kustomization.yaml"));
    assert!(kustomizations.len() > 20, "the examples have lost some: {kustomizations:?}");
    for file in kustomizations {
        let built = run(Command::new(&kustomize).arg("build").arg(file.parent().unwrap()));
        assert!(built.contains("kind: "), "{} builds nothing", file.display());
    }
}

#[test]
fn helm_renders_every_chart_as_its_application_does() {
    let Some(helm) = peer("helm") else { return };
    let mut rendered = Vec::new();
    for file in files(|path| path.extension().is_some_and(|ending| ending == "yaml")) {
        for application in applications(&file) {
            rendered.push(application.chart.clone());
            application.render(&helm);
        }
    }
    rendered.sort();
    // A chart may serve several environments.
    rendered.dedup();
    let charts = files(|path| path.ends_with("Chart.yaml"));
    let charts: Vec<_> = charts.iter().filter_map(|file| file.parent()).collect();
    assert!(!charts.is_empty());
    assert_eq!(rendered, charts, "every chart is delivered in each state");
}

/// An Argo CD Application of a chart that lies in the example.
struct Application {
    /// The root of the repository that holds the chart.
    repository: PathBuf,
    chart: PathBuf,
    release: String,
    namespace: String,
    values: Option<String>,
    value_files: Vec<String>,
}

impl Application {
    fn render(&self, helm: &Path) {
        let values = tempfile::NamedTempFile::new().unwrap();
        fs::write(values.path(), self.values.as_deref().unwrap_or("")).unwrap();
        let mut command = Command::new(helm);
        command.args(["template", &self.release, "."]).current_dir(&self.chart);
        command.args(["--namespace", &self.namespace]);
        for file in &self.value_files {
            // Only helm-secrets decrypts; encrypted values have the same shape.
            let file = file.trim_start_matches("secrets://");
            // Argo CD takes a path that begins with `/` from the root of the repository.
            let from_root = file.strip_prefix('/').map(|file| self.repository.join(file));
            command.arg("--values").arg(from_root.unwrap_or_else(|| file.into()));
        }
        let text = run(command.arg("--values").arg(values.path()));
        let parsed = sealine_yaml::parse(&text);
        assert!(parsed.problems.is_empty(), "{}: {:?}", self.chart.display(), parsed.problems);
        assert!(text.contains("kind: Deployment"), "{} makes no workload", self.chart.display());
    }
}

fn applications(file: &Path) -> Vec<Application> {
    let text = fs::read_to_string(file).unwrap();
    if !text.contains("kind: Application\n") {
        return Vec::new();
    }
    let parsed = sealine_yaml::parse(&text);
    let documents = parsed.documents.iter();
    documents.filter_map(|document| application(file, &text, &document.root)).collect()
}

fn application(file: &Path, text: &str, root: &sealine_yaml::Node) -> Option<Application> {
    let source = root.at(&["spec", "source"])?;
    let path = source.str_at(&["path"])?;
    // The repository is the folder of the state that holds this chart.
    let repository = file
        .ancestors()
        .flat_map(|folder| [folder.to_owned(), folder.join("connectors")])
        .find(|folder| folder.join(path).join("Chart.yaml").is_file())?;
    let chart = repository.join(path);
    let values = source.at(&["helm", "valuesObject"]).map(|node| {
        let range = node.range.bytes();
        let line = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
        format!("{}{}", " ".repeat(range.start - line), &text[range])
    });
    let files = source.at(&["helm", "valueFiles"]).map(sealine_yaml::Node::items);
    Some(Application {
        repository,
        chart,
        release: source
            .str_at(&["helm", "releaseName"])
            .or_else(|| root.str_at(&["metadata", "name"]))?
            .to_owned(),
        namespace: root.str_at(&["spec", "destination", "namespace"])?.to_owned(),
        values,
        value_files: files
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
    })
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").canonicalize().unwrap()
}

/// Returns the files of the examples that `wanted` picks, sorted.
fn files(wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![examples()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if wanted(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Returns a Terraform that reads no settings of this machine and asks nobody for news.
fn quiet(terraform: &Path) -> Command {
    let mut command = Command::new(terraform);
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    command.env("TF_CLI_CONFIG_FILE", null).env("CHECKPOINT_DISABLE", "1");
    command.env("TF_IN_AUTOMATION", "1");
    command
}

fn is_terraform(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "tf")
}

/// Runs `command`, which must succeed, and returns what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{text}\n{errors}", output.status);
    text
}
