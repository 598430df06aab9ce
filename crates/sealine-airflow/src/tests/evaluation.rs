//! What is folded, and what is not guessed.

use expect_test::expect;

use super::{HEAD, dump, dump_one};

/// Folds an expression that stands as the name of a Secret; returns what is said of it.
fn name(before: &str, expression: &str) -> String {
    let found = dump_one(&format!(
        "import os, functools, copy\nfrom airflow.models import Variable\n{before}\n\
         with DAG('d'):\n  PythonOperator(task_id='t', executor_config={{'pod_override': k8s.V1Pod(\
         spec=k8s.V1PodSpec(containers=[k8s.V1Container(name='base', env_from=[\
         k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name={expression}))])]))}})\n"
    ));
    let uses = found.lines().filter_map(|line| line.split_once("<- airflow/"));
    let said = uses.map(|(_, found)| {
        let (name, rest) = found.split_once(" @").unwrap();
        format!("{name} {}", rest.rsplit(' ').next().unwrap())
    });
    said.collect::<Vec<_>>().join(", ")
}

#[test]
fn texts_fold() {
    for (before, expression, expected) in [
        ("", "'a' 'b'", "ab exact"),
        ("A = 'x'", "A + '-db'", "x-db exact"),
        ("A = 'x'", "f'{A}-{1}'", "x-1 exact"),
        ("A = 'x'", "f'{A:>5}-db'", "*-db pattern"),
        ("A = 'x'", "'{}-{b}'.format(A, b='y')", "x-y exact"),
        ("A = 'x'", "'%s-%s' % (A, 1)", "x-1 exact"),
        ("A = 'x'", "'%(a)s-db' % {'a': A}", "x-db exact"),
        ("", "'{{{}}}'.format('}}')", "{}}} exact"),
        ("", "'%%%s' % '%%'", "%%% exact"),
        ("", "'-'.join(['a', 'b'])", "a-b exact"),
        ("", "'A_B'.lower().replace('_', '-')", "a-b exact"),
        ("", "'a,b'.split(',')[1]", "b exact"),
        ("", "str(1)", "1 exact"),
        ("ENV = os.environ['ENV']", "f'{ENV}-airflow-db'", "*-airflow-db pattern"),
        ("ENV = os.environ.get('ENV', 'dev')", "f'{ENV}-db'", "*-db pattern"),
        ("ENV = Variable.get('env')", "'%s-db' % ENV", "*-db pattern"),
        ("ENV = os.getenv('ENV')", "ENV", "* assumed"),
        ("", "unknown_name", "* assumed"),
        ("", "'{{ var.value.env }}-db'", "*-db pattern"),
        ("A = 'a' if unknown() else 'b'", "A", "a assumed, b assumed"),
        ("A = 'a' if True else 'b'", "A", "a exact"),
        ("A = None\nA = A or 'x'", "A", "x exact"),
    ] {
        assert_eq!(name(before, expression), expected, "{before} {expression}");
    }
}

#[test]
fn a_default_is_one_of_the_texts_that_a_run_may_say() {
    for (expression, expected) in [
        ("os.getenv('X') or 'd'", "* assumed, d assumed"),
        ("os.getenv('X', 'd')", "* assumed, d assumed"),
        ("os.environ.get('X', default='d')", "* assumed, d assumed"),
        ("os.environ.pop('X', 'd')", "* assumed, d assumed"),
        ("Variable.get('x', 'd')", "* assumed, d assumed"),
        ("Variable.get('x', default_var='d')", "* assumed, d assumed"),
        ("Variable.get('x', default='d')", "* assumed, d assumed"),
        ("Variable.get('x', os.getenv('X', 'd'))", "* assumed, d assumed"),
        ("Variable.get('x', 'D').lower()", "* assumed, d assumed"),
        ("conf.get('core', 'x', fallback='d')", "* assumed, d assumed"),
        ("conf.get('core', 'x')", "* assumed"),
        ("os.getenv('X', None)", "* assumed"),
        ("os.getenv('X', 'd,e').split(',')[0]", "* assumed, d assumed"),
        ("[x for x in os.getenv('X', 'd,e').split(',')][1]", "* assumed, e assumed"),
        ("Variable.get('x', ['d'], deserialize_json=True)[0]", "* assumed"),
        ("{'d': 'x', 'e': 'y'}[os.getenv('X', 'd')]", "x assumed, y assumed"),
        ("os.getenv('X', 'd') + '-db'", "*-db pattern"),
    ] {
        let before = "from airflow.configuration import conf";
        assert_eq!(name(before, expression), expected, "{expression}");
    }
}

#[test]
fn paths_fold() {
    for (expression, expected) in [
        ("os.path.join('a', 'b/', 'c')", "a/b/c exact"),
        ("os.path.join('a', '/b', 'c')", "/b/c exact"),
        ("os.path.join(os.environ['HOME'], 'a')", "*/a pattern"),
        ("os.path.dirname(os.path.abspath(__file__))", "*/dags pattern"),
        ("os.path.dirname(os.environ['HOME'] + '-x')", "* assumed"),
        ("Path(__file__).resolve().parent / 'a' / 'b'", "*/dags/a/b pattern"),
        ("Path('a', 'b').parent.as_posix()", "a exact"),
        ("unknown_folder / 'a'", "*/a pattern"),
    ] {
        assert_eq!(name("from pathlib import Path", expression), expected, "{expression}");
    }
}

