//! Which files are worth parsing.
//!
//! Invariant: only bytes are searched; nothing is decoded or allocated.

use memchr::memmem;

/// What a Python file says when it can name a Secret or an Airflow connection.
const WORDS: [&[u8]; 7] =
    [b"airflow", b"kubernetes", b"conn_id", b"get_connection", b"V1EnvVar", b"V1Secret", b"V1Pod"];

/// What a file says that names Secrets of a cluster.
const REFERENCES: [&[u8]; 5] =
    [b"V1Secret", b"V1EnvFrom", b"Secret(", b"secret_ref", b"secretKeyRef"];

/// Returns whether the file at `path` can matter: a Python file that mentions Airflow, the
/// Kubernetes client or a connection. Helper modules without any of these are kept because another
/// file imports them; see [`crate::imports`].
pub fn wants(path: &str, bytes: &[u8]) -> bool {
    is_python(path) && WORDS.iter().any(|word| memmem::find(bytes, word).is_some())
}

/// Returns whether `path` is a Python file by name.
pub(crate) fn is_python(path: &str) -> bool {
    path.as_bytes().ends_with(b".py")
}

/// Returns whether Airflow itself would look for DAGs in a file of this text (its safe mode).
pub(crate) fn may_hold_a_dag(text: &str) -> bool {
    let bytes = text.as_bytes();
    memmem::find(bytes, b"airflow").is_some()
        && (memmem::find(bytes, b"dag").is_some() || memmem::find(bytes, b"DAG").is_some())
}

/// Returns whether the text names Secrets.
pub(crate) fn names_secrets(text: &str) -> bool {
    REFERENCES.iter().any(|word| memmem::find(text.as_bytes(), word).is_some())
}

/// Returns whether the file is a test: what it asks for reaches no cluster.
pub(crate) fn is_test(path: &str) -> bool {
    let name = sealine_source::file_name(path);
    let folders = path.split('/').rev().skip(1);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name == "conftest.py"
        || folders.into_iter().any(|folder| folder == "tests" || folder == "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_python_that_mentions_the_subject_is_wanted() {
        assert!(wants("dags/a.py", b"from airflow import DAG"));
        assert!(wants("common/k8s.py", b"from kubernetes.client import V1Pod"));
        assert!(!wants("dags/a.txt", b"from airflow import DAG"));
        assert!(!wants("setup.py", b"import os"));
        assert!(!wants("empty.py", b""));
    }

    #[test]
    fn tests_are_told_by_their_path() {
        assert!(is_test("tests/dags/a.py"));
        assert!(is_test("dags/test_a.py"));
        assert!(!is_test("dags/latest.py"));
    }
}
