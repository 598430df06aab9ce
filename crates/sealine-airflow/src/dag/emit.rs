//! From what was recorded to facts.
//!
//! Invariant: facts come in the order of their places, each of them once.

use std::collections::BTreeSet;

use sealine_model::airflow::{ConnectionUse, PlainVariable};
use sealine_model::kubernetes::{Carrier, Consumer, Scope, SecretUse, UseKind};
use sealine_model::vault::EntryRead;
use sealine_model::{Certainty, Coverage, Facts, Note, Value, asked};

use sealine_source::Place;

use super::record::Task;
use super::secrets::{Around, Found, Reference, operator};
use crate::Options;
use crate::evaluate::{Arg, Evaluator, Spot, Val, text_of};
use crate::tree::Tree;

/// What one file says.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) file: usize,
    pub(crate) facts: Facts,
    /// Whether the file makes DAGs or tasks.
    pub(crate) is_dag: bool,
    /// References that belong to a task, by where they are made.
    pub(crate) reached: BTreeSet<Spot>,
    /// References that belong to no task.
    pub(crate) loose: Vec<(Spot, SecretUse)>,
    /// The files that were run.
    pub(crate) files: Vec<usize>,
    /// Functions of the file that make DAGs and that nothing in it calls.
    pub(crate) factories: BTreeSet<Spot>,
    /// Functions of other files that this one calls.
    pub(crate) called: Vec<Spot>,
}

/// Runs a file, with these functions of it that make DAGs, and reads what it made.
pub(crate) fn judge(
    tree: &Tree<'_>,
    file: usize,
    factories: &BTreeSet<Spot>,
    options: &Options,
) -> Outcome {
    let source = &tree.files[file].source;
    let mut evaluator = Evaluator::new(tree, file);
    evaluator.run();
    evaluator.call_forgotten(file, factories);
    evaluator.read_templates();
    let mut facts = Facts { repo: source.repo().to_owned(), ..Facts::default() };
    let exhausted = evaluator.is_exhausted();
    evaluator.refuel();
    evaluator.run_operators();
    let mut understood = !exhausted;
    let mut reached = BTreeSet::new();
    for task in &evaluator.record.tasks {
        evaluator.task_facts(task, options, &mut facts, &mut reached, &mut understood);
    }
    evaluator.unclaimed_defaults(options, &mut facts, &mut reached, &mut understood);
    evaluator.refuel();
    evaluator.run_functions(file);
    evaluator.connection_facts(&mut facts);
    evaluator.entry_facts(options, &mut facts);
    evaluator.mutation_hooks(&mut facts);
    let is_dag = !evaluator.record.dags.is_empty() || !evaluator.record.tasks.is_empty();
    if exhausted && is_dag {
        facts.notes.push(Note {
            place: source.top(),
            message: "the file takes more steps than are followed".to_owned(),
        });
    }
    let loose = evaluator.loose_references(&reached, is_dag, options);
    let kind = if is_dag { "DAG file" } else { "Python file" };
    facts.unit = format!("{kind} {}", source.path());
    facts.reads.push(source.path().to_owned());
    let files = evaluator.files();
    facts.reads.extend(files.iter().map(|file| tree.files[*file].source.path().to_owned()));
    facts.reads.extend(std::mem::take(&mut evaluator.looked));
    facts.coverage = Coverage { documents: 1, understood: usize::from(understood) };
    tidy(&mut facts);
    let called = evaluator.called.iter().filter(|spot| spot.file != file).copied().collect();
    let factories = std::mem::take(&mut evaluator.record.factories);
    Outcome { file, facts, is_dag, reached, loose, files, factories, called }
}

