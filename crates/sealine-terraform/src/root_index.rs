//! Roots by the state they keep, so that another root's remote state finds them without a search.
//!
//! Invariant: an answer is one root; where several keep the same state, there is none.

use std::collections::HashMap;

use sealine_source::file_name;

use crate::config::Config;
use crate::world::ConfigId;

/// The attributes that identify a state, by backend.
const IDENTITY: &[(&str, &[&str])] = &[
    ("azurerm", &["storage_account_name", "container_name", "key"]),
    ("consul", &["path"]),
    ("cos", &["bucket", "key"]),
    ("gcs", &["bucket", "prefix"]),
    ("http", &["address"]),
    ("kubernetes", &["secret_suffix"]),
    ("oss", &["bucket", "key"]),
    ("pg", &["schema_name"]),
    ("s3", &["bucket", "key"]),
];

/// Roots by backend settings, workspace and folder.
#[derive(Default)]
pub(crate) struct RootIndex {
    states: HashMap<Vec<String>, Vec<ConfigId>>,
    workspaces: HashMap<String, Vec<ConfigId>>,
    /// Roots with a `cloud` block, by the name of their folder.
    folders: HashMap<String, Vec<ConfigId>>,
}

impl RootIndex {
    pub(crate) fn new(configs: &[Config<'_>]) -> Self {
        let mut index = Self::default();
        for (id, config) in configs.iter().enumerate() {
            index.add(id, config);
        }
        index
    }

    fn add(&mut self, id: ConfigId, config: &Config<'_>) {
        let backends = config.setting_blocks("backend");
        let clouds = config.setting_blocks("cloud");
        for (_, block) in &backends {
            let given = |name: &str| block.body.attribute(name)?.value.literal_text();
            let state = block.label(0).and_then(|kind| state_key(kind, given));
            if let Some(state) = state {
                self.states.entry(state).or_default().push(id);
            }
        }
        if !clouds.is_empty() {
            let folder = spelled(file_name(&config.folder));
            self.folders.entry(folder).or_default().push(id);
        }
        for (_, block) in clouds.iter().chain(&backends) {
            let workspaces = block.body.block("workspaces");
            let name = workspaces.and_then(|it| it.body.attribute("name")?.value.literal_text());
            if let Some(name) = name {
                self.workspaces.entry(name).or_default().push(id);
            }
        }
    }

    /// Returns the root that keeps its state where these settings say.
    pub(crate) fn by_state(
        &self,
        backend: &str,
        given: impl Fn(&str) -> Option<String>,
    ) -> Option<ConfigId> {
        only(self.states.get(&state_key(backend, given)?))
    }

    /// Returns the root of a workspace: by the name in its `cloud` block, else by its folder's name,
    /// which the environment may follow; and that environment.
    pub(crate) fn by_workspace(&self, workspace: &str) -> Option<(ConfigId, Option<String>)> {
        if let Some(root) = only(self.workspaces.get(workspace)) {
            return Some((root, None));
        }
        let workspace = spelled(workspace);
        let ends = std::iter::once(workspace.len())
            .chain(workspace.rmatch_indices('-').map(|(at, _)| at))
            .collect::<Vec<_>>();
        ends.into_iter().find_map(|end| {
            let roots = self.folders.get(workspace.get(..end)?)?;
            let environment = workspace.get(end + 1..).map(str::to_owned);
            Some((only(Some(roots))?, environment))
        })
    }
}

fn only(roots: Option<&Vec<ConfigId>>) -> Option<ConfigId> {
    match roots?.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Returns what identifies a state; nothing when a part of it is not given.
fn state_key(backend: &str, given: impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let (_, names) = IDENTITY.iter().find(|(known, _)| *known == backend)?;
    let values = names.iter().map(|name| given(name));
    std::iter::once(Some(backend.to_owned())).chain(values).collect()
}

fn spelled(name: &str) -> String {
    name.replace('_', "-")
}
