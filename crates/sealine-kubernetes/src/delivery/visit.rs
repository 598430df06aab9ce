//! One delivery root carried out: objects, facts, and the roots among the objects.
//!
//! Invariant: every object of a root is read under that root's id, so that one document delivered
//! twice gives two facts. A root that brings itself is one root, which says what it brings of itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sealine_model::delivery::{Delivery, DeliveryKind};
use sealine_model::kubernetes::{ClassMount, Consumer, Scope, Secret, SecretOrigin, SecretUse};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::Purpose;
use super::folders;
use super::handed::{self, Sight};
use super::inventory::{DocumentId, RepoId};
use super::lookup::Lookup;
use super::mishaps;
use super::object::{Made, Object, value_at};
use super::plan::{Top, roots_of};
use super::resource_set;
use super::root::{Chart, Part, Root};
use super::shallow::Shallow;
use crate::helm::{self, Lacking};
use crate::kustomize::{self, Built, RemoteChart};
use crate::manifest::{self, Context, Understood};

/// A root whose turn it is.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// Its id, unique in the run.
    pub(crate) id: Arc<str>,
    /// The root that brings it.
    pub(crate) parent: Option<Arc<str>>,
    /// The index of the top it is reached from.
    pub(crate) tree: usize,
    /// How many roots stand above it.
    pub(crate) depth: usize,
    /// What it is.
    pub(crate) top: Top,
}

/// What became of a root.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    /// What it declares and needs.
    pub(crate) facts: Facts,
    /// The roots among its objects.
    pub(crate) children: Vec<Top>,
    /// The documents it brings.
    pub(crate) documents: Vec<DocumentId>,
    /// The files it read or looked for.
    pub(crate) files: BTreeSet<(RepoId, String)>,
    /// The folders that it takes without those below them.
    pub(crate) shallow: Vec<Shallow>,
    /// The charts it renders.
    pub(crate) charts: BTreeSet<(RepoId, String)>,
    /// Whether it may take up any folder.
    pub(crate) may_take_any: bool,
}

/// How often a root that changes itself is carried out again. Two are enough for one that its
/// kustomization gives patches which then change itself; some would never come to an end.
const MAX_ROUNDS: usize = 4;

/// Carries out one root. One that brings itself, as the `flux-system` of Flux does, is carried out
/// as it brings itself: a kustomization on the way may have patched it.
pub(crate) fn visit(lookup: &Lookup<'_>, visit: &Visit) -> Visited {
    let mut root = Cow::Borrowed(&*visit.top.root);
    let mut rounds = 0;
    loop {
        let mut visited = carry_out(lookup, visit, &root);
        match take_itself(&mut visited.children, &visit.top) {
            Some(again) if again != *root && rounds < MAX_ROUNDS => root = Cow::Owned(again),
            _ => return visited,
        }
        rounds += 1;
    }
}

/// Takes the root itself out of those that it brings; none where several may be meant.
fn take_itself(children: &mut Vec<Top>, top: &Top) -> Option<Root> {
    let document = top.document.as_ref()?;
    let is_itself =
        |child: &Top| child.document.as_ref() == Some(document) && child.root.is_again(&top.root);
    let index = children.iter().position(is_itself)?;
    let is_alone = children.iter().filter(|child| is_itself(child)).count() == 1;
    is_alone.then(|| *children.remove(index).root)
}

fn carry_out(lookup: &Lookup<'_>, visit: &Visit, root: &Root) -> Visited {
    let mut visited = Visited { may_take_any: root.may_take_any, ..Visited::default() };
    let facts = &mut visited.facts;
    lookup.inventory.repo_name(visit.top.repo).clone_into(&mut facts.repo);
    facts.unit = root.label();
    let mut built = Built::default();
    built.opaque.extend(root.opaque.iter().cloned());
    built.problems.extend(root.problems.iter().cloned());
    let scope =
        Scope { delivery: Some(Arc::clone(&visit.id)), namespace: root.target_namespace.clone() };
    let mut unread = Vec::new();
    for part in &root.parts {
        match part {
            Part::Folder(folder) => {
                let own = folders::build(lookup.inventory, folder);
                let shallow = Shallow::of(lookup.inventory, folder);
                visited.shallow.extend(shallow.filter(|_| !own.objects.is_empty()));
                absorb(&mut built, own);
            }
            Part::Chart(chart) => {
                visited.charts.insert((chart.repo, chart.folder.clone()));
                unread.push(Cow::Owned(render(lookup, root, chart, &mut built)));
            }
            Part::Values(values) => unread.push(Cow::Borrowed(values.as_slice())),
        }
    }
    for values in unread.iter().filter(|values| !values.is_empty()) {
        let sight = Sight::new(lookup.inventory, &built.objects);
        let handed = read_values(root, values, &scope, &sight, facts);
        built.objects.extend(handed);
    }
    for renderer in &root.post_renderers {
        let inventory = lookup.inventory;
        kustomize::transform(inventory, visit.top.repo, renderer, &mut built);
    }
    if root.left_out.is_none() {
        facts.mishaps.append(&mut built.mishaps);
        facts.mishaps.extend(mishaps::find(root, &built));
    }
    if let Some(substitution) = &root.substitution {
        for object in &mut built.objects {
            substitution.apply(&mut object.tree);
        }
    }
    let brought = resource_set::objects(&built.objects);
    built.objects.extend(brought);
    read_objects(lookup, &built.objects, &scope, facts);
    for chart in &built.charts {
        read_remote(lookup, chart, &scope, facts);
    }
    visited.children = children(lookup, visit.top.repo, root, &built.objects);
    visited.documents = built.objects.iter().filter_map(|object| object.document.clone()).collect();
    facts.notes.append(&mut built.notes);
    facts.problems.append(&mut built.problems);
    facts.reads = read_paths(lookup, visit.top.repo, &built.reads);
    facts.deliveries.push(delivery(lookup, visit, root, &built.opaque));
    visited.files = built.reads;
    visited.facts.shrink_to_fit();
    visited
}

