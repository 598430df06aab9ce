//! How fast many repositories are linked by their published facts alone.
//!
//! `cargo bench -p sealine-engine --bench facts` writes the facts of 300 generated repositories with
//! a hundred thousand nodes; each repository reads Secrets that the next one makes. Reading and
//! linking them is timed, five times in one process, and the peak memory of that process is told.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the disk and itself")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sealine_engine::{Collected, Config, Linked, analyse, collect, linked};
use sealine_facts::{Origin, Published};
use sealine_source::Project;

/// The binary's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const REPOSITORIES: usize = 300;
/// Each is an entry in Terraform, an `ExternalSecret`, a Secret and a workload: five nodes.
const CHAINS: usize = 67;
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [mark, folder] = arguments.as_slice()
        && mark == "measure"
    {
        return measure(Path::new(folder));
    }
    let folder = tempfile::tempdir()?;
    for index in 0..REPOSITORIES {
        let name = format!("repo-{index:03}");
        std::fs::write(folder.path().join(format!("{name}.json")), facts(&name, index))?;
    }
    let status =
        Command::new(std::env::current_exe()?).arg("measure").arg(folder.path()).status()?;
    if status.success() { Ok(()) } else { Err("the measurement failed".into()) }
}

/// Returns the facts of one generated repository.
fn facts(name: &str, index: usize) -> String {
    let mut terraform = TERRAFORM.replace("kv-bench", &format!("kv-{}", index / 10));
    // One repository in ten is a platform's own, with the store that all others use.
    let mut manifests = if index.is_multiple_of(10) {
        STORE.replace("kv-bench", &format!("kv-{}", index / 10))
    } else {
        String::new()
    };
    let vault = format!("kv-{}", index / 10);
    let next = (index + 1) % REPOSITORIES;
    for chain in 0..CHAINS {
        let _ = write!(
            terraform,
            "resource \"azurerm_key_vault_secret\" \"s{chain}\" {{\n  name = \"e{index}-{chain}\"\n  \
             key_vault_id = azurerm_key_vault.kv.id\n  value = var.value\n}}\n"
        );
        let _ = write!(
            manifests,
            "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
             metadata: {{name: s{index}-{chain}, namespace: app}}\nspec:\n  \
             secretStoreRef: {{name: {vault}, kind: ClusterSecretStore}}\n  \
             target: {{name: s{index}-{chain}}}\n  \
             data: [{{secretKey: token, remoteRef: {{key: e{index}-{chain}}}}}]\n---\n\
             apiVersion: apps/v1\nkind: Deployment\n\
             metadata: {{name: w{index}-{chain}, namespace: app}}\nspec:\n  template:\n    spec:\n      \
             containers:\n        - name: app\n          env:\n            - name: TOKEN\n              \
             valueFrom: {{secretKeyRef: {{name: s{next}-{chain}, key: token}}}}\n"
        );
    }
    let files = [(name, "main.tf", terraform.as_str()), (name, "app.yaml", manifests.as_str())];
    let project = collect::from_memory(files);
    let analysis = analyse(Collected { project, ..Collected::default() }, &Config::default());
    let origin = Origin { name: name.to_owned(), ..Origin::default() };
    sealine_facts::write(&Published {
        repositories: vec![origin],
        units: analysis.facts,
        ..Published::default()
    })
}

fn measure(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (mut read, mut link) = (Duration::MAX, Duration::MAX);
    let (mut nodes, mut edges) = (0, 0);
    let files = linked::files(folder)?;
    let mut bytes = 0;
    for file in &files {
        bytes += std::fs::metadata(file)?.len();
    }
    for _ in 0..RUNS {
        let start = Instant::now();
        let published = linked::load(&files)?;
        read = read.min(start.elapsed());
        let start = Instant::now();
        let linked = Linked::of(published, &Project::default())?;
        let analysis = analyse(Collected { linked, ..Collected::default() }, &Config::default());
        let graph = analysis.graph();
        link = link.min(start.elapsed());
        (nodes, edges) = (graph.nodes.len(), graph.edges.len());
    }
    println!("files      MB   nodes   edges  read ms  link ms  peak MB");
    println!(
        "{:5} {:7.1} {nodes:7} {edges:7} {:8.0} {:8.0} {:8.0}",
        files.len(),
        mega(bytes),
        read.as_secs_f64() * 1e3,
        link.as_secs_f64() * 1e3,
        mega(peak_memory()),
    );
    Ok(())
}

fn mega(bytes: u64) -> f64 {
    Duration::from_micros(bytes).as_secs_f64()
}

/// The most memory this process ever held, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilo = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilo.unwrap_or_default() * 1024
}

const TERRAFORM: &str = "terraform {\n  backend \"local\" {}\n}\nvariable \"value\" {}\n\
    resource \"azurerm_key_vault\" \"kv\" {\n  name = \"kv-bench\"\n}\n";

const STORE: &str = "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\n\
    metadata: {name: kv-bench}\nspec:\n  provider:\n    \
    azurekv: {vaultUrl: 'https://kv-bench.vault.azure.net'}\n";
