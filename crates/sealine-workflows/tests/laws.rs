//! Laws that hold for any script and any workflow.

use std::sync::Arc;

use proptest::prelude::*;
use sealine_source::{FileName, Project, Repository, Source};
use sealine_workflows::read;

fn project(text: &str) -> Project {
    let mut repository = Repository::new("r");
    let name = FileName::new("r", ".github/workflows/a.yml");
    repository.add(Arc::new(Source::new(name, text)));
    Project { repositories: vec![repository] }
}

fn workflow(script: &str) -> String {
    let lines: Vec<String> = script.lines().map(|line| format!("        {line}\n")).collect();
    format!("on: push\njobs:\n  a:\n    steps:\n    - run: |\n        :\n{}", lines.concat())
}

fn scripts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "terraform plan ",
        "-detailed-exitcode ",
        "-lock=false ",
        "| ",
        "|| ",
        "&& ",
        "; ",
        "\n",
        "& ",
        "$(",
        ")",
        "(",
        "`",
        "'",
        "\"",
        "${{ ",
        "}} ",
        "${",
        "}",
        "$x ",
        "\\",
        "\\\n",
        "<<E\n",
        "E\n",
        "> ",
        "2>&1 ",
        "< ",
        "cd ",
        "a/../b ",
        "x=",
        "for x in ",
        "do ",
        "done ",
        "if ",
        "then ",
        "fi ",
        "set +e\n",
        "# ",
        "ü",
        "$?",
        "bash x.sh ",
        "TF_CLI_ARGS=",
        "-- ",
        "{ ",
        "! ",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics_and_places_lie_in_the_text(script in prop_oneof![scripts(), any::<String>()]) {
        let project = project(&workflow(&script));
        for facts in read(&project) {
            for step in facts.workflows.iter().flat_map(|workflow| &workflow.steps) {
                let source = project.source(&step.place.file).expect("the file was read");
                prop_assert!(source.text().get(step.place.range().bytes()).is_some());
            }
        }
    }
}

#[test]
fn reading_is_linear() {
    // A quadratic reader would not come to an end before anyone's patience.
    for piece in [
        "terraform plan -detailed-exitcode\n",
        "((a)\n",
        "$(a ",
        "x=$x\n",
        "a | ",
        "\"$(",
        "cd a\n",
        "<<E ",
    ] {
        assert_eq!(read(&project(&workflow(&piece.repeat(100_000)))).len(), 1, "{piece:?}");
    }
}
