//! The path of a field, as the `target` of a text says it: `spec.rules[0].hosts`.
//!
//! Invariant: a path begins with a key, and no list grows beyond what an index may be.

/// How many steps a path may have here.
const MAX_STEPS: usize = 64;

/// The largest index.
const MAX_INDEX: usize = 10_000;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list.
    Index(usize),
}

/// Why a path is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoPath {
    /// The operator refuses it, for this reason.
    Refused(String),
    /// It has more steps than are followed here.
    TooLong,
}

/// Reads a path.
pub(crate) fn steps(path: &str) -> Result<Vec<Step>, NoPath> {
    let refused = |why: String| Err(NoPath::Refused(format!("`{path}` is no path: {why}")));
    let mut steps = Vec::new();
    for segment in path.split('.') {
        if segment.is_empty() {
            return refused("a segment is empty".to_owned());
        }
        let (name, mut rest) = segment.split_at(segment.find('[').unwrap_or(segment.len()));
        if !name.is_empty() {
            steps.push(Step::Key(name.to_owned()));
        }
        while !rest.is_empty() {
            let Some(inner) = rest.strip_prefix('[') else {
                return refused("`[` is expected after an index".to_owned());
            };
            let Some((index, after)) = inner.split_once(']') else {
                return refused("a `[` has no `]`".to_owned());
            };
            match index.parse::<i64>().map(usize::try_from) {
                Ok(Ok(number)) if number <= MAX_INDEX => steps.push(Step::Index(number)),
                Ok(Ok(_)) => return refused(format!("the index `{index}` is beyond {MAX_INDEX}")),
                Ok(Err(_)) => return refused(format!("the index `{index}` is negative")),
                Err(_) => return refused(format!("`{index}` is no index")),
            }
            rest = after;
        }
        if steps.len() > MAX_STEPS {
            return Err(NoPath::TooLong);
        }
    }
    match steps.first() {
        Some(Step::Key(_)) => Ok(steps),
        _ => refused("it must begin with a key".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> String {
        match steps(path) {
            Ok(steps) => {
                let one = |step: &Step| match step {
                    Step::Key(key) => key.clone(),
                    Step::Index(index) => format!("#{index}"),
                };
                steps.iter().map(one).collect::<Vec<_>>().join(" ")
            }
            Err(NoPath::Refused(why)) => why.split_once(": ").map_or("", |(_, why)| why).to_owned(),
            Err(NoPath::TooLong) => "too long".to_owned(),
        }
    }

    #[test]
    fn paths_are_keys_and_indexes() {
        for (path, expected) in [
            ("spec", "spec"),
            ("spec.customHeaders", "spec customHeaders"),
            ("spec.rules[0].from[10000][2].x", "spec rules #0 from #10000 #2 x"),
            ("spec.[1]", "spec #1"),
            ("spec.a]b[+1]", "spec a]b #1"),
            ("", "a segment is empty"),
            ("spec..x", "a segment is empty"),
            ("spec.", "a segment is empty"),
            ("[0].x", "it must begin with a key"),
            ("spec.x[0", "a `[` has no `]`"),
            ("spec.x[0]y", "`[` is expected after an index"),
            ("spec.x[]", "`` is no index"),
            ("spec.x[one]", "`one` is no index"),
            ("spec.x[99999999999999999999]", "`99999999999999999999` is no index"),
            ("spec.x[-1]", "the index `-1` is negative"),
            ("spec.x[10001]", "the index `10001` is beyond 10000"),
        ] {
            assert_eq!(shown(path), expected, "{path}");
        }
        assert_eq!(shown(&"a.".repeat(100_000)), "too long");
    }
}
