//! From the section `alerts` of `sealine.yaml` to sinks and the policy that uses them.
//!
//! Invariant: credentials are looked up here, once, before anything runs, so that one that is missing
//! is found out at the start.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sealine_drift::alerts::heartbeat::Heartbeat;
use sealine_drift::alerts::{Policy, Route, Topic};
use sealine_drift::report::Severity;
use sealine_drift::sinks::{Outlet, SecretSource, Secrets, Surroundings};
use sealine_engine::Config;
use sealine_engine::config::alerts::{AlertSeverity, AlertTopic, Alerts};

use crate::args;
use crate::failure::Failure;
use crate::live::texts;
use crate::project::Plan;

/// Whom to tell, and how.
#[derive(Debug, Default)]
pub(crate) struct Alerting {
    /// Who is told of what.
    pub(crate) policy: Policy,
    /// The sinks.
    pub(crate) outlets: Vec<Arc<Outlet>>,
    /// Who is told that Sealine still looks, and how often.
    pub(crate) heartbeat: Option<(Heartbeat, Duration)>,
}

/// Reads the policy alone, for commands that tell nobody by themselves.
pub(crate) fn policy_only(config: Option<&Path>) -> Result<Alerting, Failure> {
    let input = args::Input { config: config.map(Path::to_owned), ..args::Input::default() };
    let plan = Plan::of(&input)?;
    Ok(Alerting { policy: policy(&plan.config.file.alerts)?, ..Alerting::default() })
}

/// Reads all of it.
pub(crate) fn of(
    config: &Config,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<Alerting, Failure> {
    let alerts = &config.file.alerts;
    let texts = texts(environment);
    let http = sealine_http::Settings::from_environment(&texts);
    let mut policy = policy(alerts)?;
    policy.link = run_of_ci(&texts);
    let secrets = Secrets { environment: texts, folder: config.folder.clone() };
    let with = Surroundings { http: &http, secrets: &secrets };
    let mut outlets = Vec::new();
    for (name, sink) in &alerts.sinks {
        let value = serde_json::to_value(sink).unwrap_or_default();
        let kinds = value.as_object().into_iter().flatten().collect::<Vec<_>>();
        let [(kind, settings)] = kinds.as_slice() else {
            return Err(Failure::new(format!("the sink `{name}` is not of one kind"))
                .hint("give it one key, such as `slack_webhook`"));
        };
        let outlet = Outlet::make(name, kind, settings, &with).map_err(Failure::new)?;
        outlets.push(Arc::new(outlet));
    }
    let heartbeat = match &alerts.heartbeat {
        None => None,
        Some(said) => {
            let url = SecretSource { env: said.url.env.clone(), file: said.url.file.clone() };
            let url = secrets.get(&url).map_err(|why| Failure::new(format!("heartbeat: {why}")))?;
            let heartbeat = Heartbeat::new(&url, &http)
                .map_err(|why| Failure::new(format!("heartbeat: {why}")))?;
            let every = said.every.as_deref().map(|text| length("every", text)).transpose()?;
            Some((heartbeat, every.unwrap_or(Duration::from_mins(5))))
        }
    };
    Ok(Alerting { policy, outlets, heartbeat })
}

fn policy(alerts: &Alerts) -> Result<Policy, Failure> {
    let usual = Policy::default();
    let named = alerts.routes.iter().flat_map(|route| &route.sinks).chain(&alerts.on_drift);
    for name in named {
        if !alerts.sinks.contains_key(name) {
            return Err(Failure::new(format!("there is no sink `{name}`"))
                .hint("`alerts.sinks` in sealine.yaml lists them"));
        }
    }
    let failures = match alerts.failed_looks.as_deref() {
        None => usual.failures,
        Some(text) => text.parse().ok().filter(|count| *count > 0).ok_or_else(|| {
            Failure::new(format!("`{text}` is no number of looks")).hint("write it as 3")
        })?,
    };
    let silence = alerts.not_succeeded_for.as_deref();
    let silence = silence.map(|text| length("not_succeeded_for", text)).transpose()?;
    Ok(Policy {
        sinks: alerts.sinks.keys().cloned().collect(),
        routes: alerts
            .routes
            .iter()
            .map(|route| Route {
                sinks: route.sinks.clone(),
                severity: route.severity.map(severity),
                projects: route.projects.clone(),
                owners: route.owners.clone(),
                topics: route.about.iter().copied().map(topic).collect(),
            })
            .collect(),
        on_drift: alerts.on_drift.clone(),
        failures,
        silence: silence.unwrap_or(usual.silence),
        ..usual
    })
}

fn length(key: &str, text: &str) -> Result<Duration, Failure> {
    let read = text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive);
    read.and_then(|length| Duration::try_from(length).ok()).ok_or_else(|| {
        Failure::new(format!("`{key}: {text}` is no length of time")).hint("write it as 24h or 90m")
    })
}

fn severity(of: AlertSeverity) -> Severity {
    match of {
        AlertSeverity::Low => Severity::Low,
        AlertSeverity::Medium => Severity::Medium,
        AlertSeverity::High => Severity::High,
        AlertSeverity::Critical => Severity::Critical,
    }
}

fn topic(of: AlertTopic) -> Topic {
    match of {
        AlertTopic::Drifted => Topic::Drifted,
        AlertTopic::Unapplied => Topic::Unapplied,
        AlertTopic::Failed => Topic::Failed,
        AlertTopic::Blind => Topic::Blind,
        AlertTopic::Delivery => Topic::Delivery,
    }
}

/// Returns the page of the run in GitHub Actions.
fn run_of_ci(environment: &BTreeMap<String, String>) -> Option<String> {
    let get = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let (server, repository) = (get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?);
    Some(format!("{server}/{repository}/actions/runs/{}", get("GITHUB_RUN_ID")?))
}

#[cfg(test)]
mod tests {

    /// What `sealine.yaml` takes for a sink is what the sink reads.
    #[test]
    fn the_settings_of_each_sink_are_those_of_the_configuration() {
        let schema = sealine_engine::config::schema();
        let listed = schema.pointer("/$defs/AlertSink/properties").expect("sinks are listed");
        let names: Vec<&String> = listed.as_object().expect("an object").keys().collect();
        let kinds: Vec<&str> = sealine_drift::sinks::SINKS.iter().map(|kind| kind.name).collect();
        assert_eq!(names, kinds);
        for kind in sealine_drift::sinks::SINKS {
            let target = listed[kind.name]["anyOf"][0]["$ref"].as_str().expect("a type");
            let ours = schema.pointer(target.trim_start_matches('#')).expect("a definition");
            let theirs = (kind.schema)().to_value();
            let of = |schema: &serde_json::Value| {
                let properties = schema["properties"].as_object().expect("an object");
                let keys: Vec<String> = properties.keys().cloned().collect();
                (keys, schema["required"].clone())
            };
            assert_eq!(of(ours), of(&theirs), "{}", kind.name);
        }
    }
}
