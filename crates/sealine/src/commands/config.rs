//! `sealine config`.

use crate::Outcome;
use crate::args::{Config, ConfigCommand};
use crate::failure::Failure;
use crate::output;
use crate::project::Plan;

/// Prints the effective configuration or its schema, both as JSON, which is YAML, too.
pub(crate) fn run(args: &Config) -> Result<Outcome, Failure> {
    let value = match &args.command {
        ConfigCommand::Schema => sealine_engine::config::schema(),
        ConfigCommand::Show(input) => {
            let plan = Plan::of(input)?;
            match &plan.config_file {
                Some(file) => output::note(&format!("from {}", file.display())),
                None => output::note("no sealine.yaml was found; these are the defaults"),
            }
            for file in &plan.heard {
                let said = "vaults, stores, conventions and exclude of";
                output::note(&format!("beside {said} {}", file.display()));
            }
            serde_json::to_value(&plan.config.file).map_err(|error| {
                Failure::new("the configuration cannot be written").because(error)
            })?
        }
    };
    output::print(&(serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"))?;
    Ok(Outcome::Clean)
}
