//! Outputs of other roots (`terraform_remote_state`, `tfe_outputs`, dependencies of Terragrunt) and of
//! modules that are not loaded.
//!
//! Invariant: another root is only taken when the configuration identifies exactly one.

use std::borrow::Cow;
use std::rc::Rc;

use super::{Evaluator, Instance, InstanceId, MAX_INSTANCES, ModuleHandle, Scope};
use crate::config::{Mode, ResourceConfig};
use crate::data::{Data, Kind, Text};
use crate::roots;
use crate::world::ConfigId;

/// Outputs of well-known registry modules that pass an argument on: source, output, arguments.
const PASSED_ON: &[(&str, &str, &[&str])] = &[
    ("terraform-aws-modules/eks/aws", "cluster_id", &["name", "cluster_name"]),
    ("terraform-aws-modules/eks/aws", "cluster_name", &["name", "cluster_name"]),
    ("terraform-aws-modules/rds/aws", "db_instance_name", &["db_name"]),
    ("terraform-aws-modules/s3-bucket/aws", "s3_bucket_id", &["bucket"]),
    ("terraform-aws-modules/secrets-manager/aws", "secret_arn", &["name"]),
    ("terraform-aws-modules/secrets-manager/aws", "secret_id", &["name"]),
    ("terraform-aws-modules/secrets-manager/aws", "secret_name", &["name"]),
    ("terraform-aws-modules/ssm-parameter/aws", "ssm_parameter_name", &["name"]),
    ("terraform-aws-modules/vpc/aws", "name", &["name"]),
    ("terraform-google-modules/project-factory/google", "project_id", &["project_id", "name"]),
    ("Azure/avm-res-keyvault-vault/azurerm", "name", &["name"]),
];

/// What modules call the output with the id of the vault that they make.
const IDS_OF_VAULTS: &[&str] = &["id", "key_vault_id", "resource_id"];

/// Returns whether a module from elsewhere makes an Azure Key Vault, by what its folder or repository is
/// called: `…/terraform-azurerm-v4//key_vault?ref=…`, `Azure/avm-res-keyvault-vault/azurerm`.
fn makes_key_vault(source: &str) -> bool {
    let source = source.split('?').next().unwrap_or(source);
    let source = source.strip_suffix("/azurerm").unwrap_or(source);
    let called = source.rsplit('/').next().unwrap_or(source).trim_end_matches(".git");
    let bare: String = called.chars().filter(char::is_ascii_alphanumeric).collect();
    bare.ends_with("keyvault") || bare.ends_with("keyvaultvault")
}

impl<'w> Evaluator<'w> {
    /// Returns the outputs of the root that a data source reads; nothing for other resources and
    /// attributes.
    pub(super) fn remote_state(
        &self,
        scope: &Scope<'w>,
        config: &ResourceConfig<'w>,
        attribute: &str,
    ) -> Option<Data> {
        if config.mode != Mode::Data {
            return None;
        }
        let root = match (config.kind, attribute) {
            ("terraform_remote_state", "outputs") => self.by_backend(scope, config),
            ("tfe_outputs", "values" | "nonsensitive_values") => {
                let workspace = self.attribute(scope, &config.declared, "workspace");
                workspace.known_text().and_then(|workspace| self.by_workspace(&workspace))
            }
            _ => return None,
        };
        let Some(instance) = root else { return Some(Data::unknown()) };
        Some(Data::new(Kind::Module(Rc::new(ModuleHandle::Outputs(instance)))))
    }

    /// Finds the root whose backend block names the same state.
    fn by_backend(&self, scope: &Scope<'w>, config: &ResourceConfig<'w>) -> Option<InstanceId> {
        let kind = self.attribute(scope, &config.declared, "backend");
        let kind = kind.known_text()?;
        let asked = self.attribute(scope, &config.declared, "config");
        if kind == "local" {
            let path = self.get_attribute(&asked, "path");
            let path = path.known_text()?;
            let (folder, _) = path.rsplit_once('/').unwrap_or((".", &path));
            let repository = &scope.instance.config.repository.name;
            let folder = sealine_source::join(&scope.instance.root().config.folder, folder)?;
            let root = self.world.config_at(repository, &folder)?;
            return self.other_root(root, None);
        }
        if kind == "remote" {
            let workspaces = self.get_attribute(&asked, "workspaces");
            let name = self.get_attribute(&workspaces, "name");
            return self.by_workspace(&name.known_text()?);
        }
        let given = |name: &str| self.get_attribute(&asked, name).known_text().map(Cow::into_owned);
        let root = self.world.root_index.by_state(&kind, given)?;
        self.other_root(root, self.environment.as_deref())
    }

