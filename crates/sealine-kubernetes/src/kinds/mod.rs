//! Kinds that name Secrets, one file for each family.
//!
//! To add a family: a file whose head describes it and gives an example, with a `KIND`, and its
//! name in the list below. The reader and the test of the example follow from the list.
//!
//! Invariant: the list is the only one of its kind; a kind that is not in it is only guessed at.

mod document;
mod field;
mod path;

use sealine_model::Facts;

pub(crate) use argo_config::{
    is_config as is_argo_config, own_secret as argo_secret, text_of as argo_text,
};
pub(crate) use argo_workflows::is_config as is_workflow_config;
pub use document::documentation;
pub use field::{Field, Role};
pub(crate) use networking::make_certificate;
pub(crate) use spark::config_map as spark_options;
pub(crate) use vault_agent::injected_entry;

use crate::manifest::object::Object;

/// A family of kinds that name Secrets: those of one project.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The API groups, without version; a leading `*` stands for any text.
    pub groups: &'static [&'static str],
    /// The fields that name Secrets.
    pub fields: &'static [Field],
    /// Whether the fields are all that there is, so that nothing else is guessed at.
    pub complete: bool,
    /// What no field can say.
    pub(crate) read: Option<fn(&Object<'_>, &mut Facts)>,
}

impl Kind {
    /// Returns the family of these groups and fields.
    const fn new(groups: &'static [&'static str], fields: &'static [Field]) -> Self {
        Self { groups, fields, complete: false, read: None }
    }

    /// Says that the fields are all that there is.
    const fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Adds what no field can say.
    const fn with(mut self, read: fn(&Object<'_>, &mut Facts)) -> Self {
        self.read = Some(read);
        self
    }

    /// Returns whether objects of this API group belong to the family.
    pub fn is_of(&self, group: &str) -> bool {
        self.groups.iter().any(|own| match own.strip_prefix('*') {
            Some(tail) => group.ends_with(tail),
            None => *own == group,
        })
    }
}

/// Declares the files of the families and lists them.
macro_rules! families {
    ($($name:ident,)*) => {
        $(mod $name;)*

        /// All families, each with its file's name and the text of its file, whose head is its page.
        pub static FAMILIES: &[(&str, &Kind, &str)] = &[
            $((stringify!($name), &$name::KIND, include_str!(concat!(stringify!($name), ".rs"))),)*
        ];
    };
}

families! {
    argo,
    argo_config,
    argo_image_updater,
    argo_workflows,
    backup,
    carvel,
    cert_manager,
    cloudnative_pg,
    crossplane,
    csi_secrets_store,
    databases,
    dynatrace,
    edp,
    envoy_gateway,
    ext_postgres_operator,
    flux,
    flux_operator,
    generators,
    grafana,
    istio,
    keda,
    knative,
    kyverno,
    metal3,
    networking,
    openshift,
    openshift_monitoring,
    platform,
    prometheus,
    sealed_secrets,
    secret_operators,
    spark,
    stackable,
    storage,
    strimzi,
    tekton,
    teleport,
    traefik,
    vault_agent,
    vault_operators,
    vault_secrets_operator,
    workloads,
}

/// Returns the families of an API group.
pub fn of_group(group: &str) -> impl Iterator<Item = &'static Kind> {
    let families = FAMILIES.iter().map(|(_, kind, _)| *kind);
    let group = group.to_owned();
    families.filter(move |kind| kind.is_of(&group))
}

/// Returns the page of a family: the head of its file, as Markdown.
pub fn page(text: &str) -> String {
    let mut page = String::new();
    for line in text.lines().map_while(|line| line.strip_prefix("//!")) {
        page.push_str(line.strip_prefix(' ').unwrap_or(line));
        page.push('\n');
    }
    page
}

#[cfg(test)]
mod tests;
