//! Findings within packed charts (`charts/db-1.2.3.tgz`): nobody opens or edits those.
//!
//! Invariant: no finding and no edit that leaves here stands in an archive; one whose chart nothing
//! in the repository declares is dropped, as nothing here could be edited to end it.

use std::sync::Arc;

use sealine_model::Finding;
use sealine_source::{FileName, Origin, Place, Project};
use sealine_yaml::{Node, parse};

/// What stands between an archive and its members.
const MARK: &str = ".tgz/";
/// The files of a chart that list the charts it is made of.
const LISTS: &[&str] = &["Chart.yaml", "requirements.yaml"];

/// Moves what stands in archives to where the chart above declares the archive's chart.
pub(crate) fn relocate(project: &Project, mut finding: Finding) -> Option<Finding> {
    if let Some(member) = Member::of(project, &finding.place) {
        let there = member.label(&finding.place);
        finding.label =
            if finding.label.is_empty() { there } else { format!("{}: {there}", finding.label) };
        finding.place = member.declared(project)?;
    }
    let related = std::mem::take(&mut finding.related);
    finding.related = related
        .into_iter()
        .filter_map(|(place, text)| match Member::of(project, &place) {
            Some(member) => {
                let text = format!("{text}: {}", member.label(&place));
                Some((member.declared(project)?, text))
            }
            None => Some((place, text)),
        })
        .collect();
    let is_packed = |fix: &sealine_model::Fix| {
        fix.edits.iter().any(|edit| Member::of(project, &edit.place).is_some())
    };
    if finding.fix.as_ref().is_some_and(is_packed) {
        finding.fix = None;
    }
    Some(finding)
}

/// A file in an archive.
struct Member<'a> {
    file: &'a FileName,
    /// The folder of the chart in whose `charts/` the archive lies.
    chart: &'a str,
    /// The name of the archive without its ending.
    archive: &'a str,
    /// The path in the archive.
    path: &'a str,
}

impl<'a> Member<'a> {
    /// Returns the member that a place stands in; `None` for a file of the repository.
    fn of(project: &Project, place: &'a Place) -> Option<Self> {
        let (archive, path) = place.file.path.split_once(MARK)?;
        if project.source(&place.file).is_some() {
            return None;
        }
        let (folder, archive) = archive.rsplit_once('/').unwrap_or(("", archive));
        let chart = folder.strip_suffix("charts").unwrap_or(folder).trim_end_matches('/');
        Some(Self { file: &place.file, chart, archive, path })
    }

    fn label(&self, place: &Place) -> String {
        let Self { archive, path, .. } = self;
        format!("in `{path}`, line {}, of `{archive}.tgz`", place.line)
    }

    /// Returns where the chart above declares this one: the name of its entry.
    fn declared(&self, project: &Project) -> Option<Place> {
        LISTS.iter().find_map(|list| {
            let path = match self.chart {
                "" => (*list).to_owned(),
                chart => format!("{chart}/{list}"),
            };
            let name = Arc::new(FileName { path, ..self.file.clone() });
            let source = project.source(&name)?;
            let parsed = parse(source.text());
            let entries = parsed.root()?.entry("dependencies")?.value.items();
            let names = entries.iter().filter_map(|entry| entry.entry("name"));
            let fits = |name: &&Node| name.as_str().is_some_and(|name| self.is_of(name));
            let names = names.map(|entry| &entry.value).filter(fits);
            let best = names.max_by_key(|name| name.as_str().map_or(0, str::len))?;
            Some(Origin::File(Arc::clone(source)).place(best.range))
        })
    }

    /// Returns whether the archive may hold the chart of this name: it is called after the chart and
    /// its version.
    fn is_of(&self, name: &str) -> bool {
        let rest = self.archive.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

#[cfg(test)]
mod tests {
    use sealine_source::{Repository, Source};

    use super::*;

    fn found(path: &str) -> Option<(String, String)> {
        let mut repository = Repository::new("r");
        let list = "dependencies:\n  - name: db\n    version: 1.2.3\n  - {name: db-tools}\n";
        for (path, text) in [("app/Chart.yaml", list), ("charts/x.tgz/a.yaml", "a: b\n")] {
            repository.add(Arc::new(Source::new(FileName::new("r", path), text)));
        }
        let project = Project { repositories: vec![repository] };
        let place = Source::new(FileName::new("r", path), "a\nb\n").top();
        let finding = relocate(&project, Finding::new(place, "subject", "message"))?;
        Some((finding.place.to_string(), finding.label))
    }

    #[test]
    fn a_finding_in_an_archive_stands_where_the_chart_is_declared() {
        let at = |place: &str, label: &str| Some((place.to_owned(), label.to_owned()));
        for (path, expected) in [
            (
                "app/charts/db-1.2.3.tgz/templates/a.yaml",
                at("app/Chart.yaml:2:11", "in `templates/a.yaml`, line 1, of `db-1.2.3.tgz`"),
            ),
            (
                "app/charts/db-tools-2.0.0.tgz/charts/x.tgz/values.yaml",
                at(
                    "app/Chart.yaml:4:12",
                    "in `charts/x.tgz/values.yaml`, line 1, of `db-tools-2.0.0.tgz`",
                ),
            ),
            // Nothing declares it, or it is a folder with an odd name.
            ("app/charts/other-1.0.0.tgz/values.yaml", None),
            ("charts/x.tgz/a.yaml", at("charts/x.tgz/a.yaml:1:1", "")),
            ("app/values.yaml", at("app/values.yaml:1:1", "")),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
    }
}
