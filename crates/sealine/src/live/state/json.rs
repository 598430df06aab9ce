//! What `sealine state audit -o json` prints: see `docs/state-audit.md`.

use sealine_state::Form;
use sealine_state::audit::{Found, Holder, Reason};
use sealine_state::backend::Check;
use serde_json::{Value, json};

use super::audit::{Place, Report, Subject};
use super::text::{advice_lines, date};

/// Returns the documented form.
pub(super) fn json(report: &Report) -> Value {
    let subjects: Vec<Value> = report.subjects.iter().map(subject).collect();
    json!({"version": 1, "subjects": subjects, "notes": report.notes})
}

fn subject(subject: &Subject) -> Value {
    let history = match &subject.place {
        Place::File | Place::Backend(_) => Value::Null,
        Place::History(version) => json!({
            "path": version.path,
            "paths": version.paths,
            "blob": version.blob,
            "first": {"commit": version.first.id, "date": date(version.first.time)},
            "last": {"commit": version.last.id, "date": date(version.last.time)},
        }),
    };
    let backend = match &subject.place {
        Place::Backend(checks) => checks.iter().map(check).collect::<Vec<Value>>().into(),
        Place::File | Place::History(_) => Value::Null,
    };
    let looked = match &subject.looked {
        Ok(looked) => looked,
        Err(error) => {
            let error = error.to_string();
            return json!({
                "name": subject.name,
                "history": history,
                "backend": backend,
                "error": error,
            });
        }
    };
    let audit = &looked.audit;
    let findings: Vec<Value> = audit.findings.iter().map(finding).collect();
    let ways_out = if findings.is_empty() { Vec::new() } else { advice_lines(&subject.place) };
    json!({
        "name": subject.name,
        "history": history,
        "backend": backend,
        "form": form(audit.form),
        "plan_file": looked.plan_file,
        "encrypted": looked.decrypted || audit.form == Form::Encrypted,
        "decrypted": looked.decrypted,
        "terraform_version": audit.head.written_by,
        "lineage": audit.head.lineage,
        "serial": audit.head.serial,
        "instances": audit.looked_at,
        "findings": findings,
        "ways_out": ways_out,
    })
}

fn check(check: &Check) -> Value {
    json!({
        "name": check.name,
        "answer": check.outcome.name(),
        "said": check.said,
        "help": check.help,
    })
}

fn finding(found: &Found) -> Value {
    let reasons: Vec<Value> = found
        .reasons
        .iter()
        .map(|reason| match reason {
            Reason::Shape(form) => json!({"kind": reason.name(), "form": form}),
            _ => json!({"kind": reason.name()}),
        })
        .collect();
    json!({
        "holder": match found.holder {
            Holder::Managed => "resource",
            Holder::Data => "data",
            Holder::Output => "output",
            Holder::Variable => "variable",
        },
        "address": found.address,
        "path": found.path,
        "reasons": reasons,
        "same_as": found.same_as,
        "way_out": found.way_out,
    })
}

fn form(form: Form) -> &'static str {
    match form {
        Form::State { .. } => "state",
        Form::Encrypted => "encrypted",
        Form::Shown => "shown-state",
        Form::Plan => "plan",
        Form::Outputs => "outputs",
        Form::Other => "other",
    }
}