#[test]
fn containers_fold() {
    for (before, expression, expected) in [
        ("D = {'a': {'b': 'x'}}", "D['a']['b']", "x exact"),
        ("D = {'a': 'x'}", "D.get('a')", "x exact"),
        ("D = {'a': 'x'}", "D.get('z', 'y')", "y exact"),
        ("D = {**{'a': 'x'}, 'b': 'y'} | {'a': 'z'}", "D['a']", "z exact"),
        ("D = dict(a='x')\nD.update(a='y')", "D['a']", "y exact"),
        ("D = dict([('a', 'x')])", "D['a']", "x exact"),
        (
            "D = {k: v for k, v in [('a', 'x'), ('b', 'y')] if k != 'a'}",
            "list(D.values())[0]",
            "y exact",
        ),
        ("L = ['a', 'b']\nL += ['c']", "L[-1]", "c exact"),
        ("L = [x + '-s' for x in ('a', 'b')]", "L[1]", "b-s exact"),
        ("L = ['a', *['b']]\nfirst, *rest = L", "rest[0]", "b exact"),
        ("D = {'p': 'x', 'q': 'y'}", "D[os.environ['ENV']]", "x assumed, y assumed"),
        ("L = list(zip(['a'], ['x']))", "L[0][1]", "x exact"),
        ("L = [x for i, x in enumerate(['a', 'b']) if i == 1]", "L[0]", "b exact"),
        ("L = ['a', 'b', 'c'][1:]", "L[0]", "b exact"),
        ("a, (b, c) = 'x', ('y', 'z')", "c", "z exact"),
        ("D = copy.deepcopy({'a': ['x']})", "D['a'][0]", "x exact"),
    ] {
        assert_eq!(name(before, expression), expected, "{before} {expression}");
    }
}

#[test]
fn functions_fold() {
    for (before, expression, expected) in [
        ("def f(a, b='y', *c, d='z', **e): return a + b + d", "f('x')", "xyz exact"),
        ("def f(*c, **e): return c[0] + e['k']", "f('x', k='y')", "xy exact"),
        ("f = lambda a: a + '-s'", "f('x')", "x-s exact"),
        ("def f(a, b): return a + b\ng = functools.partial(f, 'x')", "g(b='y')", "xy exact"),
        ("def f(a):\n  if a == 'x':\n    return 'one'\n  return 'two'", "f('x')", "one exact"),
        (
            "def f(a):\n  if a:\n    return 'one'\n  return 'two'",
            "f(what())",
            "one assumed, two assumed",
        ),
        (
            "def f(l):\n  out = []\n  for x in l:\n    out.append(x + 's')\n  return out",
            "f(['a'])[0]",
            "as exact",
        ),
        (
            "def outer(a):\n  def inner(b): return a + b\n  return inner",
            "outer('x')('y')",
            "xy exact",
        ),
        ("def f(n): return f(n)", "f('x')", "* assumed"),
        ("def f():\n  yield 'x'", "list(f())[0]", "x exact"),
        ("def f(a): return g(a)\ndef g(a): return a", "f('x')", "x exact"),
        ("def f():\n  try:\n    return 'x'\n  except Exception:\n    return 'y'", "f()", "x exact"),
    ] {
        let found = name(before, expression);
        // On a path that may be taken there may be more.
        assert!(found.starts_with(expected.trim_end_matches(" exact")), "{before}\n{found}");
    }
}

#[test]
fn classes_fold() {
    for (before, expression, expected) in [
        ("class C:\n  NAME = 'x'", "C.NAME", "x exact"),
        ("from enum import Enum\nclass C(Enum):\n  A = 'x'", "C.A.value", "x exact"),
        (
            "class C:\n  def __init__(self, a): self.a = a\n  def name(self): return self.a + '-s'",
            "C('x').name()",
            "x-s exact",
        ),
        ("class C:\n  @property\n  def name(self): return 'x'", "C().name", "x exact"),
        ("class C:\n  @staticmethod\n  def name(a): return a", "C.name('x')", "x exact"),
        (
            "class C:\n  A = 'x'\n  @classmethod\n  def name(cls): return cls.A",
            "C.name()",
            "x exact",
        ),
        (
            "from dataclasses import dataclass\n@dataclass\nclass C:\n  a: str\n  b: str = 'y'",
            "C('x').a",
            "x exact",
        ),
        (
            "class B:\n  def name(self): return 'x'\nclass C(B):\n  def name(self): return super().name() + 'y'",
            "C().name()",
            "xy exact",
        ),
    ] {
        assert_eq!(name(before, expression), expected, "{before} {expression}");
    }
}

