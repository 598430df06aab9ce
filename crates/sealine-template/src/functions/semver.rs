//! Functions on versions.
//!
//! Invariant: what is no version is an error, as in Go.

use super::Parameter::Text as AnyText;
use super::{Answer, Function, stop};
use crate::call::Invocation;
use crate::object::Object;
use crate::value::Value;
use crate::version::{Constraint, Version};

pub(super) const TABLE: &[Function] = &[
    Function::plain("semver", &[AnyText], semver),
    Function::plain("semverCompare", &[AnyText, AnyText], semver_compare),
];

fn semver(call: &mut Invocation<'_, '_>) -> Answer {
    match Version::parse(&call.text(0).to_str()) {
        Some(version) => Ok(Value::object(version)),
        None => stop("invalid semantic version"),
    }
}

fn semver_compare(call: &mut Invocation<'_, '_>) -> Answer {
    let Some(constraint) = Constraint::parse(&call.text(0).to_str()) else {
        return stop("improper constraint");
    };
    match Version::parse(&call.text(1).to_str()) {
        Some(version) => Ok(constraint.check(&version).into()),
        None => stop("invalid semantic version"),
    }
}

impl Object for Version {
    fn type_name(&self) -> &'static str {
        "*semver.Version"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn as_any(&self) -> Option<&dyn std::any::Any> {
        Some(self)
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let number = |number: u64| Value::int64(i64::try_from(number).unwrap_or(i64::MAX));
        let value = match name {
            "Major" => number(self.major),
            "Minor" => number(self.minor),
            "Patch" => number(self.patch),
            "Prerelease" => self.pre.as_str().into(),
            "Metadata" => self.metadata.as_str().into(),
            "Original" => self.original.as_str().into(),
            "String" => self.to_string().into(),
            "IncMajor" => Value::object(self.next(true, false)),
            "IncMinor" => Value::object(self.next(false, true)),
            "IncPatch" => Value::object(self.next(false, false)),
            "Compare" | "Equal" | "GreaterThan" | "LessThan" => {
                let other = arguments.first().and_then(version_of);
                let Some(other) = other else {
                    return Some(Err("wrong type for value; expected *semver.Version".to_owned()));
                };
                let order = self.order(&other);
                match name {
                    "Compare" => Value::int(order as i64),
                    "Equal" => order.is_eq().into(),
                    "GreaterThan" => order.is_gt().into(),
                    _ => order.is_lt().into(),
                }
            }
            _ => return None,
        };
        Some(Ok(value))
    }
}

fn version_of(value: &Value) -> Option<Version> {
    match &value.data {
        crate::Data::Object(object) => object.as_any()?.downcast_ref::<Version>().cloned(),
        _ => None,
    }
}

impl Version {
    /// Returns the version that follows: the next major, minor, or patch.
    fn next(&self, major: bool, minor: bool) -> Self {
        let (next_major, next_minor, next_patch) = if major {
            (self.major.saturating_add(1), 0, 0)
        } else if minor {
            (self.major, self.minor.saturating_add(1), 0)
        } else if self.pre.is_empty() {
            (self.major, self.minor, self.patch.saturating_add(1))
        } else {
            (self.major, self.minor, self.patch)
        };
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        let mut next =
            Self { major: next_major, minor: next_minor, patch: next_patch, ..Self::default() };
        next.original = format!("{prefix}{next}");
        next
    }
}