    fn by_workspace(&self, workspace: &str) -> Option<InstanceId> {
        let (root, environment) = self.world.root_index.by_workspace(workspace)?;
        self.other_root(root, environment.as_deref().or(self.environment.as_deref()))
    }

    /// Returns the other root's instance, with the values of the same environment.
    fn other_root(&self, id: ConfigId, environment: Option<&str>) -> Option<InstanceId> {
        let key = (id, environment.map(str::to_owned));
        let known = self.other_roots.borrow().get(&key).copied();
        if known.is_some() {
            return known;
        }
        let config = self.world.config(id)?;
        let mut files = roots::automatic_values(self.world, config);
        let alternatives = roots::alternatives(self.world, config);
        let same = alternatives.into_iter().find(|it| it.name.as_deref() == environment);
        files.extend(same.into_iter().flat_map(|it| it.files));
        let instance: Rc<Instance<'w>> = self.add_root(config, &files);
        self.other_roots.borrow_mut().insert(key, instance.id);
        Some(instance.id)
    }

    /// Returns the outputs of the root that a unit of Terragrunt runs.
    pub(super) fn dependency(&self, unit: &str) -> Data {
        self.deeper(|| match self.unit_root(unit) {
            Some(instance) => Data::new(Kind::Module(Rc::new(ModuleHandle::Outputs(instance)))),
            None => Data::unknown(),
        })
    }

    fn unit_root(&self, unit: &str) -> Option<InstanceId> {
        if let Some(known) = self.units.borrow().get(unit) {
            return *known;
        }
        let (config, values) = self.world.unit(unit)?;
        if self.instances.borrow().len() >= MAX_INSTANCES {
            self.exhausted.set(true);
            return None;
        }
        let mut files = roots::automatic_values(self.world, config);
        files.extend(values);
        // Two that depend on each other know nothing of each other.
        self.units.borrow_mut().insert(unit.to_owned(), None);
        let instance = self.add_root(config, &files);
        self.units.borrow_mut().insert(unit.to_owned(), Some(instance.id));
        Some(instance.id)
    }

    /// Returns an output of a module that is not loaded, where it is known to pass on an argument.
    pub(super) fn unloaded_output(
        &self,
        caller: &Rc<Instance<'w>>,
        call: usize,
        slot: &Rc<super::Slot>,
        output: &str,
    ) -> Data {
        let Some((_, declared)) = caller.config.calls.get(call) else { return Data::unknown() };
        let source = declared.attribute("source").and_then(|it| it.expression.literal_text());
        let source = source.unwrap_or_default();
        let is_id = IDS_OF_VAULTS.contains(&output) && makes_key_vault(&source);
        let passed = PASSED_ON.iter().find(|(known, name, _)| *known == source && *name == output);
        let arguments = if is_id { &["name"] } else { passed.map_or(&[][..], |(.., it)| it) };
        let given = arguments.iter().find(|name| declared.attribute(name).is_some());
        let Some(name) = given else { return Data::unknown() };
        let mut scope = Scope::new(caller, declared.file);
        scope.slot = Some(Rc::clone(slot));
        let given = self.attribute(&scope, declared, name);
        if is_id { id_of_vault(&given) } else { given }
    }
}

/// Returns the id of the Azure Key Vault that a module called `name` makes, as far as that tells it: the module
/// may add to the name.
fn id_of_vault(name: &Data) -> Data {
    let Kind::Text(name) = &name.kind else { return Data::unknown() };
    let mut id = Text::hole();
    id.append(&Text::known("/vaults/", None));
    id.append(&Text::hole());
    id.append(name);
    id.append(&Text::hole());
    Data::new(Kind::Text(id))
}
