//! Terraform modules, as far as the chain and its rules need them.

use std::collections::{BTreeMap, BTreeSet};

use sealine_source::{Edit, Place};

use crate::kubernetes::Secret;
use crate::{Certainty, SortedMap, Value, vault};

/// A module's folder: evaluated as a root, or read by itself when nothing calls it.
#[derive(Clone, Debug)]
pub struct Module {
    /// The repository.
    pub repo: String,
    /// The folder.
    pub folder: String,
    /// Whether it is a root module, and by which sign: `backend`, `lock file`, `workflow`.
    pub root: Option<String>,
    /// For findings about the module as a whole: its first `terraform` block, else a `provider`
    /// block, else the top of its first file.
    pub place: Place,
    /// The `backend` or `cloud` block.
    pub backend: Option<Backend>,
    /// Managed and data resources, of this module and the modules it calls, one per instance (or
    /// one with an unknown instance key where the instances are not known).
    pub resources: Vec<Resource>,
    /// The variables of this module itself.
    pub variables: Vec<Variable>,
    /// The outputs of this module itself.
    pub outputs: Vec<Output>,
    /// The module calls of this module and of the modules it calls from loaded sources.
    pub calls: Vec<ModuleCall>,
    /// `provider` blocks of this module itself: their type and place.
    pub providers: Vec<(String, Place)>,
    /// Literals that are given to these for their credentials, by provider and argument: `aws.secret_key`.
    pub credentials: Vec<(String, Attribute)>,
    /// The constraint on Terraform itself.
    pub required_version: Option<String>,
    /// `required_providers`: local name to source and version constraint.
    pub required_providers: BTreeMap<String, (String, String)>,
    /// Versions chosen in `.terraform.lock.hcl`, by provider source.
    pub locked_providers: BTreeMap<String, String>,
    /// Whether OpenTofu state encryption is configured.
    pub encrypts_state: bool,
    /// Whether something else may write the backend (a `terragrunt.hcl` in the folder, a workspace of
    /// HCP Terraform by a `.terraformignore`, a template or a script there that holds one, a
    /// `local_file`): then a missing backend is unknown, not absent.
    pub backend_elsewhere: bool,
    /// The backends that this tool writes, as far as its files say: one for each block that does.
    pub written_backends: Vec<Backend>,
    /// The addresses of the vault entries, of this module and the modules it calls, that something
    /// of the configuration uses: another resource, a data source, a module call, an output of the
    /// root.
    pub used_entries: BTreeSet<String>,
    /// What the Secrets that it makes take from other resources.
    pub passings: BTreeSet<Passing>,
    /// The types of resources that are written down and of which the values in sight make no instance,
    /// here or in a module that is called: other values may.
    pub dormant: BTreeSet<String>,
    /// The vault entries that these would make; of a module that nobody calls, those that it would make,
    /// where they are to be shown.
    pub dormant_entries: Vec<vault::Entry>,
    /// The Secrets that these would make, where they are to be shown.
    pub dormant_secrets: Vec<Secret>,
}

/// A secret value that a resource takes from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passing {
    /// The address of what gives it, without the key of an instance: `data.azurerm_key_vault_secret.db`.
    pub from: String,
    /// The address of what takes it: `kubernetes_secret.db["a"]`.
    pub to: String,
    /// The reference.
    pub at: Place,
}

/// Where a line could be added to a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// An empty place at the start of the line that closes the block.
    pub place: Place,
    /// The indent of the block's lines.
    pub indent: String,
    /// The file's line ending.
    pub newline: &'static str,
    /// How wide the names of the attributes right above are set, so that equals signs stay below
    /// each other; 0 where no attribute stands right above.
    pub name_width: usize,
}

impl Insert {
    /// Returns the edit that adds an attribute.
    pub fn attribute(&self, name: &str, value: &str) -> Edit {
        self.lines([format!("{name:<0$} = {value}", self.name_width).as_str()])
    }

    /// Returns the edit that adds these lines, each but empty ones with the block's indent.
    pub fn lines<'a>(&self, lines: impl IntoIterator<Item = &'a str>) -> Edit {
        let mut text = String::new();
        for line in lines {
            let indent = if line.is_empty() { "" } else { &self.indent };
            text.extend([indent, line, self.newline]);
        }
        Edit { place: self.place.clone(), text }
    }
}

/// A backend or `cloud` block.
#[derive(Clone, Debug)]
pub struct Backend {
    /// `s3`, `azurerm`, `cloud`.
    pub kind: String,
    /// The head of the block.
    pub place: Place,
    /// The attributes given in the block; nested blocks as `name.attribute`.
    pub attributes: SortedMap<String, Attribute>,
    /// Whether more may come from outside: an empty or visibly partial block, or a
    /// `-backend-config` seen in a workflow. Then a missing attribute is unknown, not absent.
    pub partial: bool,
    /// Where an attribute could be added.
    pub insert: Option<Insert>,
}

