//! Versions and version constraints as the Go library Helm uses reads them.
//!
//! Invariant: a version may leave out its minor and patch; a constraint without a pre-release
//! never accepts a pre-release.

use std::cmp::Ordering;

/// A version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    pub(crate) pre: String,
    pub(crate) metadata: String,
    pub(crate) original: String,
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(out, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(out, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Version {
    /// Returns the version written in a text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (rest, metadata) = match text.split_once('+') {
            Some((rest, metadata)) => (rest, Some(metadata)),
            None => (text, None),
        };
        let (numbers, pre) = match rest.split_once('-') {
            Some((numbers, pre)) => (numbers, Some(pre)),
            None => (rest, None),
        };
        let numbers = numbers.strip_prefix('v').unwrap_or(numbers);
        let mut parts = numbers.split('.').map(number);
        let major = parts.next()??;
        let minor = parts.next().unwrap_or(Some(0))?;
        let patch = parts.next().unwrap_or(Some(0))?;
        let well = parts.next().is_none()
            && pre.is_none_or(are_identifiers)
            && metadata.is_none_or(are_identifiers);
        let leading_zero = |part: &str| {
            part.len() > 1
                && part.starts_with('0')
                && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !well || pre.is_some_and(|pre| pre.split('.').any(leading_zero)) {
            return None;
        }
        Some(Self {
            major,
            minor,
            patch,
            pre: pre.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// Compares by precedence; metadata does not count.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => pre_order(&self.pre, &other.pre),
            }
        })
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn are_identifiers(text: &str) -> bool {
    text.split('.').all(|part| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !part.is_empty() && part.bytes().all(allowed)
    })
}

fn pre_order(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => match (number(one), number(other)) {
                (Some(one), Some(other)) => one.cmp(&other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Returns whether a version fulfils a constraint, as Helm compares them; `None` where either cannot
/// be read.
pub fn satisfies(version: &str, constraint: &str) -> Option<bool> {
    Some(Constraint::parse(constraint)?.check(&Version::parse(version)?))
}

/// Conditions on a version: one of the groups must hold, in it all conditions.
#[derive(Debug)]
pub(crate) struct Constraint {
    groups: Vec<Vec<Condition>>,
}

#[derive(Debug)]
struct Condition {
    operator: &'static str,
    version: Version,
    /// Whether some part was left out or is a wildcard.
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

const OPERATORS: [&str; 11] = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"];

impl Constraint {
    /// Returns the constraint written in a text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let groups = text.split("||").map(group).collect::<Option<_>>()?;
        Some(Self { groups })
    }

    /// Returns whether a version fulfils the constraint.
    pub(crate) fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let pre = group.iter().any(|condition| !condition.version.pre.is_empty());
            (pre || version.pre.is_empty())
                && group.iter().all(|condition| condition.check(version))
        })
    }
}

/// Reads conditions separated by spaces or commas, and ranges `1.2 - 2.3`.
fn group(text: &str) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    let mut rest = text.trim_ascii();
    loop {
        let operator =
            OPERATORS.iter().find(|operator| rest.starts_with(**operator)).copied().unwrap_or("");
        rest = rest.get(operator.len()..)?.trim_ascii_start();
        let end = rest.find(|letter: char| letter == ',' || letter.is_ascii_whitespace());
        let (version, tail) = rest.split_at(end.unwrap_or(rest.len()));
        let tail = tail.trim_ascii_start();
        let upper = tail
            .strip_prefix('-')
            .filter(|upper| upper.starts_with(|letter: char| letter.is_ascii_whitespace()));
        if let (Some(upper), "") = (upper, operator) {
            let upper = upper.trim_ascii_start();
            let end = upper.find(|letter: char| letter == ',' || letter.is_ascii_whitespace());
            let (last, tail) = upper.split_at(end.unwrap_or(upper.len()));
            conditions.push(condition(">=", version)?);
            conditions.push(condition("<=", last)?);
            rest = tail.trim_ascii_start();
        } else {
            conditions.push(condition(operator, version)?);
            rest = tail;
        }
        if rest.is_empty() {
            return Some(conditions);
        }
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_ascii_start();
    }
}

