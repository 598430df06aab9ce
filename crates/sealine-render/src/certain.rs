//! Failures of a template that no value can keep from happening.
//!
//! Invariant: a failure is certain only where what leads to it depends on no value: it stands outside of
//! branches, the functions on the way give the same type whatever they are given, and values of all forms
//! fail alike. Anything else may be the fault of a value that was made up.

use std::collections::BTreeMap;

use sealine_source::TextRange;
use sealine_template::source_keys::Values;
use sealine_template::syntax::{Block, Command, Node, Operand, OperandKind, Pipeline};
use sealine_template::target::{SecretTemplate, Unrendered, secret_within};
use sealine_template::{ErrorKind, Functions, Template, parse};

use crate::sample::{CERTIFICATE, PRIVATE_KEY, SMALL};

/// What Go says where a type does not fit, whatever the value.
const OF_TYPES: &[&str] = &[
    "can't evaluate field",
    "cannot index slice/array with type",
    "incompatible types for comparison",
    "not defined",
    "range can't iterate over",
    "wrong number of args",
    "wrong type for value",
];

/// Functions that print whatever they are given.
const PRINTING: &[&str] = &["print", "printf", "println"];

/// Functions that take any one text.
const OF_ONE_TEXT: &[&str] = &[
    "b64dec", "b64enc", "html", "js", "lower", "quote", "squote", "toJson", "toString", "toYaml",
    "trim", "upper", "urlquery",
];

/// Functions whose result has one type, whatever they are given.
const ONE_TYPE: &[&str] = &[
    "add",
    "atoi",
    "b32dec",
    "b32enc",
    "b64dec",
    "b64enc",
    "cat",
    "contains",
    "eq",
    "fail",
    "float64",
    "ge",
    "gt",
    "hasKey",
    "hasPrefix",
    "hasSuffix",
    "html",
    "indent",
    "int",
    "int64",
    "join",
    "js",
    "keys",
    "kindOf",
    "le",
    "len",
    "lower",
    "lt",
    "mul",
    "ne",
    "nindent",
    "nospace",
    "print",
    "printf",
    "println",
    "quote",
    "repeat",
    "replace",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "split",
    "splitList",
    "squote",
    "sub",
    "substr",
    "title",
    "toJson",
    "toPrettyJson",
    "toRawJson",
    "toString",
    "toYaml",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trunc",
    "typeOf",
    "upper",
    "urlquery",
];

/// Functions whose result may have another type for another value: one of them, at the end of the way.
const OF_ANY_TYPE: &[&str] = &["default", "dig", "first", "get", "index", "last", "pluck", "slice"];

/// Values of all forms that a template may ask for.
const FORMS: &[&str] = &[
    "",
    "a",
    "0",
    "1",
    "-2.5",
    "true",
    "null",
    "\"s\"",
    "{}",
    "{\"a\": {\"b\": 1}}",
    "[]",
    "[1, \"a\"]",
    "a,b:c",
    "a: b",
    "1.2.3",
    "2020-01-01",
    "16h",
    "aGVsbG8=",
    "https://user:pass@host:1/path?query=1",
    PRIVATE_KEY,
    CERTIFICATE,
];

/// A failure that no value can keep from happening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The bytes of the text that are to blame.
    pub range: TextRange,
    /// Whether the author refuses here (`fail`), rather than a type does not fit.
    pub is_refusal: bool,
    /// What Go says of a type that does not fit; empty for a refusal.
    pub message: String,
}

/// Returns how a template fails whatever the vault holds under these keys; `None` where some values may pass.
pub fn failure<'k>(
    template: &Template,
    keys: impl IntoIterator<Item = &'k str>,
) -> Option<Failure> {
    if !may_fail(&template.body) {
        return None;
    }
    let text = &*template.text;
    let values = keys.into_iter().map(|key| (key.to_owned(), b"a".to_vec())).collect();
    let unrendered = secret_within(&alone(text), &values, &Values::new(), SMALL).err()?;
    let is_refusal = unrendered.kind == ErrorKind::Refused;
    let range = unrendered.range.filter(|_| fails_always(text, &unrendered, &values))?;
    // Before the reason stands where it is, in Go's own words.
    let reason = unrendered.message.split_once(">: ").map(|(_, reason)| reason.to_owned());
    let message = if is_refusal { String::new() } else { reason.unwrap_or(unrendered.message) };
    Some(Failure { range, is_refusal, message })
}

/// Whether there is anything in a block but values that are printed, as they are or encoded: most templates
/// hold nothing else.
fn may_fail(block: &Block) -> bool {
    block.nodes.iter().any(|node| match node {
        Node::Text(_) => false,
        Node::Action(action) => may_refuse(&action.pipeline),
        _ => true,
    })
}