#[test]
fn helpers_are_found_in_the_tree() {
    let helper = "from kubernetes.client import models as k8s\nfrom .names import *\n\
                  def env(secret=DEFAULT):\n  return [k8s.V1EnvFromSource(\
                  secret_ref=k8s.V1SecretEnvSource(name=secret))]\n";
    let names = "DEFAULT = 'default-secret'\n";
    for import in [
        "from common.k8s import env",
        "from common import k8s as c\nenv = c.env",
        "import common.k8s as c\nenv = c.env",
        "import common.k8s\nenv = common.k8s.env",
        "from dags.common.k8s import env",
        "from .common.k8s import env",
        "from common import *\nenv = exported",
        "from common import exported as env",
    ] {
        let text = format!(
            "{HEAD}{import}\nwith DAG('d'):\n  PythonOperator(task_id='t', executor_config={{\
             'pod_override': k8s.V1Pod(spec=k8s.V1PodSpec(containers=[k8s.V1Container(\
             name='base', env_from=env())]))}})\n"
        );
        let found = dump(&[
            ("dags/a.py", &text),
            ("dags/common/__init__.py", "from .k8s import env as exported\n"),
            ("dags/common/k8s.py", helper),
            ("dags/common/names.py", names),
        ]);
        let expected = "<- airflow/default-secret @dags/common/names.py:1:12 exact";
        assert!(found.contains(expected), "{import}\n{found}");
    }
}

#[test]
fn what_cannot_be_folded_is_told() {
    expect![[r#"
        DAG file dags/a.py 0/1
          override @dags/a.py:7:64 None
          override @dags/a.py:8:64 None
          note @dags/a.py:6:47 `pod_override('x')` cannot be folded, so the Secrets it names are not known
          note @dags/a.py:7:64 `extra` cannot be folded, so the Secrets it names are not known
          note @dags/a.py:8:138 `[*extra, k8s.V1EnvVar(name='A', value='plain')]` cannot be folded, so the Secrets it names are not known
    "#]].assert_eq(&dump_one(
        "from company.pods import pod_override, extra\n\
         with DAG('d'):\n\
         \x20 PythonOperator(task_id='a', executor_config=pod_override('x'))\n\
         \x20 PythonOperator(task_id='b', executor_config={'pod_override': extra})\n\
         \x20 PythonOperator(task_id='c', executor_config={'pod_override': k8s.V1Pod(\
         spec=k8s.V1PodSpec(containers=[k8s.V1Container(name='base', env=[*extra, k8s.V1EnvVar(\
         name='A', value='plain')], image=extra.image)]))})\n",
    ));
}

#[test]
fn a_note_about_a_shared_module_is_told_once() {
    let shared = format!(
        "{HEAD}def config():\n  return {{'pod_override': k8s.V1Pod(spec=k8s.V1PodSpec(containers=[\
         k8s.V1Container(name='base', env=what())]))}}\n"
    );
    let one = "from airflow import DAG\nfrom shared import config\n\
               from airflow.operators.python import PythonOperator\n\
               with DAG('d'):\n  PythonOperator(task_id='t', executor_config=config())\n";
    let found = dump(&[
        ("dags/one.py", one),
        ("dags/shared.py", &shared),
        ("dags/three.py", one),
        ("dags/two.py", one),
    ]);
    assert_eq!(found.matches("note @dags/shared.py:5:101 `what()`").count(), 1, "{found}");
    assert_eq!(found.matches(".py 0/1\n").count(), 3, "{found}");
}

#[test]
fn references_outside_of_tasks_are_only_probable() {
    expect![[r#"
        DAG file dags/a.py 1/1
          DAG d. @dags/a.py:1:1: Probable <- airflow/own @dags/a.py:5:35 assumed
          DAG d.t @dags/a.py:7:3: Env X <- airflow/used key k @dags/common.py:3:106 exact
          override @dags/a.py:7:64 None
        Python file dags/common.py 0/0
          Python dags/common.py. @dags/common.py:1:1: Probable <- airflow/unused key k @dags/common.py:2:40 assumed
    "#]].assert_eq(&dump(&[
        (
            "dags/common.py",
            "from kubernetes.client import models as k8s\n\
             UNUSED = k8s.V1SecretKeySelector(name='unused', key='k')\n\
             USED = k8s.V1EnvVar(name='X', value_from=k8s.V1EnvVarSource(\
             secret_key_ref=k8s.V1SecretKeySelector(name='used', key='k')))\n\
             def helper(secret): return k8s.V1SecretKeySelector(name=secret, key='k')\n",
        ),
        (
            "dags/a.py",
            &format!(
                "{HEAD}from common import USED\nOWN = k8s.V1SecretEnvSource(name='own')\n\
                 with DAG('d'):\n  PythonOperator(task_id='t', executor_config={{'pod_override': \
                 k8s.V1Pod(spec=k8s.V1PodSpec(containers=[k8s.V1Container(name='base', \
                 env=[USED])]))}})\n"
            ),
        ),
    ]));
}
