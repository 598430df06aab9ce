//! Files with several master keys, of which some cannot be opened.

use sealine_keys::open;
use sealine_sops::{Master, WrappedKey};

use super::doubles::{TOKEN, vault};
use super::sops::{Sops, both_ways, keys};
use super::{environment, read_data, run, services};

const RECIPIENT: &str = "age1fnqffl7akhkyxl497ygf790hyr4784cskky5zr30drfj990nvgeqe2fm9j";

#[test]
fn each_of_several_keys_opens_the_file() {
    run(async {
        let server = vault().await;
        let identity = read_data("identity.txt");
        let identity = identity.lines().last().expect("an identity");
        let environment = environment(&[
            ("SOPS_AGE_KEY", identity),
            ("VAULT_TOKEN", TOKEN),
            ("VAULT_NAMESPACE", "team/a"),
        ]);
        let Some(sops) = Sops::new(&environment) else { return };
        let uri = format!("{server}/v1/sops/keys/first");
        let flags = ["--age", RECIPIENT, "--hc-vault-transit", &uri];
        let wrapped = both_ways(&sops, &flags, &services(&environment, sops.home())).await;
        assert_eq!(wrapped.len(), 2);
    });
}

/// The key that opens the file stands behind others that cannot even be asked.
#[test]
fn keys_that_are_of_no_use_do_not_keep_one_from_opening_it() {
    run(async {
        let identity = read_data("identity.txt");
        let identity = identity.lines().last().expect("an identity");
        let with_identity = environment(&[("SOPS_AGE_KEY", identity)]);
        let Some(sops) = Sops::new(&with_identity) else { return };
        let mine = keys(&sops.encrypt(&["--age", RECIPIENT])).remove(0);
        let other =
            |master: Master| WrappedKey { master, enc: "AAAA".to_owned(), created_at: None };
        let arn = "arn:aws:kms:eu-west-1:111122223333:key/a".to_owned();
        let resource_id = "projects/a/locations/b/keyRings/c/cryptoKeys/d".to_owned();
        let all = [
            other(Master::Pgp { fingerprint: "ABCD".to_owned() }),
            other(Master::HuaweiKms { key_id: "a:b".to_owned() }),
            other(Master::AwsKms { arn, role: None, context: Vec::new(), profile: String::new() }),
            other(Master::Age { recipient: "age1yubikey1qqqq".to_owned() }),
            other(Master::GcpKms { resource_id }),
            mine,
        ];
        open(&all, &services(&with_identity, sops.home())).await.expect("it opens");

        // What is of no use is listed, what is on this machine first and what is not supported last.
        let without = environment(&[]);
        let some = [all[0].clone(), all[3].clone(), all[5].clone()];
        let fault = open(&some, &services(&without, sops.home())).await.expect_err("no identity");
        let order: Vec<&str> = fault.tried.iter().map(|tried| &tried.key[..8]).collect();
        assert_eq!(order, ["age age1", "age age1", "PGP ABCD"]);
        let shown = fault.to_string();
        assert!(
            shown.starts_with("none of its 3 master keys opens it\n- age age1yubikey1"),
            "{shown}"
        );
    });
}