fn may_refuse(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().enumerate().any(|(index, command)| {
        let given = command.operands.len() - 1 + usize::from(index > 0);
        let is_call = matches!(command.operands[0].kind, OperandKind::Function(_));
        let may_refuse = |operand: &Operand| match &operand.kind {
            OperandKind::Function(function) => {
                let takes_it = OF_ONE_TEXT.contains(&function.name) && given == 1;
                !takes_it && !PRINTING.contains(&function.name)
            }
            OperandKind::Field(names) => names.len() > 1,
            OperandKind::Pipeline(inner) => may_refuse(inner),
            OperandKind::Chain(..) | OperandKind::Variable(..) => true,
            _ => false,
        };
        given > 0 && !is_call || command.operands.iter().any(may_refuse)
    })
}

/// The template of a Secret that has this text alone.
fn alone(text: &str) -> SecretTemplate {
    let data = BTreeMap::from([("text".to_owned(), text.to_owned())]);
    SecretTemplate { data, ..SecretTemplate::default() }
}

/// Whether a template fails like this with any values under these keys.
pub(crate) fn fails_always(text: &str, unrendered: &Unrendered, values: &Values) -> bool {
    let (Some(range), Ok(template)) = (unrendered.range, parse("", text, Functions::eso())) else {
        return false;
    };
    let refused = unrendered.kind == ErrorKind::Refused;
    let of_types = OF_TYPES.iter().any(|words| unrendered.message.contains(words));
    if !(refused || of_types) || !is_always_reached(&template, range) {
        return false;
    }
    let alone = alone(text);
    let mut first: Option<Unrendered> = None;
    FORMS.iter().all(|form| {
        let keys = values.keys().map(|key| (key.clone(), form.as_bytes().to_vec()));
        let made = secret_within(&alone, &keys.collect(), &Values::new(), SMALL);
        let Err(failed) = made else { return false };
        let alike = (failed.range, failed.kind) == (Some(range), unrendered.kind);
        let first = first.get_or_insert_with(|| failed.clone());
        // What an author refuses with may hold the value.
        alike && (refused || failed.message == first.message)
    })
}

/// Whether a key that is missing at this range is one of the source map, or of what a value holds.
pub(crate) fn is_of_value(text: &str, range: Option<TextRange>) -> bool {
    let (Some(range), Ok(template)) = (range, parse("", text, Functions::eso())) else {
        return false;
    };
    let name = text.get(range.bytes()).unwrap_or_default().trim_start_matches('.');
    let is_part = |name: &str| {
        let digits = name.strip_prefix('_').unwrap_or_default();
        !digits.is_empty() && digits.chars().all(|sign| sign.is_ascii_digit())
    };
    let mut of_value = name.rsplit('.').next().is_some_and(is_part);
    let mut look = |operand: &Operand| {
        let inside = operand.range.start <= range.start && range.end <= operand.range.end;
        let derived = match &operand.kind {
            OperandKind::Chain(..) => true,
            OperandKind::Variable(name, _) => &**name != "$",
            _ => false,
        };
        of_value |= inside && derived;
    };
    each_operand(&template.body, &mut look);
    template.defines.iter().for_each(|define| each_operand(&define.body, &mut look));
    of_value
}

/// Whether what stands at a range is carried out whatever the values are, with types that do not depend on
/// them.
fn is_always_reached(template: &Template, range: TextRange) -> bool {
    let holds = |other: TextRange| other.start <= range.start && range.end <= other.end;
    let pipeline = template.body.nodes.iter().find_map(|node| match node {
        Node::Action(action) if holds(action.range) => Some(Some(&action.pipeline)),
        Node::If(branches) | Node::With(branches) => {
            let first = branches.arms.first().filter(|arm| holds(arm.range))?;
            Some(Some(&first.pipeline))
        }
        Node::Range(repeated) if holds(repeated.arm.range) => Some(Some(&repeated.arm.pipeline)),
        Node::Template(call) if holds(call.range) => Some(call.pipeline.as_ref()),
        _ => None,
    });
    let Some(pipeline) = pipeline else { return false };
    let mut varied = 0;
    pipeline.is_none_or(|pipeline| has_fixed_types(pipeline, &mut varied) && varied <= 1)
}

fn has_fixed_types(pipeline: &Pipeline, varied: &mut usize) -> bool {
    let operands = pipeline.commands.iter().flat_map(|command: &Command| &command.operands);
    operands.into_iter().all(|operand| is_fixed(operand, varied))
}

fn is_fixed(operand: &Operand, varied: &mut usize) -> bool {
    match &operand.kind {
        OperandKind::Function(function) => {
            *varied += usize::from(OF_ANY_TYPE.contains(&function.name));
            ONE_TYPE.contains(&function.name) || OF_ANY_TYPE.contains(&function.name)
        }
        OperandKind::Variable(name, _) => &**name == "$",
        OperandKind::Pipeline(inner) => has_fixed_types(inner, varied),
        OperandKind::Chain(inner, _) => is_fixed(inner, varied),
        _ => true,
    }
}

