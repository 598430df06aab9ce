//! Kinds of keys that are recognised and refused.

use sealine_keys::{KeyFault, open, wrap};
use sealine_sops::{DataKey, Master, WrappedKey};

use super::{environment, run, services};

#[test]
fn they_are_named() {
    run(async {
        let home = tempfile::tempdir().expect("a folder");
        let services = services(&environment(&[]), home.path());
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        for (master, name) in [
            (
                Master::Pgp { fingerprint: "ABCD".to_owned() },
                "PGP ABCD: PGP keys are not supported",
            ),
            (
                Master::HuaweiKms { key_id: "a:b".to_owned() },
                "Huawei Cloud KMS a:b: keys of Huawei",
            ),
        ] {
            let now = jiff::Timestamp::now();
            let fault = wrap(std::slice::from_ref(&master), &key, &services, now).await;
            let fault = fault.expect_err("refused");
            assert!(fault.to_string().starts_with(name), "{fault}");
            let file = WrappedKey { master, enc: "x".to_owned(), created_at: None };
            let fault = open(&[file], &services).await.expect_err("refused");
            assert!(matches!(fault.tried[0].why, KeyFault::Unsupported(_)), "{fault}");
            assert!(fault.to_string().contains(name), "{fault}");
        }
        let fault = open(&[], &services).await.expect_err("no keys");
        assert_eq!(fault.to_string(), "it names no master key");
    });
}
