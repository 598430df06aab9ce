//! What Terraform itself answers to the same expressions, and what stays known beside unknown parts.

use std::fmt::Write as _;
use std::sync::Arc;

use sealine_source::{FileName, Project, Repository, Source};

use crate::Options;
use crate::data::{Data, Kind};
use crate::evaluate::Evaluator;
use crate::world::{World, parse};

/// Evaluates `local.it` of a configuration.
fn evaluate(text: &str, show: impl FnOnce(&Evaluator<'_>, &Data)) {
    let mut repository = Repository::new("repo");
    repository.add(Arc::new(Source::new(FileName::new("repo", "main.tf"), text)));
    let project = Project { repositories: vec![repository] };
    let files = parse(&project);
    assert_eq!(files[0].parsed.problems, [], "{text}");
    let options = Options::default();
    let world = World::new(&project, &options, &files);
    let (evaluator, root) = Evaluator::new(&world, &world.configs[0], None, &[]);
    let data = evaluator.local(&root, "it");
    show(&evaluator, &data);
}

/// Writes data as Terraform's `jsonencode` does, with `?` for what is unknown and `...` where there
/// may be more.
fn json(data: &Data) -> String {
    match &data.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(_) | Kind::Number(_) => data.known_text().unwrap_or_default().into_owned(),
        Kind::Text(text) => {
            let pieces = text.pieces.iter().map(|piece| match piece {
                crate::data::Piece::Literal(text, _) => text.to_string(),
                crate::data::Piece::Hole => "?".to_owned(),
            });
            format!("{:?}", pieces.collect::<String>())
        }
        Kind::List(items) | Kind::Set(items) => {
            let more = if items.open { vec!["...".to_owned()] } else { Vec::new() };
            let items: Vec<String> = items.values.iter().map(json).chain(more).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Map(map) => {
            let more = if map.open { vec!["...".to_owned()] } else { Vec::new() };
            let pairs = map.entries.iter().map(|it| format!("{:?}:{}", it.key, json(&it.value)));
            format!("{{{}}}", pairs.chain(more).collect::<Vec<_>>().join(","))
        }
        Kind::Error => "error".to_owned(),
        _ => "?".to_owned(),
    }
}

#[track_caller]
fn check(expression: &str, expected: &str) {
    let text = format!("locals {{\n  it = {expression}\n}}\nvariable \"u\" {{}}\n");
    evaluate(&text, |_, data| assert_eq!(json(data), expected, "{expression}"));
}

#[test]
fn answers_what_terraform_answers() {
    for (expression, expected) in [
        (r##"format("%s-%03d-%v", "a", 7, true)"##, r##""a-007-true""##),
        (
            r##"[sha1("a"),md5("é"),sha256("a")]"##,
            r##"["86f7e437faa5a7fce15d1ddcb9eaeaea377667b8","66ddcd97cfdeabb2f6fb8a999b4bc76f","ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"]"##,
        ),
        (
            r##"sha512("a")"##,
            r##""1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75""##,
        ),
        (
            r##"[base64encode("é"),base64decode("w6k="),base64sha256("a"),urlencode("a b+/é~*")]"##,
            r##"["w6k=","é","ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=","a+b%2B%2F%C3%A9~%2A"]"##,
        ),
        (
            r##"base64sha512("a")"##,
            r##""H0D8ktokFpR1CXnubPWC8tXX0o4YM13gWrxU0FYOD1MChgxlK/CNVgJSql50IQVG82n7u86MEs/HlXsmUv6adQ==""##,
        ),
        (
            r##"[cidrhost("10.0.0.0/16",5),cidrhost("10.0.0.0/16",-2),cidrsubnet("10.0.0.0/16",8,2),cidrnetmask("10.0.0.0/12"),cidrsubnet("fd00::/48",16,3),cidrhost("fd00::/64",10)]"##,
            r##"["10.0.0.5","10.0.255.254","10.0.2.0/24","255.240.0.0","fd00:0:0:3::/64","fd00::a"]"##,
        ),
        (
            r##"cidrsubnets("10.0.0.0/16",4,4,8)"##,
            r##"["10.0.0.0/20","10.0.16.0/20","10.0.32.0/24"]"##,
        ),
        (
            r##"[cidrsubnet("10.0.0.0/30", 4, 1), cidrhost("10.0.0.0/30", 9), cidrhost("10.0.0.0", 1), md5(var.u)]"##,
            "[?,?,?,?]",
        ),
        (r##"format("%[2]s %[1]s %%", "a", "b")"##, r##""b a %""##),
        (r##"format("%5s|%-5s|%5.1f", "ab", "ab", 1.25)"##, r##""   ab|ab   |  1.2""##),
        (r##"formatlist("%s-%s", ["a","b"], "x")"##, r##"["a-x","b-x"]"##),
        (r##"join("-", ["a", "b"], ["c"])"##, r##""a-b-c""##),
        (r##"split(",", "a,b,,c")"##, r##"["a","b","","c"]"##),
        (r##"lower("ABC")"##, r##""abc""##),
        (r##"title("hello world")"##, r##""Hello World""##),
        (r##"replace("a_b_c", "_", "-")"##, r##""a-b-c""##),
        (r##"substr("hello world", 1, 4)"##, r##""ello""##),
        (r##"substr("hello", -3, -1)"##, r##""llo""##),
        (r##"trim("?!hello?!", "!?")"##, r##""hello""##),
        (r##"trimprefix("helloworld", "hello")"##, r##""world""##),
        (r##"trimsuffix("helloworld", "world")"##, r##""hello""##),
        (r##"trimspace("  a \n")"##, r##""a""##),
        (r##"chomp("a\n\n")"##, r##""a""##),
        (r##"indent(2, "a\nb\nc")"##, r##""a\n  b\n  c""##),
        (r##"strrev("abc")"##, r##""cba""##),
        (r##"startswith("abc", "ab")"##, r##"true"##),
        (r##"endswith("abc", "bc")"##, r##"true"##),
        (r##"strcontains("abc", "b")"##, r##"true"##),
        (r##"regex("([a-z]+)([0-9]+)", "abc123")"##, r##"["abc","123"]"##),
        (r##"regex("[a-z]+", "abc123")"##, r##""abc""##),
        (r##"regex("(?P<x>[a-z]+)", "abc123")"##, r##"{"x":"abc"}"##),
        (r##"regexall("[a-z]", "a1b2")"##, r##"["a","b"]"##),
        (r##"merge({a=1,b=2},{b=3})"##, r##"{"a":1,"b":3}"##),
        (r##"concat(["a"],["b","c"])"##, r##"["a","b","c"]"##),
        (r##"lookup({a="x"}, "b", "d")"##, r##""d""##),
        (r##"element(["a","b","c"], 4)"##, r##""b""##),
        (r##"coalesce(null, "", "b")"##, r##""b""##),
        (r##"compact(["a","",null,"b"])"##, r##"["a","b"]"##),
        (r##"contains(["a","b"],"b")"##, r##"true"##),
        (r##"distinct(["a","b","a"])"##, r##"["a","b"]"##),
        (r##"flatten([["a",["b"]],[],"c"])"##, r##"["a","b","c"]"##),
        (r##"keys({b=1,a=2})"##, r##"["a","b"]"##),
        (r##"values({b=1,a=2})"##, r##"[2,1]"##),
        (r##"index(["a","b"],"b")"##, r##"1"##),
        (r##"length("héllo")"##, r##"5"##),
        (r##"one([])"##, r##"null"##),
        (r##"range(3)"##, r##"[0,1,2]"##),
        (r##"range(1,8,2)"##, r##"[1,3,5,7]"##),
        (r##"range(4,1)"##, r##"[4,3,2]"##),
        (r##"reverse(["a","b"])"##, r##"["b","a"]"##),
        (r##"setproduct(["a","b"],["x","y"])"##, r##"[["a","x"],["a","y"],["b","x"],["b","y"]]"##),
        (r##"setunion(["b","a"],["c"])"##, r##"["a","b","c"]"##),
        (r##"setintersection(["b","a"],["a"])"##, r##"["a"]"##),
        (r##"setsubtract(["b","a"],["a"])"##, r##"["b"]"##),
        (r##"slice(["a","b","c"],1,3)"##, r##"["b","c"]"##),
        (r##"sort(["b","a"])"##, r##"["a","b"]"##),
        (r##"sum([1,2.5])"##, r##"3.5"##),
        (r##"transpose({a=["x","y"],b=["x"]})"##, r##"{"x":["a","b"],"y":["a"]}"##),
        (r##"zipmap(["a","b"],[1,2])"##, r##"{"a":1,"b":2}"##),
        (r##"chunklist(["a","b","c"],2)"##, r##"[["a","b"],["c"]]"##),
        (r##"matchkeys(["i1","i2","i3"],["a","b","a"],["a"])"##, r##"["i1","i3"]"##),
        (r##"alltrue([true,false])"##, r##"false"##),
        (r##"anytrue([true,false])"##, r##"true"##),
        (r##"toset(["b","a","b"])"##, r##"["a","b"]"##),
        (r##"try({a=1}.b, "d")"##, r##""d""##),
        (r##"can({a=1}.b)"##, r##"false"##),
        (r##"{for k, v in {a=1,b=2} : upper(k) => v if v > 1}"##, r##"{"B":2}"##),
        (
            r##"{for s in ["ab","ac","b"] : substr(s,0,1) => s...}"##,
            r##"{"a":["ab","ac"],"b":["b"]}"##,
        ),
        (r##"[for i, v in ["x","y"] : "${i}-${v}"]"##, r##"["0-x","1-y"]"##),
        (r##"[for s in toset(["x","y"]) : s]"##, r##"["x","y"]"##),
        (r##""${"a"}-${1+2*3}-${true}""##, r##""a-7-true""##),
        (r##""%{ for x in ["a","b"] ~} ${x} %{ endfor }""##, r##""a b ""##),
        (r##""%{ if true ~} yes %{ else } no %{ endif }""##, r##""yes ""##),
        (r##"1 == 1 && "a" != "b" || false"##, r##"true"##),
        (r##"10 % 3"##, r##"1"##),
        (r##"-5 / 2"##, r##"-2.5"##),
        (r##"[{a=1},{a=2}][*].a"##, r##"[1,2]"##),
        (r##"[{a={b=1}},{a={b=2}}].*.a.b"##, r##"[1,2]"##),
        (r##"null[*]"##, r##"[]"##),
        (r##""x"[*]"##, r##"["x"]"##),
        (r##"jsondecode("{\"a\": [1, true, null]}").a"##, r##"[1,true,null]"##),
        (r##"yamldecode("a: {b: c}").a.b"##, r##""c""##),
        (r##"yamldecode(yamlencode({a={b="c"}})).a.b"##, r##""c""##),
        (r##"urlencode("a b/c@d")"##, r##""a+b%2Fc%40d""##),
        (r##"base64decode("aGVsbG8=")"##, r##""hello""##),
        (r##"csvdecode("a,b\n1,2\n3,\"4,5\"")"##, r##"[{"a":"1","b":"2"},{"a":"3","b":"4,5"}]"##),
        (r##"parseint("ff",16)"##, r##"255"##),
        (r##"ceil(1.2)"##, r##"2"##),
        (r##"max(1,3,2)"##, r##"3"##),
        (r##"tostring(5)"##, r##""5""##),
        (r##"tonumber("5")"##, r##"5"##),
        (r##"tobool("true")"##, r##"true"##),
        (r##"basename("a/b/c.txt")"##, r##""c.txt""##),
        (r##"dirname("a/b/c.txt")"##, r##""a/b""##),
        (r##"true ? "a" : "b""##, r##""a""##),
        (r##"{a = 1, "b-c" = 2, (upper("d")) = 3}"##, r##"{"D":3,"a":1,"b-c":2}"##),
        (r##"1.5e3"##, r##"1500"##),
        (r##"1e20"##, r##"100000000000000000000"##),
        (r##"nonsensitive("a")"##, r##""a""##),
        (r##""a\u00fcb\tc""##, r##""aüb\tc""##),
        (r##"replace("hello 123", "/[0-9]+/", "<$0>")"##, r##""hello <123>""##),
        (r##"replace("${"a"}-${"b"}-", "/-+$/", "")"##, r##""a-b""##),
        (r##"replace("${"a"}-${"b"}", "/[^a-z]/", "")"##, r##""ab""##),
    ] {
        check(expression, expected);
    }
}

#[test]
fn heredocs_are_what_terraform_makes_of_them() {
    for (expression, expected) in [
        ("<<-EOT\n    one\n      two ${\"X\"}\n\n    three\n  EOT", r#""one\n  two X\n\nthree\n""#),
        // Terraform takes no indentation away from what follows a trimmed line end.
        (
            "<<-EOT\n    %{ if true ~}\n    foo\n    %{ endif ~}\n    bar\n  EOT",
            r#""    foo\n    bar\n""#,
        ),
        ("<<-EOT\n    ${\"X\"}\n      y\n  EOT", r#""X\n  y\n""#),
        ("<<EOT\n  keep ${\"X\" ~}\n   z\nEOT", r#""  keep X   z\n""#),
        (
            "<<EOT\n%{ for s in [\"p\", \"q\"] ~}\n  - ${s}\n%{ endfor ~}\nend\nEOT",
            r#""  - p\n  - q\nend\n""#,
        ),
        ("<<-EOT\n\ttab\n\t  tab2\n  EOT", r#""tab\n  tab2\n""#),
        ("[<<A\nx\nA\n  , <<-B\n    y\n  B\n  ]", r#"["x\n","y\n"]"#),
        (r#""a ${~ "X" ~}  b\n  c""#, r#""aXb\n  c""#),
        (r#""%{ for s in ["p", "q"] }\n - ${s}\n%{~ endfor }""#, r#""\n - p\n - q""#),
        (r#""$${x} %%{y} $ % $$ ${"$"}{""#, r#""${x} %{y} $ % $$ ${""#),
    ] {
        check(expression, expected);
    }
}

#[test]
fn unknown_parts_stay_holes() {
    for (expression, expected) in [
        (r#""a-${var.u}-b""#, r#""a-?-b""#),
        (r#"lower("A-${var.u}")"#, r#""a-?""#),
        (r#"join("-", ["a", var.u, "b"])"#, r#""a-?-b""#),
        (r#"format("%s-%s", "a", var.u)"#, r#""a-?""#),
        (r#"replace("a_b_${var.u}", "_", "-")"#, r#""a-b-?""#),
        (r#"replace("a_${var.u}_", "/[^a-z]/", "")"#, r#""a?""#),
        (r#"replace("a-${var.u}-", "/-+$/", "")"#, "?"),
        (r#"trimprefix("manual-x-${var.u}", "manual-")"#, r#""x-?""#),
        (r#"substr("abc-${var.u}", 0, 3)"#, r#""abc""#),
        (r#"substr("abc-${var.u}", 0, 9)"#, r#""abc-?""#),
        (r#"startswith("abc-${var.u}", "abc")"#, "true"),
        (r#"startswith("abc-${var.u}", "x")"#, "false"),
        (r#"startswith(var.u, "x")"#, "?"),
        (r#"merge({ a = 1 }, var.u)"#, r#"{"a":1,...}"#),
        (r#"concat(["a"], var.u)"#, r#"["a",...]"#),
        (r#"merge({ a = 1 }, var.u).b"#, "?"),
        (r#"lookup({ a = 1 }, "b", 2)"#, "2"),
        (r#"lookup(var.u, "b", 2)"#, "?"),
        (r#"[for x in ["a", "b"] : x if var.u]"#, r#"["a","b"]"#),
        (r#"{ for x in ["a"] : "${x}-${var.u}" => x }"#, r#"{...}"#),
        (r#"var.u ? ["a"] : []"#, r#"["a"]"#),
        (r#"var.u ? { a = 1 } : { b = 2 }"#, r#"{"a":1,"b":2}"#),
        (r#"var.u ? "a" : "b""#, "?"),
        (r#"var.u ? "a" : "a""#, r#""a""#),
        ("var.u && false", "false"),
        ("var.u || true", "true"),
        (r#""a-${var.u}" == "b""#, "false"),
        ("length(concat([1], var.u))", "?"),
        (r#"yamldecode("a: ${var.u}\nb: x-${var.u}\n")"#, r#"{"a":?,"b":"x-?"}"#),
        ("timestamp()", "?"),
        ("nothing_like_this(1)", "?"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn blow_ups_are_unknown() {
    check("range(1000000000)", "?");
    check("length([for a in range(10000) : [for b in range(10000) : b]])", "?");
    check(r#"join("", [for a in range(20000) : join("", [for b in range(100) : "xxxxx"])])"#, "?");
    check("{ for a in setproduct(range(5000), range(5000)) : a[0] => a }", "{...}");
}

/// Checks `it` beside a text of 1,000 letters (`short`) and one of a million (`long`).
#[track_caller]
fn check_long(expression: &str, expected: &str) {
    let short = "a".repeat(1_000);
    let text = format!(
        "locals {{\n  short = \"{short}\"\n  long = replace(local.short, \"a\", local.short)\n  it = {expression}\n}}\n"
    );
    evaluate(&text, |_, data| assert_eq!(json(data), expected, "{expression}"));
}

#[test]
fn texts_that_multiply_are_refused_before_they_are_made() {
    check_long(r#"replace(local.long, "a", local.long)"#, "?");
    check_long(r#"length(formatlist("${local.long}%s", range(20000)))"#, "?");
    check_long(r#"substr(replace(local.short, "a", "bc"), 0, 4)"#, r#""bcbc""#);
}

#[test]
fn what_walks_a_text_many_times_is_paid_for() {
    let lines = r#"replace(local.long, "a", "\n")"#;
    check_long(&format!("[for i in range(3) : can(indent(0, {lines}))]"), "[true,?,?]");
    let verbs = r#"replace(local.short, "a", "%[1]d")"#;
    let digits = r#"replace(local.long, "a", "1")"#;
    check_long(&format!("format({verbs}, {digits})"), "?");
    check_long(r#"[for i in range(3) : can(replace(local.short, "/a/", ""))]"#, "[true,true,true]");
    check_long(r#"replace(local.long, "/a/", "")"#, "?");
    check_long(r#"length(regexall("a", local.long))"#, "?");
    let groups = format!("{}a*{}", "(".repeat(40), ")".repeat(40));
    check_long(&format!("length(regex(\"{groups}\", local.long))"), "?");
    check_long("length(distinct([for i in range(3000) : local.long]))", "?");
    let nested = "[for i in range(5000) : [for i in range(300) : []]]";
    check_long(&format!("[for i in [1] : flatten([{nested}, {nested}])]"), "[?]");
}

#[test]
fn collections_are_bounded() {
    check("length(transpose({ a = range(15000), b = range(15000, 30000) }))", "?");
    check("length(setunion(range(15000), range(15000, 30000)))", "?");
    check("setproduct(range(20000), range(20000), [])", "[]");
    check("length(setintersection(range(20000), range(10000, 30000)))", "10000");
    check_long(r#"length(split("a", local.long))"#, "?");
    evaluate("locals {\n  it = csvdecode(\"a\\n1\\n2\")\n}\n", |_, data| {
        let rows = data.as_items().unwrap();
        let key = |row: usize| rows.values[row].as_map().unwrap().entries[0].key.clone();
        assert!(std::rc::Rc::ptr_eq(&key(0), &key(1)), "a name is kept once for all rows");
    });
}

#[test]
fn cycles_and_long_chains_are_unknown() {
    let test = || {
        evaluate("locals {\n  it = local.other\n  other = \"${local.it}x\"\n}\n", |_, data| {
            assert_eq!(json(data), r#""?x""#);
        });
        let mut text = String::from("locals {\n  it = local.n0\n");
        for number in 0..5_000 {
            let _ = writeln!(text, "  n{number} = \"${{local.n{}}}x\"", number + 1);
        }
        text.push_str("}\n");
        evaluate(&text, |_, data| assert!(data.to_text().is_some()));
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn literals_keep_their_places() {
    for (expression, literal) in [
        (r#""abc""#, "abc"),
        (r#"trimprefix("manual-abc", "manual-")"#, "abc"),
        (r#"split(",", "x,abc")[1]"#, "abc"),
        (r#"split(",", join(",", ["x", "y", "abc"]))[2]"#, "abc"),
        (r#"{ for k, v in { abc = 1 } : "k" => k }.k"#, "abc"),
        (r#"lookup({ x = "abc" }, "x", "")"#, "abc"),
        (r#"keys({ "abc" = 1 })[0]"#, "abc"),
        (r#"yamldecode("x: abc").x"#, "abc"),
        (r#"lower("abc")"#, "abc"),
        (r#"format("%s", "abc")"#, "abc"),
        ("tolist(toset([\"abc\"]))[0]", "abc"),
    ] {
        let text = format!("locals {{\n  it = {expression}\n}}\n");
        evaluate(&text, |evaluator, data| {
            let value = evaluator.value(data);
            let place = value.single_place().unwrap_or_else(|| panic!("{expression}: {value:?}"));
            let bytes = &text[place.start as usize..place.end as usize];
            assert_eq!(bytes, literal, "{expression}");
        });
    }
}
