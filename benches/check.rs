//! How fast `check` is, beside a floor measured in the same run: walking, reading and
//! byte-searching the same files.
//!
//! `cargo bench -p sealine-engine` generates trees of 1,000, 10,000 and 100,000 files, and one of 500
//! kustomizations and 100 charts;
//! `cargo bench -p sealine-engine -- PATH…` measures folders of yours instead. Peak memory is that
//! of the process, so each tree runs in a process of its own.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the disk and itself")]

mod generate;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use memchr::memmem;
use sealine_engine::{Analysis, Config, Input, analyse, collect, config, judge_all};
use sealine_source::FileName;

/// The binary's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 5;
const CONFIGURATION: &str = "vaults:\n  kv-bench: {kind: azure, ownership: terraform}\n";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [mark, path] = arguments.as_slice()
        && mark == "measure"
    {
        measure(Path::new(path));
        return Ok(());
    }
    println!("files      MB  kept MB  floor ms  check ms  ratio    MB/s  peak MB  findings  tree");
    if arguments.is_empty() {
        for files in [1_000, 10_000, 100_000] {
            let folder = tempfile::tempdir()?;
            generate::tree(folder.path(), files / generate::FILES_A_TEAM)?;
            in_own_process(folder.path())?;
        }
        let folder = tempfile::Builder::new().prefix("deliveries-").tempdir()?;
        generate::deliveries(folder.path(), 100)?;
        in_own_process(folder.path())?;
    }
    for path in &arguments {
        in_own_process(Path::new(path))?;
    }
    Ok(())
}

fn in_own_process(path: &Path) -> Result<(), Box<dyn Error>> {
    let status = Command::new(std::env::current_exe()?).arg("measure").arg(path).status()?;
    if status.success() { Ok(()) } else { Err("a measurement failed".into()) }
}

fn measure(path: &Path) {
    let (mut floor, mut check) = (Duration::MAX, Duration::MAX);
    let (mut files, mut bytes) = (0, 0);
    // The first check warms the caches, and its memory is that of one run.
    let (analysis, findings) = check_once(path);
    let sources = analysis.project.repositories.iter().flat_map(sealine_source::Repository::files);
    let kept: u64 = sources.map(|source| source.text().len() as u64).sum();
    drop(analysis);
    let peak = peak_memory();
    // The floor is taken in turn with the check, so that both see the same machine.
    for _ in 0..RUNS {
        let start = Instant::now();
        (files, bytes) = walk_and_search(path);
        floor = floor.min(start.elapsed());
        let start = Instant::now();
        let done = check_once(path);
        check = check.min(start.elapsed());
        // The command leaves this to the system as well.
        drop(done);
    }
    let mega = |bytes: u64| Duration::from_micros(bytes).as_secs_f64();
    println!(
        "{files:6} {:7.1} {:8.1} {:9.1} {:9.1} {:6.2} {:7.0} {:8.0} {findings:9}  {}",
        mega(bytes),
        mega(kept),
        floor.as_secs_f64() * 1e3,
        check.as_secs_f64() * 1e3,
        check.as_secs_f64() / floor.as_secs_f64(),
        mega(bytes) / check.as_secs_f64(),
        mega(peak),
        path.file_name().unwrap_or_default().to_string_lossy(),
    );
}

/// The least that any checker must do: find the files, read them, look for one word.
fn walk_and_search(path: &Path) -> (usize, u64) {
    let totals = std::sync::Mutex::new((0, 0));
    let walker = ignore::WalkBuilder::new(path).hidden(false).require_git(false).build_parallel();
    let finder = memmem::Finder::new("apiVersion");
    walker.run(|| {
        Box::new(|entry| {
            if let Ok(entry) = entry
                && entry.file_type().is_some_and(|kind| kind.is_file())
                && let Ok(text) = std::fs::read(entry.path())
            {
                std::hint::black_box(finder.find(&text));
                if let Ok(mut totals) = totals.lock() {
                    totals.0 += 1;
                    totals.1 += text.len() as u64;
                }
            }
            ignore::WalkState::Continue
        })
    });
    totals.into_inner().unwrap_or_default()
}

fn check_once(path: &Path) -> (Analysis, usize) {
    let config = config::read(FileName::new("", "sealine.yaml"), CONFIGURATION, Path::new(""))
        .unwrap_or_else(|_| Config::default());
    let input = Input {
        name: "bench".to_owned(),
        path: PathBuf::from(path),
        remotes: Vec::new(),
        exclude: Vec::new(),
    };
    let analysis = analyse(collect(&[input]), &config);
    let today = jiff::civil::date(2026, 1, 1);
    let verdict = judge_all(&analysis, &config, &config.rules, today);
    (analysis, verdict.findings.len())
}

/// The most memory this process ever held, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilo = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilo.unwrap_or_default() * 1024
}
