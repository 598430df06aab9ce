//! What a Helmfile's templates can call beside sprig.
//!
//! Invariant: nothing is read but what was lent to the templates. What a variable of the environment,
//! another file or a program would say is not known.

use super::Parameter::{Any, Text as AnyText};
use super::{Answer, Function, stop};
use crate::call::Invocation;
use crate::text::Text;
use crate::value::{Data, Value};

pub(super) const TABLE: &[Function] = &[
    Function::variadic("get", &[AnyText, Any], get),
    Function::plain("getOrNil", &[AnyText, Any], get_or_nil),
    Function::plain("setValueAtPath", &[AnyText, Any, Any], set_value_at_path),
    outside("env", &[AnyText]),
    outside("envExec", &[Any]),
    outside("exec", &[Any]),
    outside("expandSecretRefs", &[Any]),
    outside("expandenv", &[AnyText]),
    outside("fetchSecretValue", &[AnyText]),
    outside("isDir", &[AnyText]),
    Function::plain("isFile", &[AnyText], is_file),
    outside("readDir", &[AnyText]),
    outside("readDirEntries", &[AnyText]),
    Function::plain("readFile", &[AnyText], read_file),
    outside("requiredEnv", &[AnyText]),
];

/// A function that looks outside of the templates.
const fn outside(name: &'static str, parameters: &'static [super::Parameter]) -> Function {
    let answer = |call: &mut Invocation<'_, '_>| Ok(call.executor.not_known().into());
    Function { deterministic: false, ..Function::variadic(name, parameters, answer) }
}

/// The file of this path is there when it was lent; another one may be.
fn is_file(call: &mut Invocation<'_, '_>) -> Answer {
    let is_lent = call.executor.set.lent(&call.text(0).to_str()).is_some();
    Ok(if is_lent { true.into() } else { call.executor.not_known().into() })
}

fn read_file(call: &mut Invocation<'_, '_>) -> Answer {
    let lent = call.executor.set.lent(&call.text(0).to_str());
    let text = lent.unwrap_or_else(|| call.executor.not_known());
    call.pay_text(text.len())?;
    Ok(text.into())
}

/// Returns what stands under a path with `.` between its parts.
fn at(whole: &Value, path: &Text) -> Option<Value> {
    let path = path.to_str();
    let parts = path.split('.').filter(|_| !path.is_empty());
    parts.into_iter().try_fold(whole.clone(), |value, part| value.as_map()?.get(part))
}

/// `get PATH MAP` and `get PATH DEFAULT MAP`.
fn get(call: &mut Invocation<'_, '_>) -> Answer {
    let arguments = call.rest(1);
    let (whole, default) = match arguments {
        [whole] => (whole, None),
        [default, whole] => (whole, Some(default.clone())),
        _ => return stop("get wants a path, a default if need be, and a map"),
    };
    if let Some(unknown) = call.executor.part_of(whole) {
        return Ok(unknown.into());
    }
    let lacked = || call.executor.lacked().map(Value::from);
    at(whole, &call.text(0)).or(default).or_else(lacked).map_or_else(|| stop("no value exists"), Ok)
}

fn get_or_nil(call: &mut Invocation<'_, '_>) -> Answer {
    let whole = call.value(1);
    if let Some(unknown) = call.executor.part_of(&whole).filter(|_| !whole.is_nil()) {
        return Ok(unknown.into());
    }
    Ok(at(&whole, &call.text(0)).unwrap_or_else(Value::nil))
}

/// `setValueAtPath PATH VALUE MAP`: changes the map.
fn set_value_at_path(call: &mut Invocation<'_, '_>) -> Answer {
    let (path, value, whole) = (call.text(0), call.value(1), call.value(2));
    let path = path.to_str();
    let Data::Map(top) = &whole.data else { return Ok(whole) };
    let mut map = top.clone();
    let (folder, last) = path.rsplit_once('.').unwrap_or(("", &path));
    for part in folder.split('.').filter(|part| !part.is_empty()) {
        let Some(below) = map.get(part).and_then(|below| below.as_map().cloned()) else {
            let lacked = call.executor.lacked().map(Value::from);
            return lacked.map_or_else(|| stop("a map on the way does not exist"), Ok);
        };
        map = below;
    }
    call.pay_items(1)?;
    map.set(last, value);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use crate::value::Map;
    use crate::{FileId, Functions, Options, Set, execute, parse};

    fn filled(text: &str) -> Result<String, String> {
        let functions = Functions::helmfile();
        let parsed = parse("t", text, functions).map_err(|error| error.message)?;
        let mut set = Set::of(FileId(0), parsed);
        set.lend("lent.yaml", FileId(1), "a: {b: c}\n");
        let inner = Map::default();
        inner.set("b", "c".into());
        let data = Map::default();
        data.set("a", inner.into());
        let options = Options { functions, unknown: Some('?'), ..Options::helmfile() };
        let out = execute(&set, "t", &data.into(), &options).map_err(|error| error.message)?;
        Ok(out.text)
    }

    #[test]
    fn paths_lead_into_maps() {
        for (text, expected) in [
            ("{{ . | get \"a.b\" }}", "c"),
            ("{{ . | get \"a.x\" \"d\" }}", "d"),
            ("{{ . | get \"a.b.x\" \"d\" }}", "d"),
            ("{{ getOrNil \"x\" . | default \"d\" }}", "d"),
            ("{{ sprigGet .a \"b\" }}", "c"),
            ("{{ (setValueAtPath \"a.x\" \"z\" .).a.x }}", "z"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
        assert!(filled("{{ . | get \"a.x\" }}").is_err());
        let lent =
            "{{ if isFile \"lent.yaml\" }}{{ (readFile \"lent.yaml\" | fromYaml).a.b }}{{ end }}";
        assert_eq!(filled(lent).as_deref(), Ok("c"));
        assert!(filled("{{ .x }}").is_err(), "a missing key is refused");
    }

    #[test]
    fn what_is_outside_is_not_known() {
        for call in [
            "dig \"a\" \"b\" \"\" (env \"A\")",
            "concat (list) (env \"A\")",
            "env \"A\"",
            "requiredEnv \"A\"",
            "readFile \"a\"",
            "exec \"ls\" (list \"a\")",
        ] {
            assert_eq!(filled(&format!("a{{{{ {call} }}}}b")).as_deref(), Ok("a?b"), "{call}");
        }
        assert_eq!(filled("{{ if isFile \"a\" }}b{{ else }}c{{ end }}").as_deref(), Ok("b"));
    }
}
