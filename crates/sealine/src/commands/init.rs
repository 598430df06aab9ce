//! `sealine init`.

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
    let input = Input { paths: vec![args.path.clone()], ..Input::default() };
    let mut plan = Plan::of(&input)?;
    // An old file must not decide what a new one says.
    plan.config = sealine_engine::Config::default();
    let text = sealine_engine::init::propose(&plan.analyse());
    if args.stdout {
        output::print(&text)?;
    } else {
        sealine_engine::write::replace(&target, text.as_bytes())?;
        output::note(&format!("wrote {}; read it, then run `sealine check`", target.display()));
    }
    Ok(Outcome::Clean)
}
