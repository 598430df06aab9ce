//! How fast a state is audited, and with how much memory.
//!
//! `cargo bench -p sealine-state` writes generated states of 100 and 200 MB: networks, policies,
//! certificates, clusters and, in one resource of fifty, a secret. Reading and auditing each is timed
//! three times in a process of its own, whose peak memory is told.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures the disk and itself")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sealine_state::audit::audit;

/// The binary's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [mark, file] = arguments.as_slice()
        && mark == "measure"
    {
        return measure(Path::new(file));
    }
    println!("     MB  instances  findings  read ms  audit ms  peak MB  peak / size");
    let folder = tempfile::tempdir()?;
    for megabytes in [100, 200] {
        let file = folder.path().join("terraform.tfstate");
        std::fs::write(&file, state(megabytes * 1_000_000))?;
        let measured = Command::new(std::env::current_exe()?).arg("measure").arg(&file).status()?;
        if !measured.success() {
            return Err("the measurement failed".into());
        }
    }
    Ok(())
}

fn measure(file: &Path) -> Result<(), Box<dyn Error>> {
    let (mut read, mut judged) = (Duration::MAX, Duration::MAX);
    let (mut size, mut instances, mut findings) = (0, 0, 0);
    for _ in 0..RUNS {
        let start = Instant::now();
        let text = std::fs::read(file)?;
        read = read.min(start.elapsed());
        let start = Instant::now();
        let audit = audit(&text)?;
        judged = judged.min(start.elapsed());
        (size, instances, findings) = (text.len(), audit.looked_at, audit.findings.len());
    }
    let (size, peak) = (mega(size as u64), mega(peak_memory()));
    println!(
        "{size:7.1}  {instances:9}  {findings:8}  {:7.0}  {:8.0}  {peak:7.0}  {:11.2}",
        read.as_secs_f64() * 1e3,
        judged.as_secs_f64() * 1e3,
        peak / size,
    );
    Ok(())
}

/// Returns a state of about this size.
fn state(bytes: usize) -> String {
    let mut out = String::with_capacity(bytes + 10_000);
    out.push_str(
        "{\n  \"version\": 4,\n  \"terraform_version\": \"1.11.4\",\n  \"serial\": 1,\n  \"lineage\": \
         \"0a6e2bd5-6d4e-4a8c-9a8f-3a2b1c0d9e8f\",\n  \"outputs\": {},\n  \"resources\": [\n",
    );
    let mut number: u64 = 0;
    while out.len() < bytes {
        let comma = if number > 0 { ",\n" } else { "" };
        let (kind, attributes) = match number % 50 {
            0 => ("random_password", password(number)),
            1..10 => ("tls_locally_signed_cert", certificate(number)),
            10..20 => ("aws_iam_policy", policy(number)),
            _ => ("aws_subnet", subnet(number)),
        };
        let _ = write!(
            out,
            "{comma}    {{\n      \"mode\": \"managed\",\n      \"type\": \"{kind}\",\n      \"name\": \"it{number}\",\n      \
             \"provider\": \"provider[\\\"registry.terraform.io/hashicorp/it\\\"]\",\n      \"instances\": [\n        \
             {{\n          \"schema_version\": 0,\n          \"attributes\": {{{attributes}}},\n          \
             \"sensitive_attributes\": []\n        }}\n      ]\n    }}"
        );
        number += 1;
    }
    out.push_str("\n  ],\n  \"check_results\": null\n}\n");
    out
}

/// Sixty-four bits that look random, the same in every run.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn password(number: u64) -> String {
    format!(
        "\"length\": 24, \"result\": \"Aa1+{:x}{:X}\", \"special\": true",
        mixed(number),
        mixed(number + 1)
    )
}

fn certificate(number: u64) -> String {
    let line = format!(
        "{:016x}{:016X}{:016x}{:016X}\\n",
        mixed(number),
        mixed(number + 1),
        mixed(number + 2),
        mixed(number + 3)
    );
    let body = line.repeat(24);
    format!(
        "\"ca_key_algorithm\": \"RSA\", \"cert_pem\": \"-----BEGIN CERTIFICATE-----\\n{body}-----END CERTIFICATE-----\\n\", \
         \"id\": \"{}\", \"validity_end_time\": \"2027-01-01T00:00:00Z\"",
        mixed(number)
    )
}

fn policy(number: u64) -> String {
    let statement = "{\\\"Action\\\":[\\\"s3:GetObject\\\",\\\"s3:PutObject\\\"],\\\"Effect\\\":\\\"Allow\\\",\\\"Resource\\\":\\\"arn:aws:s3:::bucket/*\\\"},";
    format!(
        "\"arn\": \"arn:aws:iam::123456789012:policy/it{number}\", \"policy\": \"{{\\\"Statement\\\":[{}{{}}],\\\"Version\\\":\\\"2012-10-17\\\"}}\", \
         \"tags\": {{\"Name\": \"it{number}\", \"team\": \"platform\"}}",
        statement.repeat(8)
    )
}

fn subnet(number: u64) -> String {
    format!(
        "\"arn\": \"arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-{:017x}\", \"assign_ipv6_address_on_creation\": false, \
         \"availability_zone\": \"eu-west-1a\", \"cidr_block\": \"10.0.{}.0/24\", \"id\": \"subnet-{:017x}\", \
         \"tags\": {{\"Name\": \"it{number}\", \"environment\": \"production\", \"team\": \"platform\"}}, \
         \"tags_all\": {{\"Name\": \"it{number}\", \"environment\": \"production\", \"team\": \"platform\"}}, \
         \"timeouts\": null, \"vpc_id\": \"vpc-{:017x}\"",
        mixed(number),
        number % 256,
        mixed(number),
        mixed(number / 100)
    )
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
