//! `docs/connections.md`: an index, and the page of every type of Airflow's connections.

use std::fmt::Write as _;

use sealine_airflow::connection::page;
use sealine_airflow::connection::types::all;

use crate::hold;

const HEAD: &str = "\
# Airflow's connections

This page is written by a test from the table in `crates/sealine-airflow/src/connection/types/`;
`sealine explain connection:TYPE` prints the same, and `--have FIELD,…` says what each way to log in
still lacks. How a value is read, and what to write, is told in [airflow.md](airflow.md).

Names are those of the providers, as of the versions given. A field is a key of the JSON form; what
begins with `extra.` stands in the object `extra`.

| type | what it is | ways to log in |
|---|---|---|
";

#[test]
fn the_types_of_connections_have_their_page() {
    let mut text = HEAD.to_owned();
    for kind in all() {
        let flows: Vec<&str> = kind.flows.iter().map(|flow| flow.name).collect();
        let (name, title) = (kind.name, kind.title);
        let _ =
            writeln!(text, "| [`{name}`](#connection{name}) | {title} | {} |", flows.join(", "));
    }
    for kind in all() {
        text.push('\n');
        for line in page(kind).lines() {
            let heading = line.starts_with('#');
            let _ = writeln!(text, "{}{line}", if heading { "#" } else { "" });
        }
    }
    hold("docs/connections.md", &text);
}