/// Renders a chart; returns the values of what could not be read of it.
fn render(lookup: &Lookup<'_>, root: &Root, chart: &Chart, built: &mut Built) -> Vec<Tree> {
    let Some(loaded) = lookup.chart(chart.repo, &chart.folder) else {
        built.opaque.push(format!("`{}` is no chart", chart.folder));
        return chart.values.clone();
    };
    let name = root.release_name().clone();
    let mut release = helm::Release::new(name, root.target_namespace.clone());
    if !root.opaque.is_empty() {
        // What is out of sight may be values.
        release.lacking = Lacking::GivenElsewhere;
    } else if lookup.purpose == Purpose::Showing {
        release.lacking = Lacking::Refused;
    }
    let project = lookup.inventory.project;
    let own = chart.own_values.as_deref();
    let rendered = helm::render(&loaded, &chart.values, own, &release, project);
    built.objects.extend(rendered.objects);
    built.opaque.extend(rendered.opaque);
    built.mishaps.extend(loaded.mishaps.iter().cloned());
    built.notes.extend(loaded.all_notes());
    built.notes.extend(rendered.notes);
    built.reads.extend(loaded.reads.iter().map(|path| (chart.repo, path.clone())));
    rendered.unread
}

fn absorb(built: &mut Built, other: Built) {
    built.objects.extend(other.objects);
    built.opaque.extend(other.opaque);
    built.notes.extend(other.notes);
    built.problems.extend(other.problems);
    built.mishaps.extend(other.mishaps);
    built.reads.extend(other.reads);
    built.charts.extend(other.charts);
}

/// Reads the values of a chart that cannot be rendered by the names people give such values; returns
/// the objects that stand there. They are delivered together with those in sight.
fn read_values(
    root: &Root,
    values: &[Tree],
    scope: &Scope,
    sight: &Sight<'_>,
    facts: &mut Facts,
) -> Vec<Object> {
    let consumer = Consumer {
        kind: match root.kind {
            DeliveryKind::ArgoApplication => "Application".to_owned(),
            DeliveryKind::Helmfile => "Release".to_owned(),
            _ => "HelmRelease".to_owned(),
        },
        name: root.name.clone(),
        part: String::new(),
        place: root.place.clone(),
    };
    let release = root.release_name().text();
    handed::read_values(values, release.as_deref(), scope, &consumer, sight, facts)
}

/// Reads the values that a kustomization gives a chart which is not in the repository.
fn read_remote(lookup: &Lookup<'_>, chart: &RemoteChart, scope: &Scope, facts: &mut Facts) {
    let consumer = Consumer {
        kind: "Chart".to_owned(),
        name: chart.name.value.clone(),
        part: String::new(),
        place: chart.name.place.clone(),
    };
    let namespace = chart.namespace.as_ref().unwrap_or(&scope.namespace).clone();
    let scope = Scope { namespace, ..scope.clone() };
    let sight = Sight::new(lookup.inventory, &[]);
    let objects = handed::read_values(&chart.values, None, &scope, &consumer, &sight, facts);
    read_objects(lookup, &objects, &scope, facts);
}

/// The `data` of the `ConfigMap`s that are delivered together, by name.
pub(crate) type ConfigMaps = BTreeMap<String, Tree>;

/// Reads objects that are delivered together.
pub(crate) fn read_objects(
    lookup: &Lookup<'_>,
    objects: &[Object],
    scope: &Scope,
    facts: &mut Facts,
) {
    let config_maps: ConfigMaps =
        objects.iter().filter_map(|object| manifest::config_map(&object.tree)).collect();
    for object in objects {
        read_object(lookup, object, &config_maps, scope, facts);
    }
}

