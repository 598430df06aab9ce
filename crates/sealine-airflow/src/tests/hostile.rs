//! Input that is broken or means harm.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{HEAD, dump, dump_one};

/// Reads a file on a small stack, as every parser must be able to.
fn on_a_small_stack(text: String) -> String {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(2 << 20).build().unwrap();
    let work = move || pool.install(|| dump(&[("dags/a.py", &format!("{HEAD}{text}"))]));
    thread.spawn(work).unwrap().join().unwrap()
}

#[test]
fn evaluation_ends_and_fits_a_small_stack() {
    let nested = |open: &str, close: &str, times: usize| {
        format!("x = {}1{}\n", open.repeat(times), close.repeat(times))
    };
    let blocks = |line: fn(usize) -> String| {
        let lines = (0..90).flat_map(|depth| [" ".repeat(depth), line(depth)]);
        lines.collect::<String>() + &" ".repeat(91) + "y = 1\n"
    };
    let mut doubling = String::new();
    for index in 0..500 {
        let next = index + 1;
        writeln!(doubling, "def f{index}(x): return f{next}(f{next}(x))").unwrap();
    }
    let cases = [
        "while True:\n  x = [x]\n".to_owned(),
        "for i in range(1000):\n  for j in range(1000):\n    for k in range(1000):\n      i + j\n".into(),
        "x = 'a'\nfor i in range(100):\n  x = x + x\n".into(),
        "x = [1]\nfor i in range(100):\n  x = x + x\n".into(),
        "x = [1]\nfor i in range(100):\n  x.extend(x)\n".into(),
        "x = []\nx.append(x)\ny = [i for i in x]\n".into(),
        "x = {}\nx['x'] = x\nwith DAG('d', default_args=x): Op(task_id='t', executor_config=x)\n".into(),
        "x = 1\nfor i in range(1000):\n  x = [x]\nOp(task_id='t', executor_config=x)\n".into(),
        "x = 1\nfor i in range(60):\n  x = {'pod_override': [x, x]}\nOp(task_id='t', executor_config=x)\n".into(),
        "import copy\nx = 1\nfor i in range(60):\n  x = [x, x]\ny = copy.deepcopy(x)\n".into(),
        "def f(x): return f(f(x)) + f(f(x))\nf(1)\n".into(),
        "def f(x): return [f(x) for y in range(1000)]\nf(1)\n".into(),
        "class A(A): pass\nclass B(B2): pass\nB2 = B\nclass B(B2): pass\nB(task_id='t')\n".into(),
        "class A:\n  def __getattr__(self, x): return self.x\nA().x.y.z\n".into(),
        "class A:\n  @property\n  def x(self): return self.x\nA().x\n".into(),
        "from a import *\nimport a\na.a.a.x\nfrom dags import a as b\nb.b.b\n".into(),
        "@task\n@task\n@dag\ndef f(): return f()\nf()\n".into(),
        "@dag\ndef f():\n  f()\n  with f() as g:\n    g()\nf()\n".into(),
        nested("f(a=[1, ", "])", 70),
        nested("[", "]", 140),
        nested("-", "", 900),
        nested("lambda: ", "", 900),
        format!("x = {}1\n", "1 + ".repeat(900)),
        format!("x = a{}\n", ".b()".repeat(450)),
        format!("x = {}\n", "f(".repeat(140)),
        blocks(|_| "if x:\n".to_owned()),
        blocks(|depth| format!("def f{depth}():\n")),
        doubling + "f0(1)\n",
        "x = '%s%' % 1\ny = '%(a' % {}\nz = '{'.format()\nw = '{0'.format(1) + '{a!r}'.format(a=1)\nv = '%é' % 1\n".into(),
        "x = ''.split('')\ny = 'a'[0]\nz = [][-1]\nw = [1][9:-9]\nv = [1][-9223372036854775807 - 1]\nu = [1][-9223372036854775807 - 1:]\n".into(),
        "x = 9223372036854775807 + 1\ny = -9223372036854775808 - 1\nz = range(-9223372036854775808, 9223372036854775807)\n".into(),
        "a, *b, c = []\n*a, = x\n(a, (b, *c)), d = 1\n".into(),
    ];
    for case in cases {
        on_a_small_stack(case);
    }
}

#[test]
fn modules_that_import_each_other_end() {
    let one = "if what():\n  from two import x\nelse:\n  from three import x\nx.y.z()\n";
    let two = "if what():\n  from a import x\nelse:\n  from three import x\nx.y\n";
    let three = "from a import *\nfrom two import *\nif what():\n  from two import x\n\
                 else:\n  from a import x\nx.y\n";
    let head = format!("{HEAD}{one}");
    dump(&[("dags/a.py", &head), ("dags/two.py", two), ("dags/three.py", three)]);
}

#[test]
fn deep_nesting_is_one_problem() {
    let found = dump_one(&"(".repeat(100_000));
    assert_eq!(
        found,
        "Python file dags/a.py 0/1\n  problem @dags/a.py:1:1 Limit brackets nest deeper than 150 levels\n"
    );
}

#[test]
fn what_could_be_read_of_a_broken_file_is_read() {
    let found = dump_one(
        "with DAG('d'):\n  Op(task_id='a', my_conn_id='first')\n  Op(task_id=, = 'b'\n\
         \nOp(task_id='c', my_conn_id='last')\n",
    );
    assert!(found.contains("connection first"), "{found}");
    assert!(found.contains("connection last"), "{found}");
    assert_eq!(found.matches("problem").count(), 1, "{found}");
    assert!(found.contains("Syntax"), "{found}");
}

#[test]
fn odd_bytes_do_no_harm() {
    for text in ["\u{feff}x = 1\n", "x = 'a\0b'\n", "x = 1\r\ny = 2\r", "# \u{2028}\nx = 'ü'\n", ""]
    {
        dump_one(text);
    }
}

/// Pieces of Python of which most sequences are wrong.
const PIECES: [&str; 48] = [
    "with DAG('d'):",
    "\n",
    "\n  ",
    "\n    ",
    "Op(task_id='t', ",
    "executor_config=",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "'pod_override':",
    "k8s.V1Pod(",
    "spec=",
    "env=",
    "*",
    "**",
    "x",
    "=",
    "'s'",
    "f'{",
    "}'",
    "lambda x:",
    "for x in ",
    "if ",
    "else ",
    "def f(x):",
    "return ",
    "class C(",
    "self.",
    "super().",
    ".append(",
    ".items()",
    "@task",
    "@dag",
    "import a",
    "from a import *",
    "|",
    "+",
    "%",
    "not ",
    "yield ",
    "'{}'.format(",
    "k8s.V1SecretKeySelector(",
    "range(9)",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(pieces in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        dump_one(&text);
    }

    #[test]
    fn places_hold_what_they_say(secret in "[a-z]{1,12}", indent in 0..3_usize) {
        let text = format!(
            "{HEAD}ü = '{secret}'\nwith DAG('d'):\n{}PythonOperator(task_id='t', \
             executor_config={{'pod_override': k8s.V1Pod(spec=k8s.V1PodSpec(\
             image_pull_secrets=[k8s.V1LocalObjectReference(ü)]))}})\n",
            " ".repeat(indent + 1),
        );
        for facts in super::facts(&[("dags/a.py", &text)]) {
            for found in facts.uses {
                prop_assert!(found.editable);
                prop_assert_eq!(&text[found.place.range().bytes()], secret.as_str());
            }
        }
    }
}
