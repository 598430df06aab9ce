//! The table of connection types: what their hooks read, and what they need to log in.
//!
//! Each file holds the types of one family. To add a type, write its file and add its name to the list
//! below. The names are those of the providers, as of the versions that the table names.
//!
//! Invariant: a type says that its flows are all there are ([`ConnectionType::exhaustive`]) only
//! where the hook itself refuses everything else.

/// Declares the families' modules and lists their types.
macro_rules! families {
    ($($name:ident,)*) => {
        $(mod $name;)*

        /// The families, in the order of their names.
        static FAMILIES: &[&[ConnectionType]] = &[$($name::TYPES,)*];
    };
}

families! {
    airbyte,
    aws,
    azure,
    azure_storage,
    databricks,
    dbt_cloud,
    docker,
    elasticsearch,
    files,
    git,
    google,
    http,
    kafka,
    kubernetes,
    mail,
    mongo,
    mysql,
    oracle,
    pages,
    postgres,
    redis,
    salesforce,
    slack,
    snowflake,
    sql,
    ssh,
    tableau,
    trino,
    vault,
}

/// A type of connection.
#[derive(Debug)]
pub struct ConnectionType {
    /// The name, as `conn_type` has it.
    pub name: &'static str,
    /// What it connects to.
    pub title: &'static str,
    /// The package that has the hook, and the version that was read.
    pub provider: (&'static str, &'static str),
    /// The fields that the hook reads, beside `extra`.
    pub fields: &'static [Field],
    /// The keys of `extra` that the hook reads.
    pub extras: &'static [Field],
    /// What becomes of other keys of `extra`.
    pub others: Others,
    /// The ways to log in, in the order in which they are tried.
    pub flows: &'static [Flow],
    /// Whether a connection that completes none of the flows cannot work.
    pub exhaustive: bool,
    /// What else a person should know.
    pub notes: &'static [&'static str],
    /// What a new connection holds.
    pub sample: &'static [(&'static str, Sample)],
}

/// A field of a connection, or a key of its `extra`.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    /// Whether its value is a secret.
    pub secret: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// What becomes of a key of `extra` that the table does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// The hook does not look at it.
    Ignored,
    /// The hook hands it on.
    PassedOn(&'static str),
}

/// A way to log in.
#[derive(Debug)]
pub struct Flow {
    /// The name.
    pub name: &'static str,
    /// What it needs: of each list one.
    pub needs: &'static [&'static [&'static str]],
    /// Values of a field with which it does not work; `*` stands for any text.
    pub refuses: &'static [(&'static str, &'static [&'static str])],
    /// What the code must give, since no field does.
    pub in_code: Option<&'static str>,
    /// The versions of packages from which on it works.
    pub versions: &'static [(&'static str, &'static str)],
    /// What it does.
    pub meaning: &'static str,
}

/// Where a value of a new connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// From the vault.
    Vault,
    /// It is written as it is.
    Text(&'static str),
    /// As [`Sample::Text`], and is no string: a number, an object.
    Json(&'static str),
}

const fn field(name: &'static str, meaning: &'static str) -> Field {
    Field { name, secret: false, meaning }
}

const fn secret(name: &'static str, meaning: &'static str) -> Field {
    Field { name, secret: true, meaning }
}

const fn flow(
    name: &'static str,
    needs: &'static [&'static [&'static str]],
    meaning: &'static str,
) -> Flow {
    Flow { name, needs, refuses: &[], in_code: None, versions: &[], meaning }
}

/// Returns all types, by name.
pub fn all() -> Vec<&'static ConnectionType> {
    let mut types: Vec<_> = FAMILIES.iter().flat_map(|family| family.iter()).collect();
    types.sort_by_key(|kind| kind.name);
    types
}

/// Returns the type of this name, normalised as Airflow does.
pub fn named(name: &str) -> Option<&'static ConnectionType> {
    let name = super::json_form::normalised_type(name);
    FAMILIES.iter().flat_map(|family| family.iter()).find(|kind| kind.name == name)
}

