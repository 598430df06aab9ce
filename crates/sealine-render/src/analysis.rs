//! What a template reads of the source map, and what it prints.
//!
//! Invariant: what is read through another dot than the source map counts as unknown.

use sealine_source::TextRange;
use sealine_template::syntax::{
    Action, Arm, Block, Branches, Command, Field, Node, Operand, OperandKind, Pipeline, RangeLoop,
};
use sealine_template::{Function, Template};

/// How a key of the source map is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `.key`, which fails where the key is missing.
    Field,
    /// `index . "key"`, which is empty where the key is missing.
    Index,
}

/// A read of a key of the source map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The key.
    pub key: String,
    /// How it is read.
    pub how: How,
    /// The bytes: those of `.key` with its dot, or those between the quotes of the literal.
    pub range: TextRange,
    /// Whether it is only reached where a condition holds.
    pub guarded: bool,
    /// Whether it stands in a condition itself.
    pub condition: bool,
    /// The functions of its pipeline.
    pub functions: Vec<&'static str>,
}

/// A pipeline that is printed.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The bytes of the action, delimiters included.
    pub range: TextRange,
    /// The bytes of the pipeline.
    pub pipeline: TextRange,
    /// The keys of the source map it prints, or makes what it prints from.
    pub keys: Vec<String>,
    /// The functions it calls.
    pub functions: Vec<&'static str>,
}

/// A piece of a text, in the order in which the pieces stand.
#[derive(Clone, Debug)]
pub enum Part {
    /// Bytes that are copied.
    Literal(TextRange),
    /// What is printed.
    Printed(Printed),
}

/// What a template reads and prints.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The reads of the source map.
    pub references: Vec<Reference>,
    /// Whether the source map is used as a whole, so that any key may be read.
    pub whole: bool,
    /// The functions that are called, with the bytes of their names.
    pub functions: Vec<(&'static Function, TextRange)>,
    /// What is copied and printed, branches one after the other.
    pub parts: Vec<Part>,
    /// The calls that make as much as a number says.
    pub counted: Vec<Counted>,
}

/// A call that makes as much as a number says: `repeat`, `until`, and `range` over a number.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The function.
    pub function: &'static str,
    /// The bytes of its name, or of what `range` walks over.
    pub range: TextRange,
    /// The number, when it stands there.
    pub number: Option<i64>,
    /// The keys of the source map that the number comes from.
    pub keys: Vec<String>,
    /// The functions that it passes on the way.
    pub functions: Vec<&'static str>,
}

/// The functions that make as much as a number says, and which argument that is.
const COUNTING: &[(&str, usize)] = &[
    ("indent", 0),
    ("nindent", 0),
    ("randAlpha", 0),
    ("randAlphaNum", 0),
    ("randAscii", 0),
    ("randBytes", 0),
    ("randNumeric", 0),
    ("repeat", 0),
    ("seq", usize::MAX),
    ("until", 0),
    ("untilStep", 1),
];

/// Functions that make a whole number.
const WHOLE: &[&str] = &[
    "add", "add1", "atoi", "biggest", "div", "int", "int64", "len", "max", "min", "mod", "mul",
    "sub",
];