fn condition(operator: &'static str, text: &str) -> Option<Condition> {
    if text.is_empty() {
        // Only an empty text means any version.
        return None;
    }
    let numbers_end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, suffix) = text.split_at(numbers_end);
    let pre = suffix.split('+').next().unwrap_or_default();
    let parts: Vec<&str> = numbers.strip_prefix('v').unwrap_or(numbers).split('.').collect();
    let wild = |part: Option<&&str>| part.is_none_or(|part| matches!(*part, "x" | "X" | "*"));
    let (major, minor, patch) = (parts.first(), parts.get(1), parts.get(2));
    let (plain, dirty, minor_dirty, patch_dirty) = if wild(major) {
        (format!("0.0.0{pre}"), true, false, false)
    } else if wild(minor) {
        (format!("{}.0.0{pre}", major?), true, true, false)
    } else if wild(patch) {
        (format!("{}.{}.0{pre}", major?, minor?), true, false, true)
    } else {
        (text.to_owned(), false, false, false)
    };
    if parts.len() > 3 {
        return None;
    }
    let version = Version::parse(&plain)?;
    Some(Condition { operator, version, dirty, minor_dirty, patch_dirty })
}

impl Condition {
    fn check(&self, version: &Version) -> bool {
        let own = &self.version;
        let order = version.order(own);
        match self.operator {
            "!=" => self.differs(version),
            ">" if !self.dirty => order == Ordering::Greater,
            ">" if version.major != own.major => version.major > own.major,
            ">" if self.minor_dirty => false,
            ">" if self.patch_dirty => version.minor > own.minor,
            ">" => order == Ordering::Greater,
            "<" => order == Ordering::Less,
            ">=" | "=>" => order != Ordering::Less,
            "<=" | "=<" if !self.dirty => order != Ordering::Greater,
            "<=" | "=<" => {
                let minor = version.minor > own.minor && !self.minor_dirty;
                version.major < own.major || (version.major == own.major && !minor)
            }
            "^" => order != Ordering::Less && self.same_caret(version),
            "~" | "~>" => self.tilde(version),
            _ if self.dirty => self.tilde(version),
            _ => order == Ordering::Equal,
        }
    }

    fn differs(&self, version: &Version) -> bool {
        let own = &self.version;
        if self.dirty {
            if own.major != version.major {
                return true;
            }
            if self.minor_dirty {
                return false;
            }
            if own.minor != version.minor {
                return true;
            }
            if self.patch_dirty {
                let pre = !version.pre.is_empty() || !own.pre.is_empty();
                return pre && pre_order(&version.pre, &own.pre) != Ordering::Equal;
            }
        }
        version.order(own) != Ordering::Equal
    }

    fn tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.order(own) == Ordering::Less {
            return false;
        }
        let zero = (own.major, own.minor, own.patch) == (0, 0, 0);
        if zero && !self.minor_dirty && !self.patch_dirty {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.minor_dirty)
    }

    fn same_caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if own.major > 0 || self.minor_dirty || version.major != own.major {
            return version.major == own.major;
        }
        if own.minor > 0 || self.patch_dirty || version.minor != own.minor {
            return version.minor == own.minor;
        }
        version.patch == own.patch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_masterminds() {
        for (constraint, version, expected) in [
            (">=1.19-0", "v1.31.0", true),
            (">=1.19-0", "1.31.0-eks-1", true),
            (">=1.19", "1.31.0-eks-1", false),
            ("<1.19", "1.18.9", true),
            (">= 1.2, < 3.0.0 || >= 4.2.3", "4.2.3", true),
            ("1.2 - 2.3.4", "2.3.4", true),
            ("1.2.x", "1.2.9", true),
            ("1.2", "1.3.0", false),
            ("~1.2.3", "1.2.9", true),
            ("^0.2.3", "0.3.0", false),
            ("^1.2", "1.9.0", true),
            ("*", "9.9.9", true),
            ("!=1.2.3", "1.2.3", false),
            (">1.2", "1.2.9", false),
            ("=1.2.3", "1.2.3", true),
        ] {
            let parsed = Constraint::parse(constraint).expect("a constraint");
            let version = Version::parse(version).expect("a version");
            assert_eq!(parsed.check(&version), expected, "{constraint} {version}");
        }
        assert!(Constraint::parse("nonsense").is_none());
        assert!(Constraint::parse(">=1.2 foo").is_none());
        assert!(Version::parse("1.2.3.4").is_none());
    }
}