/// Puts facts in the order of their places and leaves out repetitions.
pub(crate) fn tidy(facts: &mut Facts) {
    fn key(found: &SecretUse) -> impl Ord + '_ {
        let kind = format!("{:?}", found.kind);
        let key = found.key.as_ref().map(|(key, _)| key.pattern());
        (&found.place, &found.consumer, kind, key, found.secret.pattern(), &found.scope)
    }
    facts.uses.sort_by(|one, two| key(one).cmp(&key(two)));
    facts.uses.dedup_by(|one, two| key(one) == key(two));
    facts.connections.sort_by(|one, two| {
        (&one.place, &one.dag, &one.task).cmp(&(&two.place, &two.dag, &two.task))
    });
    facts
        .connections
        .dedup_by(|one, two| one.place == two.place && one.dag == two.dag && one.task == two.task);
    // A use by a task says more than the same use by its DAG.
    let by_task: BTreeSet<(Place, Value)> = facts
        .connections
        .iter()
        .filter(|found| found.task.is_some())
        .map(|found| (found.place.clone(), found.dag.clone()))
        .collect();
    facts.connections.retain(|found| {
        found.task.is_some() || !by_task.contains(&(found.place.clone(), found.dag.clone()))
    });
    facts.pod_overrides.sort_by(|one, two| one.place.cmp(&two.place));
    facts.pod_overrides.dedup_by(|one, two| one.place == two.place && one.fault == two.fault);
    let read = |read: &EntryRead| (read.place.clone(), read.reader.clone(), read.name.pattern());
    facts.entry_reads.sort_by_key(read);
    facts.entry_reads.dedup_by_key(|found| read(found));
    let note = |note: &Note| (note.place.clone(), note.message.clone());
    facts.notes.sort_by_key(note);
    facts.notes.dedup();
    facts.reads.sort();
    facts.reads.dedup();
}

