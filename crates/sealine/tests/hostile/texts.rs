//! Texts that break parsers: too deep, too wide, broken in the middle.

use sealine_testing::Tree;

use super::{Expected, every_output_is_sound, hold, sealine};

/// Two lines that make a YAML file one that a reader wants.
const HEAD: &str = "# apiVersion kind\n---\n";

/// A Secret with its values in clear, which shows that a document is still read.
fn secret(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\nstringData:\n  token: Harbour-Tulip-7\n"
    )
}

fn lines(range: std::ops::Range<usize>, line: impl Fn(usize) -> String) -> String {
    range.map(line).collect::<Vec<String>>().concat()
}

#[derive(Default)]
struct Corpus {
    files: Vec<(String, Vec<u8>)>,
    expected: Expected,
}

impl Corpus {
    fn add(&mut self, path: &str, text: impl AsRef<[u8]>, expected: Option<(&'static str, u64)>) {
        self.files.push((path.to_owned(), text.as_ref().to_owned()));
        self.expected.push((path.to_owned(), expected));
    }

    fn write(&self) -> Tree {
        let tree = Tree::new("");
        for (path, bytes) in &self.files {
            tree.write(path, bytes);
        }
        tree
    }
}

fn yaml(corpus: &mut Corpus) {
    let limit = |line| Some(("limit-exceeded", line));
    let syntax = |line| Some(("syntax-error", line));
    let mut deep = |name: &str, text: String, expected| {
        corpus.add(&format!("yaml/{name}.yaml"), format!("{HEAD}{text}"), expected);
    };
    deep("y01-sequences", "- ".repeat(20_000) + "x\n", limit(3));
    deep("y01-fewer", "- ".repeat(5_000) + "x\n", limit(3));
    deep("y02-keys", "? ".repeat(20_000) + "x\n", limit(3));
    deep("y03-brackets", "[".repeat(100_000), limit(3));
    deep("y03-braces", "{a: ".repeat(20_000), limit(3));
    let nine =
        |of: usize| format!("a{of}: &a{of} [{}]\n", vec![format!("*a{}", of - 1); 9].join(","));
    deep("y04-laughs", "a0: &a0 x\n".to_owned() + &(1..10).map(nine).collect::<String>(), limit(9));
    let merge = |of: usize| {
        format!("m{of}: &m{of}\n  <<: [*m{}, *m{}]\n  k{of}: x\n", of - 1, of.saturating_sub(2))
    };
    let merges: String = (1..200).map(merge).collect();
    deep("y05-merges", "m0: &m0 {k: x}\n".to_owned() + &merges, limit(56));
    let cycle = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &x [*x]\n";
    deep("y06-cycle", cycle.to_owned(), syntax(6));
    let nested: String = (0..3_000).map(|at| " ".repeat(at) + "a:\n").collect();
    deep("y12-maps", nested, limit(131));
    deep("y08-duplicate", "a: 1\nb: 2\na: 3\n".to_owned(), None);

    let without_end = secret("y07").replace("token: Harbour-Tulip-7\n", "token: |\n    Harbour");
    corpus.add("yaml/y07-no-end.yaml", without_end, Some(("plaintext-secret", 4)));
    let twice = secret("y08") + "  token: other\n";
    corpus.add("yaml/y08-twice.yaml", twice, Some(("duplicate-key", 7)));
    let nul = secret("y09") + "  nul: \"a\0b\"\n";
    corpus.add("yaml/y09-nul.yaml", nul, Some(("syntax-error", 7)));
    let separator = secret("y09-separator") + "  line: \"a\u{2028}b\"\n";
    corpus.add("yaml/y09-separator.yaml", separator, Some(("plaintext-secret", 4)));
    let mark = format!("\u{feff}{}", secret("y09-mark"));
    corpus.add("yaml/y09-mark.yaml", mark, Some(("plaintext-secret", 4)));
    let returns = secret("y09-return").replace('\n', "\r");
    corpus.add("yaml/y09-return.yaml", returns, Some(("plaintext-secret", 1)));
    let wide: Vec<u8> = secret("y09-wide").encode_utf16().flat_map(u16::to_le_bytes).collect();
    corpus.add(
        "yaml/y09-wide.yaml",
        [&[0xff, 0xfe][..], &wide].concat(),
        Some(("syntax-error", 1)),
    );
    let invalid = [secret("y09-invalid").as_bytes(), b"  bad: \xff\xfe\n"].concat();
    corpus.add("yaml/y09-invalid.yaml", invalid, Some(("syntax-error", 7)));

    let keys = lines(0..100_000, |at| format!("k{at}: v\n"));
    corpus.add("yaml/y10-keys.yaml", format!("{HEAD}{keys}"), None);
    let plain = format!("{HEAD}a: {}\n", "x".repeat(4_000_000));
    corpus.add("yaml/y10-plain.yaml", plain, None);
    let quoted = format!("{HEAD}a: \"{}\"\n", "x".repeat(4_000_000));
    corpus.add("yaml/y10-quoted.yaml", quoted, None);

    let stream = format!("{}---\na: [\n---\n{}", secret("y11-one"), secret("y11-three"));
    corpus.add("yaml/y11-first.yaml", &stream, Some(("plaintext-secret", 4)));
    corpus.add("yaml/y11-broken.yaml", &stream, Some(("syntax-error", 8)));
    corpus.add("yaml/y11-last.yaml", &stream, Some(("plaintext-secret", 13)));
    corpus.add("yaml/empty.yaml", HEAD, None);
    corpus.add("yaml/last.yaml", secret("last"), Some(("plaintext-secret", 4)));
}

fn terraform(corpus: &mut Corpus) {
    let mut module = |name: &str, text: String, expected| {
        corpus.add(&format!("hcl/{name}/main.tf"), text, expected);
    };
    let value = |text: String| format!("locals {{\n  a = {text}\n}}\n");
    for (name, sign, expected) in [
        ("h01-brackets", "[", Some(("limit-exceeded", 2))),
        ("h01-parentheses", "(", Some(("limit-exceeded", 2))),
        // Terraform takes any number of these.
        ("h01-nots", "!", None),
    ] {
        module(name, value(sign.repeat(20_000) + "1"), expected);
    }
    module("h01-templates", value("\"${".repeat(5_000)), Some(("limit-exceeded", 2)));
    module("h01-blocks", "a {\n".repeat(20_000), Some(("limit-exceeded", 129)));
    module("h02-sum", value(vec!["1"; 200].join(" + ")), None);
    let choice =
        (0..100).fold(String::new(), |text, at| text + &format!("var.a == {at} ? {at} : "));
    module("h02-choice", value(choice + "0"), None);
    let heredoc = format!("locals {{\n  a = <<EOT\n{}", "${x}\n".repeat(300_000));
    module("h03-heredoc", heredoc, Some(("syntax-error", 2)));
    let endless = "resource \"azurerm_key_vault_secret\" \"a\" {\n  for_each = toset([for n in range(1000000000) : tostring(n)])\n  name = each.key\n}\n";
    module("h04-range", endless.to_owned(), None);
    let doubling =
        lines(1..60, |at| format!("  a{at} = join(\"\", [local.a{0}, local.a{0}])\n", at - 1));
    module(
        "h04-join",
        format!(
            "locals {{\n  a0 = \"xxxxxxxx\"\n{doubling}}}\nresource \"azurerm_key_vault_secret\" \"a\" {{\n  name = local.a59\n}}\n"
        ),
        None,
    );
    let circle =
        "locals {\n  a = local.b\n  b = local.a\n}\nmodule \"self\" {\n  source = \"./\"\n}\n";
    module("circle", circle.to_owned(), None);
    module("empty", String::new(), None);
    let secret = "resource \"aws_db_instance\" \"a\" {\n  password = \"Harbour-Tulip-7\"\n}\n";
    let recovers = format!("resource \"a\" \"b\" {{\n  c = ]\n}}\n{secret}");
    module("recovers", recovers.clone(), Some(("syntax-error", 2)));
    module("recovers-after", recovers, Some(("secret-in-configuration", 5)));
}

fn python(corpus: &mut Corpus) {
    let head = "from airflow.sdk import DAG\nfrom kubernetes.client import models as k8s\nsecret = k8s.V1SecretKeySelector\ndag = DAG('x')\n";
    let mut dag = |name: &str, text: String, expected| {
        corpus.add(&format!("dags/{name}.py"), format!("{head}{text}"), expected);
    };
    dag("p01-parentheses", "(".repeat(100_000), Some(("limit-exceeded", 1)));
    dag(
        "p01-line",
        "x = ".to_owned() + &"1 + ".repeat(250_000) + "1\n",
        Some(("limit-exceeded", 1)),
    );
    dag("p01-nul", "x = \"a\0b\"\n\0\n".to_owned(), Some(("syntax-error", 6)));
    dag("p01-loop", "while True:\n    x = [0] * 10 ** 12\n".to_owned(), None);
    dag("p01-calls", "def f(n):\n    return f(n)\nf(1)\n".to_owned(), None);
    dag("broken", "def (:\n".to_owned(), Some(("syntax-error", 5)));
}

fn others(corpus: &mut Corpus) {
    corpus.add(".github/workflows/broken.yml", "on: [\n", Some(("syntax-error", 1)));
    corpus.add(".github/workflows/deep.yml", "[".repeat(50_000), Some(("limit-exceeded", 1)));
    corpus.add(".sops.yaml", "creation_rules: [\n", Some(("syntax-error", 1)));
    corpus.add("state/terraform.tfstate", "{\"version\": 4,".repeat(20_000), None);
    corpus.add(
        "json/a.json",
        "{\"apiVersion\": \"v1\", \"kind\": ".repeat(20_000),
        Some(("limit-exceeded", 1)),
    );
    let template = |body: &str| {
        format!(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: a, namespace: b}}\nspec:\n  target:\n    template:\n      data:\n        a: '{body}'\n"
        )
    };
    corpus.add("eso/open.yaml", template("{{ .a"), Some(("template-syntax", 8)));
    let deep = "{{ if .a }}".repeat(20_000);
    corpus.add("eso/deep.yaml", template(&deep), Some(("template-syntax", 8)));
    let long = template(&format!("{{{{ {} }}}}", "(".repeat(20_000)));
    corpus.add("eso/parentheses.yaml", long, Some(("template-syntax", 8)));
    corpus.add("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n", None);
    corpus.add("chart/values.yaml", "a: b\n", None);
    for (name, body) in [
        ("t01", "{{ range 1000000000 }}x{{ end }}"),
        ("t02", "{{ range until 1000000000 }}x{{ end }}{{ randAlphaNum 100000000 }}"),
        ("t03", "{{ \"x\" | repeat 2000000000 }}"),
        ("t04", "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}"),
        ("t05", "{{ repeat -1 \"x\" }}{{ index (list 1) 5 }}{{ .Values.a.b.c }}"),
        ("t08", "{{ regexMatch \"((a{1,30}){1,30}){1,30}\" \"aaaa\" }}"),
    ] {
        corpus.add(&format!("chart/templates/{name}.yaml"), format!("{HEAD}a: {body}\n"), None);
    }
}

#[test]
fn each_is_a_finding_and_the_run_goes_on() {
    let mut corpus = Corpus::default();
    yaml(&mut corpus);
    terraform(&mut corpus);
    python(&mut corpus);
    others(&mut corpus);
    let tree = corpus.write();
    let report = sealine(&tree, &["check", "-o", "json"]).exits(2).json();
    hold(&report, &corpus.expected);
    every_output_is_sound(&tree, 2);
}
