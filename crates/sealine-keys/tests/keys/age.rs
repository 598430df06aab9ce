//! age: recipients of both kinds, where identities are looked for, and what is refused.

use std::slice::from_ref;

use sealine_keys::{KeyFault, open, wrap};
use sealine_sops::{DataKey, Master, WrappedKey};
use sealine_testing::peers::peer;
use sealine_testing::run::{command, finish};

use super::sops::{Sops, both_ways};
use super::{environment, read_data, run, services};

const RECIPIENT: &str = "age1fnqffl7akhkyxl497ygf790hyr4784cskky5zr30drfj990nvgeqe2fm9j";

fn age(recipient: &str) -> Master {
    Master::Age { recipient: recipient.to_owned() }
}

fn ssh(name: &str) -> String {
    read_data(&format!("{name}.pub")).trim().to_owned()
}

async fn wrapped(recipient: &str) -> WrappedKey {
    let key = DataKey::from_bytes(&[7; 32]).expect("a key");
    let home = tempfile::tempdir().expect("a folder");
    let services = services(&environment(&[]), home.path());
    let keys = wrap(&[age(recipient)], &key, &services, jiff::Timestamp::now()).await;
    keys.expect("it is wrapped").remove(0)
}

/// Each place where `sops` finds an identity is one where Sealine finds it.
#[test]
fn identities_are_found_where_sops_finds_them() {
    run(async {
        let identity = read_data("identity.txt");
        let line = identity.lines().last().expect("an identity");
        let keys = tempfile::tempdir().expect("a folder");
        let place = |name: &str| keys.path().join(name).to_string_lossy().into_owned();
        let (file, folder) = (place("a.txt"), place("conf"));
        let Some(writer) = Sops::new(&environment(&[])) else { return };
        writer.write(&file, &identity);
        writer.write(&format!("{folder}/sops/age/keys.txt"), &identity);
        for (variable, value) in
            [("SOPS_AGE_KEY", line), ("SOPS_AGE_KEY_FILE", &file), ("XDG_CONFIG_HOME", &folder)]
        {
            let environment = environment(&[(variable, value)]);
            let sops = Sops::new(&environment).expect("it was there");
            both_ways(&sops, &["--age", RECIPIENT], &services(&environment, sops.home())).await;
        }
        let sops = Sops::new(&environment(&[])).expect("it was there");
        sops.write(".config/sops/age/keys.txt", &identity);
        let services = services(&environment(&[]), sops.home());
        both_ways(&sops, &["--age", RECIPIENT], &services).await;
    });
}

#[test]
fn ssh_keys_open_what_sops_wrote() {
    run(async {
        for name in ["ed25519", "rsa"] {
            let Some(sops) = Sops::new(&environment(&[])) else { return };
            sops.write(&format!(".ssh/id_{name}"), &read_data(name));
            let services = services(&environment(&[]), sops.home());
            both_ways(&sops, &["--age", &ssh(name)], &services).await;
        }
        let file = super::data("rsa").to_string_lossy().into_owned();
        let environment = environment(&[("SOPS_AGE_SSH_PRIVATE_KEY_FILE", &file)]);
        let Some(sops) = Sops::new(&environment) else { return };
        both_ways(&sops, &["--age", &ssh("rsa")], &services(&environment, sops.home())).await;
    });
}

/// The shape that SOPS and age write: armour of 64 columns, a newline at the end; and age reads it.
#[test]
fn what_is_wrapped_is_a_file_of_age() {
    run(async {
        let key = wrapped(RECIPIENT).await;
        assert_eq!(key.created_at, None);
        let lines: Vec<&str> = key.enc.split('\n').collect();
        assert_eq!(lines.first(), Some(&"-----BEGIN AGE ENCRYPTED FILE-----"));
        assert_eq!(lines[lines.len() - 2..], ["-----END AGE ENCRYPTED FILE-----", ""]);
        assert!(lines[1..lines.len() - 3].iter().all(|line| line.len() == 64), "{}", key.enc);

        let Some(program) = peer("age") else { return };
        let home = tempfile::tempdir().expect("a folder");
        let identity = super::data("identity.txt").to_string_lossy().into_owned();
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(home.path().join("key.age"), &key.enc).expect("a file");
        let all = ["--decrypt", "-i", &identity, "-o", "key", "key.age"];
        let _ = finish(command(&program.to_string_lossy(), home.path(), &all)).exits(0);
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        let bytes = std::fs::read(home.path().join("key")).expect("a file");
        assert_eq!(bytes, [7; 32]);
    });
}

/// The error says of each place what is there, and shows no key.
#[test]
fn a_file_for_another_recipient_says_what_was_looked_at() {
    run(async {
        let home = tempfile::tempdir().expect("a folder");
        let file = super::data("locked").to_string_lossy().into_owned();
        let identity = read_data("identity.txt");
        let identity = identity.lines().last().expect("an identity");
        let mangled = format!("{identity} AGE-PLUGIN-X-1QQ AGE-SECRET-KEY-1HUNTER2");
        let environment = environment(&[
            ("SOPS_AGE_KEY", &mangled),
            ("SOPS_AGE_KEY_FILE", "/nowhere/hunter2"),
            ("SOPS_AGE_SSH_PRIVATE_KEY_FILE", &file),
        ]);
        let other = age::x25519::Identity::generate().to_public().to_string();
        let key = wrapped(&other).await;
        let fault = open(&[key], &services(&environment, home.path())).await.expect_err("no key");
        let shown = fault.to_string();
        for part in [
            "`SOPS_AGE_KEY`: line 2 is an identity of an age plugin",
            "`SOPS_AGE_KEY`: line 3 is not an age identity",
            "`SOPS_AGE_KEY`: one identity, for another recipient",
            "`SOPS_AGE_KEY_FILE` `/nowhere/hunter2`: not there",
            "/locked`: locked with a passphrase, which is not supported",
            ".ssh/id_ed25519`: not there",
            ".config/sops/age/keys.txt`: not there",
        ] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
        assert!(!format!("{shown} {fault:?}").contains("AGE-SECRET"), "{shown}");
        assert!(!format!("{shown} {fault:?}").contains("1HUNTER2"), "{shown}");
    });
}

