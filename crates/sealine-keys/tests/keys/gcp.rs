//! Google Cloud KMS, which a double plays.

use sealine_keys::{KeyFault, wrap};
use sealine_sops::{DataKey, Master};

use super::doubles::{TOKEN, gcp, google};
use super::sops::{Sops, both_ways};
use super::{data, environment, run, services};

const KEY: &str = "projects/shop/locations/global/keyRings/sops/cryptoKeys/first";

#[test]
fn it_works_both_ways() {
    run(async {
        let server = gcp().await;
        let environment = environment(&[
            ("SOPS_GCP_KMS_ENDPOINT", &server),
            ("SOPS_GCP_KMS_CLIENT_TYPE", "rest"),
            ("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN),
        ]);
        let Some(sops) = Sops::new(&environment) else { return };
        let services = services(&environment, sops.home());
        both_ways(&sops, &["--gcp-kms", KEY], &services).await;
    });
}

#[test]
fn a_service_account_logs_in_behind_a_proxy() {
    run(async {
        let proxy = google().await;
        let account = data("service-account.json").to_string_lossy().into_owned();
        for variable in ["GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"] {
            let environment = environment(&[
                ("HTTPS_PROXY", &proxy),
                ("SSL_CERT_FILE", &data("ca.pem").to_string_lossy()),
                ("SOPS_GCP_KMS_CLIENT_TYPE", "rest"),
                (variable, &account),
            ]);
            let Some(sops) = Sops::new(&environment) else { return };
            let services = services(&environment, sops.home());
            both_ways(&sops, &["--gcp-kms", KEY], &services).await;
        }
    });
}

#[test]
fn a_wrong_token_and_a_wrong_name_are_refused() {
    run(async {
        let server = gcp().await;
        let home = tempfile::tempdir().expect("a folder");
        let environment = environment(&[
            ("SOPS_GCP_KMS_ENDPOINT", &server),
            ("GOOGLE_OAUTH_ACCESS_TOKEN", "hunter2-hunter2"),
        ]);
        let services = services(&environment, home.path());
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let now = jiff::Timestamp::now();
        let master = |name: &str| [Master::GcpKms { resource_id: name.to_owned() }];
        let fault = wrap(&master(KEY), &key, &services, now).await.expect_err("refused");
        assert!(
            matches!(&fault.why, KeyFault::Service(why) if why.status() == Some(403)),
            "{fault}"
        );
        assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault}");
        for name in
            ["", "first", "projects/../locations/a/keyRings/b/cryptoKeys/c", &format!("{KEY}/x")]
        {
            let fault = wrap(&master(name), &key, &services, now).await.expect_err("refused");
            assert!(matches!(&fault.why, KeyFault::Invalid(_)), "{fault}");
        }
    });
}
