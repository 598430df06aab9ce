//! One finding for one place, however many instances, calls and roots lead to it.
//!
//! Invariant: no subject is lost: the finding is about all of them.

use std::collections::BTreeMap;

use sealine_model::{Finding, Severity};
use sealine_source::Place;

use crate::Report;
use crate::terraform::{is_test_data, report_written};

/// Findings by the place that a person repairs.
#[derive(Debug, Default)]
pub struct OncePerPlace {
    findings: BTreeMap<Place, Finding>,
}

impl OncePerPlace {
    /// Notes that `subject` is wrong at `place`: the first time with the finding that `make`
    /// returns for it, later as a further subject of that finding.
    pub fn note(
        &mut self,
        place: &Place,
        subject: String,
        make: impl FnOnce(Place, String) -> Finding,
    ) {
        match self.findings.get_mut(place) {
            None => {
                self.findings.insert(place.clone(), make(place.clone(), subject));
            }
            Some(finding) if !finding.subjects.contains(&subject) => finding.subjects.push(subject),
            Some(_) => {}
        }
    }

    /// Returns whether something is wrong at a place already, so that only its subject is new.
    pub fn knows(&self, place: &Place) -> bool {
        self.findings.contains_key(place)
    }

    /// Returns the findings noted in this file.
    pub fn in_file<'a>(
        &'a mut self,
        file: &'a sealine_source::FileName,
    ) -> impl Iterator<Item = &'a mut Finding> {
        self.findings.values_mut().filter(move |finding| *finding.place.file == *file)
    }

    /// Reports what was noted, in the order of the places: as info among examples, not at all
    /// among test data.
    pub fn report(self, report: &mut Report) {
        for finding in self.findings.into_values() {
            report_written(report, finding);
        }
    }

    /// Reports what was noted as info, in the order of the places, and not at all among test data.
    pub fn report_as_info(self, report: &mut Report) {
        let findings = self.findings.into_values();
        for finding in findings.filter(|finding| !is_test_data(&finding.place.file.path)) {
            report.add_as(Severity::Info, finding);
        }
    }
}