impl ConnectionType {
    /// Returns the names of the fields and extras that the hook reads.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().chain(self.extras).map(|field| field.name)
    }

    /// Returns the flow that the hook takes, when the connection completes one by itself.
    pub fn selected(&self, of: impl Fn(&str) -> Option<Known>) -> Option<&'static Flow> {
        let mut alone = self.flows.iter().filter(|flow| flow.in_code.is_none());
        alone.find(|flow| flow.lacks(&of).is_empty())
    }

    /// Returns whether this is a key of `extra`, rather than a field.
    pub fn is_extra(&self, name: &str) -> bool {
        self.extras.iter().any(|extra| extra.name == name)
    }
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is there, with this text.
    Text(String),
    /// It is there, or may be; nobody knows what it says.
    Unknown,
}

impl Flow {
    /// Returns what this flow lacks, given what is known of the fields; an empty list when it can
    /// be completed. `None` stands for an absent or empty field.
    pub fn lacks(&self, of: impl Fn(&str) -> Option<Known>) -> Vec<Lack> {
        let mut lacks = Vec::new();
        for names in self.needs {
            let found = names.iter().find_map(|name| of(name).map(|known| (*name, known)));
            match found {
                None => lacks.push(Lack::Missing(names)),
                Some((name, Known::Text(text))) => {
                    let mut refused = self.refuses.iter().filter(|(refused, _)| *refused == name);
                    if refused.any(|(_, values)| values.iter().any(|value| fits(value, &text))) {
                        lacks.push(Lack::Refused(name, text));
                    }
                }
                Some((_, Known::Unknown)) => {}
            }
        }
        lacks
    }
}

/// Returns whether a text is like this value, in which `*` stands for any text.
fn fits(value: &str, text: &str) -> bool {
    let mut pieces = value.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(last) = pieces.next_back() else { return value == text };
    let Some(rest) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    pieces.try_fold(rest, |rest, piece| Some(&rest[rest.find(piece)? + piece.len()..])).is_some()
}

/// What keeps a flow from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// One of these is needed.
    Missing(&'static [&'static str]),
    /// This field has a value with which the flow does not work.
    Refused(&'static str, String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let types = all();
        assert!(types.windows(2).all(|pair| pair[0].name < pair[1].name), "a name stands twice");
        let fields = ["login", "password", "host", "port", "schema"];
        for kind in types {
            let name = kind.name;
            assert!(!name.contains('-'), "{name}: Airflow turns `-` into `_`");
            let foreign = kind.fields.iter().find(|field| !fields.contains(&field.name));
            assert!(foreign.is_none(), "{name}: {foreign:?} is no field");
            let mut names: Vec<&str> = kind.names().collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{name} lists a name twice");
            let needs = kind.flows.iter().flat_map(|flow| flow.needs.concat());
            let refused = kind.flows.iter().flat_map(|flow| flow.refuses).map(|(name, _)| *name);
            let samples = kind.sample.iter().map(|(name, _)| *name);
            for used in needs.chain(refused).chain(samples) {
                assert!(names.contains(&used), "{name}: `{used}` is not listed");
            }
            assert!(!kind.exhaustive || !kind.flows.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_sample_completes_a_flow() {
        for kind in all().into_iter().filter(|kind| !kind.flows.is_empty()) {
            let given = |name: &str| {
                let found = kind.sample.iter().find(|(given, _)| *given == name);
                found.map(|(_, sample)| match sample {
                    Sample::Text(text) | Sample::Json(text) => Known::Text((*text).to_owned()),
                    Sample::Vault => Known::Unknown,
                })
            };
            let complete = kind
                .flows
                .iter()
                .any(|flow| flow.in_code.is_none() && flow.lacks(given).is_empty());
            assert!(complete, "{}", kind.name);
        }
    }

    #[test]
    fn secrets_of_a_sample_come_from_the_vault() {
        for kind in all() {
            for field in kind.fields.iter().chain(kind.extras).filter(|field| field.secret) {
                let given = kind.sample.iter().find(|(name, _)| *name == field.name);
                let vault = given.is_none_or(|(_, sample)| *sample == Sample::Vault);
                assert!(vault, "{}: {}", kind.name, field.name);
            }
        }
    }
}
