//! What an `ApplicationSet` of Argo CD can call beside sprig.
//!
//! Invariant: what these functions return is what stands in the name of an Application.

use super::{Answer, Function, Parameter, stop};
use crate::call::Invocation;
use crate::value::{Data, Value};

pub(super) const TABLE: &[Function] = &[
    Function::plain("normalize", &[Parameter::Text], normalize),
    Function::variadic("slugify", &[Parameter::Any], slugify),
];

/// The longest name of a domain.
const LONGEST_NAME: usize = 253;
/// The longest slug when nothing else is said.
const LONGEST_SLUG: i64 = 50;

/// Returns a text as Argo CD makes a name of it: small letters, digits, `-` and `.`.
pub fn normalized(text: &str) -> String {
    let allowed = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character)
    };
    let lower = text.to_lowercase();
    let name: String =
        lower.chars().map(|character| if allowed(character) { character } else { '-' }).collect();
    let cut = name.get(..LONGEST_NAME).unwrap_or(&name);
    cut.trim_matches(['-', '.']).to_owned()
}

fn normalize(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.as_bytes().len())?;
    Ok(Value::from(normalized(&text.to_str())))
}

/// `slugify TEXT`, `slugify LENGTH TEXT`, `slugify LENGTH SMART TEXT`: small letters and digits with
/// `-` between words; a smart one is cut between words.
fn slugify(call: &mut Invocation<'_, '_>) -> Answer {
    let arguments = call.rest(0);
    let Some((text, options)) = arguments.split_last() else { return stop("no text to slugify") };
    let Data::Text(text) = &text.data else { return stop("`slugify` wants a text at the end") };
    let text = text.to_str().into_owned();
    let longest = options.first().map_or(LONGEST_SLUG, |value| call.whole(value));
    let smart = !matches!(options.get(1).map(|value| &value.data), Some(Data::Bool(false)));
    call.pay_text(text.len())?;
    Ok(Value::from(slug(&text, usize::try_from(longest).unwrap_or_default(), smart)))
}

fn slug(text: &str, longest: usize, smart: bool) -> String {
    let name = normalized(text);
    let name = if longest > 0 && !smart { name.get(..longest).unwrap_or(&name) } else { &name };
    let mut slug = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' => slug.push(character),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_matches('-');
    let Some(head) = slug.get(..=longest).filter(|_| longest > 0 && smart) else {
        return slug.to_owned();
    };
    let between = head.rfind('-').unwrap_or(longest);
    slug.get(..between).unwrap_or(slug).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of Argo CD's own tests.
    #[test]
    fn slugs_are_cut_as_argo_cuts_them() {
        let words = "feat/a_really+long_pull_request_name_to_test_argo_slugification_and_more";
        let one = "feat/areallylongpullrequestnametotestargoslugificationandbranchname";
        for (text, smart, longest, expected) in [
            (words, false, 50, "feat-a-really-long-pull-request-name-to-test-argo"),
            (words, true, 53, "feat-a-really-long-pull-request-name-to-test-argo"),
            (one, true, 50, "feat"),
            (one, false, 50, "feat-areallylongpullrequestnametotestargoslugifica"),
            ("Short.Name", true, 50, "short-name"),
        ] {
            assert_eq!(slug(text, longest, smart), expected, "{text} {smart}");
        }
        assert_eq!(normalized("-My App_1.x."), "my-app-1.x");
    }
}
