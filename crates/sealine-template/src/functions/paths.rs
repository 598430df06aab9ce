//! Functions on slash-separated paths.
//!
//! Invariant: they look at texts alone, never at files.

use super::Parameter::Text as AnyText;
use super::{Answer, Function};
use crate::call::Invocation;
use crate::text::Text;

pub(super) const TABLE: &[Function] = &[
    Function::plain("base", &[AnyText], |call| changed(call, base)),
    Function::plain("clean", &[AnyText], |call| changed(call, clean)),
    Function::plain("dir", &[AnyText], |call| changed(call, dir)),
    Function::plain("ext", &[AnyText], |call| changed(call, ext)),
    Function::plain("isAbs", &[AnyText], is_absolute),
    Function::plain("osBase", &[AnyText], |call| changed(call, base)),
    Function::plain("osClean", &[AnyText], |call| changed(call, clean)),
    Function::plain("osDir", &[AnyText], |call| changed(call, dir)),
    Function::plain("osExt", &[AnyText], |call| changed(call, ext)),
    Function::plain("osIsAbs", &[AnyText], is_absolute),
];

fn changed(call: &Invocation<'_, '_>, change: impl Fn(&str) -> String) -> Answer {
    let text = call.text(0);
    if let Ok(path) = std::str::from_utf8(text.as_bytes()) {
        return Ok(Text::from(change(path)).into());
    }
    // Only slashes and dots matter, so that any byte may stand for a letter of its own.
    let letters: String = text.as_bytes().iter().map(|byte| char::from(*byte)).collect();
    let bytes: Vec<u8> = change(&letters).chars().map(|letter| letter as u8).collect();
    Ok(Text::from(bytes).into())
}

fn is_absolute(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.text(0).as_bytes().starts_with(b"/").into())
}

/// Returns the last part of a path, as Go's `path.Base`.
pub(crate) fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    let base = trimmed.rsplit('/').next().unwrap_or_default();
    if base.is_empty() { "/".to_owned() } else { base.to_owned() }
}

fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or_default())
}

fn ext(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rfind('.').and_then(|at| name.get(at..)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_gos() {
        assert_eq!((base("/a/b/"), base("/"), base("")), ("b".into(), "/".into(), ".".into()));
        assert_eq!((clean("a/../../b//."), clean("/../a")), ("../b".into(), "/a".into()));
        assert_eq!(
            (dir("/a/b"), dir("a"), ext("a/b.tar.gz")),
            ("/a".into(), ".".into(), ".gz".into())
        );
    }
}
