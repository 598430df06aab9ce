//! Files that SOPS encrypts, and those that it encrypted.

use jiff::Timestamp;
use sealine_sops::{
    Change, DataKey, Encrypted, Format, Leaf, Master, Path, Plain, Rule, WrappedKey, encrypt,
};

/// The key of the seeds.
const KEY: [u8; 32] = [7; 32];

/// What can be read as plaintext is encrypted and comes back the same; what decrypts can be edited,
/// and is the very same file when nothing changes.
pub(super) fn comes_back(text: &str) {
    let Ok(key) = DataKey::from_bytes(&KEY) else { return };
    for format in [Format::Yaml, Format::Json, Format::Dotenv, Format::Ini] {
        if let Ok(plain) = Plain::read(format, text) {
            hold_plain(format, &plain, &key);
        }
        if let Ok(file) = Encrypted::read(format, text) {
            hold_encrypted(&file, &key);
        }
    }
}

fn hold_plain(format: Format, plain: &Plain, key: &DataKey) {
    let master = Master::Age { recipient: "age1example".to_owned() };
    let keys = [WrappedKey { master, enc: "wrapped\n".to_owned(), created_at: None }];
    let now = Timestamp::UNIX_EPOCH;
    let Ok(file) = encrypt(format, plain, &Rule::default(), key, &keys, now) else { return };
    let opened = Encrypted::read(format, &file).and_then(|file| file.decrypt(key));
    match opened {
        Ok(opened) => assert!(opened.is_same(plain), "{file}"),
        Err(fault) => panic!("{fault}: {file}"),
    }
}

fn hold_encrypted(file: &Encrypted, key: &DataKey) {
    let Ok(plain) = file.decrypt(key) else { return };
    let now = Timestamp::UNIX_EPOCH;
    let same = file.edit(key, &[], now).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(same.text, file.text());
    let change = Change::set_leaf(Path::keys(["NEW"]), Leaf::string("new"));
    let Ok(edited) = file.edit(key, &[change], now) else { return };
    let opened = Encrypted::read(file.format(), &edited.text).and_then(|file| file.decrypt(key));
    let opened = opened.unwrap_or_else(|fault| panic!("{fault}: {}", edited.text));
    for (before, after) in plain.documents.iter().zip(&opened.documents) {
        for entry in before.entries.iter().filter(|entry| entry.key != "NEW") {
            let kept = after.get(&entry.key).is_some_and(|value| value.is_same(&entry.value));
            assert!(kept, "{}", edited.text);
        }
    }
}
