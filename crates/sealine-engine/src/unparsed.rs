//! Marks the words of lines that do not parse as secret.
//!
//! Where a text does not parse, or a key stands twice, no reader knows what is a secret and what is
//! not. The line is still shown, since a person must find the fault: with the first name on it, and
//! with every bracket, quote and comma that may be the fault, but without the words.

use sealine_model::{Facts, ProblemKind};
use sealine_source::{Place, Project, Source, TextRange};

/// Adds the words on lines with faults to the secret texts of `facts`.
pub(crate) fn mark(project: &Project, facts: &mut [Facts]) {
    for facts in facts {
        let problems = facts.problems.iter().filter(|problem| {
            matches!(problem.kind, ProblemKind::Syntax | ProblemKind::DuplicateKey)
        });
        let words: Vec<Place> = problems
            .filter_map(|problem| Some(words(project.source(&problem.place.file)?, &problem.place)))
            .flatten()
            .collect();
        facts.secret_texts.extend(words);
    }
}

fn words(source: &Source, place: &Place) -> Vec<Place> {
    let Some(line) = source.line_range(place.line) else { return Vec::new() };
    let text = source.slice(line);
    let mut words = Vec::new();
    let mut at = first_name(text);
    while let Some(begin) = text[at..].find(is_of_word).map(|next| at + next) {
        let end = text[begin..].find(|c| !is_of_word(c)).map_or(text.len(), |next| begin + next);
        let start = line.start as usize;
        words.push(source.place(TextRange::new(start + begin, start + end)));
        at = end;
    }
    words
}

/// The length of what stands before the value: `  name` of `  name: value` and of `name = value`.
fn first_name(text: &str) -> usize {
    let Some(separator) = text.find([':', '=']) else { return 0 };
    let name = text[..separator].trim();
    let name = name.strip_prefix("- ").unwrap_or(name).trim_matches('"');
    let is_name = name.len() <= 40 && name.chars().all(|c| is_of_word(c) && c != '+' && c != '/');
    if is_name { separator } else { 0 }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '.')
}

#[cfg(test)]
mod tests {
    use sealine_source::FileName;

    use super::*;

    #[test]
    fn words_are_marked_and_signs_are_not() {
        for (line, expected) in [
            ("  token: \"hunter2", "  token: \"*******"),
            ("password = \"a b\" ]", "password = \"* *\" ]"),
            ("data: {token: hunter2, b: [}", "data: {*****: *******, *: [}"),
            ("bWFnaWM+/=", "*********="),
            ("- name: x", "- name: *"),
            ("call(name=\"A\" value=\"b\")", "****(****=\"*\" *****=\"*\")"),
        ] {
            let source = Source::new(FileName::new("r", "f"), format!("first\n{line}\n"));
            let place = source.place(TextRange::new(6, 7));
            let mut shown = line.as_bytes().to_vec();
            for word in words(&source, &place) {
                shown[word.start as usize - 6..word.end as usize - 6].fill(b'*');
            }
            let shown = String::from_utf8(shown).expect("whole characters");
            assert_eq!(shown, expected);
        }
    }
}