/// A plugin would be a program of the recipient's choice.
#[test]
fn recipients_that_need_a_program_are_refused_by_name() {
    run(async {
        let home = tempfile::tempdir().expect("a folder");
        let services = services(&environment(&[]), home.path());
        let key = DataKey::from_bytes(&[7; 32]).expect("a key");
        for (recipient, part) in [
            ("age1yubikey1qgs8w6u", "plugin `yubikey`"),
            ("age1../../../tmp/x1qqq", "plugin `../../../tmp/x`"),
            ("age1\u{1b}[31m1qqq", "plugin `\\u{1b}[31m`"),
            ("age1pq1qqqq", "post-quantum"),
        ] {
            let now = jiff::Timestamp::now();
            let master = [age(recipient)];
            let fault = wrap(&master, &key, &services, now).await.expect_err("refused");
            assert!(
                matches!(&fault.why, KeyFault::Unsupported(why) if why.contains(part)),
                "{fault}"
            );
            let file = WrappedKey { master: age(recipient), enc: "x".to_owned(), created_at: None };
            let fault = open(&[file], &services).await.expect_err("refused").tried.remove(0);
            assert!(
                matches!(&fault.why, KeyFault::Unsupported(why) if why.contains(part)),
                "{fault}"
            );
        }
        for recipient in ["", "age1", "age1qqqq", "hello", &ssh("ecdsa"), "ssh-ed25519 AAAA"] {
            let now = jiff::Timestamp::now();
            let fault = wrap(&[age(recipient)], &key, &services, now).await.expect_err("refused");
            assert!(matches!(&fault.why, KeyFault::Invalid(_)), "{recipient}: {fault}");
        }
    });
}

#[test]
fn a_wrapped_key_that_was_changed_is_refused() {
    run(async {
        let home = tempfile::tempdir().expect("a folder");
        let identity = read_data("identity.txt");
        let identity = identity.lines().last().expect("an identity");
        let services = services(&environment(&[("SOPS_AGE_KEY", identity)]), home.path());
        let key = wrapped(RECIPIENT).await;
        assert_eq!(open(from_ref(&key), &services).await.expect("it opens").expose(), &[7; 32]);
        let half = key.enc.len() / 2;
        for enc in [String::new(), "junk".to_owned(), key.enc[..half].to_owned(), flipped(&key.enc)]
        {
            let fault = open(&[WrappedKey { enc, ..key.clone() }], &services).await;
            let fault = fault.expect_err("changed").tried.remove(0);
            assert!(matches!(&fault.why, KeyFault::NotAKey(_)), "{fault}");
        }
    });
}

/// Returns the armoured file with another last byte of its body.
fn flipped(enc: &str) -> String {
    let at = enc.rfind("\n-----END").expect("an end") - 6;
    let mut bytes = enc.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("UTF-8")
}

/// The program learns for whom it is asked, and runs only when nothing else opens the file.
#[cfg(unix)]
#[test]
fn a_program_may_print_the_identity() {
    use std::os::unix::fs::PermissionsExt as _;
    run(async {
        let home = tempfile::tempdir().expect("a folder");
        let other = tempfile::tempdir().expect("a folder");
        let identity = super::data("identity.txt").to_string_lossy().into_owned();
        let program = other.path().join("give-key");
        let text = format!(
            "#!/bin/sh\necho ran >> '{0}/log'\n[ \"$SOPS_AGE_RECIPIENT\" = {RECIPIENT} ] || exit 3\n\
             [ \"$1\" = 'a key' ] || exit 4\n[ -z \"$SOPS_AGE_KEY\" ] || exit 5\n\
             while read -r line; do echo \"$line\"; done < '{identity}'\n",
            other.path().display()
        );
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(&program, text).expect("a file");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, executable).expect("a program");
        let line = format!("'{}' 'a key'", program.display());
        let key = wrapped(RECIPIENT).await;
        let mine = read_data("identity.txt");
        let mine = mine.lines().last().expect("an identity");
        let log = other.path().join("log");

        let both = environment(&[("SOPS_AGE_KEY", mine), ("SOPS_AGE_KEY_CMD", &line)]);
        open(from_ref(&key), &services(&both, home.path())).await.expect("it opens");
        assert!(!log.exists(), "it ran without need");

        let unrelated = age::x25519::Identity::generate();
        let unrelated =
            age::secrecy::ExposeSecret::expose_secret(&unrelated.to_string()).to_owned();
        let pairs = [("SOPS_AGE_KEY", unrelated.as_str()), ("SOPS_AGE_KEY_CMD", &line)];
        let environment_of = environment(&pairs);
        open(from_ref(&key), &services(&environment_of, home.path())).await.expect("it opens");
        assert!(log.exists());

        for (line, part) in [
            ("give-key", "`give-key` is not on the `PATH`"),
            ("./give-key", "is not an absolute path"),
            ("'open", "a quote in it is not closed"),
            (&format!("'{}' other", program.display()), "ended with exit code 4"),
        ] {
            let environment = environment(&[("SOPS_AGE_KEY_CMD", line)]);
            let fault = open(from_ref(&key), &services(&environment, home.path())).await;
            let fault = fault.expect_err("no key").to_string();
            assert!(fault.contains(part), "{part}\n{fault}");
        }
    });
}