/// Recurses no deeper than the parser nests.
fn each_operand(block: &Block, look: &mut impl FnMut(&Operand)) {
    for node in &block.nodes {
        match node {
            Node::Action(action) => each_of(&action.pipeline, look),
            Node::If(branches) | Node::With(branches) => {
                for arm in &branches.arms {
                    each_of(&arm.pipeline, look);
                    each_operand(&arm.body, look);
                }
                branches.otherwise.iter().for_each(|otherwise| each_operand(otherwise, look));
            }
            Node::Range(range) => {
                each_of(&range.arm.pipeline, look);
                each_operand(&range.arm.body, look);
                range.otherwise.iter().for_each(|otherwise| each_operand(otherwise, look));
            }
            Node::Template(call) => {
                call.pipeline.iter().for_each(|pipeline| each_of(pipeline, look));
            }
            _ => {}
        }
    }
}

fn each_of(pipeline: &Pipeline, look: &mut impl FnMut(&Operand)) {
    for operand in pipeline.commands.iter().flat_map(|command| &command.operands) {
        each_in(operand, look);
    }
}

fn each_in(operand: &Operand, look: &mut impl FnMut(&Operand)) {
    look(operand);
    match &operand.kind {
        OperandKind::Pipeline(inner) => each_of(inner, look),
        OperandKind::Chain(inner, _) => each_in(inner, look),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> &'static str {
        let values = ["pw", "j"].map(|key| (key.to_owned(), format!("sample-{key}").into_bytes()));
        let values = Values::from(values);
        let template = parse("k", text, Functions::eso()).unwrap();
        let fails = failure(&template, ["pw", "j"]).is_some();
        match secret_within(&alone(text), &values, &Values::new(), SMALL) {
            Ok(_) if !fails => "renders",
            Err(failed) if fails_always(text, &failed, &values) && fails => "never renders",
            Err(_) if !fails => "unknown",
            _ => "said in two ways",
        }
    }

    #[test]
    fn only_what_no_value_can_mend_is_certain() {
        for (text, expected) in [
            ("{{ .pw.name }}", "never renders"),
            ("{{ get . \"pw\" }}", "never renders"),
            ("{{ hasKey . \"pw\" }}", "never renders"),
            ("{{ index .pw \"x\" }}", "never renders"),
            ("{{ eq .pw 1 }}", "never renders"),
            ("{{ if eq .pw 1 }}a{{ end }}", "never renders"),
            ("{{ template \"x\" . }}", "never renders"),
            ("{{ range .pw }}{{ end }}", "never renders"),
            ("{{ range .pw | upper }}{{ end }}", "never renders"),
            ("{{ fail \"x\" }}", "never renders"),
            ("{{ fail .pw }}", "never renders"),
            ("{{ .pw | default (fail \"x\") }}", "never renders"),
            ("{{ .pw | len | trim }}", "never renders"),
            ("{{ .pw | b64enc \"x\" }}", "never renders"),
            ("{{ b64enc }}", "never renders"),
            ("{{ .pw \"x\" }}", "unknown"),
            // Another value may pass.
            ("{{ if .pw }}{{ fail \"x\" }}{{ end }}", "unknown"),
            ("{{ if ne .pw \"a\" }}{{ .pw.name }}{{ end }}", "unknown"),
            ("{{ and .pw (fail \"x\") }}", "unknown"),
            ("{{ .pw | mustFromJson }}", "unknown"),
            ("{{ ((.j | fromJson).a).b.c }}", "unknown"),
            ("{{ range (.j | fromJson) }}{{ end }}", "renders"),
            ("{{ (.j | fromJson) | trim }}", "unknown"),
            ("{{ ternary \"a\" 1 (eq .pw \"prod\") | trim }}", "unknown"),
            ("{{ index (dict \"a\" \"x\" \"b\" 2) .pw | trim }}", "unknown"),
            ("{{ $x := 1 }}{{ if eq .pw \"b\" }}{{ $x = \"s\" }}{{ end }}{{ trim $x }}", "unknown"),
            ("{{ index .pw 200 }}", "unknown"),
            ("{{ (.pw | split \",\")._1 }}", "unknown"),
            ("{{ .pw }}", "renders"),
            ("{{ printf \"%d\" .pw | quote }}{{ b64enc .j }}", "renders"),
        ] {
            assert_eq!(verdict(text), expected, "{text}");
        }
    }

    #[test]
    fn a_key_of_what_a_value_holds_may_be_there() {
        for (text, key, expected) in [
            ("{{ .a }}", ".a", false),
            ("{{ $.a }}", "$.a", false),
            ("{{ (.a | split \",\")._1 }}", "._1", true),
            ("{{ $x := .a | fromJson }}{{ $x.b }}", "$x.b", true),
            ("{{ with .a | split \",\" }}{{ ._1 }}{{ end }}", "._1", true),
        ] {
            let at = text.find(key).unwrap();
            let range = TextRange::new(at, at + key.len());
            assert_eq!(is_of_value(text, Some(range)), expected, "{text}");
        }
    }
}
