//! Where entries are listed whose names do not stand in the block that makes them.

use super::{entry, linked, place};
use crate::graph::Stage;
use crate::vault::Entry;
use crate::{Facts, Value};

#[test]
fn an_entry_is_declared_where_it_is_listed() {
    let line = |made: Entry| {
        let (graph, _) = linked(Facts { entries: vec![made], ..Facts::default() });
        let line = |stage| {
            let node = graph.nodes.iter().find(|node| node.stage == stage);
            node.and_then(|node| node.declared.as_ref()).map(|place| place.line)
        };
        (line(Stage::VaultEntry), line(Stage::TerraformResource))
    };
    let made = |pieces: [(&str, usize); 2]| {
        let pieces = pieces.map(|(text, line)| Value::known(text, Some(place(line))));
        let [one, two] = pieces;
        Entry {
            name: one.concat(two),
            address: "azurerm_key_vault_secret.all[\"token\"]".to_owned(),
            block: Some(place(2)),
            ..entry("kv", "")
        }
    };
    // The key of `for_each`, behind a prefix that is written in the block or elsewhere.
    assert_eq!(line(made([("app/", 2), ("token", 9)])), (Some(9), Some(2)));
    assert_eq!(line(made([("app/", 7), ("token", 9)])), (Some(9), Some(2)));
    // A prefix alone lists nothing.
    assert_eq!(line(made([("app/", 7), ("db", 2)])), (Some(2), Some(2)));
    // Parts of a key that is made of several, and a name that others give.
    assert_eq!(line(made([("to", 7), ("ken", 9)])), (Some(9), Some(2)));
    assert_eq!(line(made([("prod-", 7), ("db", 9)])), (Some(9), Some(2)));
    let unknown = Entry { block: None, ..made([("prod-", 7), ("db", 9)]) };
    assert_eq!(line(unknown), (Some(2), Some(2)));
}
