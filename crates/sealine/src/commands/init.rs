//! `sealine init`.

use sealine_engine::{Config, collect, config, init, write};

use crate::Outcome;
use crate::args::{Init, Input};
use crate::failure::Failure;
use crate::output;
use crate::project::Plan;

/// Looks at a tree and writes a commented configuration for it.
pub(crate) fn run(args: &Init) -> Result<Outcome, Failure> {
    let target = args.path.join("sealine.yaml");
    if target.exists() && !args.force && !args.stdout {
        return Err(Failure::new(format!("`{}` exists", target.display()))
            .hint("`--force` replaces it, `--stdout` prints what would be written"));
    }
    if !args.path.is_dir() {
        return Err(Failure::new(format!("there is no folder `{}`", args.path.display())));
    }
    let input = Input { paths: vec![args.path.clone()], ..Input::default() };
    // A file that stands there already must not decide what a new one says.
    let mut analysis = Plan::with(&input, Config::default(), None)?.analyse();
    let repos = init::repositories(&analysis, &collect::checkouts(&args.path));
    if !repos.is_empty() {
        let file = config::File { repos: repos.clone(), ..config::File::default() };
        let config = Config { file, folder: args.path.clone(), ..Config::default() };
        analysis = Plan::with(&input, config, None)?.analyse();
    }
    let text = init::propose(&analysis, &repos);
    if args.stdout {
        output::print(&text)?;
    } else {
        write::replace(&target, text.as_bytes()).map_err(|error| {
            Failure::new(format!("cannot write `{}`", target.display())).because(error)
        })?;
        output::note(&format!("wrote {}; read it, then run `sealine check`", target.display()));
    }
    Ok(if analysis.unreadable.is_empty() { Outcome::Clean } else { Outcome::Incomplete })
}
