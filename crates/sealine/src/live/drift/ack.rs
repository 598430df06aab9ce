//! `sealine drift ack`.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use sealine_drift::store::{Acknowledgement, Store, Target};

use super::alerting::{self, Alerting};
use super::history::parse_length;
use super::store::{Place, failure};
use crate::Outcome;
use crate::failure::Failure;
use crate::live::{block_on, environment};
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct Ack {
    /// The number of a finding, or the name of a project.
    #[arg(value_name = "NUMBER|PROJECT")]
    what: String,
    /// With a project: the address, with `*` for any text.
    #[arg(value_name = "ADDRESS")]
    address: Option<String>,
    /// Why that is known.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// For how long, such as `72h`; until it changes or is gone without.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_length)]
    length: Option<SignedDuration>,
    /// Who says so; the user of this machine without it.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The configuration file, instead of the one found upward from here.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Ack) -> Result<Outcome, Failure> {
    let environment = environment();
    let path = args.place.path(&environment)?;
    let target = match (args.what.parse::<i64>(), &args.address) {
        (Ok(number), None) => Target::Number(number),
        (Ok(_), Some(_)) => {
            return Err(Failure::new("a number says already which finding is meant"));
        }
        (Err(_), Some(pattern)) => {
            Target::Addresses { project: args.what.clone(), pattern: pattern.clone() }
        }
        (Err(_), None) => {
            return Err(Failure::new(format!("which finding of `{}`?", args.what))
                .hint("add its address; `*` stands for any text"));
        }
    };
    let user = environment.get(std::ffi::OsStr::new("USER"));
    let user = user.map(|user| user.to_string_lossy().into_owned());
    let now = Timestamp::now();
    let until = args.length.and_then(|length| now.checked_add(length).ok());
    let by = args.by.clone().or(user).unwrap_or_else(|| "somebody".to_owned());
    let said = Acknowledgement { by, why: args.reason.clone(), until };
    let Alerting { policy, .. } = alerting::policy_only(args.config.as_deref())?;
    let done = block_on(async {
        let store = Store::existing(&path).await.map_err(failure)?;
        store.acknowledge(&target, &said, &policy, now).await.map_err(failure)
    })?;
    for (number, address) in done {
        output::note(&format!("acknowledged {number}: {address}"));
    }
    Ok(Outcome::Clean)
}