/// An attribute as far as it is known.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its value when it is a string, number or bool; `Unknown` else. The text of a secret (see
    /// [`crate::secret_attributes`]) is not kept: it is `Unknown`, except that an empty one stays.
    pub value: Value,
    /// Whether the expression is a literal that stands here.
    pub literal: bool,
    /// Where the expression stands. In a resource of a called module, the expression there.
    pub place: Place,
    /// Where the value was given, when it came through a variable: the literal in the call,
    /// the tfvars or the default.
    pub given: Option<Place>,
    /// For a secret that is a literal, here or where it is given: its fingerprint, see
    /// [`crate::vault::fingerprint`].
    pub fingerprint: Option<String>,
    /// Whether that literal is no secret, such as one that is given later, see
    /// [`crate::is_no_secret`].
    pub stand_in: bool,
    /// Whether that literal is one word, as names are, see [`crate::is_word`].
    pub word: bool,
    /// How sure it is that this holds: assumed where it is one of several values that may be chosen, or of a
    /// block that may be left out.
    pub certainty: Certainty,
}

/// A managed resource or a data source, one instance.
#[derive(Clone, Debug)]
pub struct Resource {
    /// `module.a["k"].azurerm_key_vault_secret.x["y"]`; `*` for unknown instance keys.
    pub address: String,
    /// `azurerm_key_vault_secret`.
    pub kind: String,
    /// The name in the configuration.
    pub name: String,
    /// Whether it is a data source.
    pub data: bool,
    /// Whether it is an `ephemeral` block.
    pub ephemeral: bool,
    /// The head of its block.
    pub place: Place,
    /// The whole block.
    pub block: Place,
    /// The attributes; nested blocks as `metadata.0.name`, elements of literal objects as
    /// `data.password`.
    pub attributes: SortedMap<String, Attribute>,
    /// The names in `ignore_changes`; `all` as one name.
    pub ignore_changes: Vec<String>,
    /// The `lifecycle` block, when one stands in it.
    pub lifecycle: Option<Lifecycle>,
    /// Where a line could be added at the end of the block body.
    pub insert: Option<Insert>,
    /// Whether the instance may not exist: `count` or `for_each` is not known.
    pub conditional: bool,
}

/// The `lifecycle` block of a resource.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    /// Where a line could be added at the end of its body.
    pub insert: Option<Insert>,
    /// Where a name could be added to its `ignore_changes` list: an empty place before the first
    /// name, or between the brackets of an empty list. `None` without such a list.
    pub ignore: Option<Place>,
}

/// A variable declaration.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// `sensitive = true`.
    pub sensitive: bool,
    /// `ephemeral = true`.
    pub ephemeral: bool,
    /// Where a literal, non-null, non-empty default string stands.
    pub literal_default: Option<Place>,
    /// The fingerprint of that default, see [`crate::vault::fingerprint`].
    pub default_fingerprint: Option<String>,
    /// Whether that default only stands for a value that is given later, see
    /// [`crate::is_no_secret`].
    pub stand_in: bool,
    /// The head of the block.
    pub place: Place,
}

/// An output declaration.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// `sensitive = true`.
    pub sensitive: bool,
    /// `ephemeral = true`.
    pub ephemeral: bool,
    /// The secret attribute it passes on unmarked, for people: `aws_db_instance.main.password`.
    pub secret_source: Option<String>,
    /// The head of the block.
    pub place: Place,
    /// Where a line could be added at the end of the block body; `None` where `sensitive` is
    /// written already.
    pub insert: Option<Insert>,
}

/// A `module` block.
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// Its name in the configuration.
    pub name: String,
    /// The source as written.
    pub source: String,
    /// Where the source is written.
    pub place: Place,
    /// The `version` argument.
    pub version: Option<String>,
    /// What the source is.
    pub kind: SourceKind,
    /// The normalised remote, for git sources.
    pub remote: Option<String>,
    /// The path inside the remote or repository.
    pub path: String,
    /// The `ref` of a git source.
    pub reference: Option<String>,
    /// The repository and folder it was read from, when it was.
    pub resolved: Option<(String, String)>,
    /// What the git data of the loaded repository says of `reference`; `None` where it cannot be
    /// told: another repository, no git data, a shallow clone, no `ref`.
    pub reference_state: Option<ReferenceState>,
}

/// What git data says of a module's `ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceState {
    /// No tag, branch or commit of this name exists.
    Missing,
    /// It exists, but not the module's path at it.
    PathMissing,
    /// Both exist.
    Present,
}

/// The kinds of module source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// `./x` or `../x`.
    Local,
    /// A git remote.
    Git,
    /// A registry address.
    Registry,
    /// An archive, an OCI artefact, Mercurial.
    Other,
    /// Not a literal.
    Unknown,
}

/// A Terraform state file that lies among the sources, recognised by its content.
#[derive(Clone, Debug)]
pub struct StateFile {
    /// The file.
    pub place: Place,
    /// Whether `OpenTofu` encrypted it.
    pub encrypted: bool,
    /// Whether it holds values: resources with instances, or outputs.
    pub has_values: bool,
    /// Its lineage and serial, where it says them.
    pub version: Option<(String, u64)>,
}
