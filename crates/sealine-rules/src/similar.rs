//! Near misses: names that a person may have meant.

/// How two names differ, when one may be meant for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// One carries the convention's prefix, the other does not.
    Prefix,
    /// Only `_`, `-`, `.` and case differ.
    Separators,
    /// Another environment's suffix or part: `-qa` for `-prod`.
    Environment,
    /// An edit distance of at most two.
    Typing,
}

/// What people call environments, the names of one together.
const ENVIRONMENTS: [&[&str]; 7] = [
    &["prod", "production", "prd"],
    &["qa"],
    &["stage", "staging", "stg"],
    &["test", "tst"],
    &["dev", "development"],
    &["integration", "int"],
    &["sandbox"],
];

/// Returns the environment that a word names, by the first of its names.
pub fn environment(word: &str) -> Option<&'static str> {
    let names = ENVIRONMENTS.iter().find(|names| names.contains(&word));
    names.and_then(|names| names.first().copied())
}

/// Returns how `wanted` misses `declared`, nearest kind first; `None` when it does not.
///
/// Short names are only near when nothing but separators differ: two letters of `db` and `kv` are
/// no near miss.
pub fn miss(wanted: &str, declared: &str, prefix: Option<&str>) -> Option<Miss> {
    Name::of(wanted).misses(&Name::of(declared), prefix)
}

/// A name, with what of it is compared with others.
#[derive(Debug)]
pub struct Name {
    text: String,
    /// Its letters and digits, without their case.
    bare: String,
    /// Its parts without the environment, when it has one.
    without_environment: Option<Vec<String>>,
    /// How many letters it has.
    length: usize,
    /// The first of them.
    letters: Vec<char>,
    digits: String,
}

impl Name {
    /// Returns the name of this text.
    pub fn of(text: impl Into<String>) -> Self {
        let text: String = text.into();
        let plain = text.chars().filter(char::is_ascii_alphanumeric);
        Self {
            bare: plain.map(|c| c.to_ascii_lowercase()).collect(),
            without_environment: without_environment(&text),
            length: text.chars().count(),
            letters: text.chars().take(256).collect(),
            digits: text.chars().filter(char::is_ascii_digit).collect(),
            text,
        }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn misses(&self, declared: &Self, prefix: Option<&str>) -> Option<Miss> {
        if self.text == declared.text {
            return None;
        }
        if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
            let added = |long: &str, short: &str| long.strip_prefix(prefix) == Some(short);
            if added(&declared.text, &self.text) || added(&self.text, &declared.text) {
                return Some(Miss::Prefix);
            }
        }
        if self.bare == declared.bare {
            return Some(Miss::Separators);
        }
        if self.without_environment.is_some()
            && self.without_environment == declared.without_environment
        {
            return Some(Miss::Environment);
        }
        let length = self.length.min(declared.length);
        let allowed = if length >= 12 { 2 } else { usize::from(length >= 6) };
        // Names that differ in a number are siblings (`db-1`, `db-2`), not slips.
        let near = self.digits == declared.digits
            && distance_within(&self.letters, &declared.letters, allowed);
        near.then_some(Miss::Typing)
    }
}

/// Returns the one of `candidates` that `name` most nearly misses, when there is just one of the
/// nearest kind.
pub fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    prefix: Option<&str>,
) -> Option<(&'a str, Miss)> {
    let name = Name::of(name);
    let missed = |text: &'a str| Some((name.misses(&Name::of(text), prefix)?, text));
    single(candidates.into_iter().filter_map(missed).collect())
}

/// Does as [`nearest`], for who asks the same candidates again.
pub fn nearest_of<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a Name>,
    prefix: Option<&str>,
) -> Option<(&'a str, Miss)> {
    let name = Name::of(name);
    let missed = |other: &'a Name| Some((name.misses(other, prefix)?, other.text()));
    single(candidates.into_iter().filter_map(missed).collect())
}

/// Returns the only one of the nearest kind.
fn single(mut misses: Vec<(Miss, &str)>) -> Option<(&str, Miss)> {
    misses.sort_unstable();
    misses.dedup();
    match misses.as_slice() {
        [(kind, only)] => Some((only, *kind)),
        [(kind, first), (next, _), ..] if kind < next => Some((first, *kind)),
        _ => None,
    }
}

