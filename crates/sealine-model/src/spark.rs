//! Options of Spark by which its pods get Secrets.
//!
//! Invariant: an option counts only where it names the Secret itself.

/// What an option of Spark gives to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SparkSecret<'a> {
    /// A key of a Secret as an environment variable.
    Variable {
        /// The variable.
        variable: &'a str,
        /// The Secret.
        secret: &'a str,
        /// Its key.
        key: &'a str,
    },
    /// A Secret as files.
    Files {
        /// The Secret.
        secret: &'a str,
    },
}

/// Returns the Secret that an option names: `spark.kubernetes.driver.secretKeyRef.VARIABLE` with
/// `secret:key`, or `spark.kubernetes.executor.secrets.SECRET` with a path.
pub fn spark_secret<'a>(option: &'a str, value: &'a str) -> Option<SparkSecret<'a>> {
    let rest = option.strip_prefix("spark.kubernetes.")?;
    let rest = rest.strip_prefix("driver.").or_else(|| rest.strip_prefix("executor."))?;
    if let Some(secret) = rest.strip_prefix("secrets.") {
        return Some(SparkSecret::Files { secret });
    }
    let variable = rest.strip_prefix("secretKeyRef.")?;
    // In files of properties a colon may be escaped.
    let (secret, key) = value.split_once("\\:").or_else(|| value.split_once(':'))?;
    Some(SparkSecret::Variable { variable, secret, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_name_secrets() {
        let variable = |option, value| spark_secret(option, value);
        let expected = SparkSecret::Variable { variable: "A", secret: "db", key: "pw" };
        for value in ["db:pw", "db\\:pw"] {
            let found = variable("spark.kubernetes.driver.secretKeyRef.A", value);
            assert_eq!(found, Some(expected), "{value}");
        }
        let files = variable("spark.kubernetes.executor.secrets.tls", "/etc/tls");
        assert_eq!(files, Some(SparkSecret::Files { secret: "tls" }));
        assert_eq!(variable("spark.kubernetes.driver.secretKeyRef.A", "db"), None);
        assert_eq!(variable("spark.kubernetes.namespace", "a:b"), None);
    }
}
