//! `sealine new`.

use std::path::Path;

use sealine_airflow::connection::types::{ConnectionType, Flow, Others};
use sealine_airflow::connection::{Fresh, Order, fresh, wrong_name};
use sealine_engine::kustomization::{self, Addition};
use sealine_engine::write;
use sealine_rules::similar;

use crate::Outcome;
use crate::args::{New, NewCommand, NewConnection};
use crate::commands::drift_workflow;
use crate::commands::explain::connection_type;
use crate::failure::Failure;
use crate::output;

/// Writes what something new needs.
pub(crate) fn run(args: &New) -> Result<Outcome, Failure> {
    let args = match &args.command {
        NewCommand::Connection(args) => args,
        NewCommand::DriftWorkflow(args) => return drift_workflow::run(args),
    };
    let order = order(args)?;
    let made = fresh(&order);
    if args.stdout {
        output::print(&made.manifest)?;
        return Ok(Outcome::Clean);
    }
    let path = args.dir.join(&made.file);
    // What cannot be read must not be found out after a file was written.
    let listed = kustomization_in(&args.dir)?;
    create(&path, &made)?;
    output::note(&format!("wrote {}", path.display()));
    if let Some((name, text)) = listed {
        add(&args.dir.join(name), &text, &made.file)?;
    }
    for entry in &made.entries {
        output::note(&format!("it reads the entry `{entry}` through `{}`", args.store));
    }
    if !made.made_up.is_empty() {
        let fields = made.made_up.join("`, `");
        output::note(&format!("made up, and to be replaced by `--set` or by hand: `{fields}`"));
    }
    output::print(&made.python)?;
    Ok(Outcome::Clean)
}

fn order(args: &NewConnection) -> Result<Order, Failure> {
    let kind = connection_type(&args.kind)?;
    let name = args.name.clone().unwrap_or_else(|| kind.name.replace('_', "-"));
    let names = [Some(&name), args.namespace.as_ref()];
    for name in names.into_iter().flatten() {
        if let Some(hint) = wrong_name(name) {
            return Err(Failure::new(format!("`{name}` is no name")).hint(hint));
        }
    }
    for (field, _) in args.given.iter().chain(&args.entries) {
        is_field(kind, field)?;
    }
    for (field, _) in &args.given {
        let mut all = kind.fields.iter().chain(kind.extras);
        if all.any(|known| known.secret && known.name == field) {
            let failure = Failure::new(format!("`{field}` is a secret, which is not written"));
            return Err(failure.hint(format!("`--entry {field}=KEY` names its entry in the vault")));
        }
        if field == "port"
            && !args.given.iter().all(|(name, value)| name != "port" || is_port(value))
        {
            return Err(Failure::new("the port is not a number"));
        }
    }
    Ok(Order {
        kind,
        flow: args.flow.as_deref().map(|flow| named_flow(kind, flow)).transpose()?,
        name,
        namespace: args.namespace.clone(),
        store: (args.store.clone(), args.store_kind.clone()),
        given: args.given.iter().cloned().collect(),
        entries: args.entries.iter().cloned().collect(),
    })
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

fn is_field(kind: &ConnectionType, field: &str) -> Result<(), Failure> {
    let passes = matches!(kind.others, Others::PassedOn(_));
    if passes || kind.names().any(|known| known == field) {
        return Ok(());
    }
    let failure = Failure::new(format!("`{}` has no field `{field}`", kind.name));
    Err(match similar::nearest(field, kind.names(), None) {
        Some((near, _)) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("`sealine explain connection:{}` lists them", kind.name)),
    })
}

fn named_flow(kind: &'static ConnectionType, name: &str) -> Result<&'static Flow, Failure> {
    let mut flows = kind.flows.iter();
    let found = flows.find(|flow| flow.name.replace(' ', "-") == name.replace(' ', "-"));
    found.ok_or_else(|| {
        let names: Vec<&str> = kind.flows.iter().map(|flow| flow.name).collect();
        Failure::new(format!("`{}` has no way to log in that is called `{name}`", kind.name))
            .hint(format!("there are `{}`", names.join("`, `")))
    })
}

fn create(path: &Path, made: &Fresh) -> Result<(), Failure> {
    write::create(path, made.manifest.as_bytes()).map_err(|error| {
        let shown = path.display();
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::new(format!("`{shown}` exists, and is left as it is"))
                .hint("`--name` makes another, `--stdout` prints what would be written")
        } else {
            Failure::new(format!("cannot write `{shown}`")).because(error)
        }
    })
}

/// Returns the kustomization of a folder, when there is one.
#[expect(clippy::disallowed_methods, reason = "it is edited, not judged")]
fn kustomization_in(folder: &Path) -> Result<Option<(&'static str, String)>, Failure> {
    for name in kustomization::NAMES {
        let path = folder.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok(Some((name, text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(
                    Failure::new(format!("cannot read `{}`", path.display())).because(error)
                );
            }
        }
    }
    Ok(None)
}

fn add(path: &Path, text: &str, file: &str) -> Result<(), Failure> {
    let shown = path.display();
    match kustomization::add(text, file) {
        Addition::Text(new) => {
            write::replace(path, new.as_bytes())
                .map_err(|error| Failure::new(format!("cannot write `{shown}`")).because(error))?;
            output::note(&format!("added it to {shown}"));
        }
        Addition::Listed => {}
        Addition::Unclear => {
            output::note(&format!("add `{file}` to the `resources` of {shown} by hand"));
        }
    }
    Ok(())
}
