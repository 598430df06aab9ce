//! The `selector` of a generator: which of its parameter sets make an Application.
//!
//! Invariant: a set is left out only where what the selector asks of it is known.

use sealine_model::tree::Tree;

use super::set::Parameters;

/// Returns whether a set may be chosen. In an `open` one a parameter that is not there may be known
/// to a cluster or a service.
pub(super) fn may_choose(selector: &Tree, set: &Parameters, open: bool) -> bool {
    let labels = selector.get("matchLabels").map(Tree::entries).unwrap_or_default();
    let expressions = selector.get("matchExpressions").map(Tree::items).unwrap_or_default();
    labels.iter().all(|label| {
        let wanted = label.value.text();
        holds(&label.key, set, open, |own| match &wanted {
            Some(wanted) => own == Some(wanted),
            None => own.is_some(),
        })
    }) && expressions.iter().all(|expression| meets(expression, set, open))
}

fn meets(expression: &Tree, set: &Parameters, open: bool) -> bool {
    let text = |key: &str| expression.get(key).and_then(Tree::text);
    let (Some(key), Some(operator)) = (text("key"), text("operator")) else { return true };
    let values = expression.get("values").map(Tree::items).unwrap_or_default();
    let values: Option<Vec<String>> = values.iter().map(Tree::text).collect();
    let Some(values) = values else { return true };
    let is_listed = |own: &str| values.iter().any(|value| value == own);
    holds(&key, set, open, |own| match operator.as_str() {
        "In" => own.is_some_and(is_listed),
        "NotIn" => !own.is_some_and(is_listed),
        "Exists" => own.is_some(),
        "DoesNotExist" => own.is_none(),
        _ => true,
    })
}

/// Returns what `test` says of a parameter; yes where it is not known.
fn holds(key: &str, set: &Parameters, open: bool, test: impl Fn(Option<&str>) -> bool) -> bool {
    match set.get(key) {
        Some(value) => value.text().is_none_or(|own| test(Some(&own))),
        None => open || test(None),
    }
}

#[cfg(test)]
mod tests {
    use sealine_model::Value;

    use super::*;
    use crate::testing::tree;

    #[test]
    fn sets_are_left_out_where_they_are_known_not_to_fit() {
        let mut set = Parameters::from([("env".to_owned(), Value::from("qa"))]);
        set.insert("name".to_owned(), Value::unknown());
        for (selector, closed, open) in [
            ("matchLabels: {env: qa}", true, true),
            ("matchLabels: {env: prod}", false, false),
            ("matchLabels: {name: web}", true, true),
            ("matchLabels: {tier: a}", false, true),
            ("matchExpressions: [{key: env, operator: In, values: [qa, prod]}]", true, true),
            ("matchExpressions: [{key: env, operator: NotIn, values: [qa]}]", false, false),
            ("matchExpressions: [{key: tier, operator: NotIn, values: [a]}]", true, true),
            ("matchExpressions: [{key: tier, operator: Exists}]", false, true),
            ("matchExpressions: [{key: env, operator: DoesNotExist}]", false, false),
            ("matchExpressions: [{key: env, operator: Near, values: [x]}]", true, true),
        ] {
            let selector_tree = tree(selector);
            assert_eq!(may_choose(&selector_tree, &set, false), closed, "{selector}");
            assert_eq!(may_choose(&selector_tree, &set, true), open, "{selector}");
        }
    }
}
