//! `sealine graph --deliveries`: what each delivery root brings to a cluster, and what of it stayed
//! unknown.
//!
//! Invariant: whatever was read of Kubernetes is in exactly one row, be it that no root brings it.

use std::fmt::Write as _;

use sealine_model::{Facts, Note, Value as Known};
use sealine_report::chain::place_json as place;
use sealine_source::Place;
use serde_json::{Value, json};

/// One row: a delivery root, or what no root brings.
pub(crate) struct Row<'a> {
    /// The tool; `none` for what no root brings.
    kind: &'static str,
    id: &'a str,
    namespace: Option<&'a Known>,
    cluster: Option<&'a Known>,
    /// What it delivers: a folder, or a chart.
    source: String,
    parent: Option<&'a str>,
    depends_on: &'a [(Known, Known)],
    prunes: Option<bool>,
    heals: Option<bool>,
    at: Option<&'a Place>,
    objects: usize,
    makers: usize,
    readers: usize,
    unknown: &'a [String],
    notes: &'a [Note],
}

/// Returns the rows in the order of their ids, those that no root brings last.
pub(crate) fn list(facts: &[Facts]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = facts.iter().filter_map(row).collect();
    rows.sort_by_key(|row| (row.kind == "none", row.id, row.at.map(Place::to_string)));
    rows
}

fn row(facts: &Facts) -> Option<Row<'_>> {
    let mut row = Row {
        kind: "none",
        id: &facts.unit,
        namespace: None,
        cluster: None,
        source: String::new(),
        parent: None,
        depends_on: &[],
        prunes: None,
        heals: None,
        at: None,
        objects: facts.objects.len(),
        makers: facts.external_secrets.len() + facts.secrets.len(),
        readers: facts.uses.len(),
        unknown: &[],
        notes: &facts.notes,
    };
    let Some(delivery) = facts.deliveries.first() else {
        return (row.objects > 0 && facts.terraform.is_empty()).then_some(row);
    };
    row.kind = delivery.kind.name();
    row.id = &delivery.id;
    row.namespace = Some(&delivery.target_namespace);
    row.cluster = Some(&delivery.cluster);
    row.parent = delivery.parent.as_deref();
    row.depends_on = &delivery.depends_on;
    row.prunes = delivery.prunes;
    row.heals = delivery.heals;
    row.at = Some(&delivery.place);
    row.unknown = &delivery.opaque;
    let path = delivery.path.pattern();
    row.source = match (&delivery.repo, &delivery.chart) {
        (Some(repo), _) if path.is_empty() => repo.clone(),
        (Some(repo), _) => format!("{repo}/{path}"),
        (None, Some(chart)) => match &delivery.version {
            Some(version) => format!("{chart} {version}"),
            None => chart.clone(),
        },
        (None, None) => "?".to_owned(),
    };
    Some(row)
}

/// The documented form: see `docs/graph.md`.
pub(crate) fn json(rows: &[Row<'_>]) -> Value {
    let named = |(namespace, name): &(Known, Known)| match namespace.pattern().as_str() {
        "" | "*" => name.pattern(),
        namespace => format!("{namespace}/{name}"),
    };
    let known = |value: &Known| Some(value.pattern()).filter(|text| !matches!(&**text, "" | "*"));
    let deliveries: Vec<Value> = rows
        .iter()
        .map(|row| {
            let notes = row.notes.iter();
            let notes =
                notes.map(|note| json!({"message": note.message, "at": place(&note.place)}));
            json!({
                "id": row.id,
                "kind": row.kind,
                "namespace": row.namespace.and_then(known),
                "cluster": row.cluster.and_then(known),
                "source": Some(&row.source).filter(|source| !source.is_empty()),
                "parent": row.parent,
                "depends_on": row.depends_on.iter().map(named).collect::<Vec<String>>(),
                "prunes": row.prunes,
                "heals": row.heals,
                "declared": row.at.map(place),
                "objects": row.objects,
                "secrets": row.makers,
                "readers": row.readers,
                "unknown": row.unknown,
                "notes": notes.collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({"version": 1, "deliveries": deliveries})
}

/// Returns a table, with a line below each row for what stayed unknown of it.
pub(crate) fn text(rows: &[Row<'_>]) -> String {
    let head = ["ROOT", "DELIVERS", "NAMESPACE", "PRUNES", "OBJECTS", "SECRETS", "READERS"];
    let mut table: Vec<[String; 7]> = vec![head.map(str::to_owned)];
    table.extend(rows.iter().map(|row| {
        let namespace = row.namespace.map(Known::pattern).unwrap_or_default();
        let count = |count: usize| count.to_string();
        let cells = [
            row.id.to_owned(),
            if row.source.is_empty() { "-".to_owned() } else { row.source.clone() },
            if namespace.is_empty() { "*".to_owned() } else { namespace },
            match row.prunes {
                Some(true) => "yes",
                Some(false) => "no",
                None => "-",
            }
            .to_owned(),
            count(row.objects),
            count(row.makers),
            count(row.readers),
        ];
        cells.map(|cell| sealine_report::for_terminal(&cell))
    }));
    let width = |column: usize| {
        table.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut out = String::new();
    for (index, cells) in table.iter().enumerate() {
        let [root, delivers, namespace, prunes, counts @ ..] = cells;
        let [one, two, three, four, ..] = widths;
        let _ = write!(out, "{root:one$}  {delivers:two$}  {namespace:three$}  {prunes:four$}");
        for (cell, width) in counts.iter().zip(&widths[4..]) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
        let Some(row) = index.checked_sub(1).and_then(|index| rows.get(index)) else { continue };
        for reason in row.unknown {
            let _ = writeln!(out, "    unknown: {}", shown(reason));
        }
        for note in row.notes {
            let text = format!("{} ({})", note.message, note.place);
            let _ = writeln!(out, "    unknown: {}", shown(&text));
        }
    }
    let roots = rows.iter().filter(|row| row.kind != "none").count();
    let whole = rows.iter().filter(|row| row.kind != "none" && row.unknown.is_empty()).count();
    let _ = writeln!(out, "\n{whole} of {roots} delivery roots resolved");
    out
}

fn shown(text: &str) -> String {
    let text = sealine_report::covered_words(text);
    sealine_report::on_one_line(&text)
}
