//! Azure Key Vault, which a double plays behind a proxy, under its own names and a certificate of the
//! tests' own authority.

use sealine_keys::{KeyFault, open, wrap};
use sealine_sops::{DataKey, Master};

use super::doubles::{Azure, azure};
use super::sops::{Sops, both_ways};
use super::{data, environment, run, services};

const VAULT: &str = "https://example.vault.azure.net";
const VERSION: &str = "0123456789abcdef0123456789abcdef";

fn settings(azure: &Azure) -> std::collections::BTreeMap<String, String> {
    environment(&[
        ("HTTPS_PROXY", &azure.proxy),
        ("SSL_CERT_FILE", &data("ca.pem").to_string_lossy()),
        ("AZURE_TENANT_ID", "11111111-2222-3333-4444-555555555555"),
        ("AZURE_CLIENT_ID", "66666666-7777-8888-9999-000000000000"),
        ("AZURE_CLIENT_SECRET", "hunter2-hunter2"),
    ])
}

#[test]
fn it_works_both_ways_behind_a_proxy() {
    run(async {
        let azure = azure().await;
        let environment = settings(&azure);
        let Some(sops) = Sops::new(&environment) else { return };
        let services = services(&environment, sops.home());
        let url = format!("{VAULT}/keys/first/{VERSION}");
        both_ways(&sops, &["--azure-kv", &url], &services).await;
    });
}

#[test]
fn the_newest_version_is_filled_in() {
    run(async {
        let azure = azure().await;
        let home = tempfile::tempdir().expect("a folder");
        let services = services(&settings(&azure), home.path());
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let master = |version: &str| Master::AzureKeyVault {
            vault_url: VAULT.to_owned(),
            name: "first".to_owned(),
            version: version.to_owned(),
        };
        let now = jiff::Timestamp::now();
        let wrapped = wrap(&[master("")], &key, &services, now).await.expect("wrapped");
        assert_eq!(wrapped[0].master, master(VERSION));
        assert!(!wrapped[0].enc.contains(['=', '+', '/']), "{}", wrapped[0].enc);
        assert_eq!(open(&wrapped, &services).await.expect("it opens").expose(), key.expose());
    });
}

#[test]
fn workload_identity_logs_in_too() {
    run(async {
        let azure = azure().await;
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("token");
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(&file, "federated-token").expect("a file");
        let mut environment = settings(&azure);
        environment.remove("AZURE_CLIENT_SECRET");
        let file = file.to_string_lossy().into_owned();
        environment.insert("AZURE_FEDERATED_TOKEN_FILE".to_owned(), file);
        let services = services(&environment, home.path());
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let master = Master::AzureKeyVault {
            vault_url: VAULT.to_owned(),
            name: "first".to_owned(),
            version: VERSION.to_owned(),
        };
        wrap(&[master], &key, &services, jiff::Timestamp::now()).await.expect("wrapped");
    });
}

/// The real `az` is a script on the `PATH`, too.
#[cfg(unix)]
#[test]
fn whoever_is_logged_in_with_az_is_asked_last() {
    use std::os::unix::fs::PermissionsExt as _;
    run(async {
        let azure = azure().await;
        let home = tempfile::tempdir().expect("a folder");
        let programs = tempfile::tempdir().expect("a folder");
        let mut environment = settings(&azure);
        environment.retain(|name, _| !name.starts_with("AZURE"));
        let az = programs.path().join("az");
        let token = super::doubles::TOKEN;
        let text = format!(
            "#!/bin/sh\n[ \"$6\" = https://vault.azure.net/.default ] || exit 1\n\
             echo '{{\"accessToken\": \"{token}\", \"tokenType\": \"Bearer\"}}'\n"
        );
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(&az, text).expect("a file");
        std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).expect("a program");
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let master = [Master::AzureKeyVault {
            vault_url: VAULT.to_owned(),
            name: "first".to_owned(),
            version: VERSION.to_owned(),
        }];
        let now = jiff::Timestamp::now();
        for (path, works) in [(programs.path(), true), (home.path(), false)] {
            environment.insert("PATH".to_owned(), path.to_string_lossy().into_owned());
            let services = services(&environment, home.path());
            match wrap(&master, &key, &services, now).await {
                Ok(_) => assert!(works),
                Err(fault) => {
                    assert!(!works && fault.to_string().contains("`az` is not on"), "{fault}");
                }
            }
        }
    });
}

#[test]
fn a_refused_login_shows_no_secret() {
    run(async {
        let azure = azure().await;
        let home = tempfile::tempdir().expect("a folder");
        let mut environment = settings(&azure);
        let wrong = "wrong-hunter2-hunter2".to_owned();
        environment.insert("AZURE_CLIENT_SECRET".to_owned(), wrong);
        let services = services(&environment, home.path());
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let master = Master::AzureKeyVault {
            vault_url: VAULT.to_owned(),
            name: "first".to_owned(),
            version: VERSION.to_owned(),
        };
        let fault = wrap(&[master], &key, &services, jiff::Timestamp::now()).await;
        let fault = fault.expect_err("refused");
        assert!(matches!(&fault.why, KeyFault::Credentials(_)), "{fault}");
        let shown = format!("{fault} {fault:?}");
        assert!(shown.contains("client secret"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    });
}