/// Returns what a template reads and prints.
pub fn analyse(template: &Template) -> Analysis {
    let mut analysis = Analysis::default();
    let top = At { root: true, dollar: true, guarded: false };
    analysis.block(&template.body, top);
    for define in &template.defines {
        // What dot is there depends on the callers; those that pass the source map on are seen.
        analysis.block(&define.body, At { root: false, dollar: false, guarded: true });
    }
    analysis
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct At {
    /// Whether dot is the source map.
    root: bool,
    /// Whether `$` is the source map.
    dollar: bool,
    /// Whether what stands here is only reached under a condition.
    guarded: bool,
}

/// What one pipeline reads.
#[derive(Clone, Default)]
struct Found {
    references: Vec<(String, How, TextRange)>,
    functions: Vec<&'static str>,
}

impl Analysis {
    /// Recurses no deeper than the parser nests.
    fn block(&mut self, block: &Block, at: At) {
        for node in &block.nodes {
            match node {
                Node::Text(range) => self.parts.push(Part::Literal(*range)),
                Node::Action(action) => self.action(action, at),
                Node::If(branches) => self.branches(branches, at, false),
                Node::With(branches) => self.branches(branches, at, true),
                Node::Range(range) => self.range(range, at),
                Node::Template(call) => {
                    if let Some(pipeline) = &call.pipeline {
                        self.pipeline(pipeline, at, false);
                    }
                }
                Node::Break(_) | Node::Continue(_) => {}
            }
        }
    }

    fn action(&mut self, action: &Action, at: At) {
        let found = self.pipeline(&action.pipeline, at, false);
        if action.pipeline.variables.is_empty() {
            self.parts.push(Part::Printed(Printed {
                range: action.range,
                pipeline: action.pipeline.range,
                keys: found.references.into_iter().map(|(key, ..)| key).collect(),
                functions: found.functions,
            }));
        }
    }

    fn branches(&mut self, branches: &Branches, at: At, rebinds: bool) {
        let inside = At { guarded: true, ..at };
        for (index, arm) in branches.arms.iter().enumerate() {
            let here = if index == 0 { at } else { inside };
            self.arm(arm, here, rebinds);
        }
        if let Some(otherwise) = &branches.otherwise {
            self.block(otherwise, inside);
        }
    }

    fn range(&mut self, range: &RangeLoop, at: At) {
        if !may_break(&range.arm.body) {
            self.counted_range(&range.arm.pipeline, at);
        }
        self.arm(&range.arm, at, true);
        if let Some(otherwise) = &range.otherwise {
            self.block(otherwise, At { guarded: true, ..at });
        }
    }

    fn arm(&mut self, arm: &Arm, at: At, rebinds: bool) {
        self.pipeline(&arm.pipeline, at, true);
        self.block(&arm.body, At { root: at.root && !rebinds, guarded: true, ..at });
    }

    fn pipeline(&mut self, pipeline: &Pipeline, at: At, condition: bool) -> Found {
        let mut found = Found::default();
        self.commands(pipeline, at, &mut found);
        for (key, how, range) in &found.references {
            self.references.push(Reference {
                key: key.clone(),
                how: *how,
                range: *range,
                guarded: at.guarded,
                condition,
                functions: found.functions.clone(),
            });
        }
        found
    }

    fn commands(&mut self, pipeline: &Pipeline, at: At, found: &mut Found) {
        for command in &pipeline.commands {
            self.counted(command, at, found);
            let rest = match index_of_root(command, at) {
                Some(reference) => {
                    found.references.push(reference);
                    found.functions.push("index");
                    command.operands.get(3..).unwrap_or_default()
                }
                None => command.operands.as_slice(),
            };
            for operand in rest {
                self.operand(operand, at, found);
            }
        }
    }

    /// Notes a `range` over a number, which Go walks over as if it were that many items.
    fn counted_range(&mut self, pipeline: &Pipeline, at: At) {
        let number = constant(pipeline);
        let makes_number = pipeline.commands.last().is_some_and(|command| {
            let first = command.operands.first().map(|operand| &operand.kind);
            matches!(first, Some(OperandKind::Function(function)) if WHOLE.contains(&function.name))
        });
        if number.is_none() && !makes_number {
            return;
        }
        let mut inner = Found::default();
        // Looked at once more by itself, where what it reads is noted.
        Self::default().commands(pipeline, at, &mut inner);
        self.counted.push(Counted {
            function: "range",
            range: pipeline.range,
            number,
            keys: inner.references.into_iter().map(|(key, ..)| key).collect(),
            functions: inner.functions,
        });
    }

    /// Notes a call that makes as much as a number says; what came before in the pipeline is its last
    /// argument.
    fn counted(&mut self, command: &Command, at: At, before: &Found) {
        let Some((first, given)) = command.operands.split_first() else { return };
        let OperandKind::Function(function) = &first.kind else { return };
        let known = COUNTING.iter().find(|(name, _)| *name == function.name);
        let Some((_, index)) = known else { return };
        let argument = if *index == usize::MAX { given.last() } else { given.get(*index) };
        let mut number = None;
        let mut inner = Found::default();
        match argument {
            Some(operand) if whole(operand).is_some() => number = whole(operand),
            // Looked at once more as an operand, where what it reads is noted.
            Some(operand) => Self::default().operand(operand, at, &mut inner),
            None => inner = before.clone(),
        }
        self.counted.push(Counted {
            function: function.name,
            range: first.range,
            number,
            keys: inner.references.into_iter().map(|(key, ..)| key).collect(),
            functions: inner.functions,
        });
    }

    fn operand(&mut self, operand: &Operand, at: At, found: &mut Found) {
        match &operand.kind {
            OperandKind::Dot => self.whole |= at.root,
            OperandKind::Field(fields) if at.root => found.field(fields),
            OperandKind::Variable(name, fields) if at.dollar && &**name == "$" => {
                if fields.is_empty() {
                    self.whole = true;
                } else {
                    found.field(fields);
                }
            }
            OperandKind::Function(function) => {
                self.functions.push((function, operand.range));
                found.functions.push(function.name);
            }
            OperandKind::Pipeline(pipeline) => self.commands(pipeline, at, found),
            OperandKind::Chain(inner, _) => self.operand(inner, at, found),
            _ => {}
        }
    }
}

impl Found {
    fn field(&mut self, fields: &[Field]) {
        if let Some(first) = fields.first() {
            self.references.push((first.name.to_string(), How::Field, first.range));
        }
    }
}

/// Returns the number that a pipeline is, where it stands there: `5`, `int 5`, `mul 5 5`.
fn constant(pipeline: &Pipeline) -> Option<i64> {
    let ([command], true) = (pipeline.commands.as_slice(), pipeline.variables.len() < 2) else {
        return None;
    };
    let (first, given) = command.operands.split_first()?;
    let OperandKind::Function(function) = &first.kind else {
        return whole(first).filter(|_| given.is_empty());
    };
    let mut numbers = given.iter().map(whole);
    match function.name {
        "int" | "int64" => numbers.next()?,
        "add" => numbers.try_fold(0, |sum: i64, number| sum.checked_add(number?)),
        "mul" => numbers.try_fold(1, |product: i64, number| Some(product.saturating_mul(number?))),
        _ => None,
    }
}

/// Returns the whole number that an operand is, where it stands there.
fn whole(operand: &Operand) -> Option<i64> {
    match &operand.kind {
        OperandKind::Number(literal) => literal.integer,
        OperandKind::Pipeline(inner) => constant(inner),
        _ => None,
    }
}

/// Whether a loop may end before its number is reached.
fn may_break(block: &Block) -> bool {
    let in_branches = |branches: &Branches| {
        let arms = branches.arms.iter().any(|arm| may_break(&arm.body));
        arms || branches.otherwise.as_ref().is_some_and(may_break)
    };
    block.nodes.iter().any(|node| match node {
        Node::Break(_) => true,
        Node::If(branches) | Node::With(branches) => in_branches(branches),
        _ => false,
    })
}

/// `index . "key"`, as it begins a command.
fn index_of_root(command: &Command, at: At) -> Option<(String, How, TextRange)> {
    let [function, map, key, ..] = command.operands.as_slice() else { return None };
    let OperandKind::Function(function) = &function.kind else { return None };
    let is_root = match &map.kind {
        OperandKind::Dot => at.root,
        OperandKind::Variable(name, fields) => at.dollar && &**name == "$" && fields.is_empty(),
        _ => false,
    };
    let OperandKind::Text { value, .. } = &key.kind else { return None };
    if function.name != "index" || !is_root {
        return None;
    }
    let inner = TextRange { start: key.range.start + 1, end: key.range.end.saturating_sub(1) };
    Some((String::from_utf8(value.to_vec()).ok()?, How::Index, inner))
}

#[cfg(test)]
mod tests {
    use sealine_template::{Functions, parse};

    use super::*;

    fn analysed(text: &str) -> Analysis {
        analyse(&parse("t", text, Functions::eso()).unwrap())
    }

    fn keys(text: &str) -> Vec<String> {
        let references = analysed(text).references;
        references
            .iter()
            .map(|reference| {
                let how = if reference.how == How::Index { "index " } else { "" };
                let guard = if reference.guarded { "?" } else { "" };
                format!("{how}{}{guard}", reference.key)
            })
            .collect()
    }

    #[test]
    fn keys_are_read_by_field_by_index_and_through_the_root() {
        for (text, expected) in [
            ("{{ .a }}", &["a"][..]),
            ("{{ .a | b64enc }}{{ printf \"%s\" .b }}", &["a", "b"]),
            ("{{ (.json | fromJson).name }}", &["json"]),
            ("{{ index . \"a-b\" | default \"x\" }}", &["index a-b"]),
            ("{{ index $ \"a\" }}", &["index a"]),
            ("{{ with .a }}{{ .b }}{{ $.c }}{{ end }}", &["a", "c?"]),
            ("{{ if .a }}{{ .b }}{{ else if .c }}{{ end }}", &["a", "b?", "c?"]),
            ("{{ range $k, $v := . }}{{ $v }}{{ .x }}{{ end }}", &[]),
            ("{{ $x := .a }}{{ $x }}", &["a"]),
        ] {
            assert_eq!(keys(text), expected, "{text}");
        }
    }

    #[test]
    fn the_map_as_a_whole_is_noticed() {
        for (text, whole) in [
            ("{{ .a }}", false),
            ("{{ index . \"a\" }}", false),
            ("{{ . | toJson }}", true),
            ("{{ range $k, $v := . }}{{ end }}", true),
            ("{{ index . .name }}", true),
            ("{{ with .a }}{{ . }}{{ end }}", false),
            ("{{ with .a }}{{ $ | toJson }}{{ end }}", true),
        ] {
            assert_eq!(analysed(text).whole, whole, "{text}");
        }
    }

    #[test]
    fn calls_that_make_as_much_as_a_number_says_are_noticed() {
        for (text, expected) in [
            ("{{ range 1000 }}{{ end }}", &["range 1000"][..]),
            ("{{ range $i := int 1000 }}{{ end }}", &["range 1000"]),
            ("{{ range (mul 1000 1000) }}{{ end }}", &["range 1000000"]),
            ("{{ range .n | int }}{{ end }}", &["range n"]),
            ("{{ range until (int 1000) }}{{ end }}", &["until 1000"]),
            ("{{ until (add 1 2) }}{{ repeat 5 .x }}", &["until 3", "repeat 5"]),
            ("{{ range .n | split \",\" }}{{ end }}", &[]),
            // It ends before.
            ("{{ range 1000 }}{{ if .x }}{{ break }}{{ end }}{{ end }}", &[]),
        ] {
            let found = analysed(text).counted.into_iter().map(|counted| {
                let told = counted.number.map(|number| number.to_string());
                format!("{} {}", counted.function, told.unwrap_or(counted.keys.join(" ")))
            });
            assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