/// Returns the one of `candidates` that is nearly `name`, else the only one that shares most of its
/// words, and no fewer than half of them.
pub fn likeliest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut known: Vec<&str> = candidates.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    if let Some((near, _)) = nearest(name, known.iter().copied(), None) {
        return Some(near);
    }
    let words = |text: &str| text.split(['-', '_', '.']).map(str::to_owned).collect::<Vec<_>>();
    let wanted = words(name);
    let shared = |other: &str| words(other).iter().filter(|word| wanted.contains(word)).count();
    let enough = |best: &usize| *best > 0 && *best * 2 >= wanted.len();
    let best = known.iter().map(|other| shared(other)).max().filter(enough)?;
    let mut fitting = known.iter().filter(|other| shared(other) == best);
    let only = fitting.next()?;
    fitting.next().is_none().then_some(*only)
}

/// The name's parts with its environment part left out, when it has exactly one.
fn without_environment(name: &str) -> Option<Vec<String>> {
    let parts: Vec<String> =
        name.split(['-', '_', '.', '/']).map(str::to_ascii_lowercase).collect();
    let kept: Vec<String> =
        parts.iter().filter(|part| environment(part).is_none()).cloned().collect();
    (kept.len() + 1 == parts.len() && !kept.is_empty()).then_some(kept)
}

/// Whether the edit distance (swaps of neighbours count as one) is at most `limit`.
fn distance_within(one: &[char], two: &[char], limit: usize) -> bool {
    if one.len().abs_diff(two.len()) > limit {
        return false;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for i in 1..=one.len() {
        let mut next = vec![i];
        for j in 1..=two.len() {
            let same = usize::from(one[i - 1] != two[j - 1]);
            let mut best = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + same);
            if i > 1 && j > 1 && one[i - 1] == two[j - 2] && one[i - 2] == two[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next.push(best);
        }
        // No way leads back below what all of two rows have.
        let low = |row: &[usize]| row.iter().min().is_none_or(|least| *least <= limit);
        if !low(&next) && !low(&row) {
            return false;
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().is_some_and(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_are_named_by_what_explains_them() {
        let manual = Some("manual-");
        for (wanted, declared, expected) in [
            ("api-token", "manual-api-token", Some(Miss::Prefix)),
            ("manual-api-token", "api-token", Some(Miss::Prefix)),
            ("api_token", "api-token", Some(Miss::Separators)),
            ("app-db-qa", "app-db-prod", Some(Miss::Environment)),
            ("confluence-token", "conflunece-token", Some(Miss::Typing)),
            ("postgres-1", "postgres-2", None),
            ("db", "kv", None),
            ("database-user", "database-password", None),
        ] {
            assert_eq!(miss(wanted, declared, manual), expected, "{wanted} {declared}");
        }
    }

    #[test]
    fn the_distance_counts_swaps_as_one() {
        let within = |one: &str, two: &str, limit| {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            distance_within(&letters(one), &letters(two), limit)
        };
        for (one, two, distance) in [
            ("abcdef", "abcdef", 0),
            ("abcdef", "bacdfe", 2),
            ("abcdef", "abcdefgh", 2),
            ("abcdef", "uvwxyz", 6),
            ("abcdefgh", "badcfehg", 4),
            ("xyabcdefgh", "abcdefghxy", 4),
        ] {
            for limit in 0..8 {
                assert_eq!(within(one, two, limit), distance <= limit, "{one} {two} {limit}");
            }
        }
    }

    #[test]
    fn nearest_wants_a_single_best() {
        let found = nearest("api-token", ["manual-api-token", "api-tokn"], Some("manual-"));
        assert_eq!(found, Some(("manual-api-token", Miss::Prefix)));
        assert_eq!(nearest("app-token-a", ["app-token-b", "app-token-c"], None), None);
        let names = ["manual-api-token", "api-tokn"].map(Name::of);
        assert_eq!(nearest_of("api-token", &names, Some("manual-")), found);
    }
}
