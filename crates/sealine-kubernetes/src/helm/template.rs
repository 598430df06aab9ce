//! What `helm template` prints, for comparing with it and for measuring.
//!
//! Invariant: nothing is known here that rendering for facts does not know.

use sealine_model::tree::Tree;
use sealine_model::{Note, Value};
use sealine_source::{Place, Project};

use super::cluster::Cluster;
use super::load;
use super::parameter::{at_path, typed};
use super::render::{Lacking, Release, execute_all, prepare, read_outputs};
use crate::delivery::inventory::{Inventory, in_folder};

/// How `helm template` is called.
#[derive(Clone, Debug, Default)]
pub struct Templating {
    /// The release name.
    pub release: String,
    /// The namespace.
    pub namespace: String,
    /// The paths of values files in the repository, the weakest first.
    pub values: Vec<String>,
    /// Parameters as after `--set`, each a path and a value.
    pub parameters: Vec<(String, String)>,
    /// The version of Kubernetes, when it is not the one that Helm assumes.
    pub kubernetes: Option<String>,
    /// API versions that are served beyond those that Helm assumes.
    pub api_versions: Vec<String>,
}

/// The output of one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The name of the template: `app/templates/secret.yaml`.
    pub template: String,
    /// What it printed.
    pub text: String,
}

/// What came of a chart.
#[derive(Clone, Debug, Default)]
pub struct Templated {
    /// The outputs, in the order in which templates are executed.
    pub outputs: Vec<Output>,
    /// What went wrong; where Helm would refuse the chart as a whole, there is something.
    pub notes: Vec<Note>,
    /// What could not be read at all.
    pub opaque: Vec<String>,
    /// How many objects the outputs hold, those for `helm test` left out.
    pub objects: usize,
}

/// Renders the chart in a folder of a repository; `None` where there is none.
pub fn template(
    project: &Project,
    repo: &str,
    folder: &str,
    call: &Templating,
) -> Option<Templated> {
    let inventory = Inventory::new(project);
    let repo = inventory.repo_id(repo)?;
    let loaded = load(&inventory, repo, folder)?;
    let mut given = Vec::new();
    let mut templated = Templated::default();
    let top = inventory.source(repo, &in_folder(folder, "Chart.yaml"))?.top();
    for path in &call.values {
        match inventory.file(repo, path) {
            Some(file) => {
                given.push(file.first().unwrap_or(Tree::Null));
            }
            None => templated.opaque.push(format!("the values file `{path}` was not found")),
        }
    }
    given.extend(call.parameters.iter().map(|(path, value)| parameter(path, value, &top)));
    let release = Release {
        name: Value::from(call.release.as_str()),
        namespace: Value::from(call.namespace.as_str()),
        cluster: Cluster::Given {
            version: call.kubernetes.clone(),
            api_versions: call.api_versions.clone(),
        },
        lacking: Lacking::Nothing,
    };
    let mut refuse = |message: &str| {
        templated.notes.push(Note { place: top.clone(), message: message.to_owned() });
    };
    if loaded.chart.is_library() {
        refuse("a library chart cannot be installed");
    }
    if release.cluster.is_refused(&loaded.chart.metadata) {
        refuse("the chart does not run on this version of Kubernetes");
    }
    templated.notes.extend(loaded.notes.iter().cloned());
    let stage = prepare(&loaded, &given, None, &release, project);
    templated.opaque.extend(stage.opaque.iter().cloned());
    let (executed, notes, opaque) = execute_all(&loaded, &stage);
    templated.notes.extend(notes);
    templated.opaque.extend(opaque);
    let objects = read_outputs(&executed, &stage, &mut templated.notes);
    templated.objects = objects.iter().map(Vec::len).sum();
    for (name, out) in executed {
        templated.outputs.push(Output { template: name.to_owned(), text: out.text });
    }
    Some(templated)
}

fn parameter(path: &str, value: &str, top: &Place) -> Tree {
    let value = Tree::Scalar { value: sealine_model::Value::from(value), place: top.clone() };
    at_path(path, typed(value), top)
}