/// Reads an object that is delivered together with these `ConfigMap`s.
pub(crate) fn read_object(
    lookup: &Lookup<'_>,
    object: &Object,
    config_maps: &ConfigMaps,
    scope: &Scope,
    facts: &mut Facts,
) {
    let context = Context {
        scope: scope.clone(),
        override_namespace: None,
        rendered: object.made == Made::Rendered,
        from_terraform: object.made == Made::Terraform,
        config_maps,
        for_rendering: lookup.purpose == Purpose::Rendering,
    };
    if object.made == Made::Patched {
        return read_patch(object, &context, facts);
    }
    facts.coverage.documents += 1;
    let understood = if object.made == Made::Generated && object.kind() == "Secret" {
        read_generated(object, scope, facts)
    } else {
        manifest::read_object(&object.tree, &context, facts)
    };
    if understood != Understood::No {
        facts.coverage.understood += 1;
    }
}

/// Reads what a patch says of a workload that is not in sight: what it reads, as far as that stays so.
fn read_patch(object: &Object, context: &Context<'_>, facts: &mut Facts) {
    let mut said = Facts::default();
    manifest::read_object(&object.tree, context, &mut said);
    facts.uses.extend(
        said.uses.into_iter().map(|read| SecretUse { certainty: Certainty::Assumed, ..read }),
    );
    facts.class_mounts.extend(
        said.class_mounts
            .into_iter()
            .map(|mount| ClassMount { certainty: Certainty::Assumed, ..mount }),
    );
}

/// Reads a Secret that a generator of a kustomization makes.
fn read_generated(object: &Object, scope: &Scope, facts: &mut Facts) -> Understood {
    let Some(Tree::Scalar { value, place }) = object.tree.at(&["metadata", "name"]) else {
        return Understood::No;
    };
    let namespace = value_at(&object.tree, &["metadata", "namespace"]);
    let namespace = namespace.unwrap_or_else(|| scope.namespace.clone());
    facts.secrets.push(Secret {
        scope: Scope { delivery: scope.delivery.clone(), namespace },
        name: value.clone(),
        place: place.clone(),
        origin: SecretOrigin::Generator,
        maker: "secretGenerator".to_owned(),
        keys: manifest::makes::keys_of_map(object.tree.get("data")),
        plaintext: false,
        read_by_controller: false,
        asked: None,
        by: None,
        rendered: false,
    });
    Understood::Yes
}

/// Returns the roots among the objects that a root of the repository `home` brings.
fn children(lookup: &Lookup<'_>, home: RepoId, root: &Root, objects: &[Object]) -> Vec<Top> {
    let mut found = Vec::new();
    for object in objects {
        let repo = object.document.as_ref().map_or(home, |document| document.repo);
        for mut child in roots_of(&object.tree, &root.target_namespace, repo, lookup, objects) {
            if let Some(why) = &root.left_out {
                child.leave_out(why.clone());
            }
            found.push(Top { repo, document: object.document.clone(), root: Box::new(child) });
        }
    }
    found
}

fn delivery(lookup: &Lookup<'_>, visit: &Visit, root: &Root, opaque: &[String]) -> Delivery {
    let first = root.parts.iter().find_map(|part| match part {
        Part::Folder(folder) => Some((folder.repo, folder.path.as_str())),
        Part::Chart(chart) => Some((chart.repo, chart.folder.as_str())),
        Part::Values(_) => None,
    });
    Delivery {
        id: Arc::clone(&visit.id),
        kind: root.kind,
        name: root.name.clone(),
        namespace: root.namespace.clone(),
        target_namespace: root.target_namespace.clone(),
        cluster: root.cluster.clone(),
        repo: first.map(|(repo, _)| lookup.inventory.repo_name(repo).to_owned()),
        path: first.map_or_else(Value::unknown, |(_, path)| Value::from(path)),
        parent: visit.parent.clone(),
        release: root.release.clone(),
        chart: root.chart.clone(),
        version: root.version.clone(),
        opaque: reasons(opaque),
        decrypts: root.decrypts,
        depends_on: root.depends_on.clone(),
        waits: root.waits,
        prunes: root.prunes,
        heals: root.heals,
        place: root.place.clone(),
    }
}

/// Returns each reason once, in the order in which they came up.
fn reasons(all: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    all.iter().filter(|reason| seen.insert(*reason)).cloned().collect()
}

/// Returns files as `Facts::reads` names them: by path, those of another repository after its name
/// and a colon.
pub(crate) fn read_paths(
    lookup: &Lookup<'_>,
    home: RepoId,
    files: &BTreeSet<(RepoId, String)>,
) -> Vec<String> {
    let name = |(repo, path): &(RepoId, String)| {
        if *repo == home {
            path.clone()
        } else {
            format!("{}:{path}", lookup.inventory.repo_name(*repo))
        }
    };
    files.iter().map(name).collect()
}
