//! AWS KMS, which moto plays.

use std::collections::BTreeMap;

use sealine_keys::{KeyFault, open, wrap};
use sealine_sops::{DataKey, Master};
use sealine_testing::aws::{Account, ROLE, account, as_anyone};
use serde_json::Value;

use super::sops::{Sops, both_ways};
use super::{environment, run, services};

/// An account with one key of KMS, and the environment of its user.
struct Aws {
    account: Account,
    arn: String,
    environment: BTreeMap<String, String>,
}

fn aws() -> Option<Aws> {
    let mut arn = String::new();
    let account = account("*", |server| {
        let json = ("Content-Type", "application/x-amz-json-1.1");
        let headers = [json, ("X-Amz-Target", "TrentService.CreateKey")];
        let answer = as_anyone(server, "eu-west-1/kms", &headers, "{}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let key: Value = serde_json::from_str(body).expect("JSON");
        key["KeyMetadata"]["Arn"].as_str().expect("an ARN").clone_into(&mut arn);
    })?;
    let environment = environment(&[
        ("AWS_ENDPOINT_URL", &account.server.url()),
        ("AWS_ACCESS_KEY_ID", &account.access_key),
        ("AWS_SECRET_ACCESS_KEY", &account.secret_key),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    Some(Aws { account, arn, environment })
}

fn master(arn: &str, profile: &str) -> Master {
    let (arn, profile) = (arn.to_owned(), profile.to_owned());
    Master::AwsKms { arn, role: None, context: Vec::new(), profile }
}

#[test]
fn keys_contexts_and_roles_work_both_ways() {
    run(async {
        let Some(Aws { account: _account, arn, environment }) = aws() else { return };
        let Some(sops) = Sops::new(&environment) else { return };
        let services = services(&environment, sops.home());
        let kms = ["--kms", &arn];
        both_ways(&sops, &kms, &services).await;
        let context = ["--encryption-context", "app:shop,stage:test"];
        both_ways(&sops, &[kms, context].concat(), &services).await;
        both_ways(&sops, &["--kms", &format!("{arn}+{ROLE}")], &services).await;
    });
}

#[test]
fn profiles_and_the_roles_and_programs_they_name_are_followed() {
    run(async {
        let Some(mut aws) = aws() else { return };
        aws.environment.remove("AWS_ACCESS_KEY_ID");
        aws.environment.remove("AWS_SECRET_ACCESS_KEY");
        aws.environment.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
        let Aws { account, arn, environment } = aws;
        let Account { access_key, secret_key, .. } = &account;
        let Some(sops) = Sops::new(&environment) else { return };
        let program = sops.home().join("printed.json").display().to_string();
        sops.write(
            ".aws/config",
            &format!(
                "[profile deploy]\nrole_arn = {ROLE}\nsource_profile = base\nregion = eu-west-1\n\
                 [profile program]\ncredential_process = cat {program}\n"
            ),
        );
        let keys =
            format!("aws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n");
        sops.write(".aws/credentials", &format!("[base]\n{keys}"));
        let printed = serde_json::json!({
            "Version": 1, "AccessKeyId": access_key, "SecretAccessKey": secret_key,
        });
        sops.write("printed.json", &printed.to_string());
        let services = services(&environment, sops.home());
        for profile in ["base", "program"] {
            both_ways(&sops, &["--kms", &arn, "--aws-profile", profile], &services).await;
        }
        // The SDK of `sops` asks the real STS about roles of profiles, whatever the endpoint is.
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let now = jiff::Timestamp::now();
        let master = [master(&arn, "deploy")];
        let wrapped = wrap(&master, &key, &services, now).await.expect("wrapped");
        open(&wrapped, &services).await.expect("it opens");
    });
}

#[test]
fn another_context_does_not_open_it() {
    run(async {
        let Some(Aws { account: _account, arn, environment }) = aws() else { return };
        let home = tempfile::tempdir().expect("a folder");
        let services = services(&environment, home.path());
        let master = |stage: &str| Master::AwsKms {
            arn: arn.clone(),
            role: None,
            context: vec![("stage".to_owned(), stage.to_owned())],
            profile: String::new(),
        };
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let now = jiff::Timestamp::now();
        let mut wrapped = wrap(&[master("test")], &key, &services, now).await.expect("wrapped");
        open(&wrapped, &services).await.expect("it opens");
        wrapped[0].master = master("live");
        let fault = open(&wrapped, &services).await.expect_err("another context").tried.remove(0);
        assert!(
            matches!(&fault.why, KeyFault::Service(why) if why.status() == Some(400)),
            "{fault}"
        );
    });
}

#[test]
fn a_wrong_secret_is_refused_and_not_shown() {
    run(async {
        let Some(Aws { account: _account, arn, mut environment }) = aws() else { return };
        let home = tempfile::tempdir().expect("a folder");
        let wrong = "hunter2hunter2hunter2".to_owned();
        environment.insert("AWS_SECRET_ACCESS_KEY".to_owned(), wrong);
        let services = services(&environment, home.path());
        let key = DataKey::from_bytes(b"0123456789abcdefhunter2hunter2hu").expect("a key");
        let fault = wrap(&[master(&arn, "")], &key, &services, jiff::Timestamp::now()).await;
        let fault = fault.expect_err("a wrong signature");
        assert!(
            matches!(&fault.why, KeyFault::Service(why) if why.status() == Some(403)),
            "{fault}"
        );
        let shown = format!("{fault} {fault:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("MDEyMzQ1Njc4OWFi"), "{shown}");
    });
}

#[test]
fn without_credentials_it_says_where_they_were_looked_for() {
    run(async {
        let home = tempfile::tempdir().expect("a folder");
        let mut environment = environment(&[("AWS_EC2_METADATA_DISABLED", "true")]);
        let master = [master("arn:aws:kms:eu-west-1:111122223333:key/a", "")];
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        let now = jiff::Timestamp::now();
        let fault = wrap(&master, &key, &services(&environment, home.path()), now).await;
        let fault = fault.expect_err("no credentials");
        assert!(matches!(&fault.why, KeyFault::Credentials(_)), "{fault}");
        for place in ["the environment: ", "web identity: ", "the profile: ", "the instance: "] {
            assert!(fault.to_string().contains(&format!("{place}nothing")), "{place}\n{fault}");
        }

        for (name, value) in [
            ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/a"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"),
        ] {
            environment.insert(name.to_owned(), value.to_owned());
        }
        let fault = wrap(&master, &key, &services(&environment, home.path()), now).await;
        let fault = fault.expect_err("no credentials").to_string();
        assert!(
            fault.contains("web identity: ") && !fault.contains("web identity: nothing"),
            "{fault}"
        );
    });
}
