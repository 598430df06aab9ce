//! Vault's transit engine, which a double plays; `sops` speaks to it over plain HTTP.

use sealine_keys::{KeyFault, open, wrap};
use sealine_sops::{DataKey, Master};

use super::doubles::{TOKEN, vault};
use super::sops::{Sops, both_ways};
use super::{environment, run, services};

#[test]
fn it_works_both_ways() {
    run(async {
        let server = vault().await;
        let pairs = [("VAULT_TOKEN", TOKEN), ("VAULT_NAMESPACE", "team/a")];
        let environment = environment(&pairs);
        let Some(sops) = Sops::new(&environment) else { return };
        let services = services(&environment, sops.home());
        for engine in ["sops", "team/transit"] {
            let uri = format!("{server}/v1/{engine}/keys/first");
            both_ways(&sops, &["--hc-vault-transit", &uri], &services).await;
        }
    });
}

#[test]
fn the_token_that_vault_login_left_is_used() {
    run(async {
        let server = vault().await;
        let environment = environment(&[("VAULT_NAMESPACE", "team/a")]);
        let Some(sops) = Sops::new(&environment) else { return };
        sops.write(".vault-token", &format!("{TOKEN}\n"));
        let services = services(&environment, sops.home());
        let uri = format!("{server}/v1/sops/keys/first");
        both_ways(&sops, &["--hc-vault-transit", &uri], &services).await;
    });
}

#[test]
fn a_refusal_shows_neither_the_token_nor_the_key() {
    run(async {
        let server = vault().await;
        let home = tempfile::tempdir().expect("a folder");
        // Its answers quote what they were sent.
        let environment = environment(&[("VAULT_TOKEN", "hunter2-hunter2")]);
        let services = services(&environment, home.path());
        let master = Master::VaultTransit {
            address: server,
            engine_path: "sops".to_owned(),
            key_name: "first".to_owned(),
        };
        let key = DataKey::from_bytes(b"0123456789abcdefhunter2hunter2hu").expect("a key");
        let fault = wrap(&[master], &key, &services, jiff::Timestamp::now()).await;
        let fault = fault.expect_err("refused");
        assert!(
            matches!(&fault.why, KeyFault::Service(why) if why.status() == Some(403)),
            "{fault}"
        );
        let shown = format!("{fault} {fault:?}");
        assert!(shown.contains("permission denied"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(!shown.contains("MDEyMzQ1Njc4OWFi"), "{shown}");
    });
}

#[test]
fn a_file_does_not_get_the_token_of_another_vault() {
    run(async {
        let server = vault().await;
        let home = tempfile::tempdir().expect("a folder");
        let pairs = [("VAULT_TOKEN", TOKEN), ("VAULT_ADDR", "https://vault.example.com:8200")];
        let services = services(&environment(&pairs), home.path());
        let key = sealine_sops::WrappedKey {
            master: Master::VaultTransit {
                address: server,
                engine_path: "sops".to_owned(),
                key_name: "first".to_owned(),
            },
            enc: "vault:v1:AAAA".to_owned(),
            created_at: None,
        };
        let fault = open(&[key], &services).await.expect_err("another Vault").tried.remove(0);
        assert!(
            matches!(&fault.why, KeyFault::Invalid(why) if why.contains("VAULT_ADDR")),
            "{fault}"
        );
    });
}
