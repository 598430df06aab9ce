//! Which files visibly belong to different clusters: their folders name different AWS accounts, or
//! different environments.

use crate::similar::environment;

/// Returns whether two folders say that they belong to different clusters: both name AWS accounts, or
/// both name environments, and none of one is among those of the other.
pub(crate) fn are_apart(one: &str, two: &str) -> bool {
    let differ = |named: fn(&str) -> Vec<&str>| {
        let (here, there) = (named(one), named(two));
        !here.is_empty() && !there.is_empty() && !here.iter().any(|name| there.contains(name))
    };
    differ(accounts) || differ(environments)
}

/// The AWS accounts that a folder lies in, by their twelve digits.
fn accounts(folder: &str) -> Vec<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    folder.split('/').filter(|part| part.len() == 12 && part.bytes().all(is_digit)).collect()
}

/// The environments that a folder lies in: by names that are those of one, or begin or end with it
/// (`prod-eu`, `shop-prod`).
fn environments(folder: &str) -> Vec<&str> {
    let ends = |name| {
        let mut words = str::split(name, ['-', '_', '.']);
        [words.next(), words.next_back()]
    };
    folder.split('/').flat_map(ends).flatten().filter_map(environment).collect()
}

#[cfg(test)]
mod tests {
    use super::are_apart;

    #[test]
    fn folders_tell_accounts_and_environments_apart() {
        for (one, two, expected) in [
            ("aws/203403084713/eks", "argocd/aws/666628074417/a", true),
            ("aws/203403084713/eks", "argocd/aws/203403084713/a", false),
            ("aws/20340308471", "aws/66662807441", false),
            ("envs/prod", "clusters/dev", true),
            ("envs/prod", "clusters/production", false),
            ("envs/prod", "clusters/shop-stg", true),
            ("envs/stg", "clusters/staging-eu", false),
            ("envs/prod", "base", false),
            ("envs/prod/dev", "dev", false),
            ("", "dev", false),
        ] {
            assert_eq!(are_apart(one, two), expected, "{one} {two}");
            assert_eq!(are_apart(two, one), expected, "{two} {one}");
        }
    }
}
