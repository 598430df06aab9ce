//! Files that older releases of `sops` wrote, for the example key beside them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use age::x25519::Identity;
use jiff::Timestamp;
use sealine_sops::{Change, DataKey, Encrypted, Format, Leaf, Path, Plain};

const KEY: &str = include_str!("data/example.agekey");

const YAML: &str = "# credentials of an example
database:
    host: db.example.org
    # the usual one
    port: 5432
    password: correct horse
    ratio: 0.5
replicas:
    - a
    - true
    - null
    - nested:
        x: \"\"
text: |
    one
    two
clear_unencrypted: seen
";

/// That release took all numbers of JSON for floats.
const JSON: &str = "{
\t\"database\": {
\t\t\"host\": \"db.example.org\",
\t\t\"port\": 5432.0,
\t\t\"password\": \"correct horse\",
\t\t\"ratio\": 0.5
\t},
\t\"replicas\": [
\t\t\"a\",
\t\ttrue,
\t\tnull,
\t\t{
\t\t\t\"x\": \"\"
\t\t}
\t]
}
";

const DOTENV: &str = "# credentials of an example
HOST=db.example.org
PASSWORD=\"correct horse\"
TEXT=one\\ntwo
EMPTY=
";

fn data_key(file: &Encrypted) -> DataKey {
    let identity = KEY.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    let identity: Identity = identity.parse().unwrap();
    let enc = file.metadata().keys[0].enc.as_bytes();
    DataKey::from_bytes(&age::decrypt(&identity, enc).unwrap()).unwrap()
}

#[test]
fn files_of_older_releases_are_read_and_edited() {
    for (format, text, expected) in [
        (Format::Yaml, include_str!("data/sops-3.9.4.yaml"), YAML),
        (Format::Json, include_str!("data/sops-3.9.4.json"), JSON),
        (Format::Dotenv, include_str!("data/sops-3.9.4.env"), DOTENV),
        (Format::Yaml, include_str!("data/sops-3.8.1.yaml"), YAML),
        (Format::Json, include_str!("data/sops-3.8.1.json"), JSON),
        (Format::Dotenv, include_str!("data/sops-3.8.1.env"), DOTENV),
    ] {
        let file = Encrypted::read(format, text).unwrap();
        let key = data_key(&file);
        let plain = file.decrypt(&key).unwrap();
        let written = plain.write(format).unwrap();
        assert_eq!(std::str::from_utf8(written.expose()).unwrap(), expected);
        assert!(plain.is_same(&Plain::read(format, expected).unwrap()));
        let change = Change::set_leaf(Path::keys(["NEW"]), Leaf::string("x"));
        let edited = file.edit(&key, &[change], Timestamp::UNIX_EPOCH).unwrap();
        let kept = text.lines().filter(|line| edited.text.lines().any(|new| new == *line));
        // All but the time and the MAC, and in JSON the line that gets a comma.
        assert!(kept.count() + 2 >= text.lines().count(), "{}", edited.text);
        assert_eq!(
            Encrypted::read(format, &edited.text).unwrap().metadata().version,
            file.metadata().version
        );
    }
}
