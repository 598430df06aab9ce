//! How fast a kustomization is built, beside one process of the real Kustomize on the same files.
//!
//! `cargo bench -p sealine-testing --bench kustomize` builds the kustomizations that the tests
//! compare. Each is built both ways in turn, from files on the disk, and the best of a few runs
//! counts.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the disk and itself")]

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sealine_kubernetes::kustomize;
use sealine_source::{FileName, Project, Repository, Source};
use sealine_testing::Tree;
use sealine_testing::peers::peer;
use sealine_testing::tree::files;

const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(program) = peer("kustomize") else { return Ok(()) };
    let mut total = Total::default();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomizations");
    for entry in std::fs::read_dir(cases)? {
        let text = std::fs::read_to_string(entry?.path())?;
        let tree = Tree::new(&text);
        let folder = if text.contains("//- top/") { "top" } else { "" };
        total.measure(&program, tree.root(), folder);
    }
    total.print();
    Ok(())
}

/// What was measured so far, of kustomizations that the real tool builds.
#[derive(Default)]
struct Total {
    builds: u32,
    refused: u32,
    own: Duration,
    real: Duration,
    ratios: Vec<f64>,
}

impl Total {
    fn measure(&mut self, program: &Path, root: &Path, folder: &str) {
        let (mut own, mut real) = (Duration::MAX, Duration::MAX);
        for _ in 0..RUNS {
            let start = Instant::now();
            std::hint::black_box(kustomize(&read(root), "bench", folder));
            own = own.min(start.elapsed());
            let start = Instant::now();
            let mut command = Command::new(program);
            command.arg("build").arg(root.join(folder)).stdout(Stdio::null()).stderr(Stdio::null());
            if !command.status().is_ok_and(|status| status.success()) {
                self.refused += 1;
                return;
            }
            real = real.min(start.elapsed());
        }
        self.builds += 1;
        self.own += own;
        self.real += real;
        self.ratios.push(real.as_secs_f64() / own.as_secs_f64());
    }

    fn print(mut self) {
        self.ratios.sort_by(f64::total_cmp);
        let at = |part: usize| {
            self.ratios.get(self.ratios.len() * part / 100).copied().unwrap_or_default()
        };
        let each = |all: Duration| all.as_secs_f64() * 1e3 / f64::from(self.builds.max(1));
        println!("{} builds, {} refused by kustomize and left out", self.builds, self.refused);
        println!("native     {:8.3} ms each, files read from the disk", each(self.own));
        println!("kustomize  {:8.3} ms each, one process", each(self.real));
        println!(
            "ratio      {:8.1} over all; {:.1} at the slowest tenth, {:.1} in the middle",
            self.real.as_secs_f64() / self.own.as_secs_f64().max(f64::MIN_POSITIVE),
            at(10),
            at(50),
        );
    }
}

/// Reads all files of a folder that are texts.
fn read(root: &Path) -> Project {
    let mut repository = Repository::new("bench");
    for (path, bytes) in files(root) {
        match String::from_utf8(bytes) {
            Ok(text) => repository.add(Arc::new(Source::new(FileName::new("bench", path), text))),
            Err(_) => repository.note(path),
        }
    }
    Project { repositories: vec![repository] }
}
