//! Version constraints of Terraform, as far as rules ask for them.

/// Returns the lowest version that a constraint such as `>= 1.11, < 2.0` or `~> 1.11.4` allows;
/// `None` when it names none or does not parse.
pub fn lower_bound(constraint: &str) -> Option<[u64; 3]> {
    let mut highest = None;
    for part in constraint.split(',') {
        let part = part.trim();
        let version = part.trim_start_matches(['<', '>', '=', '!', '~']);
        let operator = &part[..part.len() - version.len()];
        if matches!(operator, "" | "=" | ">=" | ">" | "~>") {
            highest = highest.max(Some(numbers(version)?));
        }
    }
    highest
}

/// Returns whether a constraint allows no version below `version`.
pub fn needs_at_least(constraint: &str, version: [u64; 3]) -> bool {
    lower_bound(constraint).is_some_and(|lowest| lowest >= version)
}

/// The numbers of `v1.11.0-rc1`; what is missing is zero.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let version = version.trim().trim_start_matches('v').split(['-', '+']).next()?;
    let mut found = [0; 3];
    for (index, part) in version.split('.').enumerate() {
        *found.get_mut(index)? = part.trim().parse().ok()?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_allowed_version_is_found() {
        for (constraint, expected) in [
            (">= 1.11, < 2.0", Some([1, 11, 0])),
            ("~> 1.11.4", Some([1, 11, 4])),
            ("1.12.0", Some([1, 12, 0])),
            ("< 2.0", None),
            (">=1.5,>=1.10", Some([1, 10, 0])),
            ("whatever", None),
            ("", None),
        ] {
            assert_eq!(lower_bound(constraint), expected, "{constraint}");
        }
        assert!(needs_at_least("~> 1.11", [1, 10, 0]));
        assert!(!needs_at_least(">= 1.5", [1, 10, 0]));
    }
}
