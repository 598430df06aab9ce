//! Templates end within their budget, point into their text, and never tell a value.

use sealine_template::{
    Budget, FileId, Functions, Map, Options, Set, TemplateError, Value, execute, parse,
};

/// A value that stands in no template.
const VALUE: &str = "Zq7-canary-V9x";

pub(super) fn ends_and_shows_no_value(text: &str) {
    for functions in [Functions::eso(), Functions::helm()] {
        let template = match parse("template", text, functions) {
            Ok(template) => template,
            Err(error) => {
                points_into(&error, text);
                continue;
            }
        };
        let data = Map::default();
        for key in ["password", "a", "name", "Values"] {
            data.set(key, VALUE.into());
        }
        let options = Options { functions, budget: Budget::secret(), ..Options::go() };
        match execute(&Set::of(FileId(0), template), "template", &Value::from(data), &options) {
            Ok(rendered) => {
                assert!(rendered.text.len() <= 4 * options.budget.output_bytes);
            }
            Err(error) => {
                points_into(&error, text);
                let told = format!("{error} {error:?}");
                assert!(!told.contains(VALUE) || text.contains(VALUE), "{told}");
            }
        }
    }
}

fn points_into(error: &TemplateError, text: &str) {
    // A string given to `tpl` is a text of its own.
    if error.template == "template" {
        assert!(text.get(error.range.bytes()).is_some(), "{:?} lies outside", error.range);
    }
}