impl Evaluator<'_> {
    fn task_facts(
        &self,
        task: &Task,
        options: &Options,
        facts: &mut Facts,
        reached: &mut BTreeSet<Spot>,
        understood: &mut bool,
    ) {
        let consumer = self.consumer(task);
        if let Some(config) = self.effective(task, "executor_config") {
            self.worker_facts(&config, &consumer, options, facts, reached, understood);
        }
        let object = &self.heap.objects[task.object];
        let pod = super::starts_pod(&object.class);
        let namespace = self.task_namespace(task, options);
        let around = Around::new(pod, !self.runs_elsewhere(task));
        let mut found = Found::default();
        for (name, arg) in &object.args {
            if !matches!(&**name, "executor_config" | "dag" | "task_group" | "default_args") {
                self.search(arg, name, &around, &mut found);
            }
        }
        if pod {
            for name in POD_ARGUMENTS {
                if !object.args.contains_key(*name)
                    && let Some(arg) = self.effective(task, name)
                {
                    self.search(&arg, name, &around, &mut found);
                }
            }
            if let Some(path) = self.effective(task, "pod_template_file") {
                self.search_template(&path, &around, &mut found);
            }
        }
        self.report(found, &consumer, &namespace, facts, reached, understood);
    }

    /// What an `executor_config` says of the worker that runs a task.
    fn worker_facts(
        &self,
        config: &Arg,
        consumer: &Consumer,
        options: &Options,
        facts: &mut Facts,
        reached: &mut BTreeSet<Spot>,
        understood: &mut bool,
    ) {
        let namespace = self.executor_config(config, options, facts);
        let around = Around::new(true, !matches!(config.value, Val::Choice(_)));
        let mut found = Found::default();
        self.search(config, "executor_config", &around, &mut found);
        for path in self.templates_in(config) {
            self.search_template(&path, &around, &mut found);
        }
        self.report(found, consumer, &namespace, facts, reached, understood);
    }

    /// Notes the shape of an `executor_config` and returns the namespace of its pod.
    fn executor_config(&self, config: &Arg, options: &Options, facts: &mut Facts) -> Value {
        let mut namespace = None;
        let choices = config.value.choices();
        let certain = choices.len() == 1;
        for value in choices {
            let shape = self.shape(&Arg { value: value.clone(), spot: config.spot });
            facts.pod_overrides.extend(shape.overrides);
            if certain {
                namespace = shape.namespace;
            } else if shape.namespace.is_some() {
                namespace = Some(Value::unknown());
            }
        }
        namespace.unwrap_or_else(|| workers(options))
    }

    /// Where a pod that an operator starts will stand.
    fn task_namespace(&self, task: &Task, options: &Options) -> Value {
        if let Some(pod) = self.effective(task, "full_pod_spec")
            && let Some(namespace) = self.pod_namespace(&pod.value)
        {
            return namespace;
        }
        match self.effective(task, "namespace").map(|arg| arg.value) {
            Some(Val::None) | None => {
                self.template_namespace(task).unwrap_or_else(|| workers(options))
            }
            Some(value) => super::connections::without_jinja(&text_of(&value)),
        }
    }

    /// Whether an operator may start its pod in another cluster than its worker's.
    fn runs_elsewhere(&self, task: &Task) -> bool {
        let name = operator(&self.heap.objects[task.object].class);
        let says = |name: &str| {
            let arg = self.effective(task, name);
            arg.is_some_and(|arg| arg.value != Val::None)
        };
        let outside = self.effective(task, "in_cluster");
        ["GKE", "Eks", "AKS"].iter().any(|cloud| name.starts_with(cloud))
            || ["kubernetes_conn_id", "config_file", "cluster_context"].into_iter().any(says)
            || outside.is_some_and(|arg| arg.value == Val::Bool(false))
    }

    fn report(
        &self,
        found: Found,
        consumer: &Consumer,
        namespace: &Value,
        facts: &mut Facts,
        reached: &mut BTreeSet<Spot>,
        understood: &mut bool,
    ) {
        reached.extend(found.reached);
        for reference in found.references {
            facts.uses.push(self.secret_use(reference, consumer.clone(), namespace));
        }
        for (name, spot) in found.plain {
            let (scope, consumer) = (Scope::undelivered(namespace.clone()), consumer.clone());
            let place = self.written(&name, spot).0;
            facts.plain_variables.push(PlainVariable { scope, consumer, name, place });
        }
        for spot in found.unresolved {
            *understood = false;
            facts.notes.push(Note {
                place: self.place(spot),
                message: format!(
                    "`{}` cannot be folded, so the Secrets it names are not known",
                    self.excerpt(spot)
                ),
            });
        }
        for (path, spot) in found.templates {
            *understood = false;
            facts.notes.push(Note {
                place: self.place(spot),
                message: format!(
                    "no one file of this tree is the pod template `{path}`, so what a task reads \
                     by it is not known"
                ),
            });
        }
    }

    fn secret_use(&self, reference: Reference, consumer: Consumer, namespace: &Value) -> SecretUse {
        let (place, editable) = self.written(&reference.secret, reference.spot);
        let key = reference.key.map(|(key, spot)| {
            let place = self.written(&key, spot).0;
            (key, place)
        });
        SecretUse {
            scope: Scope::undelivered(namespace.clone()),
            consumer,
            secret: reference.secret,
            asked: asked(&self.place(reference.spot), &place),
            place,
            editable,
            key,
            kind: reference.kind,
            optional: reference.optional,
            certainty: reference.certainty,
        }
    }

    fn consumer(&self, task: &Task) -> Consumer {
        Consumer {
            kind: "DAG".to_owned(),
            name: self.dag_id(task.dag),
            part: task.id.pattern(),
            place: self.place(task.spot),
        }
    }

    /// Returns the id of a DAG; what stands in none belongs to the only one of its file.
    fn dag_id(&self, dag: Option<usize>) -> Value {
        match (dag, self.record.dags.as_slice()) {
            (Some(dag), dags) => dags[dag].id.clone(),
            (None, [only]) => only.id.clone(),
            (None, _) => Value::unknown(),
        }
    }

    /// The `executor_config` in `default_args` of DAGs of which no task is seen.
    fn unclaimed_defaults(
        &self,
        options: &Options,
        facts: &mut Facts,
        reached: &mut BTreeSet<Spot>,
        understood: &mut bool,
    ) {
        for (index, dag) in self.record.dags.iter().enumerate() {
            if self.record.tasks.iter().any(|task| task.dag == Some(index)) {
                continue;
            }
            let Some(Val::Dict(defaults)) = dag.defaults else { continue };
            let Some((_, config)) = self.heap.entry(defaults, "executor_config") else { continue };
            let consumer = Consumer {
                kind: "DAG".to_owned(),
                name: dag.id.clone(),
                part: String::new(),
                place: self.place(dag.spot),
            };
            self.worker_facts(config, &consumer, options, facts, reached, understood);
        }
    }

    /// What a cluster's settings may change after everything else.
    fn mutation_hooks(&self, facts: &mut Facts) {
        for id in &self.record.functions {
            let spot = self.function_spot(*id);
            let name = self.function_name(*id);
            if spot.file == self.file() && name == "pod_mutation_hook" {
                facts.notes.push(Note {
                    place: self.place(spot),
                    message: "`pod_mutation_hook` may change every pod, which is not followed"
                        .to_owned(),
                });
            }
        }
    }

    fn connection_facts(&self, facts: &mut Facts) {
        for connection in &self.record.connections {
            let task = connection.task.map(|task| self.record.tasks[task].id.clone());
            facts.connections.push(ConnectionUse {
                place: self.written(&connection.id, connection.spot).0,
                conn_id: connection.id.clone(),
                dag: self.dag_id(connection.dag),
                task,
            });
        }
    }

    fn entry_facts(&self, options: &Options, facts: &mut Facts) {
        for asked in &self.record.entries {
            let dag = asked.dag.or((self.record.dags.len() == 1).then_some(0));
            let (kind, name, place) = if let Some(dag) = dag {
                ("DAG", self.record.dags[dag].id.clone(), self.place(self.record.dags[dag].spot))
            } else {
                let source = &self.tree.files[self.file()].source;
                ("Python", Value::from(source.path()), source.top())
            };
            facts.entry_reads.push(EntryRead {
                vault: Some(asked.vault.clone()),
                name: asked.name.clone(),
                reader: format!("{kind} {name}"),
                place: self.written(&asked.name, asked.spot).0,
                asked: None,
                object: Some(Carrier {
                    scope: Scope::undelivered(workers(options)),
                    kind: kind.to_owned(),
                    name,
                    place,
                    asked: None,
                }),
            });
        }
    }

    /// References that no task was seen to hold: somebody may use them all the same.
    fn loose_references(
        &self,
        reached: &BTreeSet<Spot>,
        is_dag: bool,
        options: &Options,
    ) -> Vec<(Spot, SecretUse)> {
        let mut loose = Vec::new();
        let source = &self.tree.files[self.file()].source;
        let consumer = Consumer {
            kind: if is_dag { "DAG" } else { "Python" }.to_owned(),
            name: if is_dag { self.dag_id(None) } else { Value::from(source.path()) },
            part: String::new(),
            place: source.top(),
        };
        for id in &self.record.references {
            let spot = self.heap.objects[*id].spot;
            if reached.contains(&spot) {
                continue;
            }
            let mut found = Found::default();
            let arg = Arg { value: Val::Object(*id), spot };
            self.search(&arg, "secrets", &Around::new(true, false), &mut found);
            for reference in found.references {
                if reference.secret.is_unknown() {
                    continue;
                }
                let reference = Reference {
                    kind: UseKind::Probable,
                    certainty: Certainty::Assumed,
                    ..reference
                };
                loose.push((spot, self.secret_use(reference, consumer.clone(), &workers(options))));
            }
        }
        loose
    }
}

/// The namespace in which workers run.
fn workers(options: &Options) -> Value {
    options.namespace.as_deref().map_or_else(Value::unknown, Value::from)
}

/// Arguments of operators that start pods, which `default_args` may give too.
const POD_ARGUMENTS: &[&str] = &[
    "env_vars",
    "env_from",
    "secrets",
    "volumes",
    "image_pull_secrets",
    "full_pod_spec",
    "pod_template_dict",
    "init_containers",
];
